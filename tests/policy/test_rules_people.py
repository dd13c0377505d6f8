"""Who may: operator-signed-in, operation-permitted, within-limit, unreferenced."""

from __future__ import annotations

import pytest

from pos_guard.model import Intent, IntentKind
from pos_guard.policy.policy import REFUND_UNREFERENCED
from pos_guard.policy.request import Person, Request, SaleState
from pos_guard.policy.rule import Check
from pos_guard.policy.rules import (
    operation_permitted,
    operator_signed_in,
    unreferenced,
    within_limit,
)
from tests.policy.cases import (
    ANNA,
    BEN,
    EMPTY,
    IN,
    MAYA,
    NOBODY,
    OK,
    OUT,
    POLICY,
    brief,
    intent,
    receipt,
    refund,
    sale,
    scan,
)


@pytest.mark.parametrize("kind", [*OUT, IntentKind.PREAUTH_VOID])
def test_money_out_needs_somebody_signed_in(kind: IntentKind) -> None:
    nobody = operator_signed_in.check(Request(intent(kind)), POLICY)
    assert brief(nobody) == ("DENY", "not-signed-in")
    assert brief(operator_signed_in.check(Request(intent(kind), operator=BEN), POLICY)) == OK


@pytest.mark.parametrize("kind", [*IN, IntentKind.PREAUTH, IntentKind.BALANCE])
def test_money_in_needs_nobody(kind: IntentKind) -> None:
    assert operator_signed_in.check(Request(intent(kind)), POLICY) is None


DENIED = ("DENY", "not-permitted")


@pytest.mark.parametrize(
    ("person", "subject", "known_sale", "expected"),
    [
        (ANNA, intent(), None, OK),
        (ANNA, refund(), sale(), DENIED),
        (ANNA, refund(), None, DENIED),
        (BEN, refund(), sale(), OK),
        (BEN, refund(), None, OK),
        (BEN, intent(IntentKind.VOID), sale(), OK),
        (BEN, intent(IntentKind.VOID), None, OK),
        (BEN, intent(IntentKind.REVERSAL), sale(), DENIED),
        (BEN, intent(IntentKind.PREAUTH), None, DENIED),
        (NOBODY, intent(), None, DENIED),
        (NOBODY, refund(), sale(), DENIED),
        (None, refund(), sale(), None),
        (None, intent(), None, None),
    ],
)
def test_a_role_does_what_it_may_and_no_more(
    person: Person | None,
    subject: Intent,
    known_sale: SaleState | None,
    expected: tuple[str, str] | None,
) -> None:
    request = Request(subject, operator=person, sale=known_sale)
    assert brief(operation_permitted.check(request, POLICY)) == expected


def test_a_second_person_does_not_lend_a_right() -> None:
    request = Request(refund(), operator=ANNA, approver=MAYA, sale=sale())
    assert brief(operation_permitted.check(request, POLICY)) == DENIED


def test_the_record_says_which_right_was_missing() -> None:
    finding = operation_permitted.check(Request(refund(), operator=ANNA), POLICY)
    assert finding is not None
    assert finding.inputs["missing"] == REFUND_UNREFERENCED


REQUIRED = ("REQUIRE", "over-limit")
OVER = ("DENY", "over-limit")


@pytest.mark.parametrize(
    ("person", "amount", "approver", "expected"),
    [
        (BEN, 0, None, OK),
        (BEN, 1999, None, OK),
        (BEN, 2000, None, OK),
        (BEN, 2001, None, REQUIRED),
        (BEN, 2001, MAYA, OK),
        (BEN, 2001, BEN, OVER),
        (BEN, 2001, Person("BEN", "manager"), OVER),
        (BEN, 2001, ANNA, OVER),
        (BEN, 2001, NOBODY, OVER),
        (BEN, 2001, EMPTY, OVER),
        (BEN, 50000, MAYA, OK),
        (BEN, 50001, MAYA, OVER),
        (MAYA, 10000, None, OK),
        (MAYA, 10001, None, REQUIRED),
        (MAYA, 10001, MAYA, OVER),
        (NOBODY, 1, None, REQUIRED),
        (EMPTY, 1, None, REQUIRED),
        (BEN, None, None, ("DENY", "amount")),
        (None, 99999, None, None),
    ],
)
def test_above_the_limit_another_person_with_a_limit_agrees(
    person: Person | None,
    amount: int | None,
    approver: Person | None,
    expected: tuple[str, str] | None,
) -> None:
    request = Request(refund(amount), operator=person, approver=approver, sale=sale(99999))
    assert brief(within_limit.check(request, POLICY)) == expected


def test_the_cashier_reads_both_amounts() -> None:
    finding = within_limit.check(Request(refund(2001), operator=BEN), POLICY)
    assert finding is not None
    assert "20.01" in finding.say.zh
    assert "20.00" in finding.say.zh
    assert "20.01" in finding.say.en


@pytest.mark.parametrize(
    ("person", "amount", "approver", "expected"),
    [
        (BEN, 1, None, ("REQUIRE", "original")),
        (BEN, 1500, None, ("REQUIRE", "original")),
        (BEN, 1500, MAYA, OK),
        (BEN, 1500, BEN, ("DENY", "original")),
        (BEN, 1500, ANNA, ("DENY", "original")),
        (BEN, 1501, None, OVER),
        (BEN, 1501, MAYA, OVER),
        (MAYA, 5000, MAYA, ("DENY", "original")),
        (EMPTY, 1, MAYA, OVER),
        (NOBODY, 1, MAYA, OVER),
        (None, 1, MAYA, OVER),
        (BEN, 0, MAYA, ("DENY", "original")),
        (BEN, None, MAYA, ("DENY", "original")),
    ],
)
def test_without_the_sale_there_is_a_cap_and_always_a_second_person(
    person: Person | None, amount: int | None, approver: Person | None, expected: tuple[str, str]
) -> None:
    for kind in OUT:
        request = Request(intent(kind, amount), operator=person, approver=approver)
        assert brief(unreferenced.check(request, POLICY)) == expected


def test_a_known_sale_is_not_unreferenced() -> None:
    assert unreferenced.check(Request(refund(), operator=BEN, sale=sale()), POLICY) is None


CHECKS = [
    operator_signed_in.check,
    operation_permitted.check,
    within_limit.check,
    unreferenced.check,
]


@pytest.mark.parametrize("check", CHECKS)
def test_people_rules_leave_scans_and_paper_alone(check: Check) -> None:
    for subject in (scan(), receipt()):
        assert check(Request(subject, operator=ANNA), POLICY) is None
