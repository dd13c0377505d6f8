"""What the cashier reads for each kind of scanned code. Knows kinds and flavours, no format."""

from __future__ import annotations

from pos_guard.model import Words

_ASK = "请让顾客出示付款码"
_ASK_EN = "Ask for the pay code (付款码)."

_WORDS: dict[str, Words] = {
    "payment_code": Words("这是付款码，可以收款", "This is a pay code. It may be charged."),
    "payment_code/refused": Words(
        "这个付款码不能使用，请让顾客刷新付款码",
        "This pay code cannot be used. Ask the customer to refresh it.",
    ),
    "merchant_code": Words(
        f"这是商户收款码，不能扣款；{_ASK}",
        f"This is a merchant's code, made to be paid to. {_ASK_EN}",
    ),
    "merchant_code/bad": Words(
        "这个收款码校验不符，请勿使用，并告知店长",
        "This merchant code's checksum is wrong. Do not use it; tell the manager.",
    ),
    "order_code": Words(
        f"这是订单收款码，应由顾客扫描；{_ASK}",
        f"This is an order code, for the customer to scan. {_ASK_EN}",
    ),
    "receive_code": Words(
        f"这是顾客的收款码，{_ASK}",
        f"This is the customer's receive code. {_ASK_EN}",
    ),
    "contact": Words(
        f"这是联系人码，不是付款码；{_ASK}", f"This is a contact, not a pay code. {_ASK_EN}"
    ),
    "contact/friend": Words(
        f"这是好友名片，不是付款码；{_ASK}", f"This is a friend card, not a pay code. {_ASK_EN}"
    ),
    "contact/group": Words(
        f"这是群二维码，不是付款码；{_ASK}", f"This is a group invitation. {_ASK_EN}"
    ),
    "contact/account": Words(
        f"这是公众号二维码，不是付款码；{_ASK}", f"This is a public account. {_ASK_EN}"
    ),
    "slip": Words(
        "这是转账凭证，不是付款；请核对款项是否到账",
        "This is a transfer slip, not a payment. Check that the money has arrived.",
    ),
    "goods": Words("这是商品条码，不是付款码", "This is a product code, not a pay code."),
    "id_card": Words(
        f"这是身份证号码，不是付款码；{_ASK}", f"This is an identity card number. {_ASK_EN}"
    ),
    "number": Words(
        f"这个数字不是付款码；请重新扫描，或{_ASK[1:]}",
        f"This number is no pay code. Scan again. {_ASK_EN}",
    ),
    "url": Words(f"这是网址，不是付款码；{_ASK}", f"This is a web link, not a pay code. {_ASK_EN}"),
    "url/red-packet": Words(
        f"这是红包码，不是付款码；{_ASK}", f"This is a red packet code. {_ASK_EN}"
    ),
    "text": Words(f"这不是付款码；{_ASK}", f"This is no pay code. {_ASK_EN}"),
    "control": Words(
        "这是扫描枪的设置或应答，不是付款码",
        "This is a scanner setting or reply, not a code.",
    ),
    "invalid": Words("扫描内容有误，请重新扫描", "The scan is damaged. Scan again."),
}


def words_for(kind: str, flavour: str = "") -> Words:
    """The words of this kind, of its flavour where there are any."""
    return _WORDS.get(f"{kind}/{flavour}") or _WORDS[kind]
