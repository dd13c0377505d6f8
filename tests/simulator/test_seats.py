"""Devices at their places: what is there, what comes and goes, what they say by wire."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
import serial

from pos_guard.errors import LocalError
from pos_guard.frames.decoded import Json
from pos_guard.ports.address import Address, Kind
from pos_guard_simulator.bench import Bench
from pos_guard_simulator.scanner_make import ScannerOptions
from pos_guard_simulator.seats.seat import Seat, ask_place
from pos_guard_simulator.seats.site import Site, on_usb
from pos_guard_simulator.simulate_device import Device, Fields, OnUsb, RequestError
from pos_guard_simulator.simulate_place import Place
from pos_guard_simulator.simulate_printer import PrinterOptions, printer_device
from pos_guard_simulator.simulate_scanner import scanner_device
from pos_guard_simulator.usb_printer import UsbPrinter
from pos_guard_simulator.usb_serial.cdc import UsbSerial
from pos_guard_simulator.usb_serial.ftdi import UsbFtdi

LOOPBACK = Address(Kind.TCP, host="127.0.0.1")
ANY_USBIP = Place(usbip=LOOPBACK)


@pytest.fixture
def site() -> Iterator[Site]:
    with Bench() as bench, Site(bench) as site:
        yield site


def scanner(model: str = "generic-serial") -> Device:
    return scanner_device(ScannerOptions(model))


def scan(seat: Seat, device: Device, code: bytes) -> None:
    assert device.scan is not None
    show = device.scan
    seat.do(lambda: show(code))


def ask(seat: Seat, op: str, **fields: Json) -> object:
    return dict(ask_place(seat, op, Fields(fields)))


def test_a_pty_goes_and_comes_back_under_its_link(site: Site, tmp_path: Path) -> None:
    link = tmp_path / "scanner"
    device = scanner()
    seat = site.seat(device, Place(pty=True, link=str(link)))
    with serial.Serial(str(link), timeout=10) as port:
        assert ask(seat, "unplug") == {"addresses": {}}
        assert not link.exists()
        with pytest.raises(serial.SerialException):
            port.read(1)
    assert ask(seat, "unplug") == {"addresses": {}}, "it may be out already"
    assert ask(seat, "plug") == {"addresses": {"pty": str(link)}}
    with serial.Serial(str(link), timeout=10) as port:
        port.write(b"x")
        scan(seat, device, b"42")
        assert port.read_until(b"\r") == b"42\r"
    seat.close()


def test_a_tcp_client_is_hung_up_on_and_may_dial_again(site: Site) -> None:
    device = printer_device(PrinterOptions())
    seat = site.seat(device, Place(tcp=LOOPBACK))
    address = str(seat.addresses["tcp"])
    host, _, port = address.rpartition(":")
    with socket.create_connection((host, int(port)), timeout=10) as till:
        till.sendall(b"\x10\x04\x01")
        assert till.recv(1) == b"\x12"
        assert ask(seat, "unplug") == {"addresses": {"tcp": address}}
        assert till.recv(1) == b""
    with socket.create_connection((host, int(port)), timeout=10) as till:
        till.sendall(b"\x10\x04\x01")
        assert till.recv(1) == b"\x12"


def test_what_was_sent_last_has_arrived_when_a_seat_is_closed(site: Site) -> None:
    device = printer_device(PrinterOptions())
    seat = site.seat(device, Place(tcp=LOOPBACK))
    host, _, port = str(seat.addresses["tcp"]).rpartition(":")
    with socket.create_connection((host, int(port)), timeout=10) as till:
        till.sendall(bytes(400_000) + b"last\n")
    seat.close()
    assert device.ops["paper"](Fields({})).answer["loose"] == "last"


@pytest.mark.filterwarnings("ignore:set(Daemon|Name)\\(\\) is:DeprecationWarning")  # pyserial 3.5
def test_lines_of_rfc_2217_reach_the_till(site: Site) -> None:
    seat = site.seat(scanner(), Place(tcp=LOOPBACK, rfc2217=True))
    with serial.serial_for_url(str(seat.addresses["rfc2217"]), timeout=10) as port:
        assert (port.cts, port.dsr, port.ri, port.cd) == (True, True, False, True)
        assert ask(seat, "lines", cts=False, ri=True) == {}
        while port.cts or not port.ri:
            pass
        assert (port.dsr, port.cd) == (True, True)


def test_a_pty_has_no_lines(site: Site) -> None:
    seat = site.seat(scanner(), Place(pty=True))
    with pytest.raises(LocalError, match="no modem lines: --usb ftdi"):
        ask(seat, "lines", cts=False)
    with pytest.raises(RequestError, match="not true or false"):
        ask(seat, "lines", cts="off")
    with pytest.raises(RequestError, match="unknown field: dtr"):
        ask(seat, "lines", dtr=True)
    with pytest.raises(RequestError, match="unknown field: now"):
        ask(seat, "unplug", now=True)


# -- USB ----------------------------------------------------------------------------------------


def usbip_list(address: str) -> list[tuple[str, str]]:
    """Bus ids and ids of what is offered (Documentation/usb/usbip_protocol.rst, OP_REP_DEVLIST)."""
    host, _, port = address.rpartition(":")
    with socket.create_connection((host, int(port)), timeout=10) as client:
        client.sendall(bytes.fromhex("0111 8005 00000000"))
        data = b""
        while piece := client.recv(4096):
            data += piece
    count, at = int.from_bytes(data[8:12], "big"), 12
    found: list[tuple[str, str]] = []
    for _ in range(count):
        device = data[at : at + 312]
        found.append((device[256:288].rstrip(b"\0").decode(), device[300:304].hex()))
        at += 312 + 4 * device[311]
    return found


def test_devices_share_one_usb_ip_server_and_come_and_go(site: Site) -> None:
    printer = site.seat(printer_device(PrinterOptions()), ANY_USBIP)
    reader = site.seat(scanner("gm65"), ANY_USBIP, "scanner-2")
    wedge = site.seat(scanner("generic-wedge"), ANY_USBIP)
    address = str(printer.addresses["usbip"])
    assert [seat.addresses for seat in (printer, reader, wedge)] == [
        {"usbip": address, "busid": f"1-{number}"} for number in (1, 2, 3)
    ]
    everything = [("1-1", "04b80e15"), ("1-2", "66667777"), ("1-3", "05e01200")]
    assert usbip_list(address) == everything
    ask(reader, "unplug")
    assert usbip_list(address) == [everything[0], everything[2]]
    ask(reader, "plug")
    assert usbip_list(address) == everything
    assert site.environment == {}, "no machine was asked for"


@pytest.mark.parametrize(
    ("device", "place", "kind"),
    [
        (lambda: printer_device(PrinterOptions()), Place(usb="device"), UsbPrinter),
        (lambda: printer_device(PrinterOptions()), Place(usb="ftdi"), UsbFtdi),
        (lambda: scanner("gm65"), ANY_USBIP, UsbSerial),
        (lambda: scanner("gm65"), Place(usb="ftdi"), UsbFtdi),
        (lambda: scanner("gm65"), Place(usb="ftdi", usbip=LOOPBACK), UsbFtdi),
    ],
)
def test_what_hangs_on_the_usb(device: object, place: Place, kind: type[object]) -> None:
    assert callable(device)
    made = device()
    assert isinstance(made, Device)
    assert isinstance(on_usb(made, place).function, kind)


def test_a_scanner_that_is_on_the_usb_only_has_no_other_place(site: Site) -> None:
    device = scanner("honeywell-hidpos")
    assert isinstance(device.twin, OnUsb)
    with pytest.raises(click.UsageError, match="on the USB only"):
        site.seat(device, Place(pty=True))
    with pytest.raises(click.UsageError, match="no serial line for an adapter"):
        site.seat(device, Place(usb="ftdi"))
    with pytest.raises(LocalError, match="no serial line"):
        ask(site.seat(device, ANY_USBIP), "lines", cts=False)


def test_a_printer_that_was_cut_off_prints_again_after_the_plug(site: Site) -> None:
    device = printer_device(PrinterOptions())
    seat = site.seat(device, ANY_USBIP)
    made = on_usb(device, ANY_USBIP).function
    seat.do(lambda: device.ops["fault"](Fields({"name": "unplug", "at": 3})).effects)
    assert made.out(1, b"abcdef") == 6
    while made.present:
        os.sched_yield()
    made.plug()
    assert made.out(1, b"again\n") == 6
    assert device.ops["paper"](Fields({})).answer["loose"] == "abcagain"


def test_a_usb_ip_address_that_is_taken_is_said(site: Site) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        place = Place(usbip=Address(Kind.TCP, host="127.0.0.1", port=port))
        with pytest.raises(click.UsageError, match=f"--usbip 127.0.0.1:{port}: "):
            site.seat(scanner(), place)
