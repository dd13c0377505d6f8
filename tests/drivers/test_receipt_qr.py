"""QR codes that are never too wide for the paper, without drawing them first."""

from __future__ import annotations

import pytest
import segno

from pos_guard.errors import LocalError
from pos_guard_drivers.receipt_qr import drawn_qr
from pos_guard_drivers.receipt_qr_size import QUIET, Level, fitting_dots, modules_at_most


@pytest.mark.parametrize("level", ["L", "M", "Q", "H"])
def test_the_size_is_never_too_small_and_seldom_too_large(level: Level) -> None:
    versions_more = 0
    for size in [*range(1, 60, 2), 100, 217, 480, 1000]:
        real = len(segno.make_qr(b"\xff" * size, error=level, boost_error=False).matrix) + 2 * QUIET
        estimate = modules_at_most(size, level)
        assert estimate >= real
        versions_more = max(versions_more, (estimate - real) // 4)
    assert versions_more <= 3


@pytest.mark.parametrize(("level", "most"), [("L", 2953), ("M", 2331), ("Q", 1663), ("H", 1273)])
def test_more_than_any_symbol_holds_is_an_error(level: Level, most: int) -> None:
    """The capacities of version 40 (ISO/IEC 18004, table 7)."""
    with pytest.raises(LocalError, match="too many"):
        modules_at_most(most + 1, level)


@pytest.mark.parametrize(
    ("dots", "modules", "width", "fitting"), [(6, 33, 576, 6), (6, 100, 576, 5), (2, 185, 384, 2)]
)
def test_modules_shrink_to_the_paper(dots: int, modules: int, width: int, fitting: int) -> None:
    assert fitting_dots(dots, modules, width) == fitting


def test_modules_that_no_telephone_reads_are_an_error() -> None:
    with pytest.raises(LocalError, match="185 modules does not fit on 360 dots"):
        fitting_dots(6, 185, 360)


def test_a_drawn_symbol_has_its_quiet_zone_and_square_modules() -> None:
    bitmap = drawn_qr(b"hello", 3, "M", 384)
    assert (bitmap.width, len(bitmap.rows)) == (3 * (21 + 8), 3 * (21 + 8))
    assert set(bitmap.rows[: 3 * QUIET]) == {bytes(bitmap.stride)}
    finder = int.from_bytes(bitmap.rows[3 * QUIET], "big") >> (bitmap.stride * 8 - 3 * (QUIET + 7))
    assert finder == (1 << 21) - 1


def test_too_much_to_draw_is_an_error() -> None:
    with pytest.raises(LocalError, match="cannot be made"):
        drawn_qr(b"\xff" * 3000, 2, "L", 576)
