"""The characters of one printed line: most come in runs of one kind, and nobody looks at them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from operator import attrgetter
from typing import NamedTuple, overload

from pos_guard_simulator.paper_cells import COLUMN, Char, Style


class CharRun(NamedTuple):
    """Characters side by side, each ``step`` dots right of the one before, in the font's shapes."""

    text: str
    x: int
    step: int
    cell: int
    style: Style
    full: bool

    @property
    def first(self) -> Char:
        """The first of them."""
        return Char(self.text[0], self.x, self.cell, self.style, self.full)

    def spread(self) -> list[Char]:
        """Each by itself."""
        places = range(self.x, self.x + self.step * len(self.text), self.step)
        cell, style, full = self.cell, self.style, self.full
        return [Char(char, x, cell, style, full) for char, x in zip(self.text, places, strict=True)]


class Chars(Sequence[Char]):
    """Characters in the order in which they were set; runs are spread when somebody looks."""

    __slots__ = ("_chars", "_parts", "tallest")

    def __init__(self, parts: Sequence[Char | CharRun] = ()) -> None:
        self._parts = parts
        self._chars: tuple[Char, ...] | None = None
        self.tallest = max((_one(part).height for part in parts), default=0)

    def __len__(self) -> int:
        return sum(len(part.text) if isinstance(part, CharRun) else 1 for part in self._parts)

    def __iter__(self) -> Iterator[Char]:
        return iter(self._all())

    @overload
    def __getitem__(self, index: int) -> Char: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[Char]: ...

    def __getitem__(self, index: int | slice) -> Char | Sequence[Char]:
        return self._all()[index]

    def words(self) -> list[tuple[int, str, int]]:
        """From left to right where something stands, what, and where it ends: as long as can be."""
        words = sorted(map(_word, self._parts))
        whole = all(one[2] <= other[0] for one, other in pairwise(words))
        if whole and all(map(_close, self._parts)):
            return words
        return [_word(char) for char in sorted(self._all(), key=attrgetter("x"))]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Chars) and self._all() == other._all()

    def __hash__(self) -> int:
        return hash(self._all())

    def _all(self) -> tuple[Char, ...]:
        if self._chars is None:
            found: list[Char] = []
            for part in self._parts:
                found += part.spread() if isinstance(part, CharRun) else [part]
            self._chars = tuple(found)
        return self._chars


def _word(part: Char | CharRun) -> tuple[int, str, int]:
    if isinstance(part, CharRun):
        return part.x, part.text, part.x + part.step * (len(part.text) - 1) + part.cell
    return part.x, part.char, part.x + part.cell


def _close(part: Char | CharRun) -> bool:
    """No column is free between its characters."""
    return not isinstance(part, CharRun) or part.step - part.cell < COLUMN


def _one(part: Char | CharRun) -> Char:
    return part.first if isinstance(part, CharRun) else part
