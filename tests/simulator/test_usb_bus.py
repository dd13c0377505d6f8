"""The simulated bus answers as Linux's usbfs and libusb do, one test for each thing observed.

Observed on Linux 6.1 with usblp, libusb 1.0.26 and pyusb 1.3.1, over vhci_hcd and over xHCI alike.
"""

from __future__ import annotations

import errno
import threading
from array import array
from collections.abc import Callable
from typing import Any

import pytest
import usb.core
import usb.util

from pos_guard_simulator.printer import Fault, ReceiptPrinter
from pos_guard_simulator.usb_bus import LAST_ADDRESS, SimulatedBus
from pos_guard_simulator.usb_printer import BULK_IN, BULK_OUT, UsbPrinter
from pos_guard_simulator.usb_sim_libusb1 import SimulatedBackend

DEVICE_ID = (0xA1, 0, 0, 0, 1024)
PORT_STATUS = (0xA1, 1, 0, 0, 1)
SOFT_RESET = (0x21, 2, 0, 0)


class Bench:
    """One printer on a bus, as pyusb sees it."""

    def __init__(self, driver: str | None = "usblp") -> None:
        self.bus = SimulatedBus()
        self.printer = self.bus.plug(UsbPrinter(ReceiptPrinter()), driver=driver)
        self.backend = SimulatedBackend(self.bus)
        self.device = self.find()

    def find(self) -> Any:
        return usb.core.find(backend=self.backend, idVendor=0x04B8)

    def seat(self) -> Any:
        return self.bus.seat(self.printer)


@pytest.fixture
def bound() -> Bench:
    """As it is plugged in: usblp has the printer."""
    return Bench()


@pytest.fixture
def free() -> Bench:
    """No kernel driver."""
    return Bench(driver=None)


def errno_of(call: Callable[[], object]) -> int | None:
    with pytest.raises(usb.core.USBError) as caught:
        call()
    number: int | None = caught.value.errno
    return number


def array_of(size: int) -> array[int]:
    return array("B", bytes(size))


def test_a_device_is_found_with_its_strings_and_descriptors(bound: Bench) -> None:
    device = bound.device
    assert (device.bus, device.address, device.speed) == (1, 2, 2)
    assert (device.manufacturer, device.product) == ("EPSON", "TM-T20II")
    assert device.serial_number == "SIM0000001"
    text = str(device)
    for part in (
        "bDeviceClass           :    0x0 Specified at interface",
        "INTERFACE 0: Printer",
        "ENDPOINT 0x1: Bulk OUT",
        "ENDPOINT 0x82: Bulk IN",
        "wTotalLength         :   0x20 (32 bytes)",
        "bmAttributes         :   0xc0 Self Powered",
        "wMaxPacketSize   :   0x40 (64 bytes)",
    ):
        assert part in text
    assert device.parent is None


def test_a_printer_is_found_by_its_class(bound: Bench) -> None:
    def is_printer(device: Any) -> bool:
        return any(usb.util.find_descriptor(cfg, bInterfaceClass=7) for cfg in device)

    found = usb.core.find(backend=bound.backend, custom_match=is_printer)
    assert found.idProduct == 0x0E15


def test_what_there_is_no_descriptor_for_is_an_index_error(bound: Bench) -> None:
    seat = bound.seat()
    calls: list[Callable[[], object]] = [
        lambda: bound.backend.get_configuration_descriptor(seat, 1),
        lambda: bound.backend.get_interface_descriptor(seat, 1, 0, 0),
        lambda: bound.backend.get_interface_descriptor(seat, 0, 1, 0),
        lambda: bound.backend.get_endpoint_descriptor(seat, 2, 0, 0, 0),
    ]
    for call in calls:
        with pytest.raises(IndexError):
            call()


def test_while_the_kernels_driver_has_it_nothing_else_may(bound: Bench) -> None:
    device = bound.device
    assert device.is_kernel_driver_active(0)
    calls: list[Callable[[], object]] = [
        lambda: usb.util.claim_interface(device, 0),
        lambda: device.ctrl_transfer(*PORT_STATUS),
        lambda: device.write(BULK_OUT, b"x"),
        lambda: device.read(BULK_IN, 64),
        device.set_configuration,
        lambda: device.attach_kernel_driver(0),
    ]
    for call in calls:
        assert errno_of(call) == errno.EBUSY


