"""The limits of a policy: state and this request together, the strictest decides."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pos_guard.model import IntentKind
from pos_guard.policy.limits import approver_tallies, tallies
from pos_guard.policy.policy import OPERATIONS, Limit, Per, Policy, Role, Window
from pos_guard.policy.request import Person, Request, SaleState, Total
from pos_guard.policy.rules import limits
from pos_guard.policy.verdict import Level
from tests.policy.cases import ANNA, BEN, MAYA, NOBODY, POLICY, intent, receipt, refund, sale, scan
from tests.policy.pattern_cases import OK, Told, inputs_of, paid_by, told

REFUNDS = frozenset({"refund"})
SALES = frozenset({"sale"})
ASKED: Told = ("REQUIRE", "over-limit", "approval")
LIFTABLE: Told = ("DENY_OVERRIDABLE", "over-limit", None)
OVER: Told = ("DENY", "over-limit", None)
UNKNOWN: Told = ("DENY", "guard", None)


def with_limits(*listed: Limit) -> Policy:
    """The test policy with these limits."""
    return replace(POLICY, limits=listed)


def day(amount: int | None = None, count: int | None = None, then: Level = Level.REQUIRE) -> Limit:
    """A limit on the refunds of an operator's day."""
    return Limit("day", REFUNDS, Per.OPERATOR, Window.DAY, amount=amount, count=count, then=then)


@pytest.mark.parametrize(
    ("limit", "before", "amount", "expected", "total"),
    [
        (day(amount=10_000), Total(0, 0), 10_000, OK, None),
        (day(amount=10_000), Total(0, 0), 10_001, ASKED, (10_001, 1)),
        (day(amount=10_000), Total(8_750, 3), 1_250, OK, None),
        (day(amount=10_000), Total(8_751, 3), 1_250, ASKED, (10_001, 4)),
        (day(amount=10_000), Total(10_000, 1), 1, ASKED, (10_001, 2)),
        (day(amount=0), Total(), 1, ASKED, (1, 1)),
        (day(count=3), Total(99_999, 2), 1, OK, None),
        (day(count=3), Total(3, 3), 1, ASKED, (4, 4)),
        (day(count=0), Total(), 1, ASKED, (1, 1)),
        (day(10_000, 3), Total(9_999, 2), 1, OK, None),
        (day(10_000, 3), Total(9_999, 2), 2, ASKED, (10_001, 3)),
        (day(10_000, 3), Total(0, 3), 2, ASKED, (2, 4)),
        (day(100, then=Level.DENY), Total(100, 1), 1, OVER, (101, 2)),
        (day(100, then=Level.DENY_OVERRIDABLE), Total(100, 1), 1, LIFTABLE, (101, 2)),
    ],
)
def test_state_and_this_request_together(
    limit: Limit, before: Total, amount: int, expected: Told, total: tuple[int, int] | None
) -> None:
    request = Request(refund(amount), operator=BEN, sale=sale(99_999), totals={"day": before})
    finding = limits.check(request, with_limits(limit))
    assert told(finding) == expected
    if total is None:
        assert inputs_of(finding) == {"limits": "day"}
        return
    assert inputs_of(finding) == {
        "limit": "day",
        "sum": total[0],
        "count": total[1],
        "most": limit.amount,
        "times": limit.count,
    }


@given(
    before=st.integers(0, 10**9),
    amount=st.integers(1, 10**9),
    most=st.integers(0, 2 * 10**9),
)
@settings(max_examples=60, deadline=None)
def test_a_sum_is_never_compared_without_this_request(before: int, amount: int, most: int) -> None:
    request = Request(refund(amount), operator=BEN, sale=sale(), totals={"day": Total(before, 1)})
    finding = limits.check(request, with_limits(day(most, then=Level.DENY)))
    assert (told(finding) == OK) == (before + amount <= most)


@pytest.mark.parametrize(
    ("listed", "expected", "name"),
    [
        ((day(100), day(200, then=Level.DENY)), OVER, "day"),
        ((Limit("a", REFUNDS, amount=1), Limit("b", REFUNDS, amount=2)), ASKED, "a"),
        (
            (Limit("a", REFUNDS, amount=1), Limit("b", REFUNDS, amount=2, then=Level.DENY)),
            OVER,
            "b",
        ),
        (
            (
                Limit("a", REFUNDS, amount=1, then=Level.DENY_OVERRIDABLE),
                Limit("b", REFUNDS, amount=2, then=Level.REQUIRE),
            ),
            LIFTABLE,
            "a",
        ),
        ((Limit("a", REFUNDS, amount=5_000), Limit("b", REFUNDS, amount=2)), ASKED, "b"),
    ],
)
def test_one_finding_the_strictest_the_first_of_equals(
    listed: tuple[Limit, ...], expected: Told, name: str
) -> None:
    request = Request(refund(1_250), operator=BEN, sale=sale(), totals={"day": Total()})
    finding = limits.check(request, with_limits(*listed))
    assert told(finding) == expected
    assert inputs_of(finding)["limit"] == name


