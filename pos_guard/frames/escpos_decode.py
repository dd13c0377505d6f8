"""ESC/POS bytes as ``pos-guard decode escpos`` shows them: one object a command."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields

from pos_guard.errors import FrameError
from pos_guard.frames.decoded import Decoded, Json
from pos_guard.frames.escpos_commands import Command, QrStore
from pos_guard.frames.escpos_parse import parse
from pos_guard.frames.escpos_scan import OVERSIZE_DATA, TEXT, UNKNOWN, EscPosScanner, Token
from pos_guard.frames.escpos_table import EPSON, Dialect
from pos_guard.frames.escpos_text import TextReader

PROTOCOL = "escpos"

# Thirteen to nineteen digits, as card numbers are printed: together, or in groups.
_CARD = re.compile(rb"(?<![0-9])[0-9](?:[ -]?[0-9]){12,18}(?![0-9])")


def decode(
    data: bytes, reader: TextReader | None = None, dialect: Dialect = EPSON
) -> Iterator[Decoded]:
    """One object a token; card numbers in text and QR data are marked as secret.

    A command that is cut, wrong or unknown carries its error; what follows is still decoded.
    """
    reader = reader or TextReader()
    scanner = EscPosScanner(dialect)
    for token in scanner.feed(data):
        yield _decoded(token, reader.read(token), cut=False)
    for token in scanner.flush():
        yield _decoded(token, "", cut=True)


def _decoded(token: Token, text: str, *, cut: bool) -> Decoded:
    shown: dict[str, Json] = {}
    command, error = _meaning(token, cut=cut)
    if token.name == TEXT:
        shown["text"] = text
    elif command is not None:
        shown = {item.name: _json(getattr(command, item.name)) for item in fields(command)}
    ranges = _secret_ranges(token.raw) if token.name == TEXT or isinstance(command, QrStore) else ()
    return Decoded(
        protocol=PROTOCOL,
        name=token.name,
        raw=token.raw,
        fields=shown,
        error=error,
        secret_fields=frozenset({"text", "data"}) if ranges else frozenset(),
        secret_ranges=ranges,
    )


def _meaning(token: Token, *, cut: bool) -> tuple[Command | None, FrameError | None]:
    if cut:
        return None, FrameError("truncated", "the data ends inside a command", token.at)
    if token.name in (UNKNOWN, OVERSIZE_DATA):
        return None, FrameError("unknown-command", "no ESC/POS command", token.at)
    try:
        return parse(token), None
    except FrameError as error:
        return None, error


def _json(value: object) -> Json:
    if isinstance(value, bytes):
        return value.decode("ascii") if value.isascii() else value.hex()
    if isinstance(value, bool | int | str):
        return value
    return str(value)


def _secret_ranges(raw: bytes) -> tuple[tuple[int, int], ...]:
    return tuple(match.span() for match in _CARD.finditer(raw) if _luhn(match[0]))


def _luhn(text: bytes) -> bool:
    """The check digit of card numbers (ISO/IEC 7812-1 annex B)."""
    digits = [byte - 48 for byte in text if 48 <= byte <= 57]
    doubled = [sum(divmod(2 * digit, 10)) for digit in digits[-2::-2]]
    return (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0
