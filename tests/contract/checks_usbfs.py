"""``/dev/bus/usb`` through libusb and pyusb: what programs without usblp meet."""

from __future__ import annotations

import threading
from array import array
from typing import Any

import usb.util

from tests.contract.files import code_of, exception_of, pulling
from tests.contract.levels import Level
from tests.contract.site import Device, Site
from tests.contract.statements import Family
from tests.contract.waiting import wait_until

FS = Family(
    "usbfs",
    "A printer through libusb and pyusb",
    "drivers/usb/core/devio.c through libusb 1.0.26 and pyusb 1.3.1, seen on Linux 6.1",
    (Level.USB, Level.PRELOAD, Level.USBIP, Level.KERNEL),
)

OUT, IN = 0x01, 0x82
GET_DEVICE_ID, GET_PORT_STATUS, SOFT_RESET = (0xA1, 0), (0xA1, 1), (0x21, 2)

UNLINK = "an answer to an unlinked transfer carries no count in USB/IP, so that it is a time-out"


def claimed(printer: Device) -> Any:
    """Taken from usblp, and ours."""
    device = printer.usb()
    device.detach_kernel_driver(0)
    usb.util.claim_interface(device, 0)
    return device


def backend(device: Any) -> tuple[Any, Any]:
    """pyusb's backend and its handle: what pyusb itself would notice before."""
    return device._ctx.backend, device._ctx.handle


@FS.states(
    "texts",
    "It is found by its ids; its texts can be read while usblp has it.",
)
def shows_what_it_is(site: Site) -> None:
    device = site.plug("printer").usb()
    assert (device.idVendor, device.idProduct, device.speed) == (0x04B8, 0x0E15, 2)
    assert (device.manufacturer, device.product) == ("EPSON", "TM-T20II")
    assert device.serial_number == "one"
    ends = [end.bEndpointAddress for end in device[0][(0, 0)]]
    assert (device[0][(0, 0)].bInterfaceClass, sorted(ends)) == (7, [OUT, IN])


@FS.states("bound-claim", "While usblp is bound a claim is EBUSY.")
def a_bound_interface_is_not_claimed(site: Site) -> None:
    device = site.plug("printer").usb()
    assert device.is_kernel_driver_active(0) is True
    assert code_of(lambda: usb.util.claim_interface(device, 0)) == "EBUSY"


@FS.states("bound-request", "So is a class request to the interface, and a bulk transfer.")
def a_bound_interface_takes_no_requests(site: Site) -> None:
    device = site.plug("printer").usb()
    assert code_of(lambda: device.ctrl_transfer(*GET_PORT_STATUS, 0, 0, 1)) == "EBUSY"
    assert code_of(lambda: device.write(OUT, b"x")) == "EBUSY"
    assert code_of(lambda: device.read(IN, 64)) == "EBUSY"


@FS.states("bound-below", "Below pyusb, which claims before it asks, such a transfer is EIO.")
def a_bound_interface_takes_no_transfers(site: Site) -> None:
    low, handle = _open_only(site.plug("printer").usb())
    byte = array("B", b"x")
    assert code_of(lambda: low.bulk_write(handle, OUT, 0, byte, 1000)) == "EIO"
    request = (*GET_PORT_STATUS, 0, 0, byte, 1000)
    assert code_of(lambda: low.ctrl_transfer(handle, *request)) == "EIO"


@FS.states(
    "bound-device-id",
    "GET_DEVICE_ID passes all the same.",
    source="check_ctrlrecip in drivers/usb/core/devio.c",
)
def the_device_id_is_for_everybody(site: Site) -> None:
    low, handle = _open_only(site.plug("printer").usb())  # pyusb would claim the interface first
    answer = array("B", bytes(1024))
    count = low.ctrl_transfer(handle, *GET_DEVICE_ID, 0, 0, answer, 1000)
    assert answer[2:count].tobytes().startswith(b"MFG:EPSON;")


@FS.states("bound-configuration", "set_configuration is EBUSY while a driver is bound.")
def a_bound_device_is_not_configured(site: Site) -> None:
    device = site.plug("printer").usb()
    assert code_of(device.set_configuration) == "EBUSY"


@FS.states("bound-attach", "attach is EBUSY while a driver is bound.")
def a_driver_is_attached_once(site: Site) -> None:
    device = site.plug("printer").usb()
    assert code_of(lambda: device.attach_kernel_driver(0)) == "EBUSY"


@FS.states("detach-twice", "A second detach is ENOENT.")
def a_driver_is_detached_once(site: Site) -> None:
    device = site.plug("printer").usb()
    device.detach_kernel_driver(0)
    assert device.is_kernel_driver_active(0) is False
    assert code_of(lambda: device.detach_kernel_driver(0)) == "ENOENT"


