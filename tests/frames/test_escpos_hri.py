"""The letters of a barcode, with the check digits that printers add.

Numbers are documented examples: EAN-13 4006381333931 (GS1 Germany), UPC-A 036000291452 and
UPC-E 04252614 (GS1 US), EAN-8 96385074 (GS1 General Specifications).
"""

from __future__ import annotations

import pytest

from pos_guard.frames.escpos_hri import expanded, hri_text


def form_a(kind: int, data: bytes) -> bytes:
    return b"\x1dk" + bytes((kind,)) + data + b"\x00"


def form_b(kind: int, data: bytes) -> bytes:
    return b"\x1dk" + bytes((kind, len(data))) + data


@pytest.mark.parametrize(
    ("kind", "data", "text"),
    [
        (0, b"03600029145", "036000291452"),
        (0, b"036000291452", "036000291452"),
        (1, b"425261", "04252614"),
        (1, b"04252614", "04252614"),
        (1, b"04210000526", "04252614"),
        (2, b"400638133393", "4006381333931"),
        (2, b"40063813339", ""),
        (2, b"400638133393X", ""),
        (3, b"9638507", "96385074"),
        (4, b"*ABC-1*", "*ABC-1*"),
        (5, b"123456", "123456"),
        (6, b"A123B", "A123B"),
    ],
)
def test_both_forms_say_the_same(kind: int, data: bytes, text: str) -> None:
    assert hri_text(form_a(kind, data)) == hri_text(form_b(kind + 65, data)) == text


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"{BNo.123", "No.123"),
        (b"{BNo.{C\x0c\x22\x38", "No.123456"),
        (b"{B{1{{A{SB", "{AB"),
        (b"{A\x01A", " A"),
        (b"plain", "plain"),
    ],
)
def test_code128_shows_what_it_carries(data: bytes, text: str) -> None:
    assert hri_text(form_b(73, data)) == text


@pytest.mark.parametrize(
    ("six", "eleven"),
    [
        ("425261", "04210000526"),
        ("123453", "01230000045"),
        ("123454", "01234000005"),
        ("123457", "01234500007"),
    ],
)
def test_upc_e_stands_for_a_upc_a(six: str, eleven: str) -> None:
    assert expanded(six) == eleven
