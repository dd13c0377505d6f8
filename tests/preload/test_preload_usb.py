"""pyusb on the real libusb, in another process: the answers are those of Linux's usbfs.

The expected values were seen on Linux 6.1 with a device on vhci_hcd and its usblp driver.
"""

from __future__ import annotations

import errno

import pytest

from pos_guard_simulator.preload.machine import Machine
from pos_guard_simulator.printer import Fault, ReceiptPrinter
from pos_guard_simulator.usb_printer import BULK_OUT, UsbPrinter
from tests.preload.preload_rig import run, until

USB = "USBError"
FIND = """
import usb.core, usb.util
device = usb.core.find(idVendor=0x04b8)
"""
CLAIMED = FIND + "device.detach_kernel_driver(0); usb.util.claim_interface(device, 0)\n"


@pytest.fixture
def printer(machine: Machine) -> UsbPrinter[ReceiptPrinter]:
    return machine.plug(UsbPrinter(ReceiptPrinter()))


def test_it_is_found_with_its_descriptors_and_texts(
    machine: Machine, printer: UsbPrinter[ReceiptPrinter]
) -> None:
    said = run(
        machine,
        FIND
        + """
say("texts", lambda: [device.manufacturer, device.product, device.serial_number])
say("place", lambda: [device.bus, device.address, device.speed])
say("class", lambda: [device[0][(0, 0)].bInterfaceClass, device[0].bNumInterfaces])
say("all", lambda: len(list(usb.core.find(find_all=True))))
""",
    )
    assert said["texts"] == [printer.identity.maker, printer.identity.name, "SIM0000001"]
    assert said["place"] == [1, 2, 2]
    assert said["class"] == [7, 1]
    assert said["all"] == 1


@pytest.mark.usefixtures("printer")
def test_claims_and_drivers_are_as_in_linux(machine: Machine) -> None:
    said = run(
        machine,
        FIND
        + """
say("active", lambda: device.is_kernel_driver_active(0))
say("bound", lambda: usb.util.claim_interface(device, 0))
say("configure", lambda: device.set_configuration())
say("detach", lambda: device.detach_kernel_driver(0))
say("twice", lambda: device.detach_kernel_driver(0))
say("claim", lambda: usb.util.claim_interface(device, 0))
say("attach", lambda: device.attach_kernel_driver(0))
other = usb.core.find(idVendor=0x04b8)
say("second", lambda: usb.util.claim_interface(other, 0))
say("unknown", lambda: device._ctx.backend.claim_interface(device._ctx.handle, 5))
say("release", lambda: usb.util.release_interface(device, 0))
say("unclaimed", lambda: device._ctx.backend.release_interface(device._ctx.handle, 0))
say("again", lambda: device.attach_kernel_driver(0))
say("back", lambda: device.is_kernel_driver_active(0))
""",
    )
    assert said == {
        "active": True,
        "bound": [USB, errno.EBUSY],
        "configure": [USB, errno.EBUSY],
        "detach": None,
        "twice": [USB, errno.ENOENT],
        "claim": None,
        "attach": [USB, errno.EBUSY],
        "second": [USB, errno.EBUSY],
        "unknown": [USB, errno.ENOENT],
        "release": None,
        "unclaimed": [USB, errno.ENOENT],
        "again": None,
        "back": True,
    }


