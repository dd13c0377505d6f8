"""The pictures of a job, put together as they lie on the paper, so that a reader can look at them.

Tills cut a picture into bands, and bands into commands. What abuts on the paper is one picture
here, whichever commands drew it. Gaps between bands are closed: a code that is cut apart by a
thin white line is still somebody's code. Pure; the reader comes from outside.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

from pos_guard.errors import FrameError
from pos_guard.frames.escpos_commands import BitImage, Raster
from pos_guard.frames.escpos_parse import parse
from pos_guard.frames.escpos_scan import TEXT, Token

MAX_PIXELS = 2_500_000
"""Dots of one job that are put together and looked at: 4,300 lines of 80 mm paper. What is beyond
is not read, and the job counts as one that cannot be."""

WHITE = b"\xff"
_DOTS = tuple(bytes(0 if byte & (0x80 >> bit) else 255 for bit in range(8)) for byte in range(256))
_COLUMN_SCALES = {0: (2, 3), 1: (1, 3), 32: (2, 1), 33: (1, 1)}


@dataclass(frozen=True, slots=True)
class Picture:
    """Dots in rows, one byte each: 0 is black, 255 white."""

    width: int
    height: int
    dots: bytes


class PictureReader(Protocol):
    """Finds codes in pictures. Entry points of the group ``pos_guard.readers`` make one."""

    def read(self, picture: Picture) -> list[bytes]:
        """The data of every two-dimensional code in it; never raises for what is drawn there."""
        ...


@dataclass(frozen=True, slots=True)
class _Band:
    """A picture, and how far from the left edge it starts."""

    left: int
    picture: Picture


class PictureStack:
    """Takes a job's tokens; gives its pictures. ``dots`` is the width of the paper.

    ``unread``: there is more than ``pictures`` gives: too large, or not drawn as the standard says.
    """

    def __init__(self, dots: int) -> None:
        self.unread = False
        self.count = 0
        self._dots = dots
        self._align = 0
        self._left = 0
        self._pixels = 0
        self._line: list[_Band] = []
        self._stacks: list[list[_Band]] = [[]]

    def add(self, token: Token, text: str) -> None:
        """One more token; ``text`` is what it prints."""
        if token.name == TEXT:
            self._text(text)
        elif token.name == "ESC a":
            self._align = token.raw[2] & 3
        elif token.name == "ESC $":
            self._left = int.from_bytes(token.raw[2:4], "little")
        elif token.name in _DRAWN:
            self._draw(token)
        elif token.name in ("LF", "CR", "ESC J", "ESC d"):
            self._end_line()

    def pictures(self) -> Iterator[Picture]:
        """Every picture, from the top."""
        self._end_line()
        return (_joined(stack) for stack in self._stacks if stack)

    def _text(self, text: str) -> None:
        if text.strip():
            self._end_line()
            self._stacks.append([])

    def _draw(self, token: Token) -> None:
        try:
            drawn = list(_DRAWN[token.name](token))
        except (FrameError, IndexError):
            self.unread = True  # a printer may draw it in its own way
            return
        for picture in drawn:
            if not picture.dots:
                continue
            self.count += 1
            self._pixels += picture.width * picture.height
            if self._pixels > MAX_PIXELS:
                self.unread = True
            elif token.name == "ESC *":
                self._line.append(_Band(self._left, picture))
                self._left += picture.width
            else:
                self._end_line()
                self._stacks[-1].append(_Band(self._aligned(picture.width), picture))

    def _end_line(self) -> None:
        """The images of one line stand side by side; together they are aligned."""
        line, self._line, self._left = self._line, [], 0
        if line:
            width = max(band.left + band.picture.width for band in line)
            self._stacks[-1].append(_Band(self._aligned(width), _side_by_side(line, width)))

    def _aligned(self, width: int) -> int:
        return max(0, self._dots - width) * self._align // 2


def picture_of(raw: bytes, columns: int, scale: tuple[int, int] = (1, 1)) -> Picture:
    """A picture from rows of ``columns`` bytes, the highest bit left."""
    dots = b"".join([_DOTS[byte] for byte in raw])
    return _scaled(Picture(columns * 8, len(raw) // max(columns, 1), dots), scale)


def picture_of_columns(raw: bytes, tall: int, scale: tuple[int, int] = (1, 1)) -> Picture:
    """A picture from columns of ``tall`` bytes, the highest bit on top."""
    dots = b"".join([_DOTS[byte] for byte in raw])
    height = tall * 8
    rows = b"".join(dots[row::height] for row in range(height))
    return _scaled(Picture(len(raw) // max(tall, 1), height, rows), scale)


def _scaled(picture: Picture, scale: tuple[int, int]) -> Picture:
    across, down = scale
    width, dots = picture.width, picture.dots
    if across > 1:
        wide = bytearray(len(dots) * across)
        for part in range(across):
            wide[part::across] = dots
        width, dots = width * across, bytes(wide)
    if down > 1 and width:
        dots = b"".join(dots[at : at + width] * down for at in range(0, len(dots), width))
    return Picture(width, picture.height * down, dots)


def _raster(token: Token) -> Iterator[Picture]:
    """GS v 0."""
    command = parse(token)
    if isinstance(command, Raster) and command.columns:
        scale = (1 + command.wide, 1 + command.tall)
        yield picture_of(command.data, command.columns, scale)


def _graphics(token: Token) -> Iterator[Picture]:
    """GS ( L and GS 8 L: dots that are stored, under a key or to be printed next [gs_lparen_cl]."""
    body = token.raw[5 if token.name == "GS ( L" else 7 :]
    function = body[1]
    if function not in _BY_ROWS | _BY_COLUMNS:
        return
    width, height = (int.from_bytes(body[at : at + 2], "little") for at in (6, 8))
    keyed = function not in (112, 113)
    size = (width + 7) // 8 * height if function in _BY_ROWS else (height + 7) // 8 * width
    scale = (1, 1) if keyed else (2 if body[3] == 2 else 1, 2 if body[4] == 2 else 1)
    for colour in range(body[5] if keyed else 1):
        start = 10 + colour * (size + 1) + keyed
        part = body[start : start + size]
        if function in _BY_ROWS:
            yield picture_of(part, (width + 7) // 8, scale)
        else:
            yield picture_of_columns(part, (height + 7) // 8, scale)


def _columns(token: Token) -> Iterator[Picture]:
    """ESC *: columns of 8 or 24 dots."""
    command = parse(token)
    if isinstance(command, BitImage):
        tall = 1 if command.mode < 32 else 3
        yield picture_of_columns(command.data, tall, _COLUMN_SCALES.get(command.mode, (1, 1)))


def _downloaded(token: Token) -> Iterator[Picture]:
    """GS * x y: x times 8 columns of y bytes, drawn later by GS / [gs_asterisk]."""
    yield picture_of_columns(token.raw[4:], token.raw[3])


def _nv(token: Token) -> Iterator[Picture]:
    """FS q n, then for each picture x, y and x times 8 columns of y bytes [fs_lq]."""
    at = 3
    for _ in range(token.raw[2]):
        across = int.from_bytes(token.raw[at : at + 2], "little")
        tall = int.from_bytes(token.raw[at + 2 : at + 4], "little")
        end = at + 4 + across * tall * 8
        yield picture_of_columns(token.raw[at + 4 : end], tall)
        at = end


_BY_ROWS = frozenset({67, 83, 112})
_BY_COLUMNS = frozenset({68, 84, 113})
_DRAWN: dict[str, Callable[[Token], Iterator[Picture]]] = {
    "GS v 0": _raster,
    "GS ( L": _graphics,
    "GS 8 L": _graphics,
    "ESC *": _columns,
    "GS *": _downloaded,
    "FS q": _nv,
}


def _side_by_side(line: list[_Band], width: int) -> Picture:
    height = max(band.picture.height for band in line)
    rows = [bytearray(WHITE * width) for _ in range(height)]
    for band in line:
        across, dots = band.picture.width, band.picture.dots
        for index in range(band.picture.height):
            rows[index][band.left : band.left + across] = dots[index * across :][:across]
    return Picture(width, height, b"".join(rows))


def _joined(stack: list[_Band]) -> Picture:
    width = max(band.left + band.picture.width for band in stack)
    height = sum(band.picture.height for band in stack)
    return Picture(width, height, b"".join(_padded(band, width) for band in stack))


def _padded(band: _Band, width: int) -> bytes:
    across, dots = band.picture.width, band.picture.dots
    left, right = WHITE * band.left, WHITE * (width - band.left - across)
    if not left and not right:
        return dots
    starts = range(0, len(dots), across)
    return b"".join(left + dots[at : at + across] + right for at in starts)
