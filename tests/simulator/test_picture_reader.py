"""The reader of pictures, on its own."""

from __future__ import annotations

import pytest
import segno

from pos_guard.links.printer_pictures import Picture
from pos_guard_simulator.picture_reader import MIN_SIDE, ZxingReader


def picture(content: str, *, scale: int = 3, dark: int = 0) -> Picture:
    rows = [list(row) for row in segno.make_qr(content).matrix_iter(scale, 4)]
    dots = bytes(dark if dot else 255 - dark for row in rows for dot in row)
    return Picture(len(rows[0]), len(rows), dots)


@pytest.mark.parametrize("scale", [1, 2, 3, 8])
def test_a_code_is_read_at_every_size_of_its_dots(scale: int) -> None:
    assert ZxingReader().read(picture("https://example.com", scale=scale)) == [
        b"https://example.com"
    ]


def test_light_on_dark_is_read_too() -> None:
    assert ZxingReader().read(picture("https://example.com", dark=255)) == [b"https://example.com"]


@pytest.mark.parametrize("content", ["收款", "Café", "https://example.com/收款"])
def test_letters_are_utf_8_whatever_mode_the_code_has(content: str) -> None:
    assert ZxingReader().read(picture(content)) == [content.encode()]


@pytest.mark.parametrize(
    "nothing",
    [
        Picture(0, 0, b""),
        Picture(MIN_SIDE - 1, MIN_SIDE, bytes(MIN_SIDE * (MIN_SIDE - 1))),
        Picture(64, 64, bytes(64 * 64)),
        Picture(64, 64, b"\xff" * 64 * 64),
    ],
)
def test_where_there_is_no_code_nothing_is_found(nothing: Picture) -> None:
    assert ZxingReader().read(nothing) == []
