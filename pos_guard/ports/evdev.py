"""A port to a keyboard-wedge scanner through the kernel's input layer: ``/dev/input/event3``.

The device is grabbed: while this port is open nothing that the scanner types reaches another
program. When it closes, or its process dies, the keyboard types again: docs/usb.md says how a
till is kept from that.
"""

from __future__ import annotations

import errno
import fcntl
import os
import select
import struct
import time
from dataclasses import dataclass

from pos_guard.errors import PortBusyError, PortError
from pos_guard.frames.keys import EV_KEY, KeyEvent, build_events
from pos_guard.ports.descriptor import port_error
from pos_guard.ports.input_events import (
    DROPPED,
    KERNEL_BYTES,
    OWN_NAME,
    READ_EVENTS,
    DropSieve,
    InputPort,
    from_kernel,
    void,
)
from pos_guard.ports.ioctls import ior, iow
from pos_guard.ports.node_error import open_error
from pos_guard.ports.usb_errors import DeviceKind

HELD_SECONDS = 3.0
"""How long ``open`` waits for a key that is held down: a scan being typed is over by then."""

QUIET_SECONDS = 0.25
"""Silence after which no scan is being typed: scanners can be set to some 75 ms between keys."""

KEYBOARD = DeviceKind("scanner", "stop it", "input", "60-pos-guard-scanners")

_TEXT = 256
_KEY_BYTES = 0x300 // 8

# linux/input.h
_GET_ID = ior("E", 0x02, 8)
_GET_NAME = ior("E", 0x06, _TEXT)
_GET_UNIQUE = ior("E", 0x08, _TEXT)
_GET_KEYS = ior("E", 0x18, _KEY_BYTES)
_GRAB = iow("E", 0x90, 4)


@dataclass(frozen=True, slots=True)
class InputFacts:
    """What the kernel says of an input device."""

    bus: int
    vendor: int
    product: int
    name: str
    serial: str = ""


class EvdevPort(InputPort):
    """A :class:`~pos_guard.ports.base.Port` of key events in the normal form, for us alone.

    The event ``SYNDROPPED`` says that keys were lost, and that what was being typed is void; the
    modifiers that are still held follow it as presses. It comes first when a scan was under way
    while the keyboard was grabbed. Takes the descriptor over.
    """

    def __init__(self, fd: int, facts: InputFacts, first: list[KeyEvent]) -> None:
        super().__init__(fd, lambda: os.close(fd))
        self.facts = facts
        self._first = first
        self._sieve = DropSieve(lambda: _held(fd))

    @classmethod
    def open(cls, device: str) -> EvdevPort:
        """Open and grab the device, once no key of it is held.

        :raises PortClosedError: when there is no such device.
        :raises PortBusyError: when another program has grabbed it, or a key stays held.
        :raises PortError: without permission (says which group), when it is no input device, or
            when it is the guard's own virtual keyboard.
        """
        try:
            fd = os.open(device, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError as error:
            raise open_error(device, error, KEYBOARD) from error
        try:
            return cls(fd, *_grab(fd, device))
        except PortError:
            os.close(fd)
            raise
        except OSError as error:
            os.close(fd)
            if error.errno in {errno.ENOTTY, errno.EINVAL}:
                raise PortError(f"{device} is no input device") from error
            raise open_error(device, error, KEYBOARD) from error

    def read(self, limit: int, seconds: float) -> bytes:
        """Whole events; see :class:`~pos_guard.ports.input_events.InputPort`."""
        first, self._first = self._first, []
        return build_events(first) if first else super().read(limit, seconds)

    def write(self, data: bytes, seconds: float) -> None:
        """Refused: a keyboard takes no commands this way.

        :raises PortError: always.
        """
        del data, seconds
        raise PortError("a keyboard scanner takes no commands")

    def _sift(self, events: list[KeyEvent]) -> list[KeyEvent]:
        try:
            return self._sieve.take(events)
        except OSError as error:  # which keys are held cannot be asked any more
            raise port_error(error) from error


def _grab(fd: int, device: str) -> tuple[InputFacts, list[KeyEvent]]:
    """Take the keyboard for ourselves; what its reader must know first."""
    facts = _facts(fd)
    if facts.name.startswith(OWN_NAME):
        raise PortError(f"{device} is the guard's own virtual keyboard, not a scanner")
    if not _wait_until_quiet(fd):
        raise PortBusyError(f"{device}: a key is held down, or it types without end")
    try:
        fcntl.ioctl(fd, _GRAB, 1)
    except OSError as error:
        if error.errno != errno.EBUSY:
            raise
        raise PortBusyError(f"{device} is grabbed by another program: stop it") from error
    # Keys that came in between went to everybody: no scan may be made of the rest.
    held = _held(fd)
    return facts, void(held) if _drain(fd) or held else []


def _wait_until_quiet(fd: int) -> bool:
    poll = select.poll()
    poll.register(fd, select.POLLIN)
    deadline = time.monotonic() + HELD_SECONDS
    while time.monotonic() < deadline:
        if poll.poll(QUIET_SECONDS * 1000):
            _drain(fd)
        elif not _held(fd):
            return True
    return False


def _drain(fd: int) -> bool:
    """Throw away what was typed so far; whether there were keys."""
    keys = False
    for _ in range(READ_EVENTS):
        try:
            events = from_kernel(os.read(fd, READ_EVENTS * KERNEL_BYTES))
        except BlockingIOError:
            break
        keys = keys or any(event.type == EV_KEY or event == DROPPED for event in events)
    return keys


def _held(fd: int) -> list[int]:
    """The keys that are down."""
    bits = bytearray(_KEY_BYTES)
    fcntl.ioctl(fd, _GET_KEYS, bits)
    down = int.from_bytes(bits, "little")
    return [code for code in range(_KEY_BYTES * 8) if down >> code & 1]


def _facts(fd: int) -> InputFacts:
    name = _text(fd, _GET_NAME)
    bus, vendor, product, _ = struct.unpack("4H", fcntl.ioctl(fd, _GET_ID, bytes(8)))
    try:
        serial = _text(fd, _GET_UNIQUE)
    except OSError:  # ENOENT: it has none
        serial = ""
    return InputFacts(bus, vendor, product, name, serial)


def _text(fd: int, request: int) -> str:
    answer = bytearray(_TEXT)
    fcntl.ioctl(fd, request, answer)
    return answer.split(b"\0")[0].decode("utf-8", "replace")
