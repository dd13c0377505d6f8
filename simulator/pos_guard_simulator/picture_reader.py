"""Reads codes back from pictures, with zxing-cpp.

The reader ``zxing`` of the entry point group ``pos_guard.readers``, and the eye of the simulated
scanners.
"""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from pos_guard.errors import LocalError
from pos_guard.links.printer_pictures import Picture

MIN_SIDE = 21
"""Dots of the smallest QR code, one a module: nothing smaller is looked at."""

_FORMATS = ("QRCode", "MicroQRCode", "RMQRCode", "Aztec", "DataMatrix", "PDF417", "MaxiCode")


@dataclass(frozen=True, slots=True)
class Symbol:
    """One symbol in a picture.

    ``data`` are its bytes as they stand in it, ``aim`` is its AIM identifier (``]Q1``), ``name``
    the library's name of its kind; ``left`` and ``top`` say where it is, in dots.
    """

    data: bytes = field(repr=False)
    aim: str
    name: str
    left: int
    top: int


class ZxingReader:
    """Finds two-dimensional codes, in any direction, light on dark too.

    :raises LocalError: when the zxing-cpp library is not installed.
    """

    def __init__(self) -> None:
        try:
            # The library has no types: its values end in this file.
            self._zxing: Any = importlib.import_module("zxingcpp")
        except ModuleNotFoundError as error:
            raise LocalError("pictures are read with zxing-cpp: pip install zxing-cpp") from error
        known = self._zxing.BarcodeFormat
        self._formats = [getattr(known, name) for name in _FORMATS if hasattr(known, name)]

    def read(self, picture: Picture) -> list[bytes]:
        """The text of every code in the picture, as UTF-8 whatever encoding the code has."""
        found = self._find(picture, self._formats)
        return [str(code.text).encode(errors="replace") for code in found]

    def symbols(self, picture: Picture) -> list[Symbol]:
        """Every symbol of any kind, bars too, from top to bottom."""
        found = [_symbol(code) for code in self._find(picture, [])]
        return sorted(found, key=lambda one: (one.top, one.left))

    def _find(self, picture: Picture, formats: Sequence[object]) -> list[Any]:
        if min(picture.width, picture.height) < MIN_SIDE:
            return []
        shape = [picture.height, picture.width]
        dots = memoryview(picture.dots).cast("B", shape=shape)
        plain = self._zxing.TextMode.Plain
        found: list[Any] = self._zxing.read_barcodes(dots, formats=formats, text_mode=plain)
        return found


def _symbol(code: Any) -> Symbol:  # noqa: ANN401 - the library's, which has no types
    corner = code.position.top_left
    return Symbol(
        bytes(code.bytes), str(code.symbology_identifier), str(code.format), corner.x, corner.y
    )
