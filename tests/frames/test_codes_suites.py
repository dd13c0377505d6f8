"""Codes from the test suites of other programs, judged as those suites judge them.

``state``, ``amount`` (minor units) and ``currency`` were worked out by a reader and checksum of
its own, not by ours; ``valid`` is what the suite expects of its own subject. Each entry names its
suite.
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from pos_guard.frames.codes import Code, Kind, classify

GOLDEN = Path(__file__).parents[1] / "golden"
FILES = ("suites_of_codes.json", "suites_of_codes_more.json")
SUITES: list[dict[str, Any]] = [
    entry for name in FILES for entry in json.loads((GOLDEN / name).read_text("utf-8"))
]
BY_STATE = [entry for entry in SUITES if "state" in entry]
BY_VERDICT = [entry for entry in SUITES if "valid" in entry]

STATES = {
    "whole, checksum right": (Kind.MERCHANT_CODE, "ok"),
    "whole, checksum wrong": (Kind.MERCHANT_CODE, "bad"),
    "an id twice": (Kind.INVALID, "none"),
    "an amount finer than its currency": (Kind.INVALID, "none"),
    "digits only": (Kind.NUMBER, "none"),
}
TOLERATED = {
    *("khqr-29", "khqr-30", "khqr-99", "khqr-no-time", "khqr-no-expiry"),
    *("order-00", "byte-lengths", "crc-case", "crc-short", "long-payload", "fee"),
    *("zero-amount", "qr-iban", "reference-check"),
}
"""Deviations that the suites accept: writers in the field do all of them."""


def name(entry: dict[str, Any]) -> str:
    return f"{entry['source'].rpartition('/')[2][:40]}-{entry['payload'][-12:]!r}"


def is_good(found: Code) -> bool:
    if found.scheme == "emv-cpm":
        return found.payable
    whole = found.kind is Kind.MERCHANT_CODE and found.checksum == "ok"
    return whole and not set(found.problems) - TOLERATED


@pytest.mark.parametrize("entry", BY_STATE, ids=name)
def test_structure_and_checksum_are_found_as_by_another_reader(entry: dict[str, Any]) -> None:
    found = classify(entry["payload"])
    assert (found.kind, found.checksum) == STATES[entry["state"]]
    if "amount" in entry:
        assert (found.amount, found.currency) == (entry["amount"], entry["currency"])
    assert not found.payable


@pytest.mark.parametrize("entry", BY_VERDICT, ids=name)
def test_verdicts_agree_with_the_suite(entry: dict[str, Any]) -> None:
    found = classify(entry["payload"])
    assert is_good(found) is entry["valid"], found.problems
    if not entry["valid"] and found.kind is Kind.MERCHANT_CODE:
        assert found.problems
    assert entry["payload"] not in json.dumps(found.as_json(), ensure_ascii=False)


def test_the_suites_are_many_and_named() -> None:
    assert len(SUITES) >= 400
    assert all(len(entry["source"]) > 20 for entry in SUITES)
    assert Counter(entry.get("valid") for entry in SUITES)[False] >= 50
