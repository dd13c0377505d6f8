"""What a scanner works out of a dialect once: one regular expression for the easy tokens.

Those are text and the commands of one length. Knows no meaning, and no lengths that depend on the
data (escpos_measure).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from pos_guard.frames.escpos_table import NAMES, Dialect

SELECT_DEVICE, KANJI_FONT, INITIALIZE = b"\x1b=", b"\x1c(", b"\x1b@"
SELECTORS = frozenset({SELECT_DEVICE, KANJI_FONT, INITIALIZE})
"""First two bytes of the commands that change how long others are."""

MAX_PLANS = 16
"""Dialects whose plan is kept: there are five, and a few that twins vary."""

_FIRST_LETTER = 0x20


@dataclass(frozen=True, slots=True)
class Plan:
    """``names`` and ``sizes`` of what ``runs`` finds, by its first two bytes or its only one.

    ``leads`` are the bytes that can start a command of several bytes, ``letters`` those that
    start text.
    """

    names: Mapping[bytes, str]
    sizes: Mapping[bytes, int]
    runs: re.Pattern[bytes]
    leads: frozenset[int]
    letters: frozenset[int]


@dataclass(frozen=True, slots=True, eq=False)
class _Same:
    """A dialect as a key: the same object, whatever is in it."""

    dialect: Dialect

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other.dialect is self.dialect

    def __hash__(self) -> int:
        return id(self.dialect)


def plan_of(dialect: Dialect) -> Plan:
    """Made at the first use of a dialect, which must not change afterwards."""
    return _plan(_Same(dialect))


@lru_cache(MAX_PLANS)
def _plan(same: _Same) -> Plan:
    fixed = _fixed(same.dialect)
    sizes = {head: size for head, (_, size) in fixed.items()}
    leads = frozenset(head[0] for head in same.dialect if len(head) > 1)
    letters = frozenset(range(_FIRST_LETTER, 256)) - leads
    return Plan(
        names={head: name for head, (name, _) in fixed.items()},
        sizes=sizes,
        runs=_runs(sizes, letters),
        leads=leads,
        letters=letters,
    )


def _fixed(dialect: Dialect) -> dict[bytes, tuple[str, int]]:
    """Name and size of what needs no measure, by its first two bytes or its only one.

    Not among them are the commands that change others, and those that are changed.
    """
    fixed = {
        head: (shape.name, shape.fixed)
        for head, shape in dialect.items()
        if shape.measure is None and len(head) == 2 and head not in SELECTORS
    }
    for varied in {head[:2] for head in dialect if len(head) > 2}:
        fixed.pop(varied, None)
    single = {bytes((byte,)): (name, 1) for byte, name in NAMES.items()}
    single |= {head: (shape.name, 1) for head, shape in dialect.items() if len(head) == 1}
    return fixed | single | {b"\0\0": (NAMES[0], 1)}


def _runs(sizes: Mapping[bytes, int], letters: frozenset[int]) -> re.Pattern[bytes]:
    """Text, NULs, commands of one length; from any other byte on, all to the end."""
    seconds: dict[tuple[int, int], bytes] = {}
    for head, size in sizes.items():
        if len(head) == 2 and head[0]:
            seconds[head[0], size] = seconds.get((head[0], size), b"") + re.escape(head[1:])
    fixed = [
        re.escape(bytes((lead,))) + b"[" + letters + b"]" + b".{%d}" % (size - 2)
        for (lead, size), letters in seconds.items()
    ]
    single = re.escape(b"".join(head for head in sizes if len(head) == 1 and head[0]))
    others = bytes(byte for byte in range(256) if byte not in letters)
    # A range is quicker than the same class spelt out, and it is all there is but in raster mode.
    text = rb"[\x20-\xff]+" if len(others) == _FIRST_LETTER else b"[^" + re.escape(others) + b"]+"
    parts = [text, b"[" + single + b"]", rb"\x00+", *fixed, rb".+"]
    return re.compile(b"|".join(parts), re.DOTALL)
