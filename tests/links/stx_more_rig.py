"""A till, the link under test and a simulated terminal of the STX family on one virtual clock."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from pos_guard.links.dialect import Line, Parts
from pos_guard.links.exchange import ExchangeSession
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
from pos_guard.model import IntentKind
from pos_guard.store.ledger import Phase
from pos_guard_simulator.stx_terminal import StxTerminal
from tests.shop import Shop

LINK = "stx"


@dataclass
class Rig:
    """``till`` holds the units that the till got, ``wire`` every byte that it got.

    ``auto``: the till's own line reads and answers; else a test says every byte itself. ``name``
    is the link's; ``plug_s``: how long a device that was hung up on is away.
    """

    shop: Shop
    make: Callable[[], Parts]
    terminal: StxTerminal
    line: Line
    connect: bool = True
    till: list[bytes] = field(default_factory=list[bytes])
    wire: bytearray = field(default_factory=bytearray)
    told: list[Tell] = field(default_factory=list[Tell])
    asked: list[int] = field(default_factory=list[int])
    closed: list[str] = field(default_factory=list[str])
    refused_by_line: bool = False
    auto: bool = True
    name: str = LINK
    plug_s: float = 0.0

    def __post_init__(self) -> None:
        self._events: deque[Callable[[], None]] = deque()
        self._timers: dict[tuple[str, str], float] = {}
        self._now = 0.0
        self.open()

    def open(self) -> None:
        """A new session over the shop's guard: at first, or after the process died."""
        self._timers = {key: at for key, at in self._timers.items() if key[0] != "guard"}
        self.session = ExchangeSession(self.name, self.shop.guard, self.make())
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

    def send(self, *units: bytes) -> list[bytes]:
        """The till sends units; returns what it got from then on."""
        before = len(self.till)
        for unit in units:
            self._do_till(self.line.send(unit))
            self._settle()
        return self.till[before:]

    def raw(self, data: bytes) -> bytes:
        """Bytes of the till, as they are; returns the bytes that it got from then on."""
        before = len(self.wire)
        self.run(self.session.app_data(data))
        return bytes(self.wire[before:])

    def run(self, effects: Effects) -> None:
        """Carry out effects of the session until nothing moves any more."""
        self._do_guard(effects)
        self._settle()

    def advance(self, seconds: float) -> None:
        """Let time pass; timers fire in order."""
        end = self._now + seconds
        while due := [(at, key) for key, at in self._timers.items() if at <= end]:
            at, key = min(due)
            self._pass(at - self._now)
            del self._timers[key]
            self._fire(*key)
            self._settle()
        self._pass(end - self._now)

    @property
    def running(self) -> set[str]:
        """Names of the session's timers that run, but those that only forget."""
        kept = {"given", "left", "told", "till:again", "terminal:again"}
        return {name for who, name in self._timers if who == "guard"} - kept

    @property
    def phases(self) -> list[tuple[IntentKind, Phase, int | None]]:
        """Kind, phase and amount of every entry in the ledger, oldest first."""
        entries = sorted(self.shop.store.ledger.search(), key=lambda entry: entry.id)
        return [(entry.kind, entry.phase, entry.amount) for entry in entries]

    # -- moving bytes --------------------------------------------------------------------------

    def _pass(self, seconds: float) -> None:
        self._now += seconds
        self.shop.clock.advance(seconds)

    def _fire(self, who: str, name: str) -> None:
        if who == "guard":
            self._do_guard(self.session.timer(name))
        elif who == "twin":
            self._do_twin(self.terminal.timer(name))
        elif who == "rig":
            self.run(self.session.device_connected())
        else:
            heard = self.line.timer(name)
            self._do_till(heard.effects if heard else [])
            self.refused_by_line |= heard is not None and heard.lost

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
                    self._events.append(self._lost if self.plug_s else self._reconnect)
                case _:
                    self._timer("guard", effect)

    def _to_terminal(self, data: bytes) -> None:
        self._do_twin(self.terminal.data(data))

    def _lost(self) -> None:
        """A serial port is opened anew after a while: the terminal behind it notices nothing."""
        self._do_guard(self.session.device_closed())
        self._timers["rig", "plug"] = self._now + self.plug_s

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

    def _from_terminal(self, data: bytes) -> None:
        self._do_guard(self.session.device_data(data))

    def _do_till(self, effects: Effects) -> None:
        for effect in effects:
            if isinstance(effect, ToDevice):
                self._events.append(partial(self._from_till, effect.data))
            else:
                self._timer("till", effect)

    def _from_till(self, data: bytes) -> None:
        self._do_guard(self.session.app_data(data))

    def _timer(self, who: str, effect: Effect) -> None:
        if isinstance(effect, SetTimer):
            self._timers[who, effect.name] = self._now + effect.seconds
        elif isinstance(effect, CancelTimer):
            self._timers.pop((who, effect.name), None)

    def _till_got(self, data: bytes) -> None:
        self.wire += data
        if not self.auto:
            return
        heard = self.line.receive(data)
        self._do_till(heard.effects)
        self.refused_by_line |= heard.lost
        if heard.error is not None:
            self._do_till(self.line.rejected())
        for unit in heard.units:
            self.till.append(unit)
            self._do_till(self.line.took())
