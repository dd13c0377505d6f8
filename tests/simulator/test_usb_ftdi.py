"""A serial twin behind a USB serial adapter, seen from the bus."""

from __future__ import annotations

import threading

import pytest

from pos_guard.errors import LocalError
from pos_guard.links.session import CloseApp, Effects
from pos_guard.ports.usb_device import Setup, Stalled
from pos_guard_simulator.scanner import Scanner
from pos_guard_simulator.usb_serial.cdc import UsbSerial
from pos_guard_simulator.usb_serial.ftdi import BULK_IN, BULK_OUT, UsbFtdi
from pos_guard_simulator.usb_serial.ftdi_words import baudrate_of, divisor_of

# AN232B-05 (FTDI, "Configuring FT232R, FT2232 and FT232BM Baud Rates"), its table of values.
SPEEDS = {
    300: 0x2710,
    600: 0x1388,
    1200: 0x09C4,
    2400: 0x04E2,
    4800: 0x0271,
    9600: 0x4138,
    19_200: 0x809C,
    38_400: 0xC04E,
    57_600: 0xC034,
    115_200: 0x001A,
    230_400: 0x000D,
    460_800: 0x4006,
    921_600: 0x8003,
    2_000_000: 1,
    3_000_000: 0,
}

IDLE = 0x01 | 0x10 | 0x20 | 0x80
"""CTS, DSR and RLSD, and the bit that is always set (ftdi_sio.h, FTDI_SIO_GET_MODEM_STATUS)."""


def order(adapter: UsbFtdi[Scanner], request: int, value: int, index: int = 0) -> None:
    adapter.control(Setup(0x40, request, value, index, 0), b"")


def opened() -> UsbFtdi[Scanner]:
    """An adapter whose first status packet is read, and with DTR and RTS up."""
    adapter = UsbFtdi(Scanner())
    assert adapter.in_(BULK_IN, 64) == bytes((IDLE, 0x60))
    order(adapter, 1, 0x0303)
    return adapter


@pytest.mark.parametrize(("speed", "divisor"), SPEEDS.items())
def test_speeds_are_those_of_ftdis_table(speed: int, divisor: int) -> None:
    assert divisor_of(speed) == divisor
    assert abs(baudrate_of(divisor) - speed) * 100 <= speed


@pytest.mark.parametrize("speed", [0, -1, 150, 4_000_000])
def test_a_speed_that_the_chip_has_not_is_an_error(speed: int) -> None:
    with pytest.raises(ValueError, match="has no"):
        divisor_of(speed)


def test_a_program_sets_the_line_and_the_twin_hears_it() -> None:
    adapter = opened()
    order(adapter, 3, 0x809C)  # 19200
    order(adapter, 4, 7 | 2 << 8 | 2 << 11)  # 7E2
    order(adapter, 2, 0, 0x0100)
    assert adapter.told == {
        "baudrate": 19_200,
        "bytesize": 7,
        "parity": "E",
        "stopbits": "2",
        "dtr": True,
        "rts": True,
        "break": False,
        "flow": "rtscts",
    }
    order(adapter, 4, 8 | 1 << 14)
    assert adapter.told["break"] is True
    order(adapter, 1, 0x0100)  # DTR low, RTS is not meant
    assert (adapter.told["dtr"], adapter.told["rts"]) == (False, True)
    assert adapter.out(BULK_OUT, b"abc") == 3
    assert adapter.taken == 3


def test_every_packet_begins_with_the_status() -> None:
    adapter = opened()
    adapter.act(lambda scanner: scanner.scan("1" * 70))
    first, second = adapter.in_(BULK_IN, 64), adapter.in_(BULK_IN, 64)
    assert first == bytes((IDLE, 0x60)) + b"1" * 62
    assert second == bytes((IDLE, 0x60)) + b"1" * 8 + b"\r"


