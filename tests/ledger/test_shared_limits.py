"""Limits that hold over all terminals of a merchant, through real guards and both ledgers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from pos_guard.clock import ManualClock
from pos_guard.ledger.port import SharedLedger
from pos_guard.model import Outcome, Result, Source
from pos_guard.policy.verdict import Reason
from tests.ledger.chain_shop import HOUR, Till, till
from tests.shop import PINS, POLICY

Open = Callable[..., Till]

LIMITS = """
[[limits]]
id = "{name}"
operations = ["refund", "refund_unreferenced"]
per = "{per}"
window = "day"
amount = "10.00"
"""


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def make(tmp_path: Path, ledger: SharedLedger, clock: ManualClock) -> Iterator[Open]:
    tills: list[Till] = []

    def make_one(name: str, per: str, lease_us: int = 0) -> Till:
        policy = POLICY + LIMITS.format(name=f"day-{per}", per=per)
        tills.append(till(tmp_path, name, ledger, clock, lease_us, policy))
        return tills[-1]

    yield make_one
    for one in tills:
        one.store.close()


@pytest.mark.parametrize("per", ["operator", "shop", "sale"])
def test_what_other_terminals_gave_back_counts(make: Open, per: str) -> None:
    one, two = make("A", per), make("B", per)
    sale_id = one.sell(1900)
    one.tell()
    assert one.refund(sale_id, 600).allowed
    one.tell()
    over = two.refund(sale_id, 401)
    assert (over.allowed, over.reason) == (False, Reason.OVER_LIMIT), over.say.en
    assert two.refund(sale_id, 400).allowed
    two.tell()
    late = one.refund(sale_id, 1)
    assert (late.allowed, late.reason) == (False, Reason.OVER_LIMIT)


def test_a_limit_per_terminal_is_this_terminal_s_alone(make: Open) -> None:
    one, two = make("A", "terminal"), make("B", "terminal")
    sale_id = one.sell(1900)
    one.tell()
    assert one.refund(sale_id, 600).allowed
    one.tell()
    assert two.refund(sale_id, 900).allowed
    assert two.refund(sale_id, 101).reason is Reason.OVER_LIMIT


def test_what_was_reserved_or_is_unknown_elsewhere_counts_what_failed_does_not(
    make: Open,
) -> None:
    one, two = make("A", "operator"), make("B", "operator")
    sale_id = one.sell(1900)
    one.tell()
    assert one.refund(sale_id, 500, Result.DECLINED).allowed
    unknown = one.ask(sale_id, 600)
    assert unknown.allowed
    assert one.tell() == 0
    assert two.refund(sale_id, 401).reason is Reason.OVER_LIMIT
    one.guard.settle(unknown.id, Outcome(Result.UNKNOWN))
    assert one.tell() == 0
    assert two.refund(sale_id, 401).reason is Reason.OVER_LIMIT
    one.guard.settle(unknown.id, Outcome(Result.DECLINED))
    assert one.tell() == 0
    assert two.refund(sale_id, 1000).allowed


def test_another_operator_elsewhere_has_a_limit_of_his_own(make: Open) -> None:
    one, two = make("A", "operator"), make("B", "operator")
    sale_id = one.sell(1900)
    one.tell()
    assert one.refund(sale_id, 1000).allowed
    assert two.refund(sale_id, 900, operator="maya").allowed


def test_refunds_without_a_sale_count_under_their_own_name(make: Open) -> None:
    one, two = make("A", "operator"), make("B", "operator")
    sale_id = one.sell(1900)
    one.tell()
    asked = one.unreferenced(700)
    one.guard.approve(asked.id, "maya", PINS["maya"])
    assert one.guard.rejudge(asked.id).allowed
    assert two.refund(sale_id, 301).reason is Reason.OVER_LIMIT
    assert two.refund(sale_id, 300).allowed


def test_offline_the_limit_counts_this_terminal_alone(make: Open, clock: ManualClock) -> None:
    one, two = make("A", "operator", HOUR), make("B", "operator", HOUR)
    sales = [each.sell(1900) for each in (one, two)]
    for each in (one, two):
        each.tell()
    assert one.refund(sales[0], 900).allowed
    assert two.refund(sales[1], 101).reason is Reason.OVER_LIMIT
    two.cable.cut = True
    assert two.refund(sales[1], 1000).allowed, "nobody can be asked, and it holds the sale"
    assert two.refund(sales[1], 1).reason is Reason.OVER_LIMIT
    two.cable.cut = False
    clock.advance(10)
    assert one.refund(sales[0], 100).allowed, "B has not told yet"
    two.tell()
    assert one.refund(sales[0], 1).reason is Reason.OVER_LIMIT


def test_limits_are_asked_for_at_once_and_only_for_refunds(make: Open) -> None:
    one = make("A", "operator")
    sale_id = one.sell(1900)
    assert "totals" not in one.cable.calls
    one.refund(sale_id, 100)
    assert one.cable.calls.count("totals") == 1


def of_totals(name: str) -> bool:
    return name == "totals"


@pytest.mark.parametrize("how", ["drops", "loses"])
def test_without_an_answer_about_limits_the_ledger_is_not_reached(make: Open, how: str) -> None:
    one = make("A", "operator")
    sale_id = one.sell(1900)
    one.tell()
    setattr(one.cable, how, of_totals)
    decision = one.refund(sale_id, 100)
    assert (decision.allowed, decision.reason) == (False, Reason.OFFLINE)


MANAGERS = """
[[limits]]
id = "managers"
operations = ["refund"]
per = "operator"
window = "day"
roles = ["manager"]
amount = "50.00"
"""


@pytest.mark.parametrize(("before", "allowed"), [(2500, True), (2501, False)])
def test_an_approver_lends_what_he_has_left_over_all_terminals(
    tmp_path: Path, ledger: SharedLedger, clock: ManualClock, before: int, allowed: bool
) -> None:
    one, two = (till(tmp_path, name, ledger, clock, 0, POLICY + MANAGERS) for name in "AB")
    with closing(one.store), closing(two.store):
        sale_id = one.sell(9000)
        one.tell()
        assert one.refund(sale_id, before, operator="maya").allowed
        asked = two.ask(sale_id, 2500)
        assert asked.needs_person
        two.guard.approve(asked.id, "maya", PINS["maya"])
        judged = two.guard.rejudge(asked.id)
        assert (judged.allowed, judged.reason) == (
            allowed,
            Reason.OK if allowed else Reason.OVER_LIMIT,
        )


def test_who_came_to_the_till_while_the_ledger_was_asked_is_not_judged_by_what_it_said(
    make: Open,
) -> None:
    one = make("A", "operator")
    sale_id = one.sell(1900)
    one.tell()

    def somebody_else(name: str) -> bool:
        if name == "totals":
            one.guard.tell_operator("maya", Source.SCAN)
        return False

    one.cable.loses = somebody_else
    decision = one.refund(sale_id, 100)
    assert (decision.allowed, decision.reason) == (False, Reason.OFFLINE)
