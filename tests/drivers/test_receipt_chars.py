"""Each character where this model has it; what it lacks is said, never garbled."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pos_guard.errors import LocalError
from pos_guard.frames.printer_models import printer_model
from pos_guard_drivers.receipt_chars import Characters, columns_of
from pos_guard_drivers.receipt_escpos_text import TextEncoder


def encoded(name: str, *texts: str) -> bytes:
    model = printer_model(name)
    encoder, characters = TextEncoder(model), Characters(model)
    return b"|".join(encoder.encode(characters.glyphs(text)) for text in texts)


@pytest.mark.parametrize(
    ("model", "texts", "data"),
    [
        ("epson-80", ["Total 12.50"], b"Total 12.50"),
        ("epson-80", ["5 €", "6 €"], b"5 \x1bt\x10\x80|6 \x80"),
        # One page for the whole run, though page 0 has its first letter too.
        ("epson-80", ["é €"], b"\x1bt\x10\xe9 \x80"),
        ("epson-80", ["é", "è", "ж", "é"], b"\x1bt\x00\x82|\x8a|\x1bt\x11\xa6|\x1bt\x00\x82"),
        ("rongta-80", ["ж"], b"\x1c.\x1bt\x06\xe6"),  # Rongta's number for cp1251
        ("xprinter-80", ["Ł"], b"\x1c.\x1bt\x12\x9d"),
        ("clone-80", ["合计 5"], b"\x1c&\xba\xcf\xbc\xc6 5"),
        ("clone-80", ["计é计"], b"\x1c&\xbc\xc6\x1c.\x1bt\x00\x82\x1c&\xbc\xc6"),
        ("clone-80", ["“a”", "“合”"], b"\x1c.\x1bt\x10\x93a\x94|\x1c&\xa1\xb0\xba\xcf\xa1\xb1"),
        ("epson-80-jp", ["円", "合"], b"\x1c&\x1cC\x01\x89~|\x8d\x87"),
        ("epson-80-jp", ["円ｱ"], b"\x1c&\x1cC\x01\x89~\x1cC\x00\x1c.\x1bt\x01\xb1"),
        ("epson-80-tw", ["總"], b"\x1c&\xc1`"),
        ("epson-80-kr", ["원"], b"\x1c&\xbf\xf8"),
        ("clone-utf8", ["合计 5 €"], "合计 5 €".encode()),
        ("epson-80", ["1\u00a0000"], b"1 000"),
        ("epson-80", ["e\u0301"], b"\x1bt\x00\x82"),
    ],
)
def test_the_best_page_and_only_the_switches_that_are_needed(
    model: str, texts: list[str], data: bytes
) -> None:
    assert encoded(model, *texts) == data


@pytest.mark.parametrize(
    ("model", "text", "columns"),
    [
        ("clone-80", "合计“5”", 10 - 1),
        ("clone-80", "“5”", 3),
        ("clone-80", "é合", 3),
        ("epson-80-jp", "ｱ円", 3),
        ("clone-utf8", "合é", 3),
    ],
)
def test_width_is_that_of_the_printed_code(model: str, text: str, columns: int) -> None:
    assert columns_of(Characters(printer_model(model)).glyphs(text)) == columns


@pytest.mark.parametrize(
    ("model", "text", "problem"),
    [
        ("epson-80", "合计", r"epson-80 cannot print 合 \(U\+5408\), 计 \(U\+8BA1\):"),
        ("epson-80", "a\x1b@", r"U\+001B:"),
        ("clone-utf8", "\x1b", r"U\+001B:"),
        ("clone-utf8", "\u200b", r"U\+200B:"),
        ("clone-utf8", "😀", r"U\+1F600"),
        ("clone-80", "\u3400", r"U\+3400"),  # four bytes in GB 18030
        ("clone-80", "\t", r"U\+0009"),
        ("epson-80", "שלום", "cannot print"),
        ("epson-80-jp", "计", r"U\+8BA1"),
        ("epson-80", "天地玄黄宇宙洪荒", "cannot print 天.*荒 "),
        ("epson-80", "天地玄黄宇宙洪荒日月盈昃", "and 4 more"),
    ],
)
def test_what_nothing_can_print_is_listed(model: str, text: str, problem: str) -> None:
    with pytest.raises(LocalError, match=problem):
        Characters(printer_model(model)).glyphs(text)


def test_a_visible_sign_by_option_but_never_for_control_characters() -> None:
    characters = Characters(printer_model("epson-80"), "?")
    assert "".join(glyph.char for glyph in characters.glyphs("合 5 €")) == "? 5 €"
    with pytest.raises(LocalError, match=r"U\+001B"):
        characters.glyphs("\x1b")


def test_the_sign_itself_must_be_printable() -> None:
    with pytest.raises(LocalError, match="replacement"):
        Characters(printer_model("epson-80"), "口")


def test_a_model_of_one_fixed_encoding_is_never_switched() -> None:
    model = replace(printer_model("clone-80"), encoding="gb18030")
    encoder, characters = TextEncoder(model), Characters(model)
    assert encoder.encode(characters.glyphs("é 合")) == "é 合".encode("gb18030")
    assert [glyph.columns for glyph in characters.glyphs("é 合")] == [2, 1, 2]
