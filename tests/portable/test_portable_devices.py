"""Devices over the network on systems that are not Linux."""

from __future__ import annotations

import socket
import urllib.request
from pathlib import Path

import pytest
import serial
from escpos.printer import Network

from tests.portable.machine import ANY, MACOS, SYSTEMS, WINDOWS, Device, simulating

ACK = bytes.fromhex("800000")


@pytest.mark.parametrize("system", SYSTEMS)
def test_python_escpos_prints_and_the_control_api_answers(system: str, tmp_path: Path) -> None:
    token, out = tmp_path / "token", tmp_path / "out"
    with simulating(
        system,
        "printer",
        "--tcp",
        ANY,
        "--http",
        "--http-token-file",
        str(token),
        "--out",
        str(out),
        "--snmp",
        ANY,
    ) as device:
        host, port = device.address
        printer = Network(host, port, timeout=10)
        printer.text("Corner shop\n")
        assert printer.is_online()
        printer.cut()
        printer.close()
        events = device.api("/v1/events?kind=receipt&wait=10")
        assert "Corner shop" in events["events"][0]["body"]["text"]
        assert "Corner shop" in device.api("/v1/devices/printer/receipts/1.txt")
        device.api("/v1/devices/printer/fault", {"name": "paper_out"})
        assert device.api("/v1/devices/printer")["state"]["faults"] == ["paper_out"]
        assert b"public" in _asked_by_snmp(device.ready["addresses"]["snmp"])
        assert token.read_text(encoding="ascii") == device.ready["http"]["token"] + "\n"
    assert "Corner shop" in (out / "0001.txt").read_text(encoding="utf-8")
    assert (out / "0001.png").read_bytes().startswith(b"\x89PNG")
    assert not token.exists()


def _asked_by_snmp(address: str) -> bytes:
    """What SNMP v1 says of sysDescr.0 (RFC 1157, 4.1.2): a GetRequest as the RFC has its parts."""
    bound = bytes.fromhex("300e300c06082b060102010101000500")
    request = bytes.fromhex("a019020101020100020100") + bound
    message = bytes.fromhex("0201000406") + b"public" + request
    host, _, port = address.rpartition(":")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        asking.settimeout(10)
        asking.sendto(b"\x30" + bytes([len(message)]) + message, (host, int(port)))
        return asking.recv(2048)


@pytest.mark.parametrize("system", SYSTEMS)
def test_a_terminal_takes_a_payment(system: str) -> None:
    with (
        simulating(system, "terminal", "zvt", "--tcp", ANY, "--http") as terminal,
        socket.create_connection(terminal.address, timeout=10) as till,
    ):
        # ZVT 13.13, 3.2: Authorization 06 01, amount (BMP 04) 12.50, payment type (BMP 19).
        till.sendall(bytes.fromhex("06010904000000001250 1900".replace(" ", "")))
        frames = _answers(till)
        assert frames[0] == ACK
        result = next(frame for frame in frames if frame.startswith(b"\x04\x0f"))
        assert b"\x27\x00" in result  # BMP 27, result code: approved
        assert frames[-1].startswith(b"\x06\x0f")
        booked = terminal.api("/v1/devices/terminal/book", {})["moved"]
    assert [(row["kind"], row["amount"]) for row in booked] == [("sale", 1250)]


def _answers(till: socket.socket) -> list[bytes]:
    """What the terminal says, each but the first acknowledged, to its completion (06 0F)."""
    frames: list[bytes] = []
    with till.makefile("rb") as line:
        while not frames or frames[-1][:2] != b"\x06\x0f":
            head = line.read(3)
            length = int.from_bytes(line.read(2), "little") if head[2] == 0xFF else head[2]
            frames.append(head + line.read(length))
            if frames[-1] != ACK:
                till.sendall(ACK)
    return frames


# pyserial 3.5 starts its reader with Thread.setDaemon and setName, which Python calls old.
@pytest.mark.filterwarnings("ignore:set(Daemon|Name)\\(\\):DeprecationWarning")
@pytest.mark.parametrize("system", SYSTEMS)
def test_a_scanner_behind_rfc2217_sends_what_is_typed(system: str) -> None:
    with simulating(system, "scanner", "--rfc2217", ANY, "--http") as scanner:
        url = str(scanner.ready["addresses"]["rfc2217"])
        with serial.serial_for_url(url, timeout=10) as line:
            scanner.api("/v1/events?kind=connected&wait=10")  # it scans for nobody who is not there
            scanner.type("4006381333931")
            assert line.read_until(b"\r") == b"4006381333931\r"


@pytest.mark.parametrize("system", SYSTEMS)
def test_the_live_page_is_served(system: str) -> None:
    with simulating(system, "printer", "--tcp", ANY, "--web") as printer:
        page = str(printer.ready["http"]["page"])  # its token becomes a cookie
        browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
        with browser.open(page, timeout=10) as answer:
            assert "<!doctype html>" in answer.read().decode("utf-8").lower()


def test_macos_has_ptys_and_a_control_socket(tmp_path: Path) -> None:
    link, control = tmp_path / "printer", tmp_path / "control"
    with simulating(
        MACOS, "printer", "--pty", str(link), "--control", str(control), "--http"
    ) as printer:
        assert control.is_socket()
        with serial.Serial(str(link), timeout=10) as line:
            line.write(b"Corner shop\n\x1dV\0\x10\x04\x01")
            assert line.read(1) == b"\x12"  # DLE EOT 1: online, the drawer's pin is low
        events = printer.api("/v1/events?kind=receipt&wait=10")
        assert "Corner shop" in events["events"][0]["body"]["text"]


def test_a_killed_client_does_not_end_the_device() -> None:
    with simulating(WINDOWS, "printer", "--tcp", ANY, "--http") as printer:
        for text in (b"first\n", b"second\n\x1dV\0"):
            with socket.create_connection(printer.address, timeout=10) as till:
                till.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
                till.sendall(text + b"\x10\x04\x01")
                assert till.recv(1)  # and then a reset, as of a program that was killed
        events = printer.api("/v1/events?kind=receipt&wait=10")
        assert "second" in events["events"][0]["body"]["text"]


def test_macos_exports_a_usb_device() -> None:
    with (
        simulating(MACOS, "printer", "--usbip", ANY) as printer,
        socket.create_connection(_usbip(printer), timeout=10) as asking,
    ):
        # OP_REQ_DEVLIST, and the head of the answer: one device. (Linux' usbip_protocol.rst)
        asking.sendall(bytes.fromhex("0111800500000000"))
        with asking.makefile("rb") as answer:
            assert answer.read(12) == bytes.fromhex("011100050000000000000001")


def _usbip(device: Device) -> tuple[str, int]:
    host, _, port = str(device.ready["addresses"]["usbip"]).rpartition(":")
    return host, int(port)
