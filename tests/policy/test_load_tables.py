"""Limits, hours, reasons and the owner rule: what a file may say, and each mistake."""

from __future__ import annotations

import pytest

from pos_guard.errors import SettingsError
from pos_guard.policy.load import parse_policy
from pos_guard.policy.policy import Alone, Hours, Limit, Per, Policy, Window
from pos_guard.policy.tables import DAYS
from pos_guard.policy.verdict import Level

SMALL = """\
name = "shop"
version = 1
currency = "EUR"
reasons = ["wrong-item"]

[roles.cashier]
may = ["sale"]
refund_limit = "5.00"

"""


def parsed(text: str) -> Policy:
    return parse_policy(SMALL + text, "policy.toml")


def problems(text: str) -> list[tuple[int | None, str, str]]:
    with pytest.raises(SettingsError) as caught:
        parsed(text)
    return [(found.line, found.path, found.message) for found in caught.value.problems]


@pytest.mark.parametrize(
    ("text", "limit"),
    [
        (
            'operations = ["refund"]\namount = "200.00"',
            Limit("a", frozenset({"refund"}), amount=20000),
        ),
        (
            'operations = ["void", "sale"]\nper = "shop"\nwindow = "day"\ncount = 0\nthen = "deny"',
            Limit("a", frozenset({"void", "sale"}), Per.SHOP, Window.DAY, count=0, then=Level.DENY),
        ),
        (
            'operations = ["sale"]\nper = "payer"\nwindow = "90s"\ncount = 2\nroles = ["cashier"]\n'
            'then = "override"',
            Limit(
                "a",
                frozenset({"sale"}),
                Per.PAYER,
                Window.ROLLING,
                90,
                count=2,
                roles=frozenset({"cashier"}),
                then=Level.DENY_OVERRIDABLE,
            ),
        ),
        (
            'operations = ["tip"]\nwindow = "shift"\namount = "unlimited"\ncount = 9',
            Limit("a", frozenset({"tip"}), window=Window.SHIFT, amount=999_999_999_999, count=9),
        ),
    ],
)
def test_limits(text: str, limit: Limit) -> None:
    assert parsed(f'[[limits]]\nid = "a"\n{text}\n').limits == (limit,)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("1s", 1), ("90s", 90), ("30m", 1800), ("1h", 3600), ("7d", 604_800), ("31d", 2_678_400)],
)
def test_lengths_of_time(text: str, seconds: int) -> None:
    (limit,) = parsed(
        f'[[limits]]\nid = "a"\noperations = ["sale"]\nwindow = "{text}"\ncount = 1\n'
    ).limits
    assert (limit.window, limit.seconds) == (Window.ROLLING, seconds)


def test_hours_are_minutes_and_may_reach_into_the_next_day() -> None:
    hours = parsed(
        '[hours]\nzone = "Asia/Shanghai"\nmon = ["09:00-12:30", "13:00-24:00"]\n'
        'fri = ["18:00-02:00"]\nsun = []\nholidays = ["2026-10-01"]\nsettled_at = "23:30"\n'
    ).hours
    assert hours == Hours(
        "Asia/Shanghai",
        (((540, 750), (780, 1440)), (), (), (), ((1080, 1560),), (), ()),
        frozenset({"2026-10-01"}),
        1410,
    )


def test_without_a_day_every_time_is_business_time() -> None:
    assert parsed('[hours]\nzone = "Europe/Berlin"\n').hours == Hours("Europe/Berlin")
    assert parsed("[hours]\nmon = []\n").hours.open == ((),) * 7


def test_all_day_and_night() -> None:
    every = "".join(f'{day} = ["00:00-24:00"]\n' for day in DAYS)
    assert parsed("[hours]\n" + every).hours.open == (((0, 1440),),) * 7


def test_the_owner_rule_and_the_reasons_of_a_role() -> None:
    role = parsed(
        '[roles.owner]\nreasons = ["wrong-item"]\n[roles.owner.alone]\nlimit = "9.00"\n'
    ).roles["owner"]
    assert role.alone == Alone(900, totp=True, delay_s=0)
    assert role.reasons == frozenset({"wrong-item"})
    assert parsed("").roles["cashier"].reasons is None
    assert parsed("").reasons == {"wrong-item"}


LIMIT = '[[limits]]\nid = "a"\noperations = ["refund"]\n'
DAY = LIMIT + 'window = "day"\n'


