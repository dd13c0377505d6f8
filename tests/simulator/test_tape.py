"""Tapes of our own twins: what was recorded is what the tape's twin says again."""

from __future__ import annotations

from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pos_guard.clock import ManualClock
from pos_guard.frames import zvt_build
from pos_guard.frames.printer_models import printer_model
from pos_guard.frames.zvt_serial import ACK as SERIAL_ACK
from pos_guard.frames.zvt_serial import frame
from pos_guard.links.session import CloseApp, SetTimer, ToApp
from pos_guard.links.zvt_wire import Framing
from pos_guard_simulator.payment_twin import PaymentTwin
from pos_guard_simulator.printer import ReceiptPrinter
from pos_guard_simulator.scanner import Scanner
from pos_guard_simulator.tape.lines import Happened, Header, Line, Said, Tape
from pos_guard_simulator.tape.recording import Recording
from pos_guard_simulator.tape.twin import TapeTwin
from pos_guard_simulator.zvt_terminal import TerminalSettings, ZvtTerminal
from tests.simulator.payment_till import SPOKEN, Till, made_of
from tests.simulator.tape_rig import Recorded, heard, replayed, stream

TILLS = sorted(name for name in SPOKEN if not name.startswith("iso8583"))


class Shifted(Recorded):
    """The clock goes on whenever the twin was waited for."""

    def timer(self, name: str) -> list[Any]:
        cast("ManualClock", self.clock).advance(0.25)
        return super().timer(name)


def shift(till: Till) -> list[Any]:
    """A till's work: two sales, one of them twice as far away in time."""
    for amount in (1250, 800):
        till.ask("sale", amount)
        till.advance(120)
    return till.outcomes


@pytest.mark.parametrize("name", TILLS)
def test_a_till_cannot_tell_the_tape_from_the_terminal(name: str) -> None:
    spoken = SPOKEN[name]
    device, _ = made_of(spoken.words)
    recorded = Shifted(cast("PaymentTwin[Any]", device.twin), name, ManualClock())
    first = Till(cast("PaymentTwin[Any]", recorded), spoken.profile)
    outcomes = shift(first)
    assert len(outcomes) == 2

    played = TapeTwin(recorded.tape(), strict=True)
    second = Till(cast("PaymentTwin[Any]", played), spoken.profile)
    assert shift(second) == outcomes
    assert second.pieces == first.pieces
    assert (played.count.unknown, played.withheld, second.hung_up) == (0, 0, 0)


def zvt(framing: Framing) -> Recorded:
    name = "zvt" if framing is Framing.TCP else "zvt-serial"
    return Recorded(ZvtTerminal(TerminalSettings(framing=framing)), name, ManualClock())


AMOUNTS = st.lists(st.integers(1, 999_999_999_999), min_size=1, max_size=5)


@given(amounts=AMOUNTS, pieces=st.integers(1, 7))
@settings(max_examples=60, deadline=None)
def test_any_zvt_payments_are_played_again(amounts: list[int], pieces: int) -> None:
    recorded = zvt(Framing.TCP)
    recorded.connected()
    for amount in amounts:
        sent = zvt_build.authorisation(amount, "EUR")
        for at in range(0, len(sent), pieces):
            recorded.data(sent[at : at + pieces])
        for _ in range(6):
            recorded.data(zvt_build.ack)
    tape = recorded.tape()
    out, twin = replayed(tape)
    assert out == stream(tape, "app")
    assert (twin.count.unknown, twin.count.alike, twin.left) == (0, 0, 0)


@given(amounts=AMOUNTS)
@settings(max_examples=30, deadline=None)
def test_any_zvt_payments_on_a_serial_line(amounts: list[int]) -> None:
    recorded = zvt(Framing.SERIAL)
    recorded.connected()
    for amount in amounts:
        recorded.data(frame(zvt_build.authorisation(amount, "EUR")))
        for _ in range(6):
            recorded.data(SERIAL_ACK + frame(zvt_build.ack))
    tape = recorded.tape()
    out, twin = replayed(tape)
    assert out == stream(tape, "app")
    assert twin.count.unknown == 0


PRINTED = st.lists(
    st.sampled_from(
        [
            b"\x1b@",
            b"Coffee  2.50\n",
            b"\x10\x04\x01",
            b"\x10\x04\x04",
            b"\x1dr\x01",
            b"\x1dI\x41",
            b"\x1da\x0f",
            b"\x1dV\x00",
            b"\x1bp\x00\x19\x19",
            b"tea\r\n",
        ]
    ),
    max_size=20,
)


@given(jobs=PRINTED)
@settings(max_examples=60, deadline=None)
def test_a_printer_answers_as_on_its_tape(jobs: list[bytes]) -> None:
    printer = ReceiptPrinter(printer_model("epson"))
    clock = ManualClock()
    lines: list[Line] = []
    recorded = Recording("escpos", clock, lines.append)
    recorded.happened("connect")
    answers = b""
    for job in jobs:
        recorded.said("device", job)
        if answer := printer.data(job):
            recorded.said("app", answer)
            answers += answer
    recorded.finish()
    tape = Tape(Header("printer", "escpos", 0), tuple(lines))
    out, twin = replayed(tape)
    assert out == answers
    assert twin.count.unknown == 0


