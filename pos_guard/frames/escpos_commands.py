"""What ESC/POS commands mean, as frozen values. No bytes here: escpos_parse reads them.

Here are those that a till uses on every receipt; escpos_layout, escpos_images and escpos_control
have the others.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from pos_guard.frames.escpos_control import Control
from pos_guard.frames.escpos_images import Image
from pos_guard.frames.escpos_layout import Layout


@dataclass(frozen=True, slots=True)
class Initialize:
    """ESC @: line buffer and settings are cleared, ASB is off; NV data stays."""


@dataclass(frozen=True, slots=True)
class SelectDevice:
    """ESC = n: which device takes the data that follows; real-time commands act regardless."""

    printer: bool
    display: bool


@dataclass(frozen=True, slots=True)
class Cut:
    """GS V: ``full`` or partial, after ``feed`` motion units; function C and D cuts included."""

    full: bool
    feed: int = 0


@dataclass(frozen=True, slots=True)
class DrawerPulse:
    """ESC p or DLE DC4 1: a pulse on connector pin 2 or 5. ``realtime`` for the latter."""

    pin: int
    on_ms: int
    off_ms: int
    realtime: bool = False


@dataclass(frozen=True, slots=True)
class CodePage:
    """ESC t n."""

    number: int


@dataclass(frozen=True, slots=True)
class KanjiMode:
    """FS & and FS . : two-byte characters on or off."""

    on: bool


class Align(StrEnum):
    """ESC a n."""

    LEFT = "left"
    CENTER = "center"
    RIGHT = "right"


@dataclass(frozen=True, slots=True)
class Alignment:
    """ESC a n, at the start of a line only."""

    align: Align


@dataclass(frozen=True, slots=True)
class CharacterSize:
    """GS ! n: magnification 1 to 8."""

    width: int
    height: int


@dataclass(frozen=True, slots=True)
class PrintMode:
    """ESC ! n, and FS ! n for two-byte characters (which has no font and no bold)."""

    font_b: bool
    bold: bool
    tall: bool
    wide: bool
    underline: bool


@dataclass(frozen=True, slots=True)
class QrModel:
    """GS ( k fn 165: model 1 or 2, or 3 for micro QR."""

    model: int


@dataclass(frozen=True, slots=True)
class QrSize:
    """GS ( k fn 167: dots a module."""

    dots: int


@dataclass(frozen=True, slots=True)
class QrLevel:
    """GS ( k fn 169: error correction L, M, Q or H."""

    level: str


@dataclass(frozen=True, slots=True)
class QrStore:
    """GS ( k fn 180: the symbol's data."""

    data: bytes


@dataclass(frozen=True, slots=True)
class QrPrint:
    """GS ( k fn 181: the stored symbol is printed."""


@dataclass(frozen=True, slots=True)
class QrSizeRequest:
    """GS ( k fn 182: the printer is to report the symbol's size."""


@dataclass(frozen=True, slots=True)
class Barcode:
    """GS k: ``kind`` as in form B (65 UPC-A … 73 CODE128 … 79)."""

    kind: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Raster:
    """A bit image in rows of ``columns`` bytes, most significant bit left.

    ``wide`` and ``tall`` double its dots. ``stored``: GS ( L fn 112, printed by GraphicsPrint.
    """

    columns: int
    rows: int
    wide: bool
    tall: bool
    data: bytes
    stored: bool = False


@dataclass(frozen=True, slots=True)
class GraphicsPrint:
    """GS ( L fn 2 or 50: the stored graphics are printed."""


@dataclass(frozen=True, slots=True)
class BitImage:
    """ESC *: columns of 8 or 24 dots, top first, printed with the line."""

    mode: int
    width: int
    data: bytes


@dataclass(frozen=True, slots=True)
class StatusRequest:
    """DLE EOT n (real time), GS r n, or the obsolete ESC v and ESC u."""

    number: int
    realtime: bool


@dataclass(frozen=True, slots=True)
class IdRequest:
    """GS I n."""

    number: int


@dataclass(frozen=True, slots=True)
class AutoStatus:
    """GS a n: which changes make the printer send four status bytes; 0 is off."""

    mask: int


@dataclass(frozen=True, slots=True)
class ProcessId:
    """GS ( H fn 48: answer with these four characters once everything before it is printed."""

    id: bytes


Command = (
    Initialize
    | SelectDevice
    | Cut
    | DrawerPulse
    | CodePage
    | KanjiMode
    | Alignment
    | CharacterSize
    | PrintMode
    | QrModel
    | QrSize
    | QrLevel
    | QrStore
    | QrPrint
    | QrSizeRequest
    | Barcode
    | Raster
    | GraphicsPrint
    | BitImage
    | StatusRequest
    | IdRequest
    | AutoStatus
    | ProcessId
    | Layout
    | Image
    | Control
)
"""Every value that ``parse`` can give."""
