"""The kernel's usbfs through libusb and pyusb with our twin: what programs without usblp meet.

Each statement is one that the simulated bus and the USB port build on.
"""

from __future__ import annotations

import errno
import os
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import usb.core
import usb.util

from tests.kernel.guest.conftest import Plugged
from tests.kernel.guest.kernel_events import KernelEvents

OUT, IN = 0x01, 0x82
GET_DEVICE_ID, GET_PORT_STATUS, SOFT_RESET = (0xA1, 0), (0xA1, 1), (0x21, 2)


def code_of(call: Callable[[], object]) -> int | None:
    """The error number that pyusb gives, or None when there was no error."""
    try:
        call()
    except usb.core.USBError as error:
        return int(error.errno or 0)
    return None


def find(serial: str) -> Any:
    devices = usb.core.find(find_all=True, idVendor=0x04B8)
    return next((found for found in devices if found.serial_number == serial), None)


@pytest.fixture
def device(printer: Plugged) -> Iterator[Any]:
    """The printer, still bound to usblp."""
    found = find(printer.name)
    assert found is not None
    yield found
    usb.util.dispose_resources(found)


@pytest.fixture
def claimed(device: Any) -> Any:
    """Taken from usblp, and ours."""
    device.detach_kernel_driver(0)
    usb.util.claim_interface(device, 0)
    return device


def test_it_shows_what_it_is(device: Any) -> None:
    texts = (device.manufacturer, device.product, device.serial_number)
    assert texts == ("EPSON", "TM-T20II", "one")
    assert device.is_kernel_driver_active(0) is True


def test_nobody_else_reaches_it_while_usblp_has_it(device: Any) -> None:
    assert code_of(lambda: usb.util.claim_interface(device, 0)) == errno.EBUSY
    assert code_of(lambda: device.ctrl_transfer(*GET_PORT_STATUS, 0, 0, 1)) == errno.EBUSY
    assert code_of(device.set_configuration) == errno.EBUSY
    assert code_of(lambda: device.attach_kernel_driver(0)) == errno.EBUSY


def test_detach_claim_release_and_attach(printer: Plugged, device: Any) -> None:
    events = KernelEvents()
    device.detach_kernel_driver(0)
    assert not os.path.exists(printer.node)
    assert code_of(lambda: device.detach_kernel_driver(0)) == errno.ENOENT
    usb.util.claim_interface(device, 0)
    assert code_of(lambda: device.attach_kernel_driver(0)) == errno.EBUSY
    assert code_of(device.set_configuration) == errno.EBUSY
    usb.util.release_interface(device, 0)
    device.attach_kernel_driver(0)
    assert events.wait(ACTION="add", SUBSYSTEM="usbmisc")["DEVNAME"] == printer.node
    events.close()


def test_there_is_no_other_interface(device: Any) -> None:
    assert code_of(lambda: usb.util.claim_interface(device, 3)) == errno.ENOENT


def test_class_requests(printer: Plugged, claimed: Any) -> None:
    assert claimed.ctrl_transfer(*GET_PORT_STATUS, 0, 0, 1).tobytes() == b"\x18"
    answer = claimed.ctrl_transfer(*GET_DEVICE_ID, 0, 0, 1024).tobytes()
    assert len(answer) == int.from_bytes(answer[:2], "big")
    assert answer[2:].startswith(b"MFG:EPSON;")
    claimed.ctrl_transfer(*SOFT_RESET, 0, 0)
    assert printer.do("resets") == 1
    assert code_of(lambda: claimed.ctrl_transfer(0xA1, 9, 0, 0, 1)) == errno.EPIPE


def test_it_prints_and_answers(printer: Plugged, claimed: Any) -> None:
    assert claimed.write(OUT, b"Tea 3.00\n\x1dV\x00\x10\x04\x01") == 15
    assert claimed.read(IN, 64, 5000).tobytes() == b"\x12"
    assert printer.paper == ["Tea 3.00"]


def test_time_outs(printer: Plugged, claimed: Any) -> None:
    assert code_of(lambda: claimed.read(IN, 64, 100)) == errno.ETIMEDOUT
    printer.do("mute", OUT)
    assert code_of(lambda: claimed.write(OUT, b"x" * 100, 100)) == errno.ETIMEDOUT
    printer.do("unmute", OUT)
    assert claimed.write(OUT, b"y", 5000) == 1
    assert printer.taken == 1


def test_a_buffer_smaller_than_the_packet_overflows(claimed: Any) -> None:
    # GS I 67 answers with a block of more than four bytes.
    claimed.write(OUT, b"\x1d\x49\x43")
    assert code_of(lambda: claimed.read(IN, 4, 5000)) == errno.EOVERFLOW


def test_a_halted_endpoint_stays_so_until_it_is_cleared(printer: Plugged, claimed: Any) -> None:
    printer.do("halt", OUT)
    assert code_of(lambda: claimed.write(OUT, b"x")) == errno.EPIPE
    assert code_of(lambda: claimed.write(OUT, b"x")) == errno.EPIPE
    claimed.clear_halt(OUT)
    assert claimed.write(OUT, b"x") == 1


def test_an_unknown_endpoint_is_found_before_the_bus(claimed: Any) -> None:
    with pytest.raises(ValueError, match="Invalid endpoint"):
        claimed.write(0x05, b"x")


def test_unplugged_during_a_read(printer: Plugged, claimed: Any) -> None:
    pull = threading.Timer(0.3, printer.do, ("unplug",))
    pull.start()
    assert code_of(lambda: claimed.read(IN, 64, 20000)) == errno.ENODEV
    pull.join()
    assert code_of(lambda: claimed.write(OUT, b"x")) == errno.ENODEV
    assert code_of(lambda: claimed.ctrl_transfer(*GET_PORT_STATUS, 0, 0, 1)) == errno.ENODEV
