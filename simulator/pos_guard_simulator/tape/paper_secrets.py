"""Secrets in what a till prints: numbers in text and symbols are replaced, pictures are blanked.

A line of text may be cut into many commands (a bold digit, a new font), so its letters are taken
together. A picture cannot be read here: its dots are taken out, as nobody knows what they show.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pos_guard.frames.decoded import Decoded
from pos_guard.frames.escpos_scan import OVERSIZE_DATA, TEXT
from pos_guard_simulator.tape.digits import hide_all, hide_numbers

_LINE_ENDS = frozenset({"LF", "CR", "FF", "ESC J", "ESC d", "GS V", "ESC i", "ESC m"})

_ROWS = frozenset({"ESC * r", "b", "k"})
"""Star's raster mode: what its rows are, only the command before them says."""

_PICTURES = frozenset(
    {"GS v 0", "ESC *", "GS *", "GS ( L", "GS 8 L", "FS q", "GS Q 0", "GS D", "DC2 *", "ESC k"}
    | {"ESC K", "ESC L", "ESC X", OVERSIZE_DATA}
    | _ROWS
)

_HEAD = 16
"""Bytes of a picture's command that may be its head; the dots behind them go."""

_SYMBOLS = {"GS ( k": 8, "GS k": 4, "ESC b": 6, "ESC GS y D": 8}
"""Symbols, and where their data begin: the byte before them may look like one more digit."""

_OLD_FORM = 6
"""The last kind of barcode of GS k's first form, which has no length byte."""


def settled(units: Sequence[Decoded]) -> int:
    """How many of the units are whole lines, or nothing that is printed."""
    count, open_line = 0, False
    for number, unit in enumerate(units, 1):
        open_line = unit.name not in _LINE_ENDS and (
            open_line or unit.name == TEXT or unit.name in _ROWS
        )
        if not open_line:
            count = number
    return count


def without_secrets(units: Sequence[Decoded]) -> Iterator[bytes]:
    """Each unit with its secrets replaced; all of them are whole lines."""
    line: list[Decoded] = []
    for unit in units:
        line.append(unit)
        if unit.name in _LINE_ENDS:
            yield from _line(line)
            line = []
    yield from _line(line)


def _line(units: list[Decoded]) -> Iterator[bytes]:
    text = b"".join(unit.raw for unit in units if unit.name == TEXT)
    hidden = hide_numbers(text)
    at = 0
    for unit in units:
        if unit.name == TEXT:
            yield hidden[at : at + len(unit.raw)]
            at += len(unit.raw)
        else:
            yield _command(unit)


def _command(unit: Decoded) -> bytes:
    raw = unit.raw
    if unit.name in _PICTURES and len(raw) > _HEAD:
        return raw[:_HEAD] + bytes(len(raw) - _HEAD)
    for start, stop in unit.secret_ranges:
        raw = raw[:start] + hide_all(raw[start:stop]) + raw[stop:]
    if unit.name in _SYMBOLS or unit.error is not None:
        head = _SYMBOLS.get(unit.name, 0) - (unit.name == "GS k" and raw[2] <= _OLD_FORM)
        return raw[:head] + hide_numbers(raw[head:])
    return raw
