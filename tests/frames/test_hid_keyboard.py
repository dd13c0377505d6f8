"""Keyboard reports: where the keys are, and the events between two reports."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pos_guard.errors import FrameError
from pos_guard.frames.hid_descriptor import parse_descriptor
from pos_guard.frames.hid_keyboard import (
    BOOT,
    KEY_OF_USAGE,
    NOTHING,
    Held,
    KeyReport,
    build_boot,
    changes,
    find_keys,
    parse_keys,
)
from pos_guard.frames.keymap import Stroke, alt_strokes, keymap, text_strokes

FOLDER = Path(__file__).parents[1] / "golden"
DESCRIPTORS = {
    row["name"]: bytes.fromhex(row["descriptor"])
    for row in json.loads((FOLDER / "hid_descriptors.json").read_text(encoding="utf-8"))
}
SHIFT, ALT = 42, 56


@pytest.mark.parametrize("name", ["boot-keyboard", "datalogic-gd4400-keyboard"])
def test_real_keyboards_report_as_the_boot_protocol_does(name: str) -> None:
    assert find_keys(parse_descriptor(DESCRIPTORS[name])) == BOOT


@pytest.mark.parametrize("name", ["mouse", "honeywell-hid-pos", "playstation-3-controller"])
def test_other_devices_have_no_keys(name: str) -> None:
    assert find_keys(parse_descriptor(DESCRIPTORS[name])) is None


def test_a_keyboard_with_report_ids_has_its_keys_elsewhere() -> None:
    data = DESCRIPTORS["boot-keyboard"]
    with_id = data[:6] + bytes.fromhex("8503") + data[6:]
    shape = find_keys(parse_descriptor(with_id))
    assert shape is not None
    assert shape == KeyReport(3, 9, 1, 3, 6)
    assert parse_keys(bytes.fromhex("03 02 00 1e 00 00 00 00 00"), shape) == Held((SHIFT, 2))
    with pytest.raises(FrameError) as caught:
        parse_keys(bytes.fromhex("02 02 00 1e 00 00 00 00 00"), shape)
    assert caught.value.code == "report"


@pytest.mark.parametrize(
    ("report", "held"),
    [
        ("0000250000000000", Held((9,))),
        ("0200040000000000", Held((SHIFT, 30))),
        ("ff00000000000000", Held((29, 42, 56, 125, 97, 54, 100, 126))),
        ("0000040404000000", Held((30,))),
        ("0000f40000000000", Held((), (0xF4,))),
        ("0000010101010101", None),
        ("0000000000000000", NOTHING),
    ],
)
def test_boot_reports_tell_what_is_down(report: str, held: Held | None) -> None:
    assert parse_keys(bytes.fromhex(report)) == held


@pytest.mark.parametrize("size", [0, 1, 7, 9, 64])
def test_reports_of_another_size_carry_no_keys(size: int) -> None:
    with pytest.raises(FrameError) as caught:
        parse_keys(bytes(size))
    assert caught.value.code == "length"


@pytest.mark.parametrize(
    ("before", "after", "events"),
    [
        ((), (30,), [(30, 1)]),
        ((30,), (48,), [(30, 0), (48, 1)]),
        # Modifiers first, so that the key has them; and they go before it goes.
        ((), (30, SHIFT), [(SHIFT, 1), (30, 1)]),
        ((SHIFT, 30), (), [(SHIFT, 0), (30, 0)]),
        ((SHIFT,), (30,), [(SHIFT, 0), (30, 1)]),
        ((30,), (30,), []),
    ],
)
def test_the_events_between_reports_come_in_a_kernels_order(
    before: tuple[int, ...], after: tuple[int, ...], events: list[tuple[int, int]]
) -> None:
    found = changes(Held(before), Held(after))
    assert [(event.code, event.value) for event in found[:-1]] == events
    assert bool(found) is bool(events)


def test_usages_are_the_keys_of_the_same_letters() -> None:
    us = keymap("us")
    letters = "".join(us.char(KEY_OF_USAGE[0x04 + place], shift=False) or "" for place in range(26))
    digits = "".join(us.char(KEY_OF_USAGE[0x1E + place], shift=False) or "" for place in range(10))
    signs = "".join(us.char(KEY_OF_USAGE[usage], shift=False) or "" for usage in range(0x2C, 0x39))
    assert letters == "abcdefghijklmnopqrstuvwxyz"
    assert digits == "1234567890"
    assert signs == " -=[]\\\\;'`,./"
    assert KEY_OF_USAGE[0x28] == 28


def test_a_stroke_is_a_press_and_a_release_and_alt_stays_down_within_a_number() -> None:
    assert [report.hex() for report in build_boot(text_strokes("aA", keymap("us")))] == [
        "0000040000000000",
        "0000000000000000",
        "0200040000000000",
        "0000000000000000",
    ]
    assert [report.hex() for report in build_boot(alt_strokes("12"))] == [
        "0400590000000000",
        "0400000000000000",
        "04005a0000000000",
        "0000000000000000",
    ]


STROKES = st.lists(st.sampled_from(sorted(set(KEY_OF_USAGE.values()))).map(Stroke), max_size=8)


@given(STROKES)
def test_reports_give_back_the_strokes_they_were_made_of(strokes: list[Stroke]) -> None:
    before, pressed = NOTHING, list[int]()
    for report in build_boot(strokes):
        held = parse_keys(report)
        assert held is not None
        pressed += [event.code for event in changes(before, held) if event.value == 1]
        before = held
    assert pressed == [stroke.code for stroke in strokes]


@given(st.binary(max_size=12))
def test_reports_of_any_bytes_raise_nothing_but_our_error(report: bytes) -> None:
    if len(report) != BOOT.size:
        with pytest.raises(FrameError):
            parse_keys(report)
        return
    held = parse_keys(report)
    assert held is None or len(held.keys) <= 14
