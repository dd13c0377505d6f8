"""Keyboard scanners read as reports: recorded ones, the twin, its faults, and people."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pos_guard.errors import DeviceError, LocalError
from pos_guard.frames.hid_keyboard import build_boot
from pos_guard.frames.keymap import Stroke, alt_strokes
from pos_guard.frames.symbology import Symbology
from pos_guard.scanners.evdev_line import BURST, MAX_STEPS, Charset, KeyEnd, KeySettings
from pos_guard.scanners.evdev_text import AltCode
from pos_guard.scanners.hid_keyboard import HidKeyboardLanguage
from pos_guard.scanners.language import (
    Command,
    Problem,
    Reply,
    Scanned,
    ScannerLanguage,
    Send,
)
from tests.scanners.keyboard_hand import feed, keys, scans, settle

GOLDEN: list[dict[str, Any]] = json.loads(
    (Path(__file__).parents[1] / "golden" / "hid_keyboard.json").read_text(encoding="utf-8")
)
WECHAT = "134567890123456789"
EPC = "BCD\n002\n1\nSCT\n\nRed Cross"
UP = bytes(8)


def test_it_is_a_scanner_language_without_commands() -> None:
    language: ScannerLanguage = HidKeyboardLanguage()
    assert language.can == frozenset()
    assert language.wait is None
    with pytest.raises(DeviceError) as caught:
        language.command(Command.TRIGGER)
    assert caught.value.code == "E_ILLEGAL"
    assert language.passing(b"\x02") == [Send(b"\x02")]


@pytest.mark.parametrize("row", GOLDEN, ids=lambda row: row["text"])
def test_recorded_reports_give_the_code_that_was_scanned(row: dict[str, Any]) -> None:
    language = HidKeyboardLanguage()
    reports = [bytes.fromhex(report) for report in row["reports"]]
    items = feed(language, reports)
    [scan] = [item for item in items if isinstance(item, Scanned) and not item.late]
    assert (scan.data.decode("ascii"), scan.problem, scan.typed) == (row["text"], None, False)
    assert b"".join(item.raw for item in items if not isinstance(item, Send)) == b"".join(reports)


def test_a_ctrl_j_after_enter_is_the_late_line_feed_of_the_same_scan() -> None:
    language = HidKeyboardLanguage()
    reports = [bytes.fromhex(report) for report in GOLDEN[0]["reports"]]
    *_, late = feed(language, reports)
    assert isinstance(late, Scanned)
    assert (late.data, late.late) == (b"", True)
    assert language.wait is None


@pytest.mark.parametrize("layout", ["us", "fr", "de"])
@pytest.mark.parametrize(
    "code", ["7", "11223344", WECHAT, "]X\\{}~`^'\"@#|<>", "aAbB zZyYqQwW", "010495\x1d21\x1dA"]
)
def test_each_layout_gives_the_code_and_the_scan_its_very_reports(layout: str, code: str) -> None:
    language = HidKeyboardLanguage(KeySettings(keymap=layout, aim=False))
    reports = keys(code + "\r" + WECHAT + "\r", layout)
    first, second = feed(language, reports)
    assert scans([first, second]) == [
        (code.encode("ascii"), None, False),
        (WECHAT.encode("ascii"), None, False),
    ]
    assert isinstance(first, Scanned)
    assert isinstance(second, Scanned)
    assert first.raw + second.raw == b"".join(reports)
    assert language.wait is None


@given(st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), min_size=1, max_size=40))
@settings(max_examples=60)
def test_any_printable_code_survives_every_layout(code: str) -> None:
    for layout in ("us", "fr", "de"):
        language = HidKeyboardLanguage(KeySettings(keymap=layout, aim=False))
        assert scans(feed(language, keys(code + "\r", layout))) == [(code.encode(), None, False)]


def test_another_layout_than_the_scanners_gives_no_digits() -> None:
    language = HidKeyboardLanguage(KeySettings(keymap="fr"))
    [(data, _, _)] = scans(feed(language, keys("1234\r", "us")))
    assert not any(digit in data for digit in b"1234")


@pytest.mark.parametrize(
    ("prefix", "sent", "data", "aim", "symbology"),
    [
        (b"", "]Q1" + WECHAT, WECHAT, "]Q1", Symbology.QR),
        (b"", "]E0" + "6957842208856", "6957842208856", "]E0", Symbology.EAN13),
        (b"%", "%" + WECHAT, WECHAT, None, None),
        (b"%", "%]C0" + WECHAT, WECHAT, "]C0", Symbology.CODE128),
    ],
)
def test_identifier_and_prefix_are_no_part_of_the_code(
    prefix: bytes, sent: str, data: str, aim: str | None, symbology: Symbology | None
) -> None:
    language = HidKeyboardLanguage(KeySettings(prefix=prefix))
    [scan] = feed(language, keys(sent + "\r"))
    assert isinstance(scan, Scanned)
    assert (scan.data.decode(), scan.aim, scan.symbology) == (data, aim, symbology)


# -- what keyboards do --------------------------------------------------------------------------


def press(*usages: int, modifiers: int = 0) -> bytes:
    return bytes((modifiers, 0, *usages, *bytes(6 - len(usages))))


A, ONE, ENTER, CAPS, F5, NUM, KP1, KP_ENTER = 0x04, 0x1E, 0x28, 0x39, 0x3E, 0x53, 0x59, 0x58


@pytest.mark.parametrize(
    ("reports", "data"),
    [
        ([press(A), UP, press(A), UP], b"aa"),
        ([press(A), press(A), UP], b"a"),
        # The next key comes down before the first goes up, and two at once.
        ([press(A), press(A, ONE), press(ONE), UP], b"a1"),
        ([press(A), press(ONE), UP], b"a1"),
        ([press(A, ONE), UP], b"a1"),
        ([press(A, modifiers=0x20), UP], b"A"),
        ([press(modifiers=2), press(A, modifiers=2), press(modifiers=2), UP], b"A"),
        ([press(CAPS), UP, press(A), UP, press(A, modifiers=2), UP, press(CAPS), UP], b"Aa"),
        ([press(NUM), UP, press(KP1), UP], b"1"),
        ([press(0x30, modifiers=1), UP], b"\x1d"),
        ([press(0x30, modifiers=0x10), UP], b"\x1d"),
    ],
)
def test_reports_are_keys_that_go_down_and_up(reports: list[bytes], data: bytes) -> None:
    language = HidKeyboardLanguage()
    for end in (ENTER, KP_ENTER):
        items = feed(language, [*reports, press(end), UP])
        assert [found[:2] for found in scans(items)] == [(data, None)]


@pytest.mark.parametrize(
    "broken",
    [
        press(F5),
        press(0xF4),
        press(1, 1, 1, 1, 1, 1),
        press(A, modifiers=8),
        press(A, modifiers=4),
    ],
)
def test_a_key_without_text_makes_the_scan_damaged(broken: bytes) -> None:
    language = HidKeyboardLanguage()
    items = feed(language, [*keys("12"), broken, UP, *keys("34\r")])
    assert [problem for _, problem, _ in scans(items)] == [Problem.DAMAGED]
    assert scans(feed(language, keys(WECHAT + "\r"))) == [(WECHAT.encode(), None, False)]


@pytest.mark.parametrize(
    "reports",
    [[press(F5), UP], [press(ENTER), UP], [press(A, modifiers=8), UP], [press(modifiers=2), UP]],
)
def test_keys_that_mean_something_only_to_the_till_are_no_scan(reports: list[bytes]) -> None:
    language = HidKeyboardLanguage()
    assert feed(language, reports) + settle(language) == [Reply(b"".join(reports))]
    foreign = b"\x02\x01"
    assert language.feed(foreign) == [Reply(foreign)]


def test_a_key_without_text_may_be_the_first_of_a_code() -> None:
    language = HidKeyboardLanguage()
    items = feed(language, [press(F5), UP, *keys("34\r")])
    assert scans(items) == [(b"34", Problem.DAMAGED, False)]
    assert scans(feed(language, [press(F5), UP, *keys("\r")])) == [(b"", Problem.DAMAGED, False)]


@pytest.mark.parametrize(
    ("alt", "encoding", "digits", "data"),
    [
        (AltCode.UNICODE, "utf-8", ["31508"], "笔".encode()),
        (AltCode.UNICODE, "gbk", ["31508"], "笔".encode("gbk")),
        (AltCode.GBK, "gbk", ["54992"], "中".encode("gbk")),
        (AltCode.GBK, "gbk", ["214", "208"], "中".encode("gbk")),
        (AltCode.GBK, "gb18030", [str(0x8139EF31)], b"\x81\x39\xef\x31"),
        (AltCode.UNICODE, "utf-8", ["029", "65"], b"\x1dA"),
        (AltCode.GBK, "gbk", ["0"], None),
        (AltCode.UNICODE, "utf-8", ["1114112"], None),
        (AltCode.UNICODE, "utf-8", ["55296"], None),
        (AltCode.UNICODE, "utf-8", ["12345678901"], None),
        (AltCode.UNICODE, "gbk", ["128512"], None),
    ],
)
def test_numbers_typed_with_alt_are_characters(
    alt: AltCode, encoding: str, digits: list[str], data: bytes | None
) -> None:
    chosen = KeySettings(alt=alt, encoding=encoding, charset=Charset.ANY)
    strokes: list[Stroke] = [stroke for number in digits for stroke in alt_strokes(number)]
    items = feed(HidKeyboardLanguage(chosen), build_boot(strokes) + keys("x\r"))
    [(found, problem, _)] = scans(items)
    assert problem is (Problem.DAMAGED if data is None else None)
    assert data is None or found == data + b"x"


def test_text_beyond_ascii_is_believed_only_where_that_is_set() -> None:
    for charset, problem in ((Charset.ASCII, Problem.DAMAGED), (Charset.ANY, None)):
        language = HidKeyboardLanguage(KeySettings(charset=charset))
        [found] = scans(feed(language, build_boot(alt_strokes("20013")) + keys("1\r")))
        assert found[1] is problem


def test_a_dead_key_before_the_end_damages_the_scan_and_does_not_eat_the_end() -> None:
    language = HidKeyboardLanguage(KeySettings(keymap="de"))
    dead = press(0x35)
    items = feed(language, [*keys("12", "de"), dead, UP, *keys("\r", "de")])
    assert scans(items) == [(b"12", Problem.DAMAGED, False)]


# -- ends, silence and people -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("end", "typed", "data"),
    [
        (KeyEnd.ENTER, "12\t3\r", b"12\t3"),
        (KeyEnd.TAB, "12\r3\t", b"12\r3"),
        (KeyEnd.ANY, "123\t", b"123"),
        (KeyEnd.ANY, "123\r", b"123"),
        (KeyEnd.ENTER, "123\n", b"123"),
    ],
)
def test_a_scan_ends_at_the_key_that_is_set(end: KeyEnd, typed: str, data: bytes) -> None:
    language = HidKeyboardLanguage(KeySettings(end=end))
    assert scans(feed(language, keys(typed))) == [(data, None, False)]


@pytest.mark.parametrize("last", ["", "\r", "\n", "\t", "\r\n"])
def test_codes_with_line_ends_inside_end_by_silence(last: str) -> None:
    language = HidKeyboardLanguage(KeySettings(end=KeyEnd.IDLE))
    assert feed(language, keys(EPC + last)) == []
    assert language.wait == language.settings.gap_seconds
    assert scans(language.silence()) == [(EPC.encode(), None, False)]
    assert language.wait is None


def test_single_keys_without_an_end_are_a_persons() -> None:
    language = HidKeyboardLanguage(KeySettings(end=KeyEnd.IDLE))
    found: list[tuple[bytes, Problem | None, bool]] = []
    for key in "12":
        feed(language, keys(key))
        found += scans(language.silence())
    assert found == [(b"1", None, True), (b"2", None, True)]


def test_a_line_with_gaps_is_marked_as_typed() -> None:
    language = HidKeyboardLanguage()
    for key in WECHAT:
        assert feed(language, keys(key)) == []
        assert language.wait in (language.settings.gap_seconds, language.settings.line_seconds)
        if language.wait == language.settings.gap_seconds:
            assert language.silence() == []
    assert scans(feed(language, keys("\r"))) == [(WECHAT.encode(), None, True)]
    assert scans(feed(language, keys(WECHAT + "\r"))) == [(WECHAT.encode(), None, False)]


def test_a_line_without_end_is_cut_after_its_life() -> None:
    language = HidKeyboardLanguage()
    feed(language, keys("1234"))
    assert language.silence() == []
    assert language.wait == language.settings.line_seconds
    assert scans(language.silence()) == [(b"1234", Problem.CUT, True)]


@pytest.mark.parametrize("code", [WECHAT, WECHAT[:BURST], "aB9$xY"])
def test_a_scan_that_stops_before_its_end_is_cut_soon_and_the_next_one_is_whole(code: str) -> None:
    language = HidKeyboardLanguage()
    feed(language, keys(code))
    assert language.silence() == []
    assert language.wait == language.settings.end_seconds < 1
    assert scans(language.silence()) == [(code.encode(), Problem.CUT, False)]
    assert language.wait is None
    assert scans(feed(language, keys(WECHAT + "\r"))) == [(WECHAT.encode(), None, False)]


def test_a_scan_that_stops_while_a_key_is_down_is_cut_soon() -> None:
    language = HidKeyboardLanguage()
    feed(language, [*keys(WECHAT)[:-1]])
    assert language.silence() == []
    assert scans(language.silence()) == [(WECHAT.encode(), Problem.CUT, False)]
    assert scans(feed(language, [UP, *keys("56\r")])) == [(b"56", None, False)]


@pytest.mark.parametrize("rest", ["\r", "4711\r"])
def test_who_types_on_after_a_scan_has_the_time_of_a_person(rest: str) -> None:
    language = HidKeyboardLanguage()
    feed(language, keys(WECHAT))
    assert language.silence() == []
    items = feed(language, keys(rest[0]))
    if rest != "\r":
        assert language.wait == language.settings.line_seconds
        items += feed(language, keys(rest[1:]))
    assert scans(items) == [((WECHAT + rest.rstrip()).encode(), None, True)]


def test_the_last_key_going_up_late_is_nobodys_typing() -> None:
    language = HidKeyboardLanguage()
    *reports, last = keys(WECHAT)
    feed(language, reports)
    assert language.silence() == []
    assert language.feed(last) == []
    assert language.wait == language.settings.end_seconds
    assert scans(language.silence()) == [(WECHAT.encode(), Problem.CUT, False)]


def test_an_end_whose_key_stays_down_is_an_end() -> None:
    language = HidKeyboardLanguage()
    assert feed(language, [*keys("1234"), press(ENTER)]) == []
    assert scans(language.silence()) == [(b"1234", None, False)]
    assert scans(feed(language, [UP, *keys("56\r")])) == [(b"56", None, False)]


def test_a_key_that_comes_while_the_end_is_down_begins_the_next_code() -> None:
    language = HidKeyboardLanguage()
    items = feed(language, [*keys("12"), press(ENTER), press(ENTER, ONE), UP, *keys("2\r")])
    assert scans(items) == [(b"12", None, False), (b"12", None, False)]


def test_a_code_longer_than_any_is_overlong_and_the_next_one_whole() -> None:
    language = HidKeyboardLanguage()
    assert scans(feed(language, keys("7" * 7169 + "\r"))) == [(b"", Problem.OVERLONG, False)]
    assert scans(feed(language, keys("7\r"))) == [(b"7", None, False)]


def test_keys_without_end_are_bounded() -> None:
    language = HidKeyboardLanguage()
    shift, both = press(modifiers=2), press(modifiers=0x22)
    for _ in range(MAX_STEPS // 2 + 1):
        assert feed(language, [shift, both]) == []
    assert scans(feed(language, [UP])) == [(b"", Problem.OVERLONG, False)]


def test_nothing_typed_is_nothing_to_wait_for() -> None:
    language = HidKeyboardLanguage()
    assert language.silence() == []
    feed(language, [press(modifiers=2)])
    assert [language.silence(), language.wait] == [[], language.settings.line_seconds]
    assert language.silence() == [Reply(press(modifiers=2))]


@pytest.mark.parametrize("wrong", [{"keymap": "xx"}, {"encoding": "klingon"}])
def test_settings_that_do_not_exist_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(LocalError):
        KeySettings(**wrong)


@given(st.lists(st.binary(max_size=9), max_size=30), st.sampled_from(KeyEnd))
@settings(max_examples=150)
def test_reports_of_any_bytes_raise_nothing_and_are_all_accounted_for(
    reports: list[bytes], end: KeyEnd
) -> None:
    language = HidKeyboardLanguage(KeySettings(end=end))
    items = feed(language, reports) + settle(language)
    raw = b"".join(item.raw for item in items if not isinstance(item, Send))
    if all(len(report) == 8 for report in reports):
        assert raw == b"".join(reports)
    assert sorted(raw) == sorted(b"".join(reports))
