"""Whatever arrives: nothing raises, memory is bounded, the pieces do not matter."""

from __future__ import annotations

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from pos_guard.frames.printer_models import PrinterModel, printer_model, printer_models
from pos_guard_simulator.paper import print_all, print_guessed
from pos_guard_simulator.paper_image import MAX_HEIGHT, draw_dots
from pos_guard_simulator.paper_items import Picture
from pos_guard_simulator.paper_slip import MAX_DOTS, MAX_KEPT_DOTS, Paper, Slip, dots_bytes
from pos_guard_simulator.printer import ReceiptPrinter
from pos_guard_simulator.typeset_line import MAX_PIECES

EPSON = printer_model("epson-80-zh")
MODELS = [model for model in printer_models() if model.language == "escpos"]

HEADS = st.sampled_from(
    [
        b"\x1bL", b"\x1bS", b"\x1bT", b"\x1bW", b"\x0c", b"\x1b\x0c", b"\x18", b"\x1d$",
        b"\x1d\\", b"\x1b$", b"\x1b\\", b"\x1b{", b"\x1bV", b"\x1d!", b"\x1b!", b"\x1b&",
        b"\x1b%", b"\x1c2", b"\x1d*", b"\x1d/", b"\x1cq", b"\x1cp", b"\x1d(L", b"\x1d8L",
        b"\x1d(k", b"\x1dk", b"\x1dv0", b"\x1b*", b"\x1dP", b"\x1dL", b"\x1dW", b"\x1bD", b"\t",
        b"\n", b"\x1bK", b"\x1be", b"\x1bd", b"\x1bJ", b"\x1b3", b"\x1d:", b"\x1d^", b"\x1dT",
        b"\x1b@", b"\x1dV", b"\x1c&", b"\x1cS", b"\x1bZ", b"\x1dH", b"\x1dw", b"\x1dh", b"text",
        b"\xba\xcf",
    ]
)  # fmt: skip
SMALL = st.lists(st.sampled_from(b"\x00\x01\x02\x03\x10\x30\x31\x41\x43\x50\x51\xff"), max_size=12)
STREAMS = st.lists(st.tuples(HEADS, SMALL.map(bytes)), max_size=25).map(
    lambda parts: b"".join(head + body for head, body in parts)
)


def everything(slip: Slip) -> None:
    image = draw_dots(slip.items, slip.width)
    assert image.width == slip.width
    assert image.height <= MAX_HEIGHT
    assert slip.text == slip.text.rstrip("\n")
    json.dumps([line.as_json() for line in slip.lines])


@settings(max_examples=150, deadline=None)
@given(STREAMS, st.sampled_from(MODELS))
def test_no_commands_raise_and_every_slip_can_be_drawn(data: bytes, model: PrinterModel) -> None:
    paper = print_all(data + b"\n\x1dV\x00", model)
    for slip in paper.slips:
        everything(slip)


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=300))
def test_no_bytes_raise(data: bytes) -> None:
    for paper in (print_all(data + b"\n", EPSON), print_guessed(data + b"\n")):
        for slip in paper.slips:
            everything(slip)


@settings(max_examples=60, deadline=None)
@given(STREAMS, st.integers(1, 7))
def test_pieces_of_any_size_give_the_same_paper(data: bytes, size: int) -> None:
    whole, pieces = ReceiptPrinter(EPSON), ReceiptPrinter(EPSON)
    whole.data(data)
    for start in range(0, len(data), size):
        pieces.data(data[start : start + size])
    # A run of text may come in pieces, but what is printed of it is the same.
    assert pieces.paper.lines == whole.paper.lines
    assert [slip.items for slip in pieces.paper.slips] == [s.items for s in whole.paper.slips]


@settings(max_examples=120, deadline=None)
@given(
    st.sampled_from([48, 49, 50, 51, 52, 53, 54]),
    st.lists(st.tuples(st.integers(65, 72), st.binary(min_size=1, max_size=3)), max_size=4),
    st.binary(min_size=1, max_size=40),
)
def test_no_setting_of_a_symbol_raises(
    kind: int, chosen: list[tuple[int, bytes]], data: bytes
) -> None:
    def command(function: int, body: bytes) -> bytes:
        return b"\x1d(k" + bytes((len(body) + 2, 0, kind, function)) + body

    stream = b"".join(command(function, body) for function, body in chosen)
    stream += command(80, b"0" + data) + command(81, b"0") + b"x\n"
    for slip in print_all(stream, EPSON).slips:
        everything(slip)


def test_a_slip_of_pictures_ends_when_the_roll_would() -> None:
    picture = Picture(0, 576, (0,) * 10_000)
    paper = Paper()
    for _ in range(MAX_DOTS // dots_bytes(picture) + 1):
        paper.add(picture)
    assert [slip.cut for slip in paper.receipts] == ["torn"]


def test_old_slips_of_pictures_are_let_go() -> None:
    picture = Picture(0, 576, (0,) * 50_000)
    paper = Paper()
    for _ in range(60):
        paper.add(picture)
        paper.cut("full")
    kept = [slip.dots for slip in paper.receipts]
    assert sum(kept) <= MAX_KEPT_DOTS
    assert len(kept) == MAX_KEPT_DOTS // dots_bytes(picture)


def test_overprinting_on_the_spot_is_bounded() -> None:
    line = print_all(b"\x1b$\x00\x00x" * (MAX_PIECES + 100) + b"\n", EPSON).loose.items[0]
    assert len(getattr(line, "chars", ())) == MAX_PIECES


def test_a_picture_of_any_size_is_drawn_no_larger_than_the_paper() -> None:
    tall = b"\x1dv0\x03\x01\x00\xff\xff" + b"\xff" * 0xFFFF
    slip = print_all(tall + b"\x1dV\x00", EPSON).receipts[0]
    assert draw_dots(slip.items, slip.width).size == (576, MAX_HEIGHT)
    wide = b"\x1dv0\x03\xff\xff\x0a\x00" + b"\xff" * (0xFFFF * 10)
    slip = print_all(wide + b"\x1dV\x00", EPSON).receipts[0]
    assert draw_dots(slip.items, slip.width).size == (576, 20)
