"""Cuts a printer stream into tokens: bytes in, whole commands and runs of text out.

Knows lengths (escpos_table) and no meaning. Never raises: what is no command is an ``UNKNOWN``
token, and every byte that went in comes out in exactly one token, in order.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from pos_guard.frames.escpos_table import EPSON, NAMES, Dialect, Shape

MAX_COMMAND = 1 << 20
"""Longest command that is held whole, in bytes. The largest picture a printer takes in one
command is 80 bytes by 2,303 rows (184 kB, GS v 0); the length fields allow four gigabytes."""

TEXT = "TEXT"
UNKNOWN = "UNKNOWN"
OVERSIZE = "OVERSIZE"
OVERSIZE_DATA = "OVERSIZE DATA"

_PRINTABLE = re.compile(rb"[\x20-\xff]+")
_NULS = re.compile(rb"\x00+")
_DLE = 0x10
_HEAD = 10
"""Bytes of an oversize command that are kept as its token: enough for every header."""


class Token(NamedTuple):
    """One whole command, or one run of text.

    ``name`` is the standard's: ``ESC @``, ``GS ( k``, ``LF``, ``DLE EOT``; or ``TEXT``;
    ``UNKNOWN`` for bytes that are no command; ``OVERSIZE`` for the head of a command longer than
    ``MAX_COMMAND``, whose data follows in ``OVERSIZE DATA`` tokens. ``at`` is the offset in the
    stream.
    """

    name: str
    raw: bytes
    at: int


class EscPosScanner:
    """Feed it a stream in pieces of any size; it gives whole tokens only.

    A run of text is given as far as it has come, so it may arrive in several TEXT tokens (a
    multi-byte character may be split between them: TextReader joins it).
    """

    def __init__(self, dialect: Dialect = EPSON) -> None:
        self._dialect = dialect
        self._buffer = bytearray()
        self._at = 0
        self._need = 0
        self._skip = 0

    @property
    def pending(self) -> bytes:
        """The start of a command that is not whole yet."""
        return bytes(self._buffer)

    def feed(self, data: bytes) -> list[Token]:
        """The tokens that are whole now, in order."""
        tokens: list[Token] = []
        if self._skip:
            data = self._skipped(data, tokens)
        self._buffer += data
        if self._buffer and len(self._buffer) >= self._need:
            self._scan(bytes(self._buffer), tokens)
        return tokens

    def flush(self) -> list[Token]:
        """The stream has ended: an unfinished command comes out as UNKNOWN."""
        rest = bytes(self._buffer)
        self._buffer.clear()
        self._need = self._skip = 0
        self._at += len(rest)
        return [Token(UNKNOWN, rest, self._at - len(rest))] if rest else []

    def _skipped(self, data: bytes, tokens: list[Token]) -> bytes:
        part = data[: self._skip]
        if part:
            tokens.append(Token(OVERSIZE_DATA, part, self._at))
        self._skip -= len(part)
        self._at += len(part)
        return data[len(part) :]

    def _scan(self, data: bytes, tokens: list[Token]) -> None:
        place, end, start = 0, len(data), self._at
        self._need = 0
        while place < end:
            if data[place] >= 0x20:
                match = _PRINTABLE.match(data, place)
                size, name = (match.end() if match else end) - place, TEXT
            else:
                name, size = _command(data, place, self._dialect)
                whole, size = size > 0, abs(size)
                if size > MAX_COMMAND:
                    place += self._oversize(data, place, size, tokens)
                    continue
                if not whole or size > end - place:
                    self._need = size
                    break
            tokens.append(Token(name, data[place : place + size], start + place))
            place += size
        self._at = start + place
        self._buffer = bytearray(data[place:])

    def _oversize(self, data: bytes, place: int, size: int, tokens: list[Token]) -> int:
        """Give the head and what is there of the data; the rest is skipped as it comes."""
        tokens.append(Token(OVERSIZE, data[place : place + _HEAD], self._at + place))
        body = data[place + _HEAD : place + size]
        if body:
            tokens.append(Token(OVERSIZE_DATA, body, self._at + place + _HEAD))
        taken = min(size, len(data) - place)
        self._skip = size - taken
        return taken


def scan(data: bytes, dialect: Dialect = EPSON) -> list[Token]:
    """All tokens of a finished stream; an unfinished command at its end is UNKNOWN."""
    scanner = EscPosScanner(dialect)
    return scanner.feed(data) + scanner.flush()


def _command(data: bytes, at: int, dialect: Dialect) -> tuple[str, int]:
    """Name and size of the command at ``at``; size ``-n`` asks for ``n`` bytes in all."""
    lead = data[at]
    if lead == 0:
        match = _NULS.match(data, at)
        return NAMES[0], (match.end() if match else at + 1) - at
    if lead in NAMES:
        return NAMES[lead], 1
    if lead not in (_DLE, 0x1B, 0x1C, 0x1D, 0x1F):
        return UNKNOWN, 1
    shape = dialect.get(data[at : at + 2])
    if shape is None:
        return _stray(data, at)
    if shape.measure is None:
        return shape.name, shape.fixed
    size = shape.measure(data, at)
    if size == 0:
        return UNKNOWN, 2
    return (_full_name(shape, data, at) if size > 0 else shape.name), size


def _stray(data: bytes, at: int) -> tuple[str, int]:
    """A lead byte that starts no command: with its letter, if that is one."""
    if len(data) < at + 2:
        return UNKNOWN, -2
    return UNKNOWN, 2 if data[at] != _DLE and 0x20 <= data[at + 1] < 0x80 else 1


def _full_name(shape: Shape, data: bytes, at: int) -> str:
    if not shape.named:
        return shape.name
    third = chr(data[at + 2])
    return f"{shape.name} {third}" if third.isprintable() else shape.name
