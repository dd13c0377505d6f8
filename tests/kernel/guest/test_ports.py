"""Our own USB ports against the kernel: claimed through usbfs, and through usblp."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator

import pytest

from pos_guard.errors import PortBusyError, PortClosedError, PortTimeoutError
from pos_guard.ports.printer_class import PortStatus
from pos_guard.ports.usb import UsbPort
from pos_guard.ports.usb_device import Speed
from pos_guard.ports.usb_find import UsbPlace
from pos_guard.ports.usblp import UsbLpPort
from tests.kernel.guest.conftest import Plugged, Printers, plugged
from tests.kernel.guest.kernel_events import SECONDS, KernelEvents

OUT = 0x01
PLACE = UsbPlace(0x04B8, 0x0E15, "one")
READY = PortStatus(paper_empty=False, selected=True, error=False)
NO_PAPER = PortStatus(paper_empty=True, selected=True, error=False)

Port = UsbPort | UsbLpPort


@pytest.fixture(params=["usbfs", "usblp"])
def port(printer: Plugged, request: pytest.FixtureRequest) -> Iterator[Port]:
    opened: Port
    opened = UsbPort.open(PLACE) if request.param == "usbfs" else UsbLpPort.open(printer.node)
    yield opened
    opened.close()


def test_it_prints_and_answers(printer: Plugged, port: Port) -> None:
    port.write(b"Coffee 12.50\n\x1dV\x00\x10\x04\x01", SECONDS)
    assert port.read(64, SECONDS) == b"\x12"
    assert printer.paper == ["Coffee 12.50"]


def test_a_long_job_arrives_whole(printer: Plugged, port: Port) -> None:
    port.write(b"Long line of text\n" * 600, SECONDS)
    assert printer.taken == 10800


def test_status_and_device_id(printer: Plugged, port: Port) -> None:
    assert port.port_status() == READY
    printer.do("fail", "paper_out")
    assert port.port_status() == NO_PAPER
    assert port.device_id() == "MFG:EPSON;CMD:ESC/POS;MDL:TM-T20II;CLS:PRINTER;SN:one;"
    port.soft_reset()
    assert printer.do("resets") == 1


def test_every_call_ends(printer: Plugged, port: Port) -> None:
    with pytest.raises(PortTimeoutError):
        port.read(64, 0.2)
    printer.do("mute", OUT)
    with pytest.raises(PortTimeoutError):
        port.write(b"x" * 20000, 0.5)


def test_nobody_else_gets_it(printer: Plugged, port: Port) -> None:
    if isinstance(port, UsbLpPort):
        with pytest.raises(PortBusyError):
            UsbLpPort.open(printer.node)
    else:
        with pytest.raises(PortBusyError):
            UsbPort.open(PLACE)
        with pytest.raises(PortClosedError):
            UsbLpPort.open(printer.node)


def test_unplugged_while_reading(printer: Plugged, port: Port) -> None:
    pull = threading.Timer(0.3, printer.do, ("unplug",))
    pull.start()
    with pytest.raises(PortClosedError):
        port.read(64, SECONDS)
    pull.join()
    with pytest.raises(PortClosedError):
        port.write(b"x", SECONDS)


def test_the_kernels_driver_gets_the_printer_back(printer: Plugged) -> None:
    events = KernelEvents()
    port = UsbPort.open(PLACE)
    events.wait(ACTION="remove", SUBSYSTEM="usbmisc")
    assert not os.path.exists(printer.node)
    port.close()
    assert events.wait(ACTION="add", SUBSYSTEM="usbmisc")["DEVNAME"] == printer.node
    events.close()


def test_it_is_found_again_after_it_was_plugged_in_again(printers: Printers) -> None:
    for _ in range(2):
        with plugged(printers, "one"):
            port = UsbPort.open(PLACE)
            port.write(b"\x10\x04\x01", SECONDS)
            assert port.read(64, SECONDS) == b"\x12"
            port.close()


def test_facts_of_a_high_speed_printer(printers: Printers) -> None:
    with plugged(printers, "fast", int(Speed.HIGH)):
        port = UsbPort.open(UsbPlace(0x04B8, 0x0E15, "fast"))
        facts = port.facts()
        port.close()
    assert (facts.vendor, facts.product, facts.speed) == (0x04B8, 0x0E15, Speed.HIGH)
    assert (facts.manufacturer, facts.name, facts.serial) == ("EPSON", "TM-T20II", "fast")
    assert (facts.out_endpoint, facts.in_endpoint) == (0x01, 0x82)
    assert facts.device_id.startswith(b"MFG:EPSON;")
