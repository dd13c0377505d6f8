"""Finds the real-time commands in a stream, wherever they stand.

A printer acts on them as the bytes arrive, also in the middle of a picture ("transmitted anytime
the data sequence 10 04 n is received, even if it appears as part of another command", Epson
TM-U295). GS ( D can switch the DLE DC4 ones off.
"""

from __future__ import annotations

import re

from pos_guard.frames.escpos_scan import Token

MAX_REALTIME = 10
"""Bytes of the longest real-time command (DLE DC4 8: clear the buffers)."""

# DLE EOT n, DLE ENQ n, DLE DC4: 1 drawer, 2 power-off notice, 3 buzzer, 7 status, 8 clear.
_REALTIME = re.compile(
    rb"\x10(?:\x04(?:[\x01-\x06]|[\x00\x07\x08\x12].)"
    rb"|\x05[\x00-\x03]"
    rb"|\x14(?:\x01[\x00\x01][\x01-\x08]|\x02\x01\x08|\x03.{5}|\x07.|\x08\x01\x03\x14\x01\x06\x02\x08))",
    re.DOTALL,
)
_BEGUN = re.compile(
    rb"\x10(?:\x04[\x00\x07\x08\x12]?|\x05"
    rb"|\x14(?:\x01[\x00\x01]?|\x02\x01?|\x03.{0,4}|\x07"
    rb"|\x08(?:\x01(?:\x03(?:\x14(?:\x01(?:\x06(?:\x02)?)?)?)?)?)?)?)?",
    re.DOTALL,
)
_NAMES = {0x04: "DLE EOT", 0x05: "DLE ENQ", 0x14: "DLE DC4"}


def find_realtime(data: bytes) -> list[Token]:
    """Every whole real-time command in these bytes, also inside other commands' data."""
    return [
        Token(_NAMES[match[0][1]], match[0], match.start()) for match in _REALTIME.finditer(data)
    ]


class RealTimeFinder:
    """The same for a stream in pieces: a command cut by a piece's end is found in the next."""

    def __init__(self) -> None:
        self._tail = b""
        self._at = 0

    def feed(self, data: bytes) -> list[Token]:
        """The real-time commands that are whole now; ``at`` counts from the stream's start."""
        window = self._tail + data
        found = find_realtime(window)
        begun = _begun(window, found)
        start = self._at - len(self._tail)
        self._tail = window[begun:]
        self._at += len(data)
        return [
            Token(token.name, token.raw, start + token.at) for token in found if token.at < begun
        ]


def _begun(window: bytes, found: list[Token]) -> int:
    """Where a command begins whose rest is still to come; the window's end if none does.

    Commands that seem to stand after that place are its parameters, if it becomes whole.
    """
    for place in range(max(len(window) - MAX_REALTIME + 1, 0), len(window)):
        inside = any(token.at < place < token.at + len(token.raw) for token in found)
        if not inside and _BEGUN.fullmatch(window, place):
            return place
    return len(window)
