"""The lines of a serial scanner: where one scan ends, and what came before it.

A scan ends at its terminator, or, for codes that contain line ends (EPC, Swiss), at silence.
CR LF is one end, also when the LF comes late. Control characters stay in for classification.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

MAX_SCAN = 7168
"""Bytes kept of one scan: the largest QR code holds 7,089 digits, plus identifier and prefix."""

_AIM = re.compile(rb"\][A-Za-z][0-9A-Za-z]")


class End(StrEnum):
    """What ends a scan."""

    CR = "cr"
    LF = "lf"
    CRLF = "crlf"
    TAB = "tab"
    ANY = "any"
    IDLE = "idle"


_ENDS: dict[End, re.Pattern[bytes]] = {
    End.CR: re.compile(rb"\r\n?"),
    End.LF: re.compile(rb"\r?\n"),
    End.CRLF: re.compile(rb"\r\n"),
    End.TAB: re.compile(rb"\t"),
    End.ANY: re.compile(rb"\r\n|\r|\n|\t"),
}
_LAST_END = re.compile(rb"(?:\r\n|\r|\n|\t)\Z")

# AIM code characters (ISO/IEC 15424).
_SYMBOLOGIES = {
    "A": "code39",
    "C": "code128",
    "E": "ean",
    "F": "codabar",
    "G": "code93",
    "I": "itf",
    "L": "pdf417",
    "Q": "qr",
    "d": "datamatrix",
    "e": "databar",
    "h": "hanxin",
    "z": "aztec",
}


def symbology(aim: str | None) -> str | None:
    """The symbology that an AIM identifier names (``]Q1`` is ``qr``), or None."""
    return None if aim is None else _SYMBOLOGIES.get(aim[1:2])


@dataclass(frozen=True, slots=True)
class LineSettings:
    """How a scanner is set: its terminator, the prefix and suffix it adds, AIM identifiers."""

    end: End = End.ANY
    prefix: bytes = b""
    suffix: bytes = b""
    aim: bool = True


@dataclass(frozen=True, slots=True)
class ScanLine:
    """One scan: the very bytes, the code in them, and its AIM identifier.

    ``ended``: its terminator came (or silence is the terminator); a cut scan is never whole.
    ``overlong``: more than ``MAX_SCAN`` bytes came; they were dropped. ``late``: only the LF of
    the line before, which came after it; it goes where that line went.
    """

    raw: bytes
    payload: bytes
    aim: str | None = None
    ended: bool = True
    overlong: bool = False
    late: bool = False


class LineFramer:
    """Bytes in, whole scans out."""

    def __init__(self, settings: LineSettings | None = None) -> None:
        self.settings = settings or LineSettings()
        self._buffer = bytearray()
        self._overlong = False
        self._after_cr = False
        self._after_empty = False

    @property
    def pending(self) -> bool:
        """A scan has begun and not ended."""
        return bool(self._buffer) or self._overlong

    def reset(self) -> None:
        """Forget a scan that began: the device is gone."""
        self._buffer.clear()
        self._overlong = self._after_cr = False

    def feed(self, data: bytes) -> list[ScanLine]:
        """The scans that ``data`` completes, in order. Empty lines are no scans."""
        lines: list[ScanLine] = []
        if self._after_cr and data:
            self._after_cr = False
            if data[:1] == b"\n":
                # After an empty line there is no line that a late LF could belong to.
                lines += [] if self._after_empty else [ScanLine(b"\n", b"", late=True)]
                data = data[1:]
        end = _ENDS.get(self.settings.end)
        # A CR LF may be split between two reads.
        search_from = max(0, len(self._buffer) - 1)
        self._buffer += data
        while end is not None and (match := end.search(self._buffer, search_from)):
            lines += self._take(match.start(), match.end())
            search_from = 0
        self._bound()
        return lines

    def idle(self) -> ScanLine | None:
        """Nothing came for a while: what there is, whole only where silence is the end."""
        self._after_cr = False
        if not self.pending:
            return None
        raw, overlong = bytes(self._buffer), self._overlong
        self._buffer.clear()
        self._overlong = False
        if overlong:
            return ScanLine(b"", b"", overlong=True)
        silent = self.settings.end is End.IDLE
        payload = _LAST_END.sub(b"", raw) if silent else raw
        return self._line(raw, payload, ended=silent) if payload else None

    def _take(self, start: int, stop: int) -> list[ScanLine]:
        raw, payload = bytes(self._buffer[:stop]), bytes(self._buffer[:start])
        del self._buffer[:stop]
        self._after_cr = raw.endswith(b"\r") and not self._buffer
        self._after_empty = not payload
        if self._overlong or len(payload) > MAX_SCAN:
            self._overlong = False
            return [ScanLine(b"", b"", overlong=True)]
        return [self._line(raw, payload, ended=True)] if payload else []

    def _bound(self) -> None:
        if len(self._buffer) > MAX_SCAN:
            self._overlong = True
        if self._overlong:
            del self._buffer[:-1]  # a CR may wait for its LF

    def _line(self, raw: bytes, payload: bytes, *, ended: bool) -> ScanLine:
        code = payload.removeprefix(self.settings.prefix).removesuffix(self.settings.suffix)
        aim = None
        if self.settings.aim and _AIM.match(code):
            aim, code = code[:3].decode("ascii"), code[3:]
        return ScanLine(raw, code, aim, ended=ended)
