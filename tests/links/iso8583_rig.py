"""A till, the link under test and a simulated host on one virtual clock, without I/O."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from pos_guard.frames.iso8583 import Message, build, parse
from pos_guard.frames.iso8583_framing import LengthFramer
from pos_guard.links.exchange import ExchangeSession
from pos_guard.links.iso8583_make import make, read_settings
from pos_guard.links.session import (
    AskPerson,
    CancelTimer,
    CloseApp,
    CloseDevice,
    Effects,
    SetTimer,
    Tell,
    ToApp,
    ToDevice,
)
from pos_guard.model import IntentKind, Source
from pos_guard.money import Money
from pos_guard.ports.address import Kind
from pos_guard.store.ledger import Phase
from pos_guard_simulator.iso8583_host import HostSettings, Iso8583Host
from pos_guard_simulator.zvt_book import Script
from tests import shop as shops
from tests.shop import Shop

TERMINAL, MERCHANT = "10016919", "84329004582000B"
BATCH = "000727"
TPDU, HEAD = bytes.fromhex("6000030000"), bytes.fromhex("603100310100")
TEST_CARD = "6224240000000000"

POLICY = shops.POLICY.replace('"EUR"', '"CNY"').replace(
    'terminals = ["52001233"]', f'terminals = ["{MERCHANT}:{TERMINAL}"]'
)

_FORMS = {
    "sale": ("0200", "000000", "22"),
    "void": ("0200", "200000", "23"),
    "refund": ("0220", "200000", "25"),
    "reversal": ("0400", "000000", "22"),
    "balance": ("0200", "310000", "01"),
    "odd": ("0200", "190000", "22"),
}


def request(kind: str, amount: int, trace: int, of: int | None = None, **more: str) -> Message:
    """A till's message; ``of``: the trace of what it undoes; ``more``: ``f48="…"``."""
    mti, code, transaction = _FORMS[kind]
    fields = {
        2: TEST_CARD,
        3: code,
        4: f"{amount:012d}",
        11: f"{trace:06d}",
        22: "0210",
        25: "00",
        41: TERMINAL,
        42: MERCHANT,
        49: "156",
        60: f"{transaction}{BATCH}000600",
        64: "0" * 16,
    }
    if of is not None:
        fields[61] = f"{BATCH}{of:06d}0824"
    if kind == "reversal":
        fields[39] = "98"
    fields |= {int(name[1:]): value for name, value in more.items()}
    return Message(mti, fields, TPDU, HEAD)


def sign_on(trace: int) -> Message:
    """0800."""
    fields = {11: f"{trace:06d}", 41: TERMINAL, 42: MERCHANT, 60: f"00{BATCH}003"}
    return Message("0800", fields, TPDU, HEAD)


@dataclass
class Rig:
    """``till``: what the till got, read; ``told``, ``asked``, ``closed``: what else happened."""

    shop: Shop
    script: Script = field(default_factory=Script)
    profile: str = "iso8583-cup"
    reversals: str = "approve"
    name: str = "iso"

    def __post_init__(self) -> None:
        self.known, options = read_settings(self.profile)
        settings = HostSettings(self.known, swap=options.swap, reversals=self.reversals)
        self.host = Iso8583Host(settings, self.script)
        self.till: list[Message] = []
        self.told: list[Tell] = []
        self.asked: list[int] = []
        self.closed: list[str] = []
        self._timers: dict[tuple[str, str], float] = {}
        self._now = 0.0
        self.open()

    def open(self) -> None:
        """A new session: at the start, and after the guard died."""
        self.session = ExchangeSession(
            self.name, self.shop.guard, make(self.profile, Kind.TCP, Kind.TCP)
        )
        self._timers = {key: at for key, at in self._timers.items() if key[0] == "host"}
        self.dial()
        self._host(self.host.connected())
        self._guard(self.session.device_connected())

    def dial(self) -> None:
        """The till connects."""
        self._framer = LengthFramer(self.known)
        self._guard(self.session.app_connected())

    def order(self, amount: int) -> None:
        """The bill of the next customer."""
        self.shop.guard.tell_order(None, Money(amount, "CNY"), Source.BILL)

    def send(self, *messages: Message) -> list[Message]:
        """What the till gets for messages in one segment."""
        return self.raw(b"".join(self.wire(message) for message in messages))

    def wire(self, message: Message) -> bytes:
        unit = build(message, self.known)
        return self.known.length.write(len(unit)) + unit

    def raw(self, data: bytes) -> list[Message]:
        before = len(self.till)
        self._guard(self.session.app_data(data))
        return self.till[before:]

    def from_host(self, data: bytes) -> None:
        self._guard(self.session.device_data(data))

    def approve(self, decision: int, person: str = "maya") -> list[Message]:
        """A second person says yes."""
        before = len(self.till)
        pin = shops.PINS[person]
        self.shop.guard.approve(decision, person, pin)
        self._guard(self.session.answered(decision))
        return self.till[before:]

    def decline(self, decision: int, person: str = "maya") -> list[Message]:
        """A second person says no."""
        before = len(self.till)
        self.shop.guard.decline(decision, person)
        self._guard(self.session.answered(decision))
        return self.till[before:]

    def hang_up(self) -> None:
        self._guard(self.session.app_closed())

    def lose_host(self) -> None:
        self._guard(self.session.device_closed())

    def advance(self, seconds: float) -> list[Message]:
        """Time passes; each timer rings at its time."""
        before, end = len(self.till), self._now + seconds
        while self._timers:
            key, at = min(self._timers.items(), key=lambda item: item[1])
            if at > end:
                break
            self._now = at
            del self._timers[key]
            if key[0] == "host":
                self._host(self.host.timer(key[1]))
            else:
                self._guard(self.session.timer(key[1]))
        self._now = end
        return self.till[before:]

    @property
    def phases(self) -> list[tuple[IntentKind, Phase, int | None]]:
        entries = self.shop.store.ledger.search(link=self.name)
        return [(entry.kind, entry.phase, entry.amount) for entry in reversed(entries)]

    @property
    def heard(self) -> list[Message]:
        """What reached the host."""
        return [parse(unit, self.known) for unit in self.host.heard]

    def _guard(self, effects: Effects) -> None:
        for effect in effects:
            if isinstance(effect, ToDevice):
                self._host(self.host.data(effect.data))
            elif isinstance(effect, ToApp):
                self._framer.feed(effect.data)
                while (unit := self._framer.take()) is not None:
                    self.till.append(parse(unit, self.known))
            elif isinstance(effect, Tell):
                self.told.append(effect)
            elif isinstance(effect, AskPerson):
                self.asked.append(effect.decision)
            elif isinstance(effect, CloseApp | CloseDevice):
                self.closed.append(effect.reason)
            else:
                self._timer("guard", effect)

    def _host(self, effects: Effects) -> None:
        for effect in effects:
            if isinstance(effect, ToApp):
                self._guard(self.session.device_data(effect.data))
            elif isinstance(effect, CloseApp):
                self._host(self.host.closed())
                self.lose_host()
                self._host(self.host.connected())
                self._guard(self.session.device_connected())
            else:
                self._timer("host", effect)

    def _timer(self, who: str, effect: object) -> None:
        if isinstance(effect, SetTimer):
            self._timers[who, effect.name] = self._now + effect.seconds
        elif isinstance(effect, CancelTimer):
            self._timers.pop((who, effect.name), None)


def open_shop(directory: Path, change: Callable[[str], str] = lambda text: text) -> Shop:
    """A shop that takes yuan; ben, who may refund, is signed in."""
    made = shops.shop(directory, policy=change(POLICY))
    made.sign_in("ben")
    return made
