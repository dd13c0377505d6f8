"""Pictures from files, as black dots. The one file of the drivers that needs Pillow."""

from __future__ import annotations

from pathlib import Path

from PIL import Image, UnidentifiedImageError

from pos_guard.errors import LocalError
from pos_guard_drivers.receipt_bitmap import MAX_ROWS, Bitmap

MAX_PIXELS = 50_000_000
"""Pixels of a picture that is opened: a good camera's. A small file can claim far more."""


def bitmap(picture: Path | str | Image.Image, width: int, *, dither: bool = True) -> Bitmap:
    """The picture in black dots, at most ``width`` of them wide; smaller ones are not enlarged.

    Transparent is white. ``dither`` spreads the error (Floyd and Steinberg), for photographs;
    without it, what is darker than the middle is black, for line drawings.

    :raises LocalError: for a file that is no picture, or one of senseless size.
    """
    if isinstance(picture, Path | str):
        picture = _opened(Path(picture))
    if not 0 < picture.width * picture.height <= MAX_PIXELS:
        raise LocalError(f"a picture of {picture.width} x {picture.height} pixels is too large")
    wide = min(width, picture.width)
    high = max(round(picture.height * wide / picture.width), 1)
    if high > MAX_ROWS:
        raise LocalError(f"the picture would be {high} dots long; {MAX_ROWS} is the limit")
    return _dots(_grey(picture).resize((wide, high)), dither=dither)


def _opened(path: Path) -> Image.Image:
    try:
        with Image.open(path) as picture:
            if picture.width * picture.height <= MAX_PIXELS:
                picture.load()
            return picture  # a larger one is refused by its size, not decoded
    except (OSError, SyntaxError, UnidentifiedImageError, Image.DecompressionBombError) as error:
        raise LocalError(f"{path} is no picture that can be read: {error}") from error


def _grey(picture: Image.Image) -> Image.Image:
    with_alpha = picture.convert("RGBA")
    white = Image.new("RGBA", with_alpha.size, "white")
    return Image.alpha_composite(white, with_alpha).convert("L")


def _dots(grey: Image.Image, *, dither: bool) -> Bitmap:
    two = grey.convert("1", dither=Image.Dither.FLOYDSTEINBERG if dither else Image.Dither.NONE)
    stride = (two.width + 7) // 8
    keep = 0xFF << (-two.width % 8) & 0xFF
    # Pillow packs white as 1 and pads with 0; the printer wants black as 1.
    data = bytes(byte ^ 0xFF for byte in two.tobytes())
    rows = (data[at : at + stride] for at in range(0, len(data), stride))
    return Bitmap(two.width, tuple(row[:-1] + bytes((row[-1] & keep,)) for row in rows))
