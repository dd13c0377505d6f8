"""When: opening-hours with its calendar, and refund-window for cards, UnionPay and cash."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pos_guard.clock import SECOND
from pos_guard.model import IntentKind, Tender
from pos_guard.policy.opening import DAY_MIN, is_open
from pos_guard.policy.policy import Hours, Policy, RuleSetting
from pos_guard.policy.request import Moment, Person, RefundPace, Request
from pos_guard.policy.rules import opening_hours, refund_window
from pos_guard.policy.verdict import Mode
from tests.policy.cases import (
    BEN,
    IN,
    MAYA,
    OUT,
    POLICY,
    brief,
    intent,
    receipt,
    refund,
    scan,
    with_option,
)
from tests.policy.state_cases import FINE, Row, row

NINE_TO_SIX = ((540, 1080),)
SIESTA = ((540, 780), (960, 1200))
NIGHT = ((1200, 1560),)  # 20:00 to 02:00 of the next day

# 2026-11-23 is a Monday. Tuesday has a siesta, Friday and Saturday a night; Sunday is closed.
WEEK = (NINE_TO_SIX, SIESTA, NINE_TO_SIX, NINE_TO_SIX, NIGHT, NIGHT, ())
HOURS = Hours("Asia/Shanghai", WEEK, frozenset({"2026-11-25", "2026-11-28"}))


def at(day: int, minute: int) -> Moment:
    """A minute of a day from 2026-11-23 (Monday) on."""
    when = date(2026, 11, 23) + timedelta(days=day)
    return Moment(when.weekday(), minute, when.isoformat())


def hhmm(text: str) -> int:
    hours, minutes = text.split(":")
    return int(hours) * 60 + int(minutes)


@pytest.mark.parametrize(
    ("day", "time", "state"),
    [
        (0, "08:59", False),
        (0, "09:00", True),
        (0, "09:01", True),
        (0, "17:59", True),
        (0, "18:00", False),
        (0, "18:01", False),
        (0, "00:00", False),
        (0, "23:59", False),
        (1, "12:59", True),
        (1, "13:00", False),
        (1, "15:59", False),
        (1, "16:00", True),
        (2, "12:00", False),  # Wednesday is a holiday
        (3, "09:00", True),  # the day after it is a day like any other
        (3, "08:59", False),
        (4, "19:59", False),
        (4, "20:00", True),
        (4, "23:59", True),
        (5, "00:00", True),  # Friday's night ends on Saturday, holiday or not
        (5, "01:59", True),
        (5, "02:00", False),
        (5, "20:00", False),  # Saturday is a holiday: its night does not begin,
        (6, "00:00", False),  # so nobody is there on Sunday morning
        (6, "12:00", False),
        (12, "20:00", True),  # the next Saturday
        (13, "01:59", True),  # Sunday's morning belongs to it
        (13, "02:00", False),
        (14, "00:30", False),  # after Sunday, which has no hours
    ],
)
def test_the_shop_is_open_in_its_hours_to_the_minute(day: int, time: str, state: bool) -> None:
    assert is_open(HOURS, at(day, hhmm(time))) is state


def test_monday_morning_belongs_to_sunday_night() -> None:
    hours = replace(HOURS, open=(*WEEK[:6], NIGHT))
    assert is_open(hours, at(7, hhmm("01:59"))) is True
    assert is_open(hours, at(7, hhmm("02:00"))) is False


def test_an_interval_may_begin_after_midnight() -> None:
    hours = Hours(open=(((DAY_MIN, DAY_MIN + 60),),) * 7)
    states = [is_open(hours, at(1, minute)) for minute in (0, 59, 60, DAY_MIN - 1)]
    assert states == [True, True, False, False]


def test_round_the_clock_has_no_gap_at_midnight() -> None:
    hours = Hours(open=(((0, DAY_MIN),),) * 7)
    assert is_open(hours, at(0, 0)) is is_open(hours, at(0, DAY_MIN - 1)) is True


@pytest.mark.parametrize(
    "moment",
    [Moment(0, 600, "yesterday"), Moment(0, 600, "0001-01-01"), Moment(7, 600, "2026-11-23")],
)
def test_what_is_no_date_is_not_known(moment: Moment) -> None:
    assert is_open(HOURS, moment) is None


def test_a_week_without_seven_days_is_not_known_and_no_hours_are_always() -> None:
    assert is_open(replace(HOURS, open=(NINE_TO_SIX,)), at(0, 600)) is None
    assert is_open(Hours(), Moment(9, -1, "?")) is True


@given(st.integers(0, 400), st.integers(0, DAY_MIN - 1))
def test_the_calendar_agrees_with_a_line_of_minutes(day: int, minute: int) -> None:
    """Counted again, minute by minute, from every day's own intervals laid on one line."""
    now = day * DAY_MIN + minute
    spans = [
        (each * DAY_MIN + first, each * DAY_MIN + end)
        for each in range(-1, day + 1)
        if at(each, 0).date not in HOURS.holidays
        for first, end in WEEK[at(each, 0).weekday]
    ]
    assert is_open(HOURS, at(day, minute)) is any(first <= now < end for first, end in spans)


def policy_with(**options: str) -> Policy:
    """The test policy with hours, and options of opening-hours."""
    rules = {"opening-hours": RuleSetting(Mode.ENFORCE, options)}
    return replace(POLICY, hours=HOURS, rules=rules)


