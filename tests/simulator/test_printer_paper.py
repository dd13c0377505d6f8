"""The paper: text in its columns, pictures that look right and codes that scan."""

from __future__ import annotations

from pathlib import Path

import pytest
import zxingcpp
from PIL import Image

from pos_guard.errors import LocalError
from pos_guard.frames import escpos_build as build
from pos_guard.frames.escpos import Align
from pos_guard.frames.escpos_hri import check_digit
from pos_guard.frames.printer_models import printer_model
from pos_guard_simulator.font import receipt_font
from pos_guard_simulator.paper import print_all, render_png, render_text
from pos_guard_simulator.paper_barcode import modules
from pos_guard_simulator.paper_image import DESK, MARGIN, TOP
from pos_guard_simulator.paper_slip import MAX_ITEMS
from pos_guard_simulator.printer import ReceiptPrinter

CHINA = printer_model("china")


def slip_text(data: bytes, profile: str = "epson") -> str:
    return print_all(data + build.cut(), printer_model(profile)).receipts[0].text


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"Tea" + b" " * 40 + b"12.50\n", "Tea" + " " * 40 + "12.50"),
        (b"\x1ba\x01mid\n\x1ba\x02right\n", " " * 22 + "mid\n" + " " * 43 + "right"),
        (b"A\tB\x1b$\x78\x00C\n", "A       B C"),
        (b"\x1d!\x11BIG\x1d!\x00 small\n", "BIG small"),
        (b"x" * 50 + b"\n", "x" * 48 + "\nxx"),
        (b"A\n\n\nB\x1bd\x02C\n", "A\n\n\nB\n\nC"),
        (b"\x1bD\x05\x0a\x00a\tb\tc\n", "a    b    c"),
        (b"\x1dL\x3c\x00in\n", "     in"),
        (b"ab\x1b\\\x0c\x00c\n", "ab c"),
        (b"\x1b*\x21\x02\x00" + bytes(6) + b"\n", "[image 2x24]"),
        (b"\x1dk\x02400638133393\x00", "[EAN13: 400638133393]"),
    ],
)
def test_text_keeps_its_columns(data: bytes, text: str) -> None:
    assert slip_text(data) == text


def test_chinese_takes_two_columns_a_character() -> None:
    data = "合计".encode("gb18030") + b" " * 39 + b"12.50\n"
    printer = ReceiptPrinter(CHINA)
    printer.data(data + build.cut())
    (line,) = printer.paper.receipts[0].items[:1]
    assert line.text == "合计" + " " * 39 + "12.50"
    assert slip_text("合".encode("gb18030") * 25 + b"\n", "china") == "合" * 24 + "\n合"


def test_receipts_are_split_at_cuts_and_the_rest_hangs_out() -> None:
    paper = print_all(
        b"one\n" + build.cut() + build.cut() + b"two\n" + build.cut(full=True) + b"3\n"
    )
    assert [(slip.text, slip.cut) for slip in paper.receipts] == [
        ("one", "partial"),
        ("two", "full"),
    ]
    assert [slip.text for slip in paper.slips] == ["one", "two", "3"]


def test_a_qr_code_stands_in_the_text_and_scans_in_the_picture() -> None:
    data = b"Scan:\n" + build.align(Align.CENTER) + build.qr(b"PGSALE:T1-000001") + build.cut()
    paper = print_all(data)
    assert "[QR: PGSALE:T1-000001]" in paper.text
    (found,) = zxingcpp.read_barcodes(paper.receipts[0].image())
    assert found.text == "PGSALE:T1-000001"


@pytest.mark.parametrize("payload", ["已支付 12.50", "1234567890", "https://e.example/?a=1&b=é"])
def test_qr_codes_of_all_kinds_scan(payload: str) -> None:
    slip = print_all(build.qr(payload.encode(), dots=4, level="H") + build.cut()).receipts[0]
    assert [found.text for found in zxingcpp.read_barcodes(slip.image())] == [payload]


@pytest.mark.parametrize(
    ("command", "payload"),
    [
        (b"\x1dkC\x0d4006381333931", "4006381333931"),
        (b"\x1dkD\x0896385074", "96385074"),
        (b"\x1dkA\x0c036000291452", "036000291452"),
        (b"\x1dkE\x08ORDER-42", "ORDER-42"),
        (b"\x1dkF\x06123457", "123457"),
        (b"\x1dkI\x0a{BAb-12345", "Ab-12345"),
        (b"\x1dkI\x07{BNo{C\x0c", "No12"),
    ],
)
def test_barcodes_scan(command: bytes, payload: str) -> None:
    setup = b"\x1dh\x60\x1dw\x03\x1dH\x02"
    slip = print_all(setup + command + build.cut()).receipts[0]
    found = [code.text.lstrip("0") for code in zxingcpp.read_barcodes(slip.image())]
    assert found == [payload.lstrip("0")]


