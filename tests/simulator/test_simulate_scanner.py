"""``pos-guard simulate scanner``: codes in, bytes and reports out, as a CI user runs it."""

from __future__ import annotations

import base64
import socket
import struct
from pathlib import Path

import pytest
import segno
import serial

from pos_guard_simulator.simulate_scanner_input import MAX_CODE
from tests.simulator.simulate_process import (
    Control,
    received,
    scanner_and_till,
    simulating,
    usage_error,
)

WECHAT = "134567890123456789"


# -- codes --------------------------------------------------------------------------------------


def test_lines_of_standard_input_are_scanned(tmp_path: Path) -> None:
    link = str(tmp_path / "scanner")
    with simulating("scanner", "--pty", link) as scanner, serial.Serial(link, timeout=10) as till:
        assert scanner.ready["model"] == "generic-serial"
        scanner.type("6901234567892\n\nPGOP:ben\r\n")
        assert till.read_until(b"\r") == b"6901234567892\r"
        assert till.read_until(b"\r") == b"PGOP:ben\r"


@pytest.mark.parametrize(
    ("profile", "line"),
    [
        ("crlf", b"abc\r\n"),
        ("none", b"abc"),
        ("aim", b"]E0abc\r"),
    ],
)
def test_profiles_and_codes_from_the_control_socket(
    tmp_path: Path, profile: str, line: bytes
) -> None:
    with scanner_and_till(tmp_path, "--profile", profile) as (_, till, test):
        assert test.ask("scan", payload="abc", symbology="]E0") == {"read": True}
        assert received(till, len(line)) == line
        test.ask("scan", payload="微" * 2000)
        long = (b"]Q1" if profile == "aim" else b"") + "微".encode() * 2000
        assert received(till, len(long)) == long
        till.sendall(b"\x16\x07\r")
        while not (state := test.ask("state"))["beeps"]:
            pass
        assert (state["scans"], state["beeps"], state["heard"]) == (2, 1, 4)


def test_a_symbology_has_a_name_or_an_aim_identifier(tmp_path: Path) -> None:
    with scanner_and_till(tmp_path, "--profile", "aim") as (_, till, test):
        for named, wire in (
            ({"symbology": "code128"}, b"]C01\r"),
            ({"symbology": "qr"}, b"]Q11\r"),
            ({"symbology": "ean8"}, b"]E41\r"),
            ({"symbology": "]d2"}, b"]d21\r"),
            ({}, b"]Q11\r"),
        ):
            test.ask("scan", payload="1", **named)
            assert received(till, len(wire)) == wire


def test_any_bytes_are_a_code(tmp_path: Path) -> None:
    with scanner_and_till(tmp_path) as (_, till, test):
        test.ask("scan", base64=base64.b64encode("付款\0".encode("gbk")).decode())
        assert received(till, 6) == "付款".encode("gbk") + b"\0\r"


def test_a_typed_code_is_written_in_the_scanners_encoding(tmp_path: Path) -> None:
    with scanner_and_till(tmp_path, "--encoding", "gbk") as (scanner, till, test):
        scanner.type("付款\n")
        assert received(till, 5) == "付款".encode("gbk") + b"\r"
        assert "gbk has no place for" in test.fail("scan", payload="😀")


def test_what_is_no_code_is_refused(tmp_path: Path) -> None:
    long = base64.b64encode(b"x" * (MAX_CODE + 1)).decode()
    with scanner_and_till(tmp_path) as (_, _, test):
        for fields, words in (
            ({}, "payload"),
            ({"payload": ""}, "payload"),
            ({"payload": "x" * (MAX_CODE + 1)}, "payload"),
            ({"payload": "1", "symbology": "码"}, "symbology"),
            ({"payload": "1", "symbology": "]"}, "symbology"),
            ({"payload": "1", "base64": "MQ=="}, "payload"),
            ({"base64": "M"}, "no Base64"),
            ({"base64": long}, "1 to 8192 bytes"),
        ):
            assert words in test.fail("scan", **fields)
        assert test.ask("state")["scans"] == 0


# -- models, triggers, faults -------------------------------------------------------------------


def test_a_model_answers_in_its_language_and_reads_when_triggered(tmp_path: Path) -> None:
    link, control = str(tmp_path / "scanner"), tmp_path / "control"
    with (
        simulating("scanner", "--model", "de2120", "--host-trigger", "--pty", link,
                   "--control", str(control)) as scanner,
        serial.Serial(link, 115200, timeout=10) as till,
        Control(control) as test,
    ):  # fmt: skip
        assert scanner.ready["language"] == "de2120"
        assert test.ask("scan", payload=WECHAT) == {"read": False, "why": "not triggered"}
        till.write(b"^_^SCAN.")
        assert till.read(1) == b"\x06"
        assert test.ask("scan", payload=WECHAT) == {"read": True}
        assert till.read_until(b"\r") == WECHAT.encode() + b"\r"
        test.ask("trigger")
        assert test.ask("state")["reads"] is True
        assert test.ask("scan", payload="7") == {"read": True}
        assert till.read_until(b"\r") == b"7\r"


