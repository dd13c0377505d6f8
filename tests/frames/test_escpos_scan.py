"""The printer stream stays in step: every command has its right length, whatever is in it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pos_guard.frames.escpos import (
    CHINA,
    MAX_COMMAND,
    EscPosScanner,
    RealTimeFinder,
    find_realtime,
    scan,
)

GOLDEN = Path(__file__).parents[1] / "golden" / "escpos_commands.json"
COMMANDS = [(row["name"], bytes.fromhex(row["hex"])) for row in json.loads(GOLDEN.read_text())]


def names(data: bytes) -> list[str]:
    return [token.name for token in scan(data)]


@pytest.mark.parametrize(("name", "raw"), COMMANDS)
def test_a_command_is_one_token_whole_and_followed_by_text(name: str, raw: bytes) -> None:
    tokens = scan(raw + b"Total 12.50")
    assert [(token.name, token.raw) for token in tokens] == [(name, raw), ("TEXT", b"Total 12.50")]
    assert tokens[1].at == len(raw)


@pytest.mark.parametrize(("name", "raw"), COMMANDS)
def test_a_command_in_single_bytes_is_given_with_its_last_one(name: str, raw: bytes) -> None:
    scanner = EscPosScanner()
    for byte in raw[:-1]:
        assert scanner.feed(bytes((byte,))) == []
    assert scanner.pending == raw[:-1]
    assert [(token.name, token.raw) for token in scanner.feed(raw[-1:])] == [(name, raw)]
    assert scanner.pending == b""


def test_all_commands_in_one_stream_stay_in_step() -> None:
    rows = [row for row in COMMANDS if row[0] != "ESC ="]
    assert names(b"".join(raw for _, raw in rows)) == [name for name, _ in rows]


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b"\x1b\x7fA", ["UNKNOWN", "TEXT"]),
        (b"\x1b\x1b@", ["UNKNOWN", "ESC @"]),
        (b"\x1d(", ["UNKNOWN"]),
        (b"\x07A", ["UNKNOWN", "TEXT"]),
        (b"\x00\x00\x00A", ["NUL", "TEXT"]),
        (b"\x10\x99", ["UNKNOWN", "TEXT"]),
        (b"\x10\x04\x63", ["UNKNOWN", "TEXT"]),
        # A form A barcode that is not closed by NUL hides no text from the reader.
        (b"\x1dk\x04PAID\nX", ["UNKNOWN", "UNKNOWN", "TEXT", "LF", "TEXT"]),
        (b"\x1dk\x04" + b"7" * 300, ["UNKNOWN", "UNKNOWN", "TEXT"]),
        # A tab list ends where its values stop rising; what follows is text.
        (b"\x1bD\x08\x10\x09AB", ["ESC D", "HT", "TEXT"]),
        (b"\x1bD\x50PAID\n", ["ESC D", "TEXT", "LF"]),
    ],
)
def test_what_is_no_command_is_reported_and_left(raw: bytes, expected: list[str]) -> None:
    assert names(raw) == expected


def test_an_unfinished_command_comes_out_at_the_end() -> None:
    scanner = EscPosScanner()
    assert [token.name for token in scanner.feed(b"A\x1dv0\x00\x10\x00\x10\x00abc")] == ["TEXT"]
    assert [(token.name, token.at) for token in scanner.flush()] == [("UNKNOWN", 1)]
    assert scanner.flush() == []


def test_clones_have_buzzer_and_qr_commands_of_their_own() -> None:
    stream = b"\x1bB\x03\x02\x1bC\x01\x02\x03\x1bZ\x03M\x06\x02\x00hiEnd"
    expected = ["ESC B", "ESC C", "ESC Z", "TEXT"]
    assert [token.name for token in scan(stream, CHINA)] == expected


def test_a_picture_longer_than_any_is_skipped_without_being_held() -> None:
    scanner = EscPosScanner()
    rows = 40_000
    head = b"\x1dv0\x00\x48\x00" + rows.to_bytes(2, "little")
    tokens = scanner.feed(head)
    sent = 0
    while sent < 72 * rows:
        tokens += scanner.feed(bytes(65_536)[: 72 * rows - sent])
        assert len(scanner.pending) < 16
        sent = min(sent + 65_536, 72 * rows)
    tokens += scanner.feed(b"after")
    assert tokens[0].name == "OVERSIZE"
    assert {token.name for token in tokens[1:-1]} == {"OVERSIZE DATA"}
    assert (tokens[-1].name, tokens[-1].raw) == ("TEXT", b"after")
    assert tokens[-1].at == len(head) + 72 * rows > MAX_COMMAND


@settings(max_examples=150, deadline=None)
@given(st.lists(st.one_of(st.sampled_from([raw for _, raw in COMMANDS]), st.binary(max_size=24))))
def test_every_byte_comes_out_once_and_pieces_do_not_matter(parts: list[bytes]) -> None:
    stream = b"".join(parts)
    whole = scan(stream)
    assert b"".join(token.raw for token in whole) == stream
    scanner = EscPosScanner()
    single = [token for byte in stream for token in scanner.feed(bytes((byte,)))] + scanner.flush()
    assert b"".join(token.raw for token in single) == stream
    split = ("TEXT", "NUL", "OVERSIZE DATA")
    kept = [token for token in whole if token.name not in split]
    assert [token for token in single if token.name not in split] == kept


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (b"\x10\x04\x01", [("DLE EOT", 0)]),
        (b"\x1dv0\x00\x04\x00\x01\x00\x10\x04\x04\xff", [("DLE EOT", 8)]),
        (b"\x10\x14\x01\x00\x05", [("DLE DC4", 0)]),
        (b"\x10\x14\x01\x00\x09", []),
        (b"\x10\x05\x02", [("DLE ENQ", 0)]),
        (b"\x10\x10\x04\x01", [("DLE EOT", 1)]),
        (b"\x10\x14\x08\x01\x03\x14\x01\x06\x02\x08", [("DLE DC4", 0)]),
        (b"\x10\x04", []),
    ],
)
def test_real_time_commands_are_found_wherever_they_stand(
    data: bytes, found: list[tuple[str, int]]
) -> None:
    assert [(token.name, token.at) for token in find_realtime(data)] == found
    finder = RealTimeFinder()
    single = [token for byte in data for token in finder.feed(bytes((byte,)))]
    assert [(token.name, token.at) for token in single] == found


@pytest.mark.parametrize("first", [8, 9, 40])
def test_an_unfinished_command_can_be_handed_over_and_the_rest_is_the_callers(first: int) -> None:
    picture = b"\x1dv0\x00\x04\x00\x10\x00" + bytes(64)
    scanner = EscPosScanner()
    (text,) = scanner.feed(b"Hi" + picture[:first])
    assert text.raw == b"Hi"
    assert scanner.unfinished == ("GS v 0", len(picture) - first)
    token, missing = scanner.release()
    assert (token.name, token.raw, token.at) == ("GS v 0", picture[:first], 2)
    assert missing == len(picture) - first
    assert (scanner.unfinished, scanner.pending) == (("", 0), b"")
    assert [(after.name, after.at) for after in scanner.feed(b"End\n")] == [
        ("TEXT", 2 + len(picture)),
        ("LF", 5 + len(picture)),
    ]


@pytest.mark.parametrize("start", [b"", b"\x1dv0\x00\x04", b"\x1dv0\x00\xff\xff\xff\xff", b"\x1b"])
def test_there_is_nothing_to_hand_over_while_the_length_is_open_or_too_much(start: bytes) -> None:
    scanner = EscPosScanner()
    scanner.feed(start)
    assert scanner.unfinished == ("", 0)
