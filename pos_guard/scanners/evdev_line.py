"""Lines out of key events: where a scan ends, whether a person typed it, what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from pos_guard.errors import LocalError
from pos_guard.frames.keymap import keymap
from pos_guard.frames.keys import EV_SYN, SYN_DROPPED, KeyEvent
from pos_guard.frames.lines import MAX_SCAN
from pos_guard.frames.symbology import AIM, Vendor, symbology
from pos_guard.scanners.evdev_text import AltCode, KeyText
from pos_guard.scanners.language import Items, Problem, Reply, Scanned

MAX_STEPS: Final = 8 * MAX_SCAN
"""Reports or moments of one line: a character beyond ASCII takes a dozen."""

SHORTEST: Final = 3
"""Bytes of the shortest scan that ends by silence: fewer are a person's single keys."""


BURST: Final = 6
"""Characters that only a scanner types without a gap: a hand rolls four or five keys."""


class KeyEnd(StrEnum):
    """The key that ends a scan. Codes that contain line ends need ``idle``."""

    ENTER = "enter"
    TAB = "tab"
    ANY = "any"
    IDLE = "idle"


class Charset(StrEnum):
    """Which characters are believed."""

    ASCII = "ascii"
    ANY = "any"


_ENDS = {KeyEnd.ENTER: b"\r\n", KeyEnd.TAB: b"\t", KeyEnd.ANY: b"\r\n\t", KeyEnd.IDLE: b""}


@dataclass(frozen=True, slots=True)
class KeySettings:
    """How a scanner types.

    ``keymap``: the layout of the host that it types for (us, fr, de). ``charset``: with ``ascii`` a
    scan with any other character is damaged: nothing proves that a keyboard scanner typed Chinese
    text as its code had it, while digits, and codes with a checksum, prove themselves; set ``any``
    with ``alt`` and ``encoding`` for a scanner that was tried. ``prefix`` and ``suffix`` are typed
    around each code.

    ``gap_seconds``: silence between keys that no scanner makes (Odoo takes 0.05). A line with such
    a gap was typed. ``line_seconds``: how long it stays open, as a person stops and thinks.
    ``end_seconds``: how much longer than the gap a line of ``BURST`` or more characters stays open
    that came in one go and then stopped. That was a scan whose end is lost: it is cut, and the
    cashier hears of it at once. Keys that come before then make it a typed line.

    :raises LocalError: for a keymap or an encoding that is not known.
    """

    keymap: str = "us"
    end: KeyEnd = KeyEnd.ENTER
    prefix: bytes = b""
    suffix: bytes = b""
    aim: bool = True
    encoding: str = "utf-8"
    alt: AltCode = AltCode.UNICODE
    charset: Charset = Charset.ASCII
    vendor: Vendor = Vendor.NONE
    gap_seconds: float = 0.05
    line_seconds: float = 5.0
    end_seconds: float = 0.5

    def __post_init__(self) -> None:
        keymap(self.keymap)
        try:
            "0".encode(self.encoding)
        except LookupError as error:
            raise LocalError(f"no encoding {self.encoding!r}") from error


