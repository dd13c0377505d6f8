"""The table of elements, line by line: each tag with its size, read and built.

Source: the BMP table of PA00P015 13.06. A number is bytes of payload; ``L`` counts the digits of a
length prefix (F0 to F9 each); ``T`` is a container with a BER length.
"""

from __future__ import annotations

import pytest

from pos_guard.errors import FrameError
from pos_guard.frames.zvt_bmp import build_bmps, read_bmps
from pos_guard.frames.zvt_table import BMP, Kind

LISTED = """
01:1 02:1 03:1 04:6 05:1 06:T 0B:3 0C:3 0D:2 0E:2 17:2 19:1 22:LL 23:LL 24:LLL 27:1 29:4 2A:15
2D:LL 2E:LLL 37:3 3A:2 3B:8 3C:LLL 3D:3 49:2 60:LLL 87:2 88:3 8A:1 8B:LL 8C:1 9A:LLL A0:1 A7:LL
AA:3 AF:LLL BA:5 D0:1 D1:LL D2:1 D3:1 E0:1 FC:1
"""
ELEMENTS = [(int(tag, 16), size) for tag, size in (one.split(":") for one in LISTED.split())]


def element(tag: int, size: str) -> tuple[bytes, bytes]:
    """An element by hand: its bytes, and its payload."""
    if size == "T":
        value = bytes.fromhex("1f0401ff")
        return bytes([tag, len(value)]) + value, value
    if size.startswith("L"):
        value = b"\x11" * 12
        prefix = f"{len(value):0{len(size)}d}"
        return bytes([tag, *(0xF0 | int(digit) for digit in prefix)]) + value, value
    value = b"\x11" * int(size)
    return bytes([tag]) + value, value


@pytest.mark.parametrize(("tag", "size"), ELEMENTS, ids=str)
def test_each_element_as_listed(tag: int, size: str) -> None:
    raw, value = element(tag, size)
    fields, rest = read_bmps(raw + bytes.fromhex("2700"))
    assert rest == b""
    assert [(item.tag, item.value) for item in fields] == [(tag, value), (0x27, b"\x00")]
    assert build_bmps([(tag, value)]) == raw


@pytest.mark.parametrize(("tag", "size"), ELEMENTS, ids=str)
def test_an_element_that_is_cut_is_an_error(tag: int, size: str) -> None:
    raw, _ = element(tag, size)
    for end in range(1, len(raw)):
        with pytest.raises(FrameError, match=r"."):
            read_bmps(raw[:end])


def test_what_is_not_listed_is_of_a_display_or_said_by_terminals_in_the_field() -> None:
    more = set(BMP) - {tag for tag, _ in ELEMENTS}
    display = {*range(0xE1, 0xE9), *range(0xF1, 0xF9), 0xE9, 0xEA, 0xEB, 0xF0, 0xF9, 0xFA, 0xFB}
    assert more - display == {0x92, 0xFD}


@pytest.mark.parametrize(
    ("length", "size"),
    [("7f", 0x7F), ("8180", 0x80), ("81ff", 0xFF), ("820100", 0x100), ("820400", 0x400)],
)
def test_the_lengths_of_a_container(length: str, size: int) -> None:
    value = b"\x07" * size
    raw = b"\x06" + bytes.fromhex(length) + value
    fields, rest = read_bmps(raw)
    assert ([(item.tag, item.value) for item in fields], rest) == ([(0x06, value)], b"")
    assert build_bmps([(0x06, value)]) == raw
    assert BMP[0x06][1] is Kind.TLV
