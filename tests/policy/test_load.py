"""Policy files: what is accepted, and what each mistake is told as."""

from __future__ import annotations

from pathlib import Path

import pytest

from pos_guard.errors import SettingsError
from pos_guard.model import Intent, IntentKind, Tender
from pos_guard.money import MAX_AMOUNT
from pos_guard.policy.engine import judge
from pos_guard.policy.load import default_policy, load_policy, parse_policy
from pos_guard.policy.payees import Match, PayeeKind
from pos_guard.policy.registry import RULES
from pos_guard.policy.request import Request
from pos_guard.policy.verdict import Mode

EXAMPLE = Path(__file__).parents[2] / "examples" / "policy.toml"

SMALL = """\
name = "shop"
version = 1
currency = "EUR"

[roles.cashier]
may = ["sale"]
"""


def problems(text: str) -> list[tuple[int | None, str, str]]:
    """Line, path and message of everything wrong."""
    with pytest.raises(SettingsError) as caught:
        parse_policy(text, "policy.toml")
    return [(found.line, found.path, found.message) for found in caught.value.problems]


def test_the_example_is_right_and_names_every_rule() -> None:
    policy = load_policy(EXAMPLE)
    assert (policy.name, policy.version, policy.currency) == ("small-shop", 1, "EUR")
    assert set(policy.rules) == {rule.id for rule in RULES}
    assert {setting.mode for setting in policy.rules.values()} == {Mode.ENFORCE}
    assert policy.roles["senior"].refund_limit == 2000
    assert policy.roles["manager"].approve_limit == 50000
    assert policy.payees.check(PayeeKind.TERMINALS, "52001233") is Match.MATCH


def test_the_options_of_the_example_are_the_defaults() -> None:
    policy = load_policy(EXAMPLE)
    for rule in RULES:
        stated = policy.rules[rule.id].options
        assert stated == {name: option.default for name, option in rule.options.items()}, rule.id


def test_a_small_file_has_safe_defaults() -> None:
    policy = parse_policy(SMALL, "policy.toml")
    assert all(policy.setting(rule.id).mode is Mode.ENFORCE for rule in RULES)
    assert policy.roles["cashier"].refund_limit is None
    assert policy.receipts.copies == 2
    assert policy.context.code_s > 60


def test_one_line_puts_a_whole_policy_on_trial() -> None:
    text = (
        'mode = "observe"\n' + SMALL + '[rules.remaining]\nmode = "enforce"\n[rules.code-fresh]\n'
    )
    policy = parse_policy(text, "policy.toml")
    assert policy.setting("within-limit").mode is Mode.OBSERVE
    assert policy.setting("code-fresh").mode is Mode.OBSERVE
    assert policy.setting("remaining").mode is Mode.ENFORCE


@pytest.mark.parametrize(
    ("currency", "text", "minor"),
    [
        ("EUR", "20.00", 2000),
        ("EUR", "20.5", 2050),
        ("EUR", "0.01", 1),
        ("EUR", "0", 0),
        ("JPY", "2000", 2000),
        ("KWD", "1.234", 1234),
        ("EUR", "unlimited", MAX_AMOUNT),
    ],
)
def test_amounts_are_exact_in_the_policys_currency(currency: str, text: str, minor: int) -> None:
    file = SMALL.replace("EUR", currency) + f'refund_limit = "{text}"\n'
    assert parse_policy(file, "policy.toml").roles["cashier"].refund_limit == minor


def test_policies_of_several_currencies_are_read_side_by_side() -> None:
    """The readers of each are kept: none may read the other's amounts."""
    read = [
        parse_policy(SMALL.replace("EUR", currency) + f'refund_limit = "{text}"\n', "p.toml")
        for currency, text in (("EUR", "20.00"), ("JPY", "20"), ("EUR", "20.00"), ("KWD", "20"))
    ]
    assert [policy.roles["cashier"].refund_limit for policy in read] == [2000, 20, 2000, 20_000]


@pytest.mark.parametrize("number", ["20.00", "20", "2e1", "inf"])
def test_an_amount_as_a_number_says_how_to_write_it(number: str) -> None:
    ((line, path, message),) = problems(SMALL + f"refund_limit = {number}\n")
    assert (line, path) == (7, "roles.cashier.refund_limit")
    assert 'write amounts as text, e.g. "20.00"' in message


@pytest.mark.parametrize("text", ["20,00", "-1.00", "20.005", "", "1 000", "1e3", "２０", "EUR 20"])
def test_an_amount_that_is_none_is_an_error(text: str) -> None:
    ((line, path, _),) = problems(SMALL + f'refund_limit = "{text}"\n')
    assert (line, path) == (7, "roles.cashier.refund_limit")


