"""``kill -9`` before and after every write and commit of a scan: nothing moved that is not on disk.

The daemon kills itself at the n-th write of one scan, for n from 0 on; its supervisor starts it
again. The till gets each scan once or not at all (the cashier scans again), and neither the till
nor the scanner's acknowledgement is ahead of the record.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import serial

from pos_guard.clock import SystemClock
from pos_guard.frames import ssi
from pos_guard.frames.ssi import Op, Packet
from pos_guard.frames.ssi_parameters import RESPONSE_TIME
from pos_guard.scanners.ssi_decoder import DecoderSettings
from pos_guard.store.store import Store
from pos_guard_simulator.bench import Bench
from pos_guard_simulator.scanner import Scanner
from pos_guard_simulator.scanner_ssi import SsiScanner, SsiTwinSettings
from tests.integration.killed_daemon import WRITES
from tests.integration.test_killed import Supervisor, stop_keeper
from tests.shop import POLICY, shop

CONFIG = """
[[link]]
name = "scanner"
protocol = "scanner"
app = "pty:{run}/till"
device = "serial:{device}:9600"
[link.scanner]
language = "{language}"
"""
DEADLINE_S = 60.0
QUIET_S = 0.4
REST_S = 0.2
"""A scanner that was just connected is believed once it was silent."""
FEWEST_WRITES = 4  # of one scan: its record, and what goes to the till

ACK = ssi.build(Op.ACK)


class Till(threading.Thread):
    """Keeps its port open; reads lines, or packets that it acknowledges."""

    def __init__(self, path: Path, *, packets: bool) -> None:
        super().__init__(name="till", daemon=True)
        self.got: list[bytes] = []
        self._port = serial.Serial(str(path), timeout=0.05)
        self._framer = ssi.Framer(ssi.DECODER) if packets else None
        self._rest = b""
        self._over = threading.Event()
        self._last: Packet | None = None
        self.start()

    def run(self) -> None:
        """Read until the end."""
        while not self._over.is_set():
            data = self._port.read(256)
            if self._framer is None:
                self._lines(data)
            elif data:
                self._packets(self._framer.feed(data))
            else:
                self._framer.expire()
        self._port.close()

    def end(self) -> None:
        """Close the port."""
        self._over.set()
        self.join(DEADLINE_S)

    def _lines(self, data: bytes) -> None:
        *lines, self._rest = (self._rest + data).split(b"\r")
        self.got += lines

    def _packets(self, found: list[Packet | ssi.BadPacket]) -> None:
        for packet in found:
            if isinstance(packet, Packet) and packet.opcode == Op.DECODE_DATA:
                if not (packet.again and packet.same_as(self._last)):
                    self.got.append(packet.data[1:])
                self._last = packet
                self._port.write(ACK)


@dataclass
class Site:
    """One till, one scanner, and the daemon between them that dies."""

    directory: Path
    supervisor: Supervisor
    bench: Bench
    twin: Scanner | SsiScanner
    till: Till
    number: int = 0
    killed: int = 0
    lost: list[bytes] = field(default_factory=list[bytes])
    _pause: threading.Event = field(default_factory=threading.Event)

    def recorded(self) -> int:
        """How many scans and refusals are on disk."""
        state = self.directory / "state"
        with Store.open(state, clock=SystemClock(), readonly=True) as store:
            kinds = ("scan", "refusal")
            return sum(len(list(store.audit.records(kind=kind))) for kind in kinds)

    def scan(self) -> bytes:
        """One scan that may be the daemon's last; waits until everything is at rest."""
        self.number += 1
        code = f"ORDER-{self.number}".encode()
        self._pause.wait(REST_S)
        lives, before, had = self.supervisor.lives, self.recorded(), len(self.till.got)
        self.bench.call("scanner", lambda: self.twin.scan(code))
        end = time.monotonic() + DEADLINE_S
        while len(self.till.got) == had and self.supervisor.lives == lives:
            self.supervisor.catch_up()
            assert time.monotonic() < end, "neither a scan nor a death"
            self._pause.wait(0.01)
        if isinstance(self.twin, SsiScanner):
            twin = self.twin
            while self.bench.ask(lambda: len(twin.done)) < self.bench.ask(lambda: twin.scans):
                assert time.monotonic() < end, "the scanner is kept waiting"
                self._pause.wait(0.01)
        self._look(code, before, lives)
        return code

    def _look(self, code: bytes, before: int, lives: int) -> None:
        self._pause.wait(QUIET_S)  # nothing may come late: no event tells that
        self.supervisor.catch_up()
        self.killed += self.supervisor.lives > lives
        times = self.till.got.count(code)
        assert times <= 1, "a scan came twice"
        if times:
            assert self.recorded() > before, "the till got what is not on record"
        else:
            self.lost.append(code)
        if isinstance(self.twin, SsiScanner) and self.twin.done[self.twin.scans]:
            assert self.recorded() > before, "acknowledged, but not on record"


@pytest.fixture(params=["lines", "ssi"])
def site(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Site]:
    made = shop(tmp_path, durable=True)
    made.store.close()
    (tmp_path / "policy.toml").write_text(POLICY, encoding="utf-8")
    packets = request.param == "ssi"
    fast = SsiTwinSettings(DecoderSettings({RESPONSE_TIME: 2}))
    twin = SsiScanner(fast) if packets else Scanner()
    with Bench() as bench:
        text = CONFIG.format(
            run=tmp_path / "run", device=bench.pty("scanner", twin), language=request.param
        )
        (tmp_path / "guard.toml").write_text(text, encoding="utf-8")
        supervisor = Supervisor(tmp_path)
        supervisor.expect("ready")
        till = Till(tmp_path / "run" / "till", packets=packets)
        try:
            yield Site(tmp_path, supervisor, bench, twin, till)
        finally:
            till.end()
            supervisor.end()
    stop_keeper(tmp_path / "run" / "keeper.sock")


def test_neither_till_nor_acknowledgement_is_ahead_of_the_record(site: Site) -> None:
    site.supervisor.arm((), 0)
    first = site.scan()
    assert site.till.got == [first]
    site.supervisor.arm((), 0)  # the scanner's set-up is no part of what is counted
    site.scan()
    passed = site.supervisor.arm((), 0)
    count = sum(passed[kind] for kind in WRITES)
    for left in range(count):
        site.supervisor.arm(WRITES, left)
        site.scan()
        site.supervisor.arm((), 0)
    assert site.killed >= FEWEST_WRITES
    assert site.lost, "death before the record: the cashier scans again"
    last = site.scan()
    assert site.till.got[-1] == last
