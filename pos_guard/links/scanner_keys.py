"""The till of a keyboard scanner: the guard types allowed scans on a virtual keyboard.

Keys go on as they came, as key events; what stands in the place of a refused scan is typed with
the layout that the scanner types for. Lights that the till's system switches on its keyboards are
nothing to a scanner, and stay here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from pos_guard.errors import FrameError
from pos_guard.frames.hid_keyboard import BOOT, NOTHING, Held, changes, parse_keys
from pos_guard.frames.keymap import keymap, text_events
from pos_guard.frames.keys import KeyEvent, build_events
from pos_guard.links.scanner_front import FrontItems
from pos_guard.links.session import ToApp
from pos_guard.scanners.evdev_line import KeyEnd, KeySettings
from pos_guard.scanners.language import Reply, Scanned

END_KEYS: Final = {KeyEnd.ENTER: "\r", KeyEnd.TAB: "\t", KeyEnd.ANY: "\r", KeyEnd.IDLE: ""}
"""What is typed after a text: the key that ends this scanner's scans."""

Events = Callable[[bytes], bytes]
"""Turns the raw bytes of a scan into key events."""


class KeysFront:
    """See :class:`~pos_guard.links.scanner_front.Front`. ``ToApp`` are whole key events."""

    timer_name = ""

    def __init__(self, settings: KeySettings, events: Events = bytes) -> None:
        self._keymap = keymap(settings.keymap)
        self._end = END_KEYS[settings.end]
        self._events = events

    def connected(self) -> FrontItems:
        """Nothing is kept."""
        return []

    def closed(self) -> FrontItems:
        """Nothing is kept."""
        return []

    def heard(self, data: bytes) -> FrontItems:
        """Lights."""
        del data
        return []

    def scan(self, scanned: Scanned) -> FrontItems:
        """The very keys."""
        return [ToApp(self._events(scanned.raw))]

    def late(self, scanned: Scanned) -> FrontItems:
        """The very keys."""
        return [ToApp(self._events(scanned.raw))]

    def flagged(self, scanned: Scanned, flag: str) -> FrontItems:
        """The flag is typed before the scan."""
        return [ToApp(text_events(flag, self._keymap) + self._events(scanned.raw))]

    def text(self, scanned: Scanned, text: str) -> FrontItems:
        """The text is typed, and the key that ends a scan."""
        del scanned
        return [ToApp(text_events(text + self._end, self._keymap))]

    def reply(self, reply: Reply) -> FrontItems:
        """Keys without a code stay here: a bar code can make a scanner press Meta and R."""
        del reply
        return []

    def timer(self) -> FrontItems:
        """It has none."""
        return []


def events_of_reports(raw: bytes) -> bytes:
    """The key events of whole boot reports, as the kernel would make them; foreign ones give none.

    All keys are up before and after a scan: its reports say everything.
    """
    held: Held = NOTHING
    events: list[KeyEvent] = []
    for start in range(0, len(raw), BOOT.size):
        try:
            now = parse_keys(raw[start : start + BOOT.size]) or NOTHING
        except FrameError:
            return b""
        events += changes(held, now)
        held = now
    return build_events([*events, *changes(held, NOTHING)])