def test_a_loose_cable_cuts_each_scan(tmp_path: Path) -> None:
    with scanner_and_till(tmp_path, "--fault", "cut") as (_, till, test):
        assert test.ask("state")["faults"] == ["cut"]
        test.ask("scan", payload="12345")
        assert till.recv(16) == b"123"
        test.ask("clear", name="cut")
        test.ask("scan", payload="12345")
        assert till.recv(16) == b"12345\r"
        test.ask("fault", name="cut")
        assert "no fault 'half-hid', only: battery, cut, double" in test.fail(
            "fault", name="half-hid"
        )
        assert "no fault" in test.fail("clear", name="half-hid")


def test_split_and_merged_on_a_real_socket(tmp_path: Path) -> None:
    with scanner_and_till(tmp_path, "--fault", "split") as (_, till, test):
        test.ask("scan", payload=WECHAT)
        assert received(till, 19) == WECHAT.encode() + b"\r"
        test.ask("clear", name="split")
        test.ask("fault", name="merged")
        test.ask("scan", payload="1")
        test.ask("scan", payload="2")
        assert till.recv(64) == b"1\r2\r"


def test_modem_manager_was_there_before(tmp_path: Path) -> None:
    with scanner_and_till(tmp_path, "--fault", "modem-manager") as (_, till, test):
        test.ask("scan", payload="1")
        assert received(till, 14) == b"AT\r\r\nERROR\r\n1\r"


def test_an_unplugged_pty_is_there_again_when_it_is_plugged_in(tmp_path: Path) -> None:
    link, control = tmp_path / "scanner", tmp_path / "control"
    with (
        simulating("scanner", "--pty", str(link), "--fault", "unplug", "--control", str(control)),
        Control(control) as test,
    ):
        with serial.Serial(str(link), timeout=10) as till:
            test.ask("scan", payload="1234")
            assert till.read(2) == b"12"
            while link.is_symlink():
                pass
        test.ask("clear", name="unplug")
        assert test.ask("plug") == {"addresses": {"pty": str(link)}}
        with serial.Serial(str(link), timeout=10) as till:
            test.ask("scan", payload="1234")
            assert till.read(5) == b"1234\r"


# -- pictures -----------------------------------------------------------------------------------


def qr_picture(path: Path, content: str = WECHAT) -> str:
    segno.make_qr(content).save(str(path), scale=4)
    return str(path)


def test_a_picture_is_scanned_with_the_symbology_that_it_has(tmp_path: Path) -> None:
    picture = qr_picture(tmp_path / "phone.png")
    with scanner_and_till(tmp_path, "--profile", "aim") as (_, till, test):
        assert test.ask("scan-picture", path=picture) == {
            "read": True, "symbology": "]Q1", "bytes": 18
        }  # fmt: skip
        assert received(till, 22) == b"]Q1" + WECHAT.encode() + b"\r"
        assert "no ]C0 code in it, only ]Q1" in test.fail(
            "scan-picture", path=picture, symbology="code128"
        )
        assert "No such file" in test.fail("scan-picture", path=str(tmp_path / "none.png"))
        assert "path" in test.fail("scan-picture")


def test_a_receipt_of_the_simulated_printer_is_scanned_by_the_simulated_scanner(
    tmp_path: Path,
) -> None:
    out = tmp_path / "receipts"
    code = "https://example.com/受付".encode()
    size = (len(code) + 3).to_bytes(2, "little")
    job = b"\x1b@Thank you\n\x1d(k" + size + b"1P0" + code + b"\x1d(k\x03\x001Q0\x1dVB\x00"
    with (
        simulating("printer", "--tcp", "127.0.0.1:0", "--out", str(out)) as printer,
        socket.create_connection(printer.address, timeout=10) as till,
    ):
        till.sendall(job + b"\x10\x04\x01")
        received(till, 1)
    with scanner_and_till(tmp_path) as (_, till, test):
        assert test.ask("scan-picture", path=str(out / "0001.png"))["bytes"] == len(code)
        assert received(till, len(code) + 1) == code + b"\r"


def test_the_picture_of_the_command_line_is_read_once_somebody_listens(tmp_path: Path) -> None:
    picture = qr_picture(tmp_path / "phone.png")
    with (
        simulating("scanner", "--tcp", "127.0.0.1:0", "--png", picture) as scanner,
        socket.create_connection(scanner.address, timeout=10) as till,
    ):
        assert received(till, 19) == WECHAT.encode() + b"\r"


# -- USB ----------------------------------------------------------------------------------------


