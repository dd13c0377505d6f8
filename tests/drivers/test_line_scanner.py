"""The line scanner driver, over memory and over a real pty."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

import pytest

from pos_guard.clock import ManualClock
from pos_guard.errors import DeviceError, PortClosedError, PortTimeoutError
from pos_guard.frames.lines import End, LineSettings
from pos_guard.ports.memory import MemoryPort, memory_pair
from pos_guard.ports.serial import SerialPort, SerialSettings
from pos_guard_drivers.line_scanner import LineScanner, ScanEvent, ScannerOptions
from pos_guard_simulator.bench import Bench
from pos_guard_simulator.scanner import Scanner, ScannerTwinSettings

CODE = "134621000053364349"


@pytest.fixture
def wire() -> Iterator[tuple[MemoryPort, MemoryPort]]:
    ours, theirs = memory_pair()
    yield ours, theirs
    ours.close()
    theirs.close()


def opened(port: MemoryPort, options: ScannerOptions | None = None) -> LineScanner:
    scanner = LineScanner(port, options, name="till-1", clock=ManualClock(wall_us=77))
    scanner.claim()
    scanner.enable()
    return scanner


def test_a_scan_is_delivered_with_what_is_known_of_it(wire: tuple[MemoryPort, MemoryPort]) -> None:
    scanner = opened(wire[0])
    wire[1].write(f"]Q1{CODE}\r\n".encode(), 1)
    assert scanner.read(1) == ScanEvent(CODE.encode(), CODE, "utf-8", "qr", "till-1", 77)


def test_scans_of_one_read_come_one_by_one(wire: tuple[MemoryPort, MemoryPort]) -> None:
    scanner = opened(wire[0])
    wire[1].write(b"a\rb\r\nc\r", 1)
    assert [event.text for event in islice(scanner, 3)] == ["a", "b", "c"]


def test_a_read_ends_at_its_deadline(wire: tuple[MemoryPort, MemoryPort]) -> None:
    with pytest.raises(PortTimeoutError, match="till-1"):
        opened(wire[0]).read(0.01)


def test_a_scanner_that_is_gone_is_said(wire: tuple[MemoryPort, MemoryPort]) -> None:
    scanner = opened(wire[0])
    wire[1].close()
    with pytest.raises(PortClosedError):
        scanner.read(1)


def test_a_scan_that_breaks_off_is_dropped(wire: tuple[MemoryPort, MemoryPort]) -> None:
    scanner = opened(wire[0], ScannerOptions(idle_seconds=0.01))
    wire[1].write(b"1346", 1)
    with pytest.raises(PortTimeoutError):
        scanner.read(0.1)
    wire[1].write(b"whole\r", 1)
    assert scanner.read(1).text == "whole"


def test_a_short_read_does_not_cut_a_scan(wire: tuple[MemoryPort, MemoryPort]) -> None:
    scanner = opened(wire[0], ScannerOptions(idle_seconds=5.0))
    wire[1].write(b"134", 1)
    with pytest.raises(PortTimeoutError):
        scanner.read(0.01)
    wire[1].write(b"6\r", 1)
    assert scanner.read(1).text == "1346"


def test_silence_ends_codes_with_line_ends(wire: tuple[MemoryPort, MemoryPort]) -> None:
    options = ScannerOptions(LineSettings(end=End.IDLE), idle_seconds=0.01)
    scanner = opened(wire[0], options)
    wire[1].write(b"BCD\n002\n", 1)
    assert scanner.read(1).text == "BCD\n002"


def test_bytes_of_another_encoding_are_delivered_without_text(
    wire: tuple[MemoryPort, MemoryPort],
) -> None:
    scanner = opened(wire[0])
    wire[1].write(b"\xd6\xd0\r", 1)
    event = scanner.read(1)
    assert (event.data, event.text, event.symbology) == (b"\xd6\xd0", None, None)


def test_claim_and_enable_come_first(wire: tuple[MemoryPort, MemoryPort]) -> None:
    scanner = LineScanner(wire[0])
    with pytest.raises(DeviceError) as error:
        scanner.enable()
    assert error.value.code == "E_NOTCLAIMED"
    scanner.claim()
    with pytest.raises(DeviceError) as error:
        scanner.claim()
    assert error.value.code == "E_CLAIMED"
    with pytest.raises(DeviceError) as error:
        scanner.read(0)
    assert error.value.code == "E_DISABLED"


def test_scans_made_before_enabling_are_old(wire: tuple[MemoryPort, MemoryPort]) -> None:
    scanner = LineScanner(wire[0])
    scanner.claim()
    wire[1].write(b"old\r", 1)
    scanner.enable()
    wire[1].write(b"new\r", 1)
    assert scanner.read(1).text == "new"
    scanner.enable(False)
    assert list(scanner) == []


def test_the_same_over_a_real_pty_with_a_simulated_scanner() -> None:
    twin = Scanner(ScannerTwinSettings(terminator=b"\r\n", aim=True, split=7))
    with Bench() as bench:
        path = bench.pty("scanner", twin)
        with LineScanner(SerialPort(SerialSettings(path))) as scanner:
            scanner.command(b"\x16\x07\r")
            bench.call("scanner", lambda: twin.scan(CODE))
            event = scanner.read(5)
            bench.call("scanner", lambda: twin.scan("收款码", "]Q2"))
            second = scanner.read(5)
        assert bench.ask(lambda: twin.beeps) == 1
    assert (event.text, event.symbology) == (CODE, "qr")
    assert second.text == "收款码"
