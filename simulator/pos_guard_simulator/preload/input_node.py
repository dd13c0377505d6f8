"""``/dev/input/event5``: the keys of a keyboard (linux/input.h, drivers/input/evdev.c)."""

from __future__ import annotations

import errno
import struct
import time
from collections import deque
from collections.abc import Callable, Iterable

from pos_guard.frames.hid_keyboard import KEY_OF_USAGE
from pos_guard.frames.keys import (
    EV_KEY,
    EV_LED,
    EV_MSC,
    EV_SYN,
    MODIFIERS,
    SYN_DROPPED,
    KeyEvent,
)
from pos_guard.ports.usb_descriptors import UsbIdentity
from pos_guard_simulator.preload import ioctls
from pos_guard_simulator.preload.caller import Caller, Readiness
from pos_guard_simulator.preload.queue_node import QueueNode

EVENT = struct.Struct("@LLHHi")
VERSION = 0x010001
"""EV_VERSION."""

MAX_EVENTS = 64
"""Kept for a program that does not read; then come SYN_DROPPED and what follows it."""

_BUS_USB = 3
_GET_VERSION, _GET_ID, _GET_REPEAT, _GET_NAME, _GET_PLACE, _GET_SERIAL = 1, 2, 3, 6, 7, 8
_GET_KEYS, _GET_LEDS = 0x18, 0x19
_EMPTY_STATES = frozenset({0x09, 0x1A, 0x1B})  # properties, sounds, switches
_GET_BITS, _END_OF_BITS = 0x20, 0x40
_EFFECTS, _GRAB, _REVOKE, _SET_CLOCK = 0x84, 0x90, 0x91, 0xA0
_REPEAT = (250, 33)  # delay and period in milliseconds, as the kernel sets them
_EV_REP = 0x14
_LEDS = range(5)
_KEYS = frozenset(KEY_OF_USAGE.values()) | MODIFIERS

_KINDS: dict[int, frozenset[int]] = {
    0: frozenset({EV_SYN, EV_KEY, EV_MSC, EV_LED, _EV_REP}),
    EV_KEY: _KEYS,
    EV_MSC: frozenset({4}),
    EV_LED: frozenset(_LEDS),
}


class InputNode(QueueNode):
    """A keyboard's events. ``light`` gets the LEDs as a bit field when a program sets them."""

    def __init__(
        self, ready: Readiness, identity: UsbIdentity, light: Callable[[int], None]
    ) -> None:
        super().__init__(ready, MAX_EVENTS)
        self._light = light
        self._identity = identity
        self._grabbed: Caller | None = None
        self._down: set[int] = set()
        self._leds = 0
        self._texts = {
            _GET_NAME: f"{identity.maker} {identity.name}".encode(),
            _GET_PLACE: b"usb-simulated-1/input0",
            _GET_SERIAL: identity.serial.encode(),
        }

    def keys(self, events: Iterable[KeyEvent]) -> None:
        """The keyboard was typed on."""
        timed: list[bytes] = []
        for event in events:
            if event.type == EV_KEY:
                (self._down.add if event.value else self._down.discard)(event.code)
            timed.append(_timed(event))
        self.put(timed)

    def closed(self, caller: Caller) -> None:
        """Its grab ends with it."""
        if self._grabbed is caller:
            self._grabbed = None
        super().closed(caller)

    def hears(self, caller: Caller) -> bool:
        """Only who has grabbed it, if anybody has."""
        return self._grabbed in (None, caller)

    def read(self, caller: Caller, address: int, size: int) -> int:
        """Whole events."""
        if size < EVENT.size:
            raise OSError(errno.EINVAL, "no room for an event")
        data = self.take(caller, size)
        caller.poke(address, data)
        return len(data)

    def write(self, caller: Caller, address: int, size: int) -> int:
        """Events for the keyboard: its LEDs."""
        self.check_present()
        data = caller.peek(address, size - size % EVENT.size)
        before = self._leds
        for *_, kind, code, value in EVENT.iter_unpack(data):
            if kind == EV_LED and code in _LEDS:
                self._leds = self._leds | 1 << code if value else self._leds & ~(1 << code)
        if self._leds != before:
            self._light(self._leds)
        return len(data)

    def ioctl(self, caller: Caller, request: int, argument: int) -> int:
        """What the keyboard is and has, and the grab."""
        self.check_present()
        if ioctls.kind_of(request) != "E":
            raise OSError(errno.ENOTTY, "no such request")
        code = ioctls.code_of(request)
        if code == _GRAB:
            self._grab(caller, bool(argument))
            return 0
        if code in (_REVOKE, _SET_CLOCK):
            return 0
        answer = self._told(code, ioctls.size_of(request))
        if answer is None:
            raise OSError(errno.EINVAL, "no such request")
        data = answer[: ioctls.size_of(request)]
        caller.poke(argument, data)
        return len(data) if code in self._texts or (code >= _GET_KEYS and code != _EFFECTS) else 0

    def fit(self, records: deque[bytes], size: int) -> bytes:
        """As many as there is room for."""
        return b"".join(records.popleft() for _ in range(min(len(records), size // EVENT.size)))

    def _append(self, records: deque[bytes], record: bytes) -> None:
        if len(records) >= self._max:
            records.clear()
            records.append(_timed(KeyEvent(EV_SYN, SYN_DROPPED, 0)))
        records.append(record)

    def _told(self, code: int, size: int) -> bytes | None:
        if code in self._texts:
            return self._texts[code] + b"\0"
        if _GET_BITS <= code < _END_OF_BITS:
            return _bits(_KINDS.get(code - _GET_BITS, frozenset()), size)
        if code in _EMPTY_STATES:
            return bytes(size)
        vendor, product = self._identity.vendor, self._identity.product
        answers = {
            _GET_VERSION: struct.pack("@i", VERSION),
            _GET_ID: struct.pack("@4H", _BUS_USB, vendor, product, self._identity.release),
            _GET_REPEAT: struct.pack("@2I", *_REPEAT),
            _GET_KEYS: _bits(self._down, size),
            _GET_LEDS: _bits({led for led in _LEDS if self._leds >> led & 1}, size),
            _EFFECTS: bytes(4),
        }
        return answers.get(code)

    def _grab(self, caller: Caller, wanted: bool) -> None:
        if wanted:
            if self._grabbed not in (None, caller):
                raise OSError(errno.EBUSY, "grabbed")
            self._grabbed = caller
        elif self._grabbed is not caller:
            raise OSError(errno.EINVAL, "not grabbed")
        else:
            self._grabbed = None


def _timed(event: KeyEvent) -> bytes:
    now = time.time_ns() // 1_000
    seconds, microseconds = divmod(now, 1_000_000)
    return EVENT.pack(seconds, microseconds, event.type, event.code, event.value)


def _bits(numbers: Iterable[int], size: int) -> bytes:
    field = bytearray(size)
    for number in numbers:
        if number // 8 < size:
            field[number // 8] |= 1 << number % 8
    return bytes(field)
