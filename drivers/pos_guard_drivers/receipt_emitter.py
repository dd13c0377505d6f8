"""What a printer language must be able to say, so that a receipt can be put into it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from pos_guard_drivers.receipt_barcode import Barcode
from pos_guard_drivers.receipt_bitmap import Bitmap
from pos_guard_drivers.receipt_chars import Glyph
from pos_guard_drivers.receipt_layout import Side
from pos_guard_drivers.receipt_qr_size import Level


@dataclass(frozen=True, slots=True)
class Look:
    """How characters are printed; ``width`` and ``height`` are 1 to 8 times theirs."""

    bold: bool = False
    underline: bool = False
    invert: bool = False
    width: int = 1
    height: int = 1


@dataclass(frozen=True, slots=True)
class BarLook:
    """How a barcode is printed: height and module in dots, and where its text stands."""

    height: int = 80
    module: int = 2
    text_above: bool = False
    text_below: bool = True


class Emitter(Protocol):
    """One printer's language. It remembers what it set, and says only what changes.

    Every answer is whole commands and holds no real-time command by chance.
    """

    def start(self) -> bytes:
        """Bring the printer to a known state."""
        ...

    def align(self, side: Side) -> bytes:
        """Where the following lines, pictures and symbols stand."""
        ...

    def line(self, glyphs: Sequence[Glyph], look: Look) -> bytes:
        """Print one line.

        :raises LocalError: when the printer cannot print it in this size.
        """
        ...

    def feed(self, lines: int) -> bytes:
        """Empty lines."""
        ...

    def image(self, bitmap: Bitmap) -> bytes:
        """A picture.

        :raises LocalError: when the printer has no pictures.
        """
        ...

    def barcode(self, barcode: Barcode, look: BarLook) -> bytes:
        """A barcode that fits on the paper."""
        ...

    def qr(self, data: bytes, dots: int, level: Level) -> bytes | None:
        """A QR code by the printer's own command; None: it has none, or none for this data."""
        ...

    def cut(self, *, full: bool) -> bytes:
        """Feed to the cutter and cut; feed far enough to tear where there is none."""
        ...

    def drawer(self, pin: int) -> bytes:
        """Open the drawer on this pin of its connector (2 or 5)."""
        ...

    def buzzer(self, times: int, milliseconds: int) -> bytes:
        """Beep so often, each so long; nothing where there is no buzzer."""
        ...