def test_below_pyusb_a_busy_transfer_is_an_input_output_error(bound: Bench) -> None:
    handle = bound.backend.open_device(bound.seat())
    buffer = array_of(1)
    assert errno_of(lambda: bound.backend.bulk_write(handle, 1, 0, buffer, 100)) == errno.EIO
    request = (handle, *PORT_STATUS[:4], buffer, 100)
    assert errno_of(lambda: bound.backend.ctrl_transfer(*request)) == errno.EIO
    assert errno_of(lambda: bound.backend.clear_halt(handle, 1)) is None  # LIBUSB_ERROR_OTHER


def test_the_device_id_may_be_asked_whoever_has_the_interface(bound: Bench) -> None:
    handle = bound.backend.open_device(bound.seat())
    buffer = array_of(1024)
    length = bound.backend.ctrl_transfer(handle, *DEVICE_ID[:4], buffer, 100)
    assert bytes(buffer[:length]) == b"\x00\x3f" + bound.printer.device_id.encode()


def test_detached_once_it_can_be_claimed_and_given_back(bound: Bench) -> None:
    device = bound.device
    device.detach_kernel_driver(0)
    assert errno_of(lambda: device.detach_kernel_driver(0)) == errno.ENOENT
    usb.util.claim_interface(device, 0)
    assert errno_of(lambda: device.attach_kernel_driver(0)) == errno.EBUSY
    usb.util.release_interface(device, 0)
    device.attach_kernel_driver(0)
    assert device.is_kernel_driver_active(0)
    assert errno_of(lambda: device.attach_kernel_driver(0)) == errno.EBUSY


def test_without_a_driver_in_the_kernel_there_is_none_to_attach(free: Bench) -> None:
    assert not free.device.is_kernel_driver_active(0)
    assert errno_of(lambda: free.device.attach_kernel_driver(0)) == errno.ENOENT


def test_a_second_handle_cannot_claim_until_the_first_is_closed(free: Bench) -> None:
    other = free.find()
    usb.util.claim_interface(free.device, 0)
    assert errno_of(lambda: usb.util.claim_interface(other, 0)) == errno.EBUSY
    usb.util.dispose_resources(free.device)
    usb.util.claim_interface(other, 0)


def test_release_twice_and_claiming_what_is_not_there(free: Bench) -> None:
    handle = free.backend.open_device(free.seat())
    free.backend.claim_interface(handle, 0)
    free.backend.claim_interface(handle, 0)
    free.backend.release_interface(handle, 0)
    assert errno_of(lambda: free.backend.release_interface(handle, 0)) == errno.ENOENT
    assert errno_of(lambda: free.backend.claim_interface(handle, 1)) == errno.ENOENT
    assert errno_of(lambda: free.backend.claim_interface(handle, 32)) == errno.EINVAL


def test_a_transfer_claims_what_nobody_has(free: Bench) -> None:
    handle = free.backend.open_device(free.seat())
    data = array("B", b"x")
    assert free.backend.bulk_write(handle, BULK_OUT, 0, data, 100) == 1
    assert errno_of(lambda: usb.util.claim_interface(free.device, 0)) == errno.EBUSY
    # libusb itself knows of no claim.
    assert errno_of(lambda: free.backend.release_interface(handle, 0)) == errno.ENOENT


def test_set_configuration_is_busy_under_any_claim_also_ones_own(free: Bench) -> None:
    free.device.set_configuration()
    usb.util.claim_interface(free.device, 0)
    assert errno_of(free.device.set_configuration) == errno.EBUSY
    usb.util.release_interface(free.device, 0)
    handle = free.backend.open_device(free.seat())
    assert errno_of(lambda: free.backend.set_configuration(handle, 2)) == errno.ENOENT
    assert free.backend.get_configuration(handle) == 1


def test_an_alternate_setting_needs_a_claim_and_must_be_there(free: Bench) -> None:
    handle = free.backend.open_device(free.seat())
    choose = free.backend.set_interface_altsetting
    assert errno_of(lambda: choose(handle, 0, 0)) == errno.ENOENT
    free.backend.claim_interface(handle, 0)
    choose(handle, 0, 0)
    assert errno_of(lambda: choose(handle, 0, 1)) == errno.ENOENT


