"""HID POS scanners: whole codes out of reports, and answers told from scans.

Sources: the layouts and their manuals in frames/hid_pos; how answers look:
github:HenkVanAsselt/python_hon_usbhid (Honeywell), newlandaidc.com wiki 435 (Newland FM30).
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Final

from pos_guard.errors import DeviceError, FrameError, LocalError
from pos_guard.frames import honeywell, registers
from pos_guard.frames.hid_descriptor import ReportDescriptor, parse_descriptor
from pos_guard.frames.hid_pos import LAYOUTS, Layout, Piece, find_layout, parse_report
from pos_guard.frames.hid_pos_output import HONEYWELL, NEWLAND, parse_serial
from pos_guard.frames.lines import MAX_SCAN
from pos_guard.frames.symbology import Symbology, Vendor, symbology
from pos_guard.frames.symbology_ids import code_ids
from pos_guard.scanners.hid_pos_orders import Orders
from pos_guard.scanners.language import Command, Items, Problem, Reply, Scanned, Send

MAX_DUE: Final = 8
"""Answers that may be due at once (a till sends one command after the other)."""

MAX_PIECES: Final = 512
"""Reports of one message: the longest code needs 128; more are no message."""

_TOLD: Final = "]X0"
_QUESTION: Final = 0x3F
"""What the text of a Honeywell's answer comes with; 3F is the code id, where the layout has one."""

_NO_CODE: Final = "]Z"
"""The end of an answer has ``]Z6``; nothing with ``]Z`` was read from a symbol."""


@dataclass(frozen=True, slots=True)
class HidPosSettings:
    """``layout``: ``auto`` (what the descriptor says) or a name of frames/hid_pos.LAYOUTS.

    ``vendor`` gives the maker's code ids and commands a meaning; Honeywell's report for commands
    is found without it. ``strict``: a report with bytes after the end of its code is damaged; turn
    it off for a scanner that leaves old bytes there, and set ``layout``. ``part_seconds``: silence
    that cuts a half message; reports follow each other within milliseconds, and a person needs
    longer than this for the next scan. ``reply_seconds``: how long an answer may take.
    """

    layout: str = "auto"
    vendor: Vendor = Vendor.NONE
    strict: bool = True
    part_seconds: float = 0.25
    reply_seconds: float = 2.0


@dataclass(frozen=True, slots=True)
class _Due:
    """An answer that is due; ``to`` is None for somebody else's command."""

    to: Command | None
    newland: bool = False


