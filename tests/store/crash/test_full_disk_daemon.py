"""The daemon on a disk that fills up: the till gets its protocol's own refusal, then goes on."""

from __future__ import annotations

import signal
import socket
import subprocess
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from pos_guard.api.client import DecisionClient
from pos_guard.clock import SystemClock
from pos_guard.ports.keeper_client import KeeperClient
from pos_guard.store.ledger import Phase
from pos_guard.store.store import Store
from tests.integration.test_daemon import CONFIG, Site, end, read_exactly
from tests.shop import POLICY, TERMINAL_ID, shop
from tests.store.crash.small_disks import SmallDisk, small_disk

SALE = bytes.fromhex("06 01 0A 04 00 00 00 00 12 50 49 09 78")
STATUS = bytes.fromhex("05 01 03 00 00 00")  # status enquiry
DONE = bytes.fromhex("06 0F 00")  # completion
ACK = bytes.fromhex("80 00 00")


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    with small_disk(tmp_path / "disk") as mounted:
        yield mounted


@contextmanager
def running(site: Site) -> Generator[tuple[subprocess.Popen[str], int], None, None]:
    """The daemon; whatever happens, it does not outlive its disk."""
    daemon, port = site.start()
    try:
        yield daemon, port
    finally:
        if daemon.poll() is None:
            end(daemon, signal.SIGKILL)


@pytest.fixture
def site(disk: SmallDisk) -> Iterator[Site]:
    """A shop whose store, and everything else, is on the small disk."""
    made = shop(disk.path, durable=True)
    made.guard.payee_reported("zvt", TERMINAL_ID)
    made.store.close()
    (disk.path / "policy.toml").write_text(POLICY, encoding="utf-8")
    with (
        socket.create_server(("127.0.0.1", 0)) as terminal,
        socket.create_server(("127.0.0.1", 0)) as printer,
    ):
        terminal.settimeout(15)
        ports = {"terminal": terminal.getsockname()[1], "printer": printer.getsockname()[1]}
        text = CONFIG.format(run=disk.path / "run", **ports)
        (disk.path / "guard.toml").write_text(text, encoding="utf-8")
        yield Site(disk.path, terminal, printer)
    keeper = KeeperClient(disk.path / "run" / "keeper.sock")
    keeper.stop()
    keeper.close()


def test_a_till_is_refused_while_the_disk_is_full_and_served_after_that(
    disk: SmallDisk, site: Site
) -> None:
    with running(site) as (daemon, port):
        terminal, _ = site.terminal.accept()
        with socket.create_connection(("127.0.0.1", port), timeout=15) as till, terminal:
            refused_then_served(site, disk, till, terminal)
        assert end(daemon, signal.SIGTERM) == 0
    with Store.open(disk.path / "state", clock=SystemClock()) as store:
        store.checkpoints.verify()
        (entry,) = store.ledger.search()
        assert (entry.amount, entry.phase) == (1250, Phase.UNKNOWN)


def refused_then_served(
    site: Site, disk: SmallDisk, till: socket.socket, terminal: socket.socket
) -> None:
    with DecisionClient(site.decide) as console:
        console.context(operator="ben", order={"id": "A1", "total": 1250, "currency": "EUR"})
    disk.fill()
    for _ in range(3):  # and it does not die of it
        till.sendall(SALE)
        assert read_exactly(till, 3) == ACK
        assert read_exactly(till, 4).hex() == "061e01a0"  # abort: receiver not ready
        till.sendall(ACK)
    terminal.settimeout(0.3)
    with pytest.raises(TimeoutError):
        terminal.recv(1)
    terminal.settimeout(15)
    till.sendall(STATUS)  # what only asks goes through
    assert read_exactly(terminal, len(STATUS)) == STATUS
    terminal.sendall(ACK + DONE)
    assert read_exactly(till, len(ACK + DONE)) == ACK + DONE
    till.sendall(ACK)
    assert read_exactly(terminal, len(ACK)) == ACK
    disk.empty()
    till.sendall(SALE)
    assert read_exactly(terminal, len(SALE)) == SALE
