"""A user's own scenario, crossed with faults: what its app says against what happened."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from pos_guard.model import Words
from pos_guard_simulator.campaign.outcome import Outcome
from pos_guard_simulator.campaign.scenario_file import Seen, judged
from pos_guard_simulator.scenario.outcome import Outcome as Met
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


def test_a_run_that_was_stopped_hangs_and_an_app_may_end_with_any_code() -> None:
    unmet = [Met("expect", "a receipt", 0, (Words("不同", "other"),))]
    late = Verdict("mine", unmet, "limit", 10, 0, {})
    assert judged(late, Seen(143, 0), 0) == (Outcome.BROKEN, "the app hangs: a receipt")
    other = Verdict("mine", unmet, "app", 10, 0, {})
    assert judged(other, Seen(3, 0, well=3), 0)[0] is Outcome.BROKEN
    assert judged(other, Seen(0, 0, well=3), 0)[0] is Outcome.REFUSED


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
    problems = () if met else (Words("不同", "other"),)
    verdict = Verdict("mine", [Met("expect", "a receipt", 0, problems)], "app", 10, 0, {})
    assert judged(verdict, Seen(code, moved), 1250)[0] is outcome
