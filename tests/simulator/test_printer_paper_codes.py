"""Every symbol that is drawn can be read: by zxing-cpp, whose decoders know nothing of ours."""

from __future__ import annotations

import pytest
import zxingcpp

from pos_guard.frames.printer_models import printer_model
from pos_guard_simulator.paper import print_all
from pos_guard_simulator.paper_barcode import elements, modules
from pos_guard_simulator.paper_code128 import code128, code128_auto, gs1_128
from pos_guard_simulator.paper_image import draw_dots
from pos_guard_simulator.paper_slip import Slip

EPSON = printer_model("epson-80")
HOIN = printer_model("hoin-58")
SETUP = b"\x1ba\x01\x1dh\x60\x1dw\x02"


def bars(kind: int, data: bytes) -> bytes:
    return b"\x1dk" + bytes((kind, len(data))) + data


def symbol(kind: int, function: int, data: bytes) -> bytes:
    body = bytes((kind, function)) + data
    return b"\x1d(k" + len(body).to_bytes(2, "little") + body


def stored(kind: int, data: bytes) -> bytes:
    return symbol(kind, 80, data) + symbol(kind, 81, b"0")


def slip(data: bytes) -> Slip:
    (only,) = print_all(SETUP + data + b"\n\n\x1dV\x00", EPSON).receipts
    return only


def read(data: bytes) -> list[tuple[str, str]]:
    found = zxingcpp.read_barcodes(slip(data).image())
    return [(str(code.format), code.text) for code in found]


@pytest.mark.parametrize(
    ("kind", "data", "symbology", "payload"),
    [
        (65, b"03600029145", "EAN-13", "0036000291452"),
        (66, b"123456", "UPC-E", "0012345000065"),
        (66, b"0123456", "UPC-E", "0012345000065"),
        (66, b"01234565", "UPC-E", "0012345000065"),
        (66, b"04210000526", "UPC-E", "0042100005264"),
        (66, b"042100005264", "UPC-E", "0042100005264"),
        (67, b"400638133393", "EAN-13", "4006381333931"),
        (68, b"9638507", "EAN-8", "96385074"),
        (69, b"ORDER-42 $/+%.", "Code 39", "ORDER-42 $/+%."),
        (70, b"123457", "ITF", "123457"),
        (71, b"A40156B", "Codabar", "A40156B"),
        (71, b"c12$34/56.7:8+9-0d", "Codabar", "C12$34/56.7:8+9-0D"),
        (72, b"TEST93", "Code 93", "TEST93"),
        (72, b"Order 7/a{~}", "Code 93", "Order 7/a{~}"),
        (73, b"{BNo{C\x0c\x63", "Code 128", "No1299"),
        (73, b"{AAB{Sx{BCd{{", "Code 128", "ABxCd{"),
        (74, b"(01)0950600013436*(17)260101", "Code 128", "(01)09506000134369(17)260101"),
        (74, b"(10)ABC{1(21)12345", "Code 128", "(10)ABC(21)12345"),
        (74, b"{B{10112345", "Code 128", None),
        (75, b"0061414199999", "DataBar Omni", "(01)00614141999996"),
        (76, b"0061414199999", "DataBar Omni", "(01)00614141999996"),
        (77, b"0061414199999", "DataBar Limited", "(01)00614141999996"),
        (
            78,
            b"(01)90614141000015(3202)000150",
            "DataBar Expanded",
            "(01)90614141000015(3202)000150",
        ),
        (78, b"0190614141000015", "DataBar Expanded", "(01)90614141000015"),
        (79, b"Abc12345678x", "Code 128", "Abc12345678x"),
        (79, b"A123456", "Code 128", "A123456"),
        (79, b"12345", "Code 128", "12345"),
    ],
)
def test_every_barcode_of_gs_k_scans(
    kind: int, data: bytes, symbology: str, payload: str | None
) -> None:
    ((found, text),) = read(bars(kind, data))
    assert found == symbology
    assert payload is None or text == payload


@pytest.mark.parametrize("module", [2, 3, 4, 5, 6])
def test_wide_elements_have_the_width_of_the_manual(module: int) -> None:
    # GS w, Bixolon SPP-R300 command manual (8 dots a mm): 0.625, 1.000, 1.250, 1.625, 2.000 mm.
    thick = {2: 5, 3: 8, 4: 10, 5: 13, 6: 16}[module]
    widths = elements(71, b"A1B", module)
    assert widths is not None
    assert set(widths) == {module, thick}
    assert elements(67, b"400638133393", module) == [
        width * module for width in modules(67, b"400638133393") or ()
    ]


