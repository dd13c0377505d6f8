"""The whole simulated shop: one guard process over one store, four links, and everybody around."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from pos_guard.clock import ManualClock
from pos_guard.errors import PosGuardError
from pos_guard.guard import Guard
from pos_guard.links.printer import PrinterSession
from pos_guard.links.printer_settings import PrinterSettings
from pos_guard.links.provider import ProviderSession
from pos_guard.links.scanner import ScannerSession
from pos_guard.links.session import Session, Tell
from pos_guard.links.zvt import ZvtSession
from pos_guard.links.zvt_wire import Framing
from pos_guard.model import Outcome, Result
from pos_guard.own_codes import OwnCodes
from pos_guard.policy.policy import Policy
from pos_guard.policy.request import Disk as DiskState
from pos_guard.store import totp
from pos_guard.store.disk import DiskWatch
from pos_guard.store.files import KEYS
from pos_guard.store.keys import Keys
from pos_guard.store.ledger import Phase
from pos_guard.store.store import Store
from pos_guard_simulator.provider_book import Script as WechatScript
from pos_guard_simulator.scanner import Scanner
from pos_guard_simulator.till_printer import Printer, Sale
from pos_guard_simulator.till_printer import Shop as Letterhead
from pos_guard_simulator.zvt_book import Script
from pos_guard_simulator.zvt_terminal import TerminalSettings
from tests.simulation.facts import (
    MERCHANT,
    PINS,
    TERMINAL_ID,
    TOTP_SECRET,
    Disk,
    Facts,
)
from tests.simulation.faults import Faults, open_store
from tests.simulation.invariants import Invariants
from tests.simulation.lines import Line, Seat
from tests.simulation.process import Process
from tests.simulation.rules import hold
from tests.simulation.shops import terms_of
from tests.simulation.tills import PlainPeer, WechatTill, ZvtTill
from tests.simulation.twins import (
    Heard,
    PrinterSeatTwin,
    RecordingProvider,
    RecordingTerminal,
)
from tests.simulation.world import World

MakeGuard = Callable[[Store, Policy, ManualClock], Guard]

AMOUNTS = (800, 1250, 1990, 2450, 4550, 9900, 12_000, 45_000)
"""What customers owe. None is a slip of another."""

BEHAVIOURS = (
    "decline:65",
    "refuse:83",
    "abort:6C",
    "silent-before",
    "silent-after",
    "hang",
    "approve:700",
)

REBUILD_S = 2.0
"""As the daemon's pause before a failed link serves again."""


def make_template(directory: Path) -> Path:
    """A store with its people, made once and copied for every seed."""
    state = directory / "template"
    store = Store.create(
        state, clock=ManualClock(), terminal_id="T1", durable=False, scrypt_log2n=1
    )
    with store:
        for person, role in ROLES.items():
            store.people.add(person, person.title(), role, PINS[person])
        clock = ManualClock()
        code = totp.code_at(TOTP_SECRET, totp.step_of(clock.wall_us()))
        store.people.set_second("olga", TOTP_SECRET, code)
    return state


ROLES = {
    "anna": "cashier",
    "ben": "senior",
    "maya": "manager",
    "otto": "manager",
    "MAYA": "manager",
    "olga": "owner",
    "pia": "partner",
    "hugo": "helper",
}
"""MAYA is maya under another spelling."""


@dataclass(slots=True)
class TillOrder:
    """What the till knows of one customer."""

    sale: Sale
    due: int
    by_wechat: str = ""


class _Log(logging.Handler):
    """Keeps what the guard logs, to look for secrets in it."""

    def __init__(self, lines: list[str]) -> None:
        super().__init__()
        self._lines = lines

    def emit(self, record: logging.LogRecord) -> None:
        """Keep one line."""
        self._lines.append(record.getMessage())


