"""A user's own scenario, crossed with faults: what its app says against what happened."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pos_guard.frames.receipt_text import DEFAULT_WORDS, read_receipt
from pos_guard.model import IntentKind, Receipt, Tender, Words
from pos_guard.policy.states import Phase
from pos_guard.store.entry import Entry
from pos_guard_simulator.campaign.claims import What
from pos_guard_simulator.campaign.file_judge import STRIKE, Ledger, judged_file, uncovered
from pos_guard_simulator.campaign.left import Left, left_in
from pos_guard_simulator.campaign.outcome import Cell, Outcome, Usual
from pos_guard_simulator.campaign.scenario_file import play_file, struck_after
from pos_guard_simulator.campaign.truth import Moved, Truth
from pos_guard_simulator.scenario.outcome import Outcome as Met
from pos_guard_simulator.scenario.play import Why
from pos_guard_simulator.scenario.verdict import Verdict
from tests.simulator.simulate_process import ENVIRONMENT

APP = """\
import socket, sys

host, _, port = sys.argv[1].rpartition(":")
line = socket.create_connection((host, int(port)), 10)
line.settimeout(10)
line.sendall(b"TOTAL 12.50\\n\\x1dV\\x00\\x10\\x04\\x01")
status = line.recv(1)
if {asks} and (not status or status[0] & 8):
    sys.exit("the printer is offline")
"""

SCENARIO = """\
[scenario]
settle = 0.1

[device.printer]
kind = "printer"
level = "tcp"

[app]
command = [{python}, "app.py", "{{printer.tcp}}"]

