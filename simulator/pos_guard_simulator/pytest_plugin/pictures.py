"""Pictures of slips: several as one, dot by dot, and where two differ; needs Pillow."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from PIL import Image, ImageChops

from pos_guard.errors import LocalError
from pos_guard_simulator.paper_image import draw_dots
from pos_guard_simulator.paper_slip import Slip

_WHITE = 255

GAP = 16
"""Dots between two slips: two millimetres."""


def stacked(images: Sequence[Image.Image]) -> Image.Image:
    """One picture, the first slip on top.

    :raises LocalError: there is none.
    """
    if not images:
        raise LocalError("nothing was printed: there is no paper to draw")
    width = max(image.width for image in images)
    height = sum(image.height for image in images) + GAP * (len(images) - 1)
    sheet = Image.new("L", (width, height), 192)
    y = 0
    for image in images:
        sheet.paste(image, (0, y))
        y += image.height + GAP
    return sheet


def dots_of(slip: Slip, ignore: Sequence[str] = ()) -> Image.Image:
    """What the printer's head has drawn; lines whose text has one of these patterns are white."""
    picture = draw_dots(slip.items, slip.width)
    for top, bottom in _bands(slip, ignore, picture.height):
        picture.paste(_WHITE, (0, top, picture.width, bottom))
    return picture


def read(file: Path) -> Image.Image:
    """A picture that was kept.

    :raises LocalError: the file is none.
    """
    try:
        with Image.open(file) as picture:
            return picture.convert("L")
    except (OSError, Image.DecompressionBombError) as error:
        raise LocalError(f"{file}: {error}") from error


def difference(kept: Image.Image, printed: Image.Image) -> Image.Image | None:
    """Both in one picture: what only ``kept`` has is red, what only ``printed`` has blue.

    None: they are the same, dot by dot.
    """
    if kept.size == printed.size and ImageChops.difference(kept, printed).getbbox() is None:
        return None
    size = max(kept.width, printed.width), max(kept.height, printed.height)
    was, new = (_on_sheet(one, size) for one in (kept, printed))
    return Image.merge("RGB", (new, ImageChops.darker(was, new), was))


def _on_sheet(picture: Image.Image, size: tuple[int, int]) -> Image.Image:
    sheet = Image.new("L", size, _WHITE)
    sheet.paste(picture, (0, 0))
    return sheet


def _bands(slip: Slip, ignore: Sequence[str], height: int) -> Iterator[tuple[int, int]]:
    """From the top of each such line to the top of the next one."""
    lines = slip.lines
    ends = [*(line.y for line in lines[1:]), height]
    for line, end in zip(lines, ends, strict=True):
        if any(re.search(pattern, line.text) for pattern in ignore):
            yield line.y, max(end, line.y)
