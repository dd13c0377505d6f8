"""HID report descriptors: which reports a device has, and where each value lies in them.

Source: Device Class Definition for Human Interface Devices (HID) 1.11, clauses 5.4 to 5.8 and
6.2.2. Knows no device: what a usage means is its user's.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from enum import StrEnum

from pos_guard.errors import FrameError
from pos_guard.frames.hid_descriptor_items import GLOBAL, LOCAL, MAIN, Item, items

MAX_DESCRIPTOR = 4096
"""Bytes of a descriptor: Linux takes no longer one (HID_MAX_DESCRIPTOR_SIZE)."""

MAX_REPORT_BITS = 8 * 16_384
"""Bits of one report: Linux' largest buffer (HID_MAX_BUFFER_SIZE)."""

MAX_DEPTH = 32
"""Collections inside collections, and pushed states: real devices use three or four."""


class ReportKind(StrEnum):
    """Which way a report goes; the names of the main items that make it (6.2.2.5)."""

    INPUT = "input"
    OUTPUT = "output"
    FEATURE = "feature"


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a value is: ``count`` values of ``size`` bits, ``offset`` bits into the report."""

    offset: int
    size: int
    count: int


@dataclass(frozen=True, slots=True)
class Field:
    """The values of one main item.

    ``usages`` are ranges of whole usages, page * 65536 + usage. ``offset`` counts bits from the
    start of the report as hidraw gives it: its id, if it has one, is in front. ``array``: the
    values are indexes into the usages, ``minimum`` being the index of the first one.
    """

    usages: tuple[range, ...]
    offset: int
    size: int
    count: int
    constant: bool = False
    array: bool = False
    minimum: int = 0
    collections: tuple[int, ...] = ()

    def spot(self, usage: int) -> Spot | None:
        """Where the values of ``usage`` are; the last usage has all that are left (6.2.2.8)."""
        if self.constant:
            return None
        before = 0
        for index, run in enumerate(self.usages):
            if usage in run:
                place = 0 if self.array else before + run.index(usage)
                last = index == len(self.usages) - 1 and usage == run[-1]
                count = self.count - place if last or self.array else 1
                return (
                    Spot(self.offset + place * self.size, self.size, count) if count > 0 else None
                )
            before += len(run)
        return None


@dataclass(frozen=True, slots=True)
class Report:
    """One report; ``id`` 0: the device has no ids, and there is no byte for one."""

    kind: ReportKind
    id: int
    bits: int
    fields: tuple[Field, ...]

    @property
    def size(self) -> int:
        """Bytes, its id included."""
        return (self.bits + 7) // 8

    def spot(self, usage: int) -> Spot | None:
        """Where the values of a usage are, or None: it is not in this report."""
        found = (item.spot(usage) for item in self.fields)
        return next((spot for spot in found if spot is not None), None)


@dataclass(frozen=True, slots=True)
class ReportDescriptor:
    """What a HID interface is: the usages of its application collections, and its reports."""

    applications: tuple[int, ...]
    reports: tuple[Report, ...]

    @property
    def has_ids(self) -> bool:
        """Every report begins with its id."""
        return any(report.id for report in self.reports)

    def of(self, kind: ReportKind) -> tuple[Report, ...]:
        """The reports that go this way."""
        return tuple(report for report in self.reports if report.kind is kind)


def parse_descriptor(data: bytes) -> ReportDescriptor:
    """Read a whole report descriptor. Reserved and long items are passed over (6.2.2.3).

    :raises FrameError: ``length`` (too long), ``cut``, ``item`` (a value that cannot be),
        ``nesting`` (collections or pushes that do not close, or too many), ``report`` (too large).
    """
    if len(data) > MAX_DESCRIPTOR:
        raise FrameError("length", f"a report descriptor of {len(data)} bytes", 0)
    reader = _Reader()
    for item in items(data):
        reader.take(item)
    return reader.finish(len(data))


@dataclass(frozen=True, slots=True)
class _Globals:
    """What holds until it is set again (6.2.2.7), as far as it matters here."""

    page: int = 0
    minimum: int = 0
    size: int = 0
    count: int = 0
    report: int = 0


@dataclass(slots=True)
class _Draft:
    bits: int
    fields: list[Field] = field(default_factory=list[Field])


_KINDS = {0x8: ReportKind.INPUT, 0x9: ReportKind.OUTPUT, 0xB: ReportKind.FEATURE}
_COLLECTION, _END_COLLECTION = 0xA, 0xC
_APPLICATION = 1
_CONSTANT, _VARIABLE = 1, 2
_PUSH, _POP = 0xA, 0xB


class _Reader:
    """Takes the items in their order."""

    def __init__(self) -> None:
        self._now = _Globals()
        self._pushed: list[_Globals] = []
        self._around: list[int] = []
        self._applications: list[int] = []
        self._drafts: dict[tuple[ReportKind, int], _Draft] = {}
        self._usages: list[tuple[int, int, bool]] = []  # first, last, with their page
        self._first: tuple[int, bool] | None = None
        self._choice = 0  # which of the usages inside a delimiter

    def take(self, item: Item) -> None:
        """One item."""
        if item.kind == MAIN:
            self._main(item)
        elif item.kind == GLOBAL:
            self._global(item)
        elif item.kind == LOCAL:
            self._local(item)

    def finish(self, at: int) -> ReportDescriptor:
        """Everything that was described."""
        if self._around:
            raise FrameError("nesting", "a collection is not closed", at)
        reports = tuple(
            Report(kind, number, draft.bits, tuple(draft.fields))
            for (kind, number), draft in sorted(self._drafts.items())
        )
        return ReportDescriptor(tuple(self._applications), reports)

    def _main(self, item: Item) -> None:
        if item.tag in _KINDS:
            self._values(_KINDS[item.tag], item)
        elif item.tag == _COLLECTION:
            self._open(item)
        elif item.tag == _END_COLLECTION:
            if not self._around:
                raise FrameError("nesting", "a collection ends that did not begin", item.at)
            self._around.pop()
        self._usages.clear()
        self._first = None
        self._choice = 0

    def _open(self, item: Item) -> None:
        if len(self._around) >= MAX_DEPTH:
            raise FrameError("nesting", "too many collections inside each other", item.at)
        runs = self._runs()
        usage = runs[0][0] if runs else 0
        if item.value == _APPLICATION:
            self._applications.append(usage)
        self._around.append(usage)

    def _values(self, kind: ReportKind, item: Item) -> None:
        now = self._now
        key = (kind, now.report)
        draft = self._drafts.setdefault(key, _Draft(8 if now.report else 0))
        bits = now.size * now.count
        if draft.bits + bits > MAX_REPORT_BITS:
            raise FrameError("report", f"a report of more than {MAX_REPORT_BITS} bits", item.at)
        if bits:
            draft.fields.append(
                Field(
                    self._runs(),
                    draft.bits,
                    now.size,
                    now.count,
                    constant=bool(item.value & _CONSTANT),
                    array=not item.value & _VARIABLE,
                    minimum=now.minimum,
                    collections=tuple(self._around),
                )
            )
        draft.bits += bits

    def _runs(self) -> tuple[range, ...]:
        """The usages so far: those without a page have the one that holds now (6.2.2.8)."""
        base = self._now.page << 16
        return tuple(
            range(first, last + 1) if paged else range(base + first, base + last + 1)
            for first, last, paged in self._usages
        )

    def _global(self, item: Item) -> None:
        if item.tag == _PUSH:
            if len(self._pushed) >= MAX_DEPTH:
                raise FrameError("nesting", "too many pushed states", item.at)
            self._pushed.append(self._now)
        elif item.tag == _POP:
            if not self._pushed:
                raise FrameError("nesting", "a pop without a push", item.at)
            self._now = self._pushed.pop()
        elif item.tag in _SETTERS:
            self._now = _SETTERS[item.tag](self._now, item)

    def _local(self, item: Item) -> None:
        paged = len(item.data) == 4
        if item.tag == 0xA:
            # Of the usages inside a delimiter the first is the preferred one (6.2.2.8).
            self._choice = 1 if item.value else 0
        elif self._choice > 1:
            return
        elif item.tag == 0x0:
            self._usages.append((item.value, item.value, paged))
        elif item.tag == 0x1:
            self._first = (item.value, paged)
            return
        elif item.tag == 0x2:
            self._close_range(item, paged=paged)
        if self._choice and item.tag in (0x0, 0x2):
            self._choice = 2

    def _close_range(self, item: Item, *, paged: bool) -> None:
        if self._first is None or self._first[0] > item.value or self._first[1] is not paged:
            raise FrameError("item", "a range of usages without a beginning", item.at)
        self._usages.append((self._first[0], item.value, paged))
        self._first = None


def _report_id(now: _Globals, item: Item) -> _Globals:
    if not 0 < item.value <= 0xFF:
        raise FrameError("item", f"report id {item.value}", item.at)
    return replace(now, report=item.value)


def _page(now: _Globals, item: Item) -> _Globals:
    if item.value > 0xFFFF:
        raise FrameError("item", f"usage page {item.value:#x}", item.at)
    return replace(now, page=item.value)


_SETTERS: dict[int, Callable[[_Globals, Item], _Globals]] = {
    0x0: _page,
    0x1: lambda now, item: replace(now, minimum=item.signed),
    0x7: lambda now, item: replace(now, size=item.value),
    0x8: _report_id,
    0x9: lambda now, item: replace(now, count=item.value),
}