def test_transfers_print_answer_wait_and_stall(
    machine: Machine, printer: UsbPrinter[ReceiptPrinter]
) -> None:
    said = run(
        machine,
        CLAIMED
        + """
say("id", lambda: bytes(device.ctrl_transfer(0xA1, 0, 0, 0, 1024))[2:11])
say("request", lambda: device.ctrl_transfer(0xA1, 9, 0, 0, 1))
say("write", lambda: device.write(1, b"Hello\\n\\x10\\x04\\x01"))
say("read", lambda: bytes(device.read(0x82, 64, 5000)))
before = time.process_time()
say("nothing", lambda: device.read(0x82, 64, 300))
say("idle", lambda: time.process_time() - before < 0.2)
do("stall")
say("stalled", lambda: device.write(1, b"x"))
say("clear", lambda: device.clear_halt(1))
say("after", lambda: device.write(1, b"x"))
say("small", lambda: (device.write(1, b"\\x1dI\\x42" * 3), device.read(0x82, 4, 5000))[1].tolist())
say("reset", device.reset)
""",
        {"stall": lambda: printer.halt(BULK_OUT)},
    )
    assert said["id"] == "MFG:EPSON"
    assert said["request"] == [USB, errno.EPIPE]
    assert (said["write"], said["read"]) == (9, "\x12")
    assert said["nothing"] == ["USBTimeoutError", errno.ETIMEDOUT]
    assert said["idle"] is True, "waiting for a printer must not cost processor time"
    assert said["stalled"] == [USB, errno.EPIPE]
    assert (said["clear"], said["after"], said["reset"]) == (None, 1, None)
    assert said["small"] == [USB, errno.EOVERFLOW]
    assert printer.taken >= 9


def test_a_printer_that_takes_nothing_gives_the_bytes_that_it_took(
    machine: Machine, printer: UsbPrinter[ReceiptPrinter]
) -> None:
    printer.act(lambda twin: twin.fail(Fault.PAPER_OUT))
    said = run(
        machine,
        CLAIMED
        + """
say("partial", lambda: device.write(1, b"x" * 100_000, 500))
say("none", lambda: device.write(1, b"x" * 64, 200))
""",
    )
    partial = said["partial"]
    assert isinstance(partial, int)
    assert 0 < partial < 100_000
    assert partial == printer.taken
    assert said["none"] == ["USBTimeoutError", errno.ETIMEDOUT]


def test_unplugging_ends_what_waits_and_a_new_plug_is_another_device(
    machine: Machine, printer: UsbPrinter[ReceiptPrinter]
) -> None:
    said = run(
        machine,
        CLAIMED
        + """
threading.Timer(0.2, lambda: do("unplug")).start()
say("waiting", lambda: device.read(0x82, 64, 0))
say("write", lambda: device.write(1, b"x"))
say("gone", lambda: usb.core.find(idVendor=0x04b8) is None)
usb.util.dispose_resources(device)
do("plug")
say("address", lambda: usb.core.find(idVendor=0x04b8).address)
""",
        {"unplug": lambda: machine.unplug(printer), "plug": lambda: bool(machine.plug(printer))},
    )
    assert said == {
        "waiting": [USB, errno.ENODEV],
        "write": [USB, errno.ENODEV],
        "gone": True,
        "address": 3,
    }


def test_a_program_that_is_killed_has_claimed_nothing_any_more(
    machine: Machine, printer: UsbPrinter[ReceiptPrinter]
) -> None:
    with pytest.raises(AssertionError):
        run(machine, CLAIMED + "os.kill(os.getpid(), 9)")
    until(lambda: not machine.bus.seat(printer).claims)
    machine.bus.seat(printer).bound[0] = "usblp"
    assert run(machine, CLAIMED + "say('claimed', lambda: True)")["claimed"] is True


def test_python_escpos_prints_as_on_a_real_printer(
    machine: Machine, printer: UsbPrinter[ReceiptPrinter]
) -> None:
    said = run(
        machine,
        """
from escpos.printer import Usb
till = Usb(0x04b8, 0x0e15, timeout=2000, profile="TM-T88V")
till.open()
till.text("Total 12.50\\n")
till.cut()
say("online", till.is_online)
say("paper", till.paper_status)
till.close()
""",
    )
    assert (said["online"], said["paper"]) == (True, 2)
    slips: list[str] = []
    printer.act(lambda twin: slips.extend(slip.text for slip in twin.paper.receipts))
    assert slips == ["Total 12.50"]
