"""A simulated USB device of class 3: one HID interface with an interrupt IN and an OUT endpoint.

Device Class Definition for HID 1.11: descriptors in 6.2, requests in 7.1 and 7.2. What the reports
mean is the subclass's.
"""

from __future__ import annotations

import struct
import threading
from collections import deque
from collections.abc import Callable, Iterable

from pos_guard.links.session import SetTimer
from pos_guard.ports.usb_descriptors import Configuration, Endpoint, Interface, UsbIdentity
from pos_guard.ports.usb_device import Setup, Speed, Stalled
from pos_guard_simulator.hid_link.link import Act, Halt, HidLink, Leave
from pos_guard_simulator.line_faults import LineFault, LinePlan
from pos_guard_simulator.usb_function import UsbFunction
from pos_guard_simulator.usb_serial.timers import NamedTimers

HID_CLASS = 3
INTERRUPT = 3
"""The transfer type in an endpoint's attributes (USB 2.0 table 9-13)."""

IN, OUT = 0x81, 0x02
"""The endpoints."""

HID, REPORT = 0x21, 0x22
"""Descriptor types (7.1)."""

GET_REPORT, GET_IDLE, GET_PROTOCOL = 1, 2, 3
SET_REPORT, SET_IDLE, SET_PROTOCOL = 9, 10, 11
"""Class requests (7.2)."""

BOOT, REPORT_PROTOCOL = 0, 1

MAX_WAITING = 1024
"""Reports kept for a host that does not read: 56 KB of codes; what comes then is lost."""

MAX_HEARD = 1024
"""Output reports kept, newest last."""


