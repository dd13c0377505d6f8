"""``pos-guard simulate scanner``: codes in, lines out."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest
import serial

from pos_guard_simulator.simulate_scanner import MAX_CODE, read_codes
from tests.simulator.simulate_process import Control, simulating


def greet(till: socket.socket, test: Control) -> None:
    """Beep once, so that the scanner has surely seen the connection: it scans for nobody else."""
    till.sendall(b"\x16\x07\r")
    while not test.ask("state")["beeps"]:
        pass


def test_lines_of_standard_input_are_scanned(tmp_path: Path) -> None:
    link = str(tmp_path / "scanner")
    with simulating("scanner", "--pty", link) as scanner, serial.Serial(link, timeout=10) as till:
        scanner.type("6901234567892\n\nPGOP:ben\r\n")
        assert till.read_until(b"\r") == b"6901234567892\r"
        assert till.read_until(b"\r") == b"PGOP:ben\r"


@pytest.mark.parametrize(
    ("profile", "line"), [("lf", b"abc\n"), ("crlf", b"abc\r\n"), ("aim", b"]E0abc\r")]
)
def test_profiles_and_codes_from_the_control_socket(
    tmp_path: Path, profile: str, line: bytes
) -> None:
    control = tmp_path / "control"
    with (
        simulating("scanner", "--tcp", "127.0.0.1:0", "--profile", profile,
                   "--control", str(control)) as scanner,
        socket.create_connection(scanner.address, timeout=10) as till,
        Control(control) as test,
        till.makefile("rb") as lines,
    ):  # fmt: skip
        greet(till, test)
        test.ask("scan", payload="abc", symbology="]E0")
        assert lines.read(len(line)) == line
        test.ask("scan", payload="微" * 2000)
        long = (b"]Q1" if profile == "aim" else b"") + "微".encode() * 2000
        assert lines.read(len(long)) == long
        assert test.ask("state")["scans"] == 2
        assert test.ask("state")["beeps"] == 1


def test_a_loose_cable_cuts_each_scan(tmp_path: Path) -> None:
    control = tmp_path / "control"
    with (
        simulating("scanner", "--tcp", "127.0.0.1:0", "--fault", "cut",
                   "--control", str(control)) as scanner,
        socket.create_connection(scanner.address, timeout=10) as till,
        Control(control) as test,
    ):  # fmt: skip
        greet(till, test)
        assert test.ask("state")["faults"] == ["cut"]
        test.ask("scan", payload="12345")
        assert till.recv(16) == b"123"
        test.ask("clear", name="cut")
        test.ask("scan", payload="12345")
        assert till.recv(16) == b"12345\r"
        test.ask("fault", name="cut")
        assert "payload" in test.fail("scan")
        assert "payload" in test.fail("scan", payload="")
        assert "payload" in test.fail("scan", payload="x" * (MAX_CODE + 1))
        assert "symbology" in test.fail("scan", payload="1", symbology="码")


@pytest.mark.parametrize(
    ("written", "codes"),
    [
        (b"", []),
        (b"one", [b"one"]),
        (b"one\ntwo\r\n\n\r\nthree", [b"one", b"two", b"three"]),
        (b"\xff\x00 \n", [b"\xff\x00 "]),
        (b"x" * (MAX_CODE + 5) + b"\ny", [b"x" * MAX_CODE, b"y"]),
        (b"x" * 3 * MAX_CODE, [b"x" * MAX_CODE]),
    ],
)
def test_codes_are_read_line_by_line(tmp_path: Path, written: bytes, codes: list[bytes]) -> None:
    (tmp_path / "codes").write_bytes(written)
    got: list[bytes] = []
    descriptor = os.open(tmp_path / "codes", os.O_RDONLY)
    try:
        read_codes(descriptor, got.append)
    finally:
        os.close(descriptor)
    assert got == codes


def test_codes_come_as_they_are_typed_and_a_closed_input_is_the_end() -> None:
    reader, writer = os.pipe()
    got: list[bytes] = []

    def scan(code: bytes) -> None:
        got.append(code)
        # Only once the first code is through may the next keys be pressed.
        os.write(writer, b"o\n") if code == b"on" else os.close(writer)

    os.write(writer, b"on\ntw")
    read_codes(reader, scan)
    os.close(reader)
    assert got == [b"on", b"two"]
    read_codes(reader, got.append)
    assert got == [b"on", b"two"]
