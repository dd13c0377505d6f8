"""An unknown printer's document is read by what makes sense: languages that look alike in bytes."""

from __future__ import annotations

import pytest

from pos_guard.frames.escpos_detect import MAX_EVIDENCE, detect, runs_of
from pos_guard.frames.escpos_paper import paper_text, read_paper
from pos_guard.frames.escpos_scan import scan
from pos_guard.frames.plausible import IMPOSSIBLE, judge

CHINESE = "红烧排骨 38.00\n订单编号: 20240512\n谢谢惠顾"
TAIWANESE = "鹽酥雞 60\n統一發票 找零 40\n歡迎再度光臨"
JAPANESE = "カフェラテ 450円\n軽減税率対象 お会計\nまたお越しくださいませ"
KOREAN = "아메리카노 4,500\n신용카드 승인번호\n안녕히 가세요"
HALF_WIDTH = "ｱｲｽｺｰﾋｰ 300\nｺﾞｳｹｲ 300"
RUSSIAN = "Молоко 80.00\nСкидка 5%\nСпасибо за покупку"
GERMAN = "Brötchen 1,35\nKäsekuchen 2,90\nSchöne Grüße"
FRENCH = "Crème brûlée 4,50\nDéjeuner à la carte"


@pytest.mark.parametrize("before", [b"\x1b@", b"\x1c&"])
@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (CHINESE, "gb18030"),
        (CHINESE, "utf-8"),
        (TAIWANESE, "big5"),
        (TAIWANESE, "utf-8"),
        (JAPANESE, "cp932"),
        (JAPANESE, "euc_jp"),
        (JAPANESE, "utf-8"),
        (KOREAN, "cp949"),
        (KOREAN, "utf-8"),
    ],
)
def test_asian_text_is_told_apart(text: str, encoding: str, before: bytes) -> None:
    assert paper_text(before + text.encode(encoding) + b"\n") == text


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (HALF_WIDTH, "cp932"),
        (RUSSIAN, "cp866"),
        (RUSSIAN, "cp1251"),
        (GERMAN, "cp437"),
        (GERMAN, "cp1252"),
        (GERMAN, "utf-8"),
        (FRENCH, "cp437"),
        (FRENCH, "cp1252"),
        ("┌────┐\n│Tea │\n└────┘", "cp437"),
        ("Total £5.00", "cp437"),
    ],
)
def test_text_at_power_on_is_found_out(text: str, encoding: str) -> None:
    assert paper_text(b"\x1b@" + text.encode(encoding) + b"\n") == text


@pytest.mark.parametrize(
    ("number", "text", "encoding"),
    [
        (23, "Спасибо за покупку", "cp1251"),
        (46, "Спасибо за покупку", "cp1251"),
        (6, "Спасибо за покупку", "cp1251"),
        (8, "Größe – Menü 5 €", "cp1252"),
        (1, "領収書 合計 500円", "cp932"),
        (1, "ﾄｳｷｮｳ ｺﾞｳｹｲ", "cp932"),
        (0, "合计 实收 找零", "gb18030"),
        (16, "Crème brûlée 5 €", "utf-8"),
    ],
)
def test_numbers_of_other_makers_and_printers_that_ignore_them(
    number: int, text: str, encoding: str
) -> None:
    data = b"\x1bt" + bytes((number,)) + text.encode(encoding) + b"\n"
    assert paper_text(data) == text


@pytest.mark.parametrize(
    ("text", "encoding"), [(GERMAN, "cp1252"), (RUSSIAN, "cp866"), (CHINESE, "gb18030")]
)
def test_a_number_that_nobody_knows_is_no_evidence(text: str, encoding: str) -> None:
    assert paper_text(b"\x1bt\xc8" + text.encode(encoding) + b"\n") == text


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("挂账", "gb18030"),
        ("加急", "gb18030"),
        ("★好评★ ……", "gb18030"),
        ("お持ち帰り チキン南蛮定食", "gb18030"),
        ("Señor Muñoz", "gb18030"),
        ("整理券", "cp932"),
        ("21℃", "cp932"),
        ("½ pint", "utf-8"),
        ("★ Special ★", "utf-8"),
        ("Thanks 😀", "utf-8"),
        ("café\u00a0au lait", "utf-8"),
        ("São Paulo", "cp850"),
        ("Pączek z różą\nŹródlana woda\nDziękujemy", "cp852"),
        ("Καφενείο Η Πλατεία", "cp737"),
        ("¡Hola!", "cp1252"),
    ],
)
def test_a_few_words_are_enough(text: str, encoding: str) -> None:
    """Found with documents of encoders that the rules had not been made on."""
    assert paper_text(b"\x1b@" + text.encode(encoding) + b"\n") == text


