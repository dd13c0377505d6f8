"""Around any scanner's language: what had begun before the connection, or broke off, is no scan.

Links and drivers use it for every scanner, so that the same bytes are a scan for both.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from pos_guard.frames.scanner_model import ScannerModel
from pos_guard.scanners.doubt import Doubt
from pos_guard.scanners.language import (
    Command,
    Item,
    Items,
    Problem,
    Scanned,
    ScannerLanguage,
    Send,
)
from pos_guard.scanners.make import LanguageSettings, make_language

QUIET_SECONDS: Final = 0.05
"""Silence after which the next byte begins a scan: at 9600 baud bytes come 1 ms apart, and USB
adapters hold them for 16."""

MAX_HELD: Final = 64
"""Commands kept until the scanner was silent; who sends more within that time sends no commands."""

MAX_SILENCES: Final = 8
"""Time-outs that a broken connection lets run out at once: an answer, a scan, what comes after."""

PACKET_SECONDS: Final = 0.25
"""Packets end within it, or break off. What takes longer is about messages: a language with
packets keeps those, to know a repetition when the scanner is back."""


class SettledLanguage:
    """A :class:`~pos_guard.scanners.language.ScannerLanguage` around another one.

    What comes before the first ``QUIET_SECONDS`` of silence of a connection may be the rest of a
    code: it is dropped, and reported as one that was cut. What is to be sent waits until then.
    After a cut the next code is cut as well, unless it begins in the same way. ``packets``: codes
    come in packets with checksums that are sent again; neither is needed.
    """

    def __init__(self, language: ScannerLanguage, *, packets: bool = False) -> None:
        self.language = language
        self._packets = packets
        self._doubt = Doubt()
        self._settling = self._dropped = False
        self._held: Items = []

    @property
    def can(self) -> frozenset[Command]:
        """The commands that this scanner understands."""
        return self.language.can

    @property
    def settling(self) -> bool:
        """It was connected, and was not silent yet."""
        return self._settling

    @property
    def busy(self) -> bool:
        """Silence is awaited, an answer, or the rest of a code."""
        return self._settling or self.language.wait is not None

    @property
    def wait(self) -> float | None:
        """Seconds of silence after which ``silence`` has something to do; None: it has not."""
        if self._settling:
            return QUIET_SECONDS
        wait = self.language.wait
        return self._doubt.left if wait is None else wait

    def connected(self, descriptor: bytes = b"") -> Items:
        """The scanner is there (again): what began before is gone."""
        self._doubt.clear()
        self._held.clear()
        self._dropped = False
        self._settling = not self._packets
        return self._later(self.language.connected(descriptor))

    def closed(self) -> Items:
        """The scanner is gone: what had begun is lost, and answers will not come.

        Silence may be what ends a scan; such a one was not ended by it, and is cut.
        """
        self._held.clear()
        self._settling = False
        items: Items = []
        for _ in range(MAX_SILENCES):
            wait = self.language.wait
            if wait is None or (self._packets and wait > PACKET_SECONDS):
                break
            items += [_cut(item) for item in self.language.silence() if not isinstance(item, Send)]
        return items

    def feed(self, data: bytes) -> Items:
        """The scanner sent bytes; of a HID device exactly one input report."""
        if not self._settling:
            return self._judged(self.language.feed(data))
        reported, self._dropped = self._dropped, True
        return [] if reported else [Scanned(data, b"", problem=Problem.CUT)]

    def silence(self) -> Items:
        """Nothing came, and nothing was told, for ``wait`` seconds."""
        if self._settling:
            self._settling = False
            held, self._held = self._held, []
            return held
        wait = self.language.wait
        if wait is None:
            self._doubt.clear()
            return []
        self._doubt.passed(wait)
        return self._judged(self.language.silence())

    def command(self, command: Command) -> Items:
        """Tell the scanner something; the answer comes as a ``Reply`` if there is one.

        :raises DeviceError: as that of the language within.
        """
        return self._later(self.language.command(command))

    def passing(self, data: bytes) -> Items:
        """Bytes of somebody else's commands, on their way to the scanner."""
        return self._later(self.language.passing(data))

    def _later(self, items: Items) -> Items:
        """Once the scanner was silent; before, its answer would be taken for the rest of a code."""
        if not self._settling:
            return self._judged(items)
        self._held += items[: MAX_HELD - len(self._held)]
        return []

    def _judged(self, items: Items) -> Items:
        return [self._believed(item) if isinstance(item, Scanned) else item for item in items]

    def _believed(self, scanned: Scanned) -> Scanned:
        if scanned.late:
            return scanned
        if scanned.problem is None and self._doubt.holds(scanned.data):
            return replace(scanned, problem=Problem.CUT)
        if scanned.problem is Problem.CUT and not (self._packets or scanned.typed):
            self._doubt.cut(scanned.raw, scanned.data)
        return scanned


def settled_language(
    model: ScannerModel, settings: LanguageSettings | None = None
) -> SettledLanguage:
    """The host's side of this scanner, as links and drivers use it.

    :raises LocalError: for a setting that this language does not have.
    """
    ssi = None if settings is None else settings.ssi
    packets = model.language == "ssi" and (ssi is None or ssi.packets)
    return SettledLanguage(make_language(model, settings), packets=packets)


def _cut(item: Item) -> Item:
    if isinstance(item, Scanned) and not item.late and item.problem is None:
        return replace(item, problem=Problem.CUT)
    return item