def test_without_data_the_status_comes_every_latency_time() -> None:
    adapter = opened()
    due = threading.Event()
    stop = adapter.listen(due.set)
    assert adapter.in_(BULK_IN, 64) is None
    assert due.wait(5)
    assert adapter.in_(BULK_IN, 64) == bytes((IDLE, 0x60))
    stop()


def test_a_wire_that_falls_is_told_at_once() -> None:
    adapter = opened()
    adapter.set_lines({"cts": False, "ri": True})
    assert adapter.in_(BULK_IN, 64) == bytes((0x01 | 0x20 | 0x40 | 0x80, 0x60))
    assert adapter.control(Setup(0xC0, 5, 0, 0, 2), b"") == bytes((0xE1, 0x60))


def test_a_twin_that_is_not_ready_drops_cts_and_dsr() -> None:
    ready = [True]
    adapter = UsbFtdi(Scanner(), ready=lambda: ready[0])
    assert adapter.status == IDLE
    ready[0] = False
    assert adapter.status == 0x01 | 0x80


def test_what_nobody_read_is_gone_when_the_host_purges_it() -> None:
    adapter = opened()
    adapter.act(lambda scanner: scanner.scan("12"))
    order(adapter, 0, 1)
    assert adapter.in_(BULK_IN, 64) is None


@pytest.mark.parametrize(
    ("request_type", "request_", "value"), [(0x40, 0x0B, 0x0100), (0x40, 0x99, 0), (0xC0, 0x99, 0)]
)
def test_what_the_chip_cannot_do_is_refused(request_type: int, request_: int, value: int) -> None:
    with pytest.raises(Stalled):
        UsbFtdi(Scanner()).control(Setup(request_type, request_, value, 0, 0), b"")


def test_what_drivers_ask_first_is_answered() -> None:
    adapter = UsbFtdi(Scanner())
    order(adapter, 9, 1)
    assert adapter.control(Setup(0xC0, 10, 0, 0, 1), b"") == b"\x01"
    assert adapter.control(Setup(0xC0, 0x90, 0, 10, 2), b"") == b"\xff\xff"
    order(adapter, 11, 0)


def test_a_twin_that_hangs_up_pulls_the_cable() -> None:
    adapter = opened()
    adapter.act(lambda _: [CloseApp("pulled")])
    assert not adapter.present


class Notes:
    """Notes what happens to it."""

    def __init__(self) -> None:
        self.notes: list[str] = []

    def connected(self) -> Effects:
        self.notes.append("connected")
        return []

    def data(self, data: bytes) -> Effects:
        self.notes.append(data.decode())
        return []

    def closed(self) -> Effects:
        self.notes.append("closed")
        return []

    def timer(self, name: str) -> Effects:
        raise AssertionError(name)


def test_a_cable_that_is_pulled_closes_the_line() -> None:
    twin = Notes()
    adapter = UsbFtdi(twin)
    adapter.control(Setup(0x40, 1, 0x0303, 0, 0), b"")
    adapter.unplug()
    adapter.unplug()
    adapter.plug()
    assert adapter.told["dtr"] is False
    adapter.control(Setup(0x40, 1, 0x0303, 0, 0), b"")
    adapter.unplug(after=1)
    assert adapter.out(BULK_OUT, b"xy") == 1
    adapter.plug()
    assert twin.notes == ["connected", "closed", "connected", "x", "closed"]


def test_cdc_acm_has_no_cts() -> None:
    line = UsbSerial(Scanner())
    with pytest.raises(LocalError, match="CDC-ACM has no CTS"):
        line.set_lines({"cts": False})
    line.set_lines({"dsr": True, "cd": True})
    line.set_lines({"cd": False})
    said = [line.in_(0x83, 16), line.in_(0x83, 16)]
    assert [one[8] if one else None for one in said] == [0x03, 0x02]
    assert line.told == {
        "baudrate": 9600, "bytesize": 8, "parity": "N", "stopbits": "1", "dtr": False, "rts": False,
    }  # fmt: skip
