"""What only the preload level has to show; ``tests/contract`` has what is as on any Linux.

pyusb on the real libusb, in another process.
"""

from __future__ import annotations

import pytest

from pos_guard_simulator.preload.machine import Machine
from pos_guard_simulator.printer import ReceiptPrinter
from pos_guard_simulator.usb_printer import BULK_OUT, UsbPrinter
from tests.preload.preload_rig import run, until

FIND = """
import usb.core, usb.util
device = usb.core.find(idVendor=0x04b8)
"""
CLAIMED = FIND + "device.detach_kernel_driver(0); usb.util.claim_interface(device, 0)\n"


@pytest.fixture
def printer(machine: Machine) -> UsbPrinter[ReceiptPrinter]:
    return machine.plug(UsbPrinter(ReceiptPrinter()))


@pytest.mark.usefixtures("printer")
def test_its_place_is_that_of_the_first_device_on_the_bus(machine: Machine) -> None:
    said = run(
        machine,
        FIND
        + """
say("place", lambda: [device.bus, device.address])
say("all", lambda: len(list(usb.core.find(find_all=True))))
""",
    )
    assert said == {"place": [1, 2], "all": 1}


@pytest.mark.usefixtures("printer")
def test_waiting_for_a_printer_costs_no_processor_time(machine: Machine) -> None:
    said = run(
        machine,
        CLAIMED
        + """
before = time.process_time()
say("nothing", lambda: device.read(0x82, 64, 300))
say("idle", lambda: time.process_time() - before < 0.2)
""",
    )
    assert said["idle"] is True


def test_a_reset_ends_a_stall(machine: Machine, printer: UsbPrinter[ReceiptPrinter]) -> None:
    printer.halt(BULK_OUT)
    said = run(
        machine,
        CLAIMED
        + """
say("reset", device.reset)
say("write", lambda: device.write(1, b"x"))
""",
    )
    assert said == {"reset": None, "write": 1}


def test_a_program_that_is_killed_has_claimed_nothing_any_more(
    machine: Machine, printer: UsbPrinter[ReceiptPrinter]
) -> None:
    with pytest.raises(AssertionError):
        run(machine, CLAIMED + "os.kill(os.getpid(), 9)")
    until(lambda: not machine.bus.seat(printer).claims)
    machine.bus.seat(printer).bound[0] = "usblp"
    assert run(machine, CLAIMED + "say('claimed', lambda: True)")["claimed"] is True
