"""What is read is what a person sees: code pages, two-byte modes, display or paper."""

from __future__ import annotations

import pytest
from escpos.printer import Dummy

from pos_guard.frames.escpos import EscPosScanner, QrStore, parse, scan
from pos_guard.frames.escpos_text import TextReader


def read(data: bytes, reader: TextReader | None = None) -> str:
    reader = reader or TextReader()
    return "".join(reader.read(token) for token in scan(data))


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"Total 12.50\n", "Total 12.50\n"),
        (b"\x9c 5\n", "£ 5\n"),
        (b"\x1bt\x13\xd5 12,50\n", "€ 12,50\n"),
        (b"\x1bt\x10\x80 12,50\n", "€ 12,50\n"),
        (b"\x1bt\x11\x8f\n", "П\n"),
        (b"\x1bt\x01\xb1\n", "ｱ\n"),
        (b"\x1bt\xc8A\x80\n", "A\ufffd\n"),
        (b"\x1bt\x10\x80\x1b@\x80\n", "€Ç\n"),
        (b"\x1c&\xba\xcf\xbc\xc6 12.50\x1c.\x9c\n", "合计 12.50£\n"),
        (b"A\tB\r\nC\x1bd\x03D\x0c", "A\tB\nC\n\n\nD\n"),
        (b"\x1bd\x02A\x1bJ\x10\x1bJ\x10B\n", "\n\nA\nB\n"),
        (b"A\x1dVA\x00B\n", "A\nB\n"),
    ],
)
def test_text_is_read_as_it_is_printed(data: bytes, text: str) -> None:
    assert read(data) == text


@pytest.mark.parametrize(
    "between",
    [b"\x1bE\x01", b"\x1d!\x11", b"\x1d(k\x04\x001A2\x00", b"\x1bp\x00\x19\xfa", b"\x10\x04\x01"],
)
def test_a_word_is_one_word_whatever_is_set_inside_it(between: bytes) -> None:
    assert read(b"PA" + between + b"ID\n") == "PAID\n"


def test_a_printed_symbol_ends_the_line() -> None:
    assert read(b"Scan\x1d(k\x03\x001Q0me\n") == "Scan\nme\n"


@pytest.mark.parametrize(
    ("reader", "data"),
    [
        (TextReader("gb18030"), "已支付 12.50\n".encode("gb18030")),
        (TextReader("utf-8"), "已支付 12.50\n".encode()),
        (TextReader(kanji_on=True), "已支付 12.50\n".encode("gb18030")),
        (TextReader(kanji="gbk", kanji_on=True), "已支付 12.50\n".encode("gbk")),
        (TextReader("utf-8"), b"\x1bt\x10" + "已支付 12.50\n".encode()),
    ],
)
def test_chinese_printers_read_their_own_encoding(reader: TextReader, data: bytes) -> None:
    assert read(data, reader) == "已支付 12.50\n"


def test_a_character_split_between_pieces_is_joined() -> None:
    scanner, reader = EscPosScanner(), TextReader("gb18030")
    pieces = [bytes((byte,)) for byte in "已支付𠀀\n".encode("gb18030")]
    tokens = [token for piece in pieces for token in scanner.feed(piece)]
    assert "".join(reader.read(token) for token in tokens) == "已支付𠀀\n"


def test_the_display_is_not_the_paper() -> None:
    reader = TextReader()
    seen: dict[str, str] = {}
    for token in scan(b"A\n\x1b=\x02TOTAL 12.50\x1b=\x01B\n\x1b=\x03C\n\x1b=\x00D"):
        text = reader.read(token)
        seen[reader.device] = seen.get(reader.device, "") + text
    assert seen == {"printer": "A\nB\n", "display": "TOTAL 12.50", "both": "C\n", "none": "D"}


def test_full_width_is_what_the_printer_makes_of_the_bytes() -> None:
    assert TextReader("gb18030").full_width("─")
    assert not TextReader("cp437").full_width("─")
    assert TextReader("utf-8").full_width("合")
    assert not TextReader("utf-8").full_width("é")


def test_somebody_elses_library_is_read_without_a_stray_byte() -> None:
    printer = Dummy()
    printer.hw("INIT")
    printer.set(align="center", bold=True, double_width=True, double_height=True)
    printer.text("Tea house\n")
    printer.set(align="left", normal_textsize=True)
    printer.text("Total: 12.50\nMünchen 5 €\n")
    printer.barcode("4006381333931", "EAN13", function_type="B", check=False)
    printer.qr("https://example.com/r/1", native=True, size=6)
    printer.cashdraw(2)
    printer.cut()
    tokens = scan(printer.output)
    assert "UNKNOWN" not in {token.name for token in tokens}
    assert QrStore(b"https://example.com/r/1") in [parse(token) for token in tokens]
    reader = TextReader()
    text = "".join(reader.read(token) for token in tokens)
    assert [line for line in text.splitlines() if line] == [
        "Tea house",
        "Total: 12.50",
        "München 5 €",
    ]
