"""A virtual keyboard for the till's side of a link: what is written here is typed there."""

from __future__ import annotations

import errno
import fcntl
import os
import select
import struct
import time
from pathlib import Path

from pos_guard.errors import PortClosedError, PortError, PortTimeoutError
from pos_guard.frames.keys import EV_KEY, EV_LED, SIZE, SYN, parse_events
from pos_guard.ports.descriptor import port_error
from pos_guard.ports.input_events import KERNEL_BYTES, OWN_NAME, InputPort, for_kernel
from pos_guard.ports.ioctls import io, ior, iow

DEVICE = "/dev/uinput"

BUS_VIRTUAL = 0x06
"""The bus of devices that programs made (linux/input.h)."""

FRAME_MS = 1
"""Pause after each SYN_REPORT, as between two reports of a full speed keyboard. The kernel keeps
64 events for a reader, and drops all of them when more come: a scan typed at once would be lost."""

MAX_NAME = 79
"""Bytes: UINPUT_MAX_NAME_SIZE, less its zero."""

KEYS = tuple(code for code in range(1, 249) if code not in (116, 142, 143, 152, 205))
"""KEY_ESC to KEY_MICMUTE, without those that switch the machine off, let it sleep or lock it."""

LEDS = (0, 1, 2)
"""Num, caps and scroll lock: what the till's system shows on every keyboard."""

_SETUP = struct.Struct("4H80sI")
_SYSFS = Path("/sys/devices/virtual/input")

# linux/uinput.h
_CREATE, _DESTROY = io("U", 1), io("U", 2)
_SET_UP = iow("U", 3, _SETUP.size)
_SET_EVENT, _SET_KEY, _SET_LED = iow("U", 100, 4), iow("U", 101, 4), iow("U", 105, 4)
_SYSNAME = ior("U", 44, 64)


class UinputPort(InputPort):
    """A :class:`~pos_guard.ports.base.Port`: key events in the normal form are typed.

    ``read`` gives the lights that the till's system switches (EV_LED). Takes the descriptor over;
    closing it unplugs the keyboard. A program must have opened the keyboard to see what is typed:
    a desktop needs some 100 ms for that.
    """

    def __init__(self, fd: int) -> None:
        super().__init__(fd, lambda: _destroy(fd))

    @classmethod
    def create(cls, name: str) -> UinputPort:
        """Plug a virtual keyboard in; its name is ``pos-guard NAME``.

        :raises PortError: without permission, or when the kernel has no uinput; says what to do.
        """
        title = (OWN_NAME + name).encode()[:MAX_NAME]
        try:
            fd = os.open(DEVICE, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError as error:
            raise _create_error(error) from error
        try:
            for kind in (EV_KEY, EV_LED):
                fcntl.ioctl(fd, _SET_EVENT, kind)
            for code in KEYS:
                fcntl.ioctl(fd, _SET_KEY, code)
            for led in LEDS:
                fcntl.ioctl(fd, _SET_LED, led)
            fcntl.ioctl(fd, _SET_UP, _SETUP.pack(BUS_VIRTUAL, 0, 0, 1, title, 0))
            fcntl.ioctl(fd, _CREATE)
        except OSError as error:
            os.close(fd)
            raise _create_error(error) from error
        return cls(fd)

    def node(self) -> str:
        """The keyboard's device, such as ``/dev/input/event5``; empty where it cannot be told."""
        answer = bytearray(64)
        try:
            fcntl.ioctl(self._fd, _SYSNAME, answer)
        except OSError:
            return ""
        place = _SYSFS / answer.split(b"\0")[0].decode("ascii", "replace")
        return next((f"/dev/input/{found.name}" for found in place.glob("event*")), "")

    def write(self, data: bytes, seconds: float) -> None:
        """Type whole events, no faster than a keyboard; see ``FRAME_MS``.

        :raises PortTimeoutError: with ``sent``, the bytes of the events that were typed.
        :raises FrameError: when an event is cut; nothing was typed then.
        """
        deadline = time.monotonic() + seconds
        sent = 0
        frame = b""
        with self._writing:
            for event in parse_events(data):
                frame += for_kernel((event,))
                if event != SYN:
                    continue
                sent += self._type(frame, deadline, sent)
                frame = b""
            if frame:
                self._type(frame, deadline, sent)

    def _type(self, frame: bytes, deadline: float, sent: int) -> int:
        """Write one frame; the bytes of its events."""
        if self._closed:
            raise PortClosedError("this port was closed", sent=sent)
        if time.monotonic() > deadline:
            raise PortTimeoutError("not all was typed before the deadline", sent=sent)
        try:
            taken = os.write(self._fd, frame)  # never waits; kernels before 5.5 do not say so
        except OSError as error:
            raise port_error(error, sent=sent) from error
        self._pause()
        return taken // KERNEL_BYTES * SIZE

    def _pause(self) -> None:
        poll = select.poll()
        poll.register(self._wake_read, select.POLLIN)
        poll.poll(FRAME_MS)


def _destroy(fd: int) -> None:
    try:
        fcntl.ioctl(fd, _DESTROY)
    finally:
        os.close(fd)


def _create_error(error: OSError) -> PortError:
    if error.errno in {errno.ENOENT, errno.ENODEV, errno.ENXIO}:
        return PortClosedError("there is no /dev/uinput: modprobe uinput")
    if error.errno in {errno.EACCES, errno.EPERM}:
        return PortError(f"{DEVICE}: no permission; run the guard's daemon as root, or give it one")
    return PortError(f"{DEVICE}: {error.strerror}")