def test_a_wrong_endpoint_is_a_value_error_and_eio_below(free: Bench) -> None:
    with pytest.raises(ValueError, match="Invalid endpoint"):
        free.device.write(0x05, b"x")
    handle = free.backend.open_device(free.seat())
    assert errno_of(lambda: free.backend.bulk_read(handle, 0x85, 0, array_of(64), 10)) == errno.EIO
    assert errno_of(lambda: free.backend.bulk_write(handle, 5, 0, array_of(64), 10)) == errno.EIO
    assert errno_of(lambda: free.backend.clear_halt(handle, 5)) == errno.ENOENT


def test_the_three_class_requests_and_no_fourth(free: Bench) -> None:
    device = free.device
    answer = bytes(device.ctrl_transfer(*DEVICE_ID))
    assert int.from_bytes(answer[:2], "big") == len(answer)
    assert answer[2:].startswith(b"MFG:EPSON;CMD:ESC/POS;MDL:TM-T20II;CLS:PRINTER;")
    assert list(device.ctrl_transfer(*PORT_STATUS)) == [0x18]
    assert device.ctrl_transfer(*SOFT_RESET) == 0
    assert free.printer.resets == 1
    assert errno_of(lambda: device.ctrl_transfer(0xA1, 9, 0, 0, 1)) == errno.EPIPE
    assert errno_of(lambda: device.ctrl_transfer(0xC0, 9, 0, 0, 1)) == errno.EPIPE


def test_a_halt_stays_until_it_is_cleared(free: Bench) -> None:
    device = free.device
    free.printer.halt(BULK_OUT)
    for _ in range(2):
        assert errno_of(lambda: device.write(BULK_OUT, b"x")) == errno.EPIPE
    status = bytes(device.ctrl_transfer(0x82, 0, 0, BULK_OUT, 2))
    assert status == b"\x01\x00"
    device.clear_halt(BULK_OUT)
    assert device.write(BULK_OUT, b"x") == 1


def test_a_reset_clears_halts_and_keeps_the_address(free: Bench) -> None:
    free.printer.halt(BULK_OUT)
    free.device.reset()
    assert free.device.write(BULK_OUT, b"x") == 1
    assert free.find().address == free.device.address


def test_a_read_ends_at_a_short_packet_or_a_full_buffer(free: Bench) -> None:
    free.printer.act(lambda _: b"a" * 100)
    assert bytes(free.device.read(BULK_IN, 512, 100)) == b"a" * 100
    free.printer.act(lambda _: b"b" * 192)
    assert bytes(free.device.read(BULK_IN, 128, 100)) == b"b" * 128
    # A whole number of packets has no end of its own: the time-out gives what is there.
    assert bytes(free.device.read(BULK_IN, 512, 10)) == b"b" * 64


def test_a_buffer_smaller_than_the_packet_overflows(free: Bench) -> None:
    free.printer.act(lambda _: b"z" * 64)
    assert errno_of(lambda: free.device.read(BULK_IN, 10, 100)) == errno.EOVERFLOW


def test_a_time_out_without_a_byte_is_a_timeout_error(free: Bench) -> None:
    free.printer.mute(BULK_OUT)
    calls: list[Callable[[], object]] = [
        lambda: free.device.read(BULK_IN, 64, 10),
        lambda: free.device.write(BULK_OUT, b"x" * 100, 10),
    ]
    for call in calls:
        with pytest.raises(usb.core.USBTimeoutError) as caught:
            call()
        assert caught.value.errno == errno.ETIMEDOUT
        assert caught.value.backend_error_code == -7


def test_a_time_out_in_the_midst_of_a_write_gives_the_count(free: Bench) -> None:
    free.printer.act(lambda twin: twin.fail(Fault.PAPER_OUT))
    taken = free.device.write(BULK_OUT, b"x" * 100_000, 20)
    assert 0 < taken < 100_000
    assert taken == free.printer.taken


