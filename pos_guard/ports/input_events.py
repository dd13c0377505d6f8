"""Linux input events as the kernel has them, turned into the normal form of ``frames.keys``.

Own fcntl calls, and not python-evdev: that is a C extension without wheels, so a terminal would
need a compiler and kernel headers for two structures and six calls.

Sources: linux/input.h, Documentation/input/event-codes.rst.
"""

from __future__ import annotations

import struct
import time
from collections.abc import Callable, Iterable
from typing import Final

from pos_guard.errors import LocalError
from pos_guard.frames.keys import (
    DOWN,
    EV_KEY,
    EV_SYN,
    MODIFIERS,
    SIZE,
    SYN,
    SYN_DROPPED,
    KeyEvent,
    build_events,
)
from pos_guard.ports.descriptor import DescriptorPort

DROPPED: Final = KeyEvent(EV_SYN, SYN_DROPPED, 0)
"""The kernel's buffer was full: events are lost."""

OWN_NAME = "pos-guard "
"""How the name of our own virtual keyboards begins, which we never read."""

_TIMED = struct.Struct("@LLHHi")
KERNEL_BYTES = _TIMED.size
"""Bytes of one event as the kernel gives it: 24, or 16 on 32-bit systems."""

READ_EVENTS = 64
"""Events read at once: what the kernel keeps for one reader of a keyboard."""


def from_kernel(data: bytes) -> list[KeyEvent]:
    """Whole events as the kernel gives them; a part of one is left out, and so is their time."""
    whole = len(data) - len(data) % KERNEL_BYTES
    return [KeyEvent(*fields[2:]) for fields in _TIMED.iter_unpack(data[:whole])]


def for_kernel(events: Iterable[KeyEvent]) -> bytes:
    """Events as the kernel takes them; it sets their time itself."""
    return b"".join(_TIMED.pack(0, 0, item.type, item.code, item.value) for item in events)


def void(held: Iterable[int]) -> list[KeyEvent]:
    """What is being typed is void; these keys are down, of which only modifiers matter."""
    pressed = [KeyEvent(EV_KEY, code, DOWN) for code in held if code in MODIFIERS]
    return [DROPPED, *pressed, SYN]


class DropSieve:
    """Keeps what is whole: after SYN_DROPPED events are incomplete (event-codes.rst).

    All up to the next SYN_REPORT goes. What is given instead: SYN_DROPPED, and the modifiers that
    are ``held`` now as presses, because their own events may be among the lost ones.
    """

    def __init__(self, held: Callable[[], Iterable[int]]) -> None:
        self._held = held
        self._dropping = False

    def take(self, events: list[KeyEvent]) -> list[KeyEvent]:
        """What its user may see of these."""
        kept: list[KeyEvent] = []
        for event in events:
            if event == DROPPED:
                self._dropping = True
            elif not self._dropping:
                kept.append(event)
            elif event == SYN:
                self._dropping = False
                kept += void(self._held())
        return kept


class InputPort(DescriptorPort):
    """A port that gives key events in the normal form."""

    def read(self, limit: int, seconds: float) -> bytes:
        """Whole events, at most ``limit`` bytes; see :class:`~pos_guard.ports.base.Port`.

        :raises LocalError: when ``limit`` is less than one event.
        """
        deadline = time.monotonic() + seconds
        room = min(limit // SIZE, READ_EVENTS)
        if not room:
            raise LocalError(f"a key event has {SIZE} bytes: read as many at once")
        while True:
            left = max(deadline - time.monotonic(), 0.0)
            kept = self._sift(from_kernel(super().read(room * KERNEL_BYTES, left)))
            if kept:
                return build_events(kept)

    def _sift(self, events: list[KeyEvent]) -> list[KeyEvent]:
        """What of these events the reader is given; it may be more than it asked for."""
        return events
