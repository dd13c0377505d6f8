"""Draws a slip as a thermal printer would: black dots on white paper, its edges cut.

The only file that needs Pillow and segno.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from pos_guard.errors import LocalError
from pos_guard.frames.escpos_commands import Align
from pos_guard_simulator.font import CELL_HEIGHT, receipt_font
from pos_guard_simulator.paper_barcode import modules
from pos_guard_simulator.paper_items import Bars, Feed, Item, Line, Picture, Qr, Style

try:
    import segno
    from PIL import Image, ImageDraw
except ImportError as error:  # pragma: no cover - needs an environment without them
    raise LocalError(
        'drawing paper needs Pillow and segno: pip install "pos-guard[simulator]"'
    ) from error

MARGIN = 32
"""Dots left and right of the printable area: 80 mm paper has 72 mm of it."""

TOP, BOTTOM, DESK = 40, 48, 20
MAX_HEIGHT = 30_000
"""Dots of one picture (3.7 m of paper): Pillow would take more, a viewer would not."""

FONT_B = (9, 17)
_THRESHOLD = [0] * 101 + [255] * 155  # grey of a squeezed glyph to dots
_PAPER, _INK, _TABLE, _EDGE = 255, 20, 214, 190


def draw(items: Sequence[Item], width: int, *, serrated: bool) -> Image.Image:
    """The slip on a grey table."""
    strips = [strip for strip in (_strip(item, width) for item in items) if strip]
    height = min(sum(strip.height for strip in strips), MAX_HEIGHT)
    paper = Image.new("L", (width + 2 * MARGIN, height + TOP + BOTTOM), _PAPER)
    y = TOP
    for strip in strips:
        paper.paste(strip, (MARGIN, y))
        y += strip.height
    return _on_table(paper, serrated=serrated)


def _on_table(paper: Image.Image, *, serrated: bool) -> Image.Image:
    width, height = paper.size
    table = Image.new("L", (width + 2 * DESK, height + 2 * DESK), _TABLE)
    shade = Image.new("L", (width, height), _EDGE)
    table.paste(shade, (DESK + 4, DESK + 4))
    table.paste(paper, (DESK, DESK))
    if serrated:
        pen, bottom, tooth = ImageDraw.Draw(table), DESK + height, 8
        for left in range(DESK, DESK + width, tooth):
            corners = [
                (left, bottom + 4),
                (left + tooth // 2, bottom - 6),
                (left + tooth, bottom + 4),
            ]
            pen.polygon(corners, fill=_TABLE)
    return table


def _strip(item: Item, width: int) -> Image.Image | None:
    if isinstance(item, Line):
        return _line(item, width)
    if isinstance(item, Feed):
        return _blank(width, item.dots)
    if isinstance(item, Picture):
        return _placed(_dots(item), item.align, width)
    return _placed(_qr(item) if isinstance(item, Qr) else _bars(item), item.align, width)


def _blank(width: int, height: int) -> Image.Image:
    return Image.new("L", (width, max(height, 0)), _PAPER)


def _placed(symbol: Image.Image, align: Align, width: int) -> Image.Image:
    shift = {Align.LEFT: 0, Align.CENTER: 1, Align.RIGHT: 2}[align] * (width - symbol.width) // 2
    strip = _blank(width, symbol.height)
    strip.paste(symbol, (max(shift, 0), 0))
    return strip


def _line(line: Line, width: int) -> Image.Image:
    tallest = max([_cell_height(char.style) for char in line.chars], default=0)
    tallest = max([tallest, *(len(item.rows) * item.scale[1] for item in line.pictures)])
    strip = _blank(width, max(line.height, tallest))
    for item in line.pictures:
        strip.paste(_dots(item), (line.offset + item.x, 0))
    for char in line.chars:
        top = tallest - _cell_height(char.style)
        strip.paste(_cell(char.char, char.cell, char.style), (line.offset + char.x, top))
    return strip


def _cell_height(style: Style) -> int:
    return (FONT_B[1] if style.font_b else CELL_HEIGHT) * style.height


@lru_cache(maxsize=4096)
def _cell(char: str, cell: int, style: Style) -> Image.Image:
    """One character's cell, drawn with its style."""
    glyph = receipt_font().glyph(char)
    mask = _mask(glyph.rows, glyph.width)
    if glyph.width * style.width < cell and not style.font_b:
        centred = Image.new("L", (cell // style.width, CELL_HEIGHT), 0)
        centred.paste(mask, ((centred.width - mask.width) // 2, 0))
        mask = centred
    size = (cell, _cell_height(style))
    smooth = style.font_b or cell < glyph.width * style.width
    how = Image.Resampling.BOX if smooth else Image.Resampling.NEAREST
    mask = mask.resize(size, how).point(_THRESHOLD)
    if style.bold:
        mask.paste(255, (1, 0), mask.crop((0, 0, size[0] - 1, size[1])))
    if style.underline:
        mask.paste(255, (0, size[1] - style.underline, size[0], size[1]))
    ink, ground = (_PAPER, _INK) if style.invert else (_INK, _PAPER)
    image = Image.new("L", size, ground)
    image.paste(ink, (0, 0), mask)
    return image


def _mask(rows: tuple[int, ...], width: int) -> Image.Image:
    """Rows of bits as a mask, 255 where there is ink."""
    stride = -(-width // 8)
    shift = 8 * stride - width
    data = b"".join((row << shift).to_bytes(stride, "big") for row in rows)
    return Image.frombytes("1", (width, len(rows)), data).convert("L")


def _dots(picture: Picture) -> Image.Image:
    if not picture.rows or not picture.width:
        return _blank(1, 0)
    size = (picture.width * picture.scale[0], len(picture.rows) * picture.scale[1])
    mask = _mask(picture.rows, picture.width).resize(size, Image.Resampling.NEAREST)
    image = _blank(*size)
    image.paste(_INK, (0, 0), mask)
    return image


def _qr(item: Qr) -> Image.Image:
    """The symbol without its quiet zone, as printers draw it: the paper around it is white."""
    try:
        code = segno.make(item.stored.data, error=item.level, micro=False, boost_error=False)
    except segno.DataOverflowError:
        return _blank(1, 0)
    matrix = [int("".join("1" if cell else "0" for cell in row), 2) for row in code.matrix]
    return _dots(Picture(0, len(matrix), tuple(matrix), (item.dots, item.dots)))


def _bars(item: Bars) -> Image.Image:
    widths = modules(item.barcode.kind, item.barcode.data)
    if widths is None:
        return _blank(1, 0)
    bars = _blank(sum(widths) * item.module, item.height)
    x = 0
    for place, width in enumerate(widths):
        step = width * item.module
        if place % 2 == 0:
            bars.paste(_INK, (x, 0, x + step, item.height))
        x += step
    return _with_text(bars, item)


def _with_text(bars: Image.Image, item: Bars) -> Image.Image:
    """The human-readable line below or above the bars."""
    shown = item.barcode.data.decode("ascii", errors="replace").replace("{B", "").replace("{C", "")
    if not item.hri or not shown.isprintable():
        return bars
    label = _blank(12 * len(shown), CELL_HEIGHT)
    for place, char in enumerate(shown):
        label.paste(_cell(char, 12, Style()), (12 * place, 0))
    parts = [label] * (item.hri in (1, 3)) + [bars] + [label] * (item.hri in (2, 3))
    whole = _blank(max(part.width for part in parts), sum(part.height + 4 for part in parts))
    y = 0
    for part in parts:
        whole.paste(part, ((whole.width - part.width) // 2, y))
        y += part.height + 4
    return whole
