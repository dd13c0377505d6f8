"""Faults as they are written: ``paper_out@3``, ``cover_open``, ``drop@120x4``, ``garble@out:5``.

After a printer's fault stand the lines that are printed before it; after a line's fault the bytes
that go by before it (``out:`` for those that the printer says), and how many bytes or
milliseconds it lasts.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from pos_guard_simulator.line_faults import (
    FASTEST,
    MAX_AMOUNT,
    MAX_AT,
    SLOWEST,
    USUAL_AMOUNT,
    LineFault,
    LinePlan,
)
from pos_guard_simulator.printer import Fault

MAX_AFTER_LINES = 10_000
"""Lines to a planned fault; a whole roll has about 20,000."""

LINK = "link:"
"""Before the name of a line's fault, where the device has one of that name too."""

_AT = re.compile(r"(?:(?P<way>in|out):)?(?P<at>\d{1,10})(?:x(?P<amount>\d{1,6}))?", re.ASCII)


class Direction(StrEnum):
    """Seen from the device."""

    IN = "in"
    OUT = "out"


@dataclass(frozen=True, slots=True)
class PrinterPlan:
    """A printer's fault, once so many more lines are printed."""

    fault: Fault
    after_lines: int = 0


Trouble = PrinterPlan | LinePlan


def planned(name: str) -> Fault | LineFault:
    """The fault of that name.

    :raises ValueError: there is none; the message names them all.
    """
    if name.removeprefix(LINK) in list(LineFault):
        return LineFault(name.removeprefix(LINK))
    try:
        return Fault(name)
    except ValueError:
        known = ", ".join([*Fault, *LineFault])
        raise ValueError(f"{name!r} is none of: {known}") from None


def parse_fault(text: str) -> Trouble:
    """Read one value of ``--fault``; a colon is taken for the ``@`` too.

    :raises ValueError: no such fault, or no such place for it.
    """
    name, where = _parts(text)
    fault = planned(name)
    if isinstance(fault, LineFault):
        return _on_line(fault, where)
    if where is None:
        return PrinterPlan(fault)
    if where["way"] or where["amount"]:
        raise ValueError(f"{fault} counts lines: {fault}@3")
    return lines_before(fault, int(where["at"]))


def parse_line_fault(text: str) -> LinePlan:
    """Read one value of ``--line-fault``: as ``parse_fault``, but of any line and only of lines.

    :raises ValueError: no such fault of a line, or no such place for it.
    """
    name, where = _parts(text)
    if name.removeprefix(LINK) not in list(LineFault):
        raise ValueError(f"{name!r} is none of: {', '.join(LineFault)}")
    return _on_line(LineFault(name.removeprefix(LINK)), where)


def _parts(text: str) -> tuple[str, re.Match[str] | None]:
    bare = text.removeprefix(LINK)
    name, mark, where = bare.partition("@" if "@" in bare else ":")
    match = _AT.fullmatch(where)
    if mark and match is None:
        raise ValueError(f"{where!r} is no number of lines or bytes")
    return text[: len(text) - len(bare)] + name, match


def _on_line(fault: LineFault, where: re.Match[str] | None) -> LinePlan:
    if where is None:
        return line_plan(fault)
    amount = None if where["amount"] is None else int(where["amount"])
    return line_plan(fault, int(where["at"]), outward=where["way"] == Direction.OUT, amount=amount)


def lines_before(fault: Fault, lines: int) -> PrinterPlan:
    """A printer's fault after so many lines.

    :raises ValueError: more than a roll has.
    """
    if lines > MAX_AFTER_LINES:
        raise ValueError(f"at most {MAX_AFTER_LINES} lines")
    return PrinterPlan(fault, lines)


def line_plan(
    fault: LineFault, at: int = 0, *, outward: bool = False, amount: int | None = None
) -> LinePlan:
    """A line's fault after so many bytes, for its usual amount if none is named.

    :raises ValueError: an amount where there is none, or out of range.
    """
    usual = USUAL_AMOUNT.get(fault)
    if amount is not None and usual is None:
        raise ValueError(f"{fault} takes no amount")
    lasts = (usual or 1) if amount is None else amount
    if fault is LineFault.BAUD_MISMATCH and not SLOWEST <= lasts <= FASTEST:
        raise ValueError(f"at least {SLOWEST} and at most {FASTEST} percent")
    if at > MAX_AT or not 0 < lasts <= MAX_AMOUNT:
        raise ValueError(f"at most {MAX_AT} bytes to it, and 1 to {MAX_AMOUNT} of it")
    return LinePlan(fault, at, outward, lasts)
