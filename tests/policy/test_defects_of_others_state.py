"""Known defects of other systems that rules about state decide, one test each, by its number.

Each judges the whole request with every rule, as the guard would.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from pos_guard.model import IntentKind, Purpose, Tender
from pos_guard.policy.engine import judge
from pos_guard.policy.policy import Policy, RuleSetting
from pos_guard.policy.request import LinkState, PaidState, Request, SaleState, SaleStatus
from pos_guard.policy.verdict import Level, Need, Verdict
from tests.policy.cases import BEN, MAYA, POLICY, intent, order, receipt, refund, sale
from tests.policy.state_cases import cart, told

OURS = LinkState("zvt", payee="52001233")
SOLD = replace(sale(3000), sold=(("shirt", 2), ("sock", 1)))


def judged(request: Request, policy: Policy = POLICY) -> Verdict:
    """The verdict on our own terminal, with Ben signed in."""
    return judge(replace(request, link=OURS, operator=request.operator or BEN), policy)


def denied_by(verdict: Verdict) -> set[str]:
    """The rules that deny."""
    return {finding.rule for finding in verdict.findings if finding.effective >= Level.DENY}


def returned(*items: tuple[str, int]) -> SaleState:
    """The sale of two shirts and a sock, after these went back without a cent less to refund."""
    return replace(SOLD, returned=items)


def test_erpnext_24259_quantity_two_is_returned_twice_and_not_three_times() -> None:
    """Three returns of one piece each were made of an invoice over two."""
    request = Request(refund(1), context=told(items=cart(("shirt", 1, 1200))), sale=SOLD)
    assert judged(request).level is Level.ALLOW
    assert judged(replace(request, sale=returned(("shirt", 1)))).level is Level.ALLOW
    third = judged(replace(request, sale=returned(("shirt", 2))))
    assert denied_by(third) == {"items-returned"}
    at_once = replace(request, context=told(items=cart(("shirt", 3, 1200))))
    assert denied_by(judged(at_once)) == {"items-returned"}


def test_erpnext_8960_a_return_worth_100_does_not_pay_150() -> None:
    """A return invoice over 100 was paid out with 150."""
    items = told(items=cart(("shirt", 1, 100)))
    assert denied_by(judged(Request(refund(150), context=items, sale=SOLD))) == {"items-returned"}
    assert judged(Request(refund(100), context=items, sale=SOLD)).level is Level.ALLOW


def test_odoo_230300_the_same_line_in_two_open_drafts_is_returned_once() -> None:
    """Two draft refunds of one order line could both be paid: open ones count as returned."""
    request = Request(
        refund(600), context=told(items=cart(("sock", 1, 600))), sale=returned(("sock", 1))
    )
    assert denied_by(judged(request)) == {"items-returned"}
    first = replace(request, sale=SOLD)
    assert judged(first).level is Level.ALLOW


def test_odoo_272408_one_line_twice_in_a_cart_counts_twice() -> None:
    """The same line was added to a refund twice."""
    items = cart(("sock", 1, 600), ("sock", 1, 600))
    request = Request(refund(600), context=told(items=items), sale=SOLD)
    assert denied_by(judged(request)) == {"items-returned"}


@pytest.mark.parametrize("kind", [IntentKind.REFUND, IntentKind.VOID, IntentKind.REVERSAL])
def test_odoo_271109_a_refund_is_not_refunded(kind: IntentKind) -> None:
    """A refund order could be refunded; no second person makes it a sale."""
    request = Request(
        intent(kind), operator=MAYA, approver=replace(MAYA, id="otto"),
        original_kind=IntentKind.REFUND,
    )  # fmt: skip
    verdict = judged(request)
    assert "operation-fits-state" in denied_by(verdict)
    assert verdict.level is Level.DENY


@pytest.mark.parametrize("item", ["hat", "sock-of-another-order"])
def test_odoo_247158_items_of_another_order_do_not_come_back_here(item: str) -> None:
    """One refund took lines of several orders; a refund belongs to one sale and its articles."""
    items = cart(("sock", 1, 600), (item, 1, 600))
    request = Request(refund(1200), context=told(items=items), sale=SOLD)
    assert denied_by(judged(request)) == {"items-returned"}


def test_odoo_214290_the_money_of_two_orders_is_not_taken_out_of_one() -> None:
    """Refunds over several orders: the sum never exceeds what is left of the one sale."""
    verdict = judged(Request(refund(1251), sale=sale(1250)))
    assert denied_by(verdict) == {"remaining"}


def test_pos_awesome_6_many_returns_of_one_invoice_end_with_its_amount() -> None:
    """One invoice was returned again and again: what is open or done is gone, also the state."""
    part = replace(sale(1250, posted=800), status=SaleStatus.PART_REFUNDED)
    assert judged(Request(refund(450), sale=part)).level is Level.ALLOW
    assert denied_by(judged(Request(refund(451), sale=part))) == {"remaining"}
    gone = replace(sale(1250, posted=1250), status=SaleStatus.REFUNDED)
    assert denied_by(judged(Request(refund(1), sale=gone))) == {"remaining", "operation-fits-state"}


def test_odoo_122539_no_paid_receipt_before_the_terminal_answered() -> None:
    """An order was validated at 0 while the terminal still asked: paper without payment."""
    paid = PaidState("A1", 1250)
    assert "receipt-paid" in denied_by(judge(Request(receipt(), paid=paid), POLICY))
    waiting = replace(sale(), status=SaleStatus.SUBMITTED)
    assert "operation-fits-state" in denied_by(judged(Request(refund(), sale=waiting)))


def test_gooderp_1907_the_purpose_is_judged_with_what_is_submitted() -> None:
    """Approved as one thing, edited into another: goods that come back are a return."""
    goodwill = told(purpose=Purpose.GOODWILL)
    request = Request(refund(600), context=goodwill, sale=SOLD)
    assert judged(request).level is Level.ALLOW
    edited = told(purpose=Purpose.GOODWILL, items=cart(("sock", 1, 600)))
    assert denied_by(judged(replace(request, context=edited))) == {"operation-fits-state"}


def test_goodwill_counts_as_a_refund_everywhere() -> None:
    """An apology in money is no way round limits, remaining amounts, reasons or the tender."""
    policy = replace(POLICY, reasons=frozenset({"late"}))
    for purpose in (None, *Purpose):
        context = told(purpose=purpose, reason="late")
        request = Request(refund(2001), context=context, sale=sale(9000))
        assert judged(request, policy).needs == {Need.APPROVAL}
        gone = replace(request, subject=refund(1), sale=sale(9000, posted=9000))
        assert "remaining" in denied_by(judged(gone, policy))
        other = replace(request, subject=refund(1, Tender.CASH))
        assert "original-tender" in denied_by(judged(other, policy))
        silent = replace(request, subject=refund(1), context=told(purpose=purpose))
        assert judged(silent, policy).needs == {Need.REASON}


def test_a_settled_sale_is_refunded_and_an_open_one_voided() -> None:
    """F12 of the practice reports: refunds before settlement, voids after it."""
    strict = {"operation-fits-state": RuleSetting(options={"before_settlement": "deny"})}
    policy = replace(POLICY, rules=strict)
    open_, settled = replace(sale(), settled=False), replace(sale(), settled=True)
    void = intent(IntentKind.VOID)
    assert judged(Request(void, sale=open_), policy).level is Level.ALLOW
    assert denied_by(judged(Request(void, sale=settled), policy)) == {"operation-fits-state"}
    assert judged(Request(refund(), sale=settled), policy).level is Level.ALLOW
    assert denied_by(judged(Request(refund(), sale=open_), policy)) == {"operation-fits-state"}


@pytest.mark.parametrize(
    ("asked", "goods", "level"),
    [(1250, 1250, Level.ALLOW), (12500, 1250, Level.DENY), (1250, 125, Level.DENY)],
)
def test_an_amount_that_the_goods_do_not_cost_is_not_charged(
    asked: int, goods: int, level: Level
) -> None:
    """F07 of the practice reports: the amount is checked against the goods, not only the order."""
    request = Request(
        intent(amount=asked), context=told(items=cart(("tea", 1, goods))), order=order(asked)
    )
    assert judged(request).level is level
