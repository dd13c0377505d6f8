"""What can go wrong between a scanner and the app: on a line of bytes, or of reports."""

from __future__ import annotations

from typing import Protocol

from pos_guard.links.session import Effects
from pos_guard_simulator.faulty_line.line import FaultyLine
from pos_guard_simulator.hid_link.physics import possible
from pos_guard_simulator.line_faults import LineFault, LinePlan
from pos_guard_simulator.usb_function import UsbFunction
from pos_guard_simulator.usb_scanner_hid import UsbHid


class ScannerLink(Protocol):
    """A scanner's link. ``fail`` and ``clear`` run where the scanner lives."""

    def outward(self, effects: Effects) -> Effects:
        """What the scanner said, as the link lets it out."""
        ...

    def check(self, plan: LinePlan) -> None:
        """Whether this link can have it.

        :raises ValueError: it cannot; the message says why.
        """
        ...

    def fail(self, plan: LinePlan) -> Effects:
        """It happens, now or later."""
        ...

    def clear(self, fault: LineFault) -> Effects:
        """It ends."""
        ...


class ByteLine:
    """A serial line, a socket, CDC-ACM."""

    def __init__(self, line: FaultyLine) -> None:
        self._line = line

    def outward(self, effects: Effects) -> Effects:
        """Through the line."""
        return self._line.outward(effects)

    def check(self, plan: LinePlan) -> None:
        """Bytes can have everything."""

    def fail(self, plan: LinePlan) -> Effects:
        """See FaultyLine."""
        return self._line.plan(plan)

    def clear(self, fault: LineFault) -> Effects:
        """See FaultyLine."""
        return self._line.clear(fault)


class HidReports:
    """A HID device, whose reports wait in it for the host."""

    def __init__(self, device: UsbFunction) -> None:
        if not isinstance(device, UsbHid):
            raise TypeError(f"{type(device).__name__} has no reports")
        self._device = device

    def outward(self, effects: Effects) -> Effects:
        """There are none."""
        return effects

    def check(self, plan: LinePlan) -> None:
        """See hid_link.physics."""
        possible(plan)

    def fail(self, plan: LinePlan) -> Effects:
        """See UsbHid."""
        self._device.fail_link(plan)
        return []

    def clear(self, fault: LineFault) -> Effects:
        """See UsbHid."""
        self._device.clear_link(fault)
        return []


class RealLink:
    """A real scanner's: nobody here can make it fail."""

    def outward(self, effects: Effects) -> Effects:
        """Nothing is between."""
        return effects

    def check(self, plan: LinePlan) -> None:
        """See ScannerLink.

        :raises ValueError: always.
        """
        raise ValueError(f"{plan.fault}: a real scanner's link is as it is")

    def fail(self, plan: LinePlan) -> Effects:
        """It never gets here."""
        del plan
        return []

    def clear(self, fault: LineFault) -> Effects:
        """There is nothing to end."""
        del fault
        return []