class KeyLines:
    """Collects the steps (a report, or the events of one moment) of each line, until all is up."""

    def __init__(self, settings: KeySettings) -> None:
        self.settings = settings
        self._ends = _ENDS[settings.end]
        self.text = KeyText(keymap(settings.keymap), settings.encoding, settings.alt)
        self._after_cr = False
        self._steps: list[bytes] = []
        self._data = bytearray()
        self._ended = b""
        self._typed = self._stopped = self._damaged = self._overlong = False

    @property
    def wait(self) -> float | None:
        """The gap of a person's typing, then the life of the line."""
        if not self._steps:
            return None
        if self._typed:
            return self.settings.line_seconds
        return self.settings.end_seconds if self._stopped else self.settings.gap_seconds

    def reset(self) -> None:
        """What was typed before is gone."""
        self.text.reset()
        self._after_cr = False
        self._start()

    def step(self, raw: bytes, events: Iterable[KeyEvent], *, damaged: bool = False) -> Items:
        """What happened at one moment, and the bytes that told it."""
        items: Items = []
        self._add(raw)
        self._damaged |= damaged
        for event in events:
            if event.type == EV_SYN and event.code == SYN_DROPPED:
                self.text.reset()
                self._damaged = True
            else:
                items += self._typed_on(self.text.take(event), raw)
        # A key without text may be the first of a code: what follows it at once is not whole.
        if not self.text.busy and (self._ended or not (self._data or self._broken)):
            items += self._close()
        return items

    def silence(self) -> Items:
        """Nothing was typed for ``wait`` seconds."""
        if not self._steps:
            return []
        if self._ended or not self._data:
            # A key that is held may still go up; if not, the line is over.
            over = self._ended or self._typed or not self.text.busy
            return self._close() if over else self._wait_on()
        if self.settings.end == KeyEnd.IDLE:
            self._typed = len(self._data) < SHORTEST
            return self._close()
        return self._close(Problem.CUT) if self._typed or self._stopped else self._wait_on()

    @property
    def _broken(self) -> bool:
        return self._damaged or self.text.hole

    def _wait_on(self) -> Items:
        """A gap: of a person, or a scan stopped before its end."""
        self._stopped = len(self._data) >= BURST
        self._typed = not self._stopped
        return []

    def _start(self) -> None:
        self._steps = []
        self._data = bytearray()
        self._ended = b""
        self._typed = self._stopped = self._damaged = self._overlong = False
        self.text.fresh()

    def _add(self, raw: bytes) -> None:
        if len(self._steps) < MAX_STEPS:
            self._steps.append(raw)
        else:
            self._overlong = True

    def _typed_on(self, data: bytes, raw: bytes) -> Items:
        """Bytes of one key; those after the end begin another line, with this step in it."""
        items: Items = []
        if not data:
            return items
        self._typed |= self._stopped
        if self._ended:
            self._steps.pop()
            items = self._close()
            self._add(raw)
        if data in self._ends and len(data) == 1:
            self._ended = data
        elif len(self._data) + len(data) > MAX_SCAN:
            self._overlong = True
        else:
            self._data += data
        return items

    def _close(self, problem: Problem | None = None) -> Items:
        raw, ended, after_cr = b"".join(self._steps), self._ended, self._after_cr
        empty = not (self._data or self._overlong or (ended and self._broken))
        item = self._nothing(raw, late=after_cr) if empty else self._scanned(raw, problem)
        if ended or not empty:
            self._after_cr = ended == b"\r" and not empty
        self._start()
        return [item] if raw else []

    def _nothing(self, raw: bytes, *, late: bool) -> Scanned | Reply:
        """Keys without a code: the LF after a CR, or keys that only mean something to the till."""
        if late and self._ended == b"\n":
            return Scanned(raw, b"", late=True)
        return Reply(raw)

    def _scanned(self, raw: bytes, problem: Problem | None) -> Scanned:
        setting, data = self.settings, bytes(self._data)
        if self._overlong:
            problem, data = Problem.OVERLONG, b""
        elif self._broken or (setting.charset == Charset.ASCII and not data.isascii()):
            problem = Problem.DAMAGED
        if setting.end == KeyEnd.IDLE:
            data = _without_end(data)
        data = data.removeprefix(setting.prefix).removesuffix(setting.suffix)
        match = AIM.match(data) if setting.aim else None
        aim = None if match is None else match[0].decode("ascii")
        data = data[3:] if aim else data
        kind = symbology(aim, data, setting.vendor)
        return Scanned(raw, data, kind, aim, problem, typed=self._typed)


def _without_end(data: bytes) -> bytes:
    """Without the one line end that a scanner may type before it falls silent."""
    for end in (b"\r\n", b"\r", b"\n", b"\t"):
        if data.endswith(end):
            return data.removesuffix(end)
    return data
