"""Where a scan ends: terminators, late line feeds, silence, bounds."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pos_guard.frames.lines import (
    MAX_SCAN,
    End,
    LineFramer,
    LineSettings,
    ScanLine,
)
from pos_guard.frames.symbology import Symbology, symbology

GOLDEN = Path(__file__).parents[1] / "golden" / "scanner_lines.json"
SAMPLES: list[dict[str, Any]] = json.loads(GOLDEN.read_text("utf-8"))


def scans(framer: LineFramer, *pieces: bytes) -> list[ScanLine]:
    return [line for piece in pieces for line in framer.feed(piece)]


def bytewise(data: bytes) -> list[bytes]:
    return [data[at : at + 1] for at in range(len(data))]


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda s: s["expect"]["aim"])
def test_lines_with_an_identifier(sample: dict[str, Any]) -> None:
    raw = sample["payload"].encode()
    for pieces in ([raw], bytewise(raw), [raw + b"next"]):
        found = [line for line in scans(LineFramer(), *pieces) if not line.late]
        assert [(line.aim, line.payload.decode()) for line in found] == [
            (sample["expect"]["aim"], sample["expect"]["data"])
        ]


@pytest.mark.parametrize(
    ("end", "data", "payloads"),
    [
        (End.CR, b"a\rb\r", [b"a", b"b"]),
        (End.CR, b"a\nb\r", [b"a\nb"]),
        (End.LF, b"a\rb\n", [b"a\rb"]),
        (End.TAB, b"a\tb\r\n", [b"a"]),
        (End.CRLF, b"a\r\nb\rc\r\n", [b"a", b"b\rc"]),
        (End.ANY, b"a\r\nb\nc\rd\te", [b"a", b"b", b"c", b"d"]),
        (End.ANY, b"\r\n\r\n\r\r\na\r\n\r\n", [b"a"]),
        (End.IDLE, b"a\r\nb\r\n", []),
    ],
)
def test_terminators_whole_and_byte_by_byte(end: End, data: bytes, payloads: list[bytes]) -> None:
    for pieces in ([data], bytewise(data)):
        framer = LineFramer(LineSettings(end=end))
        found = [line for line in scans(framer, *pieces) if not line.late]
        assert [line.payload for line in found] == payloads


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.sampled_from([b"\r", b"\n", b"\r\n", b"\t", b"abc", b"1"]), max_size=12),
    st.sampled_from([End.CR, End.LF, End.CRLF, End.TAB, End.ANY]),
)
def test_no_byte_of_an_allowed_scan_is_lost_or_doubled(parts: list[bytes], end: End) -> None:
    data = b"x" + b"".join(parts) + b"x\r\n\t"
    setting = LineSettings(end=end)
    whole = b"".join(line.raw for line in scans(LineFramer(setting), data))
    pieces = b"".join(line.raw for line in scans(LineFramer(setting), *bytewise(data)))
    assert whole == pieces


def test_a_late_line_feed_belongs_to_the_line_before() -> None:
    framer = LineFramer()
    assert framer.feed(b"a\r") == [ScanLine(b"a\r", b"a")]
    assert framer.feed(b"\nb\r\n") == [ScanLine(b"\n", b"", late=True), ScanLine(b"b\r\n", b"b")]


def test_cr_lf_as_the_only_end_waits_for_both() -> None:
    framer = LineFramer(LineSettings(end=End.CRLF))
    assert framer.feed(b"a\r") == []
    assert framer.feed(b"\n") == [ScanLine(b"a\r\n", b"a")]


def test_silence_ends_a_code_that_contains_line_ends() -> None:
    framer = LineFramer(LineSettings(end=End.IDLE))
    assert framer.feed(b"BCD\n002\n") == []
    assert framer.pending
    assert framer.idle() == ScanLine(b"BCD\n002\n", b"BCD\n002")
    assert framer.idle() is None


def test_silence_before_the_terminator_is_a_cut_scan() -> None:
    framer = LineFramer(LineSettings(end=End.CR))
    framer.feed(b"2866640000594810")
    line = framer.idle()
    assert line is not None
    assert not line.ended
    assert not framer.pending


@pytest.mark.parametrize("end", [End.ANY, End.CR, End.CRLF, End.IDLE])
def test_a_scan_longer_than_any_code_is_dropped_and_memory_bounded(end: End) -> None:
    framer = LineFramer(LineSettings(end=end))
    for _ in range(20):
        assert framer.feed(b"1" * 1000) == []
    assert framer.pending
    found = [*framer.feed(b"\r\n"), framer.idle()]
    overlong = [line for line in found if line is not None and line.overlong]
    assert [line.raw + line.payload for line in overlong] == [b""]
    after = [*framer.feed(b"ok\r\n"), framer.idle()]
    assert [line.payload for line in after if line is not None] == [b"ok"]


def test_an_overlong_line_in_one_read_is_dropped_too() -> None:
    found = LineFramer().feed(b"1" * (MAX_SCAN + 1) + b"\rok\r")
    assert [(line.payload, line.overlong) for line in found] == [(b"", True), (b"ok", False)]


def test_prefix_and_suffix_are_taken_off_by_setting() -> None:
    framer = LineFramer(LineSettings(prefix=b"\x02", suffix=b"\x03"))
    (line,) = framer.feed(b"\x02]Q1abc\x03\r")
    assert line == ScanLine(b"\x02]Q1abc\x03\r", b"abc", "]Q1", symbology=Symbology.QR)
    assert framer.feed(b"plain\r")[0].payload == b"plain"


def test_identifiers_stay_in_where_the_scanner_sends_none() -> None:
    assert LineFramer(LineSettings(aim=False)).feed(b"]Q1abc\r")[0].payload == b"]Q1abc"


def test_reset_forgets_a_scan_that_began() -> None:
    framer = LineFramer()
    framer.feed(b"half")
    framer.reset()
    assert framer.feed(b"whole\r")[0].payload == b"whole"


@pytest.mark.parametrize(
    ("aim", "name"), [("]Q1", "qr"), ("]C0", "code128"), ("]?0", None), (None, None)]
)
def test_symbologies(aim: str | None, name: str | None) -> None:
    assert symbology(aim) == name