def test_a_scanner_shows_its_codes_at_their_times() -> None:
    scanner, clock = Scanner(), ManualClock()
    recorded = Recorded(scanner, "lines", clock)
    recorded.connected()
    for code in (b"6901234567892", b"4006381333931"):
        clock.advance(2)
        recorded._said(scanner.scan(code))
    twin = TapeTwin(recorded.tape())
    first = twin.connected()
    assert first == [SetTimer("next", 2.0)]
    assert twin.timer("next") == [ToApp(b"6901234567892\r"), SetTimer("next", 2.0)]
    assert twin.timer("next") == [ToApp(b"4006381333931\r")]
    assert heard(TapeTwin(recorded.tape(), fast=True).connected()) == (
        b"6901234567892\r4006381333931\r"
    )


def tape(protocol: str, *lines: Said | Happened) -> Tape:
    return Tape(Header("x", protocol, 0), lines)


def to(side: str, data: bytes, at: int = 0) -> Said:
    return Said(at, "app" if side == "app" else "device", len(data), data)


def test_bytes_that_no_protocol_is_known_of_are_matched_as_they_come() -> None:
    twin = TapeTwin(
        tape(
            "bytes",
            Happened(0, "connect"),
            to("device", b"W", 5),
            to("device", b"EIGHT\r", 9),
            to("app", b"ok\r", 1009),
            to("device", b"ZERO\r", 2000),
            to("app", b"done\r", 2500),
        )
    )
    assert twin.connected() == []
    assert twin.data(b"WEI") == [SetTimer("quiet", 1.0)]
    effects = twin.data(b"GHT\r")
    assert effects[-1] == SetTimer("next", 0.001)
    assert heard(twin.timer("next")) == b"ok\r"
    assert twin.data(b"ZERO")[0] == SetTimer("quiet", 1.0)
    assert twin.timer("quiet") == []
    assert [(one.name, one.size) for one in twin.unknown] == [("bytes", 4)]
    twin.data(b"tare\r")
    assert twin.count.unknown == 2


def test_the_next_of_equal_questions_is_answered_next() -> None:
    ask, good, out = b"\x10\x04\x04", b"\x12", b"\x7e"
    twin = TapeTwin(
        tape("escpos", to("device", ask), to("app", good), to("device", ask), to("app", out)),
        fast=True,
    )
    assert [heard(twin.data(ask)) for _ in range(3)] == [good, out, good]
    assert heard(twin.data(b"\x10\x04\x01")) == b""
    assert [one.name for one in twin.unknown] == ["DLE EOT"]
    twin.data(b"a receipt that is not on the tape\n")
    assert (twin.count.unknown, twin.count.taken) == (1, 2)


def test_strict_hangs_up_on_what_is_not_on_the_tape() -> None:
    recorded = zvt(Framing.TCP)
    recorded.connected()
    recorded.data(zvt_build.authorisation(1250, "EUR"))
    strict = TapeTwin(recorded.tape(), strict=True)
    strict.connected()
    assert strict.data(zvt_build.authorisation(1251, "EUR")) == [
        CloseApp("the tape has no answer to authorisation")
    ]
    free = TapeTwin(recorded.tape(), fast=True)
    assert free.data(zvt_build.authorisation(1251, "EUR")) == []
    assert free.count.unknown == 1


def test_a_message_about_the_same_money_is_alike() -> None:
    recorded = zvt(Framing.TCP)
    recorded.connected()
    recorded.data(zvt_build.refund("000000", 500, "EUR"))
    recorded.data(zvt_build.ack)
    twin = TapeTwin(recorded.tape(), fast=True)
    # The same refund with one more field: the till's own number in BMP 3C.
    body = (
        bytes.fromhex("000000") + bytes.fromhex("04000000000500490978") + b"\x3c\xf0\xf0\xf111"[:0]
    )
    assert heard(twin.data(b"\x06\x31" + bytes([len(body)]) + body)) != b""
    assert twin.count.exact == 1
    body += bytes.fromhex("1940")
    assert heard(twin.data(b"\x06\x31" + bytes([len(body)]) + body)) != b""
    assert twin.count.alike == 1
    assert TapeTwin(recorded.tape(), strict=True).data(b"\x06\x31" + bytes([len(body)]) + body)


def test_each_connection_goes_on_where_the_tape_has_one() -> None:
    twin = TapeTwin(
        tape(
            "bytes",
            Happened(0, "connect"),
            to("app", b"one"),
            Happened(5, "close"),
            Happened(9, "connect"),
            to("app", b"two", 9),
            Happened(12, "hang-up"),
        ),
        fast=True,
    )
    seen = []
    for _ in range(3):
        seen.append(twin.connected())
        twin.closed()
    assert [heard(one) for one in seen] == [b"one", b"two", b"one"]
    assert seen[1][-1] == CloseApp("as the device did")
