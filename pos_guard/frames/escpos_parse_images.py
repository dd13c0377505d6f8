"""Reads the commands of escpos_images. The scanner has found their end; lengths are right here.

Source: Epson ESC/POS Command Reference (page names in brackets); ESC Z: "80MM Printer Programmer
Manual" 20161207. KeyError, IndexError and ConstructError mean parameters out of range.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from construct import (
    Array,
    Byte,
    Bytes,
    Const,
    GreedyBytes,
    Int16ul,
    Prefixed,
    Struct,
    Terminated,
    this,
)

from pos_guard.frames import escpos_images as images
from pos_guard.frames.escpos_images import Image, Memory, Symbol

_PICTURE = Struct("x" / Int16ul, "y" / Int16ul, "data" / Bytes(this.x * this.y * 8))
_NV_IMAGES = Struct(
    Const(b"\x1cq"), "count" / Byte, "pictures" / Array(this.count, _PICTURE), Terminated
)
_DOWNLOADED = Struct(
    Const(b"\x1d*"), "x" / Byte, "y" / Byte, "data" / Bytes(this.x * this.y * 8), Terminated
)
_GLYPHS = Struct(
    Const(b"\x1b&"),
    "height" / Byte,
    "first" / Byte,
    "last" / Byte,
    "glyphs"
    / Array(this.last - this.first + 1, Struct("x" / Byte, "data" / Bytes(this.x * this._.height))),
    Terminated,
)
_STORED = Struct("a" / Byte, "key" / Bytes(2), "b" / Byte, "x" / Int16ul, "y" / Int16ul)
_COLUMNS = Struct(
    "a" / Byte,
    "bx" / Byte,
    "by" / Byte,
    "c" / Byte,
    "x" / Int16ul,
    "y" / Int16ul,
    "data" / Bytes(this.x * ((this.y + 7) // 8)),
    Terminated,
)
_STORED_PRINT = Struct("key" / Bytes(2), "x" / Byte, "y" / Byte, Terminated)
_VENDOR_QR = Struct(
    Const(b"\x1bZ"),
    "version" / Byte,
    "level" / Byte,
    "dots" / Byte,
    "data" / Prefixed(Int16ul, GreedyBytes),
    Terminated,
)

_SYMBOLS: Mapping[int, Symbol] = {
    48: "pdf417",
    50: "maxicode",
    51: "databar",
    52: "composite",
    53: "aztec",
    54: "datamatrix",
}
_SELECTOR: Mapping[Symbol, int] = {"databar": 1, "composite": 2}
_LEVELS: Mapping[int, str] = {
    start + number: letter for number, letter in enumerate("LMQH") for start in (0, 48)
} | {ord(letter): letter for letter in "LMQH"}
_CLEAR = b"CLR"
_MAX_VERSION = 40


def read_graphics(function: int, data: bytes) -> Image | None:
    """GS ( L and GS 8 L: the functions that store, print, delete and ask; ``data`` after fn."""
    reader = _GRAPHICS.get(function)
    return None if reader is None else reader(function, data)


def read_symbol(kind: int, function: int, data: bytes) -> Image | None:
    """GS ( k of any symbol but QR; ``data`` after fn. None for symbols unknown."""
    symbol = _SYMBOLS.get(kind)
    if symbol is None:
        return None
    if function == 80:
        return _symbol_store(symbol, data)
    if function in (81, 82):
        if data != b"0":
            raise KeyError(data)
        return images.SymbolPrint(symbol) if function == 81 else images.SymbolSizeRequest(symbol)
    if not data:
        raise KeyError(function)
    return images.SymbolSetting(symbol, chr(function), tuple(data))


def _symbol_store(symbol: Symbol, data: bytes) -> Image:
    """M is 48 but for MaxiCode, where it is the mode, 50 to 54 [gs_lparen_lk_fn280]."""
    if not 48 <= data[0] <= 54:
        raise KeyError(data[0])
    start = 1 + _SELECTOR.get(symbol, 0)
    if len(data) <= start:
        raise KeyError(symbol)
    return images.SymbolStore(symbol, data[start:], selector=data[1:start])


def _memory(function: int) -> Memory:
    """64 to 69 are of NV memory, 80 to 85 of download memory."""
    return "nv" if function < 80 else "download"


def _stored(function: int, data: bytes) -> Image:
    form = _STORED.parse(data)
    raster = function in (67, 83)
    plane = (form.x + 7) // 8 * form.y if raster else form.x * ((form.y + 7) // 8)
    rest = data[_STORED.sizeof() :]
    if form.b < 1 or len(rest) != form.b * (plane + 1):
        raise KeyError(form.b)
    return images.StoredImage(
        _memory(function), bytes(form.key), form.x, form.y, raster, form.b, rest[1 : plane + 1]
    )


def _stored_columns(function: int, data: bytes) -> Image:
    del function
    form = _COLUMNS.parse(data)
    return images.ColumnGraphics(
        form.x, form.y, wide=form.bx == 2, tall=form.by == 2, data=bytes(form.data)
    )


def _stored_print(function: int, data: bytes) -> Image:
    form = _STORED_PRINT.parse(data)
    return images.StoredImagePrint(_memory(function), bytes(form.key), form.x, form.y)


def _delete(function: int, data: bytes) -> Image:
    return images.StoredImageDelete(_memory(function), {2: data}[len(data)])


def _delete_all(function: int, data: bytes) -> Image:
    return images.StoredImageDelete(_memory(function), {_CLEAR: b""}[data])


def _keys(function: int, data: bytes) -> Image:
    if data != b"KC":
        raise KeyError(data)
    return images.KeyListRequest(_memory(function))


def _capacity(function: int, data: bytes) -> Image:
    if data:
        raise KeyError(data)
    number = function & 0x0F
    return images.CapacityRequest("download" if number == 4 else "nv", remaining=number != 0)


_GRAPHICS: Mapping[int, Callable[[int, bytes], Image]] = {
    **dict.fromkeys((0, 3, 4, 48, 51, 52), _capacity),
    **dict.fromkeys((64, 80), _keys),
    **dict.fromkeys((65, 81), _delete_all),
    **dict.fromkeys((66, 82), _delete),
    **dict.fromkeys((67, 68, 83, 84), _stored),
    **dict.fromkeys((69, 85), _stored_print),
    113: _stored_columns,
}


def _nv_images(raw: bytes) -> Image:
    form = _NV_IMAGES.parse(raw)
    if not form.count:
        raise KeyError(form.count)
    return images.NvImages(
        tuple(images.Picture(each.x * 8, each.y, bytes(each.data)) for each in form.pictures)
    )


def _scale(number: int) -> tuple[bool, bool]:
    """The m of FS p and GS /: bit 0 doubles the width, bit 1 the height; 0 to 3 or "0" to "3"."""
    if number & ~0x30 > 3:
        raise KeyError(number)
    return bool(number & 1), bool(number & 2)


def _downloaded(raw: bytes) -> Image:
    form = _DOWNLOADED.parse(raw)
    if not form.data:
        raise KeyError("an image has a width and a height")
    return images.DownloadedImage(images.Picture(form.x * 8, form.y, bytes(form.data)))


def _glyphs(raw: bytes) -> Image:
    form = _GLYPHS.parse(raw)
    glyphs = tuple(images.Glyph(each.x, bytes(each.data)) for each in form.glyphs)
    return images.UserCharacters(form.height, form.first, glyphs)


def _vendor_qr(raw: bytes) -> Image:
    form = _VENDOR_QR.parse(raw)
    if form.version > _MAX_VERSION or not form.dots or not form.data:
        raise KeyError(form.version)
    return images.VendorQr(form.version, _LEVELS[form.level], form.dots, bytes(form.data))


READERS: Mapping[str, Callable[[bytes], Image | None]] = {
    "FS q": _nv_images,
    "FS p": lambda raw: images.NvImagePrint(raw[2], *_scale(raw[3])),
    "GS *": _downloaded,
    "GS /": lambda raw: images.DownloadedImagePrint(*_scale(raw[2])),
    "ESC &": _glyphs,
    "ESC ?": lambda raw: images.UserCharacterCancel(raw[2:]),
    "FS ?": lambda raw: images.UserCharacterCancel(raw[2:]),
    "FS 2": lambda raw: images.UserKanji(raw[2:4], raw[4:]),
    "ESC %": lambda raw: images.UserCharactersOn(bool(raw[2] & 1)),
    "ESC Z": _vendor_qr,
}
"""By token name. GS ( L, GS 8 L and GS ( k go by read_graphics and read_symbol."""
