"""Draws a slip as a thermal printer would: black dots on white paper, its edges cut.

Needs Pillow, and for symbols what paper_symbols needs.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path

from pos_guard.errors import LocalError
from pos_guard.frames.escpos_commands import Align
from pos_guard_simulator.font import receipt_font
from pos_guard_simulator.paper_cells import Area, Dots, Style, cell_size
from pos_guard_simulator.paper_codes import HRI_GAP, Bars, Qr
from pos_guard_simulator.paper_items import Block, Feed, Field, Item, Line, Page, Picture, Placed

try:
    from PIL import Image, ImageChops, ImageDraw
except ImportError as error:  # pragma: no cover - needs an environment without it
    raise LocalError('drawing paper needs Pillow: pip install "pos-guard[simulator]"') from error

from pos_guard_simulator import paper_symbols as symbols

MARGIN = 32
"""Dots left and right of the printable area: 80 mm paper has 72 mm of it."""

TOP, BOTTOM, DESK = 40, 48, 20
MAX_HEIGHT = 30_000
"""Dots of one picture (3.7 m of paper): Pillow would take more, a viewer would not."""

_THRESHOLD = [0] * 101 + [255] * 155  # grey of a squeezed glyph to dots
_PAPER, _INK, _TABLE, _EDGE = 255, 20, 214, 190
_CELLS = 1024
"""Cells that are kept: 38 MB if all are Chinese at eight times its size."""
_HALVES = {Align.LEFT: 0, Align.CENTER: 1, Align.RIGHT: 2}
_TURNS = {
    1: Image.Transpose.ROTATE_90,
    2: Image.Transpose.ROTATE_180,
    3: Image.Transpose.ROTATE_270,
}
"""ESC T: what turns a page that reads from left to right into its place."""


def draw(items: Sequence[Item], width: int, *, serrated: bool) -> Image.Image:
    """The slip on a grey table."""
    dots = draw_dots(items, width)
    paper = _blank(width + 2 * MARGIN, dots.height + TOP + BOTTOM)
    paper.paste(dots, (MARGIN, TOP))
    return _on_table(paper, serrated=serrated)


def save_png(picture: Image.Image, path: Path | str) -> None:
    """Write a slip to a file: in four greys, with a quarter of the bytes to be packed."""
    greys = (_INK, _EDGE, _TABLE, _PAPER)
    indexed = picture.point([greys.index(grey) if grey in greys else 0 for grey in range(256)])
    indexed.putpalette(bytes(grey for grey in greys for _ in "rgb"))
    indexed.save(path, "PNG", bits=2, compress_level=3)


def draw_dots(items: Sequence[Item], width: int) -> Image.Image:
    """The printable area alone, dot by dot; what is below ``MAX_HEIGHT`` is left out."""
    strips: list[tuple[Image.Image, int]] = []
    y = height = 0
    for item in items:
        if isinstance(item, Feed):
            y = max(y + item.dots, 0)
        else:
            strip = _strip(item, width)
            strips.append((strip, y))
            y += strip.height
        height = max(height, y)
        if height >= MAX_HEIGHT:
            break
    roll = _blank(width, min(height, MAX_HEIGHT))
    for strip, top in strips:
        _print(roll, strip, 0, top)
    return roll


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


def _print(onto: Image.Image, dots: Image.Image, x: int, y: int) -> None:
    """Add ink: what is dark stays dark, what is outside is lost."""
    box = (max(x, 0), max(y, 0), min(x + dots.width, onto.width), min(y + dots.height, onto.height))
    if box[0] >= box[2] or box[1] >= box[3]:
        return
    here = dots.crop((box[0] - x, box[1] - y, box[2] - x, box[3] - y))
    onto.paste(ImageChops.darker(onto.crop(box), here), box)


def _blank(width: int, height: int) -> Image.Image:
    return Image.new("L", (max(width, 0), max(height, 0)), _PAPER)


def _strip(item: Line | Block | Page, width: int) -> Image.Image:
    """The whole width of the paper, as high as the item takes."""
    if isinstance(item, Line):
        return _line(item, width)
    if isinstance(item, Page):
        return _page(item, width)
    return _placed(_block(item, item.area.span(width)), item.align, item.area, width)


def _block(item: Block, room: int) -> Image.Image:
    """A picture cut to ``room`` dots; a symbol whole, or nothing when it is wider."""
    match item:
        case Picture():
            return _dots(item, room)
        case Qr():
            symbol = _image(symbols.qr(item))
        case Bars():
            symbol = _bars(item)
        case _:
            symbol = _image(symbols.code(item))
    return symbol if symbol.width <= room else _blank(0, 0)


def _placed(symbol: Image.Image, align: Align, area: Area, width: int) -> Image.Image:
    free = max(area.span(width) - symbol.width, 0)
    strip = _blank(width, symbol.height)
    strip.paste(symbol, (area.left + _HALVES[align] * free // 2, 0))
    return strip


def _line(line: Line, width: int) -> Image.Image:
    strip = _blank(width, line.advance)
    if not line.upside_down:
        _print(strip, _ink(line, width), 0, 0)
        return strip
    left, span = line.area.left, line.area.span(width)
    turned = _ink(line, width).crop((left, 0, left + span, line.ink_height))
    _print(strip, turned.transpose(Image.Transpose.ROTATE_180), left, 0)
    return strip


def _ink(line: Line, width: int) -> Image.Image:
    """The line from its highest top down to where all of it stands on."""
    height = line.ink_height
    ink = _blank(width, height)
    for item in line.pictures:
        x = line.offset + item.x
        _print(ink, _dots(item, width - x), x, height - item.size[1])
    free = width if line.pictures else 0  # right of it there is no ink yet
    for char in line.chars:
        if char.char == " " and not (char.glyph or char.style.invert or char.style.underline):
            continue
        cell = _cell(char.char, char.style, char.full, char.glyph)
        x, top = line.offset + char.x, height - char.height
        if free <= x <= width - cell.width:
            ink.paste(cell, (x, top))
        else:
            _print(ink, cell, x, top)
        free = max(free, x + cell.width)
    return ink


def _page(page: Page, width: int) -> Image.Image:
    """Each field in its own direction, one over the other."""
    paper = _blank(width, page.height)
    fields: dict[Field, list[Placed]] = {}
    for part in page.parts:
        fields.setdefault(part.field, []).append(part)
    for field, parts in fields.items():
        sheet = _field(field, parts)
        if field.direction:
            sheet = sheet.transpose(_TURNS[field.direction])
        _print(paper, sheet, field.x, field.y)
    return paper


def _field(field: Field, parts: Iterable[Placed]) -> Image.Image:
    """One field as it reads from left to right; what leaves it is cut off."""
    sheet = _blank(field.along, field.across)
    for part in parts:
        item = part.item
        if isinstance(item, Line):
            dots = _ink(item, field.along)
        else:
            dots = _block(item, field.along - part.x)
        _print(sheet, dots, part.x, part.y - dots.height)
    return sheet


@lru_cache(maxsize=_CELLS)
def _cell(char: str, style: Style, full: bool, own: Dots | None = None) -> Image.Image:
    """One character's cell, drawn with its style."""
    size = cell_size(style, full=full)
    mask = _glyph(char, style, full) if own is None else _own(own, style, full)
    if style.bold:
        mask.paste(255, (1, 0), mask.crop((0, 0, size[0] - 1, size[1])))
    if style.underline and not style.rotated:
        mask.paste(255, (0, size[1] - style.underline, size[0], size[1]))
    ink, ground = (_PAPER, _INK) if style.invert else (_INK, _PAPER)
    image = Image.new("L", size, ground)
    image.paste(ink, (0, 0), mask)
    return image.transpose(Image.Transpose.ROTATE_270) if style.rotated else image


