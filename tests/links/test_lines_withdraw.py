"""A unit that nobody waits for any more: no line sends it, or sends it again, after that."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pos_guard.frames import stx_concert
from pos_guard.frames.iso8583_profile import profile_named
from pos_guard.frames.stx import StxFormat, build
from pos_guard.links.caisse_ap_line import CaisseLine
from pos_guard.links.dialect import Fate, Line
from pos_guard.links.iso8583_line import LengthLine
from pos_guard.links.session import Effects, ToDevice
from pos_guard.links.stx_asked_line import AskedLine, Asking, is_last
from pos_guard.links.stx_concert_line import TO_TERMINAL, ConcertLine
from pos_guard.links.stx_line import StxLine, StxTiming

FORM = StxFormat("none", lrc_start=0, lrc_from_stx=False, max_body=64)
ENQ, ACK, NAK, EOT = b"\x05", b"\x06", b"\x15", b"\x04"
FIRST, SECOND, THIRD = b"1" * 34, b"2" * 34, b"3" * 34
ASKING = Asking(lambda unit: unit == FIRST, lambda _: True)


def stx() -> Line:
    return StxLine("x", ToDevice, FORM)


def asked() -> Line:
    return AskedLine("x", ToDevice, FORM, StxTiming(), ASKING)


def concert() -> Line:
    return ConcertLine("x", ToDevice, stx_concert.FORMAT, TO_TERMINAL)


WAITS = {"stx": (stx, "x:ack"), "asked": (asked, "x:ack"), "concert": (concert, "x:concert")}
each = pytest.mark.parametrize(("make", "timer"), WAITS.values(), ids=WAITS)
Make = Callable[[], Line]


def out(effects: Effects) -> bytes:
    return b"".join(effect.data for effect in effects if isinstance(effect, ToDevice))


def all_out(line: Line, timer: str, polite: bool) -> bytes:
    """Whatever still leaves: the peer acknowledges all, or time passes again and again."""
    said = b""
    for _ in range(12):
        heard = line.receive(ACK) if polite else line.timer(timer)
        assert heard is not None
        said += out(heard.effects)
    return said


@each
@pytest.mark.parametrize("polite", [True, False])
def test_what_waits_behind_another_never_leaves(make: Make, timer: str, polite: bool) -> None:
    line = make()
    line.send(FIRST)
    assert out(line.send(SECOND)) == b""
    line.send(THIRD)
    assert line.withdraw(SECOND) is Fate.KEPT
    assert SECOND not in all_out(line, timer, polite)
    assert SECOND not in out(line.send(b"4" * 34))


@each
def test_what_was_not_acknowledged_is_not_repeated(make: Make, timer: str) -> None:
    line = make()
    line.send(FIRST)
    if timer == "x:concert":
        line.receive(ACK)
    assert line.withdraw(FIRST) is Fate.OPEN
    heard = line.timer(timer)
    assert heard is not None
    assert heard.lost
    assert FIRST not in out(heard.effects) + all_out(line, timer, polite=False)


@each
def test_what_was_acknowledged_has_left(make: Make, timer: str) -> None:
    line = make()
    line.send(FIRST)
    all_out(line, timer, polite=True)
    assert line.withdraw(FIRST) is Fate.LEFT


@each
def test_what_waits_behind_a_loss_has_not_left(make: Make, timer: str) -> None:
    """The session gives a line up that acknowledges nothing: what waited was kept till then."""
    line = make()
    line.send(FIRST)
    line.send(SECOND)
    lost, said = False, b""
    while not lost:
        heard = line.timer(timer)
        assert heard is not None
        lost, said = heard.lost, said + out(heard.effects)
    assert SECOND not in said
    assert line.withdraw(SECOND) is Fate.KEPT
    line.reset()
    assert line.withdraw(SECOND) is Fate.LEFT


def test_after_a_loss_the_next_one_goes_out_when_nobody_gives_the_line_up() -> None:
    line = stx()
    line.send(FIRST)
    line.send(SECOND)
    line.receive(NAK)
    line.receive(NAK)
    heard = line.receive(NAK)
    assert (heard.lost, heard.untaken, out(heard.effects)) == (True, FIRST, b"")
    rested = line.timer("x:ack")
    assert rested is not None
    assert out(rested.effects) == build(FORM, SECOND)


def test_a_question_that_never_left_is_owed_no_answer() -> None:
    line = asked()
    line.send(SECOND)
    line.send(FIRST)
    assert line.withdraw(FIRST) is Fate.KEPT
    (answer,) = line.receive(build(FORM, THIRD)).units
    assert not is_last(answer)


def test_a_conversation_for_what_was_withdrawn_is_closed() -> None:
    line = concert()
    assert out(line.send(FIRST)) == ENQ
    assert line.withdraw(FIRST) is Fate.KEPT
    assert out(line.receive(ACK).effects) == EOT
    assert out(line.send(SECOND)) == ENQ
    line.withdraw(SECOND)
    silent = line.timer("x:concert")
    assert silent is not None
    assert (out(silent.effects), silent.lost) == (EOT, False)


@pytest.mark.parametrize(
    "line",
    [LengthLine("x", ToDevice, profile_named("iso8583-cup")), CaisseLine("x", ToDevice)],
    ids=["iso8583", "caisse-ap"],
)
def test_where_nothing_is_acknowledged_nothing_waits(line: Line) -> None:
    assert FIRST in out(line.send(FIRST))
    assert SECOND in out(line.send(SECOND))
    assert line.withdraw(SECOND) is Fate.LEFT
