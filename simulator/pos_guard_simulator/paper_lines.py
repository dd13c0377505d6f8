"""The paper as data: what stands in each line, where, in which style; for programs and tests.

All of it comes from the same items as the text and the picture. Positions are dots from the
left edge of the printable area and from the top of the slip.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass

from pos_guard_simulator.paper_cells import Area, Char, Style
from pos_guard_simulator.paper_codes import Bars, Code, Qr
from pos_guard_simulator.paper_items import Block, Feed, Item, Line, Page, Picture, Placed


@dataclass(frozen=True, slots=True)
class Run:
    """Characters side by side in one style. ``style`` names what is not plain."""

    text: str
    x: int
    width: int
    style: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Mark:
    """A symbol or picture: ``kind`` is ``image`` or the symbology, ``data`` what it carries.

    ``x`` is where its area begins; ``align`` says where it stands there.
    """

    kind: str
    data: str
    x: int
    align: str = "left"


@dataclass(frozen=True, slots=True)
class PaperLine:
    """One line, or one part of a page. ``y`` is its top; ``turned`` counts quarter turns left."""

    text: str
    y: int
    runs: tuple[Run, ...] = ()
    marks: tuple[Mark, ...] = ()
    turned: int = 0

    def as_json(self) -> dict[str, object]:
        """The same as values that json.dumps takes."""
        return asdict(self)


def lines_of(items: Sequence[Item], width: int) -> list[PaperLine]:
    """The printed lines of one slip, ``width`` dots wide; feeds only move what follows them."""
    found: list[PaperLine] = []
    y = 0
    for item in items:
        if isinstance(item, Page):
            found += [_placed(part, y) for part in item.parts]
        elif not isinstance(item, Feed):
            found.append(_line(item, y, width))
        y = max(y + item.advance, 0)
    return found


def _line(item: Line | Block, y: int, width: int) -> PaperLine:
    if not isinstance(item, Line):
        return PaperLine(item.text, y, marks=(_mark(item, item.area.left),))
    marks = tuple(_mark(each, item.offset + each.x) for each in item.pictures)
    runs = tuple(_runs(item.chars, item.offset))
    if not item.upside_down:
        return PaperLine(item.text, y, runs, marks)
    runs = tuple(_mirrored(run, item.area, width) for run in runs)
    return PaperLine(item.text, y, runs, marks, turned=2)


def _mirrored(run: Run, area: Area, width: int) -> Run:
    """Where it stands once the line is turned by 180 degrees."""
    x = 2 * area.left + area.span(width) - run.x - run.width
    return Run(run.text, x, run.width, run.style)


def _placed(part: Placed, top: int) -> PaperLine:
    """Places as they are read: along the line, and across from its field's first edge."""
    field, item = part.field, part.item
    x, y = (field.x, top + field.y) if field.direction == 0 else (0, top)
    if isinstance(item, Line):
        runs = tuple(_runs(item.chars, x + part.x + item.offset))
        marks = tuple(_mark(each, x + part.x + each.x) for each in item.pictures)
        start = y + part.y - item.ink_height
        return PaperLine(item.text, start, runs, marks, turned=field.direction)
    start = y + part.y - item.advance
    return PaperLine(item.text, start, (), (_mark(item, x + part.x),), turned=field.direction)


def _mark(item: Block, x: int) -> Mark:
    align = item.align.value
    match item:
        case Picture():
            return Mark("image", "{}x{}".format(*item.size), x, align)
        case Qr():
            return Mark("QR", item.stored.data.decode("utf-8", errors="replace"), x, align)
        case Bars():
            return Mark(item.name, item.barcode.data.decode("latin-1"), x, align)
        case Code():
            return Mark(item.name, item.data.decode("utf-8", errors="replace"), x, align)


def _runs(chars: Iterable[Char], offset: int) -> Iterable[Run]:
    """Neighbours of one style together; a gap of any width begins a new run."""
    group: list[Char] = []
    for char in sorted(chars, key=lambda char: char.x):
        if group and (char.style != group[-1].style or char.x != group[-1].x + group[-1].cell):
            yield _run(group, offset)
            group = []
        group.append(char)
    if group:
        yield _run(group, offset)


def _run(group: list[Char], offset: int) -> Run:
    first, last = group[0], group[-1]
    text = "".join(char.char for char in group)
    return Run(text, offset + first.x, last.x + last.cell - first.x, style_names(first.style))


def style_names(style: Style) -> tuple[str, ...]:
    """What is not plain about it, in words."""
    flags = {
        "bold": style.bold,
        "underline": style.underline == 1,
        "thick-underline": style.underline == 2,
        "inverse": style.invert,
        "font-b": style.font_b,
        "rotated": style.rotated,
        f"{style.width}x{style.height}": (style.width, style.height) != (1, 1),
    }
    return tuple(name for name, here in flags.items() if here)