def _glyph(char: str, style: Style, full: bool) -> Image.Image:
    """The font's character: its dots as they are, magnified; squeezed only where it must be."""
    glyph = receipt_font().glyph(char)
    mask = _mask(glyph.rows, glyph.width)
    size = cell_size(style, full=full)
    width, height = cell_size(Style(), full=full)
    if glyph.width < width:
        centred = Image.new("L", (width, height), 0)
        centred.paste(mask, ((width - glyph.width) // 2, 0))
        mask = centred
    smooth = style.font_b or glyph.width > width
    how = Image.Resampling.BOX if smooth else Image.Resampling.NEAREST
    return mask.resize(size, how).point(_THRESHOLD)


def _own(own: Dots, style: Style, full: bool) -> Image.Image:
    """The host's pattern, at the cell's left and top."""
    plain = Style(font_b=style.font_b)
    cell = Image.new("L", cell_size(plain, full=full), 0)
    if own.rows and own.width:
        cell.paste(_mask(own.rows, own.width), (0, 0))
    return cell.resize(cell_size(style, full=full), Image.Resampling.NEAREST)


def _mask(rows: Sequence[int], width: int) -> Image.Image:
    """Rows of bits as a mask, 255 where there is ink."""
    stride = -(-width // 8)
    shift = 8 * stride - width
    data = b"".join((row << shift).to_bytes(stride, "big") for row in rows)
    return Image.frombytes("1", (width, len(rows)), data).convert("L")


def _image(dots: Dots) -> Image.Image:
    return _dots(Picture(0, dots.width, dots.rows), dots.width)


def _dots(picture: Picture, room: int) -> Image.Image:
    """The dots that are left of ``room``, magnified."""
    across, down = picture.scale
    width = min(picture.width, -(-max(room, 0) // across))
    rows = picture.rows[: -(-MAX_HEIGHT // down)]
    if not rows or not width:
        return _blank(0, 0)
    mask = _mask([row >> picture.width - width for row in rows], width)
    mask = mask.resize((width * across, len(rows) * down), Image.Resampling.NEAREST)
    image = _blank(min(mask.width, room), mask.height)
    image.paste(_INK, (0, 0), mask.crop((0, 0, image.width, image.height)))
    return image


def _bars(item: Bars) -> Image.Image:
    row = symbols.bars(item)
    if not row.rows:
        return _blank(0, 0)
    bars = _image(row).resize((row.width, item.height), Image.Resampling.NEAREST)
    label = _letters(item.letters, Style(font_b=item.hri_font_b))
    if not label.width:
        return bars
    whole = _blank(max(bars.width, label.width), item.advance)
    y = 0
    for part in [label] * (item.hri in (1, 3)) + [bars] + [label] * (item.hri in (2, 3)):
        y += HRI_GAP if part is label and y else 0
        whole.paste(part, ((whole.width - part.width) // 2, y))
        y += part.height + (HRI_GAP if part is label and not y else 0)
    return whole


def _letters(text: str, style: Style) -> Image.Image:
    """The human-readable line."""
    width, height = cell_size(style, full=False)
    label = _blank(width * len(text), height)
    for place, char in enumerate(text):
        label.paste(_cell(char, style, False), (width * place, 0))
    return label
