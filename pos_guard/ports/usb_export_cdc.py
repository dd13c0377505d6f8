"""A serial scanner (CDC-ACM) that the guard shows to a till in place of the real one.

Sources: USB Class Definitions for Communications Devices 1.2 clause 5.2.3 and its PSTN subclass
1.2 clauses 5.3, 6.3 and 6.5.
"""

from __future__ import annotations

import struct
import time
from collections import deque
from collections.abc import Callable

from pos_guard.ports.cdc_class import DTR, SET_CONTROL_LINE_STATE, SET_LINE_CODING, LineCoding
from pos_guard.ports.usb_descriptors import (
    BULK_PACKETS,
    INTERRUPT,
    Configuration,
    Endpoint,
    Interface,
)
from pos_guard.ports.usb_device import Setup, Stalled
from pos_guard.ports.usb_export import ExportedDevice, bus_speed
from pos_guard.ports.usb_facts import UsbSerialFacts
from pos_guard.ports.usb_unread import Unread

_CONTROL_CLASS, _DATA_CLASS = (2, 2, 1), (0x0A, 0, 0)
_GET_LINE_CODING, _SEND_BREAK = (0xA1, 0x21), (0x21, 0x23)
_CARRIER_AND_DSR = 3
_NOTIFY_PACKET, _NOTIFY_INTERVAL = 16, 10


class ExportedSerial(ExportedDevice):
    """See :class:`~pos_guard.ports.usb_export.ExportedDevice`.

    The line coding is the till's to set and moves nothing: there is no line. A till that drops DTR
    reads nothing of what came for it before. ``clock`` gives seconds.
    """

    def __init__(
        self,
        facts: UsbSerialFacts,
        heard: Callable[[], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(facts, _configuration(facts), heard)
        self.facts = facts
        self._codes = Unread(clock)
        self._coding = LineCoding().to_bytes()
        self._opened = False
        self._full_packet = False
        self._states: deque[bytes] = deque(maxlen=1)

    def keep(self, data: bytes) -> None:
        """After what it has not read."""
        self._codes.put(data)

    def clear(self) -> None:
        """Codes for somebody else."""
        self._codes.clear()
        self._full_packet = False

    def give(self, endpoint: int, size: int) -> bytes | None:
        """The next of the codes; or the state of the line.

        A full packet with nothing after it is followed by an empty one: a host that asked for more
        would wait (USB 2.0 clause 5.8.3).
        """
        if endpoint == self.facts.notify:
            return self._states.popleft() if self._states else None
        packet = self._codes.take(size)
        if packet is None:
            packet = b"" if self._full_packet else None
        self._full_packet = bool(packet) and len(packet or b"") == self._ends[endpoint].packet
        return packet

    def class_request(self, setup: Setup, data: bytes) -> bytes:
        """What the descriptors promise."""
        request = (setup.request_type, setup.request)
        if request == _GET_LINE_CODING:
            return self._coding
        if request == SET_LINE_CODING and len(data) == len(self._coding):
            self._coding = data
        elif request == SET_CONTROL_LINE_STATE:
            self._set_lines(setup.value)
        elif request != _SEND_BREAK:
            raise Stalled
        return b""

    def _set_lines(self, value: int) -> None:
        was, self._opened = self._opened, bool(value & DTR)
        if was and not self._opened:
            self.clear()
        elif self._opened and not was:
            self._states.append(_line_state(self.facts.control))


def _line_state(interface: int) -> bytes:
    """SERIAL_STATE: a till that waits for carrier or DSR need not."""
    return struct.pack("<BBHHHH", 0xA1, 0x20, 0, interface, 2, _CARRIER_AND_DSR)


def _configuration(facts: UsbSerialFacts) -> Configuration:
    packet = BULK_PACKETS[bus_speed(facts)]
    ends = (Endpoint(facts.out_endpoint, packet), Endpoint(facts.in_endpoint, packet))
    notify = (Endpoint(facts.notify, _NOTIFY_PACKET, INTERRUPT, _NOTIFY_INTERVAL),)
    # Header (CDC 1.10), call management (none), ACM (lines, coding and break), union.
    functional = bytes.fromhex("0524001001 05240100") + bytes((facts.data,))
    functional += bytes.fromhex("04240206 052406") + bytes((facts.control, facts.data))
    return Configuration(
        (
            Interface(
                facts.control, _CONTROL_CLASS, notify if facts.notify else (), extra=functional
            ),
            Interface(facts.data, _DATA_CLASS, ends),
        )
    )
