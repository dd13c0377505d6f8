"""Barcodes: only what a printer prints gets to it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pos_guard.errors import LocalError
from pos_guard_drivers.receipt_barcode import Kind, barcode, check_digit


@pytest.mark.parametrize(
    ("kind", "text", "data", "modules"),
    [
        ("ean13", "4006381333931", b"4006381333931", 95),  # the example of EN 797
        ("ean13", "400638133393", b"4006381333931", 95),
        ("ean8", "9638507", b"96385074", 67),
        ("upc-a", "03600029145", b"036000291452", 95),
        ("upc-e", "042100005264", b"042100005264", 51),
        ("upc-e", "04252614", b"042100005264", 51),  # GS1 General Specifications, UPC-E example
        ("code39", "AB-1", b"AB-1", 96),
        ("itf", "1234", b"1234", 45),
        ("codabar", "A12-3B", b"A12-3B", 84),
        ("code93", "a b", b"a b", 91),
    ],
)
def test_data_and_width(kind: Kind, text: str, data: bytes, modules: int) -> None:
    made = barcode(kind, text)
    assert (made.data, made.modules) == (data, modules)


@pytest.mark.parametrize(
    ("text", "data", "symbols"),
    [
        ("AB-12x", b"{BAB-12x", 7),
        ("1234", b"{C\x0c\x22", 3),
        ("12", b"{C\x0c", 2),
        ("123", b"{B123", 4),
        ("12345", b"{C\x0c\x22{B5", 5),
        ("A123456", b"{BA{C\x0c\x22\x38", 6),
        ("A12345", b"{BA1{C\x17\x2d", 6),
        ("A12345B", b"{BA12345B", 8),
        ("A123456B", b"{BA{C\x0c\x22\x38{BB", 8),
        ("A1234B", b"{BA1234B", 7),
        ("a{b", b"{Ba{{b", 4),
    ],
)
def test_code_128_takes_the_shorter_set(text: str, data: bytes, symbols: int) -> None:
    made = barcode("code128", text)
    assert (made.data, made.modules) == (data, 11 * (symbols + 1) + 13)


def test_code_set_c_can_be_left_out() -> None:
    assert barcode("code128", "1604", sets=False).data == b"{B1604"


@pytest.mark.parametrize(
    ("kind", "text", "problem"),
    [
        ("ean13", "4006381333930", "check digit of 4006381333930 is wrong: 1 is right"),
        ("ean13", "40063813339", "12 or 13 digits"),
        ("ean13", "40063813339٣1", "12 or 13 digits"),
        ("ean8", "", "7 or 8 digits"),
        ("upc-e", "14252614", "no UPC-E number"),
        ("upc-e", "036000291452", "too few zeros"),
        ("itf", "123", "cannot stand"),
        ("code39", "abc", "cannot stand"),
        ("code39", "*A*", "cannot stand"),
        ("codabar", "12345", "cannot stand"),
        ("code128", "é", "cannot stand"),
        ("code128", "a\n", "cannot stand"),
        ("code93", "", "cannot stand"),
        ("code128", "x" * 254, "1 to 255 bytes"),
        ("qr", "x", "no barcode 'qr'"),
    ],
)
def test_what_a_printer_would_not_print_is_refused(kind: Kind, text: str, problem: str) -> None:
    with pytest.raises(LocalError, match=problem):
        barcode(kind, text)


@pytest.mark.parametrize("last", "0123456789")
def test_every_way_to_shorten_a_upc_e_leads_back(last: str) -> None:
    short = "012345" + last
    made = barcode("upc-e", short + _check_of_short(short))
    assert len(made.data) == 12
    assert barcode("upc-e", made.data.decode()).data == made.data


def _check_of_short(seven: str) -> str:
    for digit in "0123456789":
        try:
            barcode("upc-e", seven + digit)
        except LocalError:
            continue
        return digit
    raise AssertionError(seven)


@given(st.text("0123456789", min_size=7, max_size=12))
def test_one_wrong_digit_is_always_seen(digits: str) -> None:
    right = check_digit(digits)
    for place in range(len(digits)):
        other = str((int(digits[place]) + 1) % 10)
        assert check_digit(digits[:place] + other + digits[place + 1 :]) != right


@given(st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), min_size=1, max_size=40))
def test_code_128_says_what_it_was_given(text: str) -> None:
    assert _read_128(barcode("code128", text).data) == text


def _read_128(data: bytes) -> str:
    """What a printer reads (Epson, GS k 73)."""
    out, now, at = "", "", 0
    while at < len(data):
        if data[at : at + 1] == b"{" and data[at + 1 : at + 2] in (b"B", b"C"):
            now, at = chr(data[at + 1]), at + 2
        elif now == "C":
            out, at = out + f"{data[at]:02}", at + 1
        else:
            step = 2 if data[at : at + 2] == b"{{" else 1
            out, at = out + chr(data[at]), at + step
    return out
