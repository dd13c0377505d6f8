"""What the commands mean that store and print pictures, symbols and characters of one's own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Memory = Literal["nv", "download"]
"""NV memory keeps its pictures when the power is off; download memory does not."""

Symbol = Literal["pdf417", "maxicode", "databar", "composite", "aztec", "datamatrix"]
"""The 2D symbols of GS ( k beside QR; ``databar`` is the two-dimensional (stacked) GS1 DataBar."""


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture in columns of ``rows`` bytes, top first: as FS q and GS * have it."""

    columns: int
    rows: int
    data: bytes


@dataclass(frozen=True, slots=True)
class NvImages:
    """FS q: all NV bit images, the first is number 1; earlier ones are gone."""

    pictures: tuple[Picture, ...]


@dataclass(frozen=True, slots=True)
class NvImagePrint:
    """FS p: NV bit image ``number``; ``wide`` and ``tall`` double its dots."""

    number: int
    wide: bool
    tall: bool


@dataclass(frozen=True, slots=True)
class DownloadedImage:
    """GS *: the one downloaded bit image."""

    picture: Picture


@dataclass(frozen=True, slots=True)
class DownloadedImagePrint:
    """GS /."""

    wide: bool
    tall: bool


@dataclass(frozen=True, slots=True)
class StoredImage:
    """GS ( L and GS 8 L fn 67, 68 (NV), 83, 84 (download): a picture under a two-letter key.

    ``raster``: ``data`` is in rows (67, 83), else in columns (68, 84). Each colour's plane follows
    its colour number; only the first plane is here, and ``colors`` says how many there are.
    """

    memory: Memory
    code: bytes
    width: int
    height: int
    raster: bool
    colors: int
    data: bytes


@dataclass(frozen=True, slots=True)
class ColumnGraphics:
    """GS ( L and GS 8 L fn 113: columns of ``(height + 7) // 8`` bytes, for GraphicsPrint."""

    width: int
    height: int
    wide: bool
    tall: bool
    data: bytes


@dataclass(frozen=True, slots=True)
class StoredImagePrint:
    """GS ( L fn 69 (NV) and 85 (download): the picture of this key; ``x``, ``y`` 1 or 2."""

    memory: Memory
    code: bytes
    x: int
    y: int


@dataclass(frozen=True, slots=True)
class StoredImageDelete:
    """GS ( L fn 66, 82: the picture of this key; fn 65, 81: all of them (``code`` is empty)."""

    memory: Memory
    code: bytes


@dataclass(frozen=True, slots=True)
class CapacityRequest:
    """GS ( L fn 0, 3, 4 (48, 51, 52): how many bytes there are, or are left (``remaining``)."""

    memory: Memory
    remaining: bool


@dataclass(frozen=True, slots=True)
class KeyListRequest:
    """GS ( L fn 64, 80: the keys that have a picture."""

    memory: Memory


@dataclass(frozen=True, slots=True)
class SymbolSetting:
    """GS ( k of another symbol than QR: ``function`` is the letter of its fn.

    A columns, B rows, C module width, D row height, E error correction, F options, G maximum
    width, H font.
    """

    symbol: Symbol
    function: str
    values: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class SymbolStore:
    """GS ( k fn 80 of another symbol than QR.

    ``selector``: which DataBar it is (one byte), or the element and symbol of a composite (two).
    """

    symbol: Symbol
    data: bytes
    selector: bytes = b""


@dataclass(frozen=True, slots=True)
class SymbolPrint:
    """GS ( k fn 81 of another symbol than QR."""

    symbol: Symbol


@dataclass(frozen=True, slots=True)
class SymbolSizeRequest:
    """GS ( k fn 82 of another symbol than QR."""

    symbol: Symbol


@dataclass(frozen=True, slots=True)
class VendorQr:
    """ESC Z of Chinese printers: a QR code, stored and printed at once; ``version`` 0 fits."""

    version: int
    level: str
    dots: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Glyph:
    """One character's picture: ``width`` columns of the definition's height, top first."""

    width: int
    data: bytes


@dataclass(frozen=True, slots=True)
class UserCharacters:
    """ESC &: pictures for the codes from ``first`` on, ``height`` bytes a column."""

    height: int
    first: int
    glyphs: tuple[Glyph, ...]


@dataclass(frozen=True, slots=True)
class UserKanji:
    """FS 2: the picture of one two-byte code."""

    code: bytes
    data: bytes


@dataclass(frozen=True, slots=True)
class UserCharacterCancel:
    """ESC ? (one byte) and FS ? (two): this code shows its own sign again."""

    code: bytes


@dataclass(frozen=True, slots=True)
class UserCharactersOn:
    """ESC %: whether user-defined characters are used."""

    on: bool


Image = (
    NvImages
    | NvImagePrint
    | DownloadedImage
    | DownloadedImagePrint
    | StoredImage
    | ColumnGraphics
    | StoredImagePrint
    | StoredImageDelete
    | CapacityRequest
    | KeyListRequest
    | SymbolSetting
    | SymbolStore
    | SymbolPrint
    | SymbolSizeRequest
    | VendorQr
    | UserCharacters
    | UserKanji
    | UserCharacterCancel
    | UserCharactersOn
)
"""Every value of this file that is a command."""
