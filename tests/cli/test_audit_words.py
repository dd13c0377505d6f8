"""Audit records in words: the gist in one line, a verdict's trace as a table."""

from __future__ import annotations

import pytest

from pos_guard.cli.audit_words import details, summary, trace
from pos_guard.frames.decoded import Json

VERDICT: dict[str, Json] = {
    "link": "zvt",
    "policy": "a" * 64,
    "kind": "refund",
    "tender": "card",
    "amount": 1250,
    "currency": "EUR",
    "entry": 7,
    "original": None,
    "level": "ALLOW",
    "would_be": "DENY",
    "rule": "link-trusted",
    "reason": "ok",
    "trace": [
        {
            "rule": "remaining",
            "level": "DENY",
            "mode": "observe",
            "reason": "remaining",
            "inputs": {"amount": 1250, "remaining": 450},
        }
    ],
}


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (VERDICT, "zvt  card refund 12.50 EUR  ALLOW (enforced: DENY)  entry=7"),
        (
            VERDICT | {"level": "DENY", "rule": "remaining"},
            "zvt  card refund 12.50 EUR  DENY by remaining  entry=7",
        ),
        ({"amount": 5, "currency": "XXX", "why": "x"}, "5  why=x"),
        ({"piece": "order", "total": 1250}, "piece=order  total=1250"),
        ({}, ""),
    ],
)
def test_the_gist_of_a_record(body: dict[str, Json], said: str) -> None:
    assert summary(body) == said


def test_a_trace_names_level_rule_inputs_and_mode() -> None:
    (line,) = trace(VERDICT)
    assert line.split() == [
        *("DENY", "remaining", "amount", "12.50,", "remaining", "4.50", "(observe)")
    ]


def test_the_same_in_chinese_with_yes_and_no_and_what_nobody_foresaw() -> None:
    finding: dict[str, Json] = {"rule": "x", "level": "REQUIRE", "mode": "warn"}
    finding["inputs"] = {"typed": True, "settled": False, "novel": [1, 2]}
    (line,) = trace({"trace": [finding]}, "zh")
    assert line.split("x", 1)[0].split() == ["需确认"]
    assert line.endswith("手工输入 是，已结算 否，novel 1, 2 (提醒)")
    (line,) = trace({"trace": [finding | {"level": "ODD", "mode": "odd"}]}, "zh")
    assert line.split()[0] == "ODD"
    (line,) = trace({"trace": [finding]})
    assert "typed yes, settled no" in line


def test_details_leave_the_request_to_the_command_that_explains_it() -> None:
    (line,) = details({"request": {"intent": {"amount": 1250}, "recent": [[1, 2]]}})
    assert "policy explain" in line
    assert "1250" not in line


def test_details_leave_nothing_out_but_the_trace() -> None:
    shown = [line.split()[0] for line in details(VERDICT)]
    assert shown == [name for name in VERDICT if name != "trace"]
