"""The customer's code belongs to the channel that is charged."""

from __future__ import annotations

from pos_guard.model import (
    MONEY_OUT,
    Context,
    Intent,
    Known,
    Scan,
    ScannedCode,
    Tender,
    Words,
)
from pos_guard.policy.policy import Policy
from pos_guard.policy.request import Request
from pos_guard.policy.rule import allow, deny
from pos_guard.policy.verdict import Finding, Reason

ID = "code-channel"

# Schemes that may be charged under a tender.
_SCHEMES = {
    Tender.WECHAT: frozenset({"wechat"}),
    Tender.ALIPAY: frozenset({"alipay"}),
    Tender.UNIONPAY: frozenset({"unionpay", "emv-cpm"}),
    Tender.CARD: frozenset({"unionpay", "emv-cpm"}),
}

# Tenders whose provider charges a code and nothing else.
_BY_CODE = frozenset({Tender.WECHAT, Tender.ALIPAY})

_NAMES = {
    "wechat": Words("微信支付", "WeChat Pay"),
    "alipay": Words("支付宝", "Alipay"),
    "unionpay": Words("银联", "UnionPay"),
    "emv-cpm": Words("银行卡", "card app"),
    "card": Words("刷卡", "card"),
    "cash": Words("现金", "cash"),
    "voucher": Words("代金券", "a voucher"),
}


def check(request: Request, policy: Policy) -> Finding | None:
    """Compare a scanned code with the chosen channel, and a charge with the code it uses."""
    del policy
    if isinstance(request.subject, Scan):
        return _check_scan(request.subject, request)
    if isinstance(request.subject, Intent):
        return _check_intent(request.subject, request)
    return None


def _check_scan(scan: Scan, request: Request) -> Finding | None:
    chosen = request.context.tender
    if not scan.payable or scan.scheme is None or chosen is None:
        return None
    return _judge(scan.scheme, chosen.value)


def _check_intent(intent: Intent, request: Request) -> Finding | None:
    if intent.kind not in MONEY_OUT and intent.payer is not None and intent.payer.scheme:
        return _judge(intent.payer.scheme, intent.tender)
    code = request.context.code
    if code is None or not _uses_code(intent, request.context, code):
        return None
    return _judge(code.value.scheme, intent.tender)


def _uses_code(intent: Intent, context: Context, code: Known[ScannedCode]) -> bool:
    """Tell the code that is charged from one that an earlier customer showed."""
    if intent.payer_token is not None:
        return intent.payer_token == code.value.token
    if intent.tender not in _BY_CODE or intent.kind in MONEY_OUT:
        return False
    return context.order is not None and context.order.boot_us <= code.boot_us


def _judge(scheme: str, tender: Tender) -> Finding:
    if scheme in _SCHEMES.get(tender, frozenset()):
        zh, en = "付款码与支付方式一致。", "The code belongs to the channel."
        return allow(ID, zh, en, scheme=scheme, tender=str(tender))
    return deny(ID, Reason.CODE, _say(scheme, tender), scheme=scheme, tender=str(tender))


def _say(scheme: str, tender: Tender) -> Words:
    code, chosen = _name(scheme), _name(str(tender))
    return Words(
        f"这是{code.zh}付款码，本单选的是{chosen.zh}。请改选支付方式或换码。",
        f"This is a code of {code.en}, but {chosen.en} was chosen. Change the channel or the code.",
    )


def _name(scheme: str) -> Words:
    return _NAMES.get(scheme, Words(scheme, scheme))
