"""What a stream selects, and how bytes are read under it on a known printer."""

from __future__ import annotations

import pytest

from pos_guard.frames.escpos_coding import (
    JIS,
    POWER_ON,
    Coding,
    ModelCharsets,
    TextDecoder,
    decode_text,
    follow,
)
from pos_guard.frames.escpos_scan import scan

JAPANESE = ModelCharsets(kanji="shift_jis")
CHINESE = ModelCharsets(kanji="gb18030", kanji_on=True)


def after(data: bytes) -> Coding:
    coding = POWER_ON
    for token in scan(data):
        coding = follow(coding, token.name, token.raw)
    return coding


@pytest.mark.parametrize(
    ("data", "coding"),
    [
        (b"A\n\x1bE\x01", POWER_ON),
        (b"\x1bt\x10", Coding(page=16, last="ESC t")),
        (b"\x1c&", Coding(kanji=True, last="FS &")),
        (b"\x1c&\x1c.", Coding(kanji=False, last="FS .")),
        (b"\x1cC\x01", Coding(system=1, last="FS C")),
        (b"\x1cC1", Coding(system=1, last="FS C")),
        (b"\x1bR\x08", Coding(country=8, last="ESC R")),
        (b"\x1c(C\x02\x0002", Coding(utf8=True, last="FS ( C")),
        (b"\x1c(C\x02\x0001", Coding(utf8=False, last="FS ( C")),
        (b"\x1c(C\x03\x00<\x00\x00", POWER_ON),
        (b"\x1bt\x10\x1c&\x1bR\x08\x1b@", POWER_ON),
    ],
)
def test_commands_are_followed(data: bytes, coding: Coding) -> None:
    assert after(data) == coding


@pytest.mark.parametrize(
    ("charsets", "data", "name"),
    [
        (ModelCharsets(), b"", "cp437"),
        (ModelCharsets(), b"\x1bt\x10", "cp1252"),
        (ModelCharsets(), b"\x1bt\xc8", "ascii"),
        (ModelCharsets(code_pages={23: "cp1251"}), b"\x1bt\x17", "cp1251"),
        (ModelCharsets(), b"\x1c&", "gb18030"),
        (ModelCharsets(kanji=""), b"\x1c&", "cp437"),
        (ModelCharsets("utf-8"), b"\x1bt\x10", "utf-8"),
        (ModelCharsets(), b"\x1c(C\x02\x0002\x1bt\x10", "utf-8"),
        (CHINESE, b"", "gb18030"),
        (CHINESE, b"\x1bt\x10", "gb18030"),
        (CHINESE, b"\x1c.\x1bt\x10", "cp1252"),
        (JAPANESE, b"", "cp437"),
        (JAPANESE, b"\x1cC\x01", "cp932"),
        (JAPANESE, b"\x1cC\x02", "shift_jis_2004"),
        (JAPANESE, b"\x1cC\x00\x1c&", JIS),
        (JAPANESE, b"\x1cC\x00\x1c.\x1bt\x01", "katakana"),
        (JAPANESE, b"\x1c&", "shift_jis"),
    ],
)
def test_a_selection_means_what_the_model_makes_of_it(
    charsets: ModelCharsets, data: bytes, name: str
) -> None:
    assert charsets(after(data)) == name


def test_a_japanese_model_has_japans_signs_at_power_on() -> None:
    assert JAPANESE.home == 8
    assert CHINESE.home == 0


# JIS X 0208: 3E 2E 37 57 is 小計, as in every table of the standard.
@pytest.mark.parametrize(
    ("raw", "name", "country", "text"),
    [
        (b"\x3e\x2e\x37\x57", JIS, 0, "小計"),
        (b"\x3e\x2e \x37\x57\n", JIS, 0, "小 計\n"),
        (b"\x3e\x2e\x37", JIS, 0, "小\ufffd"),
        (b"\x5c{|}~", "cp437", 8, "¥{|}~"),
        (b"$", "cp437", 15, "¥"),
        (b"#$@[\\]^`{|}~", "cp437", 1, "#$à°ç§^`éùè¨"),
        ("表\\".encode("cp932"), "cp932", 8, "表¥"),
        (b"\xff\xfe", "gb18030", 0, "\ufffd\ufffd"),
        (b"A\x7fB", "cp437", 0, "AB"),
    ],
)
def test_text_is_decoded(raw: bytes, name: str, country: int, text: str) -> None:
    assert decode_text(raw, name, country) == text


@pytest.mark.parametrize(
    ("text", "name"),
    [("小計 合計", JIS), ("合计¥", "gb18030"), ("ありがとう", "cp932"), ("Café €", "utf-8")],
)
def test_a_character_split_between_pieces_is_joined(text: str, name: str) -> None:
    raw = text.encode("iso2022_jp")[3:-3] if name == JIS else text.encode(name)
    raw = raw.replace(b"\x1b(B \x1b$B", b" ")
    decoder = TextDecoder(name)
    pieces = "".join(decoder.feed(bytes((byte,))) for byte in raw)
    assert pieces + decoder.finish() == decode_text(raw, name) == text


@pytest.mark.parametrize(
    ("raw", "name"), [(b"\x3e", JIS), (b"\xba", "gb18030"), (b"\xe5", "utf-8")]
)
def test_half_a_character_at_the_end_is_shown_as_missing(raw: bytes, name: str) -> None:
    decoder = TextDecoder(name)
    assert decoder.feed(raw) + decoder.finish() == "\ufffd"
