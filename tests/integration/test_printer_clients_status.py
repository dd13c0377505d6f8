"""receiptio, unmodified: the strictest status client there is, against a simulated network printer.

Its exit codes are its verdicts (its README): it flushes pictures, asks who is there, waits for a
healthy automatic status, and takes the paper status behind the job as proof. It dials port 9100
only, so each test has a loopback address of its own. The same dialogues, recorded, are in
tests/simulator/test_printer_dialogues.py. Serial ports it takes from a list that has no ptys.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from itertools import count
from pathlib import Path

import pytest

from tests.integration.clients.libraries import HERE, missing, node_modules
from tests.simulator.simulate_process import Control, simulating

NEXT = count(1)
RECEIPT = "^^^RECEIPT\nCoffee | 2.50\n-\n^TOTAL | ^2.50\n"


@pytest.fixture
def receiptio() -> list[str]:
    """The command."""
    node = shutil.which("node")
    if node is None or shutil.which("npm") is None:
        missing("no node and npm on this machine (Debian: nodejs npm)")
    modules, trouble = node_modules(HERE / "receiptio")
    if trouble:
        missing(f"npm ci: {trouble}")
    return [node, str(modules / "receiptio" / "bin" / "cli.js")]


@pytest.fixture
def host() -> str:
    """An address of this machine that no other test has."""
    worker, number = os.getpid(), next(NEXT)
    return f"127.{64 + worker // 250 % 60}.{1 + worker % 250}.{number}"


VERDICTS = {
    0: "success",
    100: "online",
    101: "coveropen",
    102: "paperempty",
    103: "error",
    104: "offline",
    105: "disconnect",
    106: "timeout",
    200: "drawerclosed",
    201: "draweropen",
}


def verdict(receiptio: list[str], *arguments: str) -> str:
    done = subprocess.run([*receiptio, *arguments], capture_output=True, timeout=40, check=False)
    return VERDICTS[done.returncode]


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        (None, "success"),
        ("cover_open", "coveropen"),
        ("paper_out", "paperempty"),
        ("cutter", "error"),
    ],
)
def test_a_job_and_its_verdict(
    receiptio: list[str], host: str, tmp_path: Path, fault: str | None, says: str
) -> None:
    control, receipt = tmp_path / "control", tmp_path / "receipt.txt"
    receipt.write_text(RECEIPT)
    with (
        simulating("printer", "--tcp", f"{host}:9100", "--control", str(control)),
        Control(control) as test,
    ):
        if fault is not None:
            test.ask("fault", name=fault)
        job = ("-d", host, "-t", "15", "-l", "en", str(receipt))
        assert verdict(receiptio, *job) == says
        slips = test.ask("paper")["slips"]
    assert [slip.split()[0] for slip in slips] == (["RECEIPT"] if fault is None else [])


def test_a_status_without_a_job(receiptio: list[str], host: str, tmp_path: Path) -> None:
    control = tmp_path / "control"
    with (
        simulating("printer", "--tcp", f"{host}:9100", "--drawer", "--control", str(control)),
        Control(control) as test,
    ):
        assert verdict(receiptio, "-d", host, "-q", "printer") == "online"
        test.ask("fault", name="paper_out")
        assert verdict(receiptio, "-d", host, "-q", "printer") == "paperempty"
        test.ask("clear", name="paper_out")
        one, other = {"drawer", "drawer2"}, {"drawerclosed", "draweropen"}
        closed = {name: verdict(receiptio, "-d", host, "-q", name) for name in one}
        test.ask("fault", name="drawer_open")
        opened = {name: verdict(receiptio, "-d", host, "-q", name) for name in one}
    assert set(closed.values()) == set(opened.values()) == other, "one of them for each level"
    assert all(closed[name] != opened[name] for name in one)


def test_nobody_there(receiptio: list[str], host: str) -> None:
    assert verdict(receiptio, "-d", host, "-q", "printer") == "disconnect"
