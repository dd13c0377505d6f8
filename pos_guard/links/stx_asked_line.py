"""A terminal's line on which the answer to "what was the last one?" looks like any other answer.

The last result may be an older customer's: taken for the answer to an open payment, it would be
booked as paid. So the line counts the questions that went out and marks as many answers. One that
the terminal never answered makes the next answer a marked one: that request becomes unknown and is
asked about, which is safe.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from pos_guard.frames.stx import StxFormat
from pos_guard.links.dialect import Fate, Heard
from pos_guard.links.session import Effect, Effects
from pos_guard.links.stx_line import StxLine, StxTiming

_MARK = b"\x00last:"
"""No body of these protocols begins with a control character."""

MAX_OWED = 8
"""Questions without an answer that are counted: the guard asks three times."""


@dataclass(frozen=True, slots=True)
class Asking:
    """Which units ask for the last result, and which can be its answer."""

    asks: Callable[[bytes], bool]
    answers: Callable[[bytes], bool]


def is_last(unit: bytes) -> bool:
    """It answers the question for the last result."""
    return unit.startswith(_MARK)


def bare(unit: bytes) -> bytes:
    """The unit as it came."""
    return unit.removeprefix(_MARK)


class AskedLine(StxLine):
    """``StxLine`` that marks the answers to questions for the last result."""

    def __init__(
        self,
        prefix: str,
        out: Callable[[bytes], Effect],
        form: StxFormat,
        timing: StxTiming,
        asking: Asking,
    ) -> None:
        super().__init__(prefix, out, form, timing)
        self._asking = asking
        self._owed = 0

    def send(self, unit: bytes) -> Effects:
        """Send a unit, and remember that it asks."""
        if self._asking.asks(unit):
            self._owed = min(self._owed + 1, MAX_OWED)
        return super().send(unit)

    def withdraw(self, unit: bytes) -> Fate:
        """A question that never left has no answer."""
        fate = super().withdraw(unit)
        if fate is Fate.KEPT and self._asking.asks(unit):
            self._owed = max(self._owed - 1, 0)
        return fate

    def reset(self) -> Effects:
        """The connection is new or gone: no answer comes any more."""
        self._owed = 0
        return super().reset()

    def _frame(self, body: bytes, heard: Heard) -> None:
        before = len(heard.units)
        super()._frame(body, heard)
        if len(heard.units) > before and self._owed and self._asking.answers(body):
            self._owed -= 1
            heard.units[-1] = _MARK + body
