"""A provider link between a till that speaks HTTP and a simulated provider."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from pos_guard.frames.provider_profile_file import profile
from pos_guard.links.provider import ProviderSession
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
from pos_guard.model import Source
from pos_guard.money import Money
from pos_guard.store.ledger import Entry, Phase
from pos_guard_simulator.provider_twin import ProviderTwin
from tests.shop import Shop


@dataclass
class Rig:
    """Carries out the session's effects: a till that keeps what it is told, and the twin."""

    shop: Shop
    session: ProviderSession
    twin: ProviderTwin
    timers: dict[str, float] = field(default_factory=dict[str, float])
    told: list[Tell] = field(default_factory=list[Tell])
    asked: list[AskPerson] = field(default_factory=list[AskPerson])
    sent: list[bytes] = field(default_factory=list[bytes])
    till: bytes = b""
    open: bool = False
    device: bool = False

    @property
    def waits(self) -> set[str]:
        """The timers of requests; those of idle connections are left out."""
        return set(self.timers) - {"idle", "stale"}

    def run(self, effects: Effects) -> None:
        """Carry out effects in order, then bring back what the twin answered."""
        answers: Effects = []
        for effect in effects:
            match effect:
                case ToApp(data):
                    assert self.open
                    self.till += data
                case ToDevice(data):
                    assert self.device
                    self.sent.append(data)
                    answers += self.twin.data(data)
                case SetTimer(name, seconds):
                    self.timers[name] = seconds
                case CancelTimer(name):
                    self.timers.pop(name, None)
                case AskPerson():
                    self.asked.append(effect)
                case Tell():
                    self.told.append(effect)
                case CloseApp():
                    self.open = False
                case CloseDevice():
                    self.device = False
        self.from_twin(answers)

    def from_twin(self, effects: Effects) -> None:
        """Bytes and hang-ups of the provider."""
        for effect in effects:
            if isinstance(effect, ToApp):
                self.run(self.session.device_data(effect.data))
            else:
                assert isinstance(effect, CloseApp)
                self.lose_device()

    def connect_device(self) -> None:
        """The shell connected the provider."""
        self.device = True
        self.twin.connected()
        self.run(self.session.device_connected())

    def lose_device(self) -> None:
        """The provider hung up."""
        self.device = False
        self.run(self.session.device_closed())

    def send(self, raw: bytes, *, step: int = 0) -> None:
        """The till connects anew and sends bytes."""
        if self.open:
            self.hang_up()
        self.open = True
        self.run(self.session.app_connected())
        self.go_on(raw, step=step)

    def go_on(self, raw: bytes, *, step: int = 0) -> None:
        """The till sends bytes on the connection that it has."""
        self.till = b""
        for at in range(0, len(raw), step or len(raw) or 1):
            self.run(self.session.app_data(raw[at : at + (step or len(raw))]))

    def hang_up(self) -> None:
        """The till hangs up."""
        self.open = False
        self.run(self.session.app_closed())

    def fire(self, name: str) -> None:
        """That much time has passed."""
        self.shop.clock.advance(self.timers.pop(name))
        self.run(self.session.timer(name))

    def reply(self) -> tuple[int, str | None]:
        """Status of the till's reply, and the state or code in it."""
        head, _, body = self.till.partition(b"\r\n\r\n")
        status = int(head.split(b" ")[1])
        read: dict[str, Any] = json.loads(body) if body else {}
        return status, read.get("trade_state") or read.get("status") or read.get("code")

    def entries(self) -> list[tuple[str, Phase]]:
        """Kind and phase of every entry, oldest first."""
        return [(str(entry.kind), entry.phase) for entry in self.all()]

    def all(self) -> list[Entry]:
        """All entries of the ledger, oldest first."""
        return sorted(self.shop.store.ledger.search(), key=lambda entry: entry.id)


def make_rig(shop: Shop, name: str, link: str, host: str, merchants: frozenset[str]) -> Rig:
    """A cashier who has billed 12.50, and a provider that is connected."""
    session = ProviderSession(link, shop.guard, host, profile=profile(name))
    rig = Rig(shop, session, ProviderTwin(profile(name), shop.clock, merchants))
    rig.connect_device()
    shop.sign_in("anna")
    bill(rig, 1250)
    return rig


def bill(rig: Rig, fen: int) -> None:
    """The till prints a bill."""
    rig.shop.guard.tell_order(None, Money(fen, "CNY"), Source.BILL)
