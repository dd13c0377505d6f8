"""State x operation: operation-fits-state, and the words of remaining for a voided sale."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pos_guard.model import Cart, IntentKind, Purpose
from pos_guard.policy.request import Person, Request, SaleState, SaleStatus
from pos_guard.policy.rules import operation_fits_state, remaining
from pos_guard.policy.verdict import Finding
from tests.policy.cases import (
    BEN,
    MAYA,
    OTHER,
    OUT,
    POLICY,
    intent,
    receipt,
    refund,
    sale,
    scan,
    with_option,
)
from tests.policy.state_cases import FINE, Row, cart, row, told


def in_state(status: str, settled: bool | None = None) -> SaleState:
    """A sale of 12.50 in a state."""
    return replace(sale(), status=SaleStatus(status), settled=settled)


def found(kind: IntentKind, state: SaleState | None) -> Finding | None:
    return operation_fits_state.check(Request(intent(kind), sale=state), POLICY)


NOT_PAID: Row = ("DENY", "not-paid", None)
OPEN: Row = ("DENY", "unresolved", None)
GONE: Row = ("DENY", "remaining", None)
SETTLED: Row = ("DENY", "time", None)

TABLE: list[tuple[str, bool | None, Row, Row, Row]] = [
    # status, settled, refund, void (completion void), reversal
    ("open", None, NOT_PAID, NOT_PAID, NOT_PAID),
    ("submitted", None, OPEN, OPEN, FINE),
    ("unknown", None, OPEN, OPEN, FINE),
    ("paid", None, FINE, FINE, FINE),
    ("paid", False, FINE, FINE, FINE),
    ("paid", True, FINE, SETTLED, SETTLED),
    ("voided", None, GONE, GONE, GONE),
    ("voided", True, GONE, GONE, GONE),
    ("part-refunded", None, FINE, GONE, GONE),
    ("part-refunded", False, FINE, GONE, GONE),
    ("part-refunded", True, FINE, GONE, GONE),
    ("refunded", None, GONE, GONE, GONE),
    ("refunded", True, GONE, GONE, GONE),
]


@pytest.mark.parametrize(("status", "settled", "refunded", "voided", "reversed_"), TABLE)
def test_every_state_meets_every_operation(
    status: str, settled: bool | None, refunded: Row, voided: Row, reversed_: Row
) -> None:
    state = in_state(status, settled)
    expected = (refunded, voided, voided, reversed_)
    kinds = (IntentKind.REFUND, IntentKind.VOID, IntentKind.COMPLETION_VOID, IntentKind.REVERSAL)
    findings = [found(kind, state) for kind in kinds]
    assert tuple(row(finding) for finding in findings) == expected
    for kind, finding in zip(kinds, findings, strict=True):
        assert finding is not None
        assert finding.inputs == {"kind": str(kind), "status": status, "settled": settled}


def test_every_state_is_in_the_table() -> None:
    assert {status for status, *_ in TABLE} == {str(status) for status in SaleStatus}


@pytest.mark.parametrize(
    ("kind", "status", "settled", "zh", "en"),
    [
        (IntentKind.VOID, "paid", True, "改用退款", "Use a refund"),
        (IntentKind.VOID, "part-refunded", None, "改用退款", "Refund what is left"),
        (IntentKind.VOID, "open", None, "取消订单", "Cancel the order"),
        (IntentKind.REFUND, "open", None, "取消订单", "Cancel the order"),
        (IntentKind.REFUND, "unknown", None, "查询", "Query"),
        (IntentKind.REFUND, "submitted", None, "等待", "Wait"),
        (IntentKind.REFUND, "voided", None, "已撤销", "was voided"),
        (IntentKind.REFUND, "refunded", None, "全部退款", "in full"),
    ],
)
def test_the_right_operation_is_named(
    kind: IntentKind, status: str, settled: bool | None, zh: str, en: str
) -> None:
    finding = found(kind, in_state(status, settled))
    assert finding is not None
    assert zh in finding.say.zh
    assert en in finding.say.en


@pytest.mark.parametrize(
    ("option", "settled", "amount", "expected", "en"),
    [
        ("allow", False, 1250, FINE, "may be refunded"),
        ("warn", False, 1250, ("WARN", "time", None), "Void it"),
        ("require", False, 1250, ("REQUIRE", "time", "approval"), "Void it"),
        ("override", False, 1250, ("DENY_OVERRIDABLE", "time", None), "Void it"),
        ("deny", False, 1250, ("DENY", "time", None), "Void it"),
        ("deny", False, 1000, ("DENY", "time", None), "Refund a part of it later"),
        ("deny", True, 1250, FINE, "may be refunded"),
        ("deny", None, 1250, FINE, "may be refunded"),
    ],
)
def test_a_refund_before_settlement_is_what_the_policy_says(
    option: str, settled: bool | None, amount: int, expected: Row, en: str
) -> None:
    policy = with_option("operation-fits-state", before_settlement=option)
    request = Request(refund(amount), operator=BEN, sale=in_state("paid", settled))
    finding = operation_fits_state.check(request, policy)
    assert row(finding) == expected
    assert finding is not None
    assert en in finding.say.en


def test_a_second_person_may_agree_to_a_refund_before_settlement() -> None:
    policy = with_option("operation-fits-state", before_settlement="require")
    state = in_state("paid", settled=False)
    request = Request(refund(), operator=BEN, approver=MAYA, sale=state)
    assert row(operation_fits_state.check(request, policy)) == FINE
    himself = replace(request, approver=BEN)
    assert row(operation_fits_state.check(himself, policy)) == ("DENY", "time", None)


WHICH: Row = ("REQUIRE", "needs-reason", "reason")
IS_RETURN: Row = ("DENY", "needs-reason", None)
SOLD = (("tea", 2),)
TEA = cart(("tea", 1, 600))


@pytest.mark.parametrize(
    ("purpose", "sold", "items", "expected"),
    [
        (None, SOLD, None, FINE),
        (None, SOLD, TEA, FINE),
        (Purpose.RETURN, SOLD, None, WHICH),
        (Purpose.RETURN, SOLD, cart(), WHICH),
        (Purpose.RETURN, SOLD, TEA, FINE),
        (Purpose.RETURN, (), None, FINE),
        (Purpose.ADJUSTMENT, SOLD, None, FINE),
        (Purpose.ADJUSTMENT, SOLD, TEA, IS_RETURN),
        (Purpose.GOODWILL, SOLD, None, FINE),
        (Purpose.GOODWILL, SOLD, TEA, IS_RETURN),
        (Purpose.CORRECTION, SOLD, None, FINE),
        (Purpose.CORRECTION, SOLD, TEA, FINE),
    ],
)
def test_the_purpose_fits_whether_goods_come_back(
    purpose: Purpose | None, sold: tuple[tuple[str, int], ...], items: Cart | None, expected: Row
) -> None:
    request = Request(
        refund(600), context=told(items=items, purpose=purpose), sale=replace(sale(), sold=sold)
    )
    finding = operation_fits_state.check(request, POLICY)
    assert row(finding) == expected
    assert finding is not None
    assert finding.inputs.get("purpose") == (None if purpose is None else str(purpose))


@pytest.mark.parametrize("kind", OUT)
@pytest.mark.parametrize("original", OUT)
def test_what_gave_money_back_is_nothing_to_undo(kind: IntentKind, original: IntentKind) -> None:
    request = Request(intent(kind), original_kind=original)
    finding = operation_fits_state.check(request, POLICY)
    assert row(finding) == ("DENY", "original", None)
    assert finding is not None
    assert finding.inputs == {"kind": str(kind), "original": str(original)}


def test_other_requests_are_left_alone() -> None:
    for kind in (IntentKind.SALE, IntentKind.TIP, IntentKind.COMPLETION, *OTHER):
        assert found(kind, in_state("voided")) is None
    for kind in OUT:
        assert found(kind, None) is None
    for subject in (scan(), receipt()):
        request = Request(subject, sale=sale())
        assert operation_fits_state.check(request, POLICY) is None


@pytest.mark.parametrize(
    ("option", "approver", "expected"),
    [
        ("warn", None, ("WARN", "time", None)),
        ("require", None, ("REQUIRE", "time", "approval")),
        ("require", MAYA, FINE),
        ("override", None, ("DENY_OVERRIDABLE", "time", None)),
        ("deny", MAYA, SETTLED),
    ],
)
def test_a_void_after_settlement_is_what_the_policy_says(
    option: str, approver: Person | None, expected: Row
) -> None:
    """Where only an hour tells what is settled, a shop may know better."""
    policy = with_option("operation-fits-state", after_settlement=option)
    void = intent(IntentKind.VOID)
    settled = in_state("paid", settled=True)
    request = Request(void, operator=BEN, approver=approver, sale=settled)
    assert row(operation_fits_state.check(request, policy)) == expected
    voided = replace(request, sale=in_state("voided", settled=True))
    assert row(operation_fits_state.check(voided, policy)) == GONE


@pytest.mark.parametrize(
    ("status", "paid", "posted", "expected", "en"),
    [
        ("voided", 1250, 1250, GONE, "was voided"),
        ("refunded", 1250, 1250, GONE, "in full"),
        ("paid", 1250, 1250, GONE, "in full"),
        ("open", 0, 0, NOT_PAID, "never paid"),
        ("submitted", 0, 0, OPEN, "in progress"),
        ("unknown", 0, 0, OPEN, "not known"),
    ],
)
def test_nothing_is_left_and_the_words_say_why(
    status: str, paid: int, posted: int, expected: Row, en: str
) -> None:
    state = replace(in_state(status), paid=paid, posted=posted)
    for kind in OUT:
        finding = remaining.check(Request(intent(kind), sale=state), POLICY)
        assert row(finding) == expected
        assert finding is not None
        assert en in finding.say.en
