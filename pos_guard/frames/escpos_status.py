"""What ESC/POS printers answer to status requests: bytes to three-valued states, and back.

Layouts: Epson TM-T88III and TM-U220 manuals (DLE EOT n, GS a, GS r); Citizen and Bixolon agree.
Fixed bits are part of every definition: a byte of another reply is a FrameError, never a state.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from construct import BitsInteger, BitStruct, Const, ConstructError, Flag, Struct, Terminated

from pos_guard.errors import FrameError, LocalError

Bit = BitsInteger(1)
_ZERO, _ONE = Const(0, Bit), Const(1, Bit)


def _eot(*names: str) -> Struct:
    """``0abc1xx10`` of A.2: bits 6, 5, 3 and 2 carry the meaning of one DLE EOT reply."""
    six, five, three, two = (name / Flag for name in names)
    return Struct("bits" / BitStruct(_ZERO, six, five, _ONE, three, two, _ONE, _ZERO), Terminated)


_EOT: Mapping[int, Struct] = {
    1: _eot("feed_button", "waiting", "offline", "drawer_high"),
    2: _eot("error", "paper_stop", "feed_button", "cover_open"),
    3: _eot("auto_recoverable", "unrecoverable", "cutter", "recoverable"),
    4: _eot("paper_end", "paper_end_2", "near_end", "near_end_2"),
}
_ASB = Struct(
    "one"
    / BitStruct(
        _ZERO,
        "fed_by_button" / Flag,
        "cover_open" / Flag,
        _ONE,
        "offline" / Flag,
        "drawer_high" / Flag,
        _ZERO,
        _ZERO,
    ),
    "two"
    / BitStruct(
        _ZERO,
        "auto_recoverable" / Flag,
        "unrecoverable" / Flag,
        _ZERO,
        "cutter" / Flag,
        "recoverable" / Flag,
        "feed_button" / Flag,
        "waiting" / Flag,
    ),
    "three"
    / BitStruct(
        _ZERO,
        "reserved" / BitsInteger(2),
        _ZERO,
        "paper_end" / Flag,
        "paper_end_2" / Flag,
        "near_end" / Flag,
        "near_end_2" / Flag,
    ),
    "four" / BitStruct(_ZERO, "slip_1" / BitsInteger(2), _ZERO, "slip_2" / BitsInteger(4)),
    Terminated,
)
_PAPER = Struct(
    "bits"
    / BitStruct(
        _ZERO,
        "reserved" / BitsInteger(2),
        _ZERO,
        "paper_end" / Flag,
        "paper_end_2" / Flag,
        "near_end" / Flag,
        "near_end_2" / Flag,
    ),
    Terminated,
)
_DRAWER = Struct(
    "bits"
    / BitStruct(
        _ZERO, "reserved" / BitsInteger(2), _ZERO, "rest" / BitsInteger(3), "drawer_high" / Flag
    ),
    Terminated,
)


@dataclass(frozen=True, slots=True)
class PrinterStatus:
    """What is known of a printer: True, False, or None for "it has not said".

    ``paper``: there is paper. ``near_end``: it is running out (None too where there is no
    sensor and the printer says so by silence). ``drawer_high`` is the level of connector pin 3;
    which level means open depends on the drawer. ``error`` is a cutter, head or other failure.
    """

    online: bool | None = None
    paper: bool | None = None
    near_end: bool | None = None
    cover_open: bool | None = None
    error: bool | None = None
    drawer_high: bool | None = None

    def updated(self, newer: PrinterStatus) -> PrinterStatus:
        """The newer reply's states, and the older ones where it says nothing."""
        known = {
            item.name: getattr(newer, item.name)
            for item in fields(newer)
            if getattr(newer, item.name) is not None
        }
        return replace(self, **known)

    @property
    def ready(self) -> bool | None:
        """Online, closed, no error, with paper: True; False for any contrary reply; else None."""
        states = (self.online, self.paper, _no(self.cover_open), _no(self.error))
        if False in states:
            return False
        return True if self.online and self.paper else None


@dataclass(frozen=True, slots=True)
class Condition:
    """The whole state of a printer, as its own firmware knows it: what the replies are built of.

    ``near_end_sensor``: without one, paper end is 72h in DLE EOT 4, with one 7Eh. The errors are
    those of DLE EOT 3; ``auto_recoverable`` ones go by themselves (head too hot). ``waiting`` is
    for online recovery; ``feed_button`` is held down, ``fed_by_button``: paper moves for it.
    """

    online: bool = True
    paper: bool = True
    near_end: bool = False
    cover_open: bool = False
    cutter_error: bool = False
    drawer_high: bool = False
    near_end_sensor: bool = True
    recoverable: bool = False
    unrecoverable: bool = False
    auto_recoverable: bool = False
    waiting: bool = False
    feed_button: bool = False
    fed_by_button: bool = False

    @property
    def error(self) -> bool:
        """Any error of DLE EOT 3."""
        return self.cutter_error or self.recoverable or self.unrecoverable or self.auto_recoverable


