"""How large a QR code is, so that it fits on the paper. Pure."""

from __future__ import annotations

from typing import Literal

from pos_guard.errors import LocalError

Level = Literal["L", "M", "Q", "H"]

QUIET = 4
"""White modules around a QR code (ISO/IEC 18004, 6.3.8)."""

MIN_DOTS = 2
"""Dots of a module: one dot is 0.125 mm, which no telephone reads from thermal paper."""

# Share of the codewords that carries data, rounded down over all versions (ISO/IEC 18004 table 7).
_DATA_PERCENT = {"L": 73, "M": 58, "Q": 44, "H": 33}


def fitting_dots(dots: int, modules: int, width: int) -> int:
    """The dots a module of a symbol, at most ``dots``, so that it fits on the paper.

    A printer leaves out a symbol that is too wide, and says nothing.

    :raises LocalError: when it does not fit with MIN_DOTS either.
    """
    fitting = min(dots, width // modules)
    if fitting < MIN_DOTS:
        raise LocalError(f"a QR code of {modules} modules does not fit on {width} dots")
    return fitting


def modules_at_most(size: int, level: Level) -> int:
    """Modules a side of the symbol for ``size`` bytes, quiet zone included; never too few.

    From the number of codewords of a version (ISO/IEC 18004, 7.4.10), without its tables.

    :raises LocalError: when no symbol holds so much.
    """
    for version in range(1, 41):
        header = 2 if version < 10 else 3
        if _codewords(version) * _DATA_PERCENT[level] // 100 >= size + header:
            return 17 + 4 * version + 2 * QUIET
    raise LocalError(f"{size} bytes are too many for a QR code at level {level}")


def _codewords(version: int) -> int:
    modules = (16 * version + 128) * version + 64
    if version >= 2:
        aligned = version // 7 + 2
        modules -= (25 * aligned - 10) * aligned - 55
    if version >= 7:
        modules -= 36
    return modules // 8
