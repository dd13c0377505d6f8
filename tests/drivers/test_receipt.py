"""Receipts: what was asked for is what stands on the paper of every model."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import zxingcpp
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from pos_guard.errors import LocalError
from pos_guard.frames.escpos_realtime import find_realtime
from pos_guard.frames.printer_models import PrinterModel, printer_model, printer_models
from pos_guard_drivers.receipt import Column, Receipt
from pos_guard_simulator.paper_slip import Slip
from pos_guard_simulator.printer import ReceiptPrinter

GOLDEN: dict[str, Any] = json.loads(
    (Path(__file__).parents[1] / "golden" / "receipt_commands.json").read_text()
)
MODELS = [model for model in printer_models() if model.language == "escpos"]
NAMES = [model.name for model in MODELS]
CHINESE = {model.name for model in MODELS if "gb18030" in (model.kanji, model.encoding)}
UTF8 = {model.name for model in MODELS if model.encoding == "utf-8"}
WITH_KATAKANA = UTF8 | {model.name for model in MODELS if model.code_pages.get(1) == "shift_jis"}
SAMPLES = {
    "English": ("Total: $12.50 (2 x #7) ~ 100% @ \\ ^ `|{}", set(NAMES)),
    "West": ("Café crème, Größe, ñandú, 12,50 €, £3 ½ ¥5", set(NAMES)),
    "Central": ("Zażółć gęślą jaźń, příliš žluťoučký kůň", set(NAMES)),
    "Cyrillic": ("Итого: 12,50, спасибо", set(NAMES)),
    "Greek": ("Σύνολο: άθροισμα Ωμέγα", set(NAMES) - {"clone-80", "gprinter-80", "hprt-tp80k"}),
    "Chinese": ("合计：￥12.50元，“谢谢惠顾”……欢迎再来！", CHINESE | UTF8),
    "Taiwan": (
        "總計：$120元，謝謝光臨",
        CHINESE | UTF8 | {"epson-80-tw", "epson-80-jp", "epson-80-kr"},
    ),
    "Japanese": ("合計：１２０円（税込）ありがとう、カード", CHINESE | UTF8 | {"epson-80-jp"}),
    "Katakana": ("ｶｰﾄﾞ ﾚｼｰﾄ", WITH_KATAKANA),
    "Japanese and French": (
        "合計ｶﾌｪ café 円 €",
        {"epson-80-jp", "epson-80-kr"} | UTF8 | WITH_KATAKANA & CHINESE,
    ),
    "Korean": ("합계: 12,000원 감사합니다", UTF8 | {"epson-80-kr"}),
}


def printed(receipt: Receipt) -> Slip:
    """The paper of this receipt's own model, as one slip."""
    printer = ReceiptPrinter(receipt.model)
    assert printer.data(receipt.bytes()) == b""
    (slip,) = printer.paper.slips
    return slip


@pytest.mark.parametrize("model", MODELS, ids=NAMES)
@pytest.mark.parametrize("language", SAMPLES)
def test_the_paper_says_what_the_till_said(model: PrinterModel, language: str) -> None:
    text, able = SAMPLES[language]
    receipt = Receipt(model)
    if model.name not in able:
        with pytest.raises(LocalError, match="cannot print"):
            receipt.text(text)
        return
    lines = printed(receipt.text(text)).text.split("\n")
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")


@pytest.mark.parametrize("model", MODELS, ids=NAMES)
def test_styles_and_tables_keep_every_letter_on_every_model(model: PrinterModel) -> None:
    receipt = Receipt(model)
    receipt.text("SHOP", size=2, bold=True, align="center").text("No. 17", underline=True)
    receipt.columns([Column(), Column(8, align="right")], [["Café", "3,50 €"], ["Tea", "2,00 €"]])
    receipt.rule("─").rule("=").text("PAID", invert=True, align="right").feed(2).cut()
    lines = printed(receipt).text.split("\n")
    width = model.columns
    assert lines[0].strip() == "SHOP"
    assert lines[1:6] == [
        "No. 17",
        "Café" + "3,50 €".rjust(width - 4),
        "Tea" + "2,00 €".rjust(width - 3),
        "─" * width,
        "=" * width,
    ]
    assert lines[6].strip() == "PAID"


