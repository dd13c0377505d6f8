"""``kill -9`` before and after every write and at every await of a payment loses nothing.

The real daemon on a kept pty and TCP, the simulated terminal on a real socket, and a plain till
that keeps its serial port open all the time. The daemon kills itself at the n-th point of one
payment, for n from 0 until the payment passes; its supervisor starts it again.
"""

from __future__ import annotations

import json
import os
import selectors
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import pytest

from pos_guard.api.client import DecisionClient
from pos_guard.clock import SystemClock
from pos_guard.errors import PortClosedError
from pos_guard.frames.decoded import Json
from pos_guard.ports.keeper_client import KeeperClient
from pos_guard.store.ledger import Entry, Phase
from pos_guard.store.store import Store
from pos_guard_simulator.bench import Bench
from pos_guard_simulator.till import PayResult, SerialFraming, SerialLine
from pos_guard_simulator.till_zvt import ZvtLink
from pos_guard_simulator.zvt_terminal import TerminalSettings, ZvtTerminal
from tests.integration.killed_daemon import STEPS, WRITES
from tests.shop import POLICY, TERMINAL_ID, shop

ROOT = Path(__file__).resolve().parents[2]
PATHS = os.pathsep.join(str(ROOT / part) for part in ("", "drivers", "simulator"))
ENVIRONMENT = {**os.environ, "PYTHONPATH": PATHS}
CONFIG = """
[[link]]
name = "zvt"
protocol = "zvt"
app = "pty:{directory}/run/till"
device = "tcp:{terminal}"
[link.zvt]
answer_ms = 4000
till_ms = 5000
resolve_ms = 5000
half_ms = 2000
frame_ack_ms = 3000
again_ms = [20, 200, 1000, 3000, 9000]
"""
DEADLINE_S = 60.0
ACK_S, REPEATS = 0.3, 200  # a busy machine takes seconds to restart the daemon
UNDER_WAY = frozenset({Phase.RESERVED, Phase.WAITING, Phase.UNKNOWN})
MOST_POINTS = 120
LAST_POINTS = 3  # payments in a row that end before the point comes: there are no more points
PATIENCE_S = 10.0
MOST_UNANSWERED = 3
"""Where the machine is so busy that till and guard miss each other's acknowledgements again and
again, a till may hear nothing in its time: it knows neither yes nor no, and no money is lost."""
FEWEST_STEPS = (
    4  # of the loop: the till's frame, the terminal's answers, the till's acknowledgement
)


class Supervisor:
    """The process that forks the daemon, and what it says."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        script = Path(__file__).with_name("killed_daemon.py")
        self._process = subprocess.Popen(
            [sys.executable, str(script), str(directory)],
            env=ENVIRONMENT,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        assert self._process.stdout is not None
        self._out: IO[bytes] = self._process.stdout
        os.set_blocking(self._out.fileno(), False)
        self._waiter = selectors.DefaultSelector()
        self._waiter.register(self._out, selectors.EVENT_READ)
        self._rest = b""
        self.pid = 0
        self.lives = 0

    def expect(self, *keys: str) -> dict[str, Json]:
        """The next line with one of these keys; every line is taken note of."""
        end = time.monotonic() + DEADLINE_S
        while True:
            while b"\n" in self._rest:
                line, _, self._rest = self._rest.partition(b"\n")
                said: dict[str, Json] = json.loads(line)
                if "ready" in said:
                    self.pid = int(str(said["pid"]))
                    self.lives += 1
                if said.keys() & set(keys):
                    return said
            assert self._waiter.select(end - time.monotonic()), f"the daemon says no {keys}"
            data = self._out.read()
            assert data, "the supervisor has ended"
            self._rest += data

    def catch_up(self) -> None:
        """Take note of what was said so far."""
        self._rest += self._out.read() or b""
        for line in self._rest.split(b"\n")[:-1]:
            said = json.loads(line)
            if "ready" in said:
                self.pid, self.lives = said["pid"], self.lives + 1
        self._rest = self._rest.rpartition(b"\n")[2]

    def arm(self, kinds: tuple[str, ...], left: int) -> Counter[str]:
        """Let the daemon die at that point; returns how many it passed since it was armed last."""
        plan = {"kinds": list(kinds), "left": left}
        (self._directory / "plan.json").write_text(json.dumps(plan), encoding="utf-8")
        said: dict[str, Json] = {}
        while "passed" not in said:  # it may die just now of the plan before
            self.catch_up()
            try:
                os.kill(self.pid, signal.SIGUSR1)
            except ProcessLookupError:
                self.expect("ready")
                continue
            said = self.expect("passed", "ready")
        self.expect("armed")
        passed = said["passed"]
        assert isinstance(passed, dict)
        return Counter({name: int(str(count)) for name, count in passed.items()})

    def end(self) -> int:
        """Stop the daemon and the supervisor."""
        self.arm((), 0)
        os.kill(self.pid, signal.SIGTERM)
        code = self._process.wait(DEADLINE_S)
        self._waiter.close()
        self._out.close()
        return code


@dataclass
class Site:
    """One shop with one till and one terminal."""

    directory: Path
    supervisor: Supervisor
    bench: Bench
    terminal: ZvtTerminal
    till: ZvtLink
    amount: int = 1000
    killed: int = 0
    unanswered: int = 0
    ends: Counter[str] = field(default_factory=Counter[str])

    def entries(self) -> list[Entry]:
        """The ledger as it is on disk."""
        state = self.directory / "state"
        with Store.open(state, clock=SystemClock(), readonly=True) as store:
            return [e for e in store.ledger.search(limit=20) if e.amount == self.amount]

    def order(self) -> None:
        """The next customer, with an amount that nobody had before."""
        self.amount += 1
        owed: dict[str, Json] = {"id": f"A{self.amount}", "total": self.amount, "currency": "EUR"}
        with DecisionClient(self.directory / "run" / "decide.sock") as console:
            console.context(order=owed)

    def pay(self) -> PayResult:
        """One payment; the till waits for its answer as long as tills do."""
        before = self.supervisor.lives
        commands = self.bench.ask(lambda: self.terminal.commands.count(0x0601))
        result = self.till.pay(self.amount)
        entry = self.at_rest(result)
        self.supervisor.catch_up()
        died = self.supervisor.lives > before
        self.killed += died
        heard = self.bench.ask(lambda: self.terminal.commands.count(0x0601)) - commands
        moved = self.bench.ask(lambda: [t for t in self.terminal.moved if t.amount == self.amount])
        assert heard <= 1, "the terminal heard two payments for one of the till"
        assert len(moved) <= heard
        assert (entry.phase is Phase.POSTED) == bool(moved), f"the ledger says {entry.phase}"
        if result.code == "timeout":
            self.unanswered += 1
            assert self.unanswered <= MOST_UNANSWERED, "tills get no answers"
        else:
            assert result.approved == bool(moved), f"the till got {result}, moved {moved}"
        self.ends[f"{'killed, ' if died else ''}{entry.phase}"] += 1
        return result

    def at_rest(self, first: PayResult) -> Entry:
        """The payment's entry once its outcome is known; the till goes on listening meanwhile."""
        end = time.monotonic() + DEADLINE_S
        while True:
            later = self.till.listen(0.05)  # a restarted guard may say the same end once more
            unanswered = "timeout" in (later.code, first.code)
            assert unanswered or later.approved == first.approved
            entries = self.entries()
            if entries and entries[-1].phase not in UNDER_WAY and later.code == "timeout":
                assert all(entry.phase is Phase.REFUSED for entry in entries[:-1])
                return entries[-1]
            assert time.monotonic() < end, f"not at rest: {entries}"


