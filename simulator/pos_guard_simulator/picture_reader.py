"""Reads codes back from the pictures that a till prints, with zxing-cpp.

The reader ``zxing`` of the entry point group ``pos_guard.readers``.
"""

from __future__ import annotations

import importlib
from typing import Any

from pos_guard.errors import LocalError
from pos_guard.links.printer_pictures import Picture

MIN_SIDE = 21
"""Dots of the smallest QR code, one a module: nothing smaller is looked at."""

_FORMATS = ("QRCode", "MicroQRCode", "RMQRCode", "Aztec", "DataMatrix", "PDF417", "MaxiCode")


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
        if min(picture.width, picture.height) < MIN_SIDE:
            return []
        shape = [picture.height, picture.width]
        dots = memoryview(picture.dots).cast("B", shape=shape)
        plain = self._zxing.TextMode.Plain
        found: list[Any] = self._zxing.read_barcodes(dots, formats=self._formats, text_mode=plain)
        return [str(code.text).encode(errors="replace") for code in found]
