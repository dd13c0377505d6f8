"""Draws symbols dot by dot: barcodes, QR codes, and all others through zxing-cpp.

With paper_image the only file that needs Pillow and segno; DataBar, PDF417, MaxiCode, DataMatrix
and Aztec need zxing-cpp.
"""

from __future__ import annotations

import importlib
from functools import lru_cache
from types import ModuleType
from typing import Any

from pos_guard.errors import LocalError
from pos_guard_simulator.paper_barcode import elements
from pos_guard_simulator.paper_cells import Dots
from pos_guard_simulator.paper_codes import Bars, Code, Qr

try:
    import segno
except ImportError as error:  # pragma: no cover - needs an environment without it
    raise LocalError('drawing symbols needs segno: pip install "pos-guard[simulator]"') from error

_NONE = Dots(0, ())

_BAR_FORMATS = {75: "DataBarOmni", 76: "DataBarOmni", 77: "DataBarLtd", 78: "DataBarExp"}
"""GS k 75 to 78. The truncated DataBar has the bars of the other, less high."""

_DATABAR_FORMATS = {72: "DataBarStk", 73: "DataBarStkOmni", 76: "DataBarExpStk"}
"""The n of GS ( k 51 80 [gs_lparen_lk_fn380]."""

_PDF_ROW = 3
"""Dots down of a row in the library's picture of one module a dot."""

_MAXICODE_SCALE = 1.5
"""MaxiCode has one size, 28.14 mm across (ISO/IEC 16023): 225 dots of the library's 149."""

_MICRO = 3
_MAX_DATA = 4_000
"""More than any of the symbols holds (Aztec: 3,832 digits)."""


def qr(item: Qr) -> Dots:
    """The symbol without its quiet zone, as printers draw it: the paper around it is white.

    Empty when no symbol of the kind can hold the data.
    """
    data = item.stored.data
    if not data or len(data) > 2 * _MAX_DATA:
        return _NONE
    micro = item.model == _MICRO
    version = item.version or None
    try:
        level = None if micro else item.level
        code = segno.make(
            data, error=level, version=None if micro else version, micro=micro, boost_error=False
        )
    except segno.DataOverflowError:
        return _NONE if version is None else qr(Qr(item.stored, item.dots, item.level, item.align))
    rows = tuple(int("".join("1" if cell else "0" for cell in row), 2) for row in code.matrix)
    return _scaled(Dots(len(rows), rows), item.dots, item.dots)


def bars(item: Bars) -> Dots:
    """One row of a barcode without its letters; empty for data that it cannot hold."""
    kind, data = item.barcode.kind, item.barcode.data
    if kind in _BAR_FORMATS:
        found = _databar(kind, data)
        return _scaled(found, item.module, 1)
    widths = elements(kind, data, item.module)
    if widths is None:
        return _NONE
    row, dark = 0, True
    for width in widths:
        row = row << width | ((1 << width) - 1 if dark else 0)
        dark = not dark
    return Dots(sum(widths), (row,))


def code(item: Code) -> Dots:
    """A symbol of GS ( k; empty for data that it cannot hold."""
    data = item.data
    if len(data) > _MAX_DATA:
        return _NONE
    module = min(max(item.setting("C", 3), 1), 16)
    if item.symbol == "pdf417":
        return _pdf417(item, module)
    if item.symbol == "maxicode":
        return _resized(_drawn("MaxiCode", data), _MAXICODE_SCALE)
    match item.symbol:
        case "aztec":
            found = _drawn("Aztec", data, version=_aztec_version(item))
        case "datamatrix":
            found = _drawn("DataMatrix", data, force_square=item.setting("B", 48) % 48 == 0)
        case "databar":
            found = _stacked(item)
        case _:
            found = _NONE  # a composite: no library at hand draws one
    return _scaled(found, module, module)


