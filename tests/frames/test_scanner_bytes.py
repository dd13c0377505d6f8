"""Datalogic, DE2120 and the searches that scanners share."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pos_guard.errors import FrameError, LocalError
from pos_guard.frames import datalogic, de2120, newland_old
from pos_guard.frames.reply_search import Found, Perhaps, Scan, find_framed, find_texts, overlap

GOLDEN = Path(__file__).parents[1] / "golden" / "scanner_lines_commands.json"
ROWS: list[dict[str, Any]] = json.loads(GOLDEN.read_text("utf-8"))

NAMES = {
    "enable": datalogic.Byte.ENABLE,
    "disable": datalogic.Byte.DISABLE,
    "reset": datalogic.Byte.RESET,
    "not on file": datalogic.Byte.NOT_ON_FILE,
    "good-read beep": datalogic.Byte.GOOD_READ,
    "force beep": datalogic.Byte.FORCE_BEEP,
    "identification": datalogic.Byte.IDENTIFY,
    "health": datalogic.Byte.HEALTH,
    "status": datalogic.Byte.STATUS,
    "software trigger pull (PowerScan)": datalogic.Byte.PULL,
    "software trigger release (PowerScan)": datalogic.Byte.RELEASE,
}


@pytest.mark.parametrize(
    "row",
    [row for row in ROWS if row["kind"] == "datalogic-host-command"],
    ids=lambda r: r["payload"],
)
def test_the_bytes_of_datalogic(row: dict[str, Any]) -> None:
    assert bytes((NAMES[row["expect"]["name"]],)) == row["payload"].encode()


def test_a_datalogic_answer() -> None:
    raw = b"\x01\x02Magellan 800i\r\nA00\x03\x04"
    assert datalogic.parse_reply(raw) == b"Magellan 800i\r\nA00"
    assert datalogic.build_reply(b"Magellan 800i\r\nA00") == raw
    before = b"4006381333931\r"
    for stop in range(1, len(raw)):
        assert datalogic.find_reply(before + raw[:stop], True) == Perhaps(len(before))
    found = datalogic.find_reply(before + raw + b"1", False)
    assert found == Found(len(before), len(before + raw), None, b"Magellan 800i\r\nA00")


@pytest.mark.parametrize(
    ("raw", "code"),
    [(b"", "not-reply"), (b"\x02\x01", "not-reply"), (b"\x01\x02a\x03", "cut"),
     (b"\x01\x02a\x03\x04b", "trailing")],
)  # fmt: skip
def test_no_datalogic_answers(raw: bytes, code: str) -> None:
    with pytest.raises(FrameError) as caught:
        datalogic.parse_reply(raw)
    assert caught.value.code == code


@pytest.mark.parametrize(
    "row", [row for row in ROWS if row["kind"] == "de2120-command"], ids=lambda r: r["payload"]
)
def test_the_commands_of_the_de2120_library(row: dict[str, Any]) -> None:
    raw = row["payload"].encode()
    word = de2120.parse_command(raw)
    assert de2120.build_command(word) == raw
    for pieces in ([raw], [raw[at : at + 1] for at in range(len(raw))], [b"noise" + raw + b"^"]):
        words, rest = list[str](), b""
        for piece in pieces:
            found, rest = de2120.find_commands(rest + piece)
            words += found
        assert words == [word]


@pytest.mark.parametrize("word", ["", "scan", "SCAN.", "AB", "A" * 13, "码码码"])
def test_no_de2120_words(word: str) -> None:
    with pytest.raises(LocalError):
        de2120.build_command(word)


@pytest.mark.parametrize("raw", [b"", b"^_^.", b"^_^SCAN", b"^_^SCAN.x", b"SCAN."])
def test_no_de2120_commands(raw: bytes) -> None:
    with pytest.raises(FrameError, match=r"\^_\^"):
        de2120.parse_command(raw)


@pytest.mark.parametrize(
    ("data", "fresh", "found"),
    [
        (b"\x06", True, Found(0, 1, ok=True)),
        (b"\x15123", True, Found(0, 1, ok=False)),
        (b"\x06", False, Scan(1)),
        (b"1\x06", True, Scan(1)),
        (b"\x05", True, Scan(1)),
        (b"\x06\x15", True, Found(0, 1, ok=True)),
    ],
)
def test_a_status_byte_counts_only_where_no_scan_has_begun(
    data: bytes, fresh: bool, found: Found | Scan
) -> None:
    assert find_texts(b"\x06", b"\x15")(data, fresh) == found


def test_a_frame_has_a_longest_length() -> None:
    search = find_framed(b"<<", b">>", 10)
    assert search(b"<<123456", True) == Perhaps(0)
    assert search(b"<<12345678", True) == Scan(2)
    assert search(b"a<<1234>>", True) == Found(1, 9, None, b"1234")


@settings(deadline=None)
@given(st.binary(min_size=1, max_size=20), st.binary(min_size=1, max_size=6))
def test_an_overlap_is_the_start_of_the_mark(data: bytes, head: bytes) -> None:
    size = overlap(data, head)
    assert 0 <= size < len(head)
    assert data.endswith(head[:size])
    assert not any(data.endswith(head[:more]) for more in range(size + 1, len(head)))


def test_longer_texts_are_waited_for() -> None:
    search = find_texts(b"!99900030;", b"?99900030;")
    assert search(b"?999", True) == Perhaps(0)
    assert search(b"?99900030;134", True) == Found(0, 10, ok=False)
    assert search(b"?999", False) == Scan(1)
    assert search(b"?998", True) == Scan(1)
    assert find_texts(b"@@@@")(b"^^^^", True) == Scan(1)


@pytest.mark.parametrize(
    ("sent", "answer", "ok"),
    [
        (b"$$$$", b"@@@@", True),
        (b"%%%%", b"^^^^", True),
        (b"#99900030;", b"!99900030;", True),
        (b"#99900030;", b"?99900030;", False),
        (b"$$%^5917", b"\r\n$$%~OK\r\n", True),
        (b"$$%^591701", b"\r\n$$%~ER\r\n", False),
    ],
)
def test_older_newland_commands_in_pieces(sent: bytes, answer: bytes, ok: bool) -> None:
    for at in range(len(sent) + 1):
        first, rest = newland_old.find_commands(b"T\r" + sent[:at])
        second, _ = newland_old.find_commands(rest + sent[at:])
        (search,) = first + second
        assert search(answer, True) == Found(0, len(answer), ok)


def test_a_till_that_sends_older_marks_without_end_costs_no_memory() -> None:
    assert len(newland_old.find_commands(b"#1" * 5000)[1]) <= newland_old.MAX_COMMAND
    assert newland_old.find_commands(b"ATZ\r") == ([], b"")