@pytest.mark.parametrize(
    ("extra", "line", "path", "words"),
    [
        ('[rule.remaining]\nmode = "warn"', 7, "rule", 'did you mean "rules"?'),
        ('[rules.remainder]\nmode = "warn"', 7, "rules.remainder", 'did you mean "remaining"?'),
        ('[rules.remaining]\nmode = "off"', 8, "rules.remaining.mode", "observe, warn, enforce"),
        ("[rules.remaining]\nmode = true", 8, "rules.remaining.mode", "observe, warn, enforce"),
        ('[rules.remaining]\nmod = "warn"', 8, "rules.remaining.mod", 'did you mean "mode"?'),
        ('[rules]\nremaining = "warn"', 8, "rules.remaining", "must be a table"),
        ("rules = 3", 7, "roles.cashier.rules", "not a known key"),
        ('[rules.code-typed]\nunseen = "no"', 8, "rules.code-typed.unseen", "one of"),
        ("[rules.code-fresh]\nwechat_s = 61", 8, "rules.code-fresh.wechat_s", "from 10 to 60"),
        (
            '[rules.code-deviations]\ntolerated = "A b"',
            8,
            "rules.code-deviations.tolerated",
            "names",
        ),
        ("[rules.code-deviations]\ntolerated = 3", 8, "rules.code-deviations.tolerated", "names"),
        ("[rules.code-fresh]\nmax_age_s = 60.0", 8, "rules.code-fresh.max_age_s", "whole number"),
        ("[rules.code-fresh]\nmax_age_s = true", 8, "rules.code-fresh.max_age_s", "whole number"),
        ("[context]\norder_s = 0", 8, "context.order_s", "from 1"),
        ("[context]\ncode_s = 60", 8, "context.code_s", "more than"),
        ("[context]\norder_s = true", 8, "context.order_s", "whole number"),
        ('[payees]\nterminals = "68"', 8, "payees.terminals", "must be a list"),
        ("[payees]\nterminals = [68]", 8, "payees.terminals[0]", "write ids as text"),
        ('[payees]\nterminals = ["a", " b"]', 8, "payees.terminals[1]", "without blanks"),
        ('[payees]\nalipy = ["a"]', 8, "payees.alipy", 'did you mean "alipay"?'),
        ("[receipts]\ncopies = 0", 8, "receipts.copies", "from 1 to 9"),
        ("[receipts]\npaid = []", 8, "receipts.paid", "at least one word"),
        ('[receipts]\npaid = [""]', 8, "receipts.paid", "no empty one"),
        ('[roles.x]\nmay = ["sales"]', 8, "roles.x.may[0]", 'did you mean "sale"?'),
        ('[roles.x]\nmay = ["refund"]', 7, "roles.x.refund_limit", "is missing for refund"),
        ('[roles.x]\nmay = ["refund_unreferenced"]', 7, "roles.x.unreferenced_limit", "missing"),
        ("[roles.x]\nmay_approve = true", 7, "roles.x.approve_limit", "up to which amount"),
        ('[roles.x]\napprove_limit = "1.00"', 8, "roles.x.approve_limit", "no effect"),
        ("[roles.x]\nmay_approve = 1", 8, "roles.x.may_approve", "true or false"),
        ("[roles.x]\n[roles.x.y]", 8, "roles.x.y", "not a known key"),
    ],
)
def test_every_mistake_is_told_with_line_and_key(
    extra: str, line: int, path: str, words: str
) -> None:
    ((found_line, found_path, message),) = problems(SMALL + extra + "\n")
    assert (found_line, found_path) == (line, path)
    assert words in message


@pytest.mark.parametrize(
    ("old", "new", "path"),
    [
        ('name = "shop"\n', "", "name"),
        ("version = 1\n", "", "version"),
        ('currency = "EUR"\n', "", "currency"),
        ("version = 1", "version = 0", "version"),
        ("version = 1", 'version = "1"', "version"),
        ('name = "shop"', 'name = " "', "name"),
        ('"EUR"', '"EURO"', "currency"),
        ('"EUR"', '"eur"', "currency"),
        ('"EUR"', '"XAU"', "currency"),
        ('[roles.cashier]\nmay = ["sale"]\n', "", "roles"),
        ('[roles.cashier]\nmay = ["sale"]\n', "[roles]\n", "roles"),
    ],
)
def test_what_must_be_there_is_missed(old: str, new: str, path: str) -> None:
    assert [found[1] for found in problems(SMALL.replace(old, new))] == [path]


def test_all_problems_come_at_once_in_the_order_of_the_lines() -> None:
    text = SMALL.replace("version = 1", "version = 1.0").replace('"sale"', '"sell"')
    found = problems(text + 'refund_limit = 20\n[rules.remaining]\nmode = "on"\n')
    assert [each[:2] for each in found] == [
        (2, "version"),
        (6, "roles.cashier.may[0]"),
        (7, "roles.cashier.refund_limit"),
        (9, "rules.remaining.mode"),
    ]


def test_the_default_policy_lets_nothing_go_that_is_not_known() -> None:
    policy = default_policy("CNY")
    verdict = judge(Request(Intent(IntentKind.SALE, Tender.WECHAT, 1250, "CNY")), policy)
    assert not verdict.allowed
    assert policy.currency == "CNY"
