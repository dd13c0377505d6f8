"""What a simulated scanner sees in a picture: a receipt, the screen of a customer's phone.

Needs Pillow and zxing-cpp.
"""

from __future__ import annotations

import io
from pathlib import Path

from pos_guard.errors import LocalError
from pos_guard.links.printer_pictures import Picture
from pos_guard_simulator.picture_reader import Symbol, ZxingReader

try:
    from PIL import Image
except ImportError as error:  # pragma: no cover - needs an environment without it
    raise LocalError('pictures need Pillow: pip install "pos-guard[simulator]"') from error

MAX_PIXELS = 1 << 25
"""A photograph of 33 megapixels, or the longest receipt that the printer twin draws."""

_FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP")
_DAMAGED = (OSError, ValueError, SyntaxError, EOFError, Image.DecompressionBombError)
"""What Pillow raises for files that are no pictures, or only begin as one."""


class PictureError(LocalError):
    """A picture out of which a scanner would read no code, or nobody knows which."""


def read_picture(shot: Path | bytes, aim: str = "") -> Symbol:
    """The one code in a picture: a file, or its bytes.

    ``aim`` (``]C0``) chooses a code where there are several.

    Bytes come as they stand in the symbol, as from a scanner that does not re-code them. The
    messages name kinds and places, never what a code says.

    :raises PictureError: no picture, no code in it, or several that fit.
    :raises LocalError: without zxing-cpp, naming the command that installs it.
    """
    name = "the picture" if isinstance(shot, bytes) else shot.name
    found = ZxingReader().symbols(_grey(shot, name))
    fits = [symbol for symbol in found if symbol.data and symbol.aim.startswith(aim)]
    if len(fits) == 1:
        return fits[0]
    if fits:
        raise PictureError(f"{name}: {len(fits)} codes, say which: {_names(fits)}")
    wanted = f"no {aim} code" if aim else "no code"
    others = f", only {_names(found)}" if found else ""
    raise PictureError(f"{name}: {wanted} in it{others}")


def _names(symbols: list[Symbol]) -> str:
    return ", ".join(f"{one.aim} {one.name} at {one.left},{one.top}" for one in symbols)


def _grey(shot: Path | bytes, name: str) -> Picture:
    file = io.BytesIO(shot) if isinstance(shot, bytes) else shot
    try:
        with Image.open(file, formats=_FORMATS) as picture:
            if picture.width * picture.height > MAX_PIXELS:
                raise PictureError(f"{name}: more than {MAX_PIXELS} dots")
            grey = _on_white(picture)
    except _DAMAGED as error:
        why = error.strerror if isinstance(error, OSError) else None
        raise PictureError(f"{name}: {why or 'is no picture that can be read'}") from error
    return Picture(grey.width, grey.height, grey.tobytes())


def _on_white(picture: Image.Image) -> Image.Image:
    """Grey, and white where it is transparent, as a screen or paper would show it."""
    if not picture.has_transparency_data:
        return picture.convert("L")
    white = Image.new("RGBA", picture.size, "white")
    white.alpha_composite(picture.convert("RGBA"))
    return white.convert("L")
