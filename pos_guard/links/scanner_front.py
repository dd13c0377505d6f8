"""The scanner as the till sees it: the till's side of a scanner link, without I/O.

A front hands allowed scans on in the form in which this till expects them, and says what the till
wants of the scanner. It never decides anything.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Protocol

from pos_guard.frames.lines import End, LineSettings
from pos_guard.links.session import Effect, ToApp
from pos_guard.scanners.language import Reply, Scanned


@dataclass(frozen=True, slots=True)
class ToScanner:
    """The till tells the scanner this; the scanner's language knows how it gets there."""

    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class NotTaken:
    """The till did not acknowledge a scan; it is not offered again."""


FrontItem = Effect | ToScanner | NotTaken
FrontItems = list[FrontItem]


class Front(Protocol):
    """One till. ``timer`` is the name of the one timer that a front may set."""

    timer_name: str

    def connected(self) -> FrontItems:
        """The till is there (again): what was said to it before is gone."""
        ...

    def closed(self) -> FrontItems:
        """The till hung up."""
        ...

    def heard(self, data: bytes) -> FrontItems:
        """The till sent bytes."""
        ...

    def scan(self, scanned: Scanned) -> FrontItems:
        """An allowed scan, with the very bytes of its code."""
        ...

    def late(self, scanned: Scanned) -> FrontItems:
        """The LF that belongs to the scan before, which the till got."""
        ...

    def flagged(self, scanned: Scanned, flag: str) -> FrontItems:
        """A scan that a rule speaks against, with a flag before its code.

        :raises LocalError: when this till's line cannot carry both.
        """
        ...

    def text(self, scanned: Scanned, text: str) -> FrontItems:
        """A text in the place of a refused scan.

        :raises LocalError: for a text that this till's line cannot carry.
        """
        ...

    def reply(self, reply: Reply) -> FrontItems:
        """The scanner's answer to the till's command, or something that it tells unasked."""
        ...

    def timer(self) -> FrontItems:
        """Its timer has run out."""
        ...


_ENDS = {End.CR: b"\r", End.LF: b"\n", End.CRLF: b"\r\n", End.TAB: b"\t"}
_LAST_END = re.compile(rb"(?:\r\n|\r|\n|\t)\Z")


class PlainFront:
    """A till on a byte line: it gets the very bytes of a scan, and its own pass.

    Answers of the scanner reach it once it has told the scanner anything: before, they are answers
    to the guard.
    """

    timer_name = ""

    def __init__(self, lines: LineSettings | None = None, encoding: str = "utf-8") -> None:
        self._lines = lines or LineSettings()
        self._encoding = encoding
        self._told = False

    def connected(self) -> FrontItems:
        """Nothing is kept."""
        self._told = False
        return []

    def closed(self) -> FrontItems:
        """Nothing is kept."""
        self._told = False
        return []

    def heard(self, data: bytes) -> FrontItems:
        """Commands pass."""
        self._told = True
        return [ToScanner(data)]

    def scan(self, scanned: Scanned) -> FrontItems:
        """As it came."""
        return [ToApp(scanned.raw)]

    def late(self, scanned: Scanned) -> FrontItems:
        """As it came."""
        return [ToApp(scanned.raw)]

    def flagged(self, scanned: Scanned, flag: str) -> FrontItems:
        """The flag, then the scan as it came."""
        return [ToApp(flag.encode(self._encoding) + scanned.raw)]

    def text(self, scanned: Scanned, text: str) -> FrontItems:
        """The text, in the scanner's own prefix, suffix and line end."""
        setting = self._lines
        body = setting.prefix + text.encode(self._encoding) + setting.suffix
        return [ToApp(body + self._end(scanned.raw))]

    def reply(self, reply: Reply) -> FrontItems:
        """As it came."""
        return [ToApp(reply.raw)] if self._told else []

    def timer(self) -> FrontItems:
        """It has none."""
        return []

    def _end(self, raw: bytes) -> bytes:
        """The line end of this scanner: the one that is set, else the one of this very scan."""
        if self._lines.end in _ENDS:
            return _ENDS[self._lines.end]
        if self._lines.end is End.SUFFIX:
            return b""
        found = _LAST_END.search(raw)
        if found is not None:
            return found[0]
        return b"" if self._lines.end is End.IDLE else b"\r"
