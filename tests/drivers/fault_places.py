"""Printers of the simulator behind a pty, TCP or USB, with the fault of one case."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal, Protocol

from pos_guard.frames.printer_models import PrinterModel
from pos_guard.links.session import CloseApp, Effects, ToApp
from pos_guard.ports.usb import UsbPort
from pos_guard.ports.usb_find import UsbPlace
from pos_guard_drivers.connect import connector
from pos_guard_drivers.device_line import Connect
from pos_guard_simulator.bench import Bench
from pos_guard_simulator.faulty_line.line import FaultyLine
from pos_guard_simulator.line_faults import LineFault, LinePlan
from pos_guard_simulator.printer import Fault, ReceiptPrinter, Setup
from pos_guard_simulator.simulated_printer import PrinterSeat
from pos_guard_simulator.usb_bus import SimulatedBus
from pos_guard_simulator.usb_printer import BULK_IN, BULK_OUT, UsbPrinter
from pos_guard_simulator.usb_sim_libusb1 import SimulatedBackend
from tests.drivers.fault_case import NEVER, NEXT_SECONDS, PAUSE_MS, QUIET_SECONDS, Blink, Case, Wire

_AMOUNTS = {
    LineFault.DELAY: PAUSE_MS,
    LineFault.POWER_CYCLE: PAUSE_MS,
    LineFault.BROWN_OUT: PAUSE_MS,
    LineFault.BACK_PRESSURE: 2000,
    LineFault.BAUD_MISMATCH: 50,
}
"""Milliseconds, bytes a second, percent; of the others one byte."""


class StruckLine:
    """A printer's line in which the fault strikes at its place. A twin for the bench."""

    def __init__(self, case: Case, printer: ReceiptPrinter) -> None:
        self.wire = Wire(case)
        self._case = case
        self._seat = PrinterSeat(printer)
        self._line = FaultyLine(self._seat)
        self._hung_up = False

    @property
    def room(self) -> int:
        """Bytes that the line takes now."""
        return self._line.room

    def connected(self) -> Effects:
        """Somebody dialled."""
        self._hung_up = False
        return self._told(self._line.connected())

    def closed(self) -> Effects:
        """The host hung up."""
        return self._told(self._line.closed())

    def timer(self, name: str) -> Effects:
        """The line's or the printer's."""
        return self._told(self._line.timer(name))

    def data(self, data: bytes) -> Effects:
        """From the host; the fault strikes before the byte that it was planned for."""
        if self._hung_up:  # it was on its way to a connection that is no more
            return []
        at = self.wire.split(data)
        effects = self._pass(data[:at])
        if at is None:
            return effects
        self.wire.struck = True
        effects += self.strike()
        self._hung_up = any(isinstance(effect, CloseApp) for effect in effects)
        return effects if self._hung_up else effects + self._pass(data[at:])

    def strike(self) -> Effects:
        """The fault is there."""
        trouble = self._case.trouble
        if isinstance(trouble, LineFault):
            amount = _AMOUNTS.get(trouble, 1)
            plan = LinePlan(trouble, outward=self._case.outward, amount=amount)
            return self._told(self._line.plan(plan))
        if isinstance(trouble, Fault):
            return self._told(self._line.outward(self._seat.fail(trouble)))
        return self._power_off() + self._power_on()

    def mend(self) -> Effects:
        """Somebody puts it right. A dead connection is found by the driver, if it can."""
        trouble = self._case.trouble
        if trouble is Fault.POWER_OFF:
            return self._power_on()
        if isinstance(trouble, Fault):
            return self._told(self._line.outward(self._seat.clear(trouble)))
        if isinstance(trouble, LineFault):
            return self._told(self._line.clear(trouble))
        return []

    def _power_off(self) -> Effects:
        return self._told(self._line.outward(self._seat.fail(Fault.POWER_OFF)))

    def _power_on(self) -> Effects:
        """A network connection from before is reset then."""
        effects = self._told(self._line.outward(self._seat.clear(Fault.POWER_OFF)))
        return effects + ([CloseApp("switched on")] if self._case.transport == "tcp" else [])

    def _pass(self, data: bytes) -> Effects:
        self.wire.host_sent(data)
        return self._told(self._line.data(data)) if data else []

    def _told(self, effects: Effects) -> Effects:
        for effect in effects:
            if isinstance(effect, ToApp):
                self.wire.told += effect.data
        return effects