class HidPosLanguage:
    """See :class:`~pos_guard.scanners.language.ScannerLanguage`.

    After a report that fits no layout everything is damaged until the scanner is silent: what
    follows may be the rest of the same code.

    :raises LocalError: for a layout that is not known.
    """

    def __init__(self, settings: HidPosSettings | None = None) -> None:
        self.settings = settings or HidPosSettings()
        self.layout = _chosen(self.settings, None)
        self._orders = Orders(None, self.settings.vendor)
        self._clear()

    @property
    def report_size(self) -> int:
        """Bytes of a report: the ``raw`` of a scan or an answer is so many for each of its own."""
        return self.layout.size

    @property
    def can(self) -> frozenset[Command]:
        """Known once ``connected`` told the descriptor."""
        return self._orders.can

    @property
    def wait(self) -> float | None:
        """A half message is given up sooner than an answer."""
        if self._pieces or self._told or self._spoiled:
            return self.settings.part_seconds
        return self.settings.reply_seconds if self._due else None

    def connected(self, descriptor: bytes = b"") -> Items:
        """The scanner is there (again). A descriptor that cannot be read tells nothing."""
        self._clear()
        described: ReportDescriptor | None = None
        if descriptor:
            try:
                described = parse_descriptor(descriptor)
            except FrameError:
                described = None  # the layout is then the one that is set
        self.layout = _chosen(self.settings, described)
        self._orders = Orders(described, self.settings.vendor)
        return []

    def feed(self, data: bytes) -> Items:
        """One input report."""
        try:
            piece = parse_report(data, self.layout, strict=self.settings.strict)
        except FrameError as error:
            return self._unread(data, error)
        if self._spoiled:
            return [Scanned(data, piece.data, problem=Problem.DAMAGED)]
        if self._is_told(piece):
            return self._tell(piece)
        return self._scan(piece)

    def silence(self) -> Items:
        """A half message, or an answer, comes no more."""
        self._spoiled = False
        if self._pieces:
            return [self._finish(Problem.CUT)]
        if self._told:
            return [self._reply(ok=False)]
        late = list(self._due)
        self._due.clear()
        return [Reply(b"", due.to, ok=False) for due in late if due.to is not None]

    def command(self, command: Command) -> Items:
        """Tell the scanner something.

        :raises DeviceError: ``E_ILLEGAL`` for a command that is not in ``can``, ``E_BUSY`` while
            the answer to another one is due.
        """
        if command not in self.can:
            raise DeviceError("E_ILLEGAL", f"this scanner has no command for {command}")
        if self._due:
            raise DeviceError("E_BUSY", "the scanner has not answered the last command")
        order = self._orders.order(command)
        if order.answered:
            self._due.append(_Due(command, self._orders.vendor == Vendor.NEWLAND))
        return [Send(report) for report in order.reports]

    def passing(self, data: bytes) -> Items:
        """Somebody else's output report."""
        self._orders.passed(data)
        newland = self._orders.vendor == Vendor.NEWLAND
        if data[:1] == bytes((NEWLAND if newland else HONEYWELL,)) and len(data) > 1:
            self._overhear(parse_serial(data).data, newland=newland)
        return [Send(data)]

    def _clear(self) -> None:
        self._pieces: list[Piece] = []
        self._told: list[Piece] = []
        self._due: deque[_Due] = deque(maxlen=MAX_DUE)
        self._spoiled = False
        self._overheard = b""

    def _overhear(self, data: bytes, *, newland: bool) -> None:
        if newland and data.startswith(registers.HOST):
            self._due.append(_Due(None, newland=True))
        elif not newland:
            # A long menu command goes over several reports.
            menus, self._overheard = honeywell.find_menus(self._overheard + data)
            self._due.extend(_Due(None) for _ in menus)

    def _unread(self, report: bytes, error: FrameError) -> Items:
        if error.code == "report" and len(report) > 0:
            return [Reply(report)]  # of another kind than scans
        pieces = [*self._told, *self._pieces]
        self._told, self._pieces, self._spoiled = [], [], True
        raw = b"".join(piece.raw for piece in pieces) + report
        return [Scanned(raw, b"".join(piece.data for piece in pieces), problem=Problem.DAMAGED)]

    def _is_told(self, piece: Piece) -> bool:
        if piece.aim is not None and piece.aim.startswith(_NO_CODE):
            return True
        if piece.aim != _TOLD or piece.code_id not in (_QUESTION, None):
            return False
        # No symbol of that identifier (Bookland) is longer than one report.
        asked = piece.code_id is not None and any(not due.newland for due in self._due)
        return asked or piece.more or bool(self._told)

    def _tell(self, piece: Piece) -> Items:
        items: Items = [self._finish(Problem.CUT)] if self._pieces else []
        self._told.append(piece)
        ends = piece.aim is not None and piece.aim.startswith(_NO_CODE) and not piece.more
        if ends or len(self._told) >= MAX_PIECES:
            status = piece.data.rstrip(b".!")[-1:]
            items.append(self._reply(ok=ends and status == bytes((honeywell.Status.ACK,))))
        return items

    def _reply(self, *, ok: bool) -> Reply:
        """The answer that was told; the text of what it told, or else what it repeated."""
        told, self._told = self._told, []
        due = next((due for due in self._due if not due.newland), None)
        if due is not None:
            self._due.remove(due)
        texts = [piece.data for piece in told if piece.aim == _TOLD]
        text = b"".join(texts or [piece.data for piece in told])
        raw = b"".join(piece.raw for piece in told)
        return Reply(raw, due.to if due else None, ok, text)

    def _scan(self, piece: Piece) -> Items:
        items: Items = []
        if self._pieces and not _same(self._pieces[0], piece):
            items.append(self._finish(Problem.CUT))
        if not piece.data and not self._pieces and not piece.more:
            return [*items, Reply(piece.raw)]  # nothing was read
        self._pieces.append(piece)
        if len(self._pieces) >= MAX_PIECES:
            self._spoiled = piece.more
            items.append(self._finish(Problem.OVERLONG))
        elif not piece.more:
            items += self._whole()
        return items

    def _whole(self) -> Items:
        reply = self._newland_reply()
        if reply is not None:
            return [reply]
        size = sum(len(piece.data) for piece in self._pieces)
        return [self._finish(Problem.OVERLONG if size > MAX_SCAN else None)]

    def _newland_reply(self) -> Reply | None:
        due = self._due[0] if self._due else None
        if due is None or not due.newland:
            return None
        try:
            reply = registers.parse_reply(b"".join(piece.data for piece in self._pieces))
        except FrameError:
            return None
        self._due.popleft()
        raw = b"".join(piece.raw for piece in self._pieces)
        self._pieces = []
        return Reply(raw, due.to, reply.status == registers.Status.DONE, reply.data)

    def _finish(self, problem: Problem | None) -> Scanned:
        pieces, self._pieces = self._pieces, []
        raw = b"".join(piece.raw for piece in pieces)
        data = b"".join(piece.data for piece in pieces)
        first = pieces[0]
        kept = b"" if problem is Problem.OVERLONG else data
        return Scanned(raw, kept, self._symbology(first, data), first.aim, problem)

    def _symbology(self, piece: Piece, data: bytes) -> Symbology | None:
        vendor = self._orders.vendor
        if piece.aim is not None:
            return symbology(piece.aim, data, vendor)
        if piece.code_id is None:
            return None
        return code_ids(vendor).get(bytes((piece.code_id,)))


def _same(first: Piece, piece: Piece) -> bool:
    """The report can belong to the message that ``first`` began; makers repeat the identifiers."""
    return piece.aim in (None, first.aim) and piece.code_id in (None, 0, first.code_id)


def _chosen(settings: HidPosSettings, descriptor: ReportDescriptor | None) -> Layout:
    """The layout that is set; else the described one; else the maker's.

    A report that is laid out otherwise than Honeywell's has no AIM identifier where that one has
    it, and is damaged.
    """
    if settings.layout in LAYOUTS:
        return LAYOUTS[settings.layout]
    if settings.layout != "auto":
        raise LocalError(f"no layout {settings.layout!r}: there are auto, {', '.join(LAYOUTS)}")
    found = None if descriptor is None else find_layout(descriptor)
    newland = settings.vendor == Vendor.NEWLAND
    return found or LAYOUTS["newland-64" if newland else "honeywell-64"]
