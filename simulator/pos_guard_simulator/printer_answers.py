"""The blocks that a printer answers with. Source: Epson's reference, tables of GS I and GS ( H."""

from __future__ import annotations

from pos_guard.errors import LocalError
from pos_guard.frames.escpos_status import Condition, build_realtime
from pos_guard.frames.printer_models import PrinterModel

POWER_OFF_NOTICE = b"\x3b\x30\x00"
POWER_ON_NOTICE = b"\x3b\x31\x00"
"""Epson TM-U230 manual, page 578: header 3Bh, identifier 31h, NUL."""

BUFFER_CLEARED = b"\x37\x25\x00"

NV_BYTES = 393_216
"""Memory for stored pictures as delivered (384 kB, as in the TM-T88V)."""

_MODEL_ID = 0x20
"""GS I 1: TM-T88III and its successors."""

_EPSON_ONLY = {65: "1.00 SIM", 68: "SIM0000001"}
"""What every Epson tells and no model file says, as it differs from one piece to the next."""


def identity(number: int, model: PrinterModel) -> bytes:
    """GS I: one byte for 1 to 3 (or 49 to 51), else a block; nothing for what it does not have."""
    if number in (1, 2, 3, 49, 50, 51):
        return bytes((_type_byte(number % 48, model),))
    text = model.identity.get(number)
    if text is None and model.dialect == "epson":
        text = _EPSON_ONLY.get(number)
    if text is None:
        return b""
    data = text.encode("ascii", errors="replace")
    if number in (33, 35, 96, 110):
        return bytes((0x3D, number)) + data + b"\x00"
    return b"\x5f" + data + b"\x00"


def _type_byte(number: int, model: PrinterModel) -> int:
    """1 the model, 2 what it has (bit 0 two-byte characters, bit 1 cutter), 3 the firmware."""
    if number == 1:
        return _MODEL_ID
    if number == 2:
        return int(bool(model.kanji)) | (model.cutter != "none") << 1
    return 1


def process_id(identifier: bytes) -> bytes:
    """GS ( H 48: everything before it is printed."""
    return b"\x37\x22" + identifier + b"\x00"


def offline_response(state: Condition, *, causes: bool) -> bytes:
    """GS ( H 49: the printer has gone offline.

    The causes are those of DLE EOT 2 and 3 with bit 6 fixed. The identifier 23h is the free one
    between 22h (process id) and 25h (buffers cleared): no manual that could be read names it.
    """
    cause = b""
    if causes:
        why, error = build_realtime(2, state)[0], build_realtime(3, state)[0]
        cause = bytes((why & 0x2C | 0x40, error & 0x2C | 0x40))
    return b"\x37\x23" + cause + b"\x00"


def capacity(function: int, used: int) -> bytes:
    """GS ( L 0 or 48: memory for stored pictures; 3 or 51: what is left of it."""
    left = NV_BYTES if function % 48 == 0 else max(NV_BYTES - used, 0)
    return bytes((0x37, 0x30 + (function % 48 == 3))) + str(left).encode() + b"\x00"


def qr_size(data: bytes, level: str, dots: int, width: int) -> bytes:
    """GS ( k 82: width and height of the stored symbol in dots, and whether it fits the paper.

    :raises LocalError: without segno, naming the command that installs it.
    """
    side = _modules(data, level) * dots
    number = str(side).encode()
    fits = b"0" if 0 < side <= width else b"1"
    return b"\x37\x36" + number + b"\x1f" + number + b"\x1f1\x1f" + fits + b"\x00"


def _modules(data: bytes, level: str) -> int:
    """Modules along a side; 0 when no symbol can hold the data."""
    try:
        import segno
    except ImportError as error:  # pragma: no cover - needs an environment without it
        raise LocalError('QR sizes need segno: pip install "pos-guard[simulator]"') from error
    if not data:
        return 0
    try:
        code = segno.make(data, error=level, micro=False, boost_error=False)
    except segno.DataOverflowError:
        return 0
    return len(code.matrix)
