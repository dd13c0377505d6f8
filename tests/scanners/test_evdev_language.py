"""Keyboard scanners read as input events: whole, split, with people and lost events."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pos_guard.errors import DeviceError
from pos_guard.frames.keymap import keymap, text_events
from pos_guard.frames.keys import (
    EV_KEY,
    EV_LED,
    EV_MSC,
    EV_SYN,
    SIZE,
    SYN,
    SYN_DROPPED,
    KeyEvent,
    build_events,
    parse_events,
)
from pos_guard.scanners.evdev import MAX_MOMENT, EvdevLanguage
from pos_guard.scanners.evdev_line import KeyEnd, KeySettings
from pos_guard.scanners.language import (
    Command,
    Items,
    Problem,
    Reply,
    Scanned,
    ScannerLanguage,
    Send,
)

WECHAT = "134567890123456789"
SHIFT, ENTER, ONE, AGAIN = 42, 28, 2, 2


def scans(items: Items) -> list[tuple[bytes, Problem | None, bool]]:
    return [(item.data, item.problem, item.typed) for item in items if isinstance(item, Scanned)]


def events_of(text: str, layout: str = "us") -> bytes:
    return text_events(text, keymap(layout))


def feed(language: EvdevLanguage, data: bytes, size: int) -> Items:
    items: Items = []
    for start in range(0, len(data), size):
        items += language.feed(data[start : start + size])
    return items


def test_it_is_a_scanner_language_without_commands() -> None:
    language: ScannerLanguage = EvdevLanguage()
    assert (language.can, language.wait) == (frozenset(), None)
    with pytest.raises(DeviceError):
        language.command(Command.YES)
    assert language.passing(b"12345678") == [Send(b"12345678")]


@pytest.mark.parametrize("layout", ["us", "fr", "de"])
@pytest.mark.parametrize("events", [1, 2, 3, 7, 1000])
def test_each_scan_comes_once_with_its_very_events_however_they_are_read(
    layout: str, events: int
) -> None:
    language = EvdevLanguage(KeySettings(keymap=layout))
    data = events_of("]Q1" + WECHAT + "\r" + "aA^\x1d\r", layout)
    first, second = feed(language, data, events * SIZE)
    assert scans([first, second]) == [(WECHAT.encode(), None, False), (b"aA^\x1d", None, False)]
    assert isinstance(first, Scanned)
    assert isinstance(second, Scanned)
    assert first.aim == "]Q1"
    assert first.raw + second.raw == data
    assert language.wait is None


def as_a_kernel_tells(text: str) -> bytes:
    """The same keys with the scan code before each, as usbhid gives them."""
    told: list[KeyEvent] = []
    for event in parse_events(events_of(text)):
        if event.type == EV_KEY:
            told.append(KeyEvent(EV_MSC, 4, 0x70000 + event.code))
        told.append(event)
    return build_events(told)


def test_what_a_kernel_adds_is_passed_on_and_no_text() -> None:
    language = EvdevLanguage()
    data = as_a_kernel_tells(WECHAT + "\r")
    [scan] = language.feed(data)
    assert isinstance(scan, Scanned)
    assert (scan.data, scan.raw) == (WECHAT.encode(), data)


def test_a_held_key_repeats_as_the_till_would_see_it() -> None:
    language = EvdevLanguage()
    steps = [(ONE, 1), (ONE, AGAIN), (ONE, AGAIN), (ONE, 0), (ENTER, 1), (ENTER, 0)]
    data = b"".join(build_events([KeyEvent(EV_KEY, code, value), SYN]) for code, value in steps)
    assert scans(language.feed(data)) == [(b"111", None, False)]


def test_lost_events_make_the_scan_damaged_and_let_go_of_every_key() -> None:
    language = EvdevLanguage()
    half = events_of("12A")[: -2 * 2 * SIZE]  # Shift is still down
    lost = build_events([KeyEvent(EV_SYN, SYN_DROPPED, 0), SYN])
    items = language.feed(half + lost + events_of("34\r"))
    assert scans(items) == [(b"12A34", Problem.DAMAGED, False)]
    assert scans(language.feed(events_of("34\r"))) == [(b"34", None, False)]


def test_moments_without_an_end_get_one_after_a_silence() -> None:
    language = EvdevLanguage()
    data = events_of("12\r")
    assert scans(language.feed(data[:-SIZE])) == []
    assert language.wait == language.settings.gap_seconds
    [scan] = language.silence()
    assert isinstance(scan, Scanned)
    assert (scan.data, scan.raw) == (b"12", data)
    assert language.feed(SYN.to_bytes()) == []


def test_a_moment_is_bounded() -> None:
    language = EvdevLanguage()
    led = KeyEvent(EV_LED, 1, 1)
    [item] = language.feed(build_events([led] * MAX_MOMENT))
    assert item == Reply(build_events([*[led] * MAX_MOMENT, SYN]))


def test_typing_is_told_from_scanning_by_its_gaps() -> None:
    language = EvdevLanguage()
    for key in "4711":
        language.feed(events_of(key))
        if language.wait == language.settings.gap_seconds:
            assert language.silence() == []
    assert scans(language.feed(events_of("\r"))) == [(b"4711", None, True)]
    language = EvdevLanguage(KeySettings(end=KeyEnd.IDLE))
    language.feed(events_of("4711"))
    assert scans(language.silence()) == [(b"4711", None, False)]


def test_a_scan_whose_enter_never_comes_is_cut_soon() -> None:
    language = EvdevLanguage()
    language.feed(events_of(WECHAT))
    assert language.silence() == []
    assert language.wait == language.settings.end_seconds < 1
    assert scans(language.silence()) == [(WECHAT.encode(), Problem.CUT, False)]
    assert scans(language.feed(events_of(WECHAT + "\r"))) == [(WECHAT.encode(), None, False)]


def test_reconnecting_forgets_what_was_half_typed() -> None:
    language = EvdevLanguage()
    language.feed(events_of("12")[:-SIZE])
    assert language.connected() == []
    assert language.wait is None
    assert scans(language.feed(events_of("34\r"))) == [(b"34", None, False)]


def test_parts_of_events_are_damage() -> None:
    assert scans(EvdevLanguage().feed(bytes(7))) == [(b"", Problem.DAMAGED, False)]


EVENTS = st.one_of(
    st.builds(KeyEvent, st.just(EV_KEY), st.integers(0, 130), st.integers(0, 2)),
    st.just(SYN),
    st.builds(KeyEvent, st.integers(0, 0x1F), st.integers(0, 0xFFFF), st.integers(-9, 9)),
)


@given(st.lists(EVENTS, max_size=40), st.sampled_from(KeyEnd), st.integers(1, 5))
@settings(max_examples=150)
def test_any_events_raise_nothing_and_each_key_is_accounted_for(
    events: list[KeyEvent], end: KeyEnd, size: int
) -> None:
    language = EvdevLanguage(KeySettings(end=end))
    items = feed(language, build_events(events), size * SIZE)
    while language.wait is not None:
        items += language.silence()
    raw = b"".join(item.raw for item in items if not isinstance(item, Send))
    told = [event for event in parse_events(raw) if event != SYN]
    assert told == [event for event in events if event != SYN]
