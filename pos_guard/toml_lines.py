"""Where each key of a TOML text stands, so that an error can name its line.

``tomllib`` gives values without places. This reads only headers and keys, of a text that
``tomllib`` has already accepted; keys inside inline tables share the line of their table.
"""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_right
from collections.abc import Iterator
from typing import cast

KeyPath = tuple[str | int, ...]
"""Keys from the top of the file; an int counts the tables of an array from 0."""

_KEY = r"""(?:[A-Za-z0-9_-]+|"(?:\\.|[^"\\\n])*"|'[^'\n]*')"""
_DOTTED = rf"{_KEY}(?:[ \t]*\.[ \t]*{_KEY})*"
_HEADER = re.compile(rf"(?P<open>\[\[?)[ \t]*(?P<key>{_DOTTED})[ \t]*\]\]?")
_PAIR = re.compile(rf"(?P<key>{_DOTTED})[ \t]*=")
_BLANK = re.compile(r"(?:[ \t\r\n]+|#[^\n]*)*")
_REST = re.compile(r"[^\n]*")
_PIECE = re.compile(
    r'''"""(?:\\.|(?!""").)*"{3,5}|\'\'\'(?:(?!\'\'\').)*'{3,5}'''
    r"""|"(?:\\.|[^"\\\n])*"|'[^'\n]*'|#[^\n]*|[\[{]|[\]}]|\n|[^"'#\[\]{}\n]+""",
    re.DOTALL,
)


class TomlLines:
    """An index of one TOML text: key path to line, counted from 1."""

    def __init__(self, text: str) -> None:
        self._starts = [0, *(match.end() for match in re.finditer("\n", text))]
        self._lines: dict[KeyPath, int] = {}
        self._arrays: dict[KeyPath, int] = {}
        table: KeyPath = ()
        for match in _statements(text):
            keys = _keys(match["key"])
            line = bisect_right(self._starts, match.start())
            if match.re is _HEADER:
                table = self._open(keys, array=match["open"] == "[[")
                self._note(table, line)
            else:
                self._note((*table, *keys), line)

    def line(self, path: KeyPath) -> int | None:
        """The line of a key, or of the nearest table around it that the text names."""
        for length in range(len(path), 0, -1):
            if path[:length] in self._lines:
                return self._lines[path[:length]]
        return None

    def _note(self, path: KeyPath, line: int) -> None:
        for length in range(1, len(path) + 1):
            self._lines.setdefault(path[:length], line)

    def _open(self, keys: tuple[str, ...], *, array: bool) -> KeyPath:
        """The full path of a header: an earlier array's name means its newest table."""
        path: KeyPath = ()
        for key in keys[:-1]:
            path = self._newest((*path, key))
        path = (*path, keys[-1])
        if not array:
            return path
        self._arrays[path] = self._arrays.get(path, -1) + 1
        return self._newest(path)

    def _newest(self, path: KeyPath) -> KeyPath:
        return (*path, self._arrays[path]) if path in self._arrays else path


def _keys(dotted: str) -> tuple[str, ...]:
    """The parts of a dotted key, unquoted by the TOML reader itself."""
    table = tomllib.loads(f"{dotted} = 0")
    keys: list[str] = []
    while True:
        ((key, inner),) = table.items()
        keys.append(key)
        if not isinstance(inner, dict):
            return tuple(keys)
        table = cast("dict[str, object]", inner)


def _statements(text: str) -> Iterator[re.Match[str]]:
    """Headers and pairs in order; values are stepped over, also where they span lines."""
    position = _end(_BLANK, text, 0)
    while position < len(text):
        match = _HEADER.match(text, position) or _PAIR.match(text, position)
        if match is None:
            position = _end(_REST, text, position)
        else:
            yield match
            position = _value_end(text, match.end())
        position = _end(_BLANK, text, position)


def _value_end(text: str, position: int) -> int:
    depth = 0
    for piece in _PIECE.finditer(text, position):
        found = piece.group()
        depth += (found in "[{") - (found in "]}")
        if found == "\n" and depth <= 0:
            return piece.start()
    return len(text)


def _end(pattern: re.Pattern[str], text: str, position: int) -> int:
    match = pattern.match(text, position)
    return position if match is None else match.end()
