"""What the cashier reads for each kind of scanned code. Knows kinds and flavours, no format."""

from __future__ import annotations

from pos_guard.model import Words

_ASK = "请让顾客出示付款码"
_ASK_EN = "Ask for the pay code (付款码)."

_MERCHANT = {
    "emv": ("商户", "a merchant's"),
    "pix": ("巴西 PIX ", "a Brazilian PIX"),
    "promptpay": ("泰国 PromptPay ", "a Thai PromptPay"),
    "paynow": ("新加坡 PayNow ", "a Singapore PayNow"),
    "fps": ("香港转数快（FPS）", "a Hong Kong FPS"),
    "khqr": ("柬埔寨 KHQR ", "a Cambodian KHQR"),
    "vietqr": ("越南 VietQR ", "a Vietnamese VietQR"),
    "duitnow": ("马来西亚 DuitNow ", "a Malaysian DuitNow"),
    "qris": ("印尼 QRIS ", "an Indonesian QRIS"),
    "upi": ("印度 UPI ", "an Indian UPI"),
    "epc": ("欧元转账（SEPA）", "a SEPA transfer"),
    "swiss": ("瑞士账单", "a Swiss QR-bill"),
    "thai-bill": ("泰国账单", "a Thai bill payment"),
}
_PAYMENT = {
    "wechat": ("微信付款码", "WeChat"),
    "alipay": ("支付宝付款码", "Alipay"),
    "unionpay": ("云闪付付款码", "UnionPay"),
    "emv-cpm": ("银行卡付款码（EMV）", "EMV"),
}
_ORDER = {"wechat": ("微信", "a WeChat"), "alipay": ("支付宝", "an Alipay")}

_WORDS: dict[str, Words] = {
    **{
        f"payment_code/{scheme}": Words(
            f"这是{zh}，可以收款", f"This is a pay code ({en}). It may be charged."
        )
        for scheme, (zh, en) in _PAYMENT.items()
    },
    **{
        f"merchant_code/{scheme}": Words(
            f"这是{zh}收款码，不能扣款；{_ASK}",
            f"This is {en} code, made to be paid to. {_ASK_EN}",
        )
        for scheme, (zh, en) in _MERCHANT.items()
    },
    **{
        f"order_code/{scheme}": Words(
            f"这是{zh}订单收款码，应由顾客扫描；{_ASK}",
            f"This is {en} order code, for the customer to scan. {_ASK_EN}",
        )
        for scheme, (zh, en) in _ORDER.items()
    },
    "receive_code/unionpay": Words(
        f"这是银联收款码，{_ASK}", f"This is a UnionPay receive code. {_ASK_EN}"
    ),
    "payment_code": Words("这是付款码，可以收款", "This is a pay code. It may be charged."),
    "payment_code/symbology": Words(
        "付款码不会印成这种条码；请让顾客在手机上打开付款码",
        "Pay codes are never drawn as this kind of bar code. Ask for the code on the phone.",
    ),
    "payment_code/refused": Words(
        "这个付款码不能使用，请让顾客刷新付款码",
        "This pay code cannot be used. Ask the customer to refresh it.",
    ),
    "merchant_code": Words(
        f"这是商户收款码，不能扣款；{_ASK}",
        f"This is a merchant's code, made to be paid to. {_ASK_EN}",
    ),
    "merchant_code/bad": Words(
        "这个收款码校验不符，请勿使用，并告知经理",
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
    "url/lookalike": Words(
        f"这个网址冒充支付网站，请勿使用，并告知经理；{_ASK}",
        f"This link imitates a payment site. Do not use it; tell the manager. {_ASK_EN}",
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
    "invalid/merchant": Words(
        f"这个收款码格式有误，请勿使用；{_ASK}",
        f"This merchant code is damaged. Do not use it. {_ASK_EN}",
    ),
    "invalid/pay": Words(
        "这个付款码不完整，请让顾客刷新付款码，重新扫描",
        "This pay code is damaged. Ask the customer to refresh it; scan again.",
    ),
    "invalid/encoding": Words(
        "扫描枪字符集设置不符，请联系经理",
        "The scanner's character set and the link's encoding do not agree. Tell the manager.",
    ),
    "invalid": Words("扫描内容有误，请重新扫描", "The scan is damaged. Scan again."),
}


def words_for(kind: str, flavour: str = "") -> Words:
    """The words of this kind, of its flavour where there are any."""
    return _WORDS.get(f"{kind}/{flavour}") or _WORDS[kind]
