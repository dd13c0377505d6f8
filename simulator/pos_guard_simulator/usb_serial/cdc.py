"""Any twin of a serial machine as a USB device of the communications class (CDC-ACM).

USB Class Definitions for Communications Devices 1.2 and their PSTN subclass 1.2: the functional
descriptors, the requests of the abstract control model, SERIAL_STATE. The twin stays sans-IO; what
it says waits here for the host to read.
"""

from __future__ import annotations

import struct
from collections import deque
from collections.abc import Mapping
from typing import TypeVar

from pos_guard.errors import LocalError
from pos_guard.ports.usb_descriptors import Configuration, Endpoint, Interface, UsbIdentity
from pos_guard.ports.usb_device import Setup, Speed, Stalled
from pos_guard_simulator.bench import Twin
from pos_guard_simulator.usb_serial.line import Coding, UsbSerialLine

CONTROL_CLASS, DATA_CLASS = (2, 2, 1), (0x0A, 0, 0)
"""Abstract control model with AT commands, as almost every scanner says; and its data."""

BULK_OUT, BULK_IN, NOTIFY = 0x01, 0x82, 0x83
"""The endpoints."""

PACKETS = {Speed.FULL: 64, Speed.HIGH: 512}
"""wMaxPacketSize of bulk endpoints (USB 2.0 5.8.3)."""

MAX_NOTIFICATIONS = 64
"""SERIAL_STATEs kept, newest last."""

SCANNER = UsbIdentity(0x1EAB, 0x1A06, "Newland", "Scanner (CDC)", "SIM0000003")
"""Newland's vendor id; the product number is invented."""

CD, DSR, BREAK, RING, FRAMING, PARITY, OVERRUN = (1 << bit for bit in range(7))
"""Bits of SERIAL_STATE (PSTN 1.2 table 31)."""

_SET_CODING, _GET_CODING, _SET_LINES = (0x21, 0x20), (0xA1, 0x21), (0x21, 0x22)
_SEND_BREAK = (0x21, 0x23)
_INTERRUPT = 3
_PARITIES, _STOP_BITS = "NOEMS", ("1", "1.5", "2")
_STATES = {"cd": CD, "dsr": DSR, "ri": RING}
_USUAL_CODING = struct.pack("<IBBB", 9600, 0, 0, 8)

# Header (CDC 1.10), call management (none), ACM (lines, coding and break), union of 0 and 1.
_FUNCTIONAL = bytes.fromhex("0524001001 0524010001 04240206 0524060001")

T = TypeVar("T", bound=Twin)


class UsbSerial(UsbSerialLine[T]):
    """A serial line on the bus, around a twin; other threads reach the twin through ``act``.

    ``coding`` is the last line coding as it came, ``breaks`` counts the host's SEND_BREAKs.
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
        super().__init__(twin, identity, Configuration(interfaces), speed)
        self.coding = _USUAL_CODING
        self.breaks = 0
        self._packet = packet
        self._empty_packet = False
        self._state = 0
        self._said: deque[bytes] = deque(maxlen=MAX_NOTIFICATIONS)

    def notify(self, bits: int) -> None:
        """Say SERIAL_STATE with these bits."""
        with self._lock:
            self._state = bits & (CD | DSR | RING)
            self._said.append(struct.pack("<BBHHHH", 0xA1, 0x20, 0, 0, 2, bits))
        self.changed()

    def set_lines(self, wires: Mapping[str, bool]) -> None:
        """Drive some of dsr, ri and cd.

        :raises LocalError: ``cts``: the communications class has none, and hosts show it as on.
        """
        if "cts" in wires:
            raise LocalError("CDC-ACM has no CTS, hosts show it as on: --usb ftdi has one")
        bits = self._state
        for name, on in wires.items():
            bits = bits | _STATES[name] if on else bits & ~_STATES[name]
        self.notify(bits)

    def plug(self) -> None:
        """Be on the bus; what nobody read before is gone, and nobody has opened the line."""
        with self._lock:
            self._empty_packet = False
            self._said.clear()
        super().plug()

    def take(self, endpoint: int, data: bytes) -> int:
        """Hand to the twin what it takes."""
        return self._hear(data) if endpoint == BULK_OUT else 0

    def give(self, endpoint: int, size: int) -> bytes | None:
        """What the twin said, oldest first; a last packet that is full is followed by an empty one.

        Without that a host would wait for more (USB 2.0 5.8.3).
        """
        if endpoint == NOTIFY:
            return self._said.popleft() if self._said else None
        if not self._waiting:
            empty, self._empty_packet = self._empty_packet, False
            return b"" if empty else None
        packet = self._say(size)
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
            self._set_host_lines(setup.value)
        elif request == _SEND_BREAK:
            self.breaks += 1
        else:
            raise Stalled
        return b""

    def _line(self) -> Coding:
        speed, stops, parity, bits = struct.unpack("<IBBB", self.coding)
        return Coding(
            speed,
            bits,
            _PARITIES[parity] if parity < len(_PARITIES) else "?",
            _STOP_BITS[stops] if stops < len(_STOP_BITS) else "?",
        )
