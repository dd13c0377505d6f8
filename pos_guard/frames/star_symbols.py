"""Star's barcodes and 2D symbols as those of ESC/POS.

Source: Star Line Mode Command Specifications, 3-56 (ESC b), 3-113 (PDF417), 3-144 (QR).
"""

from __future__ import annotations

import re
from collections.abc import Mapping

# ESC b n1 to the m of GS k: UPC-E, UPC-A, EAN8, EAN13, CODE39, ITF, CODE128, CODE93, CODABAR,
# GS1-128, then the four DataBar of StarPRNT.
_KINDS: Mapping[int, int] = dict(
    enumerate((66, 65, 68, 67, 69, 70, 73, 72, 71, 74, 75, 76, 77, 78))
)
_CODE128 = 73
_FIRST_MODULE = 2
_BELOW = 2
_QR, _PDF417 = 49, 48
_ESCAPE = re.compile(r"%(.)")
_MANUAL_HEAD = 3


def barcode(raw: bytes) -> tuple[bytes, ...]:
    """ESC b: what is written below, module, height and data at once."""
    kind = _KINDS.get(_digit(raw[2]))
    if kind is None:
        return ()
    data = raw[6:-1]
    if kind == _CODE128:
        data = _code128(data)
    hri = _BELOW if _digit(raw[3]) in (2, 4) else 0
    module = _FIRST_MODULE + max(_digit(raw[4]) - 1, 0) % 3
    return (
        bytes((0x1D, 0x48, hri)),
        bytes((0x1D, 0x77, module)),
        bytes((0x1D, 0x68, raw[5])),
        bytes((0x1D, 0x6B, kind, len(data))) + data,
    )


def _digit(byte: int) -> int:
    """A number as itself, as a digit, or as a letter from A (10) on."""
    if byte >= 65:
        return byte - 55
    return byte - 48 if byte >= 48 else byte


def _code128(data: bytes) -> bytes:
    """Star chooses the code sets itself, and has % where ESC/POS has braces: %0 is a % sign."""
    text = data.decode("latin-1")
    plain = _ESCAPE.sub(lambda found: "%" if found[1] == "0" else "", text)
    return b"{B" + plain.replace("{", "{{").encode("latin-1")[:253]


def qr(raw: bytes) -> tuple[bytes, ...]:
    """ESC GS y: model, level and size; data, analysed by the printer or in parts; print; ask."""
    function = raw[3:5]
    if function == b"S0":
        return (_symbol(_QR, 65, bytes((48 + raw[5] % 48, 0))),)
    if function == b"S1":
        return (_symbol(_QR, 69, bytes((48 + raw[5] % 48,))),)
    if function == b"S2":
        return (_symbol(_QR, 67, bytes((raw[5] % 48,))),)
    if function == b"D1":
        return (_symbol(_QR, 80, b"0" + raw[8:]),)
    if function == b"D2":
        return (_symbol(_QR, 80, b"0" + _parts(raw[6:])),)
    return (_symbol(_QR, 81 if raw[3] == 0x50 else 82, b"0"),)


def pdf417(raw: bytes) -> tuple[bytes, ...]:
    """ESC GS x: size, level, module, aspect; data; print; ask."""
    function = raw[3:5]
    if function == b"S0":
        if raw[5] != 1:
            return ()
        return _symbol(_PDF417, 66, raw[6:7]), _symbol(_PDF417, 65, raw[7:8])
    if function == b"S1":
        return (_symbol(_PDF417, 69, bytes((48, 48 + raw[5] % 48))),)
    if function in (b"S2", b"S3"):
        return (_symbol(_PDF417, 67 if function == b"S2" else 68, bytes((raw[5],))),)
    if raw[3] == 0x44:
        return (_symbol(_PDF417, 80, b"0" + raw[6:]),)
    return (_symbol(_PDF417, 81 if raw[3] == 0x50 else 82, b"0"),)


def _symbol(kind: int, function: int, data: bytes) -> bytes:
    body = bytes((kind, function)) + data
    return b"\x1d(k" + (len(body) & 0xFFFF).to_bytes(2, "little") + body[:0xFFFF]


def _parts(spans: bytes) -> bytes:
    """The data of m nL nH d.., one span after the other."""
    data, at = b"", 0
    while at + _MANUAL_HEAD <= len(spans):
        size = int.from_bytes(spans[at + 1 : at + 3], "little")
        data += spans[at + 3 : at + 3 + size]
        at += _MANUAL_HEAD + size
    return data
