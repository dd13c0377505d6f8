"""Star bytes as ``pos-guard decode star`` shows them: one object a command."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import fields

from pos_guard.errors import FrameError
from pos_guard.frames.decoded import Decoded, Json
from pos_guard.frames.escpos_commands import Command
from pos_guard.frames.escpos_decode import MAX_SHOWN, card_ranges, is_goods, json_of
from pos_guard.frames.escpos_parse import parse
from pos_guard.frames.escpos_scan import OVERSIZE, OVERSIZE_DATA, TEXT, UNKNOWN, Token
from pos_guard.frames.escpos_text import TextReader
from pos_guard.frames.printer_models import PrinterModel, printer_model
from pos_guard.frames.star_meaning import StarMeaning
from pos_guard.frames.star_paper import CLOSEST, with_pages
from pos_guard.frames.star_table import star_scanner

PROTOCOL = "star"


def decode(data: bytes, model: PrinterModel | None = None) -> Iterator[Decoded]:
    """One object a token, its meaning in the words of ESC/POS; card numbers are secret.

    A command that is cut, wrong or unknown carries its error; what follows is still decoded.
    """
    reader = TextReader.of_model(with_pages(model or printer_model(CLOSEST)))
    meaning = StarMeaning()
    scanner = star_scanner()
    for token in scanner.feed(data):
        likes = meaning.like(token)
        text = "".join(reader.read(like) for like in likes)
        yield _decoded(token, likes, text, _error(token))
    for token in scanner.flush():
        cut = FrameError("truncated", "the data ends inside a command", token.at)
        yield _decoded(token, (), "", cut)


def _error(token: Token) -> FrameError | None:
    if token.name in (UNKNOWN, OVERSIZE_DATA):
        return FrameError("unknown-command", "no Star command", token.at)
    if token.name == OVERSIZE:
        return FrameError("length", "a command longer than any printer takes", token.at)
    return None


def _decoded(
    token: Token, likes: tuple[Token, ...], text: str, error: FrameError | None
) -> Decoded:
    found = list(_commands(likes))
    ranges = () if any(map(is_goods, found)) else card_ranges(token.raw)
    return Decoded(
        protocol=PROTOCOL,
        name=token.name,
        raw=token.raw,
        fields={"text": text} if token.name == TEXT else _fields(token, found, error),
        error=error,
        secret_fields=frozenset({"text", "means", "parameters"}) if ranges else frozenset(),
        secret_ranges=ranges,
    )


def _commands(likes: Iterable[Token]) -> Iterator[Command]:
    """What the like tokens mean; parameters out of range mean nothing, as to a printer."""
    for like in likes:
        try:
            command = parse(like)
        except FrameError:
            continue
        if command is not None:
            yield command


def _fields(token: Token, found: list[Command], error: FrameError | None) -> dict[str, Json]:
    if error is not None:
        return {}
    shown: dict[str, Json] = {}
    if found:
        shown["means"] = [_shown(command) for command in found]
    if 2 < len(token.raw) <= MAX_SHOWN + 2 and token.name != "NUL":
        shown["parameters"] = token.raw[2:].hex()
    return shown


def _shown(command: Command) -> Json:
    values: dict[str, Json] = {"is": type(command).__name__}
    return values | {item.name: json_of(getattr(command, item.name)) for item in fields(command)}
