"""The printer twin as a USB device of class 7, with one bidirectional interface.

USB Device Class Definition for Printing Devices 1.1: descriptors in chapter 5, the three class
requests in 4.2. The twin itself stays sans-IO; what it answers waits here for the host to read.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, Protocol, TypeVar, runtime_checkable

from pos_guard.clock import Clock, SystemClock
from pos_guard.frames.escpos_status import Condition
from pos_guard.ports.usb_descriptors import Configuration, Endpoint, Interface, UsbIdentity
from pos_guard.ports.usb_device import Setup, Speed, Stalled
from pos_guard_simulator.usb_function import UsbFunction

PRINTER_CLASS = (7, 1, 2)
"""Printer, subclass printer, bidirectional protocol."""

BULK_OUT, BULK_IN = 0x01, 0x82
"""The endpoints of Epson's printers, which is what python-escpos takes for granted."""

PACKETS = {Speed.LOW: 8, Speed.FULL: 64, Speed.HIGH: 512}
"""wMaxPacketSize of bulk endpoints (USB 2.0 5.8.3)."""

MAX_ANSWERS = 4096
"""Bytes kept for a host that does not read; what comes then is lost, as in a real printer."""

CLEAR_BUFFERS = b"\x10\x14\x08\x01\x03\x14\x01\x06\x02\x08"
"""DLE DC4 8: what the printer has not printed yet is gone."""

_GET_DEVICE_ID, _GET_PORT_STATUS, _SOFT_RESET = (0xA1, 0), (0xA1, 1), (0x21, 2)
_OLD_SOFT_RESET = (0x23, 2)  # class definition 1.0, still sent by older hosts

_NOT_ERROR, _SELECT, _PAPER_EMPTY = 0x08, 0x10, 0x20

EPSON_TM = UsbIdentity(0x04B8, 0x0E15, "EPSON", "TM-T20II", "SIM0000001")
"""Vendor and product as python-escpos' examples have them."""


def device_id(identity: UsbIdentity) -> str:
    """The IEEE 1284 device id of a printer with these names."""
    maker, name, serial = identity.maker, identity.name, identity.serial
    return f"MFG:{maker};CMD:ESC/POS;MDL:{name};CLS:PRINTER;SN:{serial};"


class PrinterTwin(Protocol):
    """What is needed of the twin."""

    @property
    def room(self) -> int:
        """Bytes that it takes now."""
        ...

    @property
    def condition(self) -> Condition:
        """Its state."""
        ...

    def data(self, data: bytes) -> bytes:
        """Take bytes; what is answered."""
        ...


@runtime_checkable
class TimedTwin(Protocol):
    """A twin whose printing takes time."""

    @property
    def clock(self) -> Clock:
        """Its time."""
        ...

    @property
    def deadline_us(self) -> int | None:
        """When it wants to be called again, on the clock's boot time."""
        ...

    def tick(self) -> bytes:
        """Print on; what is said."""
        ...


Twin = TypeVar("Twin", bound=PrinterTwin)


class UsbPrinter(UsbFunction, Generic[Twin]):
    """A printer on the bus, around a twin; other threads reach the twin through ``act``.

    ``taken`` counts the bytes that the host sent, ``resets`` its SOFT_RESETs, ``lost`` the
    answers that nobody read. A twin on the machine's own clock prints on by itself.
    """

    def __init__(
        self, printer: Twin, identity: UsbIdentity = EPSON_TM, *, speed: Speed = Speed.FULL
    ) -> None:
        packet = PACKETS[speed]
        ends = (Endpoint(BULK_OUT, packet), Endpoint(BULK_IN, packet))
        super().__init__(identity, Configuration((Interface(0, PRINTER_CLASS, ends),)), speed)
        self.taken = 0
        self.resets = 0
        self.lost = 0
        self._printer = printer
        self._packet = packet
        self._answers = bytearray()
        self._timer: threading.Timer | None = None

    @property
    def device_id(self) -> str:
        """The IEEE 1284 device id."""
        return device_id(self.identity)

    def act(self, call: Callable[[Twin], bytes | None]) -> None:
        """Do something to the twin; what it says by itself (a status, a time-out) is sent."""
        with self._lock:
            self._answer(call(self._printer) or b"")
            self._wind()
        self.changed()

    def plug(self) -> None:
        """Be on the bus; answers that nobody read before are gone."""
        with self._lock:
            self._answers.clear()
        super().plug()

    def take(self, endpoint: int, data: bytes) -> int:
        """Hand over what fits; a packet that does not fit whole is not taken."""
        taken = 0
        while endpoint == BULK_OUT and taken < len(data):
            room = self._printer.room
            rest = len(data) - taken
            size = rest if rest <= room else room // self._packet * self._packet
            if not size:
                break
            self._answer(self._printer.data(data[taken : taken + size]))
            taken += size
        self.taken += taken
        self._wind()
        return taken

    def give(self, endpoint: int, size: int) -> bytes | None:
        """What the printer answered, oldest first."""
        if endpoint != BULK_IN or not self._answers:
            return None
        packet = bytes(self._answers[:size])
        del self._answers[:size]
        return packet

    def class_request(self, setup: Setup, data: bytes) -> bytes:
        """The three requests of the printer class."""
        del data
        request = (setup.request_type, setup.request)
        if request == _GET_DEVICE_ID:
            text = self.device_id.encode("ascii")
            return (len(text) + 2).to_bytes(2, "big") + text
        if request == _GET_PORT_STATUS:
            return bytes((self._port_status(),))
        if request in (_SOFT_RESET, _OLD_SOFT_RESET):
            self._soft_reset()
            return b""
        raise Stalled

    def _port_status(self) -> int:
        condition = self._printer.condition
        fault = condition.cover_open or condition.cutter_error
        empty = 0 if condition.paper else _PAPER_EMPTY
        return _SELECT | (0 if fault else _NOT_ERROR) | empty

    def _soft_reset(self) -> None:
        """Flush all buffers, and both pipes are as new (class definition 4.2.3)."""
        self.resets += 1
        self._printer.data(CLEAR_BUFFERS)
        self._answers.clear()
        self._halted.clear()

    def _wind(self) -> None:
        """Call the twin when its motion is over. Other clocks are moved by whoever has them."""
        twin: object = self._printer
        if self._timer is not None or not isinstance(twin, TimedTwin):
            return
        if twin.deadline_us is None or not isinstance(twin.clock, SystemClock):
            return
        wait_us = max(twin.deadline_us - twin.clock.boot_us(), 0)
        self._timer = threading.Timer(wait_us / 1_000_000, self._tick, (twin,))
        self._timer.daemon = True
        self._timer.start()

    def _tick(self, twin: TimedTwin) -> None:
        with self._lock:
            self._timer = None
            self._answer(twin.tick())
            self._wind()
        self.changed()

    def _answer(self, data: bytes) -> None:
        kept = data[: MAX_ANSWERS - len(self._answers)]
        self.lost += len(data) - len(kept)
        self._answers += kept
