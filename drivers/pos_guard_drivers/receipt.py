"""Receipts as people want them: text, tables, pictures, codes in; one job's bytes out.

::

    receipt = Receipt(printer_model("xprinter-80"))
    receipt.text("咖啡店", size=2, align="center")
    receipt.columns([Column(), Column(width=10, align="right")], [["拿铁", "12.50"]])
    receipt.rule().qr("https://example.test/r/17").cut()
    printer.print_receipt(receipt.bytes(), seconds=20)

Nothing is sent from here, and nothing is ever garbled silently: what this model cannot print
raises ``LocalError`` where it is added, and what was added before stays.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Self, TypedDict, Unpack

from pos_guard.errors import LocalError
from pos_guard.frames.printer_models import PrinterModel
from pos_guard_drivers.receipt_barcode import Kind, barcode
from pos_guard_drivers.receipt_bitmap import REALTIME
from pos_guard_drivers.receipt_chars import Characters
from pos_guard_drivers.receipt_emitter import BarLook, Emitter, Look
from pos_guard_drivers.receipt_escpos import EscPosEmitter
from pos_guard_drivers.receipt_layout import Column, Line, Side, column_widths, table_row, wrap
from pos_guard_drivers.receipt_qr_size import Level, fitting_dots, modules_at_most
from pos_guard_drivers.star_receipt import StarEmitter

if TYPE_CHECKING:
    from PIL.Image import Image

    from pos_guard_drivers.receipt_bitmap import Bitmap

__all__ = ["Column", "Face", "Receipt", "Style"]

MAX_BYTES = 4 << 20
"""Bytes of one receipt: a metre of pictures is 576 kB."""

MAX_QR_DOTS = 16
"""Dots a module of a QR code (GS ( k function 67)."""

Hri = Literal["none", "above", "below", "both"]


class Face(TypedDict, total=False):
    """How characters are printed. ``size`` is 1 to 8, or a pair of width and height."""

    bold: bool
    underline: bool
    invert: bool
    size: int | tuple[int, int]


class Style(Face, total=False):
    """The same, and where the lines stand."""

    align: Side


class Receipt:
    """One receipt for one printer model. Every method returns the receipt itself.

    ``replacement`` is printed for characters that the model cannot print (as ``?``); without it
    they raise. ``emitter`` is the printer's language; by default the model's.
    """

    def __init__(
        self,
        model: PrinterModel,
        *,
        replacement: str | None = None,
        emitter: Emitter | None = None,
    ) -> None:
        self.model = model
        self._characters = Characters(model, replacement)
        self._emitter = emitter or _emitter(model)
        self._job = bytearray(self._emitter.start())

    def text(self, text: str, **style: Unpack[Style]) -> Self:
        """Lines of text; what is too long for the paper is wrapped.

        :raises LocalError: for characters that this model cannot print.
        """
        look, width = self._look(style)
        lines = list[Line]()
        for line in text.replace("\r\n", "\n").split("\n"):
            lines += wrap(self._characters.glyphs(line), width)
        self._add(self._emitter.align(style.get("align", "left")))
        self._lines(lines, look)
        return self

    def columns(
        self,
        columns: Sequence[Column],
        rows: Sequence[Sequence[str]],
        *,
        gap: int = 1,
        **face: Unpack[Face],
    ) -> Self:
        """A table over the whole width of the paper; long cells make their row higher.

        :raises LocalError: when it does not fit: columns too wide, or a word too long for a
            column that stands right.
        """
        look, width = self._look(face)
        widths = column_widths(columns, width, gap)
        lines = list[Line]()
        for row in rows:
            cells = [self._characters.glyphs(cell) for cell in row]
            lines += table_row(cells, columns, widths, gap)
        self._add(self._emitter.align("left"))
        self._lines(lines, look)
        return self

    def rule(self, char: str = "-") -> Self:
        """A line of this character across the paper."""
        glyphs = self._characters.glyphs(char)
        if len(glyphs) != 1:
            raise LocalError(f"a rule is made of one character, not {char!r}")
        self._add(self._emitter.align("left"))
        self._lines([glyphs * (self.model.columns // glyphs[0].columns)], Look())
        return self

    def image(
        self,
        picture: Path | str | Image,
        *,
        width: int | None = None,
        dither: bool = True,
        align: Side = "center",
    ) -> Self:
        """A picture, at most ``width`` dots wide (the paper's, unless said), never enlarged.

        :raises LocalError: without Pillow (the message names the command that installs it), for
            what is no picture, or on a printer that has none.
        """
        try:
            from pos_guard_drivers.receipt_image import bitmap
        except ImportError as error:
            raise LocalError("pictures need Pillow: pip install 'pos-guard[images]'") from error
        wide = self.model.dots if width is None else min(width, self.model.dots)
        if wide < 1:
            raise LocalError(f"a picture is at least one dot wide, not {width}")
        return self._picture(bitmap(picture, wide, dither=dither), align)

    def barcode(
        self, kind: Kind, data: str, *, height: int = 80, module: int = 2, hri: Hri = "below"
    ) -> Self:
        """A barcode, centred; ``height`` and ``module`` in dots, ``hri`` where its text stands.

        :raises LocalError: for data this kind cannot hold, a wrong check digit, or a barcode
            wider than the paper: a printer would print nothing.
        """
        if not 1 <= height <= 255 or not 2 <= module <= 6:
            raise LocalError("a barcode is 1 to 255 dots high, its modules 2 to 6 dots wide")
        made = barcode(kind, data)
        if REALTIME.search(made.data):  # two digits a byte: 1604 in code set C is 10 04
            made = barcode(kind, data, sets=False)
        if made.modules * module > self.model.dots:
            raise LocalError(f"this barcode needs {made.modules * module} dots: it does not fit")
        look = BarLook(height, module, hri in ("above", "both"), hri in ("below", "both"))
        self._add(self._emitter.align("center") + self._emitter.barcode(made, look))
        return self

    def qr(
        self, data: str | bytes, *, dots: int = 6, level: Level = "M", align: Side = "center"
    ) -> Self:
        """A QR code, ``dots`` dots a module or as many as the paper lets; text as UTF-8.

        By the printer's own command, or drawn where it has none.

        :raises LocalError: when it does not fit, or must be drawn and segno is missing.
        """
        data = data.encode() if isinstance(data, str) else data
        if not data or not 2 <= dots <= MAX_QR_DOTS:
            raise LocalError(f"a QR code has data, and modules of 2 to {MAX_QR_DOTS} dots")
        fitting = fitting_dots(dots, modules_at_most(len(data), level), self.model.dots)
        command = self._emitter.qr(data, fitting, level)
        if command is not None:
            self._add(self._emitter.align(align) + command)
            return self
        try:
            from pos_guard_drivers.receipt_qr import drawn_qr
        except ImportError as error:
            raise LocalError(
                "this QR code must be drawn, which needs segno: pip install 'pos-guard[images]'"
            ) from error
        return self._picture(drawn_qr(data, dots, level, self.model.dots), align)

    def feed(self, lines: int = 1) -> Self:
        """Empty lines, 1 to 255."""
        if not 1 <= lines <= 255:
            raise LocalError(f"{lines} is not between 1 and 255 lines")
        self._add(self._emitter.feed(lines))
        return self

    def cut(self, *, full: bool = False) -> Self:
        """Feed past the cutter and cut; on a printer without one, feed to the edge to tear at."""
        self._add(self._emitter.cut(full=full))
        return self

    def drawer(self, pin: int = 2) -> Self:
        """Open the cash drawer on pin 2 or 5 of its connector."""
        self._add(self._emitter.drawer(pin))
        return self

    def buzzer(self, times: int = 1, ms: int = 100) -> Self:
        """Beep; nothing on a printer without a buzzer."""
        if times < 1 or ms < 1:
            raise LocalError("a buzzer sounds at least once, for a while")
        self._add(self._emitter.buzzer(times, ms))
        return self

    def raw(self, data: bytes) -> Self:
        """Finished commands, unchecked: what they set, they must set back."""
        self._add(data)
        return self

    def _look(self, face: Face) -> tuple[Look, int]:
        """The look, and how many columns a line has in it."""
        size = face.get("size", 1)
        width, height = (size, size) if isinstance(size, int) else size
        if not (1 <= width <= 8 and 1 <= height <= 8):
            raise LocalError(f"text is 1 to 8 times as large, not {size}")
        bold, underline = face.get("bold", False), face.get("underline", False)
        look = Look(bold, underline, face.get("invert", False), width, height)
        return look, self.model.columns // width

    def _lines(self, lines: Sequence[Line], look: Look) -> None:
        for line in lines:
            self._add(self._emitter.line(line, look))

    def _picture(self, bitmap: Bitmap, align: Side) -> Self:
        self._add(self._emitter.align(align) + self._emitter.image(bitmap))
        return self

    def _add(self, data: bytes) -> None:
        if len(self._job) + len(data) > MAX_BYTES:
            raise LocalError(f"a receipt has at most {MAX_BYTES} bytes")
        self._job += data

    # Last in the class: within it, the name hides the type.
    def bytes(self) -> bytes:
        """The whole job so far."""
        return bytes(self._job)


def _emitter(model: PrinterModel) -> Emitter:
    return StarEmitter(model) if model.language == "star" else EscPosEmitter(model)
