"""How frames are acknowledged and repeated, on either side."""

from __future__ import annotations

import pytest

from pos_guard.frames.stx import StxFormat, build
from pos_guard.links.dialect import Heard
from pos_guard.links.session import Effects, SetTimer, ToApp
from pos_guard.links.stx_line import StxLine

FORM = StxFormat("none", lrc_start=0, lrc_from_stx=False, max_body=64)
BCD = StxFormat("bcd2", lrc_start=0, lrc_from_stx=False, max_body=64)
ACK, NAK = b"\x06", b"\x15"


@pytest.fixture
def line() -> StxLine:
    return StxLine("x", ToApp, FORM, anew=frozenset({b"0100"}))


def said(effects: Effects) -> list[bytes]:
    return [effect.data for effect in effects if isinstance(effect, ToApp)]


def frame(body: bytes) -> bytes:
    return build(FORM, body)


def rings(line: StxLine, name: str) -> Heard:
    heard = line.timer(f"x:{name}")
    assert heard is not None
    return heard


def test_a_frame_is_acknowledged_when_its_reader_has_it_and_not_before(line: StxLine) -> None:
    heard = line.receive(frame(b"0250|"))
    assert (heard.units, said(heard.effects)) == ([b"0250|"], [])
    assert said(line.took()) == [ACK]
    assert said(line.took()) == []


def test_two_frames_in_one_segment_get_two_acks(line: StxLine) -> None:
    assert line.receive(frame(b"0250|") + frame(b"0700||")).units == [b"0250|", b"0700||"]
    assert said(line.took()) + said(line.took()) + said(line.took()) == [ACK, ACK]


def test_a_rejected_frame_gets_a_nak_and_may_come_again(line: StxLine) -> None:
    line.receive(frame(b"0250|"))
    assert said(line.rejected()) == [NAK]
    assert line.receive(frame(b"0250|")).units == [b"0250|"]


def test_a_repeat_of_what_was_acknowledged_is_acknowledged_and_not_handed_on(
    line: StxLine,
) -> None:
    line.receive(frame(b"0200|"))
    line.took()
    again = line.receive(frame(b"0200|"))
    assert (again.units, said(again.effects)) == ([], [ACK])


def test_a_repeat_of_what_is_still_thought_about_waits_for_the_one_answer(line: StxLine) -> None:
    line.receive(frame(b"0200|"))
    again = line.receive(frame(b"0200|"))
    assert (again.units, said(again.effects)) == ([], [])
    assert said(line.took()) == [ACK]


@pytest.mark.parametrize("between", ["time", "its answer", "another", "a new connection"])
def test_the_same_frame_is_new_once_its_sender_is_past_it(line: StxLine, between: str) -> None:
    line.receive(frame(b"0200|"))
    line.took()
    if between == "time":
        rings(line, "again")
    elif between == "its answer":
        line.send(b"0210|07")
        line.receive(ACK)
    elif between == "another":
        line.receive(frame(b"0250|"))
        line.took()
    else:
        line.reset()
    assert line.receive(frame(b"0200|")).units == [b"0200|"]


def test_while_our_answer_is_not_acknowledged_a_repeat_is_still_one(line: StxLine) -> None:
    line.receive(frame(b"0200|"))
    line.took()
    line.send(b"0210|07")
    again = line.receive(frame(b"0200|"))
    assert (again.units, said(again.effects)) == ([], [ACK])


def test_a_poll_may_come_as_often_as_it_likes(line: StxLine) -> None:
    for _ in range(3):
        assert line.receive(frame(b"0100")).units == [b"0100"]
        assert said(line.took()) == [ACK]


@pytest.mark.parametrize("why", ["nak", "silence"])
def test_what_is_not_acknowledged_is_repeated_twice_and_then_given_up(
    line: StxLine, why: str
) -> None:
    assert said(line.send(b"1200|1|")) == [frame(b"1200|1|")]
    for _ in range(2):
        heard = line.receive(NAK) if why == "nak" else rings(line, "ack")
        assert (said(heard.effects), heard.lost) == ([frame(b"1200|1|")], False)
    heard = line.receive(NAK) if why == "nak" else rings(line, "ack")
    assert (said(heard.effects), heard.lost) == ([], True)
    assert said(line.receive(NAK).effects) == []
    assert said(line.send(b"0100")) == [frame(b"0100")]


def test_one_frame_at_a_time_is_on_its_way(line: StxLine) -> None:
    assert said(line.send(b"0900|78")) == [frame(b"0900|78")]
    assert said(line.send(b"0210|00")) == []
    assert said(line.receive(ACK).effects) == [frame(b"0210|00")]
    assert said(line.receive(ACK).effects) == []


def test_an_answer_acknowledges_what_it_answers(line: StxLine) -> None:
    line.send(b"0250|")
    heard = line.receive(frame(b"0260|11"))
    assert heard.units == [b"0260|11"]
    assert said(rings(line, "ack").effects) == []


@pytest.mark.parametrize("signal", [ACK, NAK, b"\x05", b"\x04"])
def test_signals_that_nobody_waits_for_mean_nothing(line: StxLine, signal: bytes) -> None:
    heard = line.receive(signal)
    assert (heard.units, heard.error, said(heard.effects)) == ([], None, [])


def test_a_frame_with_a_wrong_checksum_gets_a_nak(line: StxLine) -> None:
    heard = line.receive(frame(b"0250|")[:-1] + b"\x55")
    assert heard.error is not None
    assert heard.error.code == "checksum"
    assert heard.cut == frame(b"0250|")[:-1] + b"\x55"
    assert said(line.rejected()) == [NAK]
    assert said(line.rejected()) == []


def test_noise_is_told_and_not_answered(line: StxLine) -> None:
    heard = line.receive(b"\x7f\x00" + frame(b"0250|"))
    assert heard.error is not None
    assert heard.units == [b"0250|"]
    assert said(line.took()) == [ACK]


def test_half_a_frame_is_an_error_once_the_line_is_silent(line: StxLine) -> None:
    heard = line.receive(frame(b"0250|")[:4])
    assert SetTimer("x:silence", 1.0) in heard.effects
    assert heard.error is None
    silent = rings(line, "silence")
    assert silent.error is not None
    assert silent.error.code == "truncated"
    assert said(line.rejected()) == [NAK]
    assert line.receive(frame(b"0250|")).units == [b"0250|"]


def test_a_wrong_length_is_answered_only_when_the_rest_has_come() -> None:
    line = StxLine("x", ToApp, BCD)
    heard = line.receive(b"\x02\x99\x99")
    assert heard.error is None
    assert line.receive(b"\x02\x00\x04" + b"1234").error is None
    silent = rings(line, "silence")
    assert silent.error is not None
    assert said(line.rejected()) == [NAK]
    assert line.receive(build(BCD, b"1234")).units == [b"1234"]


def test_a_new_connection_knows_nothing_of_the_old_one(line: StxLine) -> None:
    line.send(b"0250|")
    line.receive(frame(b"0200|")[:3])
    assert said(line.reset()) == []
    assert said(line.took()) == []
    assert line.receive(frame(b"0200|")).units == [b"0200|"]
    assert line.timer("y:ack") is None
