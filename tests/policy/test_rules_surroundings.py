"""Network, disk and freezes: offline, disk-trusted, frozen-scope."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pos_guard.model import IntentKind
from pos_guard.policy.request import Disk, Freeze, Network, Person, Request, SaleState
from pos_guard.policy.rules import disk_trusted, frozen_scope, offline
from tests.policy.cases import (
    ANNA,
    BEN,
    IN,
    MAYA,
    NOBODY,
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
from tests.policy.state_cases import FINE, Row, row, told

CUT: Row = ("DENY", "offline", None)
AWAY = replace(sale(), home=False)


@pytest.mark.parametrize("kind", OUT)
@pytest.mark.parametrize(
    ("who", "state", "amount", "most", "expected"),
    [
        (BEN, sale(), 1250, None, FINE),
        (BEN, sale(9000), 2000, None, FINE),
        (BEN, sale(9000), 2001, None, CUT),  # above the role's limit takes a second person
        (MAYA, sale(9000), 2001, None, FINE),
        (MAYA, sale(9000), 2001, 2000, CUT),
        (MAYA, sale(9000), 2000, 2000, FINE),
        (MAYA, sale(), 1, 0, CUT),
        (ANNA, sale(), 1, None, CUT),
        (NOBODY, sale(), 1, None, CUT),
        (None, sale(), 1, None, CUT),
        (MAYA, AWAY, 1, None, CUT),
        (MAYA, None, 1, None, CUT),
        (MAYA, sale(), None, None, CUT),
    ],
)
def test_offline_only_the_home_of_a_sale_undoes_it(
    kind: IntentKind,
    who: Person | None,
    state: SaleState | None,
    amount: int | None,
    most: int | None,
    expected: Row,
) -> None:
    policy = POLICY if most is None else with_option("offline", offline_amount=most)
    request = Request(intent(kind, amount), operator=who, sale=state, network=Network.OFFLINE)
    finding = offline.check(request, policy)
    assert row(finding) == expected
    assert finding is not None
    assert finding.inputs["network"] == "offline"
    assert finding.inputs["amount"] == amount


def test_a_second_person_does_not_replace_the_network() -> None:
    request = Request(
        refund(3000), operator=BEN, approver=MAYA, sale=sale(9000), network=Network.OFFLINE
    )
    finding = offline.check(request, POLICY)
    assert row(finding) == CUT
    assert finding is not None
    assert finding.inputs["most"] == 2000
    assert "20.00" in finding.say.zh


@pytest.mark.parametrize(
    ("kind", "amount", "most", "expected"),
    [
        ("sale", 99999, None, FINE),
        ("sale", 5000, 5000, FINE),
        ("sale", 5001, 5000, ("DENY_OVERRIDABLE", "offline", None)),
        ("preauth", 5001, 5000, ("DENY_OVERRIDABLE", "offline", None)),
        ("tip", 1, 0, ("DENY_OVERRIDABLE", "offline", None)),
        ("sale", None, 5000, ("DENY_OVERRIDABLE", "offline", None)),
        ("preauth_void", 5001, 5000, FINE),
        ("balance", 5001, 5000, None),
    ],
)
def test_sales_go_on_up_to_the_shops_own_cap(
    kind: str, amount: int | None, most: int | None, expected: Row | None
) -> None:
    policy = POLICY if most is None else with_option("offline", offline_sales=most)
    request = Request(intent(IntentKind(kind), amount), network=Network.OFFLINE)
    assert row(offline.check(request, policy)) == expected


def test_a_bad_network_warns_and_a_good_one_says_nothing() -> None:
    strict = with_option("offline", offline_amount=0, offline_sales=0)
    for kind in (*IN, *OUT):
        slow = Request(intent(kind), network=Network.DEGRADED)
        assert row(offline.check(slow, strict)) == ("WARN", "offline", None)
        assert offline.check(Request(intent(kind)), strict) is None
    for subject in (scan(), receipt(), intent(IntentKind.BALANCE)):
        assert offline.check(Request(subject, network=Network.OFFLINE), strict) is None


@pytest.mark.parametrize(
    ("disk", "out", "others"),
    [
        (Disk.GOOD, None, None),
        (Disk.LOW, ("WARN", "guard", None), ("WARN", "guard", None)),
        (Disk.BAD, ("DENY", "guard", None), ("WARN", "guard", None)),
    ],
)
def test_no_money_goes_out_above_a_bad_disk(
    disk: Disk, out: Row | None, others: Row | None
) -> None:
    for kind in (*IN, *OUT, *OTHER):
        finding = disk_trusted.check(Request(intent(kind), disk=disk), POLICY)
        asks = kind is IntentKind.BALANCE
        assert row(finding) == (None if asks else out if kind in OUT else others)
        if finding is not None:
            assert finding.inputs == {"disk": str(disk)}
    for subject in (scan(), receipt()):
        assert disk_trusted.check(Request(subject, disk=disk), POLICY) is None


FROZEN: Row = ("DENY", "frozen", None)


@pytest.mark.parametrize(
    ("scope", "name", "expected", "en"),
    [
        ("terminal", "T1", FROZEN, "till"),
        ("terminal", "", FROZEN, "till"),
        ("shop", "x", FROZEN, "till"),
        ("operator", "ben", FROZEN, "operator"),
        ("operator", "BEN", FROZEN, "operator"),
        ("operator", "maya", FROZEN, "operator"),
        ("operator", "anna", None, ""),
        ("sale", "T1-000001", FROZEN, "sale"),
        ("sale", "T1-000002", None, ""),
    ],
)
def test_what_is_frozen_moves_no_money(
    scope: str, name: str, expected: Row | None, en: str
) -> None:
    freezes = (Freeze("operator", "zoe", "-"), Freeze(scope, name, "cash is missing"))
    for kind in OUT:
        request = Request(intent(kind), operator=BEN, approver=MAYA, sale=sale(), freezes=freezes)
        finding = frozen_scope.check(request, POLICY)
        assert row(finding) == expected
        if finding is not None:
            assert finding.inputs == {"scope": scope, "name": name}
            assert en in finding.say.en


def test_a_frozen_sale_is_known_by_the_name_that_the_request_gives() -> None:
    freezes = (Freeze("sale", "T1-000009", "-"),)
    by_frame = Request(replace(refund(), original="T1-000009"), freezes=freezes)
    by_scan = Request(refund(), context=told(original="T1-000009"), freezes=freezes)
    for request in (by_frame, by_scan):
        assert row(frozen_scope.check(request, POLICY)) == FROZEN
    assert frozen_scope.check(Request(refund(), freezes=freezes), POLICY) is None


def test_a_frozen_till_takes_no_money_either_but_answers_questions() -> None:
    freezes = (Freeze("terminal", "T1", "-"),)
    for kind in (*IN, IntentKind.PREAUTH):
        assert row(frozen_scope.check(Request(intent(kind), freezes=freezes), POLICY)) == FROZEN
    for subject in (intent(IntentKind.BALANCE), scan(), receipt()):
        assert frozen_scope.check(Request(subject, freezes=freezes), POLICY) is None
    assert frozen_scope.check(Request(refund()), POLICY) is None
