"""HID POS bar code scanners: input reports with a scan, or a part of one.

Sources: HID Point of Sale Usage Tables 1.02 clause 3 (usage page 8C); Hand Held Products 2020-5b
manual p. 1-11 and Access-IS LSR118 manual p. 68 (honeywell-64); IDTech 2DSCAN FX100 manual p. 49
and QUIO QU-R-302 manual p. 79 (newland-64); Microscan MS-4 help 02-45 (microscan).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from construct import Byte, Bytes, Const, Construct, ConstructError, Padding, Struct, Terminated

from pos_guard.errors import FrameError, LocalError
from pos_guard.frames.hid_descriptor import Report, ReportDescriptor, ReportKind
from pos_guard.frames.symbology import AIM

PAGE = 0x8C
"""The usage page of bar code scanners."""

SCANNER = PAGE << 16 | 0x02
SCANNED_DATA_REPORT = PAGE << 16 | 0x12
DECODED_DATA = PAGE << 16 | 0xFE
DATA_CONTINUED = PAGE << 16 | 0xFF
BYTE_COUNT = 0x01 << 16 | 0x3B
_IDENTIFIERS = {PAGE << 16 | 0xFB: "aim1", PAGE << 16 | 0xFC: "aim2", PAGE << 16 | 0xFD: "aim3"}
_HHP_PAGE = 0xFF66
"""Hand Held Products' own page: its first byte after the data is Honeywell's code id."""

_NO_AIM = (bytes(3), b"   ")


@dataclass(frozen=True, slots=True)
class Layout:
    """Where a scan lies in its input report.

    ``parts``: names and sizes of everything after the report's id, in order; a part without a
    name is left alone, a ``reserved`` one is zero. ``more``: the bit, counted from the start of
    the report, that says that the code goes on in the next one. ``nul_ended``: the count may have
    a NUL after the code in it. A report with ``report`` 0 has no id in front.
    """

    name: str
    report: int
    parts: tuple[tuple[str, int], ...]
    more: int | None = None
    nul_ended: bool = False

    @property
    def size(self) -> int:
        """Bytes of a report."""
        return sum(size for _, size in self.parts) + (1 if self.report else 0)

    @property
    def room(self) -> int:
        """Bytes of a code that one report holds."""
        return self._size("data")

    @property
    def has_aim(self) -> bool:
        """Reports carry an AIM identifier."""
        return bool(self._size("aim1"))

    @property
    def has_code_id(self) -> bool:
        """Reports carry the maker's own code identifier."""
        return bool(self._size("code_id"))

    def _size(self, name: str) -> int:
        return sum(size for part, size in self.parts if part == name)


_AIM_PARTS = (("aim1", 1), ("aim2", 1), ("aim3", 1))

LAYOUTS: Mapping[str, Layout] = {
    layout.name: layout
    for layout in (
        Layout(
            "honeywell-64",
            2,
            (
                ("length", 1),
                *_AIM_PARTS,
                ("data", 56),
                ("code_id", 1),
                ("reserved", 1),
                ("flags", 1),
            ),
            more=63 * 8,
        ),
        Layout(
            "newland-64",
            2,
            (("length", 1), ("data", 56), ("reserved", 4), ("code_id", 1), ("flags", 1)),
            more=63 * 8,
        ),
        Layout("62", 2, (("length", 1), *_AIM_PARTS, ("data", 56), ("flags", 1)), more=61 * 8),
        # The manual counts eleven for ten characters: a NUL may be one of them.
        Layout("microscan", 1, (("length", 1), ("data", 62)), nul_ended=True),
    )
}
"""Layouts of makers' manuals, for devices whose descriptor says too little."""


@dataclass(frozen=True, slots=True)
class Piece:
    """What one report carries. ``more``: the code goes on in the next report.

    ``aim`` is the AIM identifier (``]Q1``), ``code_id`` the maker's own, each None without one.
    """

    raw: bytes = field(repr=False)
    data: bytes = field(repr=False)
    aim: str | None = None
    code_id: int | None = None
    more: bool = False


def find_layout(descriptor: ReportDescriptor) -> Layout | None:
    """The layout that a device describes; None if none of its reports carries decoded data."""
    for report in descriptor.of(ReportKind.INPUT):
        parts = _parts(report)
        if parts is not None:
            more = report.spot(DATA_CONTINUED)
            return Layout("descriptor", report.id, parts, more.offset if more else None)
    return None


