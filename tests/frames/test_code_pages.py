"""Code pages have 256 characters, and the makers' numbers name pages that exist."""

from __future__ import annotations

import pytest

from pos_guard.frames.code_pages import EPSON, page_numbers, single_byte

MULTI_BYTE = ("utf-8", "gb18030", "gbk", "big5hkscs", "cp932", "shift_jis_2004", "euc_jp", "cp949")


def test_every_number_names_an_encoding_that_can_be_read() -> None:
    for maker, pages in page_numbers().items():
        for number, name in pages.items():
            table = single_byte(name)
            assert 0 <= number <= 255, maker
            assert (table is None) == (name in MULTI_BYTE), name
            assert table is None or len(table) == 256, name


def test_letters_and_digits_are_the_same_on_every_page() -> None:
    ascii_signs = "".join(map(chr, range(32, 127)))
    names = {name for pages in page_numbers().values() for name in pages.values()}
    assert [
        name for name in names if (table := single_byte(name)) and table[32:127] != ascii_signs
    ] == []


@pytest.mark.parametrize(
    ("number", "byte", "char"),
    [
        (0, 0x9C, "£"),
        (1, 0x95, "─"),
        (1, 0xB1, "ｱ"),
        (2, 0xD5, "ı"),
        (13, 0xD5, "€"),
        (16, 0x80, "€"),
        (17, 0x8F, "П"),
        (18, 0xA4, "Ą"),
        (19, 0xD5, "€"),
        (21, 0xA1, "ก"),
        (30, 0xD0, "é"),
        (47, 0xC1, "Α"),
    ],
)
def test_epsons_pages(number: int, byte: int, char: str) -> None:
    table = single_byte(page_numbers()[EPSON][number])
    assert table is not None
    assert table[byte] == char


@pytest.mark.parametrize("name", MULTI_BYTE)
def test_encodings_of_more_bytes_are_no_page(name: str) -> None:
    assert single_byte(name) is None


def test_a_name_that_does_not_exist_is_an_error() -> None:
    with pytest.raises(LookupError):
        single_byte("cp0")


def test_control_characters_are_not_printed() -> None:
    table = single_byte("latin-1")
    assert table is not None
    assert set(table[0x80:0xA0]) == {"\ufffd"}
