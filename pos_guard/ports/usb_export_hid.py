"""A HID scanner, or keyboard scanner, that the guard shows to a till in place of the real one.

Source: Device Class Definition for HID 1.11, descriptors in clause 6.2, requests in 7.1 and 7.2.
"""

from __future__ import annotations

import struct
import time
from collections.abc import Callable

from pos_guard.ports.hid_facts import BOOT_KEYBOARD, HidFacts, report_sizes
from pos_guard.ports.usb_descriptors import INTERRUPT, Configuration, Endpoint, Interface
from pos_guard.ports.usb_device import Setup, Stalled
from pos_guard.ports.usb_export import ExportedDevice
from pos_guard.ports.usb_unread import Unread

BOOT_DESCRIPTOR = bytes.fromhex(
    "05010906a101 050719e029e715002501750195088102 950175088101"
    "95057501050819012905 9102 95017503 9101 95067508150026ff000507190029ff8100 c0"
)
"""That of the keyboard in HID 1.11 appendix B.1, with every key that a byte can name. A keyboard
scanner is read in the boot protocol: its reports are these whatever its own descriptor says."""

_HID_CLASS, _BOOT_KEYBOARD = 3, (1, 1)
_HID, _REPORT = 0x21, 0x22
_TO_INTERFACE = 0x81
_ASKED = 0xA1
_GET_REPORT, _GET_IDLE, _GET_PROTOCOL = 1, 2, (_ASKED, 3)
_SET_REPORT, _SET_IDLE, _SET_PROTOCOL = (0x21, 9), (0x21, 10), (0x21, 11)
_INPUT, _OUTPUT = 1, 2
_REPORT_PROTOCOL = 1
_IN, _BOOT_PACKET, _INTERVAL = 0x81, 8, 1


class ExportedHid(ExportedDevice):
    """See :class:`~pos_guard.ports.usb_export.ExportedDevice`.

    ``read`` gives one output report, ``answer`` takes one input report; with the id first where
    there are ids. ``clock`` gives seconds.
    """

    def __init__(
        self,
        facts: HidFacts,
        heard: Callable[[], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.facts = facts
        self.report_descriptor = BOOT_DESCRIPTOR if facts.keyboard else facts.descriptor
        self._sizes = BOOT_KEYBOARD if facts.keyboard else report_sizes(facts.descriptor)
        self._hid = struct.pack(
            "<BBHBBBH", 9, _HID, 0x0111, 0, 1, _REPORT, len(self.report_descriptor)
        )
        super().__init__(facts, _configuration(facts, self._hid), heard)
        self._reports = Unread(clock)
        self._idle = 0
        self._protocol = _REPORT_PROTOCOL

    def keep(self, data: bytes) -> None:
        """One report."""
        self._reports.put(data)

    def clear(self) -> None:
        """Reports for somebody else."""
        self._reports.clear()

    def give(self, endpoint: int, size: int) -> bytes | None:
        """The next report, in packets."""
        del endpoint
        return self._reports.take(size)

    def control(self, setup: Setup, data: bytes) -> bytes:
        """The guard hears of an output report at once."""
        answer = super().control(setup, data)
        if (setup.request_type, setup.request) == _SET_REPORT:
            self._heard()
        return answer

    def class_request(self, setup: Setup, data: bytes) -> bytes:
        """The six requests of the class; protocols only of a keyboard."""
        request = (setup.request_type, setup.request)
        if request in {_GET_PROTOCOL, _SET_PROTOCOL} and not self.facts.keyboard:
            raise Stalled
        if setup.request_type == _ASKED:
            return self._asked(setup)
        if request == _SET_IDLE:
            self._idle = setup.value >> 8
        elif request == _SET_PROTOCOL:
            self._protocol = setup.value & 1
        elif request != _SET_REPORT or setup.value >> 8 != _OUTPUT or not self.take(0, data):
            raise Stalled
        return b""

    def _asked(self, setup: Setup) -> bytes:
        if setup.request == _GET_REPORT:
            return self._no_news(setup.value)
        if setup.request == _GET_IDLE:
            return bytes((self._idle,))
        if setup.request == _GET_PROTOCOL[1]:
            return bytes((self._protocol,))
        raise Stalled

    def _no_news(self, value: int) -> bytes:
        """GET_REPORT: nothing was scanned and no key is down; scans are given once only."""
        kind, number = value >> 8, value & 0xFF
        size = self._sizes.inputs.get(number)
        if kind != _INPUT or size is None:
            raise Stalled
        return bytes((number,)) + bytes(size - 1) if self._sizes.ids else bytes(size)

    def _get_descriptor(self, setup: Setup) -> bytes:
        kind = setup.value >> 8
        if setup.request_type == _TO_INTERFACE and kind in {_HID, _REPORT}:
            return self._hid if kind == _HID else self.report_descriptor
        return super()._get_descriptor(setup)


def _configuration(facts: HidFacts, hid: bytes) -> Configuration:
    packet = _BOOT_PACKET if facts.keyboard else facts.packet
    ends = [Endpoint(facts.in_endpoint or _IN, packet, INTERRUPT, _INTERVAL)]
    if facts.out_endpoint:
        ends.append(Endpoint(facts.out_endpoint, packet, INTERRUPT, _INTERVAL))
    triple = (_HID_CLASS, *(_BOOT_KEYBOARD if facts.keyboard else (0, 0)))
    return Configuration((Interface(facts.interface, triple, tuple(ends), extra=hid),))
