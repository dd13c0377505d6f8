"""``pos-guard simulate terminal transbank`` and its likes: what they can be told and asked."""

from __future__ import annotations

import pytest

from pos_guard.frames import stx_transbank
from pos_guard.frames.stx import build
from pos_guard.links.session import SetTimer, ToApp
from pos_guard_simulator.simulate_device import Fields, RequestError, carry_out
from pos_guard_simulator.simulate_stx import SPEECHES, stx_device
from pos_guard_simulator.stx_terminal import StxTerminal, Wrong, check_stx
from pos_guard_simulator.zvt_book import Script

SALE = b"0200|1500|T1|||0|"
FRAME = build(stx_transbank.FORMAT, SALE)


@pytest.mark.parametrize("profile", SPEECHES)
def test_every_terminal_can_be_scripted_and_asked(profile: str) -> None:
    device = stx_device(profile, Script(), 0)
    assert device.facts["profile"] == profile
    assert carry_out(device, "script", Fields({"amount": 5, "do": "decline:51"})).answer == {}
    assert carry_out(device, "script", Fields({"do": "silent-after"})).answer == {}
    assert carry_out(device, "wrong", Fields({"do": "bad-lrc"})).answer == {}
    assert carry_out(device, "book", Fields({})).answer == {"moved": []}
    assert carry_out(device, "state", Fields({})).answer == {"idle": True, "heard": 0}
    for request in ({"do": "explode"}, {"amount": "x", "do": "approve"}):
        with pytest.raises(RequestError):
            carry_out(device, "script", Fields(dict(request)))
    with pytest.raises(RequestError):
        carry_out(device, "wrong", Fields({"do": "explode"}))


def test_the_book_shows_what_moved() -> None:
    device = stx_device("transbank", Script({700: "decline"}), 0)
    twin = device.twin
    assert isinstance(twin, StxTerminal)
    twin.connected()
    twin.data(FRAME)
    twin.data(b"\x06" + build(stx_transbank.FORMAT, SALE.replace(b"1500", b"700")))
    assert carry_out(device, "book", Fields({})).answer == {
        "moved": [{"kind": "sale", "amount": 1500, "receipt": 1, "reversed": False}]
    }


@pytest.mark.parametrize("word", ["approve", "approve:900", "decline:93", "late:5", "hang"])
def test_words_that_it_understands(word: str) -> None:
    assert check_stx(word) == word


@pytest.mark.parametrize("word", ["", "Approve", "approve:x", "decline:9", "late:", "hang:1"])
def test_words_that_it_does_not(word: str) -> None:
    with pytest.raises(ValueError, match="is none of"):
        check_stx(word)


def test_a_busy_terminal_says_nak_and_finishes_without_its_till() -> None:
    twin = StxTerminal(SPEECHES["transbank"](), work_s=4.0)
    twin.connected()
    effects = twin.data(FRAME)
    assert SetTimer("work", 4.0) in effects
    busy = twin.data(build(stx_transbank.FORMAT, b"0250|"))
    assert [effect.data for effect in busy if isinstance(effect, ToApp)] == [b"\x15"]
    twin.closed()
    assert twin.timer("work") == []
    assert [item.amount for item in twin.moved] == [1500]
    assert twin.idle


@pytest.mark.parametrize(
    ("wrong", "pieces"),
    [
        (Wrong.NO_ACK, ["frame"]),
        (Wrong.NAK, ["15"]),
        (Wrong.SPLIT, ["06", "part", "part"]),
        (Wrong.GLUED, ["06 and frame"]),
        (Wrong.DUPLICATE, ["06", "frame", "frame"]),
        (Wrong.GARBAGE, ["06", "part", "frame"]),
    ],
)
def test_what_goes_wrong_is_what_was_asked_for(wrong: Wrong, pieces: list[str]) -> None:
    twin = StxTerminal(SPEECHES["transbank"]())
    twin.connected()
    twin.misbehave(wrong)
    said = [effect.data for effect in twin.data(FRAME) if isinstance(effect, ToApp)]
    assert [_shape(data) for data in said] == pieces


def _shape(data: bytes) -> str:
    if len(data) == 1:
        return data.hex()
    whole = data[-2:-1] == b"\x03"
    if data[:2] == b"\x06\x02" and whole:
        return "06 and frame"
    return "frame" if data[:1] == b"\x02" and whole else "part"