class UsbHid(UsbFunction):
    """One HID interface.

    ``heard`` are the host's output reports, ``protocol`` is boot or report, ``idle`` the rate in
    units of 4 ms; ``lost`` counts reports that nobody read. ``slow_seconds`` lets so much time
    pass before each report. Faults of its link are counted in reports (hid_link).
    """

    def __init__(
        self,
        identity: UsbIdentity,
        descriptor: bytes,
        *,
        boot: tuple[int, int] = (0, 0),
        packet: int = 64,
        out: bool = True,
    ) -> None:
        ends = [Endpoint(IN, packet, INTERRUPT, 1)]
        if out:
            ends.append(Endpoint(OUT, packet, INTERRUPT, 1))
        self.report_descriptor = descriptor
        self._hid = struct.pack("<BBHBBBH", 9, HID, 0x0111, 0, 1, REPORT, len(descriptor))
        interface = Interface(0, (HID_CLASS, *boot), tuple(ends), extra=self._hid)
        super().__init__(identity, Configuration((interface,)), Speed.FULL)
        self.heard: deque[bytes] = deque(maxlen=MAX_HEARD)
        self.protocol = REPORT_PROTOCOL
        self.idle = 0
        self.lost = 0
        self.slow_seconds = 0.0
        self._boot = bool(boot[0])
        self._waiting: deque[bytes] = deque()
        self._due = 0
        self._last = b""
        self._leaving = False
        self._again: bytes | None = None
        self._link = HidLink(self._do)
        self._timers = NamedTimers(self._lock, self._link.timer, self.changed)

    def arm_link(self, plan: LinePlan) -> None:
        """A fault of the link, before the next report at the earliest."""
        with self._lock:
            self._link.arm(plan)

    def fail_link(self, plan: LinePlan) -> None:
        """A fault of the link after so many more reports, or now."""
        with self._lock:
            self._link.fail(plan)
        self.changed()

    def clear_link(self, fault: LineFault) -> None:
        """What holds until it is cleared ends; a device that was unplugged is put back."""
        with self._lock:
            self._link.clear(fault)
            if fault is LineFault.STALL:
                self._halted.clear()
        if fault is LineFault.UNPLUG and not self.present:
            self.plug_after(0)
        self.changed()

    def plug(self) -> None:
        """Be on the bus; reports that nobody read before are gone."""
        with self._lock:
            self._timers.cancel_all()
            self._link.replugged()
            self._again = None
            self._waiting.clear()
            self._due = 0
            self._leaving = False
            self.protocol = REPORT_PROTOCOL
        super().plug()

    def send(self, reports: Iterable[bytes], *, leave: bool = False) -> None:
        """Give these reports to the host, in order; ``leave``: and then be pulled out."""
        with self._lock:
            self._queue(reports, leave=leave)
        self.changed()

    def reported(self, report: bytes) -> None:
        """The host sent an output report, with its id in front if it has one. For subclasses."""
        raise NotImplementedError

    def in_(self, endpoint: int, size: int) -> bytes | None:
        """One report; the last one may be the one after which the cable is pulled."""
        packet = super().in_(endpoint, size)
        if self._leaving and not self._waiting:
            self.unplug()
        return packet

    def take(self, endpoint: int, data: bytes) -> int:
        """A whole output report; 0: not now."""
        if not self._passes(endpoint):
            return 0
        self._arrived(data)
        return len(data)

    def give(self, endpoint: int, size: int) -> bytes | None:
        """The oldest report that is due, as the link lets it out."""
        while (self._due or self._again is not None) and self._passes(endpoint):
            if self._again is not None:
                report, self._again = self._again, None
                return report[:size]
            self._due -= 1
            report = self._waiting.popleft()
            copies = self._link.copies(outward=True)
            if copies:
                self._last = report
                self._again = report if copies > 1 else None
                return report[:size]
        return None

    def class_request(self, setup: Setup, data: bytes) -> bytes:
        """The six requests of the class; protocols only where the interface is a boot one."""
        if setup.request in (GET_PROTOCOL, SET_PROTOCOL) and not self._boot:
            raise Stalled
        if setup.request_type == 0xA1:
            return self._asked(setup)
        if setup.request_type != 0x21:
            raise Stalled
        if setup.request == SET_REPORT:
            self._arrived(data)
        elif setup.request == SET_IDLE:
            self.idle = setup.value >> 8
        elif setup.request == SET_PROTOCOL and setup.value in (BOOT, REPORT_PROTOCOL):
            self.protocol = setup.value
        else:
            raise Stalled
        return b""

    def _asked(self, setup: Setup) -> bytes:
        answers = {
            GET_REPORT: self._last,
            GET_IDLE: bytes((self.idle,)),
            GET_PROTOCOL: bytes((self.protocol,)),
        }
        if setup.request not in answers:
            raise Stalled
        return answers[setup.request]

    def _get_descriptor(self, setup: Setup) -> bytes:
        kind = setup.value >> 8
        if kind in (HID, REPORT) and setup.request_type == 0x81:
            return self._hid if kind == HID else self.report_descriptor
        return super()._get_descriptor(setup)

    def _queue(self, reports: Iterable[bytes], *, leave: bool = False) -> None:
        """As ``send``, under the lock: whoever holds it tells the transports."""
        for report in reports:
            if len(self._waiting) >= MAX_WAITING:
                self.lost += 1
            else:
                self._waiting.append(report)
        if self.slow_seconds:
            self._later()
        else:
            self._due = len(self._waiting)
        self._leaving = leave and bool(self._waiting)
        if leave and not self._waiting:
            self._present = False

    def _passes(self, endpoint: int) -> bool:
        """Whether a report may pass this endpoint now.

        :raises Stalled: the link has just halted it.
        """
        passes = self._link.passes(outward=endpoint == IN)
        if endpoint in self._halted:
            raise Stalled
        return passes

    def _arrived(self, data: bytes) -> None:
        for _ in range(self._link.copies(outward=False)):
            self._hear(data)

    def _do(self, act: Act) -> None:
        """What a fault of the link wants. Under the lock, which who hears of it may want."""
        match act:
            case SetTimer(name, seconds):
                self._timers.set(name, seconds)
            case Halt(outward):
                self._halted.add(IN if outward else OUT)
            case Leave(back_after):
                _soon(self.unplug)
                if back_after is not None:
                    self.plug_after(back_after)

    def _hear(self, data: bytes) -> None:
        self.heard.append(data)
        self.reported(data)

    def _later(self) -> None:
        timer = threading.Timer(self.slow_seconds, self._ripe)
        timer.daemon = True
        timer.start()

    def _ripe(self) -> None:
        with self._lock:
            if len(self._waiting) > self._due:
                self._due += 1
            if len(self._waiting) > self._due:
                self._later()
        self.changed()


def _soon(act: Callable[[], None]) -> None:
    timer = threading.Timer(0, act)
    timer.daemon = True
    timer.start()
