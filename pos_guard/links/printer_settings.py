"""How a printer link is set up. Times are whole milliseconds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal, NewType, TypeVar

from pos_guard.errors import LocalError
from pos_guard.frames.code_pages import STAR, page_numbers
from pos_guard.frames.printer_models import Language, PrinterModel, printer_model
from pos_guard.links.printer_qr import How

MAX_JOB = 2 << 20
"""Bytes held back at most: the longest receipt as one picture (576 dots by 4,000 lines) is 288 kB,
and one command may have 1 MiB. A longer job is judged on what is there."""

LEAST = 32
"""Bytes that a command of one byte counts for: to keep it costs more than it says."""

MAX_BEFORE = 4096
"""Characters since the last cut that are remembered, so that a receipt which comes in two jobs
finds its total: a receipt of 100 lines."""

ModelName = NewType("ModelName", str)

Unread = Literal["allow", "judge", "refuse"]

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Traits:
    """What the link must know of the printer itself.

    ``code_pages`` are those of a Star printer, whose numbers are its own; empty: Epson's numbers.
    """

    encoding: str
    kanji: str
    kanji_on: bool
    dialect: Literal["epson", "china"]
    columns: int
    dots: int
    qr: How
    language: Language = "escpos"
    code_pages: Mapping[int, str] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def chinese(self) -> bool:
        """The printer can print Chinese words that we add."""
        return self.kanji_on or self.encoding in ("utf-8", "gb18030")


@dataclass(frozen=True, slots=True)
class PrinterSettings:
    """One printer, and what its till does.

    ``model`` names a file of printer facts; ``encoding``, ``kanji``, ``kanji_on``, ``dialect``,
    ``columns`` and ``qr`` count before it, and without both a plain Epson of 42 columns is meant.
    Chinese words are printed only where the printer has them.

    A job ends at the cut, ``idle_ms`` after its last byte, or ``ask_ms`` after it when that was a
    question whose answer the till may wait for. It is held for ``hold_ms`` and 2 MiB at most;
    ``bound``: what is there then is judged (``judge``), or not printed at all (``refuse``).

    ``refused``: what becomes of a paper that may not be printed. ``slip``: a short slip says why.
    ``drop``: nothing. ``banner``: it is printed, and says UNPAID above, below and in between.
    ``hold``: it waits for ``wait_ms`` for its payment, after that there is a slip. Paper with a
    stranger's payment code is never printed, whatever stands here.

    ``opaque``: a job of pictures only, or in signs that the till has drawn itself. ``partly``: a
    job with readable text beside pictures. ``allow``: it passes; ``judge``: it counts as the paid
    receipt of the order at the till; ``refuse``. ``reader`` names the reader that looks for codes
    in pictures (``zxing``).

    ``sale_code``: put the sale id as a small QR on the first paper of a payment. ``display``: a
    customer display hangs on the printer; False where the printer does not know ``ESC =`` and
    would print that text.
    """

    model: ModelName | None = None
    encoding: str | None = None
    kanji: str | None = None
    kanji_on: bool | None = None
    dialect: Literal["epson", "china"] | None = None
    columns: int | None = None
    qr: Literal["native", "esc-z", "raster", "none"] | None = None
    idle_ms: int = 500
    ask_ms: int = 50
    hold_ms: int = 15_000
    wait_ms: int = 60_000
    display_columns: int = 20
    bound: Literal["judge", "refuse"] = "judge"
    refused: Literal["slip", "drop", "banner", "hold"] = "slip"
    opaque: Unread = "allow"
    partly: Unread = "allow"
    reader: str = ""
    sale_code: bool = True
    display: bool = True

    @property
    def passes_pictures(self) -> bool:
        """No policy has a question about any picture."""
        return (self.opaque, self.partly) == ("allow", "allow") and self.refused != "drop"

    @property
    def traits(self) -> Traits:
        """What counts in the end.

        :raises LocalError: when there is no such model, or ``qr`` names a command that a Star
            printer does not have.
        """
        known = PLAIN if self.model is None else printer_model(self.model)
        star = known.language == "star"
        return Traits(
            encoding=_first(self.encoding, known.encoding),
            kanji=_first(self.kanji, known.kanji) or "gb18030",
            kanji_on=_first(self.kanji_on, known.kanji_on),
            dialect=_first(self.dialect, known.dialect),
            columns=_first(self.columns, known.columns),
            dots=known.dots,
            qr=self._star_qr(known.name) if star else self._qr(known.qr),
            language=known.language,
            code_pages=_star_pages(known) if star else MappingProxyType({}),
        )

    def _qr(self, known: How) -> How:
        return _first(self.qr, "raster" if known == "none" else known)

    def _star_qr(self, name: str) -> How:
        """``native`` is the printer's own command, as everywhere."""
        if self.qr in (None, "native"):
            return "star"
        if self.qr == "none":
            return "none"
        raise LocalError(f"printer model {name}: qr is native or none, not {self.qr}")


PLAIN = PrinterModel("", "any Epson", sources=(), dots=512, columns=42, kanji="gb18030")
"""What is assumed of a printer of which nothing is said."""


def _first(chosen: T | None, known: T) -> T:
    return known if chosen is None else chosen


def _star_pages(known: PrinterModel) -> Mapping[int, str]:
    """All that Star has numbers for: also what no Python codec writes can be read."""
    return MappingProxyType({**known.code_pages, **page_numbers()[STAR]})
