"""Key events to text: modifiers, Caps Lock, dead keys, control characters, Alt and the keypad."""

from __future__ import annotations

import unicodedata
from enum import StrEnum
from typing import Final

from pos_guard.frames.keymap import KeyMap, combine, keymap
from pos_guard.frames.keys import (
    CTRLS,
    DOWN,
    EV_KEY,
    KEY_CAPSLOCK,
    KEY_ENTER,
    KEY_KPENTER,
    KEY_LEFTALT,
    KEY_NUMLOCK,
    KEY_RIGHTALT,
    KEY_TAB,
    KEYPAD,
    KEYPAD_DIGITS,
    METAS,
    MODIFIERS,
    SHIFTS,
    UP,
    KeyEvent,
)

MAX_DIGITS: Final = 10
"""Digits of a number typed with Alt: four bytes of GB18030 are a number of ten."""

MAX_HELD: Final = 64
"""Keys that are down at once: no keyboard has more fingers."""

_CONTROLS = "@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_"
_KEYS = {KEY_ENTER: "\r", KEY_KPENTER: "\r", KEY_TAB: "\t", **KEYPAD}
_US: Final = "us"


class AltCode(StrEnum):
    """What a number means that is typed on the keypad while Alt is held."""

    UNICODE = "unicode"
    """A code point: 31508 is U+7B14."""
    GBK = "gbk"
    """The value of the character's bytes, or of one of them: 54992 is D6 D0."""


class KeyText:
    """Takes key events, gives bytes in ``encoding``.

    ``hole`` is True once a key was pressed that gives no text: what was typed is not whole.
    Caps Lock is off when a scanner is opened, as its LEDs are then.
    """

    def __init__(self, layout: KeyMap, encoding: str, alt: AltCode) -> None:
        self.hole = False
        self._layout = layout
        self._encoding = encoding
        self._alt = alt
        self._held: set[int] = set()
        self._caps = False
        self._dead = ""
        self._digits = ""

    @property
    def busy(self) -> bool:
        """A key is down, or a dead one waits for the next."""
        return bool(self._held or self._dead)

    def reset(self) -> None:
        """Forget what is down: the keyboard is another one, or events were lost."""
        self._held.clear()
        self._caps = False
        self.fresh()

    def fresh(self) -> None:
        """A new line begins."""
        self.hole = False
        self._dead = ""
        self._digits = ""

    def take(self, event: KeyEvent) -> bytes:
        """One event; what it gives."""
        if event.type != EV_KEY:
            return b""
        if event.value == UP:
            self._held.discard(event.code)
            return self._number() if event.code == KEY_LEFTALT else b""
        if event.value == DOWN and len(self._held) < MAX_HELD:
            self._held.add(event.code)
        if event.code in MODIFIERS or event.code == KEY_NUMLOCK:
            return b""
        if event.code == KEY_CAPSLOCK:
            self._caps ^= event.value == DOWN
            return b""
        return self._press(event.code)

    def _press(self, code: int) -> bytes:
        ctrl, alt = bool(self._held & CTRLS), KEY_LEFTALT in self._held
        if alt and not ctrl and code in KEYPAD_DIGITS:
            self._digits += KEYPAD_DIGITS[code]
            self.hole |= len(self._digits) > MAX_DIGITS
            self._digits = self._digits[:MAX_DIGITS]
            return b""
        char: str | None = None
        if not self._held & METAS and (ctrl or not alt):
            # Windows takes Ctrl with Alt for AltGr, and scanners do so, too.
            char = self._control(code) if ctrl and not alt else self._char(code, altgr=alt)
        return self._give(char)

    def _char(self, code: int, *, altgr: bool) -> str | None:
        if code in _KEYS:
            return None if altgr else _KEYS[code]
        altgr = altgr or KEY_RIGHTALT in self._held
        shift = bool(self._held & SHIFTS)
        return self._layout.char(code, shift=shift, altgr=altgr, caps=self._caps)

    def _control(self, code: int) -> str | None:
        """Ctrl and the key of a letter or sign; signs also where the American layout has them."""
        found = (
            self._char(code, altgr=False),
            self._layout.char(code, shift=False),
            keymap(_US).char(code, shift=False),
        )
        for char in found:
            if char and char.upper() in _CONTROLS:
                return chr(ord(char.upper()) & 0x1F)
        return None

    def _give(self, char: str | None) -> bytes:
        if char is not None and self._dead:
            dead, self._dead = self._dead, ""
            # A dead key before a line end is lost, the line end is not.
            self.hole |= char < " "
            char = char if char < " " else combine(dead, char)
        if char is not None and unicodedata.combining(char):
            self._dead = char
            return b""
        return self._encoded(char)

    def _encoded(self, char: str | None) -> bytes:
        data = b"" if char is None else char.encode(self._encoding, "ignore")
        self.hole |= not data
        return data

    def _number(self) -> bytes:
        """Alt was let go: the number is over."""
        digits, self._digits = self._digits, ""
        if not digits:
            return b""
        number = int(digits)
        if self._alt == AltCode.GBK and 0 < number <= 0xFFFFFFFF:
            return number.to_bytes((number.bit_length() + 7) // 8, "big")
        if self._alt == AltCode.UNICODE and 0 < number <= 0x10FFFF:
            return self._encoded(chr(number))
        self.hole = True
        return b""
