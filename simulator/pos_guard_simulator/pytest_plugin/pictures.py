"""Pictures of several slips as one; needs Pillow."""

from __future__ import annotations

from collections.abc import Sequence

from PIL import Image

from pos_guard.errors import LocalError

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
