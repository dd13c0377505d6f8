"""A port to a USB HID scanner, claimed through libusb: whole reports, for us alone.

Claimed like this a keyboard types nowhere else, whatever layout the system has.
"""

from __future__ import annotations

import time
from contextlib import suppress

from pos_guard.errors import LocalError, PortError, PortTimeoutError
from pos_guard.ports.hid_facts import BOOT_KEYBOARD, HidFacts, report_sizes
from pos_guard.ports.hid_find import claim_hid
from pos_guard.ports.usb_find import Backend, Claimed, Request, UsbPlace, load_backend
from pos_guard.ports.usb_stream import SLICE_SECONDS, ClaimedPort

_SET_REPORT, _SET_IDLE, _SET_PROTOCOL = (0x21, 0x09), (0x21, 0x0A), (0x21, 0x0B)
"""Class requests (HID 1.11 clause 7.2)."""

_OUTPUT = 0x0200
_BOOT_PROTOCOL, _REPORT_PROTOCOL = 0, 1


class HidPort(ClaimedPort):
    """A :class:`~pos_guard.ports.base.Port` of reports, with their id first where there are ids.

    ``read`` gives exactly one input report, ``write`` takes exactly one output report.
    """

    def __init__(self, claimed: Claimed, facts: HidFacts) -> None:
        super().__init__(claimed)
        self.facts = facts
        self._sizes = BOOT_KEYBOARD if facts.keyboard else report_sizes(facts.descriptor)
        self._longest = self._sizes.longest or facts.packet
        self._part = bytearray()
        self._part_came = 0.0
        self._prepare()

    @classmethod
    def open(
        cls,
        place: UsbPlace,
        *,
        library: str = "",
        backend: Backend = None,
        give_back: bool = True,
    ) -> HidPort:
        """Find and claim a scanner; ``library`` is the path of libusb, ``backend`` a pyusb one.

        ``give_back``: on ``close`` the kernel's driver gets it again, as it was before. A keyboard
        is put into the boot protocol, whose reports are 8 bytes and known.

        :raises LocalError: when pyusb or libusb is missing; says what to install.
        :raises PortClosedError: when the scanner is not there.
        :raises PortBusyError: when another program holds it.
        :raises PortError: without permission (says the udev rule), or when several scanners fit.
        """
        found = claim_hid(place, backend or load_backend(library), give_back=give_back)
        return cls(*found)

    def read(self, limit: int, seconds: float) -> bytes:
        """One input report.

        :raises PortTimeoutError: when none came within ``seconds``.
        :raises PortClosedError: when the scanner is gone.
        :raises LocalError: when ``limit`` is less than the report; the report is lost.
        """
        deadline = time.monotonic() + seconds
        with self._reading:
            while True:
                self._check_open()
                left = deadline - time.monotonic()
                report = self._report(min(max(left, 0.0), SLICE_SECONDS))
                if report:
                    break
                if left <= 0:
                    raise PortTimeoutError("the scanner said nothing before the deadline")
            self._check_open()
        if len(report) > limit:
            raise LocalError(f"a report has {len(report)} bytes: read as many at once")
        return report

    def write(self, data: bytes, seconds: float) -> None:
        """Send one output report; see :class:`~pos_guard.ports.base.Port`.

        :raises PortError: when the scanner refuses it, or took a part of it only.
        """
        with self._writing:
            self._check_open()
            if not self._claimed.channel.out:
                self._set_report(data, seconds)
                return
            taken = self._put(data, seconds, 0)
            if taken < len(data):
                raise PortError("the scanner took a part of the report", perhaps=len(data))

    def _set_report(self, data: bytes, seconds: float) -> None:
        number = data[0] if self._sizes.ids and data else 0
        interface = self._claimed.channel.interface
        self._ask(Request(*_SET_REPORT, _OUTPUT | number, interface, data=data), seconds)

    def _report(self, seconds: float) -> bytes:
        """One report, or nothing. Packets of one that came before the time was over are kept."""
        packet = self._transfer(self.facts.packet, seconds)
        now = time.monotonic()
        if packet:
            self._part += packet
            self._part_came = now
        if not self._complete(len(packet), now - self._part_came):
            return b""
        report = bytes(self._part)
        self._part.clear()
        return report

    def _complete(self, got: int, silence: float) -> bool:
        """Its own size ends a report, or a short packet, or silence where neither comes."""
        if not self._part:
            return False
        if len(self._part) >= self._longest or self._sizes.whole(bytes(self._part)):
            return True
        return got < self.facts.packet if got else silence >= SLICE_SECONDS / 2

    def _prepare(self) -> None:
        """Reports only when something changes; a keyboard in the boot protocol."""
        interface = self._claimed.channel.interface
        try:
            if self.facts.keyboard:
                self._ask_if_known(Request(*_SET_PROTOCOL, _BOOT_PROTOCOL, interface))
            self._ask_if_known(Request(*_SET_IDLE, 0, interface))
        except PortError:
            self._claimed.release()
            raise

    def _leave(self) -> None:
        if self.facts.keyboard:  # as the kernel's driver knows it
            request = Request(*_SET_PROTOCOL, _REPORT_PROTOCOL, self._claimed.channel.interface)
            with suppress(OSError):
                self._claimed.ask(request, 100)
