"""What a scanner adds to a code in SSI packets: prefix, suffix, line end, identifiers."""

from __future__ import annotations

import re

from pos_guard.frames.lines import LineSettings
from pos_guard.frames.ssi_table import code_type
from pos_guard.frames.symbology import AIM, Symbology, Vendor, symbology
from pos_guard.frames.symbology_ids import code_ids, take_id
from pos_guard.scanners.language import Scanned
from pos_guard.scanners.ssi_parts import Message

_LINE_END = re.compile(rb"(?:\r\n|\r|\n|\t)\Z")

_FAMILIES = (
    {Symbology.QR, Symbology.GS1_QR, Symbology.MICRO_QR},
    {Symbology.CODE128, Symbology.GS1_128},
    {Symbology.EAN13, Symbology.EAN8, Symbology.UPC_A, Symbology.UPC_E, Symbology.EAN},
    {Symbology.DATA_MATRIX, Symbology.GS1_DATA_MATRIX},
    {Symbology.PDF417, Symbology.MICRO_PDF417},
)
"""What code types and identifiers tell apart, each better than the other for some."""


class Added:
    """Takes it off.

    The code type is the decoder's word: an identifier that contradicts it is text in the code.
    """

    def __init__(self, settings: LineSettings) -> None:
        self._settings = settings
        ids = settings.code_ids
        self._vendor = Vendor.ZEBRA if ids is Vendor.NONE else ids  # SSI is Zebra's
        self._ids = {**code_ids(ids), **settings.ids}

    def scanned(self, message: Message, raw: bytes) -> Scanned:
        """The scan that a whole message is."""
        code = self._within(message.data)
        known = code_type(message.code_type).symbology
        aim, named, rest = self._identified(code)
        if len(rest) == len(code) or not _agree(known, named):
            return Scanned(raw, code, known)
        return Scanned(raw, rest, named or known, aim)

    def _within(self, data: bytes) -> bytes:
        code = data.removeprefix(self._settings.prefix)
        suffix = self._settings.suffix
        return code.removesuffix(suffix) if suffix else _LINE_END.sub(b"", code)

    def _identified(self, code: bytes) -> tuple[str | None, Symbology | None, bytes]:
        if self._settings.aim and AIM.match(code):
            aim, rest = code[:3].decode("ascii"), code[3:]
            return aim, symbology(aim, rest, self._vendor), rest
        named, rest = take_id(code, self._ids)
        return None, named, rest


def _agree(known: Symbology | None, named: Symbology | None) -> bool:
    if known is None or known == named:
        return True
    return any(known in family and named in family for family in _FAMILIES)
