"""The lines of a serial scanner: where one scan ends, and what came before it.

A scan ends at its terminator, or, for codes that contain line ends (EPC, Swiss, Thai bills), at
silence. CR LF is one end, also when the LF comes late. Control characters stay in for
classification.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from pos_guard.frames.symbology import AIM, Symbology, Vendor, symbology
from pos_guard.frames.symbology_ids import code_ids, take_id

MAX_SCAN = 7168
"""Bytes kept of one scan: the largest QR code holds 7,089 digits, plus identifier and prefix."""

MAX_AFFIX = 32
"""Bytes of a prefix or suffix: more than any scanner lets one set (Datalogic: 20)."""


class End(StrEnum):
    """What ends a scan."""

    CR = "cr"
    LF = "lf"
    CRLF = "crlf"
    TAB = "tab"
    ANY = "any"
    """CR, LF, CR LF or TAB, whichever comes."""
    SUFFIX = "suffix"
    """The suffix of the settings, such as ETX, and nothing else."""
    IDLE = "idle"
    """Silence: the scanner has no terminator, or codes contain it. One at the end is taken off."""


_ENDS: dict[End, re.Pattern[bytes]] = {
    End.CR: re.compile(rb"\r\n?"),
    End.LF: re.compile(rb"\r?\n"),
    End.CRLF: re.compile(rb"\r\n"),
    End.TAB: re.compile(rb"\t"),
    End.ANY: re.compile(rb"\r\n|\r|\n|\t"),
}
_LAST_END = re.compile(rb"(?:\r\n|\r|\n|\t)\Z")


@dataclass(frozen=True, slots=True)
class LineSettings:
    """How a scanner is set: its terminator, the prefix and suffix it adds, identifiers.

    ``aim``: AIM identifiers are known by themselves. ``code_ids``: whose identifiers come before
    a code (and what ``]X`` means); ``ids`` are further ones, as the scanner's owner chose them.
    With a prefix that begins with LF, an LF after CR is the prefix: CR LF is then ``crlf``.

    :raises ValueError: for settings that no scanner can have.
    """

    end: End = End.ANY
    prefix: bytes = b""
    suffix: bytes = b""
    aim: bool = True
    code_ids: Vendor = Vendor.NONE
    ids: Mapping[bytes, Symbology] = field(default_factory=dict[bytes, Symbology])

    def __post_init__(self) -> None:
        if max(len(self.prefix), len(self.suffix)) > MAX_AFFIX:
            raise ValueError(f"a prefix or suffix has at most {MAX_AFFIX} bytes")
        if self.end is End.SUFFIX and not self.suffix:
            raise ValueError("the suffix is the end of a scan, but there is none")


@dataclass(frozen=True, slots=True)
class ScanLine:
    """One scan: the very bytes, the code in them, its identifier and the symbology it names.

    ``ended``: its terminator came (or silence is the terminator); a cut scan is never whole.
    ``overlong``: more than ``MAX_SCAN`` bytes came; they were dropped. ``late``: only the LF of
    the line before, which came after it; it goes where that line went.
    """

    raw: bytes = field(repr=False)
    payload: bytes = field(repr=False)
    aim: str | None = None
    ended: bool = True
    overlong: bool = False
    late: bool = False
    symbology: Symbology | None = None


class LineFramer:
    """Bytes in, whole scans out."""

    def __init__(self, settings: LineSettings | None = None) -> None:
        self.settings = settings or LineSettings()
        self._ids = {**code_ids(self.settings.code_ids), **self.settings.ids}
        self._end = self._pattern()
        # A terminator may be split between two reads: so much of its start may be in the buffer.
        self._kept = max(1, len(self.settings.suffix) - 1)
        self._buffer = bytearray()
        self._overlong = False
        self._searched = 0
        self._after_cr = False
        self._after_empty = False

    @property
    def pending(self) -> bool:
        """A scan has begun and not ended."""
        return bool(self._buffer) or self._overlong

    def reset(self) -> None:
        """Forget a scan that began: the device is gone."""
        self._drop()
        self._after_cr = False

    def feed(self, data: bytes) -> list[ScanLine]:
        """The scans that ``data`` completes, in order. Empty lines are no scans."""
        lines: list[ScanLine] = []
        if self._after_cr and data:
            self._after_cr = False
            if data[:1] == b"\n":
                # After an empty line there is no line that a late LF could belong to.
                lines += [] if self._after_empty else [ScanLine(b"\n", b"", late=True)]
                data = data[1:]
        self._buffer += data
        while end := self._next_end():
            lines += self._take(end.start(), end.end())
        self._bound()
        return lines

    def idle(self) -> ScanLine | None:
        """Nothing came for a while: what there is, whole only where silence is the end."""
        if not self.pending:
            return None
        raw, overlong = bytes(self._buffer), self._overlong
        self._drop()
        if overlong:
            return ScanLine(b"", b"", overlong=True)
        silent = self.settings.end is End.IDLE
        payload = self._without_end(raw) if silent else raw
        return self._line(raw, payload, ended=silent) if payload else None

    def _drop(self) -> None:
        self._buffer.clear()
        self._overlong = False
        self._searched = 0

    def _pattern(self) -> re.Pattern[bytes] | None:
        if self.settings.end is End.SUFFIX:
            return re.compile(re.escape(self.settings.suffix))
        return _ENDS.get(self.settings.end)

    def _next_end(self) -> re.Match[bytes] | None:
        """The first end in the buffer, beyond what was searched before."""
        if self._end is None:
            return None
        start = max(0, self._searched - self._kept)
        prefix = self.settings.prefix
        if prefix and not self._overlong:
            # A prefix may hold what ends a scan (LF before, CR after): it ends nothing there.
            head = bytes(self._buffer[: len(prefix)])
            if prefix.startswith(head) and len(head) < len(prefix):
                return None
            start = max(start, len(prefix) if head == prefix else 0)
        self._searched = len(self._buffer)
        return self._end.search(self._buffer, start)

    def _take(self, start: int, stop: int) -> list[ScanLine]:
        raw, payload = bytes(self._buffer[:stop]), bytes(self._buffer[:start])
        del self._buffer[:stop]
        self._searched = 0
        awaited = raw.endswith(b"\r") and not self._buffer and self.settings.end is not End.SUFFIX
        self._after_cr = awaited and not self.settings.prefix.startswith(b"\n")
        self._after_empty = not payload
        if self._overlong or len(payload) > MAX_SCAN:
            self._overlong = False
            return [ScanLine(b"", b"", overlong=True)]
        return [self._line(raw, payload, ended=True)] if payload else []

    def _without_end(self, raw: bytes) -> bytes:
        suffix = self.settings.suffix
        return raw if suffix and raw.endswith(suffix) else _LAST_END.sub(b"", raw)

    def _bound(self) -> None:
        if len(self._buffer) > MAX_SCAN:
            self._overlong = True
        if self._overlong:
            del self._buffer[: -self._kept]
            self._searched = len(self._buffer)

    def _line(self, raw: bytes, payload: bytes, *, ended: bool) -> ScanLine:
        settings = self.settings
        code = payload.removeprefix(settings.prefix).removesuffix(settings.suffix)
        if settings.aim and AIM.match(code):
            aim, code = code[:3].decode("ascii"), code[3:]
            named = symbology(aim, code, settings.code_ids)
            return ScanLine(raw, code, aim, ended=ended, symbology=named)
        named, code = take_id(code, self._ids)
        return ScanLine(raw, code, None, ended=ended, symbology=named)