@pytest.mark.parametrize("name", ["clone-58", "xprinter-80", "epson-80-zh"])
def test_chinese_takes_size_and_underline_on_models_that_need_fs_for_it(name: str) -> None:
    receipt = Receipt(printer_model(name)).text("合计", size=2, underline=True).text("合计")
    first, second = printed(receipt).items
    assert [(char.style.width, char.style.height) for char in first.chars] == [(2, 2)] * 2  # type: ignore[union-attr]  # lines of text
    assert [(char.style.width, char.style.height) for char in second.chars] == [(1, 1)] * 2  # type: ignore[union-attr]  # lines of text


def test_chinese_larger_than_the_model_can_is_an_error() -> None:
    with pytest.raises(LocalError, match="clone-58 prints Chinese at most 2 times"):
        Receipt(printer_model("clone-58")).text("合计", size=3)
    assert printed(Receipt(printer_model("clone-58")).text("Total", size=3)).text == "Total"


def test_after_an_error_the_receipt_goes_on_as_it_was() -> None:
    receipt = Receipt(printer_model("clone-58")).text("one", bold=True)
    with pytest.raises(LocalError):
        receipt.text("two\n合", size=3, align="right", underline=True)
    (*_, last) = printed(receipt.text("three").text("合")).text.split("\n")
    assert last == "合"
    assert receipt.bytes().endswith(b"\x1ba\x00\x1b-\x00\x1d!\x00three\n\x1c&\xba\xcf\n")


def test_nothing_is_said_twice() -> None:
    receipt = Receipt(printer_model("epson-80"))
    receipt.text("a\nb", bold=True, align="center").text("c", bold=True, align="center").text("d")
    assert receipt.bytes() == b"\x1b@\x1bR\x00\x1ba\x01\x1bE\x01a\nb\nc\n\x1ba\x00\x1bE\x00d\n"


@pytest.mark.parametrize(
    "case", GOLDEN["barcodes"], ids=lambda case: f"{case['kind']} {case['data']}"
)
def test_barcodes_are_the_bytes_of_other_programs(case: dict[str, str]) -> None:
    job = Receipt(printer_model("epson-80")).barcode(case["kind"], case["data"]).bytes()  # type: ignore[arg-type]  # the file names known kinds
    others = {case[name] for name in ("python-escpos", "receipt-printer-encoder") if name in case}
    assert {job[job.index(b"\x1dk") :].hex()} == others


def test_a_qr_code_is_the_bytes_of_other_programs() -> None:
    case = GOLDEN["qr"]
    receipt = Receipt(printer_model("epson-80"))
    job = receipt.qr(case["data"], dots=case["dots"], level=case["level"]).bytes()
    command = job[job.index(b"\x1d(k") :].hex()
    assert command == case["python-escpos"] == case["receipt-printer-encoder"].removesuffix("0a")


@pytest.mark.parametrize("command", ["gs-v-0", "gs-lparen-l", "esc-star"])
def test_pictures_are_the_bytes_of_other_programs(command: str) -> None:
    case = GOLDEN["picture"][command]
    image = Image.new("1", (16, 8), 1)
    for place in range(16 * 8):
        x, y = place % 16, place // 16
        image.putpixel((x, y), int((x * x + 3 * y) % 5 >= 2))
    model = replace(printer_model("epson-80"), images=command)  # type: ignore[arg-type]  # its three values
    job = Receipt(model).image(image, align="left").bytes().hex()
    assert case["python-escpos"] in job
    assert case.get("receipt-printer-encoder", case["python-escpos"]) in job


