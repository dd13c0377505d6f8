"""``pos(guard=True)``: the guard stands between the app's ports and the devices."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from pos_guard.config import LinkConfig, Protocol, parse_config
from pos_guard.daemon import MONEY
from pos_guard.guard import Guard
from pos_guard.links.events import LinkEvent, Side, SideChanged
from pos_guard.links.session import Effects, SetTimer
from pos_guard.sessions import make_session
from pos_guard_simulator.bench import Twin
from pos_guard_simulator.guarded.inline import Around, GuardedTwin
from pos_guard_simulator.guarded.settings import GuardedDevice, settings_text
from pos_guard_simulator.pytest_plugin.frames import FrameLog
from pos_guard_simulator.pytest_plugin.place import Place
from pos_guard_simulator.pytest_plugin.shop import Heard

T = TypeVar("T")

MAX_SILENCES = 8
"""Waits of a scanner link until it is set up: one for silence, one for each answer."""


@dataclass(frozen=True, slots=True)
class _Line:
    link: LinkConfig
    twin: GuardedTwin
    place: Place


class GuardedPlace:
    """A device with the guard before it: what is done to the device, the guard sees first."""

    def __init__(self, place: Place, twin: GuardedTwin) -> None:
        self._place = place
        self._twin = twin

    @property
    def address(self) -> str:
        """What the app opens: the guard's side."""
        return self._place.address

    def do(self, act: Callable[[], Effects]) -> None:
        """Somebody does something to the device."""
        self._place.do(lambda: self._twin.said(act()))

    def ask(self, question: Callable[[], T]) -> T:
        """Read something of the device."""
        return self._place.ask(question)

    def settle(self) -> None:
        """Until guard and device have all that the app has sent."""
        self._place.settle()

    def cut(self) -> None:
        """The power goes: the guard's process is gone with it."""
        self._place.do(self._twin.die)
        self._place.cut()

    def unplug(self) -> None:
        """Pull the cable between guard and device; the app's port stays."""
        self._place.do(self._twin.unplug)

    def plug(self) -> None:
        """Put it back in."""
        self._place.do(self._twin.plug)

    def close(self) -> None:
        """Be there no more."""
        self._place.close()


class Guarding:
    """One guard and its links. ``guard`` gives the shop's guard as it is now."""

    def __init__(self, guard: Callable[[], Guard], heard: Heard) -> None:
        self._guard = guard
        self._heard = heard
        self._lines: dict[str, _Line] = {}

    def before(
        self, device: GuardedDevice, name: str, twin: Twin, log: FrameLog
    ) -> tuple[GuardedTwin, LinkConfig]:
        """Put the guard before a twin; its link is not open yet."""
        link = _link(settings_text({name: device}))

        def note(data: bytes, outward: bool) -> None:
            log.note(data, outward=outward)

        around = Around(self._on_event, note, self._heard.lock)
        with self._heard.lock:
            session = make_session(link, self._guard())
        stays = device.app.startswith("pty:")
        return GuardedTwin(session, twin, around, stays=stays), link

    def open(self, link: LinkConfig, twin: GuardedTwin, place: Place) -> GuardedPlace:
        """The guard connects the device."""
        self._lines[link.name] = _Line(link, twin, place)
        place.do(lambda: _begun(link, twin))
        return GuardedPlace(place, twin)

    def answered(self, decision: int) -> None:
        """A person answered: the link that holds the request goes on."""
        line = self._lines.get(self._guard().store.ledger.entry(decision).link)
        if line is not None:
            line.place.do(lambda: line.twin.answered(decision))

    def restart(self) -> None:
        """The guard's process is back: each link has a fresh session."""
        for line in self._lines.values():
            with self._heard.lock:
                session = make_session(line.link, self._guard())
            line.place.do(functools.partial(line.twin.revive, session))

    def _on_event(self, event: LinkEvent) -> None:
        self._heard.events.append(event)
        line = self._lines.get(event.link)
        if line is None or line.link.protocol not in MONEY:
            return
        if isinstance(event, SideChanged) and event.side is Side.DEVICE:
            with self._heard.lock:
                self._guard().device_side(event.link, up=event.up)


@functools.cache
def _link(text: str) -> LinkConfig:
    """Tests of one app have the same few devices: their settings are read once."""
    (link,) = parse_config(text, Path("guard.toml")).links
    return link


def _begun(link: LinkConfig, twin: GuardedTwin) -> Effects:
    """Connected; a scanner was silent for as long as its link waits for before it is set up."""
    effects = twin.begin()
    if link.protocol is not Protocol.SCANNER:
        return effects
    for _ in range(MAX_SILENCES):
        waits = [one for one in effects if isinstance(one, SetTimer)]
        effects = [one for one in effects if one not in waits]
        if not waits:
            break
        effects += [effect for wait in waits for effect in twin.timer(wait.name)]
    return effects