OPEN, CLOSED = at(0, 600), at(0, 1200)
LOCKED_UP: Row = ("DENY_OVERRIDABLE", "time", None)
NO_TIME: Row = ("DENY", "time", None)


@pytest.mark.parametrize(
    ("options", "kind", "moment", "approver", "expected"),
    [
        ({}, "refund", OPEN, None, FINE),
        ({}, "refund", CLOSED, None, LOCKED_UP),
        ({}, "void", CLOSED, None, LOCKED_UP),
        ({}, "reversal", CLOSED, MAYA, LOCKED_UP),
        ({}, "refund", None, None, NO_TIME),
        ({}, "refund", Moment(0, 600, "?"), None, NO_TIME),
        ({}, "sale", CLOSED, None, None),
        ({}, "sale", None, None, None),
        ({"refunds": "warn"}, "refund", CLOSED, None, ("WARN", "time", None)),
        ({"refunds": "require"}, "refund", CLOSED, None, ("REQUIRE", "time", "approval")),
        ({"refunds": "require"}, "refund", CLOSED, MAYA, FINE),
        ({"refunds": "require"}, "refund", CLOSED, BEN, ("DENY", "time", None)),
        ({"refunds": "deny"}, "refund", CLOSED, MAYA, ("DENY", "time", None)),
        ({"refunds": "warn"}, "refund", None, None, NO_TIME),
        ({"sales": "warn"}, "sale", CLOSED, None, ("WARN", "time", None)),
        ({"sales": "warn"}, "sale", OPEN, None, FINE),
        ({"sales": "deny"}, "preauth", CLOSED, None, ("DENY", "time", None)),
        ({"sales": "warn"}, "sale", None, None, NO_TIME),
        ({"sales": "deny"}, "balance", CLOSED, None, None),
    ],
)
def test_outside_business_hours(
    options: dict[str, str],
    kind: str,
    moment: Moment | None,
    approver: Person | None,
    expected: Row | None,
) -> None:
    subject = intent(IntentKind(kind))
    request = Request(subject, operator=BEN, approver=approver, moment=moment)
    assert row(opening_hours.check(request, policy_with(**options))) == expected


def test_without_hours_every_time_is_business_time() -> None:
    strict = with_option("opening-hours", refunds="deny", sales="deny")
    for kind in (*IN, *OUT):
        for moment in (OPEN, CLOSED, None):
            assert opening_hours.check(Request(intent(kind), moment=moment), strict) is None


def test_the_day_and_the_holiday_are_on_record() -> None:
    finding = opening_hours.check(Request(refund(), moment=at(2, 600)), policy_with())
    assert finding is not None
    assert finding.inputs == {"date": "2026-11-25", "minute": 600, "holiday": True}
    unknown = opening_hours.check(Request(refund()), policy_with())
    assert unknown is not None
    assert unknown.inputs == {"zone": "Asia/Shanghai"}


DAY = 86_400 * SECOND
LATE, SOON = ("DENY", "original", None), ("DENY", "duplicate", None)


@pytest.mark.parametrize("tender", [Tender.CARD, Tender.UNIONPAY, Tender.CASH])
@pytest.mark.parametrize(
    ("options", "age_us", "since_us", "expected"),
    [
        ({}, 9999 * DAY, 0, None),
        ({"max_age_days": 30}, 30 * DAY, 0, FINE),
        ({"max_age_days": 30}, 30 * DAY + 1, None, LATE),
        ({"max_age_days": 30}, -1, None, LATE),
        ({"min_gap_s": 60}, 9999 * DAY, 60 * SECOND, FINE),
        ({"min_gap_s": 60}, DAY, 60 * SECOND - 1, SOON),
        ({"min_gap_s": 60}, DAY, -1, SOON),
        ({"min_gap_s": 60}, -1, None, FINE),
        ({"max_age_days": 30, "min_gap_s": 60}, 31 * DAY, 0, LATE),
    ],
)
def test_every_way_of_paying_has_its_own_window(
    tender: Tender,
    options: dict[str, int],
    age_us: int,
    since_us: int | None,
    expected: Row | None,
) -> None:
    named = {f"{tender}_{name}": value for name, value in options.items()}
    policy = with_option("refund-window", **named)
    pace = RefundPace(age_us, refunds=400, since_refund_us=since_us)
    request = Request(refund(100, tender), pace=pace)
    assert row(refund_window.check(request, policy)) == expected
    wallet = replace(request, subject=refund(100, Tender.VOUCHER))
    assert refund_window.check(wallet, policy) is None


def test_the_window_of_a_card_is_not_that_of_the_wallets() -> None:
    policy = with_option("refund-window", card_max_age_days=1, max_age_days=10)
    pace = RefundPace(5 * DAY)
    for tender, expected in ((Tender.CARD, LATE[:2]), (Tender.WECHAT, ("ALLOW", "ok"))):
        finding = refund_window.check(Request(refund(1, tender), pace=pace), policy)
        assert brief(finding) == expected


def test_hours_and_windows_leave_scans_and_paper_alone() -> None:
    policy = policy_with(sales="deny")
    for subject in (scan(), receipt()):
        assert opening_hours.check(Request(subject, moment=CLOSED), policy) is None
