"""QR codes as black dots, for printers that cannot draw them. The one file that needs segno."""

from __future__ import annotations

import segno

from pos_guard.errors import LocalError
from pos_guard_drivers.receipt_bitmap import Bitmap, from_modules
from pos_guard_drivers.receipt_qr_size import QUIET, Level, fitting_dots


def drawn_qr(data: bytes, dots: int, level: Level, width: int) -> Bitmap:
    """The symbol with its quiet zone, ``dots`` dots a module or as many as ``width`` lets.

    :raises LocalError: for more data than a symbol holds, or when it does not
        fit on the paper.
    """
    try:
        symbol = segno.make_qr(data, error=level, boost_error=False)
    except ValueError as error:
        raise LocalError(f"this QR code cannot be made: {error}") from error
    modules = [bytes(row) for row in symbol.matrix_iter(border=QUIET)]
    return from_modules(modules, fitting_dots(dots, len(modules), width))
