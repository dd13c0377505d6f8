"""Raw codes of an SSI scanner (parameter EE = 0): lines, with no packet around them."""

from __future__ import annotations

from pos_guard.frames.lines import LineFramer, LineSettings, ScanLine
from pos_guard.scanners.language import Items, Problem, Scanned


class RawCodes:
    """Bytes in, codes out."""

    def __init__(self, settings: LineSettings) -> None:
        self._lines = LineFramer(settings)

    @property
    def pending(self) -> bool:
        """A code has begun and not ended."""
        return self._lines.pending

    def clear(self) -> None:
        """Forget it."""
        self._lines.reset()

    def feed(self, data: bytes) -> Items:
        """The codes that end with these bytes."""
        return [_scanned(line) for line in self._lines.feed(data)]

    def idle(self) -> Items:
        """Silence: the end of a code, or the end of hope for it."""
        line = self._lines.idle()
        return [] if line is None else [_scanned(line)]


def _scanned(line: ScanLine) -> Scanned:
    problem = Problem.OVERLONG if line.overlong else None if line.ended else Problem.CUT
    return Scanned(
        line.raw,
        b"" if problem else line.payload,
        line.symbology,
        line.aim,
        problem,
        late=line.late,
    )
