"""ESC/POS bytes as ``pos-guard decode escpos`` shows them: one object a command."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import cast

from pos_guard.errors import FrameError
from pos_guard.frames.decoded import Decoded, Json
from pos_guard.frames.escpos_commands import Barcode, Command
from pos_guard.frames.escpos_parse import parse
from pos_guard.frames.escpos_scan import OVERSIZE_DATA, TEXT, UNKNOWN, EscPosScanner, Token
from pos_guard.frames.escpos_table import EPSON, Dialect
from pos_guard.frames.escpos_text import TextReader

PROTOCOL = "escpos"

MAX_SHOWN = 32
"""Bytes of parameters that are shown for a command whose meaning nobody here reads."""

_SYMBOL_HEAD = 8  # GS ( k pL pH cn fn m
_FAMILIES = {"GS ( k": ("cn", "fn"), "GS ( L": ("m", "fn"), "GS 8 L": ("m", "fn")}
_GOODS = range(65, 69)  # UPC and EAN: numbers of goods, of which every tenth passes the check digit

# Thirteen to nineteen digits, as card numbers are printed: together, or in groups.
_CARD = re.compile(rb"(?<![0-9])[0-9](?:[ -]?[0-9]){12,18}(?![0-9])")


def decode(
    data: bytes, reader: TextReader | None = None, dialect: Dialect = EPSON
) -> Iterator[Decoded]:
    """One object a token; card numbers in text, symbols and any other data are marked as secret.

    A command that is cut, wrong or unknown carries its error; what follows is still decoded.
    """
    reader = reader or TextReader()
    scanner = EscPosScanner(dialect)
    for token in scanner.feed(data):
        yield _decoded(token, reader.read(token), cut=False)
    for token in scanner.flush():
        yield _decoded(token, "", cut=True)


def _decoded(token: Token, text: str, *, cut: bool) -> Decoded:
    command, error = _meaning(token, cut=cut)
    # The m of GS ( k is a digit right before the symbol's data: no part of a number there.
    start = _SYMBOL_HEAD if token.name == "GS ( k" else 0
    ranges = () if is_goods(command) else card_ranges(token.raw, start)
    return Decoded(
        protocol=PROTOCOL,
        name=token.name,
        raw=token.raw,
        fields={"text": text} if token.name == TEXT else _fields(token, command, error),
        error=error,
        secret_fields=frozenset({"text", "data", "parameters"}) if ranges else frozenset(),
        secret_ranges=ranges,
    )


def is_goods(command: Command | None) -> bool:
    """A barcode of goods: any number may be one."""
    return isinstance(command, Barcode) and command.kind in _GOODS


def _fields(token: Token, command: Command | None, error: FrameError | None) -> dict[str, Json]:
    """The standard's function numbers, then the values; the bare parameters where none are read."""
    shown: dict[str, Json] = {}
    if error is None and (" ( " in token.name or token.name == "GS 8 L"):
        place = 7 if token.name == "GS 8 L" else 5
        shown.update(zip(_FAMILIES.get(token.name, ("fn",)), token.raw[place:], strict=False))
    if command is not None:
        return shown | {item.name: json_of(getattr(command, item.name)) for item in fields(command)}
    short = 2 < len(token.raw) <= MAX_SHOWN + 2 and token.name != "NUL"
    return shown | ({"parameters": token.raw[2:].hex()} if short and error is None else {})


def _meaning(token: Token, *, cut: bool) -> tuple[Command | None, FrameError | None]:
    if cut:
        return None, FrameError("truncated", "the data ends inside a command", token.at)
    if token.name in (UNKNOWN, OVERSIZE_DATA):
        return None, FrameError("unknown-command", "no ESC/POS command", token.at)
    try:
        return parse(token), None
    except FrameError as error:
        return None, error


def json_of(value: object) -> Json:
    """A value of escpos_commands as JSON: bytes as ASCII, or else as hex."""
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, bytes):
        return value.decode("ascii") if value.isascii() else value.hex()
    if isinstance(value, tuple):
        return [json_of(item) for item in cast("tuple[object, ...]", value)]
    if is_dataclass(value):
        return {item.name: json_of(getattr(value, item.name)) for item in fields(value)}
    return str(value)


def card_ranges(raw: bytes, start: int = 0) -> tuple[tuple[int, int], ...]:
    """Where card numbers stand, from ``start`` on: digits with the right check digit."""
    return tuple(
        (start + match.start(), start + match.end())
        for match in _CARD.finditer(raw[start:])
        if _luhn(match[0])
    )


def _luhn(text: bytes) -> bool:
    """The check digit of card numbers (ISO/IEC 7812-1 annex B)."""
    digits = [byte - 48 for byte in text if 48 <= byte <= 57]
    doubled = [sum(divmod(2 * digit, 10)) for digit in digits[-2::-2]]
    return (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0