@FS.states("claimed-attach", "attach is EBUSY while the interface is claimed, and works after it.")
def a_claimed_interface_gets_no_driver(site: Site) -> None:
    device = claimed(site.plug("printer"))
    assert code_of(lambda: device.attach_kernel_driver(0)) == "EBUSY"
    usb.util.release_interface(device, 0)
    device.attach_kernel_driver(0)
    assert device.is_kernel_driver_active(0) is True


@FS.states("claimed-configuration", "set_configuration is EBUSY under any claim, one's own too.")
def a_claimed_device_is_not_configured(site: Site) -> None:
    device = claimed(site.plug("printer"))
    assert code_of(device.set_configuration) == "EBUSY"


@FS.states("second-claim", "What one program has claimed is EBUSY for another.")
def an_interface_is_claimed_by_one(site: Site) -> None:
    printer = site.plug("printer")
    claimed(printer)
    other = printer.usb()
    assert code_of(lambda: usb.util.claim_interface(other, 0)) == "EBUSY"
    assert code_of(lambda: other.write(OUT, b"x")) == "EBUSY"


@FS.states("auto-claim", "A transfer without a claim claims the interface.")
def a_transfer_claims(site: Site) -> None:
    printer = site.plug("printer")
    device = printer.usb()
    device.detach_kernel_driver(0)
    low, handle = _open_only(device)
    assert low.bulk_write(handle, OUT, 0, array("B", b"x"), 1000) == 1
    other = printer.usb()
    assert code_of(lambda: usb.util.claim_interface(other, 0)) == "EBUSY"


def _open_only(device: Any) -> tuple[Any, Any]:
    """A handle of a device whose interface pyusb has not claimed for a transfer."""
    device.ctrl_transfer(0x80, 0, 0, 0, 2)
    return backend(device)


@FS.states("release-twice", "A second release is ENOENT.")
def a_claim_is_released_once(site: Site) -> None:
    device = claimed(site.plug("printer"))
    usb.util.release_interface(device, 0)
    low, handle = backend(device)
    assert code_of(lambda: low.release_interface(handle, 0)) == "ENOENT"


@FS.states("no-interface", "A claim of an interface that is not there is ENOENT.")
def there_is_no_other_interface(site: Site) -> None:
    device = site.plug("printer").usb()
    assert code_of(lambda: usb.util.claim_interface(device, 3)) == "ENOENT"


@FS.states("alternate", "An alternate setting without a claim, or that is not there, is ENOENT.")
def an_alternate_setting_needs_a_claim(site: Site) -> None:
    device = site.plug("printer").usb()
    device.detach_kernel_driver(0)
    low, handle = _open_only(device)
    assert code_of(lambda: low.set_interface_altsetting(handle, 0, 0)) == "ENOENT"
    low.claim_interface(handle, 0)
    low.set_interface_altsetting(handle, 0, 0)
    assert code_of(lambda: low.set_interface_altsetting(handle, 0, 1)) == "ENOENT"


@FS.states(
    "class-requests",
    "The three class requests work, and one it does not know is EPIPE.",
)
def class_requests(site: Site) -> None:
    printer = site.plug("printer")
    device = claimed(printer)
    assert device.ctrl_transfer(*GET_PORT_STATUS, 0, 0, 1).tobytes() == b"\x18"
    answer = device.ctrl_transfer(*GET_DEVICE_ID, 0, 0, 1024).tobytes()
    assert len(answer) == int.from_bytes(answer[:2], "big")
    device.ctrl_transfer(*SOFT_RESET, 0, 0)
    assert printer.number("resets") == 1
    assert code_of(lambda: device.ctrl_transfer(0xA1, 9, 0, 0, 1)) == "EPIPE"


@FS.states("prints", "It prints and answers.", carried=True)
def it_prints_and_answers(site: Site) -> None:
    printer = site.plug("printer")
    device = claimed(printer)
    assert device.write(OUT, b"Tea 3.00\n\x1dV\x00\x10\x04\x01") == 15
    assert device.read(IN, 64, 5000).tobytes() == b"\x12"
    assert printer.texts("paper") == ["Tea 3.00"]


@FS.states("read-timeout", "A read that gets nothing is a time-out, ETIMEDOUT.", carried=True)
def a_read_runs_out_of_time(site: Site) -> None:
    device = claimed(site.plug("printer"))
    assert code_of(lambda: device.read(IN, 64, 100)) == "ETIMEDOUT"
    assert exception_of(lambda: device.read(IN, 64, 100)) == "USBTimeoutError"


@FS.states(
    "write-timeout", "So is a write of which nothing was taken; the next one works.", carried=True
)
def a_write_runs_out_of_time(site: Site) -> None:
    printer = site.plug("printer")
    device = claimed(printer)
    printer.do("mute", OUT)
    assert code_of(lambda: device.write(OUT, b"x" * 100, 100)) == "ETIMEDOUT"
    printer.do("unmute", OUT)
    assert device.write(OUT, b"y", 5000) == 1
    assert printer.number("taken") == 1