class UsbHost:
    """A host that speaks USB/IP: it imports 1-1 and reads its endpoint 1 (kernel usbip_protocol).

    Only what a test needs, written from the kernel's Documentation/usb/usbip_protocol.rst.
    """

    def __init__(self, address: str) -> None:
        host, _, port = address.rpartition(":")
        self._socket = socket.create_connection((host, int(port)), timeout=10)
        self._socket.sendall(bytes.fromhex("0111 8003 00000000") + b"1-1".ljust(32, b"\0"))
        assert received(self._socket, 8) == bytes.fromhex("0111 0003 00000000")
        device = received(self._socket, 312)
        self.vendor, self.product = struct.unpack(">HH", device[300:304])
        self._seq = 0

    def __enter__(self) -> UsbHost:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def report(self, size: int = 64) -> bytes:
        """One interrupt IN transfer."""
        self._seq += 1
        head = struct.pack(">IIIII", 1, self._seq, 0x00010002, 1, 1)
        self._socket.sendall(head + struct.pack(">IiIII8x", 0, size, 0, 0, 1))
        answer = received(self._socket, 48)
        status, length = struct.unpack(">iI", answer[20:28])
        assert (answer[:8], status) == (struct.pack(">II", 3, self._seq), 0)
        return received(self._socket, length)


def hid_pos(report: bytes) -> tuple[bytes, bytes]:
    """AIM identifier and data at their places in Honeywell's report (scanners.md a.9)."""
    return report[2:5], report[5 : 5 + report[1]]


def test_a_hid_pos_scanner_over_usb_ip(tmp_path: Path) -> None:
    control = tmp_path / "control"
    picture = qr_picture(tmp_path / "phone.png", "on the screen")
    with (
        simulating("scanner", "--model", "honeywell-hidpos", "--control", str(control),
                   "--png", picture) as scanner,
        Control(control) as test,
        UsbHost(scanner.ready["addresses"]["usbip"]) as host,
    ):  # fmt: skip
        assert scanner.ready["addresses"]["busid"] == "1-1"
        assert (host.vendor, host.product) == (0x0C2E, 0x0907)
        assert hid_pos(host.report()) == (b"]Q1", b"on the screen")
        assert test.ask("scan", payload=WECHAT, symbology="]C0") == {"read": True}
        assert hid_pos(host.report()) == (b"]C0", WECHAT.encode())
        scanner.type("typed\n")
        assert hid_pos(host.report()) == (b"]Q1", b"typed")
        assert test.ask("trigger") == {}
        test.ask("fault", name="no-read")
        assert test.ask("scan", payload="1") == {"read": False, "why": "no-read"}
        state = test.ask("state")
        assert (state["scans"], state["missed"], state["plugged"]) == (3, 1, True)


def test_a_usb_scanner_is_unplugged_and_plugged_in_again(tmp_path: Path) -> None:
    control = tmp_path / "control"
    with (
        simulating("scanner", "--model", "generic-wedge", "--usbip", "127.0.0.1:0",
                   "--fault", "unplug", "--control", str(control)) as scanner,
        Control(control) as test,
    ):  # fmt: skip
        address = scanner.ready["addresses"]["usbip"]
        with UsbHost(address) as host:
            test.ask("scan", payload="12")
            assert host.report(8)[2] == 0x1E
            with pytest.raises((AssertionError, OSError)):
                list(iter(lambda: host.report(8), b""))
        test.ask("clear", name="unplug")
        assert test.ask("plug")["addresses"]["usbip"] == address
        with UsbHost(address) as host:
            test.ask("scan", payload="1")
            assert [host.report(8)[2] for _ in range(4)] == [0x1E, 0, 0x28, 0]


def test_a_serial_model_over_usb_ip_is_a_cdc_device() -> None:
    with (
        simulating("scanner", "--model", "gm65", "--usbip", "127.0.0.1:0") as scanner,
        UsbHost(scanner.ready["addresses"]["usbip"]) as host,
    ):
        assert (host.vendor, host.product) == (0x6666, 0x7777)


# -- options ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--model", "acme"], "'acme' is not one of"),
        (["--fault", "fire"], "'fire' is not one of 'no-read', 'double'"),
        (["--fault", "half-hid"], "no fault 'half-hid'"),
        (["--model", "honeywell-hidpos", "--pty"], "on the USB only"),
        (["--model", "honeywell-hidpos", "--tcp", "127.0.0.1:0"], "on the USB only"),
        (["--tcp", "127.0.0.1:0", "--usbip", "127.0.0.1:0"], "One place, please"),
        (["--usbip", "nowhere"], "--usbip 'nowhere': write HOST:PORT"),
        (["--usbip", "192.0.2.1:1"], "--usbip 192.0.2.1:1: "),
        (["--host-trigger"], "no trigger for its host"),
        (["--encoding", "klingon"], "no encoding 'klingon'"),
    ],
)
def test_wrong_options_are_named(arguments: list[str], words: str) -> None:
    assert words in usage_error(*arguments)


def test_a_picture_without_a_code_is_no_scanners_picture(tmp_path: Path) -> None:
    (tmp_path / "note.png").write_bytes(b"no picture")
    error = usage_error("--png", str(tmp_path / "note.png"))
    assert "note.png: is no picture that can be read" in error
