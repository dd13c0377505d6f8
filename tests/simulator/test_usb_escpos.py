"""python-escpos' own USB printer class, unmodified, on the simulated bus."""

from __future__ import annotations

from typing import Any

import pytest
from escpos.exceptions import DeviceNotFoundError
from escpos.printer import Usb

from pos_guard_simulator.printer import Fault, ReceiptPrinter
from pos_guard_simulator.usb_bus import SimulatedBus
from pos_guard_simulator.usb_printer import UsbPrinter
from pos_guard_simulator.usb_sim_libusb1 import SimulatedBackend


class Till:
    """A till program with a printer."""

    def __init__(self) -> None:
        self.bus = SimulatedBus()
        self.twin = ReceiptPrinter()
        self.printer = self.bus.plug(UsbPrinter(self.twin))
        self.app: Any = Usb(
            0x04B8,
            0x0E15,
            usb_args={"backend": SimulatedBackend(self.bus)},
            timeout=1000,
            profile="TM-T88V",
        )


@pytest.fixture
def till() -> Till:
    return Till()


def test_it_takes_the_printer_from_the_kernel_and_prints(till: Till) -> None:
    till.app.open()
    assert till.bus.seat(till.printer).bound == {}
    till.app.text("Hello\n")
    till.app.cut()
    till.app.close()
    assert [slip.text for slip in till.twin.paper.receipts] == ["Hello"]


def test_paper_status_and_is_online_are_the_printers(till: Till) -> None:
    till.app.open()
    assert (till.app.paper_status(), till.app.is_online()) == (2, True)
    till.printer.act(lambda twin: twin.fail(Fault.PAPER_OUT))
    assert (till.app.paper_status(), till.app.is_online()) == (0, False)
    till.app.close()


def test_a_printer_that_is_not_there_is_not_found(till: Till) -> None:
    till.bus.unplug(till.printer)
    with pytest.raises(DeviceNotFoundError, match="not found"):
        till.app.open()


def test_without_permission_it_says_so(till: Till) -> None:
    till.bus.permit(till.printer, False)
    with pytest.raises(DeviceNotFoundError, match="Access denied"):
        till.app.open()
