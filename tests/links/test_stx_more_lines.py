"""How Concert and ECR17 frames travel, line by line."""

from __future__ import annotations

import pytest

from pos_guard.frames import stx_concert, stx_nexi
from pos_guard.frames.stx import StxFrame, build
from pos_guard.frames.stx_nexi_line import NexiFramer, progress
from pos_guard.links.dialect import Heard
from pos_guard.links.session import CancelTimer, Effects, SetTimer, ToApp
from pos_guard.links.stx_asked_line import bare, is_last
from pos_guard.links.stx_concert_line import MAX_WAITING, TO_TERMINAL, TO_TILL, ConcertLine
from pos_guard.links.stx_nexi import TIMING, NexiLine

ENQ, ACK, NAK, EOT = b"\x05", b"\x06", b"\x15", b"\x04"
BODY = b"0100005510110978          A010B010"
FRAME = build(stx_concert.FORMAT, BODY)
TIMER = "x:concert"
RESULT = b"123456780E00" + b"0" * 19 + b"ICCAUTH010010900"
LAST = stx_nexi.last_result("12345678")


def line(*, to_till: bool = False) -> ConcertLine:
    return ConcertLine("x", ToApp, stx_concert.FORMAT, TO_TILL if to_till else TO_TERMINAL)


def said(effects: Effects) -> bytes:
    return b"".join(effect.data for effect in effects if isinstance(effect, ToApp))


def wait(effects: Effects) -> list[float]:
    return [effect.seconds for effect in effects if isinstance(effect, SetTimer)]


def fired(one: ConcertLine) -> Heard:
    heard = one.timer(TIMER)
    assert heard is not None
    return heard


@pytest.mark.parametrize("size", [1, 2, 5, 100])
def test_a_conversation_of_theirs_wherever_segments_end(size: int) -> None:
    one, units, answer = line(), [], b""
    data = ENQ + FRAME
    for at in range(0, len(data), size):
        heard = one.receive(data[at : at + size])
        units += heard.units
        answer += said(heard.effects)
    assert (units, answer) == ([BODY], ACK)
    assert said(one.took()) == ACK
    assert CancelTimer(TIMER) in one.receive(EOT).effects
    assert one.took() == []


def test_a_conversation_of_ours() -> None:
    one = line()
    assert said(one.send(BODY)) == ENQ
    assert said(one.send(BODY)) == b""  # the next one waits
    assert said(one.receive(ACK).effects) == FRAME
    assert said(one.receive(ACK).effects) == EOT + ENQ


def test_a_frame_that_comes_again_is_acknowledged_again_and_told_once() -> None:
    one = line()
    assert one.receive(ENQ + FRAME).units == [BODY]
    one.took()
    heard = one.receive(FRAME)
    assert (heard.units, said(heard.effects)) == ([], ACK)


def test_a_rejected_frame_may_come_once_more() -> None:
    one = line()
    one.receive(ENQ + FRAME)
    assert said(one.rejected()) == NAK
    assert one.receive(FRAME).units == [BODY]


def test_a_refused_frame_is_repeated_and_given_up() -> None:
    one = line()
    one.send(BODY)
    one.receive(ACK)
    assert said(one.receive(NAK).effects) == FRAME
    assert said(one.receive(NAK).effects) == FRAME
    heard = one.receive(NAK)
    assert (heard.lost, said(heard.effects)) == (True, EOT)


def test_a_frame_that_a_terminal_may_have_is_never_sent_in_a_second_conversation() -> None:
    one = line()
    one.send(BODY)
    one.receive(ACK)
    heard = fired(one)
    assert (heard.lost, said(heard.effects)) == (True, EOT)


def test_an_answer_to_a_till_is_offered_once_more() -> None:
    one = line(to_till=True)
    one.send(BODY)
    one.receive(ACK)
    assert said(fired(one).effects) == EOT + ENQ
    assert said(one.receive(ACK).effects) == FRAME


