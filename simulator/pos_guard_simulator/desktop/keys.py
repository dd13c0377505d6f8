"""Which keys of an X server give a character, by its keymap. Knows no server.

Keysyms: X Window System Protocol, appendix A ("Keysym Encoding"); columns of the core keymap: the
X Keyboard Extension's protocol, "Compatibility with the core protocol" (core keymap of two groups).
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

RETURN, TAB = 0xFF0D, 0xFF09
_NAMED = {"\r": RETURN, "\n": RETURN, "\t": TAB, "\b": 0xFF08, "\x1b": 0xFF1B, "\x7f": 0xFFFF}
"""Characters that have keys of their own."""

_UNICODE = 0x0100_0000
"""From here on a keysym is a code point."""

_SHIFT, _CONTROL, _LEVEL3 = 0xFFE1, 0xFFE3, 0xFE03
"""Keysyms of the left Shift and Control keys, and of AltGr."""

_COLUMNS: Mapping[int, tuple[int, ...]] = {0: (0, 1, 4, 5), 1: (2, 3, 6, 7)}
"""By group, where a row of the keymap has its levels: alone, Shift, AltGr, both."""

_HELD: tuple[tuple[int, ...], ...] = ((), (_SHIFT,), (_LEVEL3,), (_LEVEL3, _SHIFT))
"""What is held for each level."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be typed: a keysym, and whether with Control."""

    keysym: int
    control: bool = False


@dataclass(frozen=True, slots=True)
class Press:
    """A key, and those that are held while it is pressed, by their keycodes."""

    keycode: int
    held: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class KeyState:
    """The group (layout) that is chosen now, from 0 on, and whether Caps Lock is on."""

    group: int = 0
    caps: bool = False


@dataclass(frozen=True, slots=True)
class Keys:
    """What can be typed now.

    ``presses`` by keysym; ``spare`` are the keys that the layout leaves free, each with the
    keysym that we have put there, or 0.
    """

    presses: Mapping[int, Press]
    spare: Mapping[int, int]
    control: tuple[int, ...] = field(default=())

    def press(self, wanted: Wanted) -> Press | None:
        """The keys for it, or None: the layout has none."""
        found = self.presses.get(wanted.keysym)
        if found is None or not wanted.control:
            return found
        return Press(found.keycode, (*self.control, *found.held))


def wanted(text: str) -> Iterator[Wanted]:
    """What is pressed for a text; one Enter for CR LF, as scanners that type have it."""
    for char in text.replace("\r\n", "\r"):
        if char in _NAMED:
            yield Wanted(_NAMED[char])
        elif char < " ":  # as scanners send them: GS is Ctrl and the key of ]
            yield Wanted(keysym_of(chr(ord(char) | 0x40).lower()), control=True)
        else:
            yield Wanted(keysym_of(char))


def keysym_of(char: str) -> int:
    """Of a printable character: Latin-1 has its own numbers."""
    code = ord(char)
    return code if code < 0x7F or 0xA0 <= code <= 0xFF else _UNICODE + code


def read_keys(
    first: int, rows: Sequence[Sequence[int]], state: KeyState, ours: Mapping[int, int]
) -> Keys:
    """What a server's keymap gives, ``rows`` being those of the keycodes from ``first`` on.

    ``ours``: keysyms that we have put on keys that were free. In a third or fourth group only
    keys that we put there can be relied on.
    """
    spare: dict[int, int] = {}
    used: dict[int, Sequence[int]] = {}
    for keycode, row in enumerate(rows, first):
        held = set(row) - {0}
        if not held:
            spare[keycode] = 0
        elif held == {ours.get(keycode)}:
            spare[keycode] = ours[keycode]
        else:
            used[keycode] = row
    named = _first_of((row[0], keycode) for keycode, row in used.items())
    presses = {
        keysym: Press(used_key, tuple(named[one] for one in held))
        for keysym, used_key, held in _levels(used, state)
        if all(one in named for one in held)
    }
    presses |= {keysym: Press(named[keysym]) for keysym in _NAMED.values() if keysym in named}
    presses |= {keysym: Press(keycode) for keycode, keysym in spare.items() if keysym}
    return Keys(presses, spare, (named[_CONTROL],) if _CONTROL in named else ())


def _levels(
    used: Mapping[int, Sequence[int]], state: KeyState
) -> Iterator[tuple[int, int, tuple[int, ...]]]:
    """Keysym, keycode and what is held, the best way to type a keysym last."""
    columns = _COLUMNS.get(state.group, ())
    for level, column in reversed(list(enumerate(columns))):
        for keycode, row in reversed(list(used.items())):
            if column >= len(row) or not row[column]:
                continue
            # Caps Lock turns Shift round where a key has both cases of a letter.
            turned = state.caps and level < 2 and _cased(row[columns[0]], row[columns[1]])
            yield row[column], keycode, _HELD[level ^ turned]


def _cased(lower: int, upper: int) -> bool:
    small, capital = _char(lower), _char(upper)
    return small != capital == small.upper()


def _char(keysym: int) -> str:
    """The character of a Latin-1 or Unicode keysym; empty of any other."""
    if _UNICODE <= keysym <= _UNICODE + sys.maxunicode:
        return chr(keysym - _UNICODE)
    return chr(keysym) if keysym < 0x100 else ""


def _first_of(pairs: Iterable[tuple[int, int]]) -> dict[int, int]:
    found: dict[int, int] = {}
    for keysym, keycode in pairs:
        found.setdefault(keysym, keycode)
    return found
