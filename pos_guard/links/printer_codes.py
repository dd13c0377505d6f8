"""Who is paid by the codes on a paper, whichever command draws them.

A code that is stored, drawn by the printer, or found in a picture is classified in the same way.
"""

from __future__ import annotations

from pos_guard.errors import FrameError
from pos_guard.frames.codes import Code, Kind, classify
from pos_guard.frames.escpos_commands import Barcode
from pos_guard.frames.escpos_parse import parse
from pos_guard.frames.escpos_scan import Token
from pos_guard.links.printer_tokens import SYMBOLS

UNREADABLE = "unreadable code"
"""Stands for the payee of a code whose command is malformed: some printers draw it all the same."""

_FIRST_SETTING, _STORE = b"A", b"P"
_SYMBOL_HEAD, _CLONE_HEAD = 8, 7
_CODE128_SETS = (b"{A", b"{B", b"{C")


def payees_of_token(token: Token) -> list[str]:
    """The payees of the code that a command carries; ``UNREADABLE`` where nobody can tell."""
    if token.name not in SYMBOLS:
        return []
    try:
        data = _data(token)
    except FrameError:
        return [UNREADABLE]
    return [] if data is None else payees(data)


def payees(data: bytes) -> list[str]:
    """The payees of one code.

    A personal receive code names nobody who could be on the list, so its kind stands for the
    payee: a shop that really prints such codes lists the kind.
    """
    code = classify(data)
    if code.kind is Kind.INVALID:
        code = _in_chinese(data, code)
    if code.kind is Kind.RECEIVE_CODE and not code.payees:
        return [f"{code.scheme}:{code.kind}"]
    return list(code.payees)


def _in_chinese(data: bytes, code: Code) -> Code:
    """A merchant's name in a code may be in the till's own encoding."""
    return classify(data, "gb18030") if code.problems == ("encoding",) else code


def _data(token: Token) -> bytes | None:
    """The data of the symbol; None for a command that only sets or prints one."""
    if token.name == "ESC Z":
        return token.raw[_CLONE_HEAD:]
    if token.name == "GS ( k" and _FIRST_SETTING <= token.raw[6:7] < _STORE:
        return None  # sets how a symbol will look; printers ignore a value that does not exist
    command = parse(token)  # raises for what a printer may draw in its own way
    if isinstance(command, Barcode):
        return _without_set(command.data)
    # Every two-dimensional symbol (QR, PDF417, MaxiCode, DataBar, Aztec, DataMatrix) is stored by
    # function 80, whichever number it has itself.
    if token.name == "GS ( k" and token.raw[6:7] == _STORE:
        return token.raw[_SYMBOL_HEAD:]
    return None


def _without_set(data: bytes) -> bytes:
    return data[2:] if data[:2] in _CODE128_SETS else data