def _pdf417(item: Code, module: int) -> Dots:
    """GS ( k 48: A columns, B rows (0: as needed), C module, D row height, F truncated."""
    options: dict[str, int] = {}
    if columns := item.setting("A", 0):
        options["columns"] = columns
    if (rows := item.setting("B", 0)) and not columns:
        options["rows"] = rows
    name = "CompactPDF417" if item.setting("F", 0) % 48 else "PDF417"
    found = _drawn(name, item.data, **options)
    height = min(max(item.setting("D", 3), 2), 8)
    return _scaled(Dots(found.width, found.rows[::_PDF_ROW]), module, module * height)


def _aztec_version(item: Code) -> int | None:
    """GS ( k 53 fn B: full range or compact, and its layers; 0 are as many as needed."""
    values = dict(item.settings).get("B", ())
    return None if len(values) < 2 or not values[1] else values[1] + 4 * (values[0] % 48 == 0)


def _databar(kind: int, data: bytes) -> Dots:
    """The bars of GS k 75 to 78: 13 digits, the check digit is the printer's."""
    text = data.decode("latin-1")
    if kind == 78:
        found = _drawn(_BAR_FORMATS[kind], text if text[:1] == "(" else f"({text[:2]}){text[2:]}")
    else:
        digits = text.removeprefix("(01)")
        found = _drawn(_BAR_FORMATS[kind], digits[:13]) if digits.isdigit() else _NONE
    return Dots(found.width, found.rows[:1])


def _stacked(item: Code) -> Dots:
    kind = item.selector[0] if item.selector else 0
    name = _DATABAR_FORMATS.get(kind)
    if name is None:
        return _NONE
    text = item.data.decode("latin-1")
    return _drawn(name, text if kind == 76 else text[:13])


@lru_cache(maxsize=256)
def _drawn(name: str, data: str | bytes, **options: int | None) -> Dots:
    """The library's symbol, one dot a module; empty for data that it refuses.

    :raises LocalError: without zxing-cpp, naming the command that installs it.
    """
    zxing: Any = _library()  # it has no types: its values end in this function
    given = {key: value for key, value in options.items() if value is not None}
    try:
        made = zxing.create_barcode(data, getattr(zxing.BarcodeFormat, name), **given)
        view = memoryview(made.to_image(scale=1, add_quiet_zones=False))
    except (ValueError, RuntimeError):
        return _NONE
    height, width = (view.shape or (0, 0))[:2]
    flat = view.tobytes()
    rows = (flat[start : start + width] for start in range(0, width * height, width))
    return Dots(width, tuple(_row(row) for row in rows))


def _library() -> ModuleType:
    try:
        zxing = importlib.import_module("zxingcpp")
    except ModuleNotFoundError as error:
        raise LocalError('2D codes need zxing-cpp: pip install "pos-guard[simulator]"') from error
    if not hasattr(zxing.BarcodeFormat, "DataBarOmni"):
        raise LocalError('2D codes need zxing-cpp 3: pip install "zxing-cpp>=3"')
    return zxing


def _row(row: bytes) -> int:
    return int("".join("0" if grey > 127 else "1" for grey in row), 2)


def _scaled(found: Dots, across: int, down: int) -> Dots:
    """Every dot so many dots wide and high."""
    ones = (1 << across) - 1
    rows: list[int] = []
    for row in found.rows:
        wide = 0
        for bit in f"{row:0{found.width}b}":
            wide = wide << across | (ones if bit == "1" else 0)
        rows += [wide] * down
    return Dots(found.width * across, tuple(rows))


def _resized(found: Dots, times: float) -> Dots:
    """Nearest dots of a picture that has no whole modules."""
    width, height = int(found.width * times), int(len(found.rows) * times)
    places = [found.width - 1 - int(x / times) for x in range(width)]
    rows: list[int] = []
    for y in range(height):
        row = found.rows[int(y / times)]
        rows.append(int("".join("1" if row >> place & 1 else "0" for place in places), 2))
    return Dots(width, tuple(rows))
