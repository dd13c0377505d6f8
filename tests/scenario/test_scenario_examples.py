"""Each scenario of examples/scenarios does what it says, as the command line of its first lines."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from pos_guard_simulator.scenario.events import OF_OTHERS, event_kinds
from pos_guard_simulator.scenario.file import load_scenario
from tests.simulator.simulate_process import ENVIRONMENT, ROOT, command

FOLDER = ROOT / "examples" / "scenarios"
ENDLESS = {"shop"}
NAMES = sorted(file.stem for file in FOLDER.glob("*.toml"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the examples."""
    return Path(shutil.copytree(FOLDER, tmp_path / "scenarios"))


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """The tests' own Python is ``python3``."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "python3").symlink_to(sys.executable)
    path = f"{tmp_path / 'bin'}{os.pathsep}{ENVIRONMENT['PATH']}"
    return {**ENVIRONMENT, "PATH": path}


@pytest.mark.parametrize("name", [name for name in NAMES if name not in ENDLESS])
def test_an_example(name: str, folder: Path, environment: dict[str, str]) -> None:
    out = folder / "out"
    done = subprocess.run(
        command("simulate", "scenario", str(folder / f"{name}.toml"), "--out", str(out)),
        check=False,
        env=environment,
        capture_output=True,
        text=True,
        timeout=100,
    )
    assert done.returncode == 0, done.stderr
    ready, summary, *lines = done.stderr.splitlines()
    assert json.loads(ready)["ready"] is True
    assert summary.startswith(f"{name}: {len(lines)} of {len(lines)} as expected")
    roles = {one.name: one for one in load_scenario(folder / f"{name}.toml").roles}
    for line in (out / "events.jsonl").read_text(encoding="utf-8").splitlines():
        event = json.loads(line)
        role = roles.get(event["device"])
        known = OF_OTHERS.get(event["device"]) if role is None else event_kinds(role.device)
        assert known is None or event["kind"] in known, "a scenario could not name this event"


@pytest.mark.parametrize("name", sorted(ENDLESS))
def test_an_example_that_does_not_end(name: str, folder: Path) -> None:
    process = subprocess.Popen(
        command("simulate", "scenario", str(folder / f"{name}.toml")),
        env=ENVIRONMENT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stdout is not None
        ready = json.loads(process.stdout.readline())
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=60)
    assert list(ready["devices"]) == ["printer", "scanner", "terminal", "wechat"]
    assert process.returncode == 0, err


def test_the_kept_receipt_is_compared(folder: Path, environment: dict[str, str]) -> None:
    kept = folder / "receipts" / "cash-sale.txt"
    kept.write_text(kept.read_text(encoding="utf-8").replace("Pen", "Pencil"), encoding="utf-8")
    done = subprocess.run(
        command("simulate", "scenario", str(folder / "cash-sale.toml")),
        check=False,
        env=environment,
        capture_output=True,
        text=True,
        timeout=100,
    )
    assert done.returncode == 1
    assert "      -Pencil " in done.stderr
    assert "      +Pen  " in done.stderr
