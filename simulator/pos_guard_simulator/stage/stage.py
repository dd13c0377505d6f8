"""Simulated devices by name: put at their places, asked, and watched."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from pos_guard.frames.decoded import Json
from pos_guard.links.session import Effects
from pos_guard_simulator.seats.seat import PLACE_OPS, Seat, ask_place
from pos_guard_simulator.seats.site import Site
from pos_guard_simulator.simulate_device import (
    STATE,
    Device,
    Fields,
    OnUsb,
    RequestError,
    carry_out,
)
from pos_guard_simulator.simulate_place import Place
from pos_guard_simulator.stage.ending import Ending
from pos_guard_simulator.stage.journal import Journal
from pos_guard_simulator.stage.tap import Tap

UNKNOWN_DEVICE = "unknown-device"
"""The code of an error: no device has this name."""

QUESTIONS = frozenset({STATE, "paper", "book", "picture"})
"""What is only asked: nothing happens by it, so it is no event."""


Carried = Callable[[Effects], Effects]


@dataclass(frozen=True, slots=True)
class _Actor:
    device: Device
    seat: Seat
    carried: Carried


class Stage:
    """One or more devices. Any thread may ask, once they are all there.

    With a ``journal`` every byte is decoded as it passes, and what the devices do is written down.
    Whoever sets ``ended`` ends the run.
    """

    def __init__(self, site: Site, journal: Journal | None = None) -> None:
        self.journal = journal
        self.ended = Ending()
        self._site = site
        self._actors: dict[str, _Actor] = {}
        self._more: dict[str, Mapping[str, Json]] = {}
        self._beside = contextlib.ExitStack()

    def add(self, name: str, device: Device, place: Place) -> None:
        """Put a device on the stage, under a name that no other has.

        :raises click.UsageError: when its place cannot be had.
        """
        shown, carried = self._watched(name, device)
        seat = self._site.seat(shown, place, name)
        self._actors[name] = _Actor(device, seat, carried)
        if device.beside is not None:
            self._more[name] = self._beside.enter_context(device.beside(seat))

    @property
    def devices(self) -> Mapping[str, Device]:
        """The devices by name, in the order in which they came."""
        return {name: actor.device for name, actor in self._actors.items()}

    def facts(self, name: str) -> dict[str, Json]:
        """What a device is, and where it is now.

        :raises RequestError: ``unknown-device``.
        """
        actor = self._actor(name)
        addresses = {**actor.seat.addresses, **self._more.get(name, {})}
        return {"device": actor.device.kind, **actor.device.facts, "addresses": addresses}

    def ask(self, name: str, op: str, fields: Fields) -> Mapping[str, Json]:
        """Carry out a request where the twin lives; what it answers.

        :raises RequestError: there is no such device or operation, or a field is wrong.
        """
        actor = self._actor(name)
        told = fields.shown()
        asked = ask_place(actor.seat, op, fields) if op in PLACE_OPS else _asked(actor, op, fields)
        if self.journal is not None and op not in QUESTIONS:
            self.journal.tell(name, op, told)
        return asked

    def act(self, name: str, act: Callable[[], Effects]) -> None:
        """Run something that somebody does to a device, and its effects.

        :raises RequestError: ``unknown-device``.
        """
        actor = self._actor(name)
        actor.seat.do(lambda: actor.carried(act()))

    @property
    def environment(self) -> dict[str, str]:
        """What makes a program see the devices that are on the simulated machine's USB."""
        return self._site.environment

    def close(self) -> None:
        """Take every device away, the last first, and let each finish."""
        with contextlib.ExitStack() as undo:
            for actor in self._actors.values():
                undo.callback(actor.device.finish)
                undo.callback(actor.seat.close)
            undo.callback(self._beside.close)

    def _actor(self, name: str) -> _Actor:
        actor = self._actors.get(name)
        if actor is None:
            known = ", ".join(self._actors)
            raise RequestError(UNKNOWN_DEVICE, f"there is no {name!r} here, only: {known}")
        return actor

    def _watched(self, name: str, device: Device) -> tuple[Device, Carried]:
        """The device as its place gets it, and what notes what is done to it by hand."""
        journal = self.journal
        if journal is None:
            return device, _as_they_are

        def look() -> None:
            for news in device.watch():
                journal.tell(name, news.kind, news.body)

        if isinstance(device.twin, OnUsb):  # it has no line that could be tapped

            def looked(effects: Effects) -> Effects:
                look()
                return effects

            return device, looked

        def tell(kind: str, body: Mapping[str, Json]) -> None:
            journal.tell(name, kind, body)

        tap = Tap(device.twin, device.protocol, tell, look)
        return replace(device, twin=tap), tap.said


def _as_they_are(effects: Effects) -> Effects:
    return effects


def _asked(actor: _Actor, op: str, fields: Fields) -> Mapping[str, Json]:
    answer: Mapping[str, Json] = {}

    def act() -> Effects:
        nonlocal answer
        reply = carry_out(actor.device, op, fields)
        answer = {**reply.answer, **(actor.seat.line if op == STATE else {})}
        return actor.carried(reply.effects)

    actor.seat.do(act)
    return answer
