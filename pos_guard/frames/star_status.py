"""The automatic status (ASB) of Star printers: bytes to three-valued states, and back.

Layout: Star Line Mode Command Specifications, 5-7 to 5-11 (HSP7000, version 3: nine bytes); the
paper bits of printer status 4 as ReceiptPrinterStatus and receiptio read them. The first byte says
how long a status is, so older and newer printers send fewer or more bytes.
"""

from __future__ import annotations

from dataclasses import dataclass

from construct import BitsInteger, BitStruct, Const, ConstructError, Flag, Struct, Terminated

from pos_guard.errors import FrameError
from pos_guard.frames.escpos_status import Condition, PrinterStatus

MIN_ASB = 7
"""Bytes of the shortest status: two of header, printer status 1 to 5 (TSP600 version 1)."""

MAX_COUNT = 32
"""The ETB counter goes on from 31 to 0."""

_LENGTH_BYTES = 2
_ETB_BYTE = 7
_VERSION_3 = 0x06
_ZERO, _ONE = Const(0, BitsInteger(1)), Const(1, BitsInteger(1))
_BIT = BitsInteger(1)

_ASB = Struct(
    "head" / BitStruct(_ZERO, _BIT, _BIT, _ZERO, _BIT, _BIT, _BIT, _ONE),
    "version" / BitStruct("extended" / Flag, _BIT, _BIT, _ZERO, _BIT, _BIT, _BIT, _ZERO),
    "state"
    / BitStruct(
        _ZERO,
        "switch" / Flag,
        "cover_open" / Flag,
        _ZERO,
        "offline" / Flag,
        "drawer" / Flag,
        "etb" / Flag,
        _ZERO,
    ),
    "error"
    / BitStruct(
        _ZERO,
        "head_hot" / Flag,
        "unrecoverable" / Flag,
        _ZERO,
        "cutter" / Flag,
        "mechanical" / Flag,
        _BIT,
        _ZERO,
    ),
    "more"
    / BitStruct(
        _ZERO,
        "overflow" / Flag,
        _BIT,
        _ZERO,
        "black_mark" / Flag,
        "jam" / Flag,
        "head_up" / Flag,
        _ZERO,
    ),
    "paper"
    / BitStruct(
        _ZERO, _BIT, _BIT, _ZERO, "empty" / Flag, "near_inner" / Flag, "near_outer" / Flag, _ZERO
    ),
    "slip" / BitStruct(_ZERO, _BIT, _BIT, _ZERO, _BIT, _BIT, _BIT, _ZERO),
    Terminated,
)
_COUNTER = Struct(
    "bits" / BitStruct(_ZERO, "high" / BitsInteger(2), _ZERO, "low" / BitsInteger(3), _ZERO),
    Terminated,
)


@dataclass(frozen=True, slots=True)
class StarStatus:
    """One status. ``etb``: an ETB was reached since the last one; ``count``: how many, modulo 32.

    ``count`` is None where the printer sends none.
    """

    state: PrinterStatus
    etb: bool
    count: int | None


def asb_length(first: int, second: int) -> int:
    """Bytes of a status that begins so; its own length field included, what that counts not."""
    length = (first >> 2 & 0x18) | (first >> 1 & 0x07)
    return length + (_LENGTH_BYTES if second & 0x80 else 0)


def parse_asb(raw: bytes) -> StarStatus:
    """A whole status; what follows its known bytes is a newer version's.

    :raises FrameError: ``malformed`` when its fixed bits or its length are wrong.
    """
    if len(raw) < MIN_ASB or len(raw) < asb_length(raw[0], raw[1]):
        raise FrameError("malformed", f"a Star status of {len(raw)} bytes is cut")
    try:
        form = _ASB.parse(raw[:MIN_ASB])
        own = asb_length(raw[0], 0)
        count = _count(raw[_ETB_BYTE]) if own > _ETB_BYTE else None
    except ConstructError as error:
        raise FrameError("malformed", f"no Star status: it begins {raw[:4].hex()}") from error
    failed = any(
        (
            *(form.error.head_hot, form.error.unrecoverable, form.error.cutter),
            *(form.error.mechanical, form.more.black_mark, form.more.jam, form.more.head_up),
        )
    )
    state = PrinterStatus(
        online=not form.state.offline,
        paper=not form.paper.empty,
        near_end=bool(form.paper.near_inner or form.paper.near_outer),
        cover_open=bool(form.state.cover_open),
        error=failed,
        drawer_high=bool(form.state.drawer),
    )
    return StarStatus(state, bool(form.state.etb), count)


def _count(byte: int) -> int:
    bits = _COUNTER.parse(bytes((byte,))).bits
    return int(bits.high) << 3 | int(bits.low)


def build_asb(state: Condition, *, etb: bool = False, count: int = 0) -> bytes:
    """The nine bytes of version 3."""
    near = state.near_end and state.near_end_sensor
    recoverable = state.recoverable << 2
    return bytes(
        (
            0x23,
            _VERSION_3,
            state.fed_by_button << 6
            | state.cover_open << 5
            | (not state.online) << 3
            | state.drawer_high << 2
            | etb << 1,
            state.auto_recoverable << 6
            | state.unrecoverable << 5
            | state.cutter_error << 3
            | recoverable,
            0,
            (not state.paper) << 3 | near << 2,
            0,
            (count >> 3 & 3) << 5 | (count & 7) << 1,
            0,
        )
    )
