"""Pictures reach the paper whole, and never open a drawer on their way."""

from __future__ import annotations

import random
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pos_guard.errors import LocalError
from pos_guard.frames.escpos_realtime import find_realtime
from pos_guard.frames.printer_models import printer_model
from pos_guard_drivers.receipt_bitmap import (
    MAX_ROWS,
    Bitmap,
    bands,
    from_modules,
    stripes,
    thickened,
    without_realtime,
)
from pos_guard_drivers.receipt_escpos_image import picture
from pos_guard_simulator.paper_items import Picture
from pos_guard_simulator.printer import ReceiptPrinter

# Bytes that make real-time commands likely.
NASTY = st.sampled_from(b"\x10\x10\x04\x05\x14\x01\x00\x7f")
ROWS = st.lists(st.lists(NASTY, min_size=3, max_size=3).map(bytes), min_size=1, max_size=40)


def dots(bitmap: Bitmap) -> list[int]:
    return [int.from_bytes(row, "big") for row in bitmap.rows]


@pytest.mark.parametrize(
    ("data", "safe"),
    [
        (b"\x10\x04\x01", b"\x18\x04\x01"),
        (b"\x10\x05", b"\x18\x05"),
        (b"\x10\x14", b"\x18\x14"),
        (b"\x10\x10\x04", b"\x10\x18\x04"),
        (b"\x10\x06\x10", b"\x10\x06\x10"),
        (b"\x30\x04\x11\x05", b"\x30\x04\x11\x05"),
    ],
)
def test_one_dot_grows_where_a_command_would_begin(data: bytes, safe: bytes) -> None:
    assert thickened(data) == safe


@given(ROWS)
def test_bands_are_the_picture_without_commands(rows: list[bytes]) -> None:
    bitmap = Bitmap(24, tuple(rows))
    pieces = list(bands(bitmap, 7, 3 * 5))
    assert tuple(row for piece in pieces for row in piece.rows) == without_realtime(bitmap).rows
    assert all(1 <= len(piece.rows) <= 5 for piece in pieces)
    assert not any(find_realtime(b"".join(piece.rows) + b"\x1d\x1d\x1d") for piece in pieces)


@given(ROWS)
def test_only_white_dots_beside_lone_black_ones_change(rows: list[bytes]) -> None:
    bitmap = Bitmap(24, tuple(rows))
    for before, after in zip(dots(bitmap), dots(without_realtime(bitmap)), strict=True):
        added = before ^ after
        assert added & before == 0
        assert added & (before >> 1) == added  # each has its black dot to the left


def test_a_pair_over_two_rows_is_parted_and_nothing_changes() -> None:
    bitmap = Bitmap(16, (b"\xff\x10", b"\x04\x00", b"\x00\x00"))
    assert [piece.rows for piece in bands(bitmap, 99, 99)] == [
        (b"\xff\x10",),
        (b"\x04\x00", b"\x00\x00"),
    ]


def test_symbols_never_change() -> None:
    numbers = random.Random(7)
    for size in (2, 3, 4, 5, 8):
        modules = [[numbers.randrange(2) for _ in range(61)] for _ in range(61)]
        bitmap = from_modules(modules, size)
        assert without_realtime(bitmap) == bitmap


def noise(width: int, height: int) -> Bitmap:
    """Dots with far more of the dangerous bytes than a photograph has."""
    numbers = random.Random(3)
    nasty = b"\x10\x14\x01\x00\x01\x10\x04\x02\x05\xff\x55"
    stride = (width + 7) // 8
    return Bitmap(width, tuple(bytes(numbers.choices(nasty, k=stride)) for _ in range(height)))


def test_as_it_is_this_picture_opens_the_drawer() -> None:
    printer = ReceiptPrinter(printer_model("clone-80"))
    rows = noise(576, 200).rows
    answers = printer.data(b"\x1dv0\x00\x48\x00\xc8\x00" + b"".join(rows))
    assert answers
    assert printer.pulses


@pytest.mark.parametrize("name", ["epson-80", "epson-58", "clone-80", "nt-5890k", "sunmi"])
def test_noise_of_a_whole_page_prints_and_answers_nothing(name: str) -> None:
    model = printer_model(name)
    bitmap = noise(model.dots, 800)
    printer = ReceiptPrinter(model)
    job = picture(bitmap, model)
    assert not find_realtime(job)
    assert printer.data(job) == b""
    assert printer.pulses == []
    printed = [row for item in printer.paper.loose.items for row in rows_of(item)]
    assert printed == dots(without_realtime(bitmap))


def rows_of(item: object) -> tuple[int, ...]:
    assert isinstance(item, Picture)
    return item.rows


@pytest.mark.parametrize("name", ["epson-80", "clone-80"])
def test_every_command_fits_into_the_buffer_and_the_row_counter(name: str) -> None:
    model = printer_model(name)
    job = picture(noise(model.dots, 1000), model)
    start = {"gs-v-0": b"\x1dv0", "gs-lparen-l": b"\x1d(L"}[model.images]
    places = [at for at in range(len(job)) if job.startswith(start, at)] + [len(job)]
    assert max(after - at for at, after in pairwise(places)) <= model.buffer


def test_the_low_byte_of_the_row_count_is_all_that_clones_read() -> None:
    model = replace(printer_model("clone-80"), buffer=1 << 20)
    job = picture(Bitmap(8, (b"\xff",) * 600), model)
    assert [job[at + 6 : at + 8] for at in range(len(job)) if job.startswith(b"\x1dv0", at)] == [
        b"\xff\x00",
        b"\xff\x00",
        b"\x5a\x00",
    ]


def test_a_length_that_reads_as_a_command_is_parted_too() -> None:
    """1,030 bytes of dots make GS ( L's count 10 04."""
    model = printer_model("epson-80")
    job = picture(Bitmap(80, (b"\xff" * 10,) * 103), model)
    assert job.count(b"\x1d(L") == 4
    assert not find_realtime(job)


def test_columns_print_the_same_dots_and_restore_the_line_spacing() -> None:
    model = replace(printer_model("epson-80"), images="esc-star")
    bitmap = noise(100, 60)
    job = picture(bitmap, model)
    assert job.startswith(b"\x1b3\x18")
    assert job.endswith(b"\n\x1b2")
    printer = ReceiptPrinter(model)
    assert printer.data(job) == b""
    assert len(printer.paper.loose.items) == 3
    assert len(list(stripes(bitmap))) == 3


@pytest.mark.parametrize(
    ("model", "problem"),
    [("clone-58", "wider than the paper"), ("star-line", "no ESC/POS command")],
)
def test_what_a_model_cannot_print_is_an_error(model: str, problem: str) -> None:
    with pytest.raises(LocalError, match=problem):
        picture(noise(400, 8), printer_model(model))


def test_senseless_pictures_are_refused() -> None:
    with pytest.raises(LocalError, match="rows of dots"):
        Bitmap(8, ())
    with pytest.raises(LocalError, match="rows of dots"):
        Bitmap(8, (b"\x00",) * (MAX_ROWS + 1))
    with pytest.raises(LocalError, match="equally long"):
        Bitmap(9, (b"\x00",))
    with pytest.raises(LocalError, match="too wide"):
        list(bands(noise(800, 2), 255, 99))