def test_a_write_that_waits_goes_on_when_there_is_room(free: Bench) -> None:
    free.printer.mute(BULK_OUT)
    later = threading.Timer(0.05, lambda: free.printer.unmute(BULK_OUT))
    later.start()
    assert free.device.write(BULK_OUT, b"x" * 64, 5000) == 64
    later.join()


def test_time_out_0_waits_for_ever_and_unplugging_ends_it(free: Bench) -> None:
    later = threading.Timer(0.05, lambda: free.bus.unplug(free.printer))
    later.start()
    assert errno_of(lambda: free.device.read(BULK_IN, 64, 0)) == errno.ENODEV
    later.join()


def test_after_the_cable_is_pulled_everything_says_no_device(free: Bench) -> None:
    device = free.device
    handle = free.backend.open_device(free.seat())
    free.backend.claim_interface(handle, 0)
    seat = free.seat()
    free.bus.unplug(free.printer)
    calls: list[Callable[[], object]] = [
        lambda: device.write(BULK_OUT, b"x"),
        lambda: device.ctrl_transfer(0x80, 8, 0, 0, 1),
        lambda: device.is_kernel_driver_active(0),
        lambda: device.detach_kernel_driver(0),
        lambda: device.attach_kernel_driver(0),
        lambda: device.clear_halt(BULK_OUT),
        device.set_configuration,
        lambda: free.backend.release_interface(handle, 0),
        lambda: free.backend.claim_interface(handle, 0),
        lambda: free.backend.reset_device(handle),
        lambda: free.backend.open_device(seat),
    ]
    for call in calls:
        assert errno_of(call) == errno.ENODEV
    assert free.find() is None
    free.backend.close_device(handle)


@pytest.mark.parametrize("count", [1, 64, 100])
def test_unplugged_at_byte_n_the_count_is_lost_with_the_device(free: Bench, count: int) -> None:
    free.printer.unplug(after=count)
    assert errno_of(lambda: free.device.write(BULK_OUT, b"x" * 500)) == errno.ENODEV
    assert free.printer.taken == count


def test_plugged_in_again_it_has_a_new_address_and_the_old_handle_stays_dead(free: Bench) -> None:
    before = free.device
    free.bus.unplug(free.printer)
    free.bus.plug(free.printer)
    after = free.find()
    assert (before.address, after.address) == (2, 3)
    assert errno_of(lambda: before.write(BULK_OUT, b"x")) == errno.ENODEV
    assert after.is_kernel_driver_active(0)


def test_addresses_begin_again_after_the_last() -> None:
    bus = SimulatedBus()
    printer = UsbPrinter(ReceiptPrinter())
    seen = [bus.seat(bus.plug(printer)).address for _ in range(LAST_ADDRESS)]
    assert seen == [*range(2, LAST_ADDRESS + 1), 2]


def test_without_permission_it_is_found_but_not_opened(bound: Bench) -> None:
    bound.bus.permit(bound.printer, False)
    device = bound.find()
    assert errno_of(lambda: device.is_kernel_driver_active(0)) == errno.EACCES
    with pytest.raises(ValueError, match="langid"):
        _ = device.serial_number
    bound.bus.permit(bound.printer, True)
    assert bound.find().serial_number == "SIM0000001"


def test_what_is_not_plugged_in_has_no_seat() -> None:
    with pytest.raises(LookupError):
        SimulatedBus().seat(UsbPrinter(ReceiptPrinter()))


def test_closing_under_a_transfer_is_a_mistake_that_shows(free: Bench) -> None:
    handle = free.backend.open_device(free.seat())
    caught: list[int | None] = []

    def read() -> None:
        try:
            free.backend.bulk_read(handle, BULK_IN, 0, array_of(64), 0)
        except usb.core.USBError as error:
            caught.append(error.errno)

    asked = threading.Event()
    listen = free.printer.listen

    def noticed(changed: Callable[[], None]) -> Callable[[], None]:
        asked.set()
        return listen(changed)

    free.printer.listen = noticed  # type: ignore[method-assign]  # to know when it waits
    reader = threading.Thread(target=read)
    reader.start()
    assert asked.wait(5)
    with pytest.raises(RuntimeError, match="pending"):
        free.backend.close_device(handle)
    free.bus.unplug(free.printer)
    reader.join(5)
    assert caught == [errno.ENODEV]