@pytest.mark.parametrize("window", list(Window))
@pytest.mark.parametrize("per", list(Per))
def test_a_total_that_is_missing_denies_unless_nothing_is_added_up(
    per: Per, window: Window
) -> None:
    policy = with_limits(Limit("x", REFUNDS, per, window, 60, amount=10_000))
    request = Request(refund(1), operator=BEN, approver=MAYA, sale=paid_by("t1"))
    finding = limits.check(request, policy)
    if window is Window.TRANSACTION:
        assert told(finding) == OK
    else:
        assert told(finding) == UNKNOWN
        assert inputs_of(finding) == {"limit": "x"}
    known = replace(request, totals={"x": Total(9_999, 1)})
    assert told(limits.check(known, policy)) == OK


@pytest.mark.parametrize("kind", list(IntentKind))
@pytest.mark.parametrize("operation", sorted(OPERATIONS))
def test_only_the_operations_that_are_listed(kind: IntentKind, operation: str) -> None:
    policy = with_limits(Limit("x", frozenset({operation}), amount=1, then=Level.DENY))
    for known, name in ((sale(), str(kind)), (None, _unreferenced(kind))):
        finding = limits.check(Request(intent(kind), operator=BEN, sale=known), policy)
        assert told(finding) == (OVER if operation == name else None)


def _unreferenced(kind: IntentKind) -> str:
    return "refund_unreferenced" if kind is IntentKind.REFUND else str(kind)


@pytest.mark.parametrize(
    ("roles", "person", "expected"),
    [
        ((), ANNA, OVER),
        ((), None, OVER),
        (("senior",), BEN, OVER),
        (("senior", "cashier"), ANNA, OVER),
        (("cashier",), BEN, None),
        (("senior",), NOBODY, None),
        # Not signing in is no way around a role's limit.
        (("senior",), None, OVER),
    ],
)
def test_roles(roles: tuple[str, ...], person: Person | None, expected: Told | None) -> None:
    limit = Limit("x", SALES, amount=1_000, roles=frozenset(roles), then=Level.DENY)
    finding = limits.check(Request(intent(amount=1_001), operator=person), with_limits(limit))
    assert told(finding) == expected


def test_a_limit_per_shift_asks_for_one() -> None:
    limit = Limit("x", REFUNDS, Per.OPERATOR, Window.SHIFT, count=5)
    finding = limits.check(Request(refund(), operator=BEN, sale=sale()), with_limits(limit))
    assert told(finding) == UNKNOWN
    assert finding is not None
    assert "开班" in finding.say.zh
    assert "shift" in finding.say.en


def test_a_limit_per_operator_asks_who_it_is() -> None:
    limit = Limit("x", SALES, Per.OPERATOR, Window.SHIFT, count=5)
    finding = limits.check(Request(intent()), with_limits(limit))
    assert told(finding) == ("DENY", "not-signed-in", None)
    assert inputs_of(finding) == {"limit": "x"}


@pytest.mark.parametrize(
    ("per", "known", "expected"),
    [
        (Per.SALE, None, None),
        (Per.SALE, sale(), OVER),
        (Per.PAYER, sale(), None),
        (Per.PAYER, paid_by("t1"), OVER),
        (Per.PAYER, None, None),
        (Per.TERMINAL, None, OVER),
        (Per.SHOP, None, OVER),
    ],
)
def test_a_limit_per_sale_or_payer_needs_one(
    per: Per, known: SaleState | None, expected: Told | None
) -> None:
    operations = frozenset({"refund", "refund_unreferenced"})
    limit = Limit("x", operations, per, Window.DAY, count=1, then=Level.DENY)
    request = Request(refund(), operator=BEN, sale=known, totals={"x": Total(1, 1)})
    assert told(limits.check(request, with_limits(limit))) == expected


def test_the_payer_of_a_request_is_its_own_token_first() -> None:
    limit = Limit("x", REFUNDS, Per.PAYER, Window.DAY, count=1, then=Level.DENY)
    subject = replace(refund(), payer_token="t9")
    request = Request(subject, operator=BEN, sale=sale(), totals={"x": Total(1, 1)})
    assert told(limits.check(request, with_limits(limit))) == OVER


