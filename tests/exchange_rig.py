"""A till, the exchange session and a toy device on one virtual clock, without I/O."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from pos_guard.guard import Guard
from pos_guard.links.dialect import ExchangeTiming
from pos_guard.links.exchange import ExchangeSession
from pos_guard.links.session import (
    AskPerson,
    CancelTimer,
    CloseApp,
    CloseDevice,
    Effects,
    Session,
    SetTimer,
    Tell,
    ToApp,
    ToDevice,
)
from pos_guard.model import IntentKind
from pos_guard.store.ledger import Phase
from tests.exchange_toy import ACK, LINK, NAK, TIMING, Device, Toy, parts
from tests.shop import Shop


@dataclass
class Rig:
    """A till, the session and the device. ``till`` holds the lines that the till got."""

    shop: Shop
    dialect: Toy = field(default_factory=Toy)
    device: Device = field(default_factory=Device)
    acks: bool = True
    timing: ExchangeTiming = TIMING
    app_survives: bool = False
    polite: bool = True

    def __post_init__(self) -> None:
        self.till: list[str] = []
        self.signals: list[str] = []
        self.told: list[Tell] = []
        self.asked: list[int] = []
        self.closed: list[str] = []
        self.order: list[str] = []
        self._timers: dict[str, float] = {}
        self._events: deque[Callable[[], None]] = deque()
        self._now = 0.0
        self._rest = {"app": b"", "device": b""}
        self.open()

    @property
    def guard(self) -> Guard:
        return self.shop.guard

    def open(self) -> None:
        """A fresh session, as after a start; the device is connected."""
        self._timers.clear()
        self._rest["device"] = b""
        made = parts(self.dialect, self.timing, acks=self.acks)
        self.session: Session = ExchangeSession(
            LINK, self.shop.guard, made, app_survives=self.app_survives
        )
        self.run(self.session.app_connected())
        self.plug()

    def plug(self) -> None:
        self.run(self.session.device_connected())

    def unplug(self) -> None:
        self._rest["device"] = b""
        self.run(self.session.device_closed())

    def hang_up(self) -> None:
        self.run(self.session.app_closed())
        self._rest["app"] = b""
        self.run(self.session.app_connected())

    def send(self, *units: str) -> list[str]:
        """The till sends units in one segment; what it got from then on."""
        before = len(self.till)
        self.raw("".join(f"{unit}\n" for unit in units).encode())
        return self.till[before:]

    def raw(self, data: bytes) -> None:
        self.run(self.session.app_data(data))

    def device_says(self, *units: str) -> None:
        self.run(self.session.device_data("".join(f"{unit}\n" for unit in units).encode()))

    def answer(self, decision: int) -> None:
        self.run(self.session.answered(decision))

    def run(self, effects: Effects) -> None:
        """Carry out effects until nothing moves any more."""
        self._do(effects)
        while self._events:
            self._events.popleft()()

    def advance(self, seconds: float) -> None:
        end = self._now + seconds
        while due := [(at, name) for name, at in self._timers.items() if at <= end]:
            at, name = min(due)
            self._pass(at - self._now)
            del self._timers[name]
            self.run(self.session.timer(name))
        self._pass(end - self._now)

    @property
    def running(self) -> set[str]:
        """Timers that run, but those that outlive an answer."""
        return set(self._timers) - {"given", "left", "told"}

    @property
    def phases(self) -> list[tuple[IntentKind, Phase, int | None]]:
        entries = self.shop.store.ledger.search(link=LINK)
        return [(e.kind, e.phase, e.amount) for e in sorted(entries, key=lambda e: e.id)]

    def _pass(self, seconds: float) -> None:
        self._now += seconds
        self.shop.clock.advance(seconds)

    def _do(self, effects: Effects) -> None:
        for effect in effects:
            match effect:
                case ToApp(data):
                    self._events.append(partial(self._till_got, data))
                case ToDevice(data):
                    self._events.append(partial(self._device_got, data))
                case Tell():
                    self.told.append(effect)
                case AskPerson(decision):
                    self.asked.append(decision)
                case CloseApp(reason):
                    self.closed.append(reason)
                    self._events.append(self.hang_up)
                case CloseDevice(reason):
                    self.closed.append(reason)
                    self._events.append(self._reconnect)
                case SetTimer(name, seconds):
                    self._timers[name] = self._now + seconds
                case CancelTimer(name):
                    self._timers.pop(name, None)

    def _reconnect(self) -> None:
        self._rest["device"] = b""
        self._do(self.session.device_closed())
        self._do(self.session.device_connected())

    def _till_got(self, data: bytes) -> None:
        for unit in self._units("app", data):
            if self.acks and self.polite:
                self._do(self.session.app_data(ACK))
            self.till.append(unit)
            self.order.append(f"till {unit}")

    def _device_got(self, data: bytes) -> None:
        for unit in self._units("device", data):
            if self.device.deaf:
                continue
            if self.device.naks:
                self.device.naks -= 1
                self._events.append(partial(self._device_naks))
                continue
            if self.acks:
                self._do(self.session.device_data(ACK))
            self.order.append(f"device {unit}")
            for answer in self.device.answers(unit):
                self._events.append(partial(self._device_sends, answer))

    def _device_naks(self) -> None:
        self._do(self.session.device_data(NAK))

    def _device_sends(self, answer: str) -> None:
        self._do(self.session.device_data(f"{answer}\n".encode()))

    def _units(self, side: str, data: bytes) -> list[str]:
        *units, self._rest[side] = (self._rest[side] + data).split(b"\n")
        said: list[str] = []
        for text in (unit.decode() for unit in units):
            unit = text.lstrip("+-")
            self._signals(side, text[: len(text) - len(unit)])
            said.append(unit)
        while self._rest[side][:1] in (ACK, NAK) and self._rest[side]:
            self._signals(side, self._rest[side][:1].decode())
            self._rest[side] = self._rest[side][1:]
        return said

    def _signals(self, side: str, text: str) -> None:
        for sign in text:
            self.signals.append(f"{side} {sign}")
            self.order.append(f"{side} {sign}")
