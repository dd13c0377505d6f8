"""The paper states the total and the tenders that were really paid."""

from __future__ import annotations

from pos_guard.model import Receipt, Tender, Words
from pos_guard.policy.policy import Policy
from pos_guard.policy.request import PaidState, Request
from pos_guard.policy.rule import (
    Choice,
    Tighter,
    allow,
    amount_text,
    deny,
    graded,
    level_option,
)
from pos_guard.policy.verdict import Finding, Reason

ID = "receipt-total"
OPTIONS = {"missing_total": Choice(("allow", "warn", "deny"), "deny", Tighter.HIGHER)}

_MISSING = Words(
    "小票上找不到合计金额，不能打印已支付小票。",
    "The receipt states no total that can be read, so it must not say PAID.",
)
_CURRENCY = Words(
    "小票币种与本店不同，请检查收银机设置。",
    "The receipt's currency is not the shop's. Check the till's settings.",
)


def check(request: Request, policy: Policy) -> Finding | None:
    """Compare total and electronic tender lines of a paid receipt with the ledger."""
    receipt, paid = request.subject, request.paid
    if not isinstance(receipt, Receipt) or not receipt.claims_paid or paid is None:
        return None
    if receipt.total is None:
        level = level_option(policy, ID, "missing_total", "deny")
        return graded(ID, level, Reason.AMOUNT, _MISSING, stated=None, total=paid.total)
    stated = receipt.total.amount
    if receipt.total.currency != policy.currency:
        return deny(ID, Reason.CURRENCY, _CURRENCY, stated=stated, total=paid.total)
    if stated != paid.total:
        words = _differs(stated, paid.total, policy)
        return deny(ID, Reason.AMOUNT, words, stated=stated, total=paid.total)
    return _check_tenders(receipt, paid, policy)


def _check_tenders(receipt: Receipt, paid: PaidState, policy: Policy) -> Finding:
    stated = _by_channel([(line.tender, line.amount) for line in receipt.tenders])
    confirmed = _by_channel(paid.electronic)
    # A paper without any tender line states nothing that could be wrong.
    channels = sorted({*stated, *confirmed}) if receipt.tenders else []
    for channel in channels:
        said, known = stated.get(channel, 0), confirmed.get(channel, 0)
        if said != known:
            words = _tender_differs(said, known, policy)
            return deny(ID, Reason.AMOUNT, words, tender=channel, stated=said, confirmed=known)
    return allow(ID, "小票金额正确。", "The amounts on the paper are right.", total=paid.total)


def _by_channel(lines: list[tuple[Tender, int]] | tuple[tuple[Tender, int], ...]) -> dict[str, int]:
    """Sums of electronic tenders; a terminal's UnionPay and other cards are one channel."""
    sums: dict[str, int] = {}
    for tender, amount in lines:
        if tender in (Tender.CASH, Tender.VOUCHER):
            continue
        channel = str(Tender.CARD if tender is Tender.UNIONPAY else tender)
        sums[channel] = sums.get(channel, 0) + amount
    return sums


def _differs(stated: int, total: int, policy: Policy) -> Words:
    paper, right = amount_text(stated, policy), amount_text(total, policy)
    return Words(
        f"小票合计 {paper} 与订单 {right} 不符，请改正后再打印。",
        f"The receipt says {paper}, the order is {right}. Correct it and print again.",
    )


def _tender_differs(stated: int, confirmed: int, policy: Policy) -> Words:
    paper, right = amount_text(stated, policy), amount_text(confirmed, policy)
    return Words(
        f"小票上的支付金额 {paper} 与实际确认的 {right} 不符，请改正。",
        f"The receipt says {paper} for this tender, {right} is confirmed. Correct it.",
    )