class StruckUsb(UsbPrinter[ReceiptPrinter]):
    """The same on USB, where a fault is the device's: gone, halted, or saying NAK."""

    def __init__(self, case: Case, printer: ReceiptPrinter, bus: SimulatedBus) -> None:
        super().__init__(printer)
        self.wire = Wire(case)
        self._case = case
        self._bus = bus
        self._timers: list[threading.Timer] = []

    def take(self, endpoint: int, data: bytes) -> int:
        """What is taken before the fault, and after it if it leaves the endpoint alive."""
        at = self.wire.split(data)
        taken = self._take(endpoint, data[:at])
        if at is None or taken < at:
            return taken
        self.wire.struck = True
        self.strike()
        alive = self.present and endpoint not in self._halted | self._muted
        return taken + (self._take(endpoint, data[at:]) if alive else 0)

    def _take(self, endpoint: int, data: bytes) -> int:
        taken = super().take(endpoint, data)
        self.wire.host_sent(data[:taken])
        return taken

    def give(self, endpoint: int, size: int) -> bytes | None:
        """What the host reads."""
        packet = super().give(endpoint, size)
        self.wire.told += packet or b""
        return packet

    def strike(self) -> None:
        """The fault is there."""
        end = BULK_IN if self._case.outward else BULK_OUT
        match self._case.trouble:
            case LineFault.UNPLUG:
                self.unplug()
            case Fault.POWER_OFF:
                self._off()
            case LineFault.POWER_CYCLE:
                self._off()
                self._later(PAUSE_MS, self._on)
            case Blink.POWER_BLINK:
                self._off()
                self._later(0, self._on)
            case Blink.HALT:
                self.halt(end)
            case LineFault.HALF_OPEN:
                self.mute(BULK_IN)
                self.mute(BULK_OUT)
            case Fault() as fault:
                self.act(lambda twin: twin.fail(fault))
            case trouble:
                self.mute(end)
                if trouble is LineFault.DELAY:
                    self._later(PAUSE_MS, lambda: self.unmute(end))

    def mend(self) -> None:
        """Somebody puts it right."""
        trouble = self._case.trouble
        if trouble in (Fault.POWER_OFF, LineFault.UNPLUG):
            self._on()
        elif isinstance(trouble, Fault):
            self.act(lambda twin: twin.clear(trouble))
        for timer in self._timers:
            timer.join()
        self.unmute(BULK_IN)
        self.unmute(BULK_OUT)

    def _off(self) -> None:
        self.act(lambda twin: twin.fail(Fault.POWER_OFF))
        self.unplug()

    def _on(self) -> None:
        self.act(lambda twin: twin.clear(Fault.POWER_OFF))
        self._bus.plug(self)

    def _later(self, milliseconds: int, act: Callable[[], None]) -> None:
        timer = threading.Timer(milliseconds / 1000, act)
        self._timers.append(timer)
        timer.start()


def all_text(printer: ReceiptPrinter) -> str:
    """What is on paper; a form feed where it was cut."""
    return "\n".join(slip.text + ("\f" if slip.cut else "") for slip in printer.paper.slips)


class Place(Protocol):
    """A printer at the end of some transport, for one case."""

    wire: Wire
    connect: Connect
    address: str

    def strike(self) -> None:
        """The fault is there now."""
        ...

    def quiet(self, sent: int) -> None:
        """Wait a moment until all that was sent has come to the line."""
        ...

    def mend(self) -> None:
        """And gone again."""
        ...

    def paper(self) -> str:
        """All that is on paper."""
        ...


class LinePlace:
    """On a pty or TCP. A pty that was hung up on is another one afterwards, under its old name."""

    def __init__(self, case: Case, printer: ReceiptPrinter, bench: Bench, folder: str) -> None:
        self._case = case
        self._bench = bench
        self._twin = StruckLine(case, printer)
        self._printer = printer
        self._link = str(Path(folder) / "printer")
        self.wire = self._twin.wire
        where = self._put("printer")
        self.address = f"serial:{where}" if case.transport == "pty" else f"tcp:{where}"
        self.connect: Connect = connector(self.address)

    def _put(self, name: str) -> str:
        if self._case.transport == "pty":
            return self._bench.pty(name, self._twin, self._link)
        return self._bench.tcp(name, self._twin)

    def strike(self) -> None:
        self._bench.call("printer", self._twin.strike)

    def quiet(self, sent: int) -> None:
        end = time.monotonic() + QUIET_SECONDS
        while not self.wire.ended and sent and time.monotonic() < end:
            NEVER.wait(0.005)

    def mend(self) -> None:
        self._bench.call("printer", self._twin.mend)
        end = time.monotonic() + NEXT_SECONDS
        while Fault.POWER_OFF in self._printer.faults and time.monotonic() < end:
            NEVER.wait(0.01)
        self._bench.ask(lambda: None)  # whoever is to be hung up on has been by then
        dead = self._case.trouble in (LineFault.UNPLUG, LineFault.HALF_OPEN)
        if dead and self._case.transport == "pty":
            self._bench.unplug("printer")
            self._put("printer again")
        elif dead and self._case.strategy == "none":
            self._bench.unplug("printer")

    def paper(self) -> str:
        return self._bench.ask(lambda: all_text(self._printer))


class UsbSeat:
    """On the simulated bus, driven through pyusb."""

    def __init__(self, case: Case, printer: ReceiptPrinter) -> None:
        bus = SimulatedBus()
        self._device = bus.plug(StruckUsb(case, printer, bus))
        self._printer = printer
        self.wire = self._device.wire
        self.address = f"usb:{id(bus)}"
        self.connect: Connect = lambda _: UsbPort.open(UsbPlace(), backend=SimulatedBackend(bus))

    def strike(self) -> None:
        self._device.strike()

    def quiet(self, sent: int) -> None:
        """What USB counts as sent is in the printer."""

    def mend(self) -> None:
        self._device.mend()

    def paper(self) -> str:
        return all_text(self._printer)


@contextmanager
def placed(case: Case, model: PrinterModel) -> Generator[Place]:
    """A printer of this model where the case wants it."""
    if case.transport == "usb":
        yield UsbSeat(case, ReceiptPrinter(model, Setup(interface="usb")))
        return
    interface: Literal["serial", "tcp"] = "tcp" if case.transport == "tcp" else "serial"
    with TemporaryDirectory() as folder, Bench() as bench:
        yield LinePlace(case, ReceiptPrinter(model, Setup(interface=interface)), bench, folder)