@pytest.fixture(params=[0.0, 0.15], ids=["at-once", "later"])
def site(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Site]:
    made = shop(tmp_path, durable=True)
    made.guard.payee_reported("zvt", TERMINAL_ID)
    made.store.close()
    (tmp_path / "policy.toml").write_text(POLICY, encoding="utf-8")
    terminal = ZvtTerminal(TerminalSettings(work_s=request.param))
    with Bench() as bench:
        text = CONFIG.format(directory=tmp_path, terminal=bench.tcp("terminal", terminal))
        (tmp_path / "guard.toml").write_text(text, encoding="utf-8")
        supervisor = Supervisor(tmp_path)
        supervisor.expect("ready")
        line = SerialLine(str(tmp_path / "run" / "till"))
        framing = SerialFraming(line, ACK_S, REPEATS)
        till = ZvtLink(framing, answer_seconds=PATIENCE_S, result_seconds=PATIENCE_S)
        try:
            yield Site(tmp_path, supervisor, bench, terminal, till)
        finally:
            till.close()
            supervisor.end()
    stop_keeper(tmp_path / "run" / "keeper.sock")


def stop_keeper(path: Path) -> None:
    try:
        keeper = KeeperClient(path)
    except PortClosedError:
        return
    keeper.stop()
    keeper.close()


def first_payment(site: Site, kinds: tuple[str, ...]) -> int:
    """One payment that nothing disturbs; returns at how many points it could have died."""
    site.order()
    site.supervisor.arm((), 0)
    assert site.pay().approved
    passed = site.supervisor.arm((), 0)
    return sum(passed[kind] for kind in kinds)


def die_at(site: Site, kinds: tuple[str, ...], points: range) -> None:
    for left in points:
        site.order()
        site.supervisor.arm(kinds, left)
        site.pay()
        site.supervisor.arm((), 0)


def verified(site: Site) -> int:
    state = site.directory / "state"
    with Store.open(state, clock=SystemClock(), readonly=True) as store:
        return store.audit.verify().count


def test_death_before_and_after_every_write_loses_nothing(site: Site) -> None:
    count = first_payment(site, WRITES)
    die_at(site, WRITES, range(count))
    assert verified(site) > count
    assert site.killed > count // 2
    assert site.ends["killed, posted"] > 0
    assert site.ends["killed, failed"] > 0


def test_death_at_every_await_loses_nothing(site: Site) -> None:
    assert first_payment(site, STEPS) > 0
    points = survived = 0
    while (
        survived < LAST_POINTS
    ):  # a payment has few steps of its own; what the machine adds varies
        before = site.killed
        die_at(site, STEPS, range(points, points + 1))
        points += 1
        survived = survived + 1 if site.killed == before else 0
        assert points < MOST_POINTS, "a payment has no end of steps"
    assert verified(site) > 0
    assert site.killed >= FEWEST_STEPS
    assert site.ends["killed, posted"] > 0