def test_an_amount_that_is_not_known_cannot_be_added_up() -> None:
    void = Request(intent(IntentKind.VOID, None), operator=BEN, totals={"x": Total()})
    both = Limit("x", frozenset({"void"}), Per.OPERATOR, Window.DAY, amount=1, count=9)
    finding = limits.check(void, with_limits(both))
    assert told(finding) == ("DENY", "amount", None)
    counted = replace(both, amount=None)
    assert told(limits.check(void, with_limits(counted))) == OK
    full = replace(counted, count=0, then=Level.DENY)
    finding = limits.check(void, with_limits(full))
    assert told(finding) == OVER
    assert (inputs_of(finding)["sum"], inputs_of(finding)["count"]) == (0, 1)


@pytest.mark.parametrize(
    ("approver", "expected"),
    [
        (None, ASKED),
        (MAYA, OK),
        (BEN, OVER),
        (Person("Ben", "manager"), OVER),
        (ANNA, OVER),
        (NOBODY, OVER),
    ],
)
def test_a_second_person_satisfies_a_limit_that_requires_one(
    approver: Person | None, expected: Told
) -> None:
    request = Request(refund(200), operator=BEN, approver=approver, sale=sale())
    finding = limits.check(request, with_limits(Limit("x", REFUNDS, amount=100)))
    assert told(finding) == expected
    who = None if approver is None else approver.id
    assert inputs_of(finding).get("approver") == who


@pytest.mark.parametrize(("amount", "expected"), [(50_000, OK), (50_001, OVER)])
def test_an_approver_of_one_too_many_needs_a_limit_for_its_amount(
    amount: int, expected: Told
) -> None:
    request = Request(refund(amount), operator=BEN, approver=MAYA, sale=sale(99_999))
    policy = with_limits(Limit("x", REFUNDS, count=0))
    assert told(limits.check(request, policy)) == expected


@pytest.mark.parametrize("then", [Level.DENY, Level.DENY_OVERRIDABLE])
def test_nobody_approves_what_a_limit_denies(then: Level) -> None:
    request = Request(refund(200), operator=BEN, approver=MAYA, sale=sale())
    finding = limits.check(request, with_limits(Limit("x", REFUNDS, amount=100, then=then)))
    assert finding is not None
    assert finding.level is then


MANAGERS = frozenset({"manager"})


@pytest.mark.parametrize(
    ("own", "approver_totals", "totals", "expected"),
    [
        # A limit for everybody is what the approver is the second person for.
        (Limit("m", REFUNDS, amount=150), {}, {}, OK),
        # One that names his role binds him: he lends nobody more than he has himself.
        (Limit("m", REFUNDS, amount=199, roles=MANAGERS), {}, {}, OVER),
        (Limit("m", REFUNDS, amount=200, roles=MANAGERS), {}, {}, OK),
        (
            Limit("m", REFUNDS, Per.OPERATOR, Window.DAY, amount=1_000, roles=MANAGERS),
            {"m": Total(800, 1)},
            {},
            OK,
        ),
        (
            Limit("m", REFUNDS, Per.OPERATOR, Window.DAY, amount=1_000, roles=MANAGERS),
            {"m": Total(801, 1)},
            {},
            OVER,
        ),
        # What cannot be counted is not below a limit.
        (
            Limit("m", REFUNDS, Per.OPERATOR, Window.DAY, amount=1_000, roles=MANAGERS),
            {},
            {"m": Total(0, 0)},
            OVER,
        ),
        (
            Limit("m", REFUNDS, Per.SHOP, Window.DAY, count=2, roles=MANAGERS),
            {},
            {"m": Total(0, 1)},
            OK,
        ),
        (
            Limit("m", REFUNDS, Per.SHOP, Window.DAY, count=2, roles=MANAGERS),
            {},
            {"m": Total(0, 2)},
            OVER,
        ),
        (Limit("m", SALES, amount=1, roles=MANAGERS), {}, {}, OK),
    ],
)
def test_the_approvers_own_limits_count_too(
    own: Limit, approver_totals: Mapping[str, Total], totals: Mapping[str, Total], expected: Told
) -> None:
    policy = with_limits(Limit("x", REFUNDS, amount=100), own)
    request = Request(
        refund(200),
        operator=BEN,
        approver=MAYA,
        sale=sale(),
        totals=totals,
        approver_totals=approver_totals,
    )
    assert told(limits.check(request, policy)) == expected


