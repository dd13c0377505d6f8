"""What differs between two policies: every threshold that moved shows in a decision."""

from __future__ import annotations

from itertools import pairwise

import pytest

from pos_guard.policy.diff import Diff, diff
from pos_guard.policy.grid import MAX_CASES, cases
from pos_guard.policy.grid_moments import moments
from pos_guard.policy.load import parse_policy
from pos_guard.policy.policy import Hours, Policy
from pos_guard.policy.verdict import Level

BASE = """\
name = "shop"
version = 1
currency = "EUR"
reasons = ["wrong-item", "defective"]
[payees]
terminals = ["52001233"]
[roles.senior]
may = ["sale", "refund", "void", "refund_unreferenced"]
refund_limit = "20.00"
unreferenced_limit = "15.00"
[roles.manager]
may = ["refund"]
refund_limit = "50.00"
may_approve = true
approve_limit = "100.00"
[[limits]]
id = "day"
operations = ["refund"]
per = "shop"
window = "day"
amount = "300.00"
count = 9
[rules.duplicate-window]
within_s = 120
[rules.refund-window]
max_age_days = 30
[rules.amount-confirmed]
above = 10000
[hours]
mon = ["09:00-18:00"]
wed = ["09:00-18:00"]
"""


def policy(*change: str) -> Policy:
    text = BASE
    for old, new in zip(change[::2], change[1::2], strict=True):
        assert old in text
        text = text.replace(old, new)
    return parse_policy(text, "policy.toml")


def compared(*change: str) -> Diff:
    return diff(policy(), policy(*change))


def test_a_policy_and_itself_do_not_differ() -> None:
    found = compared()
    assert found.same
    assert found.judged > 500


DUPLICATE, CONFIRMED = "rules.duplicate-window", "rules.amount-confirmed"
CHANGES = (
    ('"20.00"', '"21.00"', "roles.senior.refund_limit", "refund", "within-limit", (2, 0)),
    ('"100.00"', '"90.00"', "roles.manager.approve_limit", "refund", "within-limit", (0, 4)),
    ('"300.00"', '"299.99"', "limits.day.amount", "refund", "limits", (0, 2)),
    ("count = 9", "count = 8", "limits.day.count", "refund", "limits", (0, 2)),
    ('"void", ', "", "roles.senior.may", "void", "operation-permitted", (0, 4)),
    (
        "= 120",
        "= 60",
        "rules.duplicate-window.options.within_s",
        "refund",
        "duplicate-window",
        (2, 0),
    ),
    ("= 30", "= 29", "rules.refund-window.options.max_age_days", "refund", "refund-window", (0, 4)),
    (
        "= 10000",
        "= 9999",
        "rules.amount-confirmed.options.above",
        "sale",
        "amount-confirmed",
        (0, 2),
    ),
    ('wed = ["09:00', 'wed = ["09:30', "hours.open", "refund", "opening-hours", (0, 3)),
    ('"defective"]', "]", "reasons", "refund", "reason-given", (0, 4)),
)


@pytest.fixture(scope="module")
def all_changes() -> Diff:
    """All of them at once: each touches requests of its own."""
    return compared(*(text for change in CHANGES for text in change[:2]))


def test_every_setting_that_moved_is_named(all_changes: Diff) -> None:
    assert [item.path for item in all_changes.settings] == sorted(
        path for _, _, path, *_ in CHANGES
    )


@pytest.mark.parametrize(("path", "operation", "rule", "levels"), [row[2:] for row in CHANGES])
def test_what_moved_shows_in_decisions(
    all_changes: Diff, path: str, operation: str, rule: str, levels: tuple[int, int]
) -> None:
    found = {
        (each.operation, each.rule, int(each.old), int(each.new)): each.count
        for each in all_changes.decisions
    }
    assert found.get((operation, rule, *levels), 0) >= 1, path


def test_another_payee_is_another_decision_about_everything() -> None:
    found = compared('"52001233"', '"52001234"')
    assert [item.path for item in found.settings] == ["payees.terminals"]
    assert {each.rule for each in found.decisions} == {"payee-known"}


def test_a_boundary_is_met_exactly() -> None:
    found = compared('"20.00"', '"21.00"')
    refunds = [each for each in found.decisions if each.operation == "refund"]
    amounts = {each.example.request.subject.amount for each in refunds}  # type: ignore[union-attr]
    assert amounts == {2001}
    assert {each.role for each in found.decisions} == {"senior"}


def test_a_name_or_version_alone_changes_no_decision() -> None:
    found = compared("version = 1", "version = 2")
    assert [item.path for item in found.settings] == ["version"]
    assert found.decisions == ()
    assert not found.same


def test_lists_that_are_empty_in_both_do_not_hide_the_rest() -> None:
    empty = ('"52001233"', "")
    found = diff(policy(*empty), policy(*empty, '"20.00"', '"21.00"'))
    assert {(each.rule, each.old, each.new) for each in found.decisions} == {
        ("within-limit", Level.REQUIRE, Level.ALLOW)
    }


def test_the_grid_is_bounded_and_touches_every_threshold() -> None:
    grid = list(cases((policy(),)))
    assert 500 < len(grid) < MAX_CASES
    amounts = {case.request.subject.amount for case in grid}  # type: ignore[union-attr]
    for threshold in (2000, 1500, 5000, 10_000, 30_000):
        assert {threshold - 1, threshold, threshold + 1} <= amounts
    assert {case.operation for case in grid} >= {"sale", "refund", "refund_unreferenced", "void"}


def test_moments_stand_around_every_edge_of_the_hours() -> None:
    open_hours: list[tuple[tuple[int, int], ...]] = [()] * 7
    open_hours[6] = ((1080, 1560),)
    found = [(each.weekday, each.minute) for each in moments(Hours(open=tuple(open_hours)))]
    assert found == [(0, 119), (0, 120), (0, 121), (6, 1079), (6, 1080), (6, 1081)]
    holiday = list(moments(Hours(holidays=frozenset({"2026-12-25"}))))
    assert [(each.weekday, each.minute, each.date) for each in holiday] == [(4, 720, "2026-12-25")]
    dates = [each.date for each in moments(Hours(open=(((60, 120),),) * 7))]
    assert all(left <= right for left, right in pairwise(dates))