def parse_report(report: bytes, layout: Layout, *, strict: bool = True) -> Piece:
    """Read one input report.

    Its count is believed only as far as the report goes; ``strict`` also refuses bytes after the
    code and in reserved places that are not zero: a report of another layout shows like that.

    :raises FrameError: ``report`` (another id), ``length`` (of the report, or its count), ``aim``
        (no identifier where one belongs), ``padding``.
    """
    if layout.report and report[:1] != bytes((layout.report,)):
        raise FrameError("report", f"report {report[:1].hex()} carries no scan", 0)
    if len(report) != layout.size:
        raise FrameError("length", f"{len(report)} bytes are no report of {layout.size}", 0)
    try:
        parsed: Any = _struct(layout).parse(report)
    except ConstructError as error:  # pragma: no cover - the size and the id were looked at
        raise FrameError("report", "no such report", 0) from error
    whole = bytes(parsed.data)
    data = _counted(whole, parsed.get("length"), strict=strict)
    if strict:
        _check_reserved(report, layout)
    if layout.nul_ended:
        data = data.rstrip(b"\0")
    more = layout.more is not None and bool(report[layout.more // 8] >> layout.more % 8 & 1)
    return Piece(report, data, _aim(parsed, layout), parsed.get("code_id"), more)


def build_reports(
    data: bytes, layout: Layout, *, aim: str | None = None, code_id: int = 0
) -> list[bytes]:
    """The reports that carry a code, as its scanner sends them; one without data for ``b""``.

    :raises LocalError: when the layout has no bit for more than one report and needs it.
    """
    if layout.more is None and len(data) > layout.room:
        raise LocalError(f"the layout {layout.name} holds {layout.room} bytes")
    reports: list[bytes] = []
    for start in range(0, len(data) or 1, layout.room):
        piece = data[start : start + layout.room]
        values: dict[str, object] = {
            "length": len(piece),
            "data": piece.ljust(layout.room, b"\0"),
            "code_id": code_id,
            "flags": 0,
        }
        for index, name in enumerate(_IDENTIFIERS.values()):
            values[name] = ord(aim[index]) if aim else 0
        built = bytearray(_struct(layout).build(values))
        if layout.more is not None and start + layout.room < len(data):
            built[layout.more // 8] |= 1 << layout.more % 8
        reports.append(bytes(built))
    return reports


def _counted(whole: bytes, length: int | None, *, strict: bool) -> bytes:
    if length is None:
        return whole.rstrip(b"\0")
    if length > len(whole):
        raise FrameError("length", f"a count of {length} in a report with {len(whole)} bytes", 1)
    if strict and any(whole[length:]):
        raise FrameError("padding", "there are more bytes than the count says", 1)
    return whole[:length]


def _check_reserved(report: bytes, layout: Layout) -> None:
    at = 1 if layout.report else 0
    for name, size in layout.parts:
        if name == "reserved" and any(report[at : at + size]):
            raise FrameError("padding", "reserved bytes are not zero", at)
        at += size


def _aim(parsed: Mapping[str, int], layout: Layout) -> str | None:
    if not layout.has_aim:
        return None
    found = bytes(parsed[name] for name in _IDENTIFIERS.values())
    if found in _NO_AIM:
        return None
    if AIM.fullmatch(found) is None:
        raise FrameError("aim", "no AIM identifier where the layout has one", 2)
    return found.decode("ascii")


@lru_cache(maxsize=16)
def _struct(layout: Layout) -> Construct[Any, Any]:
    """The layout as construct reads it."""
    fields: list[Construct[Any, Any]] = []
    if layout.report:
        fields.append(Const(bytes((layout.report,))))
    for name, size in layout.parts:
        if name in ("", "reserved"):
            fields.append(Padding(size))
        else:
            fields.append(name / (Bytes(size) if name == "data" else Byte))
    return Struct(*fields, Terminated)


def _parts(report: Report) -> tuple[tuple[str, int], ...] | None:
    """The named parts of a report with decoded data in whole bytes, or None."""
    data = report.spot(DECODED_DATA)
    if data is None or data.size != 8:
        return None
    named: dict[int, tuple[str, int]] = {data.offset: ("data", data.count)}
    for usage, name in {BYTE_COUNT: "length", **_IDENTIFIERS}.items():
        spot = report.spot(usage)
        if spot is not None and spot.size == 8:
            named[spot.offset] = (name, 1)
    for item in report.fields:
        if item.constant and item.offset % 8 == 0 == item.size * item.count % 8:
            named[item.offset] = ("reserved", item.size * item.count // 8)
    code_id = _code_id(report, data.offset + 8 * data.count)
    if code_id is not None:
        named[code_id] = ("code_id", 1)
    return _filled(report, named)


def _code_id(report: Report, after: int) -> int | None:
    for item in report.fields:
        vendor = any(run.start >> 16 == _HHP_PAGE for run in item.usages)
        if vendor and item.size == 8 and item.offset >= after:
            return item.offset
    return None


def _filled(
    report: Report, named: Mapping[int, tuple[str, int]]
) -> tuple[tuple[str, int], ...] | None:
    """The parts in order, with nameless ones between; None where they are not whole bytes."""
    aims = {name for name, _ in named.values()} & set(_IDENTIFIERS.values())
    if any(offset % 8 for offset in named) or len(aims) not in (0, len(_IDENTIFIERS)):
        return None
    parts: list[tuple[str, int]] = []
    at = 8 if report.id else 0
    for offset, (name, size) in sorted(named.items()):
        if offset > at:
            parts.append(("", (offset - at) // 8))
        parts.append((name, size))
        at = offset + 8 * size
    if report.size * 8 > at:
        parts.append(("", report.size - at // 8))
    return tuple(parts)