@pytest.mark.parametrize("name", [model.name for model in MODELS if model.qr != "esc-z"])
def test_a_qr_code_can_be_read_from_the_paper_of_every_model(name: str) -> None:
    model = printer_model(name)
    link = "https://example.test/r/17?合=1"
    (code,) = zxingcpp.read_barcodes(printed(Receipt(model).text("x").qr(link).cut()).image())
    assert code.text == link


@pytest.mark.parametrize("level", ["L", "M", "Q", "H"])
def test_a_drawn_qr_code_fits_the_narrow_paper(level: Any) -> None:
    link = "https://example.test/receipt/" + "0123456789" * 12
    receipt = Receipt(printer_model("clone-58")).qr(link, dots=16, level=level)
    (code,) = zxingcpp.read_barcodes(printed(receipt).image())
    assert code.text == link


def test_the_qr_command_of_hoin_printers() -> None:
    """ESC Z m n k dL dH data (58MM Printer Programmer Manual, 2015-03-12)."""
    receipt = Receipt(printer_model("hoin-58")).qr("hello", dots=4, level="Q", align="left")
    assert receipt.bytes().endswith(b"\x1bZ\x00\x02\x04\x05\x00hello")


def test_a_qr_code_whose_length_is_a_realtime_command_is_drawn() -> None:
    """1,037 bytes of data make the count of GS ( k 10 04."""
    model = printer_model("epson-80")
    usual, unlucky = (Receipt(model).qr("7" * size, dots=3, level="L") for size in (1036, 1037))
    assert b"\x1d(k" in usual.bytes()
    assert b"\x1d(k" not in unlucky.bytes()
    assert not find_realtime(unlucky.bytes())


def test_a_barcode_whose_digits_are_a_realtime_command_uses_the_other_code_set() -> None:
    job = Receipt(printer_model("epson-80")).barcode("code128", "1604", module=3).bytes()
    assert job.endswith(b"\x1dkI\x06{B1604")


@pytest.mark.parametrize(
    ("kind", "data", "read"),
    [
        ("ean13", "400638133393", "4006381333931"),
        ("ean8", "9638507", "96385074"),
        ("upc-a", "03600029145", "0036000291452"),
        ("code39", "ABC-123", "ABC-123"),
        ("itf", "00012345678905", "00012345678905"),
        ("code128", "AB-12x12345678", "AB-12x12345678"),
        ("code128", "a{b", "a{b"),
        ("code128", "123456", "123456"),
    ],
)
def test_barcodes_are_read_from_the_paper(kind: Any, data: str, read: str) -> None:
    receipt = Receipt(printer_model("epson-80")).barcode(kind, data, module=3)
    (code,) = zxingcpp.read_barcodes(printed(receipt).image())
    assert code.text == read


@pytest.mark.parametrize(
    ("name", "method", "values", "end"),
    [
        ("epson-80", "cut", {}, b"\x1dVB\x00"),
        ("epson-80", "cut", {"full": True}, b"\x1dVB\x00"),  # its cutter leaves a strip always
        ("clone-58", "cut", {}, b"\x1bd\x04"),
        ("epson-80", "drawer", {}, b"\x1bp\x00\x19\xfa"),
        ("epson-80", "drawer", {"pin": 5}, b"\x1bp\x01\x19\xfa"),
        ("clone-80", "buzzer", {"times": 3, "ms": 200}, b"\x1bB\x03\x04"),
        ("clone-80", "buzzer", {"times": 99, "ms": 1}, b"\x1bB\x09\x01"),
        ("epson-80", "buzzer", {"times": 2}, b"\x1b(A\x03\x00a\x01\x02"),
        ("sunmi", "buzzer", {}, b"\x1bR\x00"),
        ("epson-80", "feed", {"lines": 3}, b"\x1bd\x03"),
        ("epson-80", "raw", {"data": b"\x1b2"}, b"\x1b2"),
    ],
)
def test_the_small_commands(name: str, method: str, values: dict[str, Any], end: bytes) -> None:
    receipt = Receipt(printer_model(name))
    assert getattr(receipt, method)(**values).bytes().endswith(end)


