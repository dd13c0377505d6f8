"""Lines that the guard adds to paper, and the till's print style around them.

The till does not know that a line was added, so its style must be after it what it was before.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable

from pos_guard.frames import escpos_build as build
from pos_guard.frames.escpos_commands import Align
from pos_guard.frames.escpos_scan import Token
from pos_guard.links.printer_settings import PrinterSettings
from pos_guard.model import Words

# Every command whose last value changes how our lines look; its value 0 is plain.
_STYLES = frozenset({"ESC !", "GS !", "ESC E", "ESC G", "ESC -", "GS B", "ESC a", "FS !", "FS W"})


class PrintStyle:
    """The style that the till has set, followed token by token."""

    def __init__(self, settings: PrinterSettings) -> None:
        self._settings = settings
        self._set: dict[str, bytes] = {}
        self._kanji_on = settings.kanji_on

    def follow(self, token: Token) -> None:
        """Take over what changes the style of later text."""
        if token.name == "ESC @":
            self._set.clear()
            self._kanji_on = self._settings.kanji_on
        elif token.name in _STYLES:
            self._set.pop(token.name, None)  # the latest stands last
            self._set[token.name] = token.raw
        elif token.name in ("FS &", "FS ."):
            self._kanji_on = token.name == "FS &"

    def copy(self) -> PrintStyle:
        """The style as it is now."""
        same = PrintStyle(self._settings)
        same._set, same._kanji_on = dict(self._set), self._kanji_on
        return same

    def inserted(self, lines: bytes) -> bytes:
        """``lines`` in plain style, centred; afterwards everything is as the till had it."""
        plain = b"".join(raw[:2] + b"\x00" for raw in self._set.values())
        again = b"".join(self._set.values())
        return plain + build.align(Align.CENTER) + lines + build.align(Align.LEFT) + again

    def text(self, zh: str, en: str) -> bytes:
        """One line in both languages, or in English where the printer has no Chinese."""
        encoding = self._settings.encoding
        if not self._settings.chinese:
            return build.text(en, "ascii") + build.LF
        if encoding in ("utf-8", "gb18030"):
            return build.text(f"{en} {zh}".strip(), encoding) + build.LF
        chinese = build.KANJI_ON + build.text(zh, self._settings.kanji)
        off = b"" if self._kanji_on else build.KANJI_OFF
        return build.text(en + " " * bool(en and zh), "ascii") + chinese + off + build.LF


_CLOSING = "，。！？；：、）》"


def copy_mark(copy: int, usual: int) -> Callable[[PrintStyle], bytes]:
    """The head line of a later copy: a copy up to ``usual``, after that a reprint."""
    zh, en = f"副本 {copy}", f"COPY {copy} /"
    if copy > usual:
        zh, en = f"重打印 {copy - usual}", f"REPRINT {copy - usual}"

    def lines(style: PrintStyle) -> bytes:
        return style.inserted(build.bold(True) + style.text(zh, en) + build.bold(False))

    return lines


def sale_code(sale_id: str, code_text: str) -> Callable[[PrintStyle], bytes]:
    """The sale's code as a small QR with a line under it, for the refund that may come."""

    def lines(style: PrintStyle) -> bytes:
        code = build.qr(code_text.encode(), dots=4, level="M")
        return style.inserted(code + build.LF + style.text("退款凭此码", f"Sale {sale_id}"))

    return lines


def held_slip(style: PrintStyle, say: Words, *, unpaid: bool, settings: PrinterSettings) -> bytes:
    """A short slip in place of the receipt that was held back, with its own cut."""
    title = style.text("未付款", "NOT PAID") if unpaid else style.text("已拦下", "HELD BACK")
    english = textwrap.wrap(say.en, settings.columns)
    chinese = _chinese_lines(say.zh, settings.columns) if settings.chinese else []
    body = b"".join(
        [
            build.bold(True) + build.size(2, 2),
            title,
            build.size() + build.bold(False),
            style.text("小票未打印", "The receipt was not printed."),
            *(style.text("", line) for line in english),
            *(style.text(line, "") for line in chinese),
            build.feed(3),
            build.cut(),
        ]
    )
    return style.inserted(body)


def _chinese_lines(text: str, columns: int) -> list[str]:
    """Chinese text in lines; one that ends a phrase never begins a line."""
    lines, line, width = list[str](), "", 0
    for sign in text:
        wide = 1 if sign.isascii() else 2
        if width + wide > columns:
            # The sign before a closing one goes along with it.
            keep = len(line) - 1 if sign in _CLOSING else len(line)
            lines.append(line[:keep])
            line = line[keep:]
            width = sum(1 if other.isascii() else 2 for other in line)
        line += sign
        width += wide
    return [*lines, line] if line else lines
