"""The till's print style, and lines of ours in the middle of it.

The till does not know that a line was added, so its style must be after it what it was before.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from pos_guard.frames import escpos_build as build
from pos_guard.frames.escpos_commands import Align
from pos_guard.frames.escpos_scan import Token
from pos_guard.links.printer_qr import qr_command
from pos_guard.links.printer_settings import Traits

_ZERO = frozenset(
    {
        *("ESC !", "GS !", "ESC E", "ESC G", "ESC -", "GS B", "ESC a", "FS !", "FS W"),
        *("ESC {", "ESC V", "ESC M", "ESC SP", "ESC r", "ESC %", "FS -", "GS b"),
    }
)
"""One parameter, and 0 is plain."""

_PLAIN: Mapping[str, bytes] = MappingProxyType(
    {
        "ESC 3": b"\x1b2",
        "GS L": b"\x1dL\x00\x00",
        "FS S": b"\x1cS\x00\x00",
        "GS P": b"\x1dP\x00\x00",
    }
)
"""What else must be plain for a line that everybody can read; GS W depends on the paper."""

_LIFTS: Mapping[str, str] = MappingProxyType({"ESC 2": "ESC 3"})
"""Commands that take back another one."""

MODE_SWITCHES = frozenset({"ESC L", "ESC S", "FF", "ESC @"})


class PrintStyle:
    """The style that the till has set, followed token by token, and lines of ours in it.

    The bytes are those of ESC/POS; a printer of another language has a class of its own.
    """

    leave_page = b"\x1bS"
    """Back to standard mode; what the page held is gone."""

    def __init__(self, traits: Traits) -> None:
        self.traits = traits
        self.page_mode = False
        self._set: dict[str, bytes] = {}
        self._kanji_on = traits.kanji_on

    @property
    def drawing(self) -> bool:
        """The printer takes rows of dots and no text now."""
        return False

    def follow(self, token: Token, sent: bytes | None = None) -> None:
        """Take over what changes the style of later text.

        ``sent`` is what the printer gets, where that is not the token itself.
        """
        name = token.name
        if name == "ESC @":
            self._set.clear()
            self._kanji_on = self.traits.kanji_on
        elif name in _ZERO or name in _PLAIN or name == "GS W":
            self._set.pop(name, None)  # the latest stands last
            self._set[name] = token.raw if sent is None else sent
        elif name in _LIFTS:
            self._set.pop(_LIFTS[name], None)
        elif name in ("FS &", "FS ."):
            self._kanji_on = name == "FS &"
        if name in MODE_SWITCHES:
            self.page_mode = name == "ESC L"

    def copy(self) -> PrintStyle:
        """The style as it is now."""
        same = PrintStyle(self.traits)
        same._set, same._kanji_on = dict(self._set), self._kanji_on
        same.page_mode = self.page_mode
        return same

    def inserted(self, lines: bytes) -> bytes:
        """``lines`` in plain style, centred; afterwards everything is as the till had it."""
        plain = b"".join(self._plain(name, raw) for name, raw in self._set.items())
        again = b"".join(self._set.values())
        return plain + self.align(Align.CENTER) + lines + self.align(Align.LEFT) + again

    def text(self, zh: str, en: str) -> bytes:
        """One line in both languages, or in English where the printer has no Chinese."""
        traits = self.traits
        if not traits.chinese:
            return build.text(en, "ascii") + build.LF
        if traits.encoding in ("utf-8", "gb18030"):
            return build.text(f"{en} {zh}".strip(), traits.encoding) + build.LF
        chinese = self.kanji(True) + build.text(zh, traits.kanji)
        off = b"" if self._kanji_on else self.kanji(False)
        return build.text(en + " " * bool(en and zh), "ascii") + chinese + off + build.LF

    def code(self, data: bytes) -> bytes:
        """A small QR code, as the printer takes it."""
        return qr_command(data, self.traits.qr)

    def align(self, where: Align) -> bytes:
        """Where lines stand."""
        return build.align(where)

    def bold(self, on: bool) -> bytes:
        """Bold letters, or plain ones."""
        return build.bold(on)

    def size(self, times: int = 1) -> bytes:
        """Letters so many times as wide and as high."""
        return build.size(times, times)

    def kanji(self, on: bool) -> bytes:
        """Two-byte letters, or single ones."""
        return build.KANJI_ON if on else build.KANJI_OFF

    def cut(self) -> bytes:
        """Three empty lines, then a cut that leaves a strip."""
        return build.feed(3) + build.cut()

    def _plain(self, name: str, raw: bytes) -> bytes:
        if name == "GS W":
            return raw[:2] + self.traits.dots.to_bytes(2, "little")
        return _PLAIN.get(name) or raw[:2] + b"\x00"