@pytest.mark.parametrize(("to_till", "asks"), [(False, 3), (True, 2)])
def test_who_does_not_listen_is_asked_a_few_times(to_till: bool, asks: int) -> None:
    one = line(to_till=to_till)
    effects = one.send(BODY)
    assert wait(effects) == [60.0 if to_till else 3.0]
    for _ in range(asks - 1):
        assert said(fired(one).effects) == ENQ
    assert fired(one).lost
    assert said(one.send(BODY)) == ENQ  # and the line is free again


def test_a_busy_terminal_is_asked_again_later() -> None:
    one = line()
    one.send(BODY)
    assert said(one.receive(NAK).effects) == b""
    assert said(fired(one).effects) == ENQ


def test_when_both_ask_the_other_speaks_first() -> None:
    one = line()
    one.send(BODY)
    assert said(one.receive(ENQ).effects) == ACK
    assert one.receive(FRAME).units == [BODY]
    one.took()
    assert said(one.receive(EOT).effects) == ENQ


@pytest.mark.parametrize("rest", [b"", b"\x02", FRAME[:-1]])
def test_a_frame_that_does_not_come_ends_the_conversation(rest: bytes) -> None:
    one = line()
    one.receive(ENQ + rest)
    heard = fired(one)
    assert (heard.error is not None) is bool(rest)
    assert heard.units == []


def test_a_missing_end_is_not_waited_for_long() -> None:
    one = line()
    one.receive(ENQ + FRAME)
    one.took()
    one.send(BODY)
    assert said(fired(one).effects) == ENQ


def test_signals_of_nothing_noise_and_another_timer_do_nothing() -> None:
    one = line()
    heard = one.receive(ACK + NAK + EOT + b"zzz")
    assert (heard.units, said(heard.effects), heard.error) == ([], b"", None)
    assert one.timer("y:concert") is None
    assert (one.took(), one.rejected()) == ([], [])
    assert said(fired(one).effects) == b""


def test_a_new_connection_forgets_everything() -> None:
    one = line()
    for _ in range(MAX_WAITING + 3):
        one.send(BODY)
    assert one.reset() == [CancelTimer(TIMER)]
    assert said(one.receive(ACK).effects) == b""
    assert said(one.send(BODY)) == ENQ


# -- ECR17 ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [1, 2, 3, 7, 100])
def test_signals_progress_and_frames_wherever_segments_end(size: int) -> None:
    data = bytes.fromhex("06037a") + progress("WAIT") + build(stx_nexi.FORMAT, LAST)
    data += bytes.fromhex("150369") + b"\x06" + build(stx_nexi.FORMAT, LAST)
    framer, events = NexiFramer(stx_nexi.FORMAT), []
    for at in range(0, len(data), size):
        framer.feed(data[at : at + size])
        while (event := framer.take()) is not None:
            events.append(event)
    names = [event.body if isinstance(event, StxFrame) else str(event) for event in events]
    assert names == ["Control.ACK", progress("WAIT"), LAST, "Control.NAK", "Control.ACK", LAST]
    assert framer.drop() is None


def nexi_line() -> NexiLine:
    return NexiLine("x", ToApp, stx_nexi.FORMAT, TIMING)


def test_progress_is_said_at_once_and_never_acknowledged() -> None:
    one = nexi_line()
    one.send(LAST)
    assert said(one.send(progress("WAIT"))) == progress("WAIT")
    heard = one.receive(progress("CARD"))
    assert heard.units == [progress("CARD")]
    assert said(one.took()) == b""


def test_answers_to_the_question_for_the_last_result_are_marked_and_counted() -> None:
    one = nexi_line()
    frame = build(stx_nexi.FORMAT, RESULT)
    one.send(LAST)
    (unit,) = one.receive(bytes.fromhex("06037a") + frame).units
    assert is_last(unit)
    assert bare(unit) == RESULT
    assert said(one.took()) == bytes.fromhex("06037a")
    one.timer("x:again")
    assert one.receive(frame).units == [RESULT]  # that question is answered


def test_an_answer_that_never_came_makes_the_next_one_doubtful_until_the_line_is_new() -> None:
    frame = build(stx_nexi.FORMAT, RESULT)
    one = nexi_line()
    one.send(LAST)
    one.reset()
    assert one.receive(frame).units == [RESULT]