@pytest.mark.parametrize(
    ("kind", "data"),
    [(67, b"123"), (67, b"4006381333932"), (73, b"no set"), (70, b"123"), (78, b"1")],
)
def test_a_barcode_that_does_not_fit_is_not_drawn(kind: int, data: bytes) -> None:
    assert modules(kind, data) is None


def test_the_check_digit_is_that_of_the_standards_example() -> None:
    assert check_digit("400638133393") == "1"


def inked(image: Image.Image, box: tuple[int, int, int, int]) -> int:
    return sum(image.crop(box).histogram()[:128])


def line_box(row: int, height: int = 30) -> tuple[int, int, int, int]:
    left, top = DESK + MARGIN, DESK + TOP + row * height
    return left, top, left + 576, top + 24


def test_styles_change_the_ink() -> None:
    plain = print_all(b"Total\n" + build.cut()).receipts[0].image()
    amount = inked(plain, line_box(0))
    assert amount > 0
    for style in (b"\x1bE\x01", b"\x1b-\x01", b"\x1dB\x01", b"\x1d!\x10"):
        styled = print_all(style + b"Total\n" + build.cut()).receipts[0].image()
        assert inked(styled, line_box(0)) > amount


def test_a_raster_picture_is_drawn_dot_by_dot() -> None:
    data = b"\x1dv0\x00\x02\x00\x03\x00\xff\x00\x00\xff\xff\xff" + build.cut()
    image = print_all(data).receipts[0].image()
    left, top = DESK + MARGIN, DESK + TOP
    rows = [inked(image, (left, top + row, left + 16, top + row + 1)) for row in range(3)]
    assert rows == [8, 8, 16]
    assert inked(image, (left, top, left + 8, top + 1)) == 8


def test_a_stored_picture_is_printed_when_told() -> None:
    stored = b"\x1d(L\x0b\x000p\x01\x01\x011\x08\x00\x01\x00\xaa"
    paper = print_all(stored + b"A\n" + b"\x1d(L\x02\x0002" + build.cut())
    assert paper.receipts[0].text == "A\n[image 8x1]"


def test_the_widths_are_those_of_80_and_58_mm() -> None:
    wide = print_all(b"A\n" + build.cut()).receipts[0].image().width
    narrow = print_all(b"A\n" + build.cut(), printer_model("epson-58")).slips[0].image().width
    assert wide - narrow == 576 - 384


def test_a_till_that_never_cuts_does_not_fill_the_memory() -> None:
    printer = ReceiptPrinter()
    printer.data(b"A\n" * (MAX_ITEMS + 5))
    assert [slip.cut for slip in printer.paper.receipts] == ["torn"]
    assert len(printer.paper.loose.items) == 5


def test_chinese_clones_size_chinese_by_their_own_command() -> None:
    data = b"\x1d!\x11" + "合A".encode("gb18030") + b"\n"
    clone = print_all(data, printer_model("china-58")).loose.items[0]
    epson = print_all(data, CHINA).loose.items[0]
    assert [char.cell for char in getattr(clone, "chars", ())] == [24, 24]
    assert [char.cell for char in getattr(epson, "chars", ())] == [48, 24]


def test_the_font_draws_what_receipts_say() -> None:
    font = receipt_font()
    words = "已支付付款单号合计刷卡现金微信支付宝银联退款找零收银员重打印副本€£¥￥─éüß"
    assert [char for char in words if not font.has(char)] == []
    assert font.glyph("A").width == 12
    assert font.glyph("国").width == 24
    assert len(font.glyph("国").rows) == 24
    assert font.glyph("\U0001f600") == font.glyph("□")


def test_decode_writes_text_and_pictures(tmp_path: Path) -> None:
    data = b"one\n" + build.cut() + b"two\n" + build.cut()
    assert render_text(data).split("\n")[0] == "one"
    files = render_png(data, tmp_path / "paper.png")
    assert [file.name for file in files] == ["paper.png", "paper-2.png"]
    with Image.open(files[1]) as picture:
        assert picture.format == "PNG"
    with pytest.raises(LocalError, match="nothing was printed"):
        render_png(b"\x1b@", tmp_path / "none.png")