@pytest.mark.parametrize(
    ("data", "symbology", "payload"),
    [
        (symbol(49, 67, b"\x04") + symbol(49, 69, b"3") + stored(49, b"0hello"), "QR", "hello"),
        (symbol(49, 65, b"3\x00") + symbol(49, 67, b"\x04") + stored(49, b"012345"), "Micro", None),
        (stored(48, b"0PDF417 says hello"), "PDF417", "PDF417 says hello"),
        (symbol(48, 65, b"\x03") + stored(48, b"0three columns wide"), "PDF417", None),
        (symbol(48, 66, b"\x14") + stored(48, b"0twenty rows high"), "PDF417", None),
        (symbol(48, 70, b"1") + stored(48, b"0without its end"), "PDF417", "without its end"),
        (symbol(53, 67, b"\x04") + stored(53, b"0aztec"), "Aztec", "aztec"),
        (symbol(53, 66, b"1\x03") + symbol(53, 67, b"\x04") + stored(53, b"0a"), "Aztec", "a"),
        (symbol(54, 67, b"\x05") + stored(54, b"0matrix 42"), "Data Matrix", "matrix 42"),
        (stored(51, b"0\x480061414199999"), "DataBar Stacked", "(01)00614141999996"),
        (stored(51, b"0\x490061414199999"), "DataBar Stacked", "(01)00614141999996"),
        (
            stored(51, b"0\x4c(01)90614141000015(3202)000150"),
            "DataBar Expanded Stacked",
            "(01)90614141000015(3202)000150",
        ),
    ],
)
def test_every_symbol_of_gs_lparen_k_scans(
    data: bytes, symbology: str, payload: str | None
) -> None:
    ((found, text),) = read(data)
    assert found.startswith(symbology)
    assert payload is None or text == payload


def test_maxicode_has_its_one_size_and_scans_alone() -> None:
    # zxing-cpp finds a MaxiCode only where there is nothing else; 28.14 mm are 225 dots.
    (only,) = print_all(b"\x1ba\x01" + stored(50, b"2Maxi") + b"\x1dV\x00", EPSON).receipts
    dots = draw_dots(only.items, only.width)
    assert [code.text for code in zxingcpp.read_barcodes(dots)] == ["Maxi"]
    ink = dots.point([255] * 128 + [0] * 128).getbbox()
    assert ink is not None
    assert 215 <= ink[2] - ink[0] <= 225


def test_the_qr_command_of_chinese_printers_prints_at_once() -> None:
    payload = "https://example.com/支付".encode()
    data = b"\x1bZ\x00M\x05" + len(payload).to_bytes(2, "little") + payload
    paper = print_all(data + b"\n\n", HOIN)
    (found,) = zxingcpp.read_barcodes(paper.slips[0].image())
    assert found.bytes == payload
    assert paper.text.startswith("[QR: https://example.com/支付]")


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        (66, b"12345"),
        (66, b"21234565"),
        (66, b"01234560"),
        (66, b"12345678901"),
        (71, b"12345"),
        (71, b"A1B2C"),
        (71, b"A"),
        (72, b"\xff"),
        (73, b"{C\x64"),
        (73, b"{A`"),
        (73, b"{Z1"),
        (73, b"{B{"),
        (74, b"()"),
        (74, b"\xc4"),
        (79, b"\xe9"),
        (67, b""),
    ],
)
def test_data_that_a_barcode_cannot_hold_draws_no_bars(kind: int, data: bytes) -> None:
    assert modules(kind, data) is None


@pytest.mark.parametrize(
    "data",
    [
        bars(75, b"letters"),
        bars(78, b"no identifier"),
        bars(77, b"9999999999999"),
        stored(51, b"0\x500061414199999"),
        stored(52, b"000061414199999"),
        symbol(49, 65, b"3\x00") + stored(49, b"0" + b"long" * 40),
        stored(54, b"0" + b"\xff" * 3000),
        stored(48, b"0" + b"x" * 5000),
    ],
)
def test_data_that_a_symbol_cannot_hold_draws_nothing(data: bytes) -> None:
    plain = print_all(b".\n" + data + b"\x1dV\x00", EPSON).receipts[0]
    dots = draw_dots(plain.items, plain.width)
    assert dots.height == 30


def test_a_code_wider_than_the_print_area_is_not_drawn() -> None:
    wide = slip(b"\x1dw\x06" + bars(73, b"{B" + b"x" * 20))
    assert draw_dots(wide.items, wide.width).getextrema() == (255, 255)
    assert "[CODE128: {Bxxxx" in wide.text


def test_the_sets_of_code_128_are_chosen_as_the_standard_says() -> None:
    # ISO/IEC 15417: set C for the digits, 11 modules a value, 13 for the stop.
    def values(widths: list[int]) -> int:
        return (sum(widths) - 13) // 11

    assert values(code128_auto("1234567890")) == 1 + 5 + 1
    assert values(code128_auto("AB")) == 1 + 2 + 1
    assert values(gs1_128("(00)123456789012345675")) == 1 + 1 + 10 + 1
    assert code128("{C\x0c\x22") == code128_auto("1234")


def test_letters_stand_above_and_below_in_their_font() -> None:
    heights = {}
    for place in range(4):
        for font in (0, 1):
            data = b"\x1dH" + bytes((place,)) + b"\x1df" + bytes((font,)) + bars(68, b"9638507")
            made = print_all(b"\x1dh\x30" + data + b"\x1dV\x00", EPSON).receipts[0]
            heights[place, font] = draw_dots(made.items, made.width).height
    assert [heights[place, 0] for place in range(4)] == [48, 76, 76, 104]
    assert [heights[place, 1] for place in range(4)] == [48, 69, 69, 90]