def test_an_approver_with_a_limit_per_shift_is_on_shift() -> None:
    own = Limit("m", REFUNDS, Per.OPERATOR, Window.SHIFT, amount=1_000, roles=MANAGERS)
    policy = with_limits(Limit("x", REFUNDS, amount=100), own)
    asked = Request(refund(200), operator=BEN, approver=MAYA, sale=sale())
    finding = limits.check(asked, policy)
    assert finding is not None
    assert told(finding) == OVER
    assert ("开班" in finding.say.zh, "Begin it" in finding.say.en) == (True, True)
    on_shift = replace(asked, approver_totals={"m": Total(0, 0)})
    assert told(limits.check(on_shift, policy)) == OK


@pytest.mark.parametrize(
    ("limit", "parts"),
    [
        (Limit("x", REFUNDS, amount=100), ("单笔", "13.50", "1.00", "Ask a manager")),
        (
            Limit("x", REFUNDS, Per.TERMINAL, Window.DAY, amount=100, then=Level.DENY),
            ("本机今天", "23.50", "this till today", "Call the manager"),
        ),
        (
            Limit("x", REFUNDS, Per.SHOP, Window.SHIFT, count=1, then=Level.DENY_OVERRIDABLE),
            ("全店本班", "第 3 次", "the shop in this shift", "signed override"),
        ),
        (
            Limit("x", REFUNDS, Per.OPERATOR, Window.ROLLING, 7_200, count=2),
            ("最近 2 小时", "in the last 2 h", "at most 2"),
        ),
        (Limit("x", REFUNDS, Per.SALE, Window.ROLLING, 1_800, count=2), ("30 分钟", "30 min")),
        # What is full, not over, is not what the cashier reads of.
        (Limit("x", REFUNDS, Per.SALE, Window.DAY, amount=2_350, count=2), ("此单今天", "第 3 次")),
        (Limit("x", REFUNDS, Per.OPERATOR, Window.ROLLING, 90, count=2), ("90 秒", "90 s")),
    ],
)
def test_the_cashier_reads_what_was_added_up_and_what_to_do(
    limit: Limit, parts: tuple[str, ...]
) -> None:
    before = {"x": Total(1_000, 2)}
    request = Request(refund(1_350), operator=BEN, sale=sale(9_999), totals=before)
    finding = limits.check(request, with_limits(limit))
    assert finding is not None
    text = finding.say.zh + " " + finding.say.en
    assert [part for part in parts if part not in text] == []


def test_without_limits_scans_and_paper_nothing_is_found() -> None:
    assert limits.check(Request(refund(), operator=BEN), POLICY) is None
    policy = with_limits(*(Limit(name, frozenset({name}), amount=0) for name in OPERATIONS))
    for subject in (scan(), receipt()):
        assert limits.check(Request(subject, operator=BEN), policy) is None
        assert list(tallies(Request(subject, operator=BEN), policy)) == []


def test_no_approver_has_no_limits() -> None:
    policy = with_limits(Limit("m", REFUNDS, amount=1, roles=MANAGERS))
    assert list(approver_tallies(Request(refund(), operator=BEN), policy)) == []


@given(
    tally=st.tuples(st.integers(0, 10**6), st.integers(0, 50)),
    amount=st.integers(1, 10**6),
    more=st.integers(0, 10**6),
    most=st.one_of(st.none(), st.integers(0, 10**6)),
    times=st.integers(0, 50),
    then=st.sampled_from([Level.REQUIRE, Level.DENY_OVERRIDABLE, Level.DENY]),
)
@settings(max_examples=80, deadline=None)
def test_a_larger_amount_is_never_judged_more_mildly(
    tally: tuple[int, int], amount: int, more: int, most: int | None, times: int, then: Level
) -> None:
    policy = with_limits(day(most, times, then))
    levels: list[Level] = []
    for asked in (amount, amount + more):
        request = Request(refund(asked), operator=BEN, sale=sale(), totals={"day": Total(*tally)})
        finding = limits.check(request, policy)
        assert finding is not None
        levels.append(finding.level)
    assert levels[0] <= levels[1]


def test_the_deleted_role_of_an_operator_has_no_way_out() -> None:
    gone = replace(POLICY, roles={"manager": Role("manager")}, limits=(day(1, then=Level.DENY),))
    request = Request(refund(2), operator=NOBODY, sale=sale(), totals={"day": Total()})
    assert told(limits.check(request, gone)) == OVER
