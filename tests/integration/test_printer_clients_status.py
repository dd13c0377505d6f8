"""receiptio, unmodified, against a simulated printer as a program of its own.

The same dialogues, recorded, are in tests/simulator/test_printer_dialogues.py; at every level of a
port they are statements of the contract suite (tests/contract/checks_receiptio.py).
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration.clients.libraries import Library, receiptio
from tests.integration.clients.status_client import own_host
from tests.simulator.simulate_process import Control, simulating

RECEIPT = "^^^RECEIPT\nCoffee | 2.50\n-\n^TOTAL | ^2.50\n"


VERDICTS = {
    0: "success",
    100: "online",
    101: "coveropen",
    102: "paperempty",
    103: "error",
    105: "disconnect",
    200: "drawerclosed",
    201: "draweropen",
}
"""Its exit codes, and the words beside them (its README)."""


@pytest.fixture
def client(tmp_path: Path) -> Library:
    """The command."""
    return receiptio(tmp_path)


@pytest.fixture
def host() -> str:
    """Where only this test's printer is."""
    return own_host()


def verdict(client: Library, *arguments: str) -> str:
    """Both ways in which it says the same."""
    done = client.ended(*arguments)
    assert done.stderr.strip() == VERDICTS[done.returncode]
    return done.stderr.strip()


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
    client: Library, host: str, tmp_path: Path, fault: str | None, says: str
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
        assert verdict(client, *job) == says
        slips = test.ask("paper")["slips"]
    assert [slip.split()[0] for slip in slips] == (["RECEIPT"] if fault is None else [])


def test_a_status_without_a_job(client: Library, host: str, tmp_path: Path) -> None:
    control = tmp_path / "control"
    with (
        simulating("printer", "--tcp", f"{host}:9100", "--drawer", "--control", str(control)),
        Control(control) as test,
    ):
        assert verdict(client, "-d", host, "-q", "printer") == "online"
        test.ask("fault", name="paper_out")
        assert verdict(client, "-d", host, "-q", "printer") == "paperempty"
        test.ask("clear", name="paper_out")
        one, other = {"drawer", "drawer2"}, {"drawerclosed", "draweropen"}
        closed = {name: verdict(client, "-d", host, "-q", name) for name in one}
        test.ask("fault", name="drawer_open")
        opened = {name: verdict(client, "-d", host, "-q", name) for name in one}
    assert set(closed.values()) == set(opened.values()) == other, "one of them for each level"
    assert all(closed[name] != opened[name] for name in one)


def test_nobody_there(client: Library, host: str) -> None:
    assert verdict(client, "-d", host, "-q", "printer") == "disconnect"