@FS.states("goes-on", "A write that waits goes on when the printer takes bytes again.")
def a_write_goes_on(site: Site) -> None:
    printer = site.plug("printer")
    device = claimed(printer)
    printer.do("mute", OUT)
    later = threading.Timer(0.2, printer.do, ("unmute", OUT))
    later.start()
    assert device.write(OUT, b"x" * 64, 5000) == 64
    later.join()


@FS.states(
    "partial-write",
    "A write that runs out of time after a part was taken returns the count, without an error.",
    kernel=UNLINK,
    source="libusb's documentation of libusb_bulk_transfer; xHCI reports the whole length",
)
def a_partial_write_tells_the_count(site: Site) -> None:
    printer = site.plug("printer")
    device = claimed(printer)
    printer.do("fail", "paper_out")
    count = device.write(OUT, b"x" * 100_000, 500)
    assert 0 < count < 100_000
    assert count == printer.number("taken")


@FS.states("no-timeout", "Time-out 0 waits for ever; unplugging ends it with ENODEV.", carried=True)
def a_read_without_end_ends_with_the_device(site: Site) -> None:
    printer = site.plug("printer")
    device = claimed(printer)
    pulling(site, printer)
    assert code_of(lambda: device.read(IN, 64, 0)) == "ENODEV"


@FS.states("short-packet", "One read ends at a short packet.", carried=True)
def a_read_ends_at_a_short_packet(site: Site) -> None:
    printer = site.plug("printer")
    device = claimed(printer)
    printer.do("answer", (b"a" * 100).hex())
    assert device.read(IN, 512, 5000).tobytes() == b"a" * 100


@FS.states("overflow", "A buffer that is smaller than the packet is EOVERFLOW.", carried=True)
def a_packet_that_does_not_fit(site: Site) -> None:
    device = claimed(site.plug("printer"))
    device.write(OUT, b"\x1d\x49\x43")  # GS I 67 answers with more than four bytes
    assert code_of(lambda: device.read(IN, 4, 5000)) == "EOVERFLOW"


@FS.states("stall", "A stall is EPIPE, again and again until clear_halt.", carried=True)
def a_stall_stays_until_it_is_cleared(site: Site) -> None:
    printer = site.plug("printer")
    device = claimed(printer)
    printer.do("halt", OUT)
    for _ in range(2):
        assert code_of(lambda: device.write(OUT, b"x")) == "EPIPE"
    device.clear_halt(OUT)
    assert device.write(OUT, b"x") == 1


@FS.states("no-endpoint", "An endpoint that is not there is pyusb's ValueError, and EIO below it.")
def an_unknown_endpoint(site: Site) -> None:
    device = claimed(site.plug("printer"))
    assert exception_of(lambda: device.write(0x05, b"x")) == "ValueError"
    low, handle = backend(device)
    assert code_of(lambda: low.bulk_write(handle, 5, 0, array("B", b"x"), 100)) == "EIO"


@FS.states("unplug", "After the cable is pulled everything is ENODEV, release too.", carried=True)
def everything_says_no_device(site: Site) -> None:
    printer = site.plug("printer")
    device = claimed(printer)
    printer.unplug()
    assert code_of(lambda: device.write(OUT, b"x")) == "ENODEV"
    assert code_of(lambda: device.read(IN, 64, 100)) == "ENODEV"
    assert code_of(lambda: device.ctrl_transfer(*GET_PORT_STATUS, 0, 0, 1)) == "ENODEV"
    assert code_of(lambda: device.clear_halt(OUT)) == "ENODEV"
    low, handle = backend(device)
    assert code_of(lambda: low.release_interface(handle, 0)) == "ENODEV"


@FS.states("unplug-in-write", "Pulled in the midst of a write: ENODEV, and no count.")
def unplugged_at_a_byte(site: Site) -> None:
    printer = site.plug("printer")
    device = claimed(printer)
    printer.do("leave_after", 100)
    assert code_of(lambda: device.write(OUT, b"x" * 500, 5000)) == "ENODEV"
    assert printer.number("taken") == 100


@FS.states(
    "replug",
    "Plugged in again it is found at a new address; the old handle stays dead.",
)
def it_comes_back_as_another_device(site: Site) -> None:
    printer = site.plug("printer")
    before = claimed(printer)
    printer.unplug()
    wait_until(lambda: not printer.is_found())
    again = site.plug("printer")
    wait_until(again.is_found)
    after = again.usb()
    assert after.address != before.address
    assert code_of(lambda: before.write(OUT, b"x")) == "ENODEV"
    assert after.is_kernel_driver_active(0) is True
