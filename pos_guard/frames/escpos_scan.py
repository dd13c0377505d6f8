"""Cuts a printer stream into tokens: bytes in, whole commands and runs of text out.

Knows lengths (escpos_table) and no meaning. Never raises: what is no command is an ``UNKNOWN``
token, and every byte that went in comes out in exactly one token, in order.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import NamedTuple, cast

from pos_guard.frames.escpos_measure import Data
from pos_guard.frames.escpos_plan import SELECTORS, plan_of
from pos_guard.frames.escpos_table import DISPLAY, EPSON, Dialect, Shape, key

MAX_COMMAND = 1 << 20
"""Longest command that is held whole, in bytes. The largest picture a printer takes in one
command is 80 bytes by 2,303 rows (184 kB, GS v 0); the length fields allow four gigabytes."""

TEXT = "TEXT"
UNKNOWN = "UNKNOWN"
OVERSIZE = "OVERSIZE"
OVERSIZE_DATA = "OVERSIZE DATA"

_DLE = 0x10
_NO_MODES: Mapping[bytes, Dialect] = MappingProxyType({})
_WINDOW = 8192
"""Bytes that are cut up at a time: what a measured command hides is then looked at once or twice,
not with every command before it."""

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


_new_token = cast("Callable[[type[Token], tuple[str, bytes, int]], Token]", tuple.__new__)
"""What Token() calls in the end: half the time of Token() itself."""


class EscPosScanner:
    """Feed it a stream in pieces of any size; it gives whole tokens only.

    A run of text is given as far as it has come, so it may arrive in several TEXT tokens (a
    multi-byte character may be split between them: TextReader joins it). ``modes`` are the
    commands, whole, behind which another dialect holds.
    """

    def __init__(
        self, dialect: Dialect = EPSON, modes: Mapping[bytes, Dialect] = _NO_MODES
    ) -> None:
        self._modes = modes
        self._dialect = dialect
        self._shapes = dialect
        self._plan = plan_of(dialect)
        self._buffer = bytearray()
        self._at: int = 0
        self._need = 0
        self._skip = 0

    @property
    def pending(self) -> bytes:
        """The start of a command that is not whole yet."""
        return bytes(self._buffer)

    @property
    def held(self) -> int:
        """Bytes of ``pending``."""
        return len(self._buffer)

    @property
    def unfinished(self) -> tuple[str, int]:
        """Name of the command that is not whole yet, and how many bytes of it are missing.

        No name and 0 where there is none, or its length is not known yet, or is too much.
        """
        name, size = self._command(self._buffer, 0) if self._buffer else ("", 0)
        known = len(self._buffer) < size <= MAX_COMMAND
        return (name, size - len(self._buffer)) if known else ("", 0)

    def release(self) -> tuple[Token, int]:
        """Hand over what came of the ``unfinished`` command, and how many bytes are missing.

        Those are the caller's: the next ``feed`` begins behind them.
        """
        name, missing = self.unfinished
        token = Token(name, bytes(self._buffer), self._at)
        self._at += len(self._buffer) + missing
        self._buffer.clear()
        return token, missing

    def peek(self, data: bytes, begin: int) -> tuple[str, int]:
        """Name and length of the command that begins at ``begin``, where nothing is held.

        No name and 0 where there is none, or its length is not known yet, or is too much.
        """
        name, size = ("", 0) if self._buffer or self._skip else self._command(data, begin)
        return (name, size) if 0 < size <= MAX_COMMAND else ("", 0)

    def take(self, name: str, size: int, head: bytes) -> Token:
        """The command that ``peek`` saw is the caller's, who has its ``head``; see ``release``."""
        token = Token(name, head, self._at)
        self._at += size
        return token

    def feed(self, data: bytes, begin: int = 0) -> list[Token]:
        """The tokens that are whole now, in order; ``data`` counts from its offset ``begin``."""
        tokens: list[Token] = []
        place = begin
        while place < len(data):
            if self._skip:
                place += self._skipped(data, place, tokens)
            elif self._buffer:
                place += self._hold(data, place, tokens)
            else:
                self._scan(data, place, tokens)
                break
        return tokens

    def flush(self) -> list[Token]:
        """The stream has ended: an unfinished command comes out as UNKNOWN (or OVERSIZE)."""
        rest = bytes(self._buffer)
        self._buffer.clear()
        self._need = self._skip = 0
        self._at += len(rest)
        if not rest:
            return []
        too_long = abs(self._command(rest, 0)[1]) > MAX_COMMAND
        return [Token(OVERSIZE if too_long else UNKNOWN, rest, self._at - len(rest))]

    def _is_whole(self) -> bool:
        """Whether the held command is, asked of the buffer itself: a long one is copied once."""
        size = abs(self._command(self._buffer, 0)[1])
        self._need = _HEAD if size > MAX_COMMAND else size
        return self._need <= len(self._buffer)

    def _hold(self, data: bytes, place: int, tokens: list[Token]) -> int:
        """Take what the held command lacks, and no more; give it once it is whole."""
        part = memoryview(data)[place : place + self._need - len(self._buffer)]
        self._buffer += part
        if len(self._buffer) >= self._need and self._is_whole():
            held = bytes(self._buffer)
            self._buffer.clear()
            self._scan(held, 0, tokens)
        return len(part)

    def _skipped(self, data: bytes, place: int, tokens: list[Token]) -> int:
        part = data[place : place + self._skip]
        tokens.append(Token(OVERSIZE_DATA, part, self._at))
        self._skip -= len(part)
        self._at += len(part)
        return len(part)

    def _scan(self, data: bytes, place: int, tokens: list[Token]) -> None:
        """Text and commands of one length by regular expression, the others by their measure.

        This is the hot path: the tokens of a window are made in one tight loop.
        """
        start = self._at = self._at - place  # where this data began
        append = tokens.append
        while place < len(data):
            plan = self._plan
            stopped = data[place] in plan.leads and data[place : place + 2] not in plan.sizes
            if not stopped:
                name_of = plan.names.get
                pieces: list[bytes] = plan.runs.findall(data, place, place + _WINDOW)
                stopped = self._stops(pieces[-1])
                if stopped:
                    pieces.pop()
                at = start + place
                for raw in pieces:
                    append(_new_token(Token, (name_of(raw[:2], TEXT), raw, at)))
                    at += len(raw)
                place = at - start
            size = self._measured(data, place, tokens) if stopped else 0
            if stopped and not size:
                break
            place += size
        self._at = start + place
        self._buffer += memoryview(data)[place:]

    def _stops(self, piece: bytes) -> bool:
        """Whether this last piece of a window is the start of what must be measured."""
        plan = self._plan
        return piece[0] not in plan.letters and len(piece) < plan.sizes.get(piece[:2], _WINDOW + 1)

    def _measured(self, data: bytes, place: int, tokens: list[Token]) -> int:
        """Give the command at ``place`` and say its length; 0 when it is not whole yet."""
        name, size = self._command(data, place)
        whole, size, held = size > 0, abs(size), len(data) - place
        if size > MAX_COMMAND and held >= _HEAD:
            return self._oversize(data, place, size, tokens)
        if not whole or size > held:
            self._need = _HEAD if size > MAX_COMMAND else size
            return 0
        token = Token(name, data[place : place + size], self._at + place)
        tokens.append(token)
        if token.raw[:2] in SELECTORS:
            self._follow(token)
        if self._modes and token.raw in self._modes:
            self._dialect = self._shapes = self._modes[token.raw]
            self._plan = plan_of(self._dialect)
        return size

    def _follow(self, token: Token) -> None:
        """Take over what changes the lengths of later commands."""
        if token.name == "ESC =":
            self._vary(key("ESC W"), DISPLAY if token.raw[2] & 3 == 2 else b"")
        elif token.name == "ESC @":
            self._vary(key("FS 2"), b"")
        elif token.name == "FS ( A" and token.raw[3:6] == b"\x02\x000":
            self._vary(key("FS 2"), bytes((token.raw[6] & 0x0F,)))

    def _vary(self, head: bytes, variant: bytes) -> None:
        shape = self._dialect.get(head + variant) or self._dialect.get(head)
        if shape is not None and self._shapes.get(head) is not shape:
            self._shapes = {**self._shapes, head: shape}

    def _oversize(self, data: bytes, place: int, size: int, tokens: list[Token]) -> int:
        """Give the head and what is there of the data; the rest is skipped as it comes."""
        tokens.append(Token(OVERSIZE, data[place : place + _HEAD], self._at + place))
        body = data[place + _HEAD : place + size]
        if body:
            tokens.append(Token(OVERSIZE_DATA, body, self._at + place + _HEAD))
        taken = min(size, len(data) - place)
        self._skip = size - taken
        return taken

    def _command(self, data: Data, at: int) -> tuple[str, int]:
        """Name and size of the command at ``at``; size ``-n`` asks for ``n`` bytes in all."""
        if data[at] not in self._plan.leads:
            return UNKNOWN, 1
        shape = self._shapes.get(bytes(data[at : at + 2]))
        if shape is None:
            return _stray(data, at)
        if shape.measure is None:
            return shape.name, shape.fixed
        size = shape.measure(data, at)
        if size == 0:
            return UNKNOWN, 2
        return (_full_name(shape, data, at) if size > 0 else shape.name), size


def scan(data: bytes, dialect: Dialect = EPSON) -> list[Token]:
    """All tokens of a finished stream; an unfinished command at its end is UNKNOWN."""
    scanner = EscPosScanner(dialect)
    return scanner.feed(data) + scanner.flush()


def _stray(data: Data, at: int) -> tuple[str, int]:
    """A lead byte that starts no command: with its letter, if that is one."""
    if len(data) < at + 2:
        return UNKNOWN, -2
    return UNKNOWN, 2 if data[at] != _DLE and 0x20 <= data[at + 1] < 0x80 else 1


def _full_name(shape: Shape, data: Data, at: int) -> str:
    if not shape.named:
        return shape.name
    third = chr(data[at + 2])
    return f"{shape.name} {third}" if third.isprintable() else shape.name
