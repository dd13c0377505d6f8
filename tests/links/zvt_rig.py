"""A till, the link under test and a simulated terminal on one virtual clock, without I/O."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from pos_guard.frames import zvt_build
from pos_guard.frames.zvt_apdu import Apdu
from pos_guard.links.session import (
    AskPerson,
    CancelTimer,
    CloseApp,
    CloseDevice,
    Effect,
    Effects,
    SetTimer,
    Tell,
    ToApp,
    ToDevice,
)
from pos_guard.links.zvt import ZvtSession
from pos_guard.links.zvt_model import ZvtTiming
from pos_guard.links.zvt_wire import Framing, WireSettings, open_wire
from pos_guard.model import IntentKind
from pos_guard.store.ledger import Phase
from pos_guard_simulator.zvt_book import Script
from pos_guard_simulator.zvt_terminal import TerminalSettings, ZvtTerminal
from tests.shop import Shop

TIMING = ZvtTiming()
PAY_1250 = zvt_build.authorisation(1250, "EUR")
ACK = "800000"
DONE = "060f00"


@dataclass
class Rig:
    """Everything that happened is in ``till`` (units the till got), ``told`` and ``asked``."""

    shop: Shop
    script: Script = field(default_factory=Script)
    settings: TerminalSettings = field(default_factory=TerminalSettings)
    framing: tuple[Framing, Framing] = (Framing.TCP, Framing.TCP)
    timing: ZvtTiming = TIMING
    app_survives: bool = False
    connect: bool = True

    def __post_init__(self) -> None:
        self.terminal = ZvtTerminal(self.settings, self.script)
        self.till: list[str] = []
        self.told: list[Tell] = []
        self.asked: list[int] = []
        self.closed: list[str] = []
        self.answers: dict[int, bytes | None] = {}
        self._events: deque[Callable[[], None]] = deque()
        self._timers: dict[tuple[str, str], float] = {}
        self._now = 0.0
        self._line = open_wire(self.framing[0], "till", ToDevice, WireSettings())
        self.open()

    def open(self) -> None:
        """A new session over the shop's guard: at first, or after the process died."""
        self._timers = {key: at for key, at in self._timers.items() if key[0] != "guard"}
        self.session = ZvtSession(
            "zvt",
            self.shop.guard,
            self.timing,
            framing=self.framing,
            app_survives=self.app_survives,
        )
        self.run(self.session.app_connected())
        if self.connect:
            self.plug()

    def plug(self) -> None:
        """The terminal is connected."""
        self._do_twin(self.terminal.connected())
        self.run(self.session.device_connected())

    def unplug(self) -> None:
        """The terminal's cable is pulled."""
        self._do_twin(self.terminal.closed())
        self.run(self.session.device_closed())

    def hang_up(self) -> None:
        """The till closes its connection."""
        self.run(self.session.app_closed())

    def send(self, *units: bytes) -> list[str]:
        """The till sends units in one segment; returns what it got from then on."""
        before = len(self.till)
        if self.framing[0] is Framing.TCP:
            self.run(self.session.app_data(b"".join(units)))
        else:
            for unit in units:
                self._do_till(self._line.send(unit))
                self._settle()
        return self.till[before:]

    def raw(self, data: bytes) -> None:
        """Bytes of the till, as they are."""
        self.run(self.session.app_data(data))

    def run(self, effects: Effects) -> None:
        """Carry out effects of the session until nothing moves any more."""
        self._do_guard(effects)
        self._settle()

    def advance(self, seconds: float) -> None:
        """Let time pass; timers fire in order."""
        end = self._now + seconds
        while True:
            due = [(at, key) for key, at in self._timers.items() if at <= end]
            if not due:
                break
            at, key = min(due)
            self._pass(at - self._now)
            del self._timers[key]
            self._fire(*key)
            self._settle()
        self._pass(end - self._now)

    @property
    def running(self) -> set[str]:
        """Names of the session's timers that run."""
        return {name for who, name in self._timers if who == "guard"}

    def heard(self) -> str:
        """Every byte that reached the terminal."""
        return self.terminal.heard.hex()

    # -- moving bytes --------------------------------------------------------------------------

    def _pass(self, seconds: float) -> None:
        self._now += seconds
        self.shop.clock.advance(seconds)

    def _fire(self, who: str, name: str) -> None:
        if who == "guard":
            self._do_guard(self.session.timer(name))
        elif who == "twin":
            self._do_twin(self.terminal.timer(name))
        else:
            got = self._line.timer(name)
            self._do_till(got.effects if got else [])

    def _settle(self) -> None:
        while self._events:
            self._events.popleft()()

    def _do_guard(self, effects: Effects) -> None:
        for effect in effects:
            match effect:
                case ToApp(data):
                    self._events.append(partial(self._till_got, data))
                case ToDevice(data):
                    self._events.append(partial(self._to_terminal, data))
                case Tell():
                    self.told.append(effect)
                case AskPerson(decision):
                    self.asked.append(decision)
                case CloseApp(reason):
                    self.closed.append(f"app: {reason}")
                    self._events.append(lambda: self._do_guard(self.session.app_closed()))
                case CloseDevice(reason):
                    self.closed.append(f"device: {reason}")
                    self._events.append(self._reconnect)
                case _:
                    self._timer("guard", effect)

    def _to_terminal(self, data: bytes) -> None:
        self._do_twin(self.terminal.data(data))

    def _from_terminal(self, data: bytes) -> None:
        self._do_guard(self.session.device_data(data))

    def _from_till(self, data: bytes) -> None:
        self._do_guard(self.session.app_data(data))

    def _reconnect(self) -> None:
        self._do_twin(self.terminal.closed())
        self._do_guard(self.session.device_closed())
        self._do_twin(self.terminal.connected())
        self._do_guard(self.session.device_connected())

    def _do_twin(self, effects: Effects) -> None:
        for effect in effects:
            if isinstance(effect, ToApp):
                self._events.append(partial(self._from_terminal, effect.data))
            elif isinstance(effect, CloseApp):
                self._events.append(self._reconnect)
            else:
                self._timer("twin", effect)

    def _do_till(self, effects: Effects) -> None:
        for effect in effects:
            if isinstance(effect, ToDevice):
                self._events.append(partial(self._from_till, effect.data))
            else:
                self._timer("till", effect)

    def _timer(self, who: str, effect: Effect) -> None:
        if isinstance(effect, SetTimer):
            self._timers[who, effect.name] = self._now + effect.seconds
        elif isinstance(effect, CancelTimer):
            self._timers.pop((who, effect.name), None)

    def _till_got(self, data: bytes) -> None:
        got = self._line.receive(data)
        self._do_till(got.effects)
        for apdu in got.apdus:
            self.till.append(apdu.raw.hex())
            answer = self._answer(apdu)
            if answer is not None:
                self._do_till(self._line.send(answer))

    def _answer(self, apdu: Apdu) -> bytes | None:
        if apdu.code >> 8 in (0x80, 0x84):
            return None
        return self.answers.get(apdu.code, zvt_build.ack)


def phases(rig: Rig) -> list[tuple[IntentKind, Phase, int | None]]:
    """Kind, phase and amount of every entry in the ledger, oldest first."""
    entries = rig.shop.store.ledger.search()
    return [(e.kind, e.phase, e.amount) for e in sorted(entries, key=lambda e: e.id)]