[[expect]]
device = "printer"
contains = ["TOTAL 12.50"]
"""


def campaign(folder: Path, *, asks: bool) -> tuple[int, dict[str, str], str]:
    """Run it with an app that asks the printer how it is, or does not."""
    (folder / "app.py").write_text(APP.format(asks=asks), encoding="utf-8")
    file = folder / "receipt.toml"
    file.write_text(SCENARIO.format(python=json.dumps(sys.executable)), encoding="utf-8")
    words = [str(file), "--json", "--fault", "cover_open", "--fault", "paper_near_end"]
    done = subprocess.run(
        [sys.executable, "-c", "from pos_guard_simulator.campaign.command import campaign;"
         "campaign()", *words],
        env=ENVIRONMENT, capture_output=True, text=True, timeout=100, check=False,
    )  # fmt: skip
    told: dict[str, Any] = json.loads(done.stdout) if done.stdout else {"cells": []}
    return done.returncode, {one["fault"]: one["outcome"] for one in told["cells"]}, done.stderr


def test_an_app_that_asks_its_printer_is_told(tmp_path: Path) -> None:
    code, outcomes, said = campaign(tmp_path, asks=True)
    assert (code, outcomes) == (0, {"cover_open": "refused", "paper_near_end": "survived"}), said


def test_an_app_that_does_not_is_broken(tmp_path: Path) -> None:
    code, outcomes, said = campaign(tmp_path, asks=False)
    assert (code, outcomes) == (1, {"cover_open": "broken", "paper_near_end": "survived"}), said


def test_a_scenario_that_fails_by_itself_is_not_crossed(tmp_path: Path) -> None:
    broken = APP.replace("TOTAL 12.50", "TOTAL 12.51")
    (tmp_path / "app.py").write_text(broken.format(asks=True), encoding="utf-8")
    text = SCENARIO.format(python=json.dumps(sys.executable))
    (tmp_path / "receipt.toml").write_text(text, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-c", "from pos_guard_simulator.campaign.command import campaign;"
         "campaign()", str(tmp_path / "receipt.toml"), "--fault", "drop"],
        env=ENVIRONMENT, capture_output=True, text=True, timeout=100, check=False,
    )  # fmt: skip
    assert (done.returncode, "fails without a fault" in done.stderr) == (2, True), done.stderr


UNMET = [Met("expect", "a receipt", 0, (Words("不同", "other"),))]
NEVER_STRUCK = Met("step", STRIKE, 0, (Words("没有等到", "it waited in vain"),))


def verdict(*outcomes: Met, why: Why = "app") -> Verdict:
    return Verdict("mine", outcomes, why, 10, 0, {})


def left(code: int | None, moved: int = 0, well: int = 0) -> Left:
    """An app that ended so, beside a terminal that moved so much."""
    rows = (Moved(What.SALE, moved),) if moved else ()
    return Left(code, well, {"terminal": rows}, pays=True)


def test_a_run_that_was_stopped_hangs_and_an_app_may_end_with_any_code() -> None:
    usual = Usual()
    late = judged_file(verdict(*UNMET, why="limit"), left(143), usual, None)
    assert late == (Outcome.BROKEN, "the app hangs: a receipt")
    other = verdict(*UNMET)
    assert judged_file(other, left(3, well=3), usual, None)[0] is Outcome.BROKEN
    assert judged_file(other, left(0, well=3), usual, None)[0] is Outcome.REFUSED


@pytest.mark.parametrize(
    ("met", "code", "moved", "outcome"),
    [
        (True, 0, 1250, Outcome.SURVIVED),
        (True, 0, 2500, Outcome.BROKEN),
        (False, None, 0, Outcome.BROKEN),
        (False, 139, 0, Outcome.BROKEN),
        (False, 0, 1250, Outcome.BROKEN),
        (False, 143, 0, Outcome.BROKEN),
        (False, 1, 0, Outcome.REFUSED),
        (False, 1, 1250, Outcome.UNKNOWN),
    ],
)
def test_outcomes_of_a_file(met: bool, code: int | None, moved: int, outcome: Outcome) -> None:
    why: Why = "limit" if code == 143 else "app"
    found = verdict(Met("expect", "a receipt", 0, () if met else UNMET[0].problems), why=why)
    assert judged_file(found, left(code, moved), Usual(1250), None)[0] is outcome


def test_a_fault_that_never_struck_is_survived() -> None:
    found = judged_file(verdict(NEVER_STRUCK), left(0), Usual(), None)
    assert found == (Outcome.SURVIVED, "it never came to the fault")


def entry(phase: Phase, amount: int = 1250, kind: IntentKind = IntentKind.SALE) -> Entry:
    return Entry(
        id=1, link="terminal", kind=kind, tender=Tender.CARD, phase=phase, amount=amount,
        boot_id="", boot_us=0, wall_us=0,
    )  # fmt: skip


def paper(text: str) -> Receipt:
    return read_receipt(text, DEFAULT_WORDS, "EUR").receipt


SALE, BACK = Moved(What.SALE, 1250), Moved(What.SALE, 1250, back=True)
BOTH = frozenset({"terminal", "printer"})
CARD = paper("Order 1\nTOTAL 12.50\nCARD 12.50\nPAID")
COPY = paper("COPY 2\nOrder 1\nTOTAL 12.50\nCARD 12.50\nPAID")
CASH = paper("Order 2\nTOTAL 3.00\nCASH 3.00\nPAID")
PLAIN = paper("Order 3\nTOTAL 12.50\nPAID")


@pytest.mark.parametrize(
    ("moved", "posted", "papers", "outcome", "said"),
    [
        ([SALE], [Phase.POSTED], [CARD], Outcome.SURVIVED, ""),
        ([SALE], [Phase.POSTED], [CARD, COPY, CASH], Outcome.SURVIVED, ""),
        ([SALE], [], [], Outcome.BROKEN, "sale of 1250 moved, but is not posted"),
        ([SALE], [Phase.FAILED], [], Outcome.BROKEN, "moved, but is not posted"),
        ([SALE, SALE], [Phase.POSTED], [], Outcome.BROKEN, "sale of 1250 moved"),
        ([], [Phase.POSTED], [], Outcome.BROKEN, "did not move, but is posted"),
        ([BACK], [Phase.POSTED], [], Outcome.BROKEN, "did not move, but is posted"),
        ([BACK], [Phase.VOIDED], [], Outcome.SURVIVED, ""),
        ([SALE], [Phase.UNKNOWN], [], Outcome.UNKNOWN, "an open entry or case"),
        ([], [Phase.RESERVED], [], Outcome.UNKNOWN, "an open entry or case"),
        ([], [], [CARD], Outcome.BROKEN, "papers say paid, and 1250 of it nobody has"),
        ([], [], [CARD], Outcome.BROKEN, "papers say paid, and 1250 of it is not in the ledger"),
        ([SALE], [Phase.POSTED], [CARD, PLAIN], Outcome.BROKEN, "1250 of it is not in the ledger"),
        ([], [], [CASH], Outcome.SURVIVED, ""),
    ],
)
def test_a_guards_ledger_is_asked_too(
    moved: list[Moved], posted: list[Phase], papers: list[Receipt], outcome: Outcome, said: str
) -> None:
    seen = Left(0, 0, {"terminal": tuple(moved)}, {"printer": tuple(papers)}, pays=True)
    truth = Truth(ledger=tuple(entry(phase) for phase in posted))
    usual = Usual(sum(one.amount for one in moved if not one.back))
    found, why = judged_file(verdict(), seen, usual, Ledger(truth, BOTH))
    assert found is outcome
    assert said in why


def test_what_the_guard_does_not_stand_before_is_not_in_its_ledger() -> None:
    seen = Left(0, 0, {"terminal": (SALE,)}, {"printer": (CARD,)}, pays=True)
    none = Ledger(Truth(), frozenset({"scanner"}))
    assert judged_file(verdict(), seen, Usual(1250), none)[0] is Outcome.SURVIVED
    forged = Ledger(Truth(tampered="record 3"), frozenset({"scanner"}))
    assert judged_file(verdict(), seen, Usual(1250), forged) == (
        Outcome.BROKEN,
        "the log: record 3",
    )


def test_papers_that_claim_more_without_a_fault_too_are_no_finding() -> None:
    seen = Left(0, 0, {}, {"printer": (CARD,)}, pays=True)
    assert uncovered(seen, None) == 1250
    assert judged_file(verdict(), seen, Usual(0, 1250), None)[0] is Outcome.SURVIVED
    assert judged_file(verdict(), seen, Usual(0, 0), None)[0] is Outcome.BROKEN
    nobody = Left(0, 0, {}, {"printer": (CARD,)})
    assert uncovered(nobody, None) == 0, "no device here could have moved it"


EVENTS = """\
{"seq": 1, "at_ms": 1, "device": "app", "kind": "started", "body": {}}
{"seq": 2, "at_ms": 2, "device": "terminal", "kind": "frame", "body": {"direction": "in", "bytes": 9}}
{"seq": 3, "at_ms": 3, "device": "terminal", "kind": "frame", "body": {"direction": "out", "bytes": 3}}
{"seq": 4, "at_ms": 4, "device": "terminal", "kind": "moved", "body": {"kind": "sale", "amount": 1250}}
{"seq": 5, "at_ms": 5, "device": "terminal", "kind": "moved", "body": {"kind": "sale", "amount": 300}}
{"seq": 6, "at_ms": 6, "device": "terminal", "kind": "changed", "body": {"kind": "sale", "amount": 300, "reversed": true}}
{"seq": 7, "at_ms": 7, "device": "printer", "kind": "bytes", "body": {"direction": "in", "bytes": 40}}
{"seq": 8, "at_ms": 8, "device": "printer", "kind": "receipt", "body": {"number": 1, "text": "Order 1\\nTOTAL 12.50\\nCARD 12.50\\nPAID"}}
{"seq": 9, "at_ms": 9, "device": "printer", "kind": "receipt", "body": {"number": 2, "text": "NOT PAID"}}
{"seq": 10, "at_ms": 10, "device": "app", "kind": "ended", "body": {"exit": 3}}
"""  # noqa: E501 - one event a line, as a run writes them


def test_what_a_run_leaves(tmp_path: Path) -> None:
    (tmp_path / "events.jsonl").write_text(EVENTS, encoding="utf-8")
    found = left_in(tmp_path, 0, "EUR", pays=True)
    assert (found.exit, found.total, found.claimed()) == (3, 1250, 1250)
    assert found.moved == {"terminal": (SALE, Moved(What.SALE, 300, back=True))}
    assert found.traffic == (("printer", 40, 0), ("terminal", 9, 3))
    assert found.moments == (
        "app started 1", "printer receipt 1", "printer receipt 2", "terminal changed 1",
        "terminal frame 1", "terminal frame 2", "terminal moved 1", "terminal moved 2",
    )  # fmt: skip


def test_a_seed_moves_the_strike_and_says_the_same_each_time() -> None:
    moments = tuple(f"printer receipt {number}" for number in range(1, 30))
    first = Cell("shop.toml", "terminal", "decline")
    assert struck_after(first, moments) == ""
    seeds = {seed: struck_after(replace(first, seed=seed), moments) for seed in range(1, 20)}
    assert len(set(seeds.values())) > 5
    assert seeds == {s: struck_after(replace(first, seed=s), moments) for s in range(1, 20)}
    line = replace(first, fault="link:drop", seed=3)
    assert struck_after(line, moments) == "", "it counts bytes"


GUARDED = Path(__file__).parents[2] / "examples" / "scenarios" / "guarded.toml"


def test_a_scenario_with_a_guard_is_judged_by_its_ledger_too(tmp_path: Path) -> None:
    normal = play_file(Cell(str(GUARDED), "", ""), _folder(tmp_path, "normal"))
    assert normal.judged[0] is Outcome.SURVIVED, normal.judged
    assert normal.by_ledger
    assert normal.seen.moved == 1250
    assert {name for name, *_ in normal.seen.traffic} == {"printer", "terminal"}
    cell = Cell(str(GUARDED), "terminal", "late", normal=normal.seen, limit_ms=30_000)
    late = play_file(cell, _folder(tmp_path, "late"))
    assert late.judged == (Outcome.UNKNOWN, "an open entry or case")
    moved = replace(cell, fault="decline", seed=2, after="terminal moved 1")
    declined = play_file(moved, _folder(tmp_path, "declined"))
    assert declined.judged[0] is Outcome.SURVIVED, "it is paid already"


def _folder(folder: Path, name: str) -> Path:
    (below := folder / name).mkdir()
    return below
