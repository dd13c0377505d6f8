"""What is on the paper is read, and nothing else: no command or symbol leaks a letter."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pos_guard.frames.escpos_paper import MAX_MACRO, paper_text, read_paper
from pos_guard.frames.printer_models import printer_model


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"Total 12.50\n\n\n", "Total 12.50"),
        (b"A\n\n\nB   \nC", "A\n\n\nB\nC"),
        (b"A\r\nB\r\n", "A\nB"),
        (b"not printed\x1b@printed\n", "printed"),
        (b"A\x1bd\x03B\n", "A\n\n\nB"),
        (b"A\x1bJ\x10\x1bJ\x10B\n", "A\nB"),
        (b"PA\x1bE\x01ID\x1d!\x11!\n", "PAID!"),
        (b"A\x1dVA\x00B\n", "A\nB"),
        (b"\x1d(k\x08\x001P0hello\x1d(k\x03\x001Q0A\n", "A"),
        (b"A\x1d(k\x03\x001Q0B\n", "A\nB"),
        (b"A\x1dv0\x00\x01\x00\x02\x00ABB\n", "A\nB"),
        (b"\x1b*\x00\x03\x00ABCD\n", "D"),
        (b"\x1bp\x00\x19\xfaA\x10\x04\x01B\n", "AB"),
        (b"\x1bB\x02\x03A\n", "A"),
        (b"\x1d8L\x0d\x00\x00\x000p0\x01\x011\x08\x00\x01\x00ABCA\n", "A"),
        (b"one\x7f two\n", "one two"),
    ],
)
def test_only_ink_is_read(data: bytes, text: str) -> None:
    assert paper_text(data) == text


def test_the_customer_display_is_not_paper() -> None:
    assert (
        paper_text(b"A\n\x1b=\x02TOTAL 12.50\x0c\x1b=\x01B\n\x1b=\x03C\n\x1b=\x00D\n") == "A\nB\nC"
    )


@pytest.mark.parametrize(
    ("position", "shown"),
    [(0, []), (1, ["4006381333931"]), (50, ["4006381333931"]), (3, ["4006381333931"] * 2)],
)
def test_letters_of_a_barcode_are_read_where_they_are_printed(
    position: int, shown: list[str]
) -> None:
    data = b"A\x1dH" + bytes((position,)) + b"\x1dkC\x0d4006381333931B\n"
    assert paper_text(data).split("\n") == ["A", *shown, "B"]


def test_barcode_letters_are_off_again_after_a_reset() -> None:
    assert paper_text(b"\x1dH\x02\x1b@\x1dk\x02400638133393\x00A\n") == "A"


def test_a_macro_is_printed_as_often_as_it_is_executed() -> None:
    assert paper_text(b"\x1d:again\n\x1d:A\n\x1d^\x03\x00\x00B\n") == "A\nagain\nagain\nagain\nB"


def test_a_macro_holds_no_more_than_a_printer_keeps() -> None:
    line = b"0123456\n"
    data = b"\x1d:" + line * MAX_MACRO + b"\x1d:\x1d^\xff\x00\x00"
    assert len(paper_text(data)) <= 255 * MAX_MACRO


def test_a_macro_cannot_call_itself() -> None:
    assert paper_text(b"\x1d:A\n\x1d^\x02\x00\x00\x1d:\x1d^\x02\x00\x00") == "A\nA"


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ("合计 12.50\n".encode("gb18030"), "合计 12.50"),
        (b"\x1bt\x10" + "5 €\n".encode("cp1252"), "5 €"),
        (b"\x1bR\x03#5\n", "£5"),
        (b"\x1bR\x02[\\]\n", "ÄÖÜ"),
        (b"\x1b(C\x00\x00A\n", "A"),
        (b"\x1c(C\x02\x0002" + "Café\n".encode(), "Café"),
        (b"\x1c&\xba\xcf\x1c.\x1bt\x13\xd5\n", "合€"),
    ],
)
def test_what_is_selected_is_obeyed(data: bytes, text: str) -> None:
    assert paper_text(data) == text


def test_a_model_is_believed_and_nothing_guessed() -> None:
    data = "合计\n".encode("gb18030")
    assert read_paper(data, printer_model("epson-58")) == ("║╧╝╞", ())
    assert read_paper(data, printer_model("clone-80")) == ("合计", ())
    assert read_paper(data)[1] == ("text at power on: gb18030",)


def test_a_japanese_model_prints_yen_for_a_backslash() -> None:
    data = "合計 ¥1,200\n".encode("shift_jis")
    assert paper_text(data) == "合計 ¥1,200"
    assert paper_text(b"\x1bR\x00" + data) == "合計 \\1,200"


@given(st.binary(max_size=300))
@settings(max_examples=60)
def test_garbage_gives_some_text_and_never_raises(data: bytes) -> None:
    text = paper_text(data)
    assert not any(char < " " and char != "\n" for char in text)


LINES = st.lists(
    st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1), min_size=1
)


@given(LINES)
@settings(max_examples=40)
def test_every_line_of_ascii_is_read_as_it_is(lines: list[str]) -> None:
    assert paper_text("\n".join(lines).encode()) == "\n".join(lines)


def test_esc_f_without_a_parameter_eats_nothing() -> None:
    """escpos-python 1.0.2 begins each document so; ESC F n belongs to slip printers."""
    start = b"\x1bL\x1b@\x1dr\x01\x1bU\x01\x1bF"
    assert paper_text(start + b"\x1ba\x01Receipt\n") == "Receipt"
    assert paper_text(b"\x1bF\x01Receipt\n\x1bF0Slip\n") == "Receipt\nSlip"


@pytest.mark.parametrize("text", ["Total €5", "谢谢惠顾"])
def test_a_byte_order_mark_is_no_letter(text: str) -> None:
    assert paper_text(text.encode("utf-8-sig") + b"\n") == text
