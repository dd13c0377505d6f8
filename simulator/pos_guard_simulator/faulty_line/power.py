"""What becomes of a simulated device when its power goes and comes back."""

from __future__ import annotations

from typing import Protocol

from pos_guard.links.session import Effects
from pos_guard_simulator.bench import Twin
from pos_guard_simulator.printer import Fault
from pos_guard_simulator.simulated_printer import PrinterSeat


class Power(Protocol):
    """What becomes of a device whose power goes, and comes back."""

    serial: bool
    """A serial line is there again by itself; a network connection is reset."""

    def off(self) -> Effects:
        """The power goes."""
        ...

    def on(self) -> Effects:
        """It is there again."""
        ...


class PrinterPower:
    """A printer loses its buffer and settings, and may tell that it is there."""

    def __init__(self, seat: PrinterSeat) -> None:
        self._seat = seat
        self.serial = seat.printer.setup.interface == "serial"

    def off(self) -> Effects:
        """Silent from now on."""
        return self._seat.fail(Fault.POWER_OFF)

    def on(self) -> Effects:
        """As new."""
        return self._seat.clear(Fault.POWER_OFF)


class TwinPower:
    """Any other device: its conversation is lost, its books are not."""

    def __init__(self, twin: Twin, *, serial: bool) -> None:
        self._twin = twin
        self.serial = serial

    def off(self) -> Effects:
        """What was under way is over."""
        return self._twin.closed()

    def on(self) -> Effects:
        """Somebody is on the line, where it is still one."""
        return self._twin.connected() if self.serial else []


def power_of(twin: Twin, *, serial: bool) -> Power:
    """A printer's seat has its own; ``serial`` is for all others."""
    return PrinterPower(twin) if isinstance(twin, PrinterSeat) else TwinPower(twin, serial=serial)
