"""Simulated terminals of the STX family: what they do with a customer, and how bytes go wrong."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pos_guard.frames import stx_concert, stx_mispos, stx_pax, stx_transbank
from pos_guard.frames.stx import BadFrame, StxFormat, StxFrame, StxFramer, build
from pos_guard.frames.stx_mispos_profile import example
from pos_guard.links.session import Effects, SetTimer, ToApp
from pos_guard_simulator.payment_words import Wrong
from pos_guard_simulator.payment_wrongs import LATE_ACK_S
from pos_guard_simulator.stx_concert_twin import concert_terminal
from pos_guard_simulator.stx_mispos_twin import mispos_terminal
from pos_guard_simulator.stx_pax_twin import pax_terminal
from pos_guard_simulator.stx_terminal import StxTerminal
from pos_guard_simulator.stx_terminal_transbank import TransbankSpeech
from pos_guard_simulator.zvt_book import Script

SALE = b"0200|1500|T1|||0|"
FRAME = build(stx_transbank.FORMAT, SALE)
LAST = build(stx_transbank.FORMAT, b"0250|")


def said(effects: Effects) -> list[bytes]:
    return [effect.data for effect in effects if isinstance(effect, ToApp)]


@pytest.fixture
def chile() -> StxTerminal:
    twin = StxTerminal(TransbankSpeech())
    twin.connected()
    return twin


def test_a_busy_terminal_says_nak_and_finishes_without_its_till() -> None:
    twin = StxTerminal(TransbankSpeech(), work_s=4.0)
    twin.connected()
    assert SetTimer("work", 4.0) in twin.data(FRAME)
    assert said(twin.data(LAST)) == [b"\x15"]
    twin.closed()
    assert twin.timer("work") == []
    assert [item.amount for item in twin.moved] == [1500]
    assert twin.idle


def test_a_cancel_is_heard_while_a_customer_is_there() -> None:
    twin = pax_terminal(work_s=5.0)
    twin.connected()
    twin.data(build(stx_pax.FORMAT, stx_pax.build("T00", "01", "500")))
    assert not twin.idle
    assert said(twin.data(build(stx_pax.FORMAT, stx_pax.build("T00", "01", "501")))) == [b"\x15"]
    assert said(twin.data(build(stx_pax.FORMAT, stx_pax.build("A14", "1.28")))) == [b"\x06"]
    twin.timer("work")
    assert [item.amount for item in twin.moved] == [500]


@pytest.mark.parametrize(
    ("wrong", "shapes"),
    [
        (Wrong.NO_ACK, ["frame"]),
        (Wrong.NAK, ["15"]),
        (Wrong.SPLIT, ["06", "part", "part", "part"]),
        (Wrong.GLUE, ["06 and frame"]),
        (Wrong.DUPLICATE, ["06", "frame", "frame"]),
        (Wrong.GARBAGE, ["06", "part", "frame"]),
        (Wrong.LOST, ["06"]),
        (Wrong.LATE_ACK, []),
        (Wrong.BAD_CHECK, ["06", "frame"]),
        (Wrong.BAD_LENGTH, ["06", "frame"]),
    ],
)
def test_what_goes_wrong_is_what_was_asked_for(
    chile: StxTerminal, wrong: Wrong, shapes: list[str]
) -> None:
    chile.misbehave(wrong)
    assert [_shape(data) for data in said(chile.data(FRAME))] == shapes


def _shape(data: bytes) -> str:
    if len(data) == 1:
        return data.hex()
    whole = data[-2:-1] == b"\x03"
    if data[:2] == b"\x06\x02" and whole:
        return "06 and frame"
    return "frame" if data[:1] == b"\x02" and whole else "part"


def test_what_is_late_comes_in_its_order(chile: StxTerminal) -> None:
    chile.misbehave(Wrong.LATE_ACK)
    (timer,) = [e for e in chile.data(FRAME) if isinstance(e, SetTimer) and e.name == "late-ack"]
    assert timer.seconds == LATE_ACK_S
    assert [_shape(data) for data in said(chile.timer(timer.name))] == ["06", "frame"]


def test_what_was_late_is_lost_with_its_connection(chile: StxTerminal) -> None:
    chile.misbehave(Wrong.LATE_ACK)
    chile.data(FRAME)
    chile.closed()
    assert chile.timer("late-ack") == []
    chile.connected()
    assert said(chile.data(LAST))[0] == b"\x06"


def test_nothing_goes_wrong_that_this_protocol_does_not_have(chile: StxTerminal) -> None:
    with pytest.raises(ValueError, match="wrong-tpdu"):
        chile.misbehave(Wrong.WRONG_TPDU)


def _mispos_sale() -> bytes:
    values = {"type": "00", "terminal": "52001233", "amount": "1500"}
    return stx_mispos.build_request(example(), values)


@pytest.mark.parametrize(
    ("twin", "form", "unit"),
    [
        (StxTerminal(TransbankSpeech()), stx_transbank.FORMAT, SALE),
        (mispos_terminal(), example().form, _mispos_sale()),
    ],
    ids=["without a length field", "with one"],
)
def test_a_wrong_length_has_a_right_checksum(
    twin: StxTerminal, form: StxFormat, unit: bytes
) -> None:
    twin.connected()
    right = said(twin.data(build(form, unit)))[-1]
    twin.connected()
    twin.misbehave(Wrong.BAD_LENGTH)
    wrong = said(twin.data(build(form, unit)))[-1]
    framer = StxFramer(form)
    framer.feed(wrong)
    event = framer.take()
    if form.length == "none":
        assert isinstance(event, StxFrame)
        assert len(wrong) == len(right) - 1
    else:
        assert event is None or isinstance(event, BadFrame)
        assert wrong[1:3] != right[1:3]


def test_an_ack_is_no_message_of_a_line_with_parity() -> None:
    twin = concert_terminal(form=replace(stx_concert.FORMAT, parity7=True))
    twin.connected()
    twin.misbehave(Wrong.DUPLICATE)
    assert said(twin.data(b"\x05")) == [b"\x06"]


def test_the_last_sale_is_not_one_that_the_terminal_took_back(chile: StxTerminal) -> None:
    chile.script = Script({1500: "reversed:10"})
    chile.data(FRAME)
    chile.timer("back-1")
    assert chile.moved == []
    answer = said(chile.data(b"\x06" + LAST))[-1]
    assert answer[1:8] == b"0260|11", "no sale"


def test_a_voided_sale_is_still_the_last_one(chile: StxTerminal) -> None:
    chile.data(FRAME)
    chile.data(b"\x06" + build(stx_transbank.FORMAT, b"1200|1|"))
    assert [item.kind for item in chile.moved] == ["reversal"]
    answer = said(chile.data(b"\x06" + LAST))[-1]
    assert answer[1:8] == b"0260|00"
