"""The driver under every fault of the simulator; the answers are the table of driver-faults.md.

``POS_GUARD_WRITE_DOCS=1`` writes the tables anew.
"""

from __future__ import annotations

import os
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from pos_guard_drivers.printer_job import JobState
from tests.drivers.fault_bench import Outcome, Truth, run_case
from tests.drivers.fault_case import STRATEGIES, Case
from tests.drivers.fault_table import (
    GUIDE,
    REASONS,
    cases,
    delays,
    differing,
    loose_cases,
    replaced,
    section,
    table,
    wrongs,
)

WORKERS = 32
"""Cases at a time: nearly all of each is waiting."""

ROUNDS = 3
"""How often a cell that came out otherwise is looked at again, alone: on a busy machine an answer
may come later than a driver waits for it, and then its word is a more careful one."""


def checked(case: Case) -> Outcome:
    """What must never be is not excused by a busy machine."""
    outcome = run_case(case)
    assert [*wrongs(outcome)] == [], outcome
    return outcome


def in_time(outcome: Outcome) -> Outcome:
    """The same case, alone, until it ends in time: a busy machine is no driver that hangs."""
    for _ in range(ROUNDS):
        if not [*delays(outcome)]:
            break
        outcome = checked(outcome.case)
    assert [*delays(outcome)] == [], outcome
    return outcome


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_every_fault_has_the_answer_of_the_table(strategy: str) -> None:
    with ThreadPoolExecutor(WORKERS) as pool:
        looked_at = [*pool.map(checked, cases(strategy))]
    outcomes = {one.case: in_time(one) for one in looked_at}
    if os.environ.get("POS_GUARD_WRITE_DOCS"):
        text = GUIDE.read_text(encoding="utf-8")
        GUIDE.write_text(replaced(strategy, text, table(outcomes.values())), encoding="utf-8")
    wanted = section(strategy, GUIDE.read_text(encoding="utf-8"))
    for _ in range(ROUNDS):
        for (trouble, outward), moment in differing(wanted, table(outcomes.values())):
            for case in outcomes:
                if (case.trouble, case.outward, case.moment) == (trouble, outward, moment):
                    outcomes[case] = in_time(checked(case))
    assert table(outcomes.values()) == wanted
    states = {outcome.result.state for outcome in outcomes.values()}
    assert states == ({*JobState} if strategy != "none" else {*JobState} - {JobState.PRINTED})


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_what_no_table_holds_is_never_said_wrongly(strategy: str) -> None:
    with ThreadPoolExecutor(WORKERS) as pool:
        outcomes = [*pool.map(checked, loose_cases(strategy))]
    altered = [one for one in outcomes if one.end is Truth.ALTERED]
    assert altered  # the faults were there


def test_the_guide_explains_every_reason() -> None:
    text = GUIDE.read_text(encoding="utf-8")
    assert [letter for letter, why in REASONS.items() if f"| {letter} | {why} |" not in text] == []


def test_every_test_that_the_guide_names_is_there() -> None:
    named = re.findall(
        r"`(test_\w+\.py)`: ((?:`test_\w+`(?:, )?)+)", GUIDE.read_text(encoding="utf-8")
    )
    assert len(named) >= 10
    files = {path.name: path for path in Path(__file__).parents[1].glob("*/test_*.py")}
    for file, tests in named:
        text = files[file].read_text(encoding="utf-8")
        for name in re.findall(r"test_\w+", tests):
            assert f"def {name}(" in text, (file, name)
