"""Before a connection is silent, and after a code that broke off: what is believed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pos_guard.errors import DeviceError
from pos_guard.frames import ssi
from pos_guard.frames.hid_pos import build_reports
from pos_guard.frames.keymap import keymap, text_events
from pos_guard.frames.lines import End, LineSettings
from pos_guard.frames.scanner_models import scanner_model
from pos_guard.frames.ssi import Op
from pos_guard.scanners.doubt import DOUBT_SECONDS
from pos_guard.scanners.evdev import EvdevLanguage
from pos_guard.scanners.hid_pos import HidPosLanguage
from pos_guard.scanners.honeywell import HoneywellLanguage
from pos_guard.scanners.language import Command, Items, Problem, Reply, Scanned, Send
from pos_guard.scanners.lines import LineLanguage
from pos_guard.scanners.make import LanguageSettings
from pos_guard.scanners.settling import (
    MAX_HELD,
    MAX_SILENCES,
    QUIET_SECONDS,
    SettledLanguage,
    settled_language,
)
from pos_guard.scanners.ssi import SsiLanguage, SsiSettings
from pos_guard_simulator.usb_scanner import UsbHidPosScanner

CODE = b"134621000053364349\r"
GOODS = b"6901028225168\r"
TAIL = b"4349\r"
BEEP = b"\x07"
LONG = "ORDER-" + "0123456789" * 14
"""Three reports."""


def lines(settings: LineSettings | None = None) -> SettledLanguage:
    return SettledLanguage(LineLanguage(settings, {Command.NO: BEEP}))


def there(language: SettledLanguage) -> SettledLanguage:
    """Connected, and silent since."""
    language.connected()
    language.silence()
    return language


def outcome(items: Items) -> list[tuple[bytes, Problem | None]]:
    return [(item.raw, item.problem) for item in items if isinstance(item, Scanned)]


def whole(language: SettledLanguage, line: bytes = GOODS) -> bool:
    return outcome(language.feed(line)) == [(line, None)]


# -- what comes before silence -----------------------------------------------------------------


def test_what_comes_before_silence_is_reported_once_and_is_no_scan() -> None:
    language = lines()
    assert language.connected() == []
    assert (language.settling, language.busy, language.wait) == (True, True, QUIET_SECONDS)
    assert outcome(language.feed(TAIL)) == [(TAIL, Problem.CUT)]
    assert language.feed(CODE) == []
    assert language.wait == QUIET_SECONDS
    assert language.silence() == []
    assert not language.settling
    assert not language.busy
    assert language.wait is None
    assert whole(language)


def test_after_silence_the_first_code_comes_at_once() -> None:
    assert whole(there(lines()))


@given(st.integers(1, len(CODE) - 1))
def test_no_tail_of_a_code_is_ever_a_scan(at: int) -> None:
    language = lines()
    language.connected()
    items = [item for byte in CODE[at:] for item in language.feed(bytes([byte]))]
    assert [problem for _, problem in outcome(items)] == [Problem.CUT]
    language.silence()
    assert whole(language)


def test_each_connection_is_listened_to_anew() -> None:
    language = there(lines())
    for _ in range(2):
        language.connected()
        assert outcome(language.feed(TAIL)) == [(TAIL, Problem.CUT)]
        language.silence()
        assert whole(language)


def test_what_is_to_be_sent_waits_for_silence_in_its_order() -> None:
    """An answer would be taken for the rest of a code."""
    language = SettledLanguage(HoneywellLanguage(setup=["232BAD9"]))
    assert language.connected() == []
    assert language.passing(b"\x16T\r") == []
    assert language.silence() == [Send(b"\x16M\r232BAD9!"), Send(b"\x16T\r")]
    [reply] = language.feed(b"232BAD9\x06!")
    assert isinstance(reply, Reply)
    assert reply.ok


def test_a_command_waits_too_and_what_cannot_be_told_is_said_at_once() -> None:
    language = lines()
    language.connected()
    assert language.command(Command.NO) == []
    with pytest.raises(DeviceError):
        language.command(Command.LOCK)
    assert language.silence() == [Send(BEEP)]
    assert language.command(Command.NO) == [Send(BEEP)]


def test_what_waited_for_one_connection_is_not_for_the_next() -> None:
    language = lines()
    language.connected()
    language.command(Command.NO)
    assert language.closed() == []
    language.connected()
    assert language.silence() == []


def test_a_line_that_is_never_silent_keeps_no_more_than_so_many_commands() -> None:
    language = lines()
    language.connected()
    for _ in range(3 * MAX_HELD):
        language.passing(b"x")
    assert len(language.silence()) == MAX_HELD


def test_the_scanner_is_known_before_it_is_silent() -> None:
    """What it can be told, and how its reports look, comes with its descriptor."""
    twin = UsbHidPosScanner("honeywell-64")
    language = SettledLanguage(HidPosLanguage())
    language.connected(twin.report_descriptor)
    assert Command.TRIGGER in language.can


# -- a code that broke off ---------------------------------------------------------------------


def broken(head: bytes = CODE[:14]) -> SettledLanguage:
    language = there(lines())
    language.feed(head)
    assert outcome(language.silence()) == [(head, Problem.CUT)]
    return language


def test_the_rest_of_a_cut_code_is_no_scan_and_the_next_one_is() -> None:
    language = broken()
    assert outcome(language.feed(TAIL)) == [(TAIL, Problem.CUT)]
    assert whole(language)


def test_a_code_that_is_shown_again_is_believed() -> None:
    assert whole(broken(), CODE)
    assert whole(broken(CODE[:-1]), CODE), "only its line end was lost"


@pytest.mark.parametrize("code", [b"1" * 14, b"12" * 8, b"690123" * 4])
def test_the_second_half_of_a_code_that_repeats_itself_is_not_shown_again(code: bytes) -> None:
    half = code[: len(code) // 2]
    assert outcome(broken(half).feed(half + b"\r")) == [(half + b"\r", Problem.CUT)]


def test_a_beginning_that_many_codes_have_proves_nothing() -> None:
    assert outcome(broken(b"690").feed(GOODS)) == [(GOODS, Problem.CUT)]


def test_doubt_ends_with_time_that_other_silences_are_part_of() -> None:
    language = broken()
    assert (language.busy, language.wait) == (False, DOUBT_SECONDS)
    language.feed(b"13")
    assert language.wait == 0.3
    language.silence()
    language.connected()
    language.silence()
    assert language.wait is None, "another connection"
    language = SettledLanguage(HoneywellLanguage())
    there(language).feed(b"1345678")
    language.command(Command.IDENTIFY)
    language.silence()
    assert language.wait == pytest.approx(1.7)
    language.silence()
    assert language.wait == pytest.approx(DOUBT_SECONDS - 1.7)
    assert language.silence() == []
    assert language.wait is None
    assert whole(language)


def test_a_rest_that_has_its_end_is_the_last_of_it() -> None:
    """Silence cut a code whose line end is another than the one that came."""
    language = there(lines(LineSettings(end=End.CRLF)))
    language.feed(TAIL)
    assert outcome(language.silence()) == [(TAIL, Problem.CUT)]
    assert whole(language, b"6901028225168\r\n")


def test_a_late_line_feed_is_neither_doubted_nor_the_end_of_doubt() -> None:
    language = there(lines())
    assert outcome(language.feed(b"A-1\r")) == [(b"A-1\r", None)]
    [late] = language.feed(b"\n")
    assert isinstance(late, Scanned)
    assert (late.late, late.problem) == (True, None)


def test_keys_of_a_person_that_stop_cast_no_doubt() -> None:
    language = there(SettledLanguage(EvdevLanguage()))
    for key in "13":
        language.feed(text_events(key, keymap("us")))
        language.silence()
    items = [item for _ in range(MAX_SILENCES) if language.wait for item in language.silence()]
    assert all(item.typed for item in items if isinstance(item, Scanned))


# -- the scanner is pulled out -----------------------------------------------------------------


def test_a_code_that_the_unplug_cut_is_reported_and_answers_that_are_due_too() -> None:
    language = there(SettledLanguage(HoneywellLanguage()))
    language.command(Command.IDENTIFY)
    language.feed(CODE[:14])
    items = language.closed()
    assert outcome(items) == [(CODE[:14], Problem.CUT)]
    assert Reply(b"", Command.IDENTIFY, ok=False) in items
    assert language.closed() == []


def test_silence_that_is_an_unplug_ends_no_code() -> None:
    language = there(lines(LineSettings(end=End.IDLE)))
    language.feed(GOODS[:5])
    assert outcome(language.closed()) == [(GOODS[:5], Problem.CUT)]


def test_reports_that_the_unplug_cut_are_reported() -> None:
    twin = UsbHidPosScanner("honeywell-64")
    language = SettledLanguage(HidPosLanguage())
    language.connected(twin.report_descriptor)
    language.silence()
    first, second, third = reports_of(twin)
    assert [*language.feed(first), *language.feed(second)] == []
    assert outcome(language.closed()) == [(first + second, Problem.CUT)]
    language.connected(twin.report_descriptor)
    assert outcome(language.feed(third)) == [(third, Problem.CUT)]
    language.silence()
    assert [problem for _, problem in outcome([*language.feed(third)])] == [None]


def reports_of(twin: UsbHidPosScanner) -> list[bytes]:
    return build_reports(LONG.encode(), twin.layout, aim="]Q1")


def test_nothing_is_reported_of_a_scanner_that_was_silent() -> None:
    assert there(lines()).closed() == []


# -- packets -----------------------------------------------------------------------------------


def test_packets_need_neither_silence_nor_doubt() -> None:
    language = settled_language(scanner_model("zebra-ssi"))
    assert any(isinstance(item, Send) for item in language.connected())
    assert not language.settling
    packet = ssi.build(Op.DECODE_DATA, b"\x01" + CODE[:-1], source=ssi.DECODER)
    for _ in range(MAX_SILENCES):
        language.feed(ssi.build(Op.ACK, source=ssi.DECODER))
    assert [problem for _, problem in outcome(language.feed(packet))] == [None]


def test_raw_codes_of_an_ssi_scanner_are_lines() -> None:
    raw = LanguageSettings(ssi=SsiSettings(packets=False))
    language = settled_language(scanner_model("zebra-ssi"), raw)
    assert language.connected() == []
    assert language.settling
    assert outcome(language.feed(TAIL)) == [(TAIL, Problem.CUT)]


def test_a_message_in_packets_is_kept_over_an_unplug_to_know_its_repetition() -> None:
    language = SettledLanguage(SsiLanguage(SsiSettings(lock=False)), packets=True)
    language.connected()
    assert [item for item in language.closed() if isinstance(item, Scanned)] == []
