"""A printer's seat, with the faults of its line, as a twin that a USB printer takes."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace

from pos_guard.clock import Clock
from pos_guard.frames.escpos_status import Condition
from pos_guard.frames.printer_models import PrinterModel
from pos_guard.links.session import CancelTimer, CloseApp, Effects, SetTimer, ToApp
from pos_guard.ports.usb_descriptors import UsbIdentity
from pos_guard_simulator.bench import READ_BYTES, Bounded, Twin
from pos_guard_simulator.line_faults import ComesBack
from pos_guard_simulator.printer import ReceiptPrinter
from pos_guard_simulator.simulate_device import OnUsb
from pos_guard_simulator.usb_printer import EPSON_TM, UsbPrinter

_MAKER, _NAME = 66, 67
"""Numbers of GS I (ESC/POS reference, GS I)."""


class LinePrinter:
    """A ``TimedTwin`` of ``usb_printer`` around a line.

    ``leave`` is called to be unplugged, and plugged in after so many seconds where there are any.
    """

    def __init__(
        self, printer: ReceiptPrinter, line: Twin, leave: Callable[[float | None], None]
    ) -> None:
        self._printer = printer
        self._line = line
        self._leave = leave
        self._timers: dict[str, int] = {}

    @property
    def clock(self) -> Clock:
        """The printer's time."""
        return self._printer.clock

    @property
    def room(self) -> int:
        """Bytes that the line takes now."""
        return self._line.room if isinstance(self._line, Bounded) else READ_BYTES

    @property
    def condition(self) -> Condition:
        """The printer's state."""
        return self._printer.condition

    @property
    def deadline_us(self) -> int | None:
        """When the first timer runs out."""
        return min(self._timers.values(), default=None)

    def data(self, data: bytes) -> bytes:
        """Take bytes; what is answered."""
        return self.said(self._line.data(data))

    def tick(self) -> bytes:
        """Run what is due; what is said."""
        now = self.clock.boot_us()
        due = [name for name, at in self._timers.items() if at <= now]
        answer = b""
        for name in due:
            del self._timers[name]
            answer += self.said(self._line.timer(name))
        return answer

    def plugged(self) -> bytes:
        """A cable is in: a line that was cut off is whole again."""
        return self.said(self._line.connected())

    def unplugged(self) -> bytes:
        """It is out; nobody hears what is said."""
        return self.said(self._line.closed())

    def said(self, effects: Effects) -> bytes:
        """Carry out what the line wants; the bytes for the host."""
        answer = bytearray()
        for effect in effects:
            match effect:
                case ToApp(data):
                    answer += data
                case SetTimer(name, seconds):
                    self._timers[name] = self.clock.boot_us() + round(seconds * 1_000_000)
                case CancelTimer(name):
                    self._timers.pop(name, None)
                case ComesBack(_, seconds):
                    self._leave(seconds)
                case CloseApp():
                    self._leave(None)
                case _:
                    raise TypeError(f"a printer has no {effect}")
        return bytes(answer)


class UsbLinePrinter(UsbPrinter[LinePrinter]):
    """A printer whose line hears of the cable, once each time."""

    _cable = False

    def plug(self) -> None:
        """Be on the bus; see UsbPrinter."""
        super().plug()
        if not self._cable:
            self._cable = True
            self.act(LinePrinter.plugged)

    def unplug(self, *, after: int = 0) -> None:
        """Leave the bus; see UsbFunction."""
        super().unplug(after=after)
        if self._cable and not self.present:
            self._cable = False
            self.act(LinePrinter.unplugged)


def usb_identity(model: PrinterModel) -> UsbIdentity:
    """The model's own ids and names, where it is known to have any; else Epson's."""
    if not model.usb:
        return EPSON_TM
    vendor, product = model.usb[0]
    maker, name = model.identity.get(_MAKER, ""), model.identity.get(_NAME, "")
    fallback = model.names[0] if model.names else model.name
    return replace(
        EPSON_TM,
        vendor=vendor,
        product=product,
        maker=maker or fallback.partition("-")[0],
        name=name or fallback,
    )


def printer_on_usb(printer: ReceiptPrinter, line: Twin, identity: UsbIdentity) -> OnUsb:
    """The printer as a USB device of class 7, with every fault that its line can have."""
    device: UsbLinePrinter

    def leave(back_after: float | None) -> None:
        # The device's lock is held here, and whoever hears of it may want it.
        threading.Timer(0, device.unplug).start()
        if back_after is not None:
            device.plug_after(back_after)

    twin = LinePrinter(printer, line, leave)
    device = UsbLinePrinter(twin, identity)

    def do(act: Callable[[], Effects]) -> None:
        device.act(lambda twin: twin.said(act()))

    return OnUsb(device, do)
