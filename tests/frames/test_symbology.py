"""What AIM identifiers say, and the identifiers of vendors."""

from __future__ import annotations

import pytest

from pos_guard.frames.symbology import Symbology, Vendor, identifier, symbology
from pos_guard.frames.symbology_ids import MAX_ID, code_ids, take_id

# scanners.md a.1 (npm @point-of-sale/barcode-parser 1.0.4), Honeywell 8650 p. 4-12.
AIM = [
    ("]E0", "ean"), ("]E3", "ean"), ("]E4", "ean8"), ("]C0", "code128"), ("]C1", "gs1-128"),
    ("]C2", "code128"), ("]A0", "code39"), ("]A7", "code39"), ("]F0", "codabar"),
    ("]G0", "code93"), ("]H0", "code11"), ("]I1", "itf"), ("]L0", "pdf417"),
    ("]L3", "micropdf417"), ("]M0", "msi"), ("]e0", "databar"), ("]d1", "datamatrix"),
    ("]d2", "gs1-datamatrix"), ("]d5", "gs1-datamatrix"), ("]z0", "aztec"), ("]U1", "maxicode"),
    ("]h0", "hanxin"), ("]S0", "d2of5"), ("]R0", "iata"), ("]B0", "other"), ("]P0", "other"),
    ("]o1", "other"), ("]X0", "other"), ("]Xg", "other"), ("]Q0", "qr"), ("]Q1", "qr"),
    ("]Q2", "qr"), ("]Q3", "gs1-qr"), ("]Q4", "gs1-qr"), ("]Q5", "qr"), ("]Q6", "qr"),
]  # fmt: skip


@pytest.mark.parametrize(("aim", "name"), AIM, ids=str)
def test_every_code_character(aim: str, name: str) -> None:
    assert symbology(aim) == name


@pytest.mark.parametrize("aim", [None, "", "]Q", "Q1x", "]Z6", "]Z0", "]?0", "]Q11"])
def test_what_names_no_bar_code(aim: str | None) -> None:
    assert symbology(aim) is None


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"4006381333931", "ean13"),
        (b"0012345678905", "ean13"),
        (b"012345678905", "upca"),
        (b"01234565", "upce"),
        (b"400638133393112", "ean"),
        (b"", "ean"),
    ],
)
def test_the_digits_tell_ean_from_upc(data: bytes, name: str) -> None:
    assert symbology("]E0", data) == name


@pytest.mark.parametrize(
    ("vendor", "aim", "name"),
    [
        (Vendor.HONEYWELL, "]X0", "ean13"),
        (Vendor.HONEYWELL, "]X4", "other"),
        (Vendor.ZEBRA, "]X9", "ean13"),
        (Vendor.ZEBRA, "]XC", "ean8"),
        (Vendor.ZEBRA, "]Xg", "upca"),
        (Vendor.ZEBRA, "]Xr", "databar"),
        (Vendor.ZEBRA, "]XS", "microqr"),
        (Vendor.ZEBRA, "]XV", "pdf417"),
        (Vendor.NEWLAND, "]X9", "other"),
    ],
)
def test_x_means_what_the_vendor_says_and_only_by_setting(
    vendor: Vendor, aim: str, name: str
) -> None:
    assert symbology(aim, vendor=vendor) == name
    assert symbology(aim) == "other"


@pytest.mark.parametrize("symbol", Symbology)
def test_each_symbology_has_an_identifier_that_names_its_family(symbol: Symbology) -> None:
    aim = identifier(symbol)
    assert aim is not None
    named = symbology(aim)
    assert named is not None
    assert named == symbol or symbol.value.startswith((named.value[:3], "micro", "upc"))


def test_no_symbology_has_no_identifier() -> None:
    assert identifier(None) is None


@pytest.mark.parametrize(
    ("vendor", "code", "name", "rest"),
    [
        (Vendor.ZEBRA, b"P01134567890123456789", "qr", b"134567890123456789"),
        (Vendor.ZEBRA, b"P0Q01", "gs1-qr", b"01"),
        (Vendor.ZEBRA, b"D123", "code128", b"123"),
        (Vendor.ZEBRA, b"P1", None, b"P1"),
        (Vendor.HONEYWELL, b"s134567890123456789", "qr", b"134567890123456789"),
        (Vendor.HONEYWELL, b"d4006381333931", "ean13", b"4006381333931"),
        (Vendor.HONEYWELL, b"134", None, b"134"),
        (Vendor.DATALOGIC, b"FF40063813", "ean8", b"40063813"),
        (Vendor.DATALOGIC, b"F4006381333931", "ean13", b"4006381333931"),
        (Vendor.DATALOGIC, b"QR13", "qr", b"13"),
        (Vendor.DATALOGIC, b"$Q13", "microqr", b"13"),
        (Vendor.NEWLAND, b"s13", None, b"s13"),
        (Vendor.NONE, b"s13", None, b"s13"),
        (Vendor.HONEYWELL, b"", None, b""),
    ],
)
def test_identifiers_of_vendors(vendor: Vendor, code: bytes, name: str | None, rest: bytes) -> None:
    assert take_id(code, code_ids(vendor)) == (name, rest)


@pytest.mark.parametrize("vendor", Vendor)
def test_no_identifier_looks_like_aim_or_begins_as_a_payment_code_does(vendor: Vendor) -> None:
    for characters in code_ids(vendor):
        assert 1 <= len(characters) <= MAX_ID
        assert not characters.startswith(b"]")
        assert not characters[:1].isdigit()
