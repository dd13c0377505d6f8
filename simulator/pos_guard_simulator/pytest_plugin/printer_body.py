"""The printer twin on a line and on the USB, with the faults that each place has."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from pos_guard.frames.printer_models import printer_model
from pos_guard.links.session import Effects
from pos_guard_simulator.faulty_line.line import FaultyLine
from pos_guard_simulator.guarded.devices import guarded_printer
from pos_guard_simulator.line_faults import LineFault, LinePlan
from pos_guard_simulator.printer import ReceiptPrinter, Setup
from pos_guard_simulator.printer_setup import Interface
from pos_guard_simulator.pytest_plugin.clock import Alarm
from pos_guard_simulator.pytest_plugin.frames import FrameLog
from pos_guard_simulator.pytest_plugin.news import News
from pos_guard_simulator.pytest_plugin.place import Place, UsbPlace
from pos_guard_simulator.pytest_plugin.room import Room
from pos_guard_simulator.simulate_faults import Trouble, planned
from pos_guard_simulator.simulated_printer import PrinterSeat
from pos_guard_simulator.usb_printer import UsbPrinter

NAME = "printer"


class LinePrinter:
    """A printer in memory, on a pty or at a TCP port."""

    def __init__(self, room: Room) -> None:
        level = room.wanted.level_of(NAME)
        setup = _setup(room, "tcp" if level == "tcp" else "serial")
        self.printer = ReceiptPrinter(printer_model(room.wanted.printer), setup, room.clock.source)
        self._seat = PrinterSeat(self.printer)
        self._line = FaultyLine(self._seat)
        model = room.wanted.printer
        self.place: Place = room.stand(
            NAME, self._line, self.printer.model.language, partial(guarded_printer, model)
        )

    def begin(self, trouble: Trouble) -> None:
        """A fault of the printer, or of its line."""
        self.place.do(lambda: self._begin(trouble))

    def end(self, name: str) -> None:
        """It is put right."""
        fault = planned(name)
        self.place.do(
            lambda: (
                self._line.clear(fault)
                if isinstance(fault, LineFault)
                else self._line.outward(self._seat.clear(fault))
            )
        )

    def faults(self) -> set[str]:
        """What is wrong now."""
        return {str(fault) for fault in self.printer.faults}

    def _begin(self, trouble: Trouble) -> Effects:
        if isinstance(trouble, LinePlan):
            return self._line.plan(trouble)
        return self._line.outward(self._seat.fail(trouble.fault, trouble.after_lines))


class UsbBody:
    """A printer on the simulated bus."""

    def __init__(self, room: Room) -> None:
        self.printer = _Noted(room)
        self._device = UsbPrinter(self.printer)
        # A kernel's usblp holds a printer until a program takes it.
        self.place: Place = UsbPlace(room.bus, self._device, self._run, "usblp")
        alarm = Alarm(lambda: self.printer.deadline_us, lambda: self._device.act(_tick))
        room.keep(NAME, self.place, alarm)

    def begin(self, trouble: Trouble) -> None:
        """A fault of the printer; of its line only that the cable is pulled.

        :raises ValueError: any other fault of the line: USB corrects those by itself.
        """
        if not isinstance(trouble, LinePlan):
            self._device.act(lambda twin: twin.fail(trouble.fault, after_lines=trouble.after_lines))
        elif trouble.fault is LineFault.UNPLUG and not trouble.outward:
            self._device.unplug(after=trouble.at)
        else:
            raise ValueError(f"{trouble.fault} does not happen on the USB, only: unplug")

    def end(self, name: str) -> None:
        """It is put right."""
        fault = planned(name)
        if isinstance(fault, LineFault):
            self.place.plug()
        else:
            self._device.act(lambda twin: twin.clear(fault))

    def faults(self) -> set[str]:
        """What is wrong now."""
        return {str(fault) for fault in self.printer.faults}

    def _run(self, act: Callable[[], Effects]) -> None:
        """Only to read it: what a printer says goes out by ``UsbPrinter.act``."""

        def look(_: ReceiptPrinter) -> None:
            act()

        self._device.act(look)


class _Noted(ReceiptPrinter):
    """A printer whose bytes are noted, whichever way they come."""

    def __init__(self, room: Room) -> None:
        super().__init__(printer_model(room.wanted.printer), _setup(room, "usb"), room.clock.source)
        self._log: FrameLog = room.log(NAME, self.model.language)
        self._news: News = room.news

    def data(self, data: bytes) -> bytes:
        """The host sent bytes."""
        self._log.note(data, outward=False)
        return self._told(super().data(data))

    def tick(self) -> bytes:
        """Time has passed."""
        return self._told(super().tick())

    def _told(self, answer: bytes) -> bytes:
        self._log.note(answer, outward=True)
        self._news.tell()
        return answer


def _tick(printer: ReceiptPrinter) -> bytes:
    return printer.tick()


def _setup(room: Room, interface: Interface) -> Setup:
    return Setup(timed=room.wanted.timed, interface=interface, drawer=room.wanted.drawer)
