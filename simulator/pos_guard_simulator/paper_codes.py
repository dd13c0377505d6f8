"""Symbols on paper: barcodes, QR codes and the others of GS ( k, as the host asked for them.

How they look: paper_symbols.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import isqrt

from pos_guard.frames.escpos_commands import Align, Barcode, QrStore
from pos_guard.frames.escpos_hri import hri_text
from pos_guard.frames.escpos_images import Symbol
from pos_guard_simulator.paper_cells import CELL_HEIGHT, WHOLE, Area

HRI_GAP = 4
"""Dots between bars and the letters below or above them."""


@dataclass(frozen=True, slots=True)
class Qr:
    """A QR symbol: ``dots`` a module, error correction ``level``.

    ``model`` 3 is micro QR; ``version`` 0 is the smallest that fits.
    """

    stored: QrStore
    dots: int
    level: str
    align: Align
    model: int = 2
    version: int = 0
    area: Area = WHOLE

    @property
    def advance(self) -> int:
        """Dots of paper, about: the version depends on the data."""
        return self.dots * (21 + isqrt(12 * len(self.stored.data)))

    @property
    def text(self) -> str:
        """``[QR: payload]``."""
        return f"[QR: {self.stored.data.decode('utf-8', errors='replace')}]"


@dataclass(frozen=True, slots=True)
class Bars:
    """A barcode: module width and height in dots; ``hri`` 0 none, 1 above, 2 below, 3 both."""

    barcode: Barcode
    module: int
    height: int
    hri: int
    align: Align
    hri_font_b: bool = False
    area: Area = WHOLE

    @property
    def letters(self) -> str:
        """What is written above or below; empty where nothing is."""
        if not self.hri:
            return ""
        kind, data = self.barcode.kind, self.barcode.data
        return hri_text(bytes((0x1D, 0x6B, kind, len(data) % 256)) + data)

    @property
    def advance(self) -> int:
        """Dots of paper that it takes."""
        lines = {0: 0, 1: 1, 2: 1, 3: 2}[self.hri] if self.letters else 0
        return self.height + lines * (CELL_HEIGHT[self.hri_font_b] + HRI_GAP)

    @property
    def name(self) -> str:
        """The symbology."""
        return BARCODE_NAMES.get(self.barcode.kind, f"barcode {self.barcode.kind}")

    @property
    def text(self) -> str:
        """``[EAN13: digits]``."""
        return f"[{self.name}: {self.barcode.data.decode('ascii', errors='replace')}]"


@dataclass(frozen=True, slots=True)
class Code:
    """A symbol of GS ( k beside QR. ``settings`` are its functions' letters and numbers.

    They are those of escpos_images.SymbolSetting; what is not set is as at power on.
    """

    symbol: Symbol
    data: bytes
    selector: bytes
    align: Align
    settings: tuple[tuple[str, tuple[int, ...]], ...] = ()
    area: Area = WHOLE

    def setting(self, letter: str, otherwise: int) -> int:
        """The first number of one setting."""
        values = dict(self.settings).get(letter, ())
        return values[0] if values else otherwise

    @property
    def advance(self) -> int:
        """Dots of paper, about: the size depends on the data."""
        return self.setting("C", 3) * (18 + 2 * isqrt(4 * len(self.data)))

    @property
    def name(self) -> str:
        """The symbology."""
        return CODE_NAMES[self.symbol]

    @property
    def text(self) -> str:
        """``[PDF417: payload]``."""
        return f"[{self.name}: {self.data.decode('utf-8', errors='replace')}]"


BARCODE_NAMES = {
    65: "UPC-A",
    66: "UPC-E",
    67: "EAN13",
    68: "EAN8",
    69: "CODE39",
    70: "ITF",
    71: "CODABAR",
    72: "CODE93",
    73: "CODE128",
    74: "GS1-128",
    75: "GS1 DataBar",
    76: "GS1 DataBar Truncated",
    77: "GS1 DataBar Limited",
    78: "GS1 DataBar Expanded",
    79: "CODE128",
}

CODE_NAMES: dict[Symbol, str] = {
    "pdf417": "PDF417",
    "maxicode": "MaxiCode",
    "databar": "GS1 DataBar",
    "composite": "GS1 Composite",
    "aztec": "Aztec",
    "datamatrix": "DataMatrix",
}
