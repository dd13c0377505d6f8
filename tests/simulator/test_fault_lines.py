"""Faults that any byte line can have, whatever twin is behind it."""

from __future__ import annotations

import pytest

from pos_guard.links.session import CloseApp, Effects, SetTimer, ToApp
from pos_guard_simulator.faulty_line.line import FaultyLine
from pos_guard_simulator.line_faults import ComesBack, LineFault, LinePlan
from pos_guard_simulator.printer import ReceiptPrinter, Setup
from pos_guard_simulator.simulate_faults import parse_line_fault
from pos_guard_simulator.simulated_printer import PrinterSeat


class Echo:
    """Says each piece back, and notes what it heard."""

    def __init__(self) -> None:
        self.pieces: list[bytes] = []
        self.life: list[str] = []

    def connected(self) -> Effects:
        self.life.append("connected")
        return []

    def data(self, data: bytes) -> Effects:
        self.pieces.append(data)
        return [ToApp(data)]

    def closed(self) -> Effects:
        self.life.append("closed")
        return []

    def timer(self, name: str) -> Effects:
        return [ToApp(name.encode())]


class Rig:
    """An echo behind a faulty line."""

    def __init__(self, fault: str, *, serial: bool = True) -> None:
        self.echo = Echo()
        self.line = FaultyLine(self.echo, serial=serial)
        self.timers: dict[str, float] = {}
        self.left: list[CloseApp] = []
        self.do(self.line.plan(parse_line_fault(fault)))

    def do(self, effects: Effects) -> bytes:
        said = b""
        for effect in effects:
            match effect:
                case ToApp(data):
                    said += data
                case SetTimer(name, seconds):
                    self.timers[name] = seconds
                case CloseApp():
                    self.left.append(effect)
                case _:
                    raise AssertionError(effect)
        return said

    def say(self, *pieces: bytes) -> bytes:
        return b"".join(self.do(self.line.data(piece)) for piece in pieces)

    def ring(self, name: str) -> bytes:
        del self.timers[name]
        return self.do(self.line.timer(name))


def test_a_piece_loses_its_end() -> None:
    rig = Rig("truncate@2x3")
    assert rig.say(b"0123456789", b"abc") == b"0123456abc"


def test_a_piece_that_is_shorter_than_what_it_loses_is_gone() -> None:
    rig = Rig("truncate@out:3x9")
    assert rig.say(b"012", b"345", b"678") == b"012678"
    assert rig.echo.pieces == [b"012", b"345", b"678"]


def test_a_piece_is_overtaken_by_the_next() -> None:
    rig = Rig("reorder@3")
    assert rig.say(b"012", b"345", b"678", b"9") == b"0126783459"


def test_a_piece_that_nothing_overtakes_comes_late() -> None:
    rig = Rig("reorder")
    assert rig.say(b"012") == b""
    assert rig.timers == {"line-in-swap": 0.5}
    assert rig.ring("line-in-swap") == b"012"
    assert rig.say(b"345") == b"345"


def test_a_slow_device_takes_so_many_bytes_a_second() -> None:
    rig = Rig("back_pressure@0x60")
    assert (rig.line.room, rig.timers) == (3, {"line-flow": 0.05})
    taken, seconds = 0, 0.0
    while taken < 60:
        taken += rig.line.room
        assert rig.say(b"x" * rig.line.room)
        assert rig.line.room == 0
        seconds += rig.timers["line-flow"]
        rig.ring("line-flow")
    assert seconds == pytest.approx(1.0)
    rig.do(rig.line.clear(LineFault.BACK_PRESSURE))
    assert rig.line.room > 1000
    assert rig.ring("line-flow") == b""
    assert rig.timers == {}


def test_the_wrong_speed_is_wrong_both_ways_and_the_inverse() -> None:
    rig = Rig("baud_mismatch@0x50")
    answer = rig.say(b"U")
    assert rig.echo.pieces == [b"\x66\xe6"], "the host is slow, the device reads each bit twice"
    assert answer != b"U"
    rig.do(rig.line.clear(LineFault.BAUD_MISMATCH))
    assert rig.say(b"U") == b"U"


def test_the_wrong_parity_both_ways() -> None:
    rig = Rig("parity_mismatch")
    assert rig.say(b"AC\xc3") == b"A?\xc3"
    assert rig.echo.pieces == [b"A?C"], "C without its parity is a ? to the device"
    rig.do(rig.line.clear(LineFault.PARITY_MISMATCH))
    assert rig.say(b"AC") == b"AC"


@pytest.mark.parametrize("serial", [True, False])
def test_a_brown_out_garbles_both_ways_and_then_the_device_begins_anew(serial: bool) -> None:
    rig = Rig("brown_out@4x250", serial=serial)
    assert rig.say(b"0123") == b"0123"
    said = rig.say(b"4567")
    assert rig.echo.pieces[1] != b"4567"
    assert said not in (b"4567", rig.echo.pieces[1])
    assert rig.timers == {"line-brown": 0.25}
    assert rig.ring("line-brown") == b""
    assert rig.echo.life == (["closed", "connected"] if serial else ["closed"])
    assert bool(rig.left) is not serial
    assert rig.say(b"89") == b"89"


def test_it_comes_back_at_another_port() -> None:
    rig = Rig("re_enumerate@2x700")
    assert rig.say(b"0123") == b"01"
    assert [(type(one), one.seconds) for one in rig.left if isinstance(one, ComesBack)] == [
        (ComesBack, 0.7)
    ]
    assert rig.say(b"45") == b""
    rig.do(rig.line.closed())
    rig.do(rig.line.connected())
    assert rig.say(b"67") == b"67"


def test_a_device_without_power_forgets_its_conversation() -> None:
    rig = Rig("power_cycle@2x400")
    assert rig.say(b"0123", b"45") == b"01"
    assert (rig.echo.life, rig.timers) == (["closed"], {"line-power": 0.4})
    rig.ring("line-power")
    assert rig.echo.life == ["closed", "connected"]
    assert rig.say(b"67") == b"67"


def test_a_printer_in_a_brown_out_loses_its_buffer() -> None:
    printer = ReceiptPrinter(setup=Setup(interface="serial"))
    line = FaultyLine(PrinterSeat(printer))
    line.data(b"lost")
    line.plan(LinePlan(LineFault.BROWN_OUT, 0, amount=300))
    line.timer("line-brown")
    line.data(b"kept\n")
    assert printer.paper.text == "kept\n"


@pytest.mark.parametrize(
    ("text", "plan"),
    [
        ("truncate", LinePlan(LineFault.TRUNCATE)),
        ("link:drop@out:5", LinePlan(LineFault.DROP, 5, outward=True)),
        ("baud_mismatch", LinePlan(LineFault.BAUD_MISMATCH, amount=50)),
        ("baud_mismatch@0x200", LinePlan(LineFault.BAUD_MISMATCH, amount=200)),
        ("back_pressure:0x20", LinePlan(LineFault.BACK_PRESSURE, amount=20)),
        ("re_enumerate@9", LinePlan(LineFault.RE_ENUMERATE, 9, amount=500)),
    ],
)
def test_as_they_are_written(text: str, plan: LinePlan) -> None:
    assert parse_line_fault(text) == plan


@pytest.mark.parametrize(
    "text", ["", "paper_out", "link:paper_out", "drop@", "baud_mismatch@0x4", "reorder@0x2",
             "baud_mismatch@0x2001", "link:link:drop"],
)  # fmt: skip
def test_what_is_none_of_a_line(text: str) -> None:
    with pytest.raises(ValueError, match=r"none of|no number|at least|no amount"):
        parse_line_fault(text)
