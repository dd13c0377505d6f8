"""What looks written and what does not: the rules that choose between encodings, one by one."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pos_guard.frames.plausible import IMPOSSIBLE, UNKNOWN, judge


@pytest.mark.parametrize(
    ("good", "bad", "why"),
    [
        ("Größe", "GrЎсe", "scripts do not mix inside a word"),
        ("Привет", "пРИВЕТ", "a capital does not follow a small letter"),
        ("Подъезд", "ъПодезд", "no word starts with a hard sign"),
        ("Zażółć", "Zażðłæ", "letters of one language"),
        ("über", "òòòò", "no letter stands three times"),
        ("Crème", "CrÈme", "a capital inside a word"),
        ("5 €", "a€b", "money stands by figures"),
        ("12° – «x»", "a°b–c«d", "signs do not split words"),
        ("5 ½", "½½¾", "signs do not crowd"),
        ("│ Tea │", "a│b│c", "lines stand at the edge"),
        ("┌──┐", "┌║╝├", "lines meet"),
        ("├──┤", "Gem├╝se", "corners are no letters"),
        ("│ Tea", "╖ Tea", "a corner does not stand alone"),
        ("╔══╗", "╬┬▄░", "single and double lines do not meet"),
        ("¡Hola", "íHola", "no capital follows a small letter"),
        ("São Paulo", "SÆo Paulo", "a word has one capital, or all"),
        ("À la carte", "Ü la carte", "letters that are words may be capitals"),
        ("10 µg", "10 æg", "a unit is a sign, not a letter"),
        ("£12", "г12", "no letter stands before a figure"),
        ("señor", "seü0è9or", "letters and figures do not mix"),
        ("é û", "ộ ữ", "Vietnamese is no first guess"),
        ("Thanks 😀", "Thanks ЁЯША", "a picture is natural in UTF-8"),
        ("▓▓▓░░░", "▓╣█▄", "shades and lines do not mix"),
        ("ｺﾞｳｹｲ", "ﾞﾟﾞｺ", "voice marks follow their letter"),
        ("ｷｬｯｼｭ", "ｱｬｱｭ", "small letters follow theirs"),
        ("กาแฟ", "ก a า", "marks stand on a letter"),
    ],
)
def test_natural_text_is_judged_better(good: str, bad: str, why: str) -> None:
    assert judge(good).mean > judge(bad).mean, why
    assert judge(good).mean > 0


@pytest.mark.parametrize(
    ("text", "home", "abroad"),
    [
        ("合计找零", "gb18030", "big5hkscs"),
        ("歡迎光臨", "big5hkscs", "gb18030"),
        ("お会計ありがとう", "cp932", "gb18030"),
        ("감사합니다", "cp949", "gb18030"),
        ("領収書", "euc_jp", "cp949"),
        ("お持ち帰り カレーライス", "gb18030", "big5hkscs"),
    ],
)
def test_characters_are_common_where_they_are_at_home(text: str, home: str, abroad: str) -> None:
    assert judge(text, home).mean > judge(text, abroad).mean
    assert judge(text, home).mean > 0.8


@pytest.mark.parametrize("text", ["\ufffd", "\x85", "\ue000", "caf\ufffd"])
def test_what_no_printer_prints_is_impossible(text: str) -> None:
    assert judge(text).worst <= 0
    assert judge(text).mean == IMPOSSIBLE


@pytest.mark.parametrize("text", ["★", "→", "①", "℃", "㈱", "——", "……", "※", "①②"])
def test_marks_are_natural_where_there_are_two_bytes_for_each(text: str) -> None:
    assert judge(text).mean == judge(text, "gb18030").mean > judge(text, "cp437").mean
    assert judge(text, "gb18030").weight == 2 * len(text)


def test_one_ideograph_among_letters_is_less_natural_than_two() -> None:
    assert judge("x 元", "gb18030").mean < judge("x 元元", "gb18030").mean
    assert judge(f"{UNKNOWN}元", "gb18030").mean == judge("x 元元", "gb18030").mean


def test_letters_of_several_languages_do_not_end_the_search() -> None:
    assert not judge("Fïtéren Gyümölcs Túrós", "cp437").settled
    assert judge("Főtéren Gyümölcs Túrós", "cp852").settled


def test_a_line_of_one_hanzi_is_a_line_in_another_encoding() -> None:
    assert judge("哪哪哪哪", "gb18030").mean < judge("────────").mean


def test_ascii_says_nothing() -> None:
    assert judge("Total 12.50\n")[:3] == (0.0, 0, 1.0)
    assert judge("").mean == 0


def test_an_unknown_neighbour_speaks_neither_for_nor_against() -> None:
    alone, unknown, inside = (judge(text).total for text in (" ž ", f"{UNKNOWN}ž ", "neblíži"))
    assert alone < unknown < inside


@pytest.mark.parametrize(
    ("text", "encoding", "settled"),
    [
        ("Crème brûlée à la", "cp437", True),
        ("é", "cp437", False),
        ("合计", "gb18030", False),
        ("欢迎光临谢谢惠顾合计实收找零", "gb18030", True),
        ("荤钦聪促肚坷技夸荤钦聪促肚坷", "gb18030", False),
        ("ｺﾞｳｹｲ ｱﾘｶﾞﾄｳ", "cp932", False),
        ("Wⁿrstchen Grⁿ▀e", "cp437", False),
    ],
)
def test_only_what_leaves_no_doubt_ends_the_search(text: str, encoding: str, settled: bool) -> None:
    assert judge(text, encoding).settled is settled


@given(st.text(max_size=60))
@settings(max_examples=60)
def test_any_text_can_be_judged(text: str) -> None:
    found = judge(text)
    assert found.weight >= sum(char > "\x7f" for char in text)
    assert IMPOSSIBLE - 1 <= found.mean <= 2