class Floor(Process):
    """One seed's shop. Use it as a context manager."""

    def __init__(self, seed: int, template: Path, directory: Path, make_guard: MakeGuard) -> None:
        super().__init__(World(seed))
        world = self.world
        self.directory = directory / f"state-{seed}"
        shutil.copytree(template, self.directory)
        self._make_guard = make_guard
        self.terms = terms_of(seed)
        self.disk_state = DiskState.GOOD
        dice = world.dice
        self.framing = dice.choice([Framing.TCP, Framing.SERIAL])
        self.kept = self.framing is Framing.SERIAL or world.chance(30)
        self.device_framing = dice.choice([Framing.TCP, Framing.SERIAL])
        self.own_codes = OwnCodes(Keys.load(self.directory / KEYS))
        self.up = False
        self.asked: list[tuple[str, int]] = []
        self.told: list[Tell] = []
        self.orders: dict[str, TillOrder] = {}
        self._furnish()
        self.disk = Disk(self.directory / "pos-guard.db")
        self.invariants = Invariants(world, self.facts, self.disk)
        self._log = _Log(self.facts.logged)

    def __enter__(self) -> Floor:
        logging.getLogger("pos_guard").addHandler(self._log)
        self._boot()
        return self

    def __exit__(self, *_: object) -> None:
        logging.getLogger("pos_guard").removeHandler(self._log)
        self.disk.close()
        if self.store is not None:
            self.store.close()
        shutil.rmtree(self.directory, ignore_errors=True)

    # -- furniture -----------------------------------------------------------------------------

    def _furnish(self) -> None:
        world = self.world
        self.zvt_till = ZvtTill(world, self.framing)
        self.terminal = self.new_terminal(TERMINAL_ID)
        self.paper = PrinterSeatTwin()
        self.scanner = Scanner()
        self.provider = RecordingProvider(world.clock, frozenset({MERCHANT}), self._heard)
        self._script_provider()
        self.printer_port, self.scanner_port = PlainPeer(), PlainPeer()
        self.till_printer = Printer(self.printer_port, Letterhead(currency="CNY"))
        self.terminal_seat = Seat(world, self.terminal)
        self.scanner_seat = Seat(world, self.scanner)
        self.lines = {
            "zvt": Line(world, "zvt", self.zvt_till, self.terminal_seat, kept=self.kept),
            "printer": Line(
                world, "printer", self.printer_port, Seat(world, self.paper), kept=True
            ),
            "scanner": Line(world, "scanner", self.scanner_port, self.scanner_seat, kept=True),
            "wechat": Line(world, "wechat", PlainPeer(), Seat(world, self.provider), kept=False),
        }
        for line in self.lines.values():
            line.on_failed = self._failed
            line.on_ask = self._ask
            line.on_tell = self._tell
        self.wechat_till = WechatTill(self.lines["wechat"].dial)
        self.facts = Facts(self.zvt_till, self.wechat_till, self.provider, self.terms)
        self.facts.terminals.append(self.terminal)
        self.paper.on_slip = self._printed

    def _printed(self, text: str) -> None:
        self.invariants.paper.printed(text)

    def new_terminal(self, terminal_id: str) -> RecordingTerminal:
        """A terminal, with a behaviour for some of the amounts."""
        dice = self.world.dice
        amounts = [amount for amount in AMOUNTS if self.world.chance(25)]
        script = Script({amount: dice.choice(BEHAVIOURS) for amount in amounts})
        settings = TerminalSettings(
            terminal_id=terminal_id,
            framing=self.device_framing,
            work_s=dice.choice([0.0, 0.0, 3.0, 40.0]),
            # Their numbers never meet: which of two terminals a bare number means, nobody can tell.
            first_receipt=dice.choice([1, 9995]) if terminal_id == TERMINAL_ID else 5001,
        )
        return RecordingTerminal(settings, script, self._heard)

    def _script_provider(self) -> None:
        dice, world = self.world.dice, self.world
        for amount in AMOUNTS:
            if world.chance(25):
                self.provider.book.scripts[amount] = dice.choice(list(WechatScript))
            if world.chance(15):
                self.provider.book.refund_scripts[amount] = dice.choice(list(WechatScript))

    def _heard(self, device: RecordingTerminal | RecordingProvider, raw: bytes) -> Heard:
        self.world.note(f"{device.link} heard {raw[:3].hex()} ({len(raw)} bytes)")
        return self.invariants.heard(device, raw)

    # -- the process ---------------------------------------------------------------------------

    def _fate(self) -> Faults:
        faults = Faults()
        if self.world.chance(3):
            faults.countdown = self.world.dice.randrange(6)
        return faults

    def _start(self) -> None:
        clock = self.world.clock
        self.store = open_store(self.directory, clock, self.faults)
        self.guard = self._make_guard(self.store, self.terms.policy, clock)
        # The disk that is looked at is the shop's, not that of the machine which plays it.
        watch = DiskWatch(lambda: self.disk_state, clock)
        self.guard._snapshots.disk = watch
        self.up = True
        self.world.note("the guard is up")
        for name, line in self.lines.items():
            line.start(self._session(name), self.faults, new_process=True)

    def _session(self, name: str) -> Session:
        guard = self.guard
        assert guard is not None
        if name == "zvt":
            framing = (self.framing, self.device_framing)
            return ZvtSession(name, guard, framing=framing, app_survives=self.kept)
        if name == "printer":
            return PrinterSession(name, guard, PrinterSettings(kanji_on=True, dialect="china"))
        if name == "scanner":
            return ScannerSession(name, guard)
        return ProviderSession(name, guard, "api.mch.weixin.qq.com")

    def _served(self) -> Iterable[Line]:
        return self.lines.values()

    def _forget(self) -> None:
        self.up = False
        self.asked.clear()
        self.facts.said.offline = None  # a fresh process knows nothing of the network yet

    def _failed(self, line: Line, error: Exception) -> None:
        """As the daemon: what the session had under way is unknown, and a fresh one takes over."""
        self.world.note(f"{line.name} failed: {type(error).__name__}: {error}")
        self.world.count("link failed")
        self.facts.logged.append(str(error))
        expected = isinstance(error, PosGuardError)
        hold("a session never raises", expected, f"{line.name}: a session raised {error!r}")
        life = self.faults
        self.world.after(REBUILD_S, lambda: self._rebuild(line, life))

    def _rebuild(self, line: Line, life: Faults) -> None:
        if not self.up or self.faults is not life or self.guard is None:
            return
        try:
            self._forget_open(line.name, self.guard)
        except PosGuardError:
            self.world.after(REBUILD_S, lambda: self._rebuild(line, life))
            return
        line.start(self._session(line.name), self.faults, new_process=False)

    @staticmethod
    def _forget_open(link: str, guard: Guard) -> None:
        for phase in (Phase.WAITING, Phase.RESERVED):
            for entry in guard.store.ledger.search(link=link, phase=phase):
                if phase is Phase.WAITING:
                    guard.abandon(entry.id)
                else:
                    guard.settle(entry.id, Outcome(Result.UNKNOWN))

    # -- people's side -------------------------------------------------------------------------

    def _ask(self, link: str, decision: int) -> None:
        self.asked.append((link, decision))
        self.world.count("person asked")

    def _tell(self, link: str, tell: Tell) -> None:
        self.world.note(f"{link} says {tell.level}: {tell.say.en}")
        self.facts.logged += [tell.say.en, tell.say.zh]
        if link == "scanner":
            self.facts.told(tell.say.en)

    def _complained(self, error: PosGuardError) -> None:
        self.facts.logged.append(str(error))
