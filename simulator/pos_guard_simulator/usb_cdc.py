"""Any twin of a serial machine as a USB device of the communications class (CDC-ACM).

USB Class Definitions for Communications Devices 1.2 and their PSTN subclass 1.2: the functional
descriptors, the requests of the abstract control model, SERIAL_STATE. The twin stays sans-IO; what
it says waits here for the host to read.
"""

from __future__ import annotations

import struct
import threading
from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

from pos_guard.links.session import CancelTimer, CloseApp, Effects, SetTimer, ToApp
from pos_guard.ports.usb_descriptors import Configuration, Endpoint, Interface, UsbIdentity
from pos_guard.ports.usb_device import Setup, Speed, Stalled
from pos_guard_simulator.bench import Twin
from pos_guard_simulator.usb_function import UsbFunction

CONTROL_CLASS, DATA_CLASS = (2, 2, 1), (0x0A, 0, 0)
"""Abstract control model with AT commands, as almost every scanner says; and its data."""

BULK_OUT, BULK_IN, NOTIFY = 0x01, 0x82, 0x83
"""The endpoints."""

PACKETS = {Speed.FULL: 64, Speed.HIGH: 512}
"""wMaxPacketSize of bulk endpoints (USB 2.0 5.8.3)."""

MAX_WAITING = 65_536
"""Bytes kept for a host that does not read; what comes then is lost, as in a real scanner."""

MAX_NOTIFICATIONS = 64
"""SERIAL_STATEs kept, newest last."""

SCANNER = UsbIdentity(0x1EAB, 0x1A06, "Newland", "Scanner (CDC)", "SIM0000003")
"""Newland's vendor id; the product number is invented."""

CD, DSR, BREAK, RING, FRAMING, PARITY, OVERRUN = (1 << bit for bit in range(7))
"""Bits of SERIAL_STATE (PSTN 1.2 table 31)."""

_SET_CODING, _GET_CODING, _SET_LINES = (0x21, 0x20), (0xA1, 0x21), (0x21, 0x22)
_SEND_BREAK = (0x21, 0x23)
_DTR, _RTS = 1, 2
_INTERRUPT = 3
_USUAL_CODING = struct.pack("<IBBB", 9600, 0, 0, 8)

# Header (CDC 1.10), call management (none), ACM (lines, coding and break), union of 0 and 1.
_FUNCTIONAL = bytes.fromhex("0524001001 0524010001 04240206 0524060001")

T = TypeVar("T", bound=Twin)


class UsbSerial(UsbFunction, Generic[T]):
    """A serial line on the bus, around a twin; other threads reach the twin through ``act``.

    The twin is connected when the host raises DTR, and closed when it drops it. ``coding`` is the
    last line coding, ``taken`` counts the bytes that the host sent, ``lost`` what nobody read,
    ``breaks`` its SEND_BREAKs.
    """

    def __init__(
        self, twin: T, identity: UsbIdentity = SCANNER, *, speed: Speed = Speed.FULL
    ) -> None:
        packet = PACKETS[speed]
        control = (Endpoint(NOTIFY, 16, _INTERRUPT, 10),)
        data = (Endpoint(BULK_OUT, packet), Endpoint(BULK_IN, packet))
        interfaces = (
            Interface(0, CONTROL_CLASS, control, extra=_FUNCTIONAL),
            Interface(1, DATA_CLASS, data),
        )
        super().__init__(identity, Configuration(interfaces), speed)
        self.coding = _USUAL_CODING
        self.lines = 0
        self.taken = self.lost = self.breaks = 0
        self._twin = twin
        self._packet = packet
        self._waiting = bytearray()
        self._empty_packet = False
        self._said: deque[bytes] = deque(maxlen=MAX_NOTIFICATIONS)
        self._timers: dict[str, threading.Timer] = {}

    @property
    def dtr(self) -> bool:
        """The host has opened the line."""
        return bool(self.lines & _DTR)

    def act(self, call: Callable[[T], Effects]) -> None:
        """Do something to the twin, such as showing it a code; what it says is sent."""
        with self._lock:
            self._run(call(self._twin))
        self.changed()

    def notify(self, bits: int) -> None:
        """Say SERIAL_STATE with these bits."""
        with self._lock:
            self._said.append(struct.pack("<BBHHHH", 0xA1, 0x20, 0, 0, 2, bits))
        self.changed()

    def plug(self) -> None:
        """Be on the bus; what nobody read before is gone, and nobody has opened the line."""
        with self._lock:
            self._waiting.clear()
            self._empty_packet = False
            self._said.clear()
            self.lines = 0
        super().plug()

    def take(self, endpoint: int, data: bytes) -> int:
        """Hand everything to the twin: scanners take the few bytes that they are sent."""
        if endpoint != BULK_OUT:
            return 0
        self._run(self._twin.data(data))
        self.taken += len(data)
        return len(data)

    def give(self, endpoint: int, size: int) -> bytes | None:
        """What the twin said, oldest first; a last packet that is full is followed by an empty one.

        Without that a host would wait for more (USB 2.0 5.8.3).
        """
        if endpoint == NOTIFY:
            return self._said.popleft() if self._said else None
        if not self._waiting:
            empty, self._empty_packet = self._empty_packet, False
            return b"" if empty else None
        packet = bytes(self._waiting[:size])
        del self._waiting[:size]
        self._empty_packet = not self._waiting and len(packet) == self._packet
        return packet

    def class_request(self, setup: Setup, data: bytes) -> bytes:
        """The requests that the ACM functional descriptor promises."""
        request = (setup.request_type, setup.request)
        if request == _GET_CODING:
            return self.coding
        if request == _SET_CODING and len(data) == len(_USUAL_CODING):
            self.coding = data
        elif request == _SET_LINES:
            self._set_lines(setup.value)
        elif request == _SEND_BREAK:
            self.breaks += 1
        else:
            raise Stalled
        return b""

    def _set_lines(self, value: int) -> None:
        was, self.lines = self.dtr, value & (_DTR | _RTS)
        if self.dtr and not was:
            self._run(self._twin.connected())
        elif was and not self.dtr:
            self._run(self._twin.closed())

    def _run(self, effects: Effects) -> None:
        for effect in effects:
            match effect:
                case ToApp(data):
                    kept = data[: MAX_WAITING - len(self._waiting)]
                    self.lost += len(data) - len(kept)
                    self._waiting += kept
                case SetTimer(name, seconds):
                    self._wind(name, seconds)
                case CancelTimer(name):
                    self._cancel(name)
                case CloseApp():
                    self._present = False
                case _:
                    raise TypeError(f"a serial machine has no {effect}")

    def _wind(self, name: str, seconds: float) -> None:
        self._cancel(name)
        timer = threading.Timer(seconds, self._ring, (name,))
        timer.daemon = True
        self._timers[name] = timer
        timer.start()

    def _cancel(self, name: str) -> None:
        running = self._timers.pop(name, None)
        if running is not None:
            running.cancel()

    def _ring(self, name: str) -> None:
        with self._lock:
            if self._timers.get(name) is not threading.current_thread():
                return  # it was wound anew meanwhile
            del self._timers[name]
            self._run(self._twin.timer(name))
        self.changed()
