"""Key events in their one normal form: Linux input events without their time, 8 bytes each.

Source: linux/input.h and linux/input-event-codes.h. Little-endian type, code, value, whatever the
machine; a port makes them of what its kernel gives.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from construct import ConstructError, Int16ul, Int32sl, Struct, Terminated

from pos_guard.errors import FrameError

SIZE: Final = 8
"""Bytes of an event."""

MAX_EVENTS: Final = 65_536
"""Events of one read: the longest code typed with four events for each character and a SYN each."""

EV_SYN, EV_KEY, EV_MSC, EV_LED = 0x00, 0x01, 0x04, 0x11
SYN_REPORT, SYN_DROPPED = 0, 3
UP, DOWN, AGAIN = 0, 1, 2
"""Values of a key: released, pressed, repeated by the kernel while it is held."""

KEY_TAB, KEY_ENTER, KEY_SPACE, KEY_CAPSLOCK, KEY_NUMLOCK, KEY_KPENTER = 15, 28, 57, 58, 69, 96
KEY_LEFTCTRL, KEY_RIGHTCTRL = 29, 97
KEY_LEFTSHIFT, KEY_RIGHTSHIFT = 42, 54
KEY_LEFTALT, KEY_RIGHTALT = 56, 100
KEY_LEFTMETA, KEY_RIGHTMETA = 125, 126

SHIFTS: Final = frozenset({KEY_LEFTSHIFT, KEY_RIGHTSHIFT})
CTRLS: Final = frozenset({KEY_LEFTCTRL, KEY_RIGHTCTRL})
METAS: Final = frozenset({KEY_LEFTMETA, KEY_RIGHTMETA})
MODIFIERS: Final = SHIFTS | CTRLS | METAS | {KEY_LEFTALT, KEY_RIGHTALT}

KEYPAD_DIGITS: Final = {
    82: "0",
    79: "1",
    80: "2",
    81: "3",
    75: "4",
    76: "5",
    77: "6",
    71: "7",
    72: "8",
    73: "9",
}
KEYPAD: Final = {**KEYPAD_DIGITS, 55: "*", 74: "-", 78: "+", 83: ".", 98: "/", 117: "="}
"""What the keys of the keypad give with Num Lock; the decimal key is a point."""

_EVENT = Struct("type" / Int16ul, "code" / Int16ul, "value" / Int32sl, Terminated)


@dataclass(frozen=True, slots=True)
class KeyEvent:
    """One input event."""

    type: int
    code: int
    value: int

    def to_bytes(self) -> bytes:
        """Eight bytes."""
        return bytes(_EVENT.build({"type": self.type, "code": self.code, "value": self.value}))


SYN: Final = KeyEvent(EV_SYN, SYN_REPORT, 0)
"""The end of what happened at one moment."""


def parse_events(data: bytes) -> list[KeyEvent]:
    """Read whole events.

    :raises FrameError: ``length`` for part of an event, or for too many.
    """
    if len(data) % SIZE or len(data) > MAX_EVENTS * SIZE:
        raise FrameError("length", f"{len(data)} bytes are no whole key events", 0)
    return [_parse(data[start : start + SIZE]) for start in range(0, len(data), SIZE)]


def build_events(events: Iterable[KeyEvent]) -> bytes:
    """Their bytes, one after another."""
    return b"".join(event.to_bytes() for event in events)


def _parse(data: bytes) -> KeyEvent:
    try:
        parsed: Any = _EVENT.parse(data)
    except ConstructError as error:  # pragma: no cover - there are eight bytes
        raise FrameError("length", "no event", 0) from error
    return KeyEvent(int(parsed.type), int(parsed.code), int(parsed.value))
