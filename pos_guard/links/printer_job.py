"""One print job as it is held back: its tokens, what they say, and where lines may be added."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from pos_guard.frames.escpos_scan import TEXT, Token
from pos_guard.frames.receipt_text import ReadReceipt
from pos_guard.links.printer_codes import UNREADABLE, payees, payees_of_token
from pos_guard.links.printer_lines import Lines
from pos_guard.links.printer_pictures import PictureReader, PictureStack
from pos_guard.links.printer_settings import LEAST
from pos_guard.links.printer_style import PrintStyle
from pos_guard.links.printer_tokens import (
    BACK,
    CLEARS,
    CUTS,
    PICTURES,
    QUERIES,
    SETTINGS,
    VISIBLE,
    opens_drawer,
)

BANNER_LINES = 24
"""Printed lines between two banners: no piece that is torn off is as long as a receipt and has
none."""

_KEPT = SETTINGS | {"GS I"}


@dataclass(frozen=True, slots=True)
class Piece:
    """One token of a job; ``raw`` is what the printer gets, ``text`` what that prints."""

    token: Token
    raw: bytes
    text: str
    pulse: bool = False


class Job:
    """Tokens in, then the same bytes out, with lines added where policy wants them.

    ``read_as`` keeps how it was read below which text, until there is more of it.
    """

    def __init__(self, style: PrintStyle, reader: PictureReader | None = None) -> None:
        self.size = 0
        self.is_cut = False
        self.has_picture = False
        self.disguised = False
        self.asks = False
        self.read_as: tuple[str, ReadReceipt] | None = None
        self._reader = reader
        self._style = style.copy()
        self._start_style = style.copy()
        self._head_style = style.copy()
        self._pieces: list[Piece] = []
        self._payees: list[str] = []
        self._stack = PictureStack(style.traits.dots)
        self._read_back: list[str] | None = None
        self._moves_back = style.page_mode
        self._head: int | None = None
        self._end: int | None = None

    # -- what it says ------------------------------------------------------------------------

    @property
    def text(self) -> str:
        """What a person would read."""
        return "".join(piece.text for piece in self._pieces)

    @property
    def text_if_cleared(self) -> str:
        """The same where a reset clears the line that is not printed yet.

        ``NOT``, ESC @, ``PAID`` prints PAID on one printer and NOT PAID on another.
        """
        return "".join("\n" if piece.token.name in CLEARS else piece.text for piece in self._pieces)

    @property
    def drawer(self) -> bool:
        """It opens the cash drawer."""
        return any(piece.pulse for piece in self._pieces)

    @property
    def payees(self) -> tuple[str, ...]:
        """Who is paid by the codes on it, read back from its pictures too where there is a reader.

        Pictures that the reader cannot look at pay somebody who is on nobody's list.
        """
        if self._read_back is None:
            self._read_back = self._read_pictures()
        return (*self._payees, *self._read_back)

    @property
    def opaque(self) -> bool:
        """Nobody here can read it: pictures without a word, or letters that the till has drawn."""
        return self.disguised or (self.has_picture and not self.text.strip())

    @property
    def starts_in_page_mode(self) -> bool:
        """An earlier job has left the printer in page mode."""
        return self._start_style.page_mode

    @property
    def fingerprint(self) -> str:
        """A hash of its bytes, to know a paper again that cannot be read."""
        return hashlib.sha256(self.data()).hexdigest()

    @property
    def settings(self) -> bytes:
        """What it only set or asked of the printer itself, without anything that prints."""
        return b"".join(piece.raw for piece in self._pieces if piece.token.name in _KEPT)

    def add(self, token: Token, raw: bytes, text: str) -> None:
        """Hold one more token; ``raw`` is what the printer gets, ``text`` what that prints."""
        if token.name in VISIBLE and self._head is None:
            self._head = len(self._pieces)
            self._head_style = self._style.copy()
        if token.name in CUTS and self._end is None:
            self.is_cut = True
            self._end = len(self._pieces)
        if self._end is None:
            self._style.follow(token, raw)
        self.asks = token.name in QUERIES
        self.read_as = None
        self._note(token, text)
        self._pieces.append(Piece(token, raw, text, opens_drawer(token)))
        self.size += max(len(raw), LEAST)

    # -- what the printer gets ---------------------------------------------------------------

    def without_pulses(self) -> None:
        """The drawer stays shut."""
        for index, piece in enumerate(self._pieces):
            if piece.pulse:
                # Kept as an empty piece: the places of head and end still count.
                self._pieces[index] = Piece(piece.token, b"", piece.text)

    def data(self) -> bytes:
        """The bytes as they came."""
        return b"".join(piece.raw for piece in self._pieces)

    def pieces(self, head: Lines | None = None, end: Lines | None = None) -> list[bytes]:
        """The same in pieces; ``head`` before what is printed first, ``end`` before the cut.

        In the middle of rows of dots no text can stand: ``end`` comes behind their cut, if any.
        """
        pieces = [piece.raw for piece in self._pieces]
        drawing = self._style.drawing
        if end is not None and not (drawing and self._end is None):
            place = len(pieces) if self._end is None else self._end + drawing
            pieces.insert(place, end(self._style))
        if head is not None and self._head is not None:
            pieces.insert(self._head, head(self._head_style))
        return pieces

    def pulses_at(self) -> set[int]:
        """The offsets in ``data()`` at which a pulse is meant."""
        places, at = set[int](), 0
        for piece in self._pieces:
            if piece.pulse:
                places.add(at)
            at += len(piece.raw)
        return places

    @property
    def takes_banner(self) -> bool:
        """A banner between its lines stays where it is: nothing moves back over it.

        Nor does it end in rows of dots: there is no place for one between them and their cut.
        """
        return not (self._moves_back or self.disguised or self._style.drawing)

    def with_banner(self, lines: Lines) -> list[bytes]:
        """All of it but its pulses, with ``lines`` above, below, and every few lines between."""
        style = self._start_style.copy()
        out = [lines(style)]
        printed, fresh = 0, True
        for index, piece in enumerate(self._pieces):
            if index == self._end:
                out.append(lines(style))
                fresh = True
            if not piece.pulse:
                out.append(piece.raw)
            style.follow(piece.token, piece.raw)
            printed += piece.text.count("\n")
            fresh = fresh and piece.token.name not in VISIBLE
            if printed >= BANNER_LINES and piece.text.endswith("\n"):
                out.append(lines(style))
                printed, fresh = 0, True
        if self._end is None or not fresh:
            out.append(lines(style))
        return out

    # -- inside ------------------------------------------------------------------------------

    def _note(self, token: Token, text: str) -> None:
        self.has_picture = self.has_picture or token.name in PICTURES
        self._moves_back = self._moves_back or token.name in BACK
        self._payees += payees_of_token(token)
        if self._reader is not None:
            self._stack.add(token, text if token.name == TEXT else "")
            self._read_back = None

    def _read_pictures(self) -> list[str]:
        reader = self._reader
        if reader is None:
            return []
        found = list(self._found_by(reader))
        # Side by side on a page, or one over the other, they may show what none shows alone.
        if self._stack.unread or (self._moves_back and self._stack.count > 1):
            found.append(UNREADABLE)
        return found

    def _found_by(self, reader: PictureReader) -> Iterator[str]:
        for picture in self._stack.pictures():
            for data in reader.read(picture):
                yield from payees(data)
