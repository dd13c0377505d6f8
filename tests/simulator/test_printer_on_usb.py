"""A printer with the faults of its line, as a USB device."""

from __future__ import annotations

import threading

import pytest

from pos_guard.clock import ManualClock
from pos_guard.frames.printer_models import printer_model
from pos_guard.links.session import Effects
from pos_guard.ports.usb_device import Unplugged
from pos_guard_simulator.faulty_line.line import FaultyLine
from pos_guard_simulator.line_faults import LineFault, LinePlan
from pos_guard_simulator.printer import Fault, ReceiptPrinter
from pos_guard_simulator.printer_on_usb import printer_on_usb, usb_identity
from pos_guard_simulator.printer_setup import Setup
from pos_guard_simulator.simulate_device import OnUsb
from pos_guard_simulator.simulated_printer import PrinterSeat
from pos_guard_simulator.usb_bus import SimulatedBus
from pos_guard_simulator.usb_printer import BULK_IN, BULK_OUT

STATUS = b"\x10\x04\x01"


class Counter:
    """A printer on the USB, and the hands of whoever stands before it."""

    def __init__(self, setup: Setup | None = None) -> None:
        self.clock = ManualClock()
        self.printer = ReceiptPrinter(printer_model("epson"), setup or Setup(), self.clock)
        self.seat = PrinterSeat(self.printer)
        self.line = FaultyLine(self.seat)
        self.usb: OnUsb = printer_on_usb(self.printer, self.line, usb_identity(self.printer.model))

    def send(self, data: bytes) -> int:
        return self.usb.function.out(BULK_OUT, data)

    def heard(self) -> bytes:
        found = b""
        while (packet := self.usb.function.in_(BULK_IN, 64)) is not None:
            found += packet
        return found


def test_it_prints_and_answers() -> None:
    counter = Counter()
    assert counter.send(b"Hello\n\x1dV\x00" + STATUS) == 12
    assert counter.heard() == b"\x12"
    assert [slip.text for slip in counter.printer.paper.receipts] == ["Hello"]


def test_a_fault_by_hand_is_told_by_automatic_status() -> None:
    counter = Counter()
    counter.send(b"\x1da\xff")
    counter.heard()

    def open_cover() -> Effects:
        return counter.line.outward(counter.seat.fail(Fault.COVER_OPEN))

    counter.usb.do(open_cover)
    assert counter.heard()[0] & 0x20, "cover open, in the first byte of ASB"


def test_a_stalled_line_answers_nak_and_goes_on() -> None:
    counter = Counter()
    counter.usb.do(lambda: counter.line.plan(LinePlan(LineFault.STALL)))
    assert counter.send(b"x\n") == 0
    counter.usb.do(lambda: counter.line.clear(LineFault.STALL))
    assert counter.send(b"x\n") == 2


def test_unplugged_at_a_byte_it_leaves_the_bus() -> None:
    counter = Counter()
    gone = threading.Event()

    def look() -> None:
        if not counter.usb.function.present:
            gone.set()

    counter.usb.function.listen(look)
    counter.usb.do(lambda: counter.line.plan(LinePlan(LineFault.UNPLUG, 2)))
    counter.send(b"abcd")
    assert gone.wait(10)
    with pytest.raises(Unplugged):
        counter.send(b"x")


@pytest.mark.parametrize(
    ("model", "ids"),
    [("epson", (0x04B8, 0x0E15)), ("clone-58", (0x0416, 0x5011)), ("clone-80", (0x0FE6, 0x811E))],
)
def test_it_has_its_models_ids(model: str, ids: tuple[int, int]) -> None:
    identity = usb_identity(printer_model(model))
    assert (identity.vendor, identity.product) == ids
    assert identity.name
    assert identity.maker


def test_the_line_hears_of_the_cable_once_each_time() -> None:
    heard: list[str] = []

    class Line:
        def connected(self) -> Effects:
            heard.append("in")
            return []

        def closed(self) -> Effects:
            heard.append("out")
            return []

        def data(self, data: bytes) -> Effects:
            heard.append(data.decode())
            return []

        def timer(self, name: str) -> Effects:
            raise AssertionError(name)

    printer = ReceiptPrinter()
    device = printer_on_usb(printer, Line(), usb_identity(printer.model)).function
    bus = SimulatedBus()
    bus.plug(device)
    bus.plug(device)
    assert device.out(1, b"ab") == 2
    device.unplug(after=1)
    assert device.out(1, b"cd") == 1
    bus.unplug(device)
    bus.plug(device)
    assert heard == ["in", "ab", "c", "out", "in"]
