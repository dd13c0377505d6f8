"""Line scanners that are told things and answer in the same stream as their scans.

While an answer is due, the bytes that fit it are the answer; whatever else comes, before, in its
place or too late, is scan data. Each language adds its commands and says how an answer looks.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from pos_guard.errors import DeviceError
from pos_guard.frames.lines import LineFramer, LineSettings, ScanLine
from pos_guard.frames.reply_search import Found, Perhaps, Scan, Search
from pos_guard.scanners.language import Command, Items, Problem, Reply, Scanned, Send

MAX_DUE: Final = 8
"""Answers that may be due at once (a till sends one command after the other)."""

MAX_HELD: Final = 8192
"""Bytes held back because they may become an answer: more than the longest of any scanner."""

MAX_BETWEEN: Final = 8
"""Scans that may come before an answer: one that takes longer comes no more."""

MAX_TOLD: Final = 4096
"""Bytes kept of a till's command that is not whole yet."""


@dataclass(frozen=True, slots=True)
class Timing:
    """``idle_seconds``: silence that ends, or cuts, a scan (peers use 0.08 to 0.3).

    ``reply_seconds``: how long an answer may take (a DE2120 takes 0.43 to tell its version, the
    SSI default is 2).
    """

    idle_seconds: float = 0.3
    reply_seconds: float = 2.0


@dataclass(frozen=True, slots=True)
class Order:
    """What is sent for a command, and how its answer is found; None: there is no answer."""

    data: bytes = field(repr=False)
    answer: Search | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Heard:
    """What a till told the scanner: the answers that are now due, and a command half told."""

    answers: tuple[Search, ...] = ()
    rest: bytes = b""


@dataclass(slots=True)
class _Due:
    to: Command | None
    answer: Search
    scans: int = 0


class AskingLines:
    """A :class:`~pos_guard.scanners.language.ScannerLanguage` for lines with commands in between.

    ``orders`` are the commands that the scanner understands.
    """

    def __init__(
        self,
        settings: LineSettings | None = None,
        orders: Mapping[Command, Order] | None = None,
        timing: Timing | None = None,
    ) -> None:
        timing = timing or Timing()
        self._orders = dict(orders or {})
        self._framer = LineFramer(settings)
        self._idle_ms = max(1, round(timing.idle_seconds * 1000))
        self._reply_ms = max(1, round(timing.reply_seconds * 1000))
        self._silent_ms = 0
        self._due = deque[_Due]()
        self._held = b""
        self._told = b""

    @property
    def can(self) -> frozenset[Command]:
        """The commands that this scanner understands."""
        return frozenset(self._orders)

    @property
    def wait(self) -> float | None:
        """Seconds of silence after which ``silence`` has something to do; None: it has not."""
        wait_ms = self._wait_ms()
        return None if wait_ms is None else wait_ms / 1000

    def connected(self, descriptor: bytes = b"") -> Items:
        """The scanner is there (again): what began before is gone."""
        del descriptor
        self._framer.reset()
        self._due.clear()
        self._held = self._told = b""
        self._silent_ms = 0
        return []

    def feed(self, data: bytes) -> Items:
        """The scanner sent bytes."""
        self._silent_ms = 0
        data, self._held = self._held + data, b""
        items: Items = []
        while data and self._due:
            due = self._due[0]
            finding = due.answer(data, not self._framer.pending)
            if isinstance(finding, Found):
                self._due.popleft()
                items += self._lines(data[: finding.start])
                raw = data[finding.start : finding.stop]
                items.append(Reply(raw, due.to, finding.ok, finding.text))
                data = data[finding.stop :]
                continue
            size = self._scan_bytes(finding, len(data))
            items += self._lines(data[:size])
            data = data[size:]
            if isinstance(finding, Perhaps) and self._due:
                self._held, data = data, b""
        return items + self._lines(data)

    def silence(self) -> Items:
        """Nothing came for ``wait`` seconds: a scan is cut or whole, an answer will not come."""
        self._silent_ms += self._wait_ms() or 0
        items: Items = []
        if self._due and self._silent_ms >= self._reply_ms:
            items += self._give_up()
        if self._framer.pending and self._silent_ms >= self._idle_ms:
            line = self._framer.idle()
            items += [] if line is None else self._scanned(line)
        return items

    def command(self, command: Command) -> Items:
        """Tell the scanner something; the answer comes as a ``Reply`` if there is one.

        A ``Reply`` without bytes and with ``ok`` False: no answer came.

        :raises DeviceError: ``E_ILLEGAL`` for a command that is not in ``can``, ``E_BUSY`` while
            the answer to another one is due.
        """
        order = self._orders.get(command)
        if order is None:
            raise DeviceError("E_ILLEGAL", f"this scanner has no command {command}")
        if self._due:
            raise DeviceError("E_BUSY", "the scanner has not answered the command before")
        if order.answer is not None:
            self._expect(command, order.answer)
        self._silent_ms = 0
        return [Send(order.data)]

    def passing(self, data: bytes) -> Items:
        """A till's bytes on their way to the scanner; answers to them are no scans."""
        heard = self._overhear(self._told + data)
        self._told = heard.rest[-MAX_TOLD:]
        for answer in heard.answers:
            self._expect(None, answer)
        self._silent_ms = 0
        return [Send(data)]

    @staticmethod
    def _scan_bytes(finding: Scan | Perhaps, size: int) -> int:
        """How much at the start is scan data: all of it where more is held than an answer has."""
        if isinstance(finding, Scan):
            return finding.size
        return finding.start if size - finding.start <= MAX_HELD else size

    def _overhear(self, told: bytes) -> Heard:
        """Find commands in what a till told; a language that knows some overrides this."""
        del told
        return Heard()

    def _expect(self, to: Command | None, answer: Search) -> None:
        if len(self._due) == MAX_DUE:
            self._due.popleft()
        self._due.append(_Due(to, answer))

    def _wait_ms(self) -> int | None:
        ends = [self._reply_ms] if self._due else []
        if self._framer.pending:
            ends.append(self._idle_ms)
        return max(1, min(ends) - self._silent_ms) if ends else None

    def _give_up(self) -> Items:
        """No answer came: what was held back for one are scans."""
        items = [Reply(b"", due.to, ok=False) for due in self._due if due.to is not None]
        self._due.clear()
        held, self._held = self._held, b""
        return [*self._lines(held), *items]

    def _lines(self, data: bytes) -> Items:
        items: Items = []
        for line in self._framer.feed(data) if data else []:
            items += self._scanned(line)
        return items

    def _scanned(self, line: ScanLine) -> Items:
        if line.late:
            return [Scanned(line.raw, b"", late=True)]
        problem = None
        if line.overlong:
            problem = Problem.OVERLONG
        elif not line.ended:
            problem = Problem.CUT
        items: Items = [Scanned(line.raw, line.payload, line.symbology, line.aim, problem)]
        return items + self._count()

    def _count(self) -> Items:
        """One scan more came while answers are due."""
        if not self._due:
            return []
        self._due[0].scans += 1
        if self._due[0].scans < MAX_BETWEEN:
            return []
        late = self._due.popleft()
        return [] if late.to is None else [Reply(b"", late.to, ok=False)]
