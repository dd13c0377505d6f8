"""The scanner twin: bytes as a scanner sends them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pos_guard.links.session import ToApp
from pos_guard_simulator.scanner import MAX_LOG, Scanner, ScannerTwinSettings

GOLDEN = Path(__file__).parents[1] / "golden" / "scanner_lines.json"
SAMPLES: list[dict[str, Any]] = json.loads(GOLDEN.read_text("utf-8"))


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda s: s["expect"]["aim"])
def test_lines_as_constructed_by_hand(sample: dict[str, Any]) -> None:
    raw = sample["payload"].encode()
    end = raw[len(raw.rstrip(b"\r\n")) :]
    twin = Scanner(ScannerTwinSettings(terminator=end, aim=True))
    expect = sample["expect"]
    assert twin.scan(expect["data"], expect["aim"]) == [ToApp(raw)]
    assert twin.scans == 1


@pytest.mark.parametrize(
    ("settings", "payload", "line"),
    [
        (ScannerTwinSettings(), "abc", b"abc\r"),
        (ScannerTwinSettings(terminator=b"\r\n"), "abc", b"abc\r\n"),
        (ScannerTwinSettings(prefix=b"\x02", suffix=b"\x03"), "abc", b"\x02abc\x03\r"),
        (ScannerTwinSettings(encoding="gb18030"), "中", b"\xd6\xd0\r"),
        (ScannerTwinSettings(), b"\xff\x00", b"\xff\x00\r"),
    ],
)
def test_settings_of_a_scanner(
    settings: ScannerTwinSettings, payload: str | bytes, line: bytes
) -> None:
    assert Scanner(settings).line(payload) == line


def test_a_scan_may_come_in_pieces_or_break_off() -> None:
    twin = Scanner(ScannerTwinSettings(split=2))
    assert twin.scan("abcd") == [ToApp(b"ab"), ToApp(b"cd"), ToApp(b"\r")]
    assert Scanner().cut("abcd", 2) == [ToApp(b"ab")]


def test_it_notes_commands_and_answers_none() -> None:
    twin = Scanner()
    assert twin.connected() == []
    assert twin.host_there
    assert [twin.data(b"\x16\x07"), twin.data(b"\r\x16\x07\r"), twin.timer("x")] == [[], [], []]
    assert twin.beeps == 2
    twin.data(b"x" * (MAX_LOG + 5))
    assert len(twin.heard) == MAX_LOG
    assert twin.closed() == []
    assert not twin.host_there
