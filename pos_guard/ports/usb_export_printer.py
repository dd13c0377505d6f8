"""A printer that the guard shows to a till over USB in place of the real one.

Source of its requests: USB Device Class Definition for Printing Devices 1.1, clause 4.2.
"""

from __future__ import annotations

from collections.abc import Callable

from pos_guard.ports.usb_descriptors import BULK_PACKETS, Configuration, Endpoint, Interface
from pos_guard.ports.usb_device import Setup, Stalled
from pos_guard.ports.usb_export import ExportedDevice, bus_speed
from pos_guard.ports.usb_facts import UsbPrinterFacts

MAX_ANSWERS = 4096
"""Unread bytes of answers; of more the oldest are lost, as in a printer whose till never reads."""

UNKNOWN_STATUS = 0x00
"""GET_PORT_STATUS of a printer that is away: not selected, error (the error bit is low active)."""

_PRINTER = 7
_GET_DEVICE_ID, _GET_PORT_STATUS = (0xA1, 0), (0xA1, 1)
_SOFT_RESETS = ((0x21, 2), (0x23, 2))
"""The second as version 1.0 of the text had it."""


class ExportedPrinter(ExportedDevice):
    """See :class:`~pos_guard.ports.usb_export.ExportedDevice`; ``reset`` is its soft reset."""

    def __init__(self, facts: UsbPrinterFacts, heard: Callable[[], None]) -> None:
        super().__init__(facts, _configuration(facts), heard)
        self.facts = facts
        self.port_status = UNKNOWN_STATUS
        self._answers = bytearray()

    def keep(self, data: bytes) -> None:
        """After what it has not read."""
        self._answers += data
        del self._answers[: max(0, len(self._answers) - MAX_ANSWERS)]

    def clear(self) -> None:
        """Answers to somebody else."""
        self._answers.clear()

    def give(self, endpoint: int, size: int) -> bytes | None:
        """The next of the answers."""
        del endpoint
        if not self._answers:
            return None
        packet = bytes(self._answers[:size])
        del self._answers[:size]
        return packet

    def control(self, setup: Setup, data: bytes) -> bytes:
        """The guard hears of a soft reset at once."""
        answer = super().control(setup, data)
        if (setup.request_type, setup.request) in _SOFT_RESETS:
            self._heard()
        return answer

    def class_request(self, setup: Setup, data: bytes) -> bytes:
        """The three of the class."""
        del data
        request = (setup.request_type, setup.request)
        if request == _GET_DEVICE_ID:
            return self.facts.device_id_answer()
        if request == _GET_PORT_STATUS:
            return bytes((self.port_status,))
        if request not in _SOFT_RESETS:
            raise Stalled
        self.reset = True
        self._forget()
        return b""


def _configuration(facts: UsbPrinterFacts) -> Configuration:
    packet = BULK_PACKETS[bus_speed(facts)]
    ends = [Endpoint(end, packet) for end in (facts.out_endpoint, facts.in_endpoint) if end]
    triple = (_PRINTER, 1, 2 if facts.in_endpoint else 1)
    return Configuration((Interface(facts.interface, triple, tuple(ends)),))
