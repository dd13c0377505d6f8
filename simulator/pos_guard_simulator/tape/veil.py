"""One direction of a line: bytes in, the same bytes without secrets out, once they are whole.

Bytes wait here until their frame, line or number has ended, because a secret may come in pieces.
What cannot be read, or not be made harmless, is withheld: only its size goes on.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from pos_guard_simulator.tape import paper_secrets
from pos_guard_simulator.tape.digits import hide_numbers, hide_packed_numbers, is_clean
from pos_guard_simulator.tape.protocols import FRAMED, LINES, PAPER, Cut, cut, hidden, last_unit

MAX_WAITING = 1 << 20
"""Bytes that wait for their end: the longest command of a printer. More has none."""

MAX_RUN = 4096
"""Bytes of nothing but digits that wait for their end. What is longer is no number: a till that
polls with bytes like 05 and 15 would keep the tape waiting for ever."""

_LINE_END = re.compile(rb"[\r\n\t]+")

_PART_OF_NUMBER = re.compile(rb"[0-9][0-9 .\-=^;D]*\Z|[;%][^\r\n\x03]{0,80}\Z")
"""The end of a piece that a card number or a track may go on behind."""

_PACKED_PART = re.compile(r"[0-9]{2,}\Z")


@dataclass(frozen=True, slots=True)
class Shown:
    """What may be kept of ``size`` bytes that came in; ``data`` None: nothing of it."""

    size: int
    data: bytes | None = field(repr=False)


class Veil:
    """The secrets of one direction. ``to_app``: of what the device says."""

    def __init__(self, protocol: str, *, to_app: bool) -> None:
        self._buffer = bytearray()
        self._cut = _cutter(protocol, to_app=to_app)
        self._protocol = protocol

    @property
    def waiting(self) -> int:
        """Bytes that came in and did not come out."""
        return len(self._buffer)

    def feed(self, data: bytes) -> list[Shown]:
        """Bytes went by: what is whole now, in order."""
        self._buffer += data
        shown, size = self._cut(self._protocol, bytes(self._buffer))
        del self._buffer[:size]
        return shown + (self.finish() if len(self._buffer) > MAX_WAITING else [])

    def finish(self) -> list[Shown]:
        """Nothing more will come: what is left."""
        rest = bytes(self._buffer)
        self._buffer.clear()
        if not rest:
            return []
        if self._cut is _framed:
            unit = last_unit(self._protocol, rest)
            shown = None if unit is None else hidden(self._protocol, unit)
            return [Shown(len(rest), shown)]
        if self._cut is _paper:
            return _on_paper(cut(self._protocol, rest), rest)
        return [_plain(rest) if self._cut is _bytes else _text(rest)]


class Bare:
    """The same without a veil, for tapes that shall keep everything."""

    waiting = 0

    def feed(self, data: bytes) -> list[Shown]:
        """Bytes went by."""
        return [Shown(len(data), data)]

    def finish(self) -> list[Shown]:
        """Nothing waits."""
        return []


_Settled = tuple[list[Shown], int]
"""What may be kept, and of how many of the bytes."""


def _framed(protocol: str, data: bytes) -> _Settled:
    found = cut(protocol, data)
    if found.lost:
        return [Shown(len(data), None)], len(data)
    shown = [Shown(len(unit.raw), hidden(protocol, unit)) for unit in found.units]
    return shown, len(data) - found.pending


def _paper(protocol: str, data: bytes) -> _Settled:
    found = cut(protocol, data)
    if found.lost:
        return [Shown(len(data), None)], len(data)
    count = paper_secrets.settled(found.units)
    size = sum(len(unit.raw) for unit in found.units[:count])
    return _on_paper(Cut(found.units[:count], 0), data[:size]), size


def _on_paper(found: Cut, data: bytes) -> list[Shown]:
    if found.lost:
        return [Shown(len(data), None)]
    shown = b"".join(paper_secrets.without_secrets(found.units))
    rest = len(data) - len(shown)
    return ([Shown(len(shown), shown)] if shown else []) + ([Shown(rest, None)] if rest else [])


def _lines(protocol: str, data: bytes) -> _Settled:
    del protocol
    ends = [found.end() for found in _LINE_END.finditer(data)]
    size = ends[-1] if ends else 0
    return ([_text(data[:size])] if size else []), size


def _bytes(protocol: str, data: bytes) -> _Settled:
    del protocol
    part = _PART_OF_NUMBER.search(data)
    packed = _PACKED_PART.search(data.hex())
    size = len(data) if part is None else part.start()
    if packed is not None:
        size = min(size, packed.start() // 2)
    if len(data) - size > MAX_RUN:
        size = len(data)
    return ([_plain(data[:size])] if size else []), size


def _replies(protocol: str, data: bytes) -> _Settled:
    """A printer's answers: single bytes, and what model it is."""
    del protocol
    return [_text(data)], len(data)


def _text(data: bytes) -> Shown:
    shown = hide_numbers(data)
    return Shown(len(data), shown if is_clean(shown) else None)


def _plain(data: bytes) -> Shown:
    """Of what nobody can read: numbers as text, and as packed digits."""
    shown = hide_packed_numbers(hide_numbers(data))
    return Shown(len(data), shown if is_clean(shown) else None)


def _cutter(protocol: str, *, to_app: bool) -> Callable[[str, bytes], _Settled]:
    if protocol in FRAMED:
        return _framed
    if protocol in PAPER:
        return _replies if to_app else _paper
    return _lines if protocol == LINES and to_app else _bytes
