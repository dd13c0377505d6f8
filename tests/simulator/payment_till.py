"""A till that speaks to a simulated terminal or host directly, on a clock that a test moves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

import click

from pos_guard.errors import FrameError
from pos_guard.links.dialect import Ask, Heard, Says
from pos_guard.links.session import (
    CancelTimer,
    CloseApp,
    Effect,
    Effects,
    SetTimer,
    ToApp,
    ToDevice,
)
from pos_guard.model import Outcome
from pos_guard_simulator.faulty_line.line import FaultyLine
from pos_guard_simulator.payment_twin import PaymentTwin
from pos_guard_simulator.simulate import host, terminal
from pos_guard_simulator.simulate_device import Device
from pos_guard_simulator.simulate_place import Place
from tests.simulation.exchange_profiles import PROFILES, Profile


@dataclass(frozen=True)
class Spoken:
    """A simulated device by the words of the command line, and how a till speaks to it."""

    words: str
    profile: Profile


def _words(profile: Profile) -> str:
    name = profile.name.partition(":")[0]
    match profile.protocol:
        case "stx":
            return f"terminal {name}"
        case "iso8583":
            return f"host iso8583 --profile {name}"
        case _:
            return "terminal caisse-ap"


SPOKEN = {
    (profile.name.partition(":")[0] or profile.protocol): Spoken(_words(profile), profile)
    for profile in PROFILES
}
"""Every profile of the exchange links."""


def made_of(words: str, *options: str) -> tuple[Device, Place]:
    """The device that ``pos-guard simulate`` makes of its options."""
    group, *rest = words.split()
    command: click.Command = {"terminal": terminal, "host": host}[group]
    made: tuple[Device, Place] = command.main([*rest, *options], standalone_mode=False)
    return made


class Till:
    """Speaks with a line of its own; ``outcomes`` is what it heard of its requests."""

    def __init__(self, twin: PaymentTwin[Any], profile: Profile) -> None:
        self.twin = twin
        self._profile = profile
        parts = profile.parts()
        self._dialect, self._line = parts.dialect, parts.device
        self._timers: dict[tuple[str, str], float] = {}
        self._now = 0.0
        self._asked: Ask | None = None
        self._count = 0
        self.outcomes: list[Outcome] = []
        self.pieces: list[bytes] = []
        self.hung_up = 0
        self._twin_did(twin.connected())
        self._did(self._line.reset())

    @property
    def moved(self) -> list[int]:
        """Amounts that stand."""
        return [one.amount for one in self.twin.moved]

    def ask(self, kind: str, amount: int, of: str = "") -> None:
        """Send a request."""
        self._count += 1
        unit = self._profile.build(kind, amount, self._count, of)
        self._asked = self._dialect.read(unit)
        self._did(self._line.send(unit))

    def advance(self, seconds: float) -> None:
        """Let time pass; timers fire in order."""
        end = self._now + seconds
        while due := [(at, key) for key, at in self._timers.items() if at <= end]:
            at, (who, name) = min(due)
            self._now = at
            del self._timers[who, name]
            if who == "twin":
                self._twin_did(self.twin.timer(name))
            else:
                self._heard(self._line.timer(name) or Heard())
        self._now = end

    def _twin_did(self, effects: Effects) -> None:
        for effect in effects:
            if isinstance(effect, ToApp):
                self.pieces.append(effect.data)
                self._heard(self._line.receive(effect.data))
            elif isinstance(effect, CloseApp):
                self.hung_up += 1
            else:
                self._timer("twin", effect)

    def _did(self, effects: Effects) -> None:
        for effect in effects:
            if isinstance(effect, ToDevice):
                self._twin_did(self.twin.data(effect.data))
            else:
                self._timer("till", effect)

    def _heard(self, heard: Heard) -> None:
        self._did(heard.effects)
        for unit in heard.units:
            self._did(self._line.took())
            self._unit(unit)
        if heard.error is not None:
            self._did(self._line.rejected())

    def _unit(self, unit: bytes) -> None:
        try:
            said = self._dialect.hear(unit, self._asked)
        except FrameError:
            return
        if said.kind is Says.FINAL and said.outcome is not None and self._asked is not None:
            self._asked = None
            self.outcomes.append(said.outcome)

    def _timer(self, who: str, effect: Effect) -> None:
        if isinstance(effect, SetTimer):
            self._timers[who, effect.name] = self._now + effect.seconds
        elif isinstance(effect, CancelTimer):
            self._timers.pop((who, effect.name), None)


def till_at(name: str, *options: str) -> Till:
    """A till at the device that these options make."""
    spoken = SPOKEN[name]
    device, _ = made_of(spoken.words, *options)
    return Till(behind(device), spoken.profile)


def behind(device: Device) -> PaymentTwin[Any]:
    """The twin behind the line of a payment device."""
    assert isinstance(device.twin, FaultyLine)
    return cast("PaymentTwin[Any]", device.twin.twin)