@pytest.mark.parametrize(
    ("text", "line", "path", "words"),
    [
        (LIMIT, 10, "limits[0].amount", "needs an amount or a count"),
        (LIMIT + "count = 1", 13, "limits[0].count", "a transaction is one request"),
        (LIMIT + "amount = 20.0", 13, "limits[0].amount", "write amounts as text"),
        (DAY + "count = 1.0", 14, "limits[0].count", "whole number"),
        (DAY + "count = -1", 14, "limits[0].count", "from 0"),
        (DAY + "count = true", 14, "limits[0].count", "whole number"),
        (DAY + "cuont = 1", 14, "limits[0].cuont", 'did you mean "count"?'),
        (DAY + 'count = 1\nper = "person"', 15, "limits[0].per", "operator, terminal"),
        (DAY + 'count = 1\nthen = "ask"', 15, "limits[0].then", "require, override, deny"),
        (DAY + 'count = 1\nroles = ["cashir"]', 15, "limits[0].roles", 'did you mean "cashier"?'),
        (LIMIT + 'window = "1y"', 13, "limits[0].window", 'a length such as "90s"'),
        (LIMIT + 'window = "0s"', 13, "limits[0].window", 'a length such as "90s"'),
        (LIMIT + 'window = "32d"', 13, "limits[0].window", "longer than 31 days"),
        (LIMIT + 'window = "rolling"', 13, "limits[0].window", "a length"),
        (LIMIT + "window = 60", 13, "limits[0].window", "a length"),
        ('[[limits]]\nid = "a"\noperations = []\namount = "1"', 12, "limits[0].operations", "one"),
        ('[[limits]]\nid = "a"\noperations = ["pay"]', 12, "limits[0].operations[0]", "operation"),
        ('[[limits]]\noperations = ["sale"]', 10, "limits[0].id", "is missing"),
        ('[[limits]]\nid = "A b"', 11, "limits[0].id", "must be a name"),
        (
            DAY + "count = 5\n" + DAY.replace('"a"', '"b"') + 'count = 5\nthen = "deny"',
            14,
            "limits[0].count",
            "is never asked: b refuses before",
        ),
        (DAY + "count = 5\n" + DAY + "count = 6", 16, "limits[1].id", "an earlier limit"),
        ('[hours]\nzone = "Mars/Base"', 11, "hours.zone", "is not a time zone"),
        ('[hours]\nzone = "../../etc/passwd"', 11, "hours.zone", "is not a time zone"),
        ('[hours]\nmon = "09:00-20:00"', 11, "hours.mon", "must be a list"),
        ('[hours]\nmon = ["9-20"]', 11, "hours.mon", "must be hours such as"),
        ('[hours]\nmon = ["09:60-20:00"]', 11, "hours.mon", "must be hours such as"),
        ('[hours]\nmon = ["09:00-24:01"]', 11, "hours.mon", "must be hours such as"),
        ('[hours]\nmon = ["09:00-09:00"]', 11, "hours.mon", "all day is"),
        ('[hours]\nmon = ["09:00-12:00", "11:59-13:00"]', 11, "hours.mon", "overlaps"),
        ('[hours]\nmon = ["18:00-02:00"]\ntue = ["01:59-05:00"]', 12, "hours.tue", "overlaps"),
        ('[hours]\nsun = ["18:00-02:00"]\nmon = ["01:59-05:00"]', 12, "hours.mon", "overlaps"),
        ('[hours]\nholidays = ["2026-02-30"]', 11, "hours.holidays[0]", "must be a date"),
        ("[hours]\nholidays = [2026-12-25]", 11, "hours.holidays[0]", "a date as text"),
        ('[hours]\nholidays = ["20261225"]', 11, "hours.holidays[0]", "must be a date"),
        ('[hours]\nsettled_at = "24:00"', 11, "hours.settled_at", "must be a time"),
        ("[hours]\nmonday = []", 11, "hours.monday", 'did you mean "mon"?'),
        ('[roles.x]\nreasons = ["wrong-itm"]', 11, "roles.x.reasons", 'did you mean "wrong-item"?'),
        ("[roles.x.alone]\ntotp = true", 10, "roles.x.alone", "needs a limit"),
        ('[roles.x.alone]\nlimit = "1"\ntotp = false', 10, "roles.x.alone", "nobody approves his"),
        ('[roles.cashier.alone]\nlimit = "5.00"', 10, "roles.cashier.alone", "not above"),
        ('[roles.x.alone]\nlimit = "1"\ndelay_s = -1', 12, "roles.x.alone.delay_s", "from 0"),
    ],
)
def test_every_mistake_is_told_with_line_and_key(
    text: str, line: int, path: str, words: str
) -> None:
    ((found_line, found_path, message),) = problems(text + "\n")
    assert (found_line, found_path) == (line, path)
    assert words in message


def test_what_is_refused_above_what_is_asked_is_no_mistake() -> None:
    higher = DAY.replace('"a"', '"b"') + 'count = 6\nthen = "deny"\n'
    elsewhere = DAY.replace('"a"', '"c"') + 'per = "shop"\ncount = 1\nthen = "deny"\n'
    assert len(parsed(DAY + "count = 5\n" + higher + elsewhere).limits) == 3


@pytest.mark.parametrize("reasons", ['["Wrong item"]', '[""]', '"wrong"', "[3]", '["a_b"]'])
def test_a_reason_is_a_short_code(reasons: str) -> None:
    with pytest.raises(SettingsError, match="reasons"):
        parse_policy(SMALL.replace('["wrong-item"]', reasons), "policy.toml")
