"""The till of a USB HID scanner: it reads input reports, each in one piece, as they came.

What stands in the place of a refused scan is a report of the same device, so that an unchanged
driver reads it.
"""

from __future__ import annotations

from typing import Protocol

from pos_guard.frames.hid_keyboard import BOOT, build_boot
from pos_guard.frames.hid_pos import Layout, build_reports
from pos_guard.frames.keymap import keymap, text_strokes
from pos_guard.links.scanner_front import FrontItems, ToScanner
from pos_guard.links.scanner_keys import END_KEYS
from pos_guard.links.session import ToApp
from pos_guard.scanners.evdev_line import KeySettings
from pos_guard.scanners.language import Reply, Scanned


class Reports(Protocol):
    """What the reports of a device look like."""

    @property
    def size(self) -> int:
        """Bytes of each report of a scan."""
        ...

    def is_answer(self, raw: bytes) -> bool:
        """What the device told without a code is known to be that, and for the till, too."""
        ...

    def flagged(self, scanned: Scanned, flag: str) -> list[bytes]:
        """The reports of a scan with a flag before its code.

        :raises LocalError: when such a device cannot report so long a code.
        """
        ...

    def text(self, scanned: Scanned, text: str) -> list[bytes]:
        """The reports of a text."""
        ...


class Laid(Protocol):
    """Whoever knows the layout: the language, once it has read the report descriptor."""

    layout: Layout


class PosReports:
    """Reports of a HID POS scanner.

    A replaced scan keeps its identifiers: the till's driver may drop a report without them.
    """

    def __init__(self, language: Laid, encoding: str = "utf-8") -> None:
        self._language = language
        self._encoding = encoding

    @property
    def size(self) -> int:
        """The layout's."""
        return self._language.layout.size

    def is_answer(self, raw: bytes) -> bool:
        """Reports of the kind that carries scans, which the language found to carry none.

        Nobody can say what is in reports of another kind: it may be codes.
        """
        layout = self._language.layout
        if len(raw) % layout.size:
            return False
        return not layout.report or all(
            report[0] == layout.report for report in split(raw, layout.size)
        )

    def flagged(self, scanned: Scanned, flag: str) -> list[bytes]:
        """Built anew: the flag moves every byte of the code."""
        return self._built(flag.encode(self._encoding) + scanned.data, scanned)

    def text(self, scanned: Scanned, text: str) -> list[bytes]:
        """As a scan of the same kind."""
        return self._built(text.encode(self._encoding), scanned)

    def _built(self, data: bytes, scanned: Scanned) -> list[bytes]:
        layout = self._language.layout
        return build_reports(data, layout, aim=scanned.aim, code_id=_code_id(scanned, layout))


class BootReports:
    """Boot reports of a keyboard scanner.

    Keys without a code are not for the till: a bar code can make a scanner press Meta and R.
    """

    size = BOOT.size

    def __init__(self, settings: KeySettings) -> None:
        self._keymap = keymap(settings.keymap)
        self._end = END_KEYS[settings.end]

    def is_answer(self, raw: bytes) -> bool:
        """A keyboard answers nothing."""
        del raw
        return False

    def flagged(self, scanned: Scanned, flag: str) -> list[bytes]:
        """The flag is typed before the scan."""
        return [*build_boot(text_strokes(flag, self._keymap)), *split(scanned.raw, self.size)]

    def text(self, scanned: Scanned, text: str) -> list[bytes]:
        """The text is typed, and the key that ends a scan."""
        del scanned
        return build_boot(text_strokes(text + self._end, self._keymap))


class ReportFront:
    """See :class:`~pos_guard.links.scanner_front.Front`. Each ``ToApp`` is one input report."""

    timer_name = ""

    def __init__(self, reports: Reports) -> None:
        self._reports = reports

    def connected(self) -> FrontItems:
        """Nothing is kept."""
        return []

    def closed(self) -> FrontItems:
        """Nothing is kept."""
        return []

    def heard(self, data: bytes) -> FrontItems:
        """An output report: the till's command."""
        return [ToScanner(data)]

    def scan(self, scanned: Scanned) -> FrontItems:
        """The very reports."""
        return _sent(split(scanned.raw, self._reports.size))

    def late(self, scanned: Scanned) -> FrontItems:
        """The very reports."""
        return self.scan(scanned)

    def flagged(self, scanned: Scanned, flag: str) -> FrontItems:
        """See ``Reports.flagged``."""
        return _sent(self._reports.flagged(scanned, flag))

    def text(self, scanned: Scanned, text: str) -> FrontItems:
        """See ``Reports.text``."""
        return _sent(self._reports.text(scanned, text))

    def reply(self, reply: Reply) -> FrontItems:
        """The very reports."""
        if not self._reports.is_answer(reply.raw):
            return []
        return _sent(split(reply.raw, self._reports.size))

    def timer(self) -> FrontItems:
        """It has none."""
        return []


def split(raw: bytes, size: int) -> list[bytes]:
    """The reports that stand one after another in ``raw``."""
    return [raw[start : start + size] for start in range(0, len(raw), size)]


def _sent(reports: list[bytes]) -> FrontItems:
    return [ToApp(report) for report in reports]


def _code_id(scanned: Scanned, layout: Layout) -> int:
    """The maker's code id of a scan, from its first report."""
    if not layout.has_code_id:
        return 0
    at = 1 if layout.report else 0
    for name, size in layout.parts:
        if name == "code_id":
            return scanned.raw[at] if at < len(scanned.raw) else 0
        at += size
    return 0