def parse_realtime(number: int, reply: int) -> PrinterStatus:
    """The reply byte to DLE EOT ``number`` (1 to 4).

    :raises FrameError: ``malformed`` when its fixed bits are wrong; LocalError for other numbers.
    """
    if number not in _EOT:
        raise LocalError(f"DLE EOT {number} is none of 1 to 4")
    bits = _read(_EOT[number], bytes((reply,))).bits
    if number == 1:
        return PrinterStatus(online=not bits.offline, drawer_high=bool(bits.drawer_high))
    if number == 2:
        return PrinterStatus(
            cover_open=bool(bits.cover_open),
            error=bool(bits.error),
            paper=False if bits.paper_stop else None,
        )
    if number == 3:
        return PrinterStatus(error=_failed(bits) or None)
    return _paper_of(bits)


def parse_asb(reply: bytes) -> PrinterStatus:
    """The four bytes of automatic status (GS a).

    :raises FrameError: ``malformed`` when they are no such four bytes.
    """
    form = _read(_ASB, reply)
    return PrinterStatus(
        online=not form.one.offline,
        cover_open=bool(form.one.cover_open),
        error=_failed(form.two),
        drawer_high=bool(form.one.drawer_high),
    ).updated(_paper_of(form.three))


def parse_status(number: int, reply: int) -> PrinterStatus:
    """The reply byte to GS r 1 (paper) or GS r 2 (drawer), also as 49 and 50.

    :raises FrameError: ``malformed`` when its fixed bits are wrong.
    """
    if number in (1, 49):
        return _paper_of(_read(_PAPER, bytes((reply,))).bits)
    return PrinterStatus(drawer_high=bool(_read(_DRAWER, bytes((reply,))).bits.drawer_high))


def build_realtime(number: int, state: Condition) -> bytes:
    """The reply to DLE EOT ``number`` (1 to 4)."""
    values: dict[str, bool] = {
        "offline": not state.online,
        "drawer_high": state.drawer_high,
        "cover_open": state.cover_open,
        "paper_stop": not state.paper,
        "error": state.error,
        "feed_button": state.fed_by_button if number == 2 else state.feed_button,
        "waiting": state.waiting,
        **_error_bits(state),
        **_paper_bits(state),
    }
    return bytes(_EOT[number].build({"bits": values}))


def build_asb(state: Condition) -> bytes:
    """The four bytes of automatic status."""
    one = {
        "fed_by_button": state.fed_by_button,
        "cover_open": state.cover_open,
        "offline": not state.online,
        "drawer_high": state.drawer_high,
    }
    two = {"feed_button": state.feed_button, "waiting": state.waiting}
    return bytes(
        _ASB.build(
            {
                "one": one,
                "two": two | _error_bits(state),
                "three": {"reserved": 0, **_paper_bits(state)},
                "four": {"slip_1": 0, "slip_2": 0},
            }
        )
    )


def build_status(number: int, state: Condition) -> bytes:
    """The reply to GS r 1 or GS r 2."""
    if number in (1, 49):
        return bytes(_PAPER.build({"bits": {"reserved": 0, **_paper_bits(state)}}))
    return bytes(
        _DRAWER.build({"bits": {"reserved": 0, "rest": 0, "drawer_high": state.drawer_high}})
    )


def _error_bits(state: Condition) -> dict[str, bool]:
    return {
        "recoverable": state.recoverable,
        "cutter": state.cutter_error,
        "unrecoverable": state.unrecoverable,
        "auto_recoverable": state.auto_recoverable,
    }


def _paper_bits(state: Condition) -> dict[str, bool]:
    end = not state.paper
    near = state.near_end_sensor and (state.near_end or end)
    return {"paper_end": end, "paper_end_2": end, "near_end": near, "near_end_2": near}


def _paper_of(bits: Any) -> PrinterStatus:  # noqa: ANN401 - construct's container ends here
    """Both bits of a pair always agree on a sound printer; either one counts as the warning."""
    end = bool(bits.paper_end or bits.paper_end_2)
    return PrinterStatus(paper=not end, near_end=bool(bits.near_end or bits.near_end_2) or end)


def _failed(bits: Any) -> bool:  # noqa: ANN401 - construct's container
    """Any error, also the one that goes by itself (head too hot): nothing prints meanwhile."""
    return bool(bits.cutter or bits.recoverable or bits.unrecoverable or bits.auto_recoverable)


def _no(state: bool | None) -> bool | None:
    return None if state is None else not state


def _read(form: Struct, raw: bytes) -> Any:  # noqa: ANN401 - construct's container
    try:
        return form.parse(raw)
    except ConstructError as error:
        raise FrameError("malformed", f"{raw.hex()} is no such status reply", 0) from error
