"""An unfinished command that somebody else takes over: the scanner goes on behind it."""

from __future__ import annotations

import pytest

from pos_guard.frames.escpos_scan import MAX_COMMAND, EscPosScanner

HEAD = b"\x1dv0\x00\x02\x00\x08\x00"
PICTURE = HEAD + b"\xf0" * 16


@pytest.mark.parametrize(
    ("data", "unfinished"),
    [
        (b"", ("", 0)),
        (b"text\n", ("", 0)),
        (PICTURE, ("", 0)),
        (PICTURE[:-1], ("GS v 0", 1)),
        (HEAD, ("GS v 0", 16)),
        (HEAD[:-1], ("", 0)),
        (b"\x1d8L" + (MAX_COMMAND + 1).to_bytes(4, "little"), ("", 0)),
        (b"\x1b", ("", 0)),
    ],
)
def test_what_is_missing_is_known_once_the_length_is(
    data: bytes, unfinished: tuple[str, int]
) -> None:
    scanner = EscPosScanner()
    scanner.feed(data)
    assert scanner.unfinished == unfinished


@pytest.mark.parametrize("cut", range(len(HEAD), len(PICTURE)))
def test_the_next_bytes_are_those_behind_the_command(cut: int) -> None:
    scanner = EscPosScanner()
    scanner.feed(b"a\n" + PICTURE[:cut])
    token, missing = scanner.release()
    assert (token.name, token.raw, token.at) == ("GS v 0", PICTURE[:cut], 2)
    assert missing == len(PICTURE) - cut
    tokens = scanner.feed(PICTURE[cut:] + b"b\n", missing)
    assert [(found.raw, found.at) for found in tokens] == [
        (b"b", 2 + len(PICTURE)),
        (b"\n", 3 + len(PICTURE)),
    ]
    assert scanner.flush() == []
