"""What the examples print, and how it is read back from the twin's paper."""

from __future__ import annotations

from pathlib import Path

import zxingcpp
from PIL import Image, ImageDraw

from pos_guard_simulator.paper_items import Line, Picture
from pos_guard_simulator.paper_slip import Slip

BILL = ["MORNING LIGHT", "晨光咖啡馆", "Order: A-17", "Coffee 12.50", "TOTAL CNY 12.50"]
"""The lines that bill and receipt begin with, as ``words`` gives them."""

FOREIGN_CODE = "https://qr.alipay.com/fkx000000000000000000000"
"""A payment code of somebody who is not on the shop's list."""

# Without symmetry, so that turned, mirrored, shifted or negative dots are seen.
_LOGO = (64, 24)
_INK = ((8, 4, 40, 16), (3, 20, 3, 20), (63, 0, 63, 23))


def draw_logo(path: Path) -> list[int]:
    """Write the logo as a PNG; returns its rows as the twin keeps them."""
    picture = Image.new("RGB", _LOGO, "white")
    draw = ImageDraw.Draw(picture)
    for box in _INK:
        draw.rectangle(box, fill="black")
    picture.save(path)
    ink = picture.convert("1").point(lambda dot: not dot, mode="1").tobytes()
    stride = _LOGO[0] // 8
    return [int.from_bytes(ink[at : at + stride], "big") for at in range(0, len(ink), stride)]


def pictures(slip: Slip) -> list[Picture]:
    """Its pictures, whether they were sent as raster or as lines of columns."""
    found: list[Picture] = []
    for item in slip.items:
        if isinstance(item, Picture):
            found.append(item)
        elif isinstance(item, Line):
            found += item.pictures
    return found


def codes(slip: Slip) -> list[str]:
    """What zxing-cpp reads on it."""
    return [code.text for code in zxingcpp.read_barcodes(slip.image())]


def words(slip: Slip) -> list[str]:
    """Its lines, without blank ones, runs of spaces made one."""
    return [" ".join(line.split()) for line in slip.text.splitlines() if line.strip()]
