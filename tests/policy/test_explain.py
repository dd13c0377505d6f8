"""Verdicts in words for a manager, in both languages."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pos_guard.policy.engine import judge
from pos_guard.policy.explain import explain, headline, inputs_text
from pos_guard.policy.policy import RuleSetting
from pos_guard.policy.request import LinkState, RefundPace, Request
from pos_guard.policy.verdict import Mode
from tests.policy.cases import BEN, MAYA, POLICY, refund, sale

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
    inputs = {"amount": 1250, "limit": "day", "copies": 2, "age": None}
    assert inputs_text(inputs, currency).startswith(text)
