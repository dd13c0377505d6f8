"""``pos-guard decode hidpos``: reports of HID POS scanners, one a message, as hidraw has them.

Without a report descriptor the layout is guessed: by its id, its length, and whether an AIM
identifier stands where Honeywell's has it. Nothing but this display guesses.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from pos_guard.errors import FrameError
from pos_guard.frames.codes import classify
from pos_guard.frames.codes_model import Kind
from pos_guard.frames.decoded import Decoded, Json
from pos_guard.frames.hid_pos import LAYOUTS, Layout, Piece, parse_report
from pos_guard.frames.hid_pos_output import HONEYWELL, NEWLAND, parse_serial
from pos_guard.frames.registers import parse_reply
from pos_guard.frames.symbology import symbology

PROTOCOL = "hidpos"
SIZE = 64
"""Bytes of a report; raw input without lines is cut into so many."""

_TOLD, _ENDED = (("]X0", 0x3F), ("]Z6", 0x36))
_OUTPUTS = (HONEYWELL, NEWLAND)
_LONG_NUMBER = re.compile(rb"[0-9]{15}")  # longer than any goods code


def decode(data: bytes) -> Iterator[Decoded]:
    """Each report of 64 bytes, or the one report that ``data`` is."""
    step = SIZE if len(data) > SIZE and len(data) % SIZE == 0 else max(len(data), 1)
    for start in range(0, len(data), step):
        yield _decoded(data[start : start + step])


def _decoded(report: bytes) -> Decoded:
    try:
        if report[0] in _OUTPUTS:
            return _output(report)
        layout = _guessed(report)
        return _input(parse_report(report, layout), layout)
    except FrameError as error:
        # What a broken report holds may be a payment code.
        return Decoded(PROTOCOL, "unknown", report, error=error, secret_ranges=((1, len(report)),))


def _guessed(report: bytes) -> Layout:
    if report[0] == LAYOUTS["microscan"].report:
        return LAYOUTS["microscan"]
    if len(report) == LAYOUTS["62"].size:
        return LAYOUTS["62"]
    framed = report[2:3] == b"]" or report[2:5] == bytes(3)
    return LAYOUTS["honeywell-64" if framed else "newland-64"]


def _input(piece: Piece, layout: Layout) -> Decoded:
    replied = (piece.aim, piece.code_id) in (_TOLD, _ENDED)
    answered = piece.aim is None and _is_reply(piece.data) and not _secret(piece)
    code = piece.code_id
    text = piece.data.decode("utf-8", "backslashreplace")
    fields: dict[str, Json] = {
        "report_id": piece.raw[0],
        "layout": layout.name,
        "length": piece.raw[1],
        "aim": piece.aim,
        "symbology": symbology(piece.aim, piece.data),
        "vendor_code_id": None if code is None else f"{code:02X}",
        "data": piece.data.hex(" ").upper() if answered else text,
        "more": piece.more,
    }
    if answered:
        return Decoded(PROTOCOL, "Register Reply", piece.raw, fields)
    name = "Menu Reply" if replied else "Scanned Data Report"
    if replied or not _secret(piece):
        return Decoded(PROTOCOL, name, piece.raw, fields)
    start = piece.raw.find(piece.data, 2)
    hidden = ((start, start + len(piece.data)),)
    return Decoded(
        PROTOCOL, name, piece.raw, fields, secret_fields=frozenset({"data"}), secret_ranges=hidden
    )


def _is_reply(data: bytes) -> bool:
    """A register engine's answer to a command, by its form and CRC."""
    try:
        parse_reply(data)
    except FrameError:
        return False
    return True


def _secret(piece: Piece) -> bool:
    """A payment code, or a part of a longer code, which may be one."""
    if piece.more or _LONG_NUMBER.search(piece.data):
        return True
    return classify(piece.data, aim=piece.aim).kind is Kind.PAYMENT_CODE


def _output(report: bytes) -> Decoded:
    parsed = parse_serial(report)
    maker = "Honeywell" if parsed.report == HONEYWELL else "Newland"
    fields: dict[str, Json] = {
        "report_id": parsed.report,
        "length": parsed.length,
        "command": parsed.data.hex(" ").upper(),
    }
    error = None
    if parsed.length > len(parsed.data):
        message = f"the count says {parsed.length}, and {len(parsed.data)} bytes are there"
        error = FrameError("length", message, 1)
    return Decoded(PROTOCOL, f"{maker} command", report, fields, error=error)
