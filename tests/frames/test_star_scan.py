"""Star commands are cut where the manuals say they end: whole, in single bytes, before text.

Sources of the byte lists: Star Line Mode Command Specifications (code tables of each command),
StarPRNT Command Specifications rev. 2.25 for ESC GS P, S, ) and ETX.
"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pos_guard.frames.escpos_scan import MAX_COMMAND
from pos_guard.frames.star_table import MODES, RASTER, STAR, scan, star_scanner

COMMANDS: list[tuple[str, str]] = [
    ("ESC @", "1b40"),
    ("CAN", "18"),
    ("ESC RS F", "1b1e4601"),
    ("ESC GS t", "1b1d7420"),
    ("ESC R", "1b5208"),
    ("ESC /", "1b2f31"),
    ("ESC SP", "1b2002"),
    ("ESC M", "1b4d"),
    ("ESC P", "1b50"),
    ("ESC :", "1b3a"),
    ("ESC g", "1b67"),
    ("ESC i", "1b690101"),
    ("ESC W", "1b5701"),
    ("ESC h", "1b6801"),
    ("SO", "0e"),
    ("DC4", "14"),
    ("ESC SO", "1b0e"),
    ("ESC DC4", "1b14"),
    ("ESC E", "1b45"),
    ("ESC F", "1b46"),
    ("ESC -", "1b2d01"),
    ("ESC _", "1b5f01"),
    ("ESC 4", "1b34"),
    ("ESC 5", "1b35"),
    ("SI", "0f"),
    ("DC2", "12"),
    ("LF", "0a"),
    ("CR", "0d"),
    ("ESC a", "1b6103"),
    ("ESC z", "1b7a01"),
    ("ESC 0", "1b30"),
    ("ESC J", "1b4a0c"),
    ("ESC I", "1b490c"),
    ("FF", "0c"),
    ("ESC C", "1b4310"),
    ("ESC C", "1b430005"),
    ("VT", "0b"),
    ("ESC B", "1b42040800"),
    ("ESC l", "1b6c02"),
    ("ESC Q", "1b5128"),
    ("HT", "09"),
    ("ESC D", "1b44081000"),
    ("ESC D", "1b4400"),
    ("ESC GS A", "1b1d412c01"),
    ("ESC GS R", "1b1d52d0ff"),
    ("ESC GS a", "1b1d6101"),
    ("ESC &", "1b26010141" + "aa" * 48),
    ("ESC &", "1b26010041"),
    ("ESC %", "1b2501"),
    ("ESC K", "1b4b0300aabbcc"),
    ("ESC L", "1b4c0300aabbcc"),
    ("ESC X", "1b580200" + "1b" * 6),
    ("ESC k", "1b6b0200" + "0a" * 48),
    ("ESC FS q", "1b1c7101" + "01000200" + "ff" * 16),
    ("ESC FS p", "1b1c700100"),
    ("ESC b", "1b6233320250" + b"400638133393".hex() + "1e"),
    ("ESC b", "1b6206020140" + b"AB%0-12".hex() + "1e"),
    ("ESC d", "1b6402"),
    ("ESC BEL", "1b070b37"),
    ("BEL", "07"),
    ("FS", "1c"),
    ("SUB", "1a"),
    ("EM", "19"),
    ("ESC GS", "1b1d07010505"),
    ("ESC GS", "1b1d1911010a0a"),
    ("ESC GS", "1b1d1912010200"),
    ("ESC RS d", "1b1e6403"),
    ("ESC RS r", "1b1e7201"),
    ("ESC RS A", "1b1e4101"),
    ("ESC RS a", "1b1e6101"),
    ("ESC RS E", "1b1e4500"),
    ("ESC ACK", "1b0601"),
    ("ENQ", "05"),
    ("EOT", "04"),
    ("ETB", "17"),
    ("ESC p", "1b70"),
    ("ESC q", "1b71"),
    ("ESC $", "1b2431"),
    ("ESC s", "1b733030"),
    ("ESC t", "1b743030"),
    ("ESC r", "1b727721" + "5a" * 72),
    ("ESC GS #", "1b1d23574e303030300a00"),
    ("ESC #", "1b232a0a00"),
    ("ESC #", "1b23400a00"),
    ("ESC #", "1b234e2c303031300a00"),
    ("ESC ?", "1b3f0a00"),
    ("ESC GS x", "1b1d785330000102"),
    ("ESC GS x", "1b1d78533102"),
    ("ESC GS x", "1b1d78440400" + b"data".hex()),
    ("ESC GS x", "1b1d7850"),
    ("ESC GS y", "1b1d79533002"),
    ("ESC GS y", "1b1d7944310004006869211e"),
    ("ESC GS y", "1b1d79443202" + "010200" + "3132" + "030100" + "41"),
    ("ESC GS y", "1b1d7950"),
    ("ESC GS y", "1b1d7949"),
    ("ESC GS *", "1b1d2a30" + b"003123".hex()),
    ("ESC GS *", "1b1d2a31" + b"024032".hex()),
    ("ESC GS *", "1b1d2a32" + b"11016".hex()),
    ("ESC GS P", "1b1d5030"),
    ("ESC GS P", "1b1d503201"),
    ("ESC GS P", "1b1d5033" + "0000000040020003"),
    ("ESC GS P", "1b1d50341800"),
    ("ESC GS P", "1b1d5037"),
    ("ESC GS S", "1b1d53010200030000" + "aa" * 6),
    ("ESC GS )", "1b1d2955020030" + "31"),
    ("ESC GS", "1b1d03010000"),
    ("ESC * r", "1b2a7252"),
    ("ESC * r", "1b2a725030" + "00"),
    ("ESC * r", "1b2a726d6c3800"),
    ("ESC FF", "1b0c00"),
]
IN_RASTER: list[tuple[str, str]] = [
    ("b", "620300" + "1b2a72"),
    ("k", "6b0100" + "62"),
    ("b", "620000"),
    ("ESC * r", "1b2a72593234" + "00"),
    ("ESC * r", "1b2a724e33006262" + "62"),
    ("ESC FF", "1b0c04"),
]


def cut(raw: bytes) -> list[tuple[str, bytes]]:
    return [(token.name, token.raw) for token in scan(raw)]


@pytest.mark.parametrize(("name", "text"), COMMANDS)
def test_a_command_is_one_token_before_text(name: str, text: str) -> None:
    raw = bytes.fromhex(text)
    assert cut(raw + b"Total 12.50\n") == [(name, raw), ("TEXT", b"Total 12.50"), ("LF", b"\n")]


@pytest.mark.parametrize(("name", "text"), COMMANDS)
def test_a_command_in_single_bytes_comes_with_its_last_one(name: str, text: str) -> None:
    raw = bytes.fromhex(text)
    scanner = star_scanner()
    early = [scanner.feed(raw[at : at + 1]) for at in range(len(raw) - 1)]
    last = scanner.feed(raw[-1:])
    assert not any(early)
    assert [(token.name, token.raw) for token in last] == [(name, raw)]
    assert scanner.pending == b""


def test_rows_of_raster_mode_are_commands_and_their_letters_are_text_outside() -> None:
    rows = [bytes.fromhex(text) for _, text in IN_RASTER]
    stream = b"bk\x1b*rA" + b"".join(rows) + b"\x1b*rBbk"
    found = cut(stream)
    assert found[:2] == [("TEXT", b"bk"), ("ESC * r", b"\x1b*rA")]
    assert found[2:-2] == [(name, bytes.fromhex(text)) for name, text in IN_RASTER]
    assert found[-2:] == [("ESC * r", b"\x1b*rB"), ("TEXT", b"bk")]


@pytest.mark.parametrize("size", [1, 2, 5, 1000])
def test_raster_mode_begins_in_the_middle_of_a_piece(size: int) -> None:
    stream = b"Logo:\n\x1b*rA" + b"b\x48\x00" + bytes(72) + b"b\x02\x00bk" + b"\x1b*rBback\n"
    scanner = star_scanner()
    found = [
        token
        for at in range(0, len(stream), size)
        for token in scanner.feed(stream[at : at + size])
    ]
    assert b"".join(token.raw for token in found) == stream
    assert [len(token.raw) for token in found if token.name == "b"] == [75, 5]


def test_a_reset_ends_raster_mode_so_that_no_text_is_taken_for_dots() -> None:
    assert cut(b"\x1b*rA\x1b@bills\n")[-2:] == [("TEXT", b"bills"), ("LF", b"\n")]
    assert MODES[b"\x1b*rA"] is RASTER
    assert MODES[b"\x1b@"] is STAR


@pytest.mark.parametrize(
    "raw",
    [
        b"\x1b=\x01",
        b"\x1b\x1dZ1",
        b"\x1b\x1d=\x01\x00",
        b"\x1b\x1eZ1",
        b"\x1b*rZ",
        b"\x1b*r12",
        b"\x1b*rPx\x00",
        b"\x1b&\x01\x07A",
        b"\x1bb\x06\x02\x01\x50AB\n\x1e",
        b"\x1b\x1d*0abc",
        b"\x1b#123456789012345",
        b"\x1dV0",
        b"\x10\x7f",
    ],
)
def test_what_no_source_gives_a_length_for_is_unknown(raw: bytes) -> None:
    assert cut(raw + b"End")[0][0] == "UNKNOWN"
    assert b"".join(part for _, part in cut(raw)) == raw


def test_a_command_that_is_cut_off_is_reported() -> None:
    assert cut(b"\x1bk\x02\x00abc") == [("UNKNOWN", b"\x1bk\x02\x00abc")]


def test_a_picture_beyond_any_printer_is_oversize() -> None:
    scanner = star_scanner()
    found = scanner.feed(b"\x1b\x1dS\x01\xff\xff\xff\xff\x00" + bytes(100))
    assert found[0].name == "OVERSIZE"
    assert len(scanner.pending) < MAX_COMMAND


@given(st.binary(max_size=200))
def test_garbage_comes_out_whole_and_in_order(data: bytes) -> None:
    """Every byte that went in comes out in exactly one token, in order, at its place."""
    tokens = scan(data)
    assert b"".join(token.raw for token in tokens) == data
    assert all(data[token.at :].startswith(token.raw) for token in tokens)