@pytest.mark.parametrize(
    ("number", "text", "encoding"),
    [
        (17, "Total: £12.00", "cp1253"),
        (23, "Total: £12.00", "latin-1"),
        (30, "Größe: 38\nRückgabe möglich", "cp1250"),
    ],
)
def test_numbers_of_panel_printers_are_known(number: int, text: str, encoding: str) -> None:
    """As in thermalprinter 2.1.0, for the DP-EH600."""
    assert paper_text(b"\x1bt" + bytes((number,)) + text.encode(encoding) + b"\n") == text


def test_neighbours_in_another_encoding_are_remembered() -> None:
    """ESC t 2, D5h: PC850 has a letter there, PC858 of other makers a euro sign."""
    data = b"".join(b"%d \x1bt\x02\xd5\n\x1bt\x00" % price for price in (3, 4))
    assert list(runs_of(scan(data)).values()) == [b" \xd5"]
    assert paper_text(data) == "3 €\n4 €"
    word = b"pijamal\x1bt\x02\xd5\x1bt\x00 hasta\n"
    assert list(runs_of(scan(word)).values()) == [b"l\xd5 "]
    assert paper_text(word) == "pijamalı hasta"


def test_lines_of_the_katakana_page_are_no_kanji() -> None:
    assert paper_text(b"\x1bt\x01\x95\x95\x95\x95\x95\x95\n") == "──────"


# Kanji mode, JIS code: the printer that this is for prints 合計 for 39 67 37 57.
def test_seven_bits_in_kanji_mode_are_japanese_or_plain_letters() -> None:
    assert paper_text(b"\x1cC\x00\x1c&\x39\x67\x37\x57\x1c.12\n") == "合計12"
    assert paper_text(b"\x1c&Total 12.50\n\xba\xcf\xbc\xc6\n") == "Total 12.50\n合计"
    assert paper_text(b"\x1c&Total 12.50\n") == "Total 12.50"


def test_one_document_has_one_two_byte_encoding() -> None:
    data = b"\x1c&" + CHINESE.encode("gb18030") + b"\n\x1bt\x00" + "充电器\n".encode("gb18030")
    assert paper_text(data) == CHINESE + "\n充电器"


@pytest.mark.parametrize(
    "data", [b"", b"Total\n", b"\x1bt\x10Total\n", b"\x1dv0\x00\x01\x00\x01\x00\xff"]
)
def test_plain_text_needs_no_guess(data: bytes) -> None:
    guess = detect(scan(data))
    assert guess.names == {}
    assert guess.notes == ()


def test_what_was_guessed_is_said() -> None:
    data = b"\x1bt\x17" + "Спасибо".encode("cp1251") + b"\n"
    assert read_paper(data)[1] == ("text on page 23: cp1251", "ESC t numbers: pos-5890")
    assert read_paper(b"\x1c&" + KOREAN.encode("cp949"))[1] == ("two-byte text: cp949",)


def test_evidence_is_bounded() -> None:
    lines = (b"\xba\xcf %d\n" % number for number in range(MAX_EVIDENCE))
    assert [len(raw) for raw in runs_of(scan(b"".join(lines))).values()] == [MAX_EVIDENCE]


def test_a_line_that_is_printed_again_is_no_more_evidence() -> None:
    assert list(runs_of(scan(b"\xc4\xc4\n" * 9)).values()) == [b"\xc4\xc4"]


@pytest.mark.parametrize(
    ("good", "bad"),
    [
        ("Größe", "GrЎсe"),
        ("│ Tea │", "a│b│c"),
        ("────", "─║▓Γ"),
        ("5 €", "a€b"),
        ("ｺﾞｳｹｲ", "ﾞﾟﾞ"),
        ("Привет", "пРИВЕТ"),
        ("café", "caf茅"),
    ],
)
def test_natural_text_is_judged_better(good: str, bad: str) -> None:
    assert judge(good).mean > judge(bad).mean


def test_what_no_printer_prints_is_impossible() -> None:
    assert judge("\ufffd").mean == IMPOSSIBLE
    assert judge("plain").mean == 0
