"""Key events and layouts."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pos_guard.errors import FrameError, LocalError
from pos_guard.frames.keymap import (
    Stroke,
    alt_strokes,
    combine,
    keymap,
    keymaps,
    text_events,
    text_strokes,
)
from pos_guard.frames.keys import MAX_EVENTS, SYN, KeyEvent, build_events, parse_events

PRINTABLE = "".join(chr(code) for code in range(0x20, 0x7F))
ENTER, SHIFT, ALTGR, CTRL, ALT = 28, 42, 100, 29, 56


def test_an_event_is_eight_bytes_little_endian() -> None:
    assert KeyEvent(1, 0x11E, -2).to_bytes() == bytes.fromhex("0100 1e01 feffffff")
    assert parse_events(bytes.fromhex("0100 1c00 01000000 0000 0000 00000000")) == [
        KeyEvent(1, ENTER, 1),
        SYN,
    ]
    assert parse_events(b"") == []


@pytest.mark.parametrize("data", [bytes(7), bytes(9), bytes(8 * (MAX_EVENTS + 1))])
def test_parts_of_events_and_too_many_are_refused(data: bytes) -> None:
    with pytest.raises(FrameError) as caught:
        parse_events(data)
    assert caught.value.code == "length"


EVENTS = st.builds(
    KeyEvent, st.integers(0, 0xFFFF), st.integers(0, 0xFFFF), st.integers(-(2**31), 2**31 - 1)
)


@given(st.lists(EVENTS, max_size=20))
def test_events_come_back_from_their_bytes(events: list[KeyEvent]) -> None:
    assert parse_events(build_events(events)) == events


def test_the_layouts_are_data() -> None:
    assert keymaps() == ("de", "fr", "us")
    with pytest.raises(LocalError, match="de, fr, us"):
        keymap("dvorak")


@pytest.mark.parametrize(
    ("layout", "code", "levels"),
    [
        # As printed on the keys: ISO/IEC 9995 keyboards of each country.
        ("us", 2, "1!"),
        ("us", 16, "qQ"),
        ("us", 27, "]}"),
        ("fr", 2, "&1"),
        ("fr", 3, "é2~"),
        ("fr", 16, "aA"),
        ("fr", 50, ",?"),
        ("fr", 11, "à0@"),
        ("de", 21, "zZ"),
        ("de", 16, "qQ@"),
        ("de", 12, "ß?\\"),
        ("de", 86, "<>|"),
    ],
)
def test_keys_give_what_is_printed_on_them(layout: str, code: int, levels: str) -> None:
    chosen = keymap(layout)
    for level, char in enumerate(levels):
        assert chosen.char(code, shift=level == 1, altgr=level == 2) == char


@pytest.mark.parametrize(
    ("layout", "code", "plain", "caps"),
    [("us", 30, "a", "A"), ("us", 2, "1", "1"), ("de", 26, "ü", "Ü"), ("fr", 2, "&", "&")],
)
def test_caps_lock_changes_letters_and_nothing_else(
    layout: str, code: int, plain: str, caps: str
) -> None:
    chosen = keymap(layout)
    assert chosen.char(code, shift=False) == plain
    assert chosen.char(code, shift=False, caps=True) == caps
    if plain != caps:
        assert chosen.char(code, shift=True, caps=True) == plain


@pytest.mark.parametrize("layout", ["us", "fr", "de"])
def test_every_printable_character_and_control_has_its_keys(layout: str) -> None:
    chosen = keymap(layout)
    for char in PRINTABLE + "\r\t\x1d\x04":
        assert chosen.strokes(char), repr(char)
    for char in PRINTABLE:
        typed, dead = "", ""
        for stroke in chosen.strokes(char) or ():
            given_char = chosen.char(
                stroke.code, shift=SHIFT in stroke.held, altgr=ALTGR in stroke.held
            )
            assert given_char is not None
            if unicodedata.combining(given_char):
                dead = given_char
            else:
                typed += (combine(dead, given_char) or "") if dead else given_char
        assert typed == char


def test_a_character_is_typed_with_the_fewest_keys() -> None:
    assert keymap("us").strokes("1") == (Stroke(2),)
    assert keymap("fr").strokes("1") == (Stroke(2, (SHIFT,)),)
    assert keymap("de").strokes("@") == (Stroke(16, (ALTGR,)),)
    assert keymap("us").strokes("\x1d") == (Stroke(27, (CTRL,)),)
    assert keymap("us").strokes("\x1e") == (Stroke(7, (CTRL, SHIFT)),)
    assert keymap("de").strokes("^") == (Stroke(41), Stroke(57))
    assert keymap("us").strokes("中") is None
    assert alt_strokes("07") == (Stroke(82, (ALT,), keeps=True), Stroke(71, (ALT,)))


def test_what_no_key_gives_is_refused_without_telling_it() -> None:
    with pytest.raises(LocalError, match="character 3") as caught:
        text_strokes("12付", keymap("us"))
    assert "付" not in str(caught.value)


def test_a_text_becomes_presses_and_releases_each_at_its_moment() -> None:
    events = parse_events(text_events("A1\r", keymap("us")))
    assert [(event.code, event.value) for event in events if event != SYN] == [
        (SHIFT, 1),
        (30, 1),
        (30, 0),
        (SHIFT, 0),
        (2, 1),
        (2, 0),
        (ENTER, 1),
        (ENTER, 0),
    ]
    assert events[1::2] == [SYN] * 8


@pytest.mark.parametrize(
    ("dead", "char", "whole"),
    [("\u0302", " ", "^"), ("\u0301", "e", "é"), ("\u0308", "u", "ü"), ("\u0302", "1", None)],
)
def test_dead_keys_join_the_next_one(dead: str, char: str, whole: str | None) -> None:
    assert combine(dead, char) == whole
