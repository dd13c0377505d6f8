"""Keyboard layouts: which keys give a character, and which character keys give.

The tables are data (``data/keymaps``), after xkeyboard-config. Knows no device: keys have the
numbers of linux/input-event-codes.h.
"""

from __future__ import annotations

import tomllib
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

from pos_guard.errors import LocalError
from pos_guard.frames.keys import (
    DOWN,
    EV_KEY,
    KEY_ENTER,
    KEY_LEFTALT,
    KEY_LEFTCTRL,
    KEY_LEFTSHIFT,
    KEY_RIGHTALT,
    KEY_SPACE,
    KEY_TAB,
    KEYPAD_DIGITS,
    SYN,
    UP,
    KeyEvent,
    build_events,
)

_SPACING = {
    "\u0300": "`",
    "\u0301": "´",
    "\u0302": "^",
    "\u0303": "~",
    "\u0308": "¨",
    "\u0327": "¸",
}
"""What a dead key gives before a space."""

_CONTROLS = {"\r": KEY_ENTER, "\t": KEY_TAB}
_KEYPAD_KEYS = {digit: code for code, digit in KEYPAD_DIGITS.items()}


@dataclass(frozen=True, slots=True)
class Stroke:
    """One key, and what is held while it is pressed.

    ``keeps``: what is held stays down for the next stroke, as Alt does within one number.
    """

    code: int
    held: tuple[int, ...] = ()
    keeps: bool = False


@dataclass(frozen=True, slots=True)
class KeyMap:
    """One layout: what each key gives alone, with Shift, with AltGr, with both."""

    name: str
    keys: Mapping[int, tuple[str, ...]]
    _strokes: Mapping[str, Stroke] = field(default_factory=dict[str, Stroke], repr=False)

    def char(
        self, code: int, *, shift: bool, altgr: bool = False, caps: bool = False
    ) -> str | None:
        """What a key gives: a character, a combining one for a dead key, or None."""
        levels = self.keys.get(code, ())
        if caps and len(levels) > 1 and levels[0] != levels[1] == levels[0].upper():
            shift = not shift
        level = 2 * altgr + shift
        return levels[level] if level < len(levels) else None

    def strokes(self, char: str) -> tuple[Stroke, ...] | None:
        """The keys for a character, dead ones included, or None: this layout has none for it.

        Controls are Enter, Tab, or Ctrl with the key of their letter or sign, as scanners send
        them (GS is Ctrl and ``]``).
        """
        if char in _CONTROLS:
            return (Stroke(_CONTROLS[char]),)
        if char < " " and char:
            return self._control(char)
        if char in self._strokes:
            return (self._strokes[char],)
        return self._dead(char)

    def _control(self, char: str) -> tuple[Stroke, ...] | None:
        sign = chr(ord(char) | 0x40)
        key = self._strokes.get(sign.lower() if sign.isalpha() else sign)
        return None if key is None else (Stroke(key.code, (KEY_LEFTCTRL, *key.held)),)

    def _dead(self, char: str) -> tuple[Stroke, ...] | None:
        spaced = (dead for dead, alone in _SPACING.items() if alone == char)
        parts = unicodedata.normalize("NFD", char)
        pair = next(((dead, " ") for dead in spaced), (parts[1:], parts[:1]))
        found = tuple(self._strokes.get(part) for part in pair)
        return None if None in found else tuple(stroke for stroke in found if stroke is not None)


def combine(dead: str, char: str) -> str | None:
    """What a dead key and the next one give together; None where they give nothing."""
    if char == " ":
        return _SPACING.get(dead)
    whole = unicodedata.normalize("NFC", char + dead)
    return whole if len(whole) == 1 else None


def keymap(name: str) -> KeyMap:
    """The layout of this name.

    :raises LocalError: when there is none.
    """
    if name not in keymaps():
        raise LocalError(f"no keyboard layout {name!r}: there are {', '.join(keymaps())}")
    return _load(name)


@cache
def keymaps() -> tuple[str, ...]:
    """The names of the layouts."""
    found = (entry.name for entry in _folder().iterdir())
    return tuple(sorted(name.removesuffix(".toml") for name in found if name.endswith(".toml")))


def alt_strokes(digits: str) -> tuple[Stroke, ...]:
    """A number on the keypad, with Alt held all the time, as Windows takes any character."""
    last = len(digits) - 1
    return tuple(
        Stroke(_KEYPAD_KEYS[digit], (KEY_LEFTALT,), keeps=place < last)
        for place, digit in enumerate(digits)
    )


def text_strokes(text: str, layout: KeyMap) -> list[Stroke]:
    """The keys for a text.

    :raises LocalError: for a character that the layout has not; the text is not in the message.
    """
    strokes: list[Stroke] = []
    for place, char in enumerate(text):
        keys = layout.strokes(char)
        if keys is None:
            raise LocalError(f"the layout {layout.name} has no key for character {place + 1}")
        strokes += keys
    return strokes


def text_events(text: str, layout: KeyMap) -> bytes:
    r"""The key events that type a text (``\r`` is Enter), for a virtual keyboard.

    :raises LocalError: as ``text_strokes``.
    """
    return build_events(stroke_events(text_strokes(text, layout)))


def stroke_events(strokes: Iterable[Stroke]) -> Iterator[KeyEvent]:
    """Press what is to be held, press and release the key, let go; a SYN after each."""
    down: tuple[int, ...] = ()
    for stroke in strokes:
        presses = [code for code in stroke.held if code not in down]
        steps = [(code, DOWN) for code in (*presses, stroke.code)] + [(stroke.code, UP)]
        down = stroke.held if stroke.keeps else ()
        steps += [] if stroke.keeps else [(code, UP) for code in reversed(stroke.held)]
        for code, value in steps:
            yield KeyEvent(EV_KEY, code, value)
            yield SYN


def _folder() -> Traversable:
    return files("pos_guard.frames") / "data" / "keymaps"


@cache
def _load(name: str) -> KeyMap:
    table = tomllib.loads((_folder() / f"{name}.toml").read_text(encoding="utf-8"))
    keys = {int(code): tuple(levels) for code, levels in table["keys"].items()}
    held = ((), (KEY_LEFTSHIFT,), (KEY_RIGHTALT,), (KEY_LEFTSHIFT, KEY_RIGHTALT))
    strokes: dict[str, Stroke] = {" ": Stroke(KEY_SPACE)}
    for level, modifiers in enumerate(held):
        for code, levels in keys.items():
            if level < len(levels):
                strokes.setdefault(levels[level], Stroke(code, modifiers))
    return KeyMap(name, keys, strokes)
