"""The scanner driver under every fault; the answers are the tables of docs/scanners.md.

``POS_GUARD_WRITE_DOCS=1`` writes the tables anew.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.drivers.fault_table import replaced, section
from tests.drivers.scanner_fault_bench import Outcome, run_case
from tests.drivers.scanner_fault_case import REPORTS, SERIAL, Case, line_cases, report_cases
from tests.drivers.scanner_fault_table import GUIDE, delays, differing, tables, wrongs

WORKERS = 32
"""Cases at a time: nearly all of each is waiting."""

ROUNDS = 3
"""How often a case that came out otherwise is looked at again, alone: on a busy machine a pause
is longer than it was meant to be."""

GROUPS = {
    "lines": [case for name in SERIAL if name != "ssi" for case in line_cases(name)],
    "ssi": line_cases("ssi"),
    "reports": [case for name in REPORTS for case in report_cases(name)],
}


def checked(case: Case) -> Outcome:
    """What must never be is not excused by a busy machine."""
    outcome = run_case(case)
    assert [*wrongs(outcome)] == [], outcome
    return outcome


def settled(case: Case, first: Outcome) -> Outcome:
    """The same case, alone, until what a busy machine may excuse is gone."""
    outcome = first
    for _ in range(ROUNDS):
        if not [*delays(outcome)]:
            break
        outcome = checked(case)
    assert [*delays(outcome)] == [], outcome
    return outcome


@pytest.mark.timeout(600)  # hundreds of cases, of which a busy machine repeats some
@pytest.mark.parametrize("group", GROUPS)
def test_every_fault_has_the_answer_of_the_table(group: str) -> None:
    cases = GROUPS[group]
    with ThreadPoolExecutor(WORKERS) as pool:
        looked_at = dict(zip(cases, pool.map(checked, cases), strict=True))
    outcomes = {case: settled(case, one) for case, one in looked_at.items()}
    if os.environ.get("POS_GUARD_WRITE_DOCS"):
        text = GUIDE.read_text(encoding="utf-8")
        new = replaced(group, text, tables(group, [*outcomes.values()]))
        GUIDE.write_text(new, encoding="utf-8")
    wanted = section(group, GUIDE.read_text(encoding="utf-8"))
    for _ in range(ROUNDS):
        for case in differing(group, wanted, [*outcomes.values()]):
            outcomes[case] = settled(case, checked(case))
    assert tables(group, [*outcomes.values()]) == wanted