@pytest.mark.parametrize(
    ("changes", "times", "end"),
    [
        ({"cutter": "both"}, 0, b"\x1dVA\x00"),
        ({"cutter": "full"}, 0, b"\x1dVA\x00"),
        ({"quirks": frozenset({"gs-v-66-ignored"})}, 0, b"\x1dVA\x00"),
        ({"buzzer": "dle-dc4-3"}, 2, b"\x10\x14\x03\x01\x00\x02\x03\x03"),
        ({"buzzer": "esc-b", "quirks": frozenset({"esc-b-margin"})}, 2, b"\x1bR\x00"),
    ],
)
def test_differences_of_models(changes: dict[str, Any], times: int, end: bytes) -> None:
    receipt = Receipt(replace(printer_model("epson-80"), **changes))
    receipt = receipt.buzzer(times, ms=300) if times else receipt.cut(full=True)
    assert receipt.bytes().endswith(end)


@pytest.mark.parametrize(
    ("call", "problem"),
    [
        (lambda receipt: receipt.barcode("code128", "x" * 40), "does not fit"),
        (lambda receipt: receipt.barcode("ean8", "9638507", module=1), "2 to 6 dots"),
        (lambda receipt: receipt.barcode("ean8", "9638507", height=0), "1 to 255"),
        (lambda receipt: receipt.qr(""), "has data"),
        (lambda receipt: receipt.qr("x", dots=1), "2 to 16"),
        (lambda receipt: receipt.qr("x" * 4000), "too many"),
        (lambda receipt: receipt.text("x", size=9), "1 to 8 times"),
        (lambda receipt: receipt.feed(0), "between 1 and 255"),
        (lambda receipt: receipt.drawer(3), "pin 2 or 5"),
        (lambda receipt: receipt.buzzer(0), "at least once"),
        (lambda receipt: receipt.rule("ab"), "one character"),
        (lambda receipt: receipt.columns([Column(99)], []), "do not fit"),
        (lambda receipt: receipt.image("no-such-file.png"), "no picture"),
        (lambda receipt: receipt.image(Image.new("L", (1, 9000))), "8000 is the limit"),
        (lambda receipt: receipt.image(Image.new("L", (9, 9)), width=0), "one dot wide"),
        (lambda receipt: receipt.text("fine\n\x1b"), "cannot print"),
        (lambda receipt: receipt.text("合", size=3), "2 times as large"),
        (lambda receipt: receipt.columns([Column()], [["a"], ["b", "c"]]), "2 cells"),
        (lambda receipt: receipt.raw(b"x" * (5 << 20)), "at most"),
    ],
)
def test_what_cannot_be_printed_is_an_error_at_once(call: Any, problem: str) -> None:
    receipt = Receipt(printer_model("clone-58"))
    before = receipt.bytes()
    with pytest.raises(LocalError, match=problem):
        call(receipt)
    assert receipt.bytes() == before


def test_a_star_is_spoken_to_in_its_own_language() -> None:
    assert Receipt(printer_model("star-line")).cut().bytes().endswith(b"\x1bd\x03")


def test_pictures_are_black_on_white_and_transparent_is_white() -> None:
    image = Image.new("RGBA", (9, 2), (0, 0, 0, 0))
    image.putpixel((0, 0), (0, 0, 0, 255))
    image.putpixel((8, 1), (10, 10, 10, 255))
    job = Receipt(printer_model("clone-80")).image(image, align="left", dither=False).bytes()
    assert job.endswith(b"\x1dv0\x00\x02\x00\x02\x00\x80\x00\x00\x80")


