"""Verdicts in words for a manager, in both languages."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from pos_guard.policy import rules
from pos_guard.policy.engine import judge
from pos_guard.policy.explain import explain, headline, inputs_text
from pos_guard.policy.input_words import input_name
from pos_guard.policy.policy import RuleSetting
from pos_guard.policy.request import LinkState, RefundPace, Request
from pos_guard.policy.verdict import Input, Mode
from tests.policy.cases import BEN, MAYA, POLICY, refund, sale

RULE_FILES = sorted(Path(rules.__path__[0]).glob("*.py"))
KNOWN = sale(10_000)
ASKED = Request(
    replace(refund(5_000), payee="52001233"),
    operator=BEN,
    sale=KNOWN,
    pace=RefundPace(),
    link=LinkState("t", payee="52001233"),
)


def test_the_rule_that_decides_stands_first_and_is_marked() -> None:
    rows = list(explain(judge(ASKED, POLICY), POLICY, "en"))
    assert rows[0].decides
    assert rows[0].cells[:4] == ("* within-limit", "asks", "enforce", "amount 50.00, limit 20.00")
    assert rows[0].words == "A refund of 50.00 is above your limit of 20.00. " + (
        "Ask a manager to approve it."
    )
    assert not any(row.decides for row in rows[1:])
    assert {row.found for row in rows[1:]} == {"allowed"}


def test_the_same_in_chinese() -> None:
    (row, *_) = explain(judge(ASKED, POLICY), POLICY, "zh")
    assert (row.found, row.mode) == ("需确认", "执行")
    assert "请经理批准" in row.words
    assert headline(judge(ASKED, POLICY), "zh") == "结论：需确认，依据 within-limit (approval)"


def test_the_headline_says_what_is_needed() -> None:
    assert headline(judge(ASKED, POLICY), "en") == "Verdict: asks by within-limit (approval)"
    approved = judge(replace(ASKED, approver=MAYA), POLICY)
    assert headline(approved, "en") == "Verdict: allowed"


@pytest.mark.parametrize(
    ("mode", "found"),
    [(Mode.OBSERVE, "allowed (would be asks)"), (Mode.WARN, "warned (would be asks)")],
)
def test_a_rule_on_trial_says_what_it_would_have_done(mode: Mode, found: str) -> None:
    policy = replace(POLICY, rules={"within-limit": RuleSetting(mode)})
    rows = {row.rule: row for row in explain(judge(ASKED, policy), policy, "en")}
    assert rows["within-limit"].found == found
    assert rows["within-limit"].mode == str(mode)


@pytest.mark.parametrize(
    ("currency", "text"),
    [("EUR", "amount 12.50, limit day, copies 2, age -"), ("JPY", "amount 1250, limit day, ")],
)
def test_amounts_are_written_as_people_do(currency: str, text: str) -> None:
    inputs: dict[str, Input] = {"amount": 1250, "limit": "day", "copies": 2, "age": None}
    assert inputs_text(inputs, currency).startswith(text)


@pytest.mark.parametrize(
    ("inputs", "text", "zh"),
    [
        ({"above": 10_000, "digits": 4}, "above 100.00, digits 4", None),
        ({"minute": 1025, "holiday": False}, "minute 17:05, holiday no", "时刻 17:05，节假日 否"),
        ({"minute": 5}, "minute 00:05", None),
        ({"most": 5_000}, "most 50.00", "最多 50.00"),
        ({"count": 3, "most": 2}, "count 3, most 2", "次数 3，最多 2"),
        ({"voids": 3, "most": 2}, "voids 3, most 2", None),
        ({"copy": 3, "usual": 1}, "copy 3, usual 1", None),
        ({"amount": 900, "usual": 100}, "amount 9.00, usual 1.00", None),
        ({"sku": "A1", "asked": 2}, "sku A1, asked 2", None),
        ({"stated": "EUR", "known": None}, "stated EUR, known -", None),
    ],
)
def test_each_kind_of_input_reads_as_people_write_it(
    inputs: dict[str, Input], text: str, zh: str | None
) -> None:
    assert inputs_text(inputs, "EUR") == text
    if zh is not None:
        assert inputs_text(inputs, "EUR", "zh") == zh


def test_without_a_currency_amounts_stay_minor_units() -> None:
    assert inputs_text({"amount": 1250, "typed": True}, "None") == "amount 1250, typed yes"


def names_of(source: str) -> Iterator[str]:
    """Inputs as rules write them: keywords of findings, and keys of tables of inputs."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Call(func=ast.Name(id=maker)) if maker in MAKERS:
                yield from (keyword.arg for keyword in node.keywords if keyword.arg)
            case ast.AnnAssign(target=ast.Name(id="inputs"), value=ast.Dict(keys=keys)):
                yield from (str(key.value) for key in keys if isinstance(key, ast.Constant))
            case ast.Assign(targets=[ast.Name(id="inputs")], value=ast.Dict(keys=keys)):
                yield from (str(key.value) for key in keys if isinstance(key, ast.Constant))
            case _:
                pass


MAKERS = {"allow", "deny", "graded", "overridable", "require"}


def test_every_input_of_every_rule_has_a_chinese_name() -> None:
    names = {name for rule in RULE_FILES for name in names_of(rule.read_text(encoding="utf-8"))}
    assert len(names) > 80
    assert {name for name in names if input_name(name, "zh") == name} == set()
