"""History under another policy: what would have been stopped, asked, let through."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pos_guard.policy.policy import Limit, Per, Policy, Window
from pos_guard.policy.replay import Change, Recorded, replay
from pos_guard.policy.request import LinkState, OperatorState, Person, RefundPace, Request
from pos_guard.policy.verdict import Level
from tests.policy.cases import BEN, MAYA, POLICY, refund, sale

SECOND = 1_000_000
HOUR = 3600 * SECOND
NOON = 1_772_625_600 * SECOND  # 2026-03-04 12:00 UTC


def request(amount: int, who: Person = BEN, payer: str = "p1", number: int = 1) -> Request:
    subject = replace(refund(amount), payer_token=payer)
    known = replace(sale(50_000), sale_id=f"T1-{number}")
    link = LinkState("t", payee="52001233")
    return Request(subject, operator=who, sale=known, pace=RefundPace(), link=link)


def recorded(seq: int, amount: int, at: int = 0, level: Level = Level.ALLOW) -> Recorded:
    return Recorded(seq, NOON + at, request(amount), level, "within-limit")


def changes(history: list[Recorded], policy: Policy = POLICY) -> list[tuple[int, Change, str]]:
    return [
        (each.recorded.seq, each.change, each.rule)
        for each in replay(history, policy)
        if each.change is not Change.SAME
    ]


def with_limit(**fields: object) -> Policy:
    limit = Limit("new", frozenset({"refund"}), **fields)  # type: ignore[arg-type]
    return replace(POLICY, limits=(limit,))


@pytest.mark.parametrize(
    ("amount", "then", "change"),
    [
        (2000, Level.ALLOW, Change.SAME),
        (2000, Level.WARN, Change.SAME),
        (2001, Level.REQUIRE, Change.SAME),
        (2001, Level.ALLOW, Change.ASKED),
        (2000, Level.REQUIRE, Change.LET_THROUGH),
        (2000, Level.DENY, Change.LET_THROUGH),
        (2001, Level.DENY, Change.OTHER),
        (60_000, Level.ALLOW, Change.STOPPED),
        (60_000, Level.DENY_LOCKED, Change.SAME),
    ],
)
def test_what_the_other_policy_makes_of_it(amount: int, then: Level, change: Change) -> None:
    (found,) = replay([recorded(1, amount, level=then)], POLICY)
    assert found.change is change


def test_the_answers_that_were_given_count_again() -> None:
    approved = Recorded(1, NOON, replace(request(2001), approver=MAYA), Level.ALLOW, "limits")
    assert changes([approved]) == []


def test_the_rule_is_the_one_that_makes_the_difference() -> None:
    stopped = recorded(1, 60_000)
    let = replace(recorded(2, 2000, level=Level.DENY), rule="opening-hours")
    assert changes([stopped, let]) == [
        (1, Change.STOPPED, "remaining"),
        (2, Change.LET_THROUGH, "opening-hours"),
    ]


def test_sums_of_new_limits_are_added_up_from_the_history() -> None:
    policy = with_limit(per=Per.SHOP, window=Window.DAY, amount=2500, then=Level.DENY)
    history = [recorded(1, 1000), recorded(2, 1500, 60), recorded(3, 1, 120)]
    assert changes(history, policy) == [(3, Change.STOPPED, "limits")]


def test_what_did_not_go_through_adds_nothing() -> None:
    policy = with_limit(per=Per.SHOP, window=Window.DAY, amount=2000, then=Level.DENY)
    refused = recorded(1, 1000, level=Level.DENY)
    failed = replace(recorded(2, 1000), done=False)
    found = list(replay([refused, failed, recorded(3, 2000)], policy))
    assert found[-1].change is Change.SAME


@pytest.mark.parametrize(
    ("per", "other", "counted"),
    [
        (Per.OPERATOR, {"who": MAYA}, False),
        (Per.OPERATOR, {"payer": "p2", "number": 2}, True),
        (Per.PAYER, {"payer": "p2"}, False),
        (Per.PAYER, {"who": MAYA, "number": 2}, True),
        (Per.SALE, {"number": 2}, False),
        (Per.SALE, {"who": MAYA, "payer": "p2"}, True),
        (Per.SHOP, {"who": MAYA, "payer": "p2", "number": 2}, True),
        (Per.TERMINAL, {"who": MAYA, "payer": "p2", "number": 2}, True),
    ],
)
def test_whose_requests_add_up(per: Per, other: dict[str, object], counted: bool) -> None:
    policy = with_limit(per=per, window=Window.DAY, count=1, then=Level.DENY)
    before = replace(recorded(1, 100), request=request(100, **other))  # type: ignore[arg-type]
    found = changes([before, recorded(2, 100)], policy)
    assert found == ([(2, Change.STOPPED, "limits")] if counted else [])


@pytest.mark.parametrize(
    ("window", "seconds", "before", "counted"),
    [
        (Window.ROLLING, 3600, HOUR, True),
        (Window.ROLLING, 3600, HOUR + 1, False),
        (Window.DAY, 0, 12 * HOUR, True),
        (Window.DAY, 0, 12 * HOUR + 1, False),
        (Window.SHIFT, 0, 2 * HOUR, True),
        (Window.SHIFT, 0, 2 * HOUR + 1, False),
        (Window.TRANSACTION, 0, 0, False),
    ],
)
def test_since_when_requests_add_up(
    window: Window, seconds: int, before: int, counted: bool
) -> None:
    policy = with_limit(window=window, seconds=seconds, amount=100, then=Level.DENY)
    now = replace(request(100), desk=OperatorState(on_shift_us=2 * HOUR))
    history = [recorded(1, 100, -before), Recorded(2, NOON, now, Level.ALLOW, "limits")]
    assert (len(changes(history, policy)) == 1) is counted


def test_what_came_before_since_only_adds_up() -> None:
    policy = with_limit(window=Window.DAY, count=1, then=Level.DENY)
    history = [recorded(1, 100), recorded(2, 100, HOUR)]
    (found,) = replay(history, policy, NOON + 1)
    assert (found.recorded.seq, found.change) == (2, Change.STOPPED)


def test_without_a_shift_everything_of_the_operator_adds_up() -> None:
    policy = with_limit(window=Window.SHIFT, count=1, then=Level.DENY)
    history = [recorded(1, 100, -99 * HOUR), recorded(2, 100)]
    assert changes(history, policy) == [(2, Change.STOPPED, "limits")]