@pytest.mark.parametrize("name", ["epson-80", "clone-80", "epson-t88"])
def test_a_dithered_picture_stands_on_the_paper_dot_by_dot(name: str) -> None:
    model = printer_model(name)
    grey = Image.linear_gradient("L").resize((model.dots, 300))
    rows = [row for item in printed(Receipt(model).image(grey)).items for row in _rows(item)]
    dithered = grey.convert("1").tobytes()
    expected = [
        int.from_bytes(dithered[at : at + model.dots // 8], "big") ^ ((1 << model.dots) - 1)
        for at in range(0, len(dithered), model.dots // 8)
    ]
    assert not any(theirs & ~ours for ours, theirs in zip(rows, expected, strict=True))
    grown = sum((ours ^ theirs).bit_count() for ours, theirs in zip(rows, expected, strict=True))
    assert grown <= 20  # of 150,000 dots or more: neighbours of lone ones


def _rows(item: Any) -> tuple[int, ...]:
    rows: tuple[int, ...] = item.rows
    return rows


def test_a_blank_line_after_a_picture_is_not_lost() -> None:
    receipt = Receipt(printer_model("nt-5890k")).image(Image.new("L", (8, 8), 0))
    assert printed(receipt.text("").text("x")).text.split("\n")[-2:] == ["", "x"]


def test_pictures_are_made_smaller_never_larger(tmp_path: Path) -> None:
    Image.new("L", (1000, 100), 0).save(tmp_path / "wide.png")
    receipt = Receipt(printer_model("clone-58")).image(tmp_path / "wide.png")
    assert b"\x1dv0\x00\x30\x00\x26\x00" in receipt.bytes()
    small = Receipt(printer_model("clone-58")).image(Image.new("L", (8, 8), 0), width=300)
    assert b"\x1dv0\x00\x01\x00\x08\x00" in small.bytes()


def test_a_text_file_is_no_picture(tmp_path: Path) -> None:
    (tmp_path / "x.png").write_text("not a picture")
    with pytest.raises(LocalError, match=r"x\.png is no picture"):
        Receipt(printer_model("clone-58")).image(tmp_path / "x.png")


@pytest.mark.parametrize(("module", "call"), [("PIL", "image('x.png')"), ("segno", "qr('x')")])
def test_without_the_extra_the_error_names_the_command(module: str, call: str) -> None:
    code = (
        f"import sys; sys.modules['{module}'] = None\n"
        "from pos_guard.errors import LocalError\n"
        "from pos_guard.frames.printer_models import printer_model\n"
        "from pos_guard_drivers.receipt import Receipt\n"
        f"try: Receipt(printer_model('clone-58')).{call}\n"
        "except LocalError as error: print(error)\n"
    )
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONPATH": f"{root}:{root / 'drivers'}"},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert "pip install 'pos-guard[images]'" in done.stdout


@given(
    st.lists(
        st.one_of(
            st.tuples(st.just("text"), st.text("aé合 €Ж“\n", max_size=30)),
            st.tuples(st.just("rule"), st.sampled_from("-=─")),
            st.tuples(st.just("qr"), st.text("aé17", min_size=1, max_size=30)),
        ),
        max_size=6,
    ),
    st.sampled_from(["clone-80", "clone-58", "epson-80-zh", "clone-utf8", "rongta-80"]),
)
def test_any_receipt_prints_its_text_and_no_other(parts: list[tuple[str, str]], name: str) -> None:
    receipt, expected = Receipt(printer_model(name)), ""
    for method, value in parts:
        getattr(receipt, method)(value)
        if method == "text":
            expected += value
        elif method == "rule":
            width = receipt._characters.glyphs(value)[0].columns
            expected += value * (receipt.model.columns // width)
    printer = ReceiptPrinter(receipt.model)
    assert printer.data(receipt.bytes()) == b""
    assert not find_realtime(receipt.bytes())
    lines = [item.text for slip in printer.paper.slips for item in slip.items if _is_text(item)]
    assert "".join(lines).replace(" ", "") == expected.replace(" ", "").replace("\n", "")


def _is_text(item: Any) -> bool:
    return hasattr(item, "chars")
