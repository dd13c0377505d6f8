"""A serial twin as a USB device, seen from the bus."""

from __future__ import annotations

import threading

import pytest

from pos_guard.links.session import CancelTimer, CloseApp, Effects, SetTimer, Tell, ToApp
from pos_guard.model import Words
from pos_guard.ports.usb_device import Setup, Speed, Stalled, Unplugged
from pos_guard_simulator.usb_serial.cdc import (
    BULK_IN,
    BULK_OUT,
    MAX_NOTIFICATIONS,
    NOTIFY,
    UsbSerial,
)
from pos_guard_simulator.usb_serial.line import MAX_WAITING

# Written from the tables: CDC 1.2 table 15, PSTN 1.2 tables 3 and 4, CDC 1.2 table 16.
FUNCTIONAL = "05 24 00 10 01  05 24 01 00 01  04 24 02 06  05 24 06 00 01"

GET_CODING = Setup(0xA1, 0x21, 0, 0, 7)
DTR_RTS = Setup(0x21, 0x22, 3, 0, 0)
NO_LINES = Setup(0x21, 0x22, 0, 0, 0)


class Tape:
    """Notes what happens, and answers what it was given to say."""

    def __init__(self) -> None:
        self.notes: list[str] = []
        self.say: Effects = []
        self.rang = threading.Event()

    def connected(self) -> Effects:
        self.notes.append("connected")
        return []

    def data(self, data: bytes) -> Effects:
        self.notes.append(data.decode())
        return self.say

    def closed(self) -> Effects:
        self.notes.append("closed")
        return []

    def timer(self, name: str) -> Effects:
        self.notes.append(f"timer {name}")
        self.rang.set()
        return [ToApp(b"late")]


def device() -> tuple[UsbSerial[Tape], Tape]:
    tape = Tape()
    return UsbSerial(tape), tape


def told(line: UsbSerial[Tape], size: int = 64) -> list[bytes]:
    found: list[bytes] = []
    while (packet := line.in_(BULK_IN, size)) is not None:
        found.append(packet)
    return found


def test_its_descriptors() -> None:
    line, _ = device()
    control, data = line.configuration.interfaces
    assert (control.triple, data.triple) == ((2, 2, 1), (10, 0, 0))
    assert control.extra == bytes.fromhex(FUNCTIONAL)
    assert len(line.configuration_descriptor) == 9 + 9 + 19 + 7 + 9 + 14
    assert (
        UsbSerial(Tape(), speed=Speed.HIGH).configuration.interfaces[1].endpoints[0].packet == 512
    )


def test_line_coding_is_kept_and_told() -> None:
    line, _ = device()
    assert line.control(GET_CODING, b"") == bytes.fromhex("80250000 000008")
    coding = bytes.fromhex("00c20100 000008")
    line.control(Setup(0x21, 0x20, 0, 0, 7), coding)
    assert line.control(GET_CODING, b"") == coding
    with pytest.raises(Stalled):
        line.control(Setup(0x21, 0x20, 0, 0, 3), b"abc")
    with pytest.raises(Stalled):
        line.control(Setup(0xA1, 0x00, 0, 0, 3), b"")
    line.control(Setup(0x21, 0x23, 0xFFFF, 0, 0), b"")
    assert line.breaks == 1


def test_dtr_is_a_host_that_comes_and_goes() -> None:
    line, tape = device()
    for setup in (DTR_RTS, DTR_RTS, NO_LINES, NO_LINES, DTR_RTS):
        line.control(setup, b"")
    assert tape.notes == ["connected", "closed", "connected"]
    line.plug()
    assert line.dtr is False


def test_bytes_go_both_ways() -> None:
    line, tape = device()
    tape.say = [ToApp(b"yes")]
    assert line.out(BULK_OUT, b"trigger") == 7
    assert (tape.notes, line.taken) == (["trigger"], 7)
    assert told(line) == [b"yes"]
    assert line.out(NOTIFY, b"x") == 0


@pytest.mark.parametrize(
    ("size", "packets"), [(63, [63]), (64, [64, 0]), (65, [64, 1]), (128, [64, 64, 0])]
)
def test_a_last_packet_that_is_full_is_followed_by_an_empty_one(
    size: int, packets: list[int]
) -> None:
    line, _ = device()
    line.act(lambda _: [ToApp(bytes(size))])
    assert [len(packet) for packet in told(line)] == packets


def test_what_nobody_reads_is_bounded_and_gone_after_the_next_connection() -> None:
    line, _ = device()
    line.act(lambda _: [ToApp(bytes(MAX_WAITING + 5))])
    assert line.lost == 5
    for _ in range(MAX_NOTIFICATIONS + 1):
        line.notify(1)
    line.plug()
    assert told(line) == []
    assert line.in_(NOTIFY, 16) is None


def test_the_twins_timers_run() -> None:
    line, tape = device()
    heard = threading.Event()
    line.listen(heard.set)
    line.act(lambda _: [SetTimer("gone", 30), CancelTimer("gone"), CancelTimer("none")])
    line.act(lambda _: [SetTimer("t", 30), SetTimer("t", 0.01)])
    assert tape.rang.wait(5)
    line.act(lambda _: [])  # after the timer's own turn
    assert told(line) == [b"late"]
    assert tape.notes == ["timer t"]
    assert heard.is_set()


def test_a_twin_that_hangs_up_leaves_the_bus() -> None:
    line, _ = device()
    line.act(lambda _: [CloseApp("reset")])
    with pytest.raises(Unplugged):
        line.in_(BULK_IN, 64)


def test_what_no_serial_machine_does_is_a_mistake_of_the_twin() -> None:
    line, _ = device()
    with pytest.raises(TypeError, match="Tell"):
        line.act(lambda _: [Tell("ALLOW", Words("好", "good"))])
