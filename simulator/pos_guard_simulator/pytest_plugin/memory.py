"""A twin in this very process: what an app writes has arrived when ``write`` returns.

The app opens its ``sim://`` address by pyserial (``protocol_sim``), and no kernel is in between.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Mapping
from typing import TypeVar
from weakref import WeakValueDictionary

from pos_guard.links.session import CancelTimer, CloseApp, Effects, SetTimer, ToApp
from pos_guard_simulator.pytest_plugin.watched import Watched
from pos_guard_simulator.rfc2217_line import LineSettings
from pos_guard_simulator.usb_serial.timers import NamedTimers

T = TypeVar("T")

SCHEME = "sim://"

MAX_UNREAD = 65_536
"""Bytes that wait for an app that does not read; later ones are lost, as in a serial driver."""

_NUMBERS = itertools.count(1)
_PLACES: WeakValueDictionary[str, MemoryPlace] = WeakValueDictionary()


def place_at(address: str) -> MemoryPlace | None:
    """The device at a ``sim://`` address of this process."""
    return _PLACES.get(address)


class MemoryPlace:
    """One device, and the one line that an app has open to it, with its ``settings``."""

    def __init__(self, name: str, twin: Watched) -> None:
        self.address = f"{SCHEME}{next(_NUMBERS)}/{name}"
        lock = threading.RLock()
        self.changed = threading.Condition(lock)
        self.connected = False
        self.plugged = True
        self.unread = bytearray()
        self.settings = LineSettings()
        self._twin = twin
        self._timers = NamedTimers(lock, self._ring, lambda: None)
        _PLACES[self.address] = self

    # -- for the app's side -------------------------------------------------------------------

    @property
    def free(self) -> bool:
        """It takes bytes now."""
        with self.changed:
            return self.plugged and self._twin.room > 0

    def connect(self) -> bool:
        """The app opens the line; False: it is taken, or there is no device."""
        with self.changed:
            if self.connected or not self.plugged:
                return False
            self.connected = True
            self.unread.clear()  # what came before is lost, as with a serial line
            self._carry_out(self._twin.connected())
            return True

    def hang_up(self) -> None:
        """Either side hangs up."""
        with self.changed:
            if self.connected:
                self.connected = False
                self._carry_out(self._twin.closed())

    def take(self, data: bytes) -> int:
        """Hand over what the twin takes now. Call with ``changed`` held."""
        taken = data[: self._twin.room]
        if taken:
            self._carry_out(self._twin.data(taken))
        return len(taken)

    # -- a place ------------------------------------------------------------------------------

    def do(self, act: Callable[[], Effects]) -> None:
        """Run it while nobody else touches the twin."""
        with self.changed:
            self._carry_out(self._twin.said(act()))

    def ask(self, question: Callable[[], T]) -> T:
        """Read it while nobody else touches the twin."""
        with self.changed:
            return question()

    def set_lines(self, wires: Mapping[str, bool]) -> None:
        """Drive some of cts, dsr, ri and cd."""
        with self.changed:
            for wire, on in wires.items():
                setattr(self.settings, wire, on)

    def settle(self) -> None:
        """What was written has arrived."""

    def cut(self) -> None:
        """A serial line has no connection to lose."""

    def unplug(self) -> None:
        """Pull the cable."""
        with self.changed:
            self.plugged = False
            self.hang_up()
            self.changed.notify_all()

    def plug(self) -> None:
        """Put it back in."""
        self.plugged = True

    def close(self) -> None:
        """No timer of it runs on."""
        self.unplug()
        with self.changed:
            self._timers.cancel_all()

    def _carry_out(self, effects: Effects) -> None:
        for effect in effects:
            if isinstance(effect, ToApp):
                if self.connected:
                    self.unread += effect.data[: MAX_UNREAD - len(self.unread)]
            elif isinstance(effect, SetTimer):
                self._timers.set(effect.name, effect.seconds)
            elif isinstance(effect, CancelTimer):
                self._timers.cancel(effect.name)
            elif isinstance(effect, CloseApp):
                self.hang_up()
        self.changed.notify_all()

    def _ring(self, name: str) -> None:
        self._carry_out(self._twin.timer(name))
