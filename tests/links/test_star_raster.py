"""Star's rows of dots and symbols: codes are read back, and lines of ours stay out of raster."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import segno

from pos_guard.frames.star_table import scan
from pos_guard.links.printer import IDLE
from pos_guard.links.printer_star import StarTokens
from pos_guard_simulator.picture_reader import ZxingReader
from tests.links.printer_rig import Bench, approve_card
from tests.links.star_rig import (
    BILL,
    CUT,
    ENTER,
    LEAVE,
    RASTER_CUT,
    RESET,
    ROW,
    SETTINGS,
    paper,
    star_bench,
)
from tests.shop import Shop, shop

STRANGER = b"wxp://f2f0sJXC1jKdJzqm2Gz0CAZ8Y8vT5qZ0Example"
MENU = b"https://example.com/menu"
MODES = b"\x1b*rP0\x00\x1b*rE1\x00"
PAID = b"Order: A-17\nTOTAL 12.50\nPAID\n"


def two(number: int) -> bytes:
    return number.to_bytes(2, "little")


def rows(content: bytes, scale: int = 4) -> list[str]:
    """A QR code by segno, as rows of 0 and 1; a whole number of 24 by 24 squares."""
    code = segno.make_qr(content, error="m")
    lines = ["".join(str(int(bool(dot))) for dot in row) for row in code.matrix_iter(scale, 4)]
    side = -(-len(lines) // 24) * 24
    return [line.ljust(side, "0") for line in lines] + ["0" * side] * (side - len(lines))


def packed(lines: list[str]) -> list[bytes]:
    return [int(line, 2).to_bytes(len(line) // 8, "big") for line in lines]


def raster(content: bytes) -> bytes:
    dots = packed(rows(content))
    return ENTER + MODES + b"".join(b"b" + two(len(row)) + row for row in dots) + LEAVE


def fine(content: bytes) -> bytes:
    """ESC k: 24 rows in a line, then a feed of 24 dots."""
    dots = packed(rows(content))
    parts = [dots[at : at + 24] for at in range(0, len(dots), 24)]
    printed = [b"\x1bk" + two(len(part[0])) + b"".join(part) + b"\n" for part in parts]
    return b"\x1b0" + b"".join(printed) + b"\x1bz1"


def tall(content: bytes) -> bytes:
    """ESC X: columns of 24 dots."""
    lines = rows(content)
    printed = b""
    for at in range(0, len(lines), 24):
        part = lines[at : at + 24]
        columns = ["".join(line[x] for line in part) for x in range(len(part[0]))]
        printed += b"\x1bX" + two(len(columns)) + b"".join(packed(columns)) + b"\n"
    return b"\x1b0" + printed


def picture(content: bytes) -> bytes:
    """ESC GS S of StarPRNT."""
    dots = packed(rows(content))
    head = b"\x1b\x1dS\x01" + two(len(dots[0])) + two(len(dots)) + b"\x00"
    return head + b"".join(dots)


def qr(content: bytes) -> bytes:
    return b"\x1b\x1dyD1\x00" + two(len(content)) + content + b"\x1b\x1dyP"


def qr_in_parts(content: bytes) -> bytes:
    first, second = content[:9], content[9:]
    parts = b"".join(b"\x03" + two(len(part)) + part for part in (first, second))
    return b"\x1b\x1dyD2\x02" + parts + b"\x1b\x1dyP"


def pdf417(content: bytes) -> bytes:
    return b"\x1b\x1dxD" + two(len(content)) + content + b"\x1b\x1dxP"


def code128(content: bytes) -> bytes:
    return b"\x1bb6110" + content + b"\x1e"


WAYS: dict[str, Callable[[bytes], bytes]] = {
    "raster": raster,
    "ESC k": fine,
    "ESC X": tall,
    "ESC GS S": picture,
    "QR": qr,
    "QR in parts": qr_in_parts,
    "PDF417": pdf417,
    "CODE128": code128,
}


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Shop]:
    made = shop(tmp_path)
    yield made
    made.store.close()


def reading(place: Shop) -> Bench:
    return Bench(place, SETTINGS, pictures=ZxingReader())


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS.keys())
def test_a_strangers_payment_code_is_stopped_in_every_way_to_draw_it(
    place: Shop, way: Callable[[bytes], bytes]
) -> None:
    bench = reading(place)
    drawn = way(STRANGER)
    printed = bench.till(b"Scan to pay\n" + drawn + CUT)
    assert drawn not in printed
    assert "HELD BACK" in paper(printed)
    assert bench.told() == ["DENY"]


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS.keys())
def test_an_ordinary_code_passes_as_it_is_in_every_way_to_draw_it(
    place: Shop, way: Callable[[bytes], bytes]
) -> None:
    job = b"Our menu\n" + way(MENU) + CUT
    assert reading(place).till(job) == job


def test_a_logo_stands_above_a_bill(place: Shop) -> None:
    bench = star_bench(place)
    job = ENTER + MODES + ROW * 20 + LEAVE + BILL
    sent = bench.till(job)
    assert sent == job
    assert bench.shop.guard.context().order is not None


# -- opaque paper ---------------------------------------------------------------------------------

OPAQUE = ENTER + MODES + ROW * 8 + RASTER_CUT


def test_a_receipt_in_dots_needs_its_payment_where_policy_says_so(place: Shop) -> None:
    bench = star_bench(place, opaque="judge")
    bench.till(BILL)
    printed = bench.till(OPAQUE + LEAVE)
    assert ROW not in printed
    assert "NOT PAID" in paper(printed)


def test_a_slip_leaves_raster_mode_and_enters_it_again_as_it_was(place: Shop) -> None:
    bench = star_bench(place, opaque="judge")
    bench.till(BILL + RESET)
    printed = bench.till(OPAQUE)
    assert printed.startswith(ENTER + MODES + LEAVE)
    assert printed.endswith(CUT + b"\x1b\x1da\x00" + ENTER + MODES)
    assert bench.till(LEAVE) == LEAVE


def test_the_sale_code_of_a_receipt_in_dots_follows_its_cut(place: Shop) -> None:
    bench = star_bench(place, opaque="judge")
    bench.till(BILL + RESET)
    sale_id = approve_card(bench)
    printed = bench.till(OPAQUE)
    whole, cut, rest = printed.partition(RASTER_CUT)
    assert whole + cut == OPAQUE
    assert rest.startswith(LEAVE)
    assert rest.endswith(CUT + b"\x1b\x1da\x00" + ENTER + MODES)
    assert f"Sale {sale_id}" in paper(rest)


def test_without_a_cut_nothing_is_put_between_rows_of_dots(place: Shop) -> None:
    bench = star_bench(place, opaque="judge")
    bench.till(BILL)
    approve_card(bench)
    job = ENTER + MODES + ROW * 8
    assert bench.till(job) + bench.timer(IDLE) == job


def test_a_copy_in_dots_is_marked_before_its_first_row(place: Shop) -> None:
    bench = star_bench(place, opaque="judge")
    bench.till(BILL)
    approve_card(bench)
    bench.till(OPAQUE + LEAVE)
    copy = bench.till(OPAQUE + LEAVE)
    mark = copy[: copy.index(ROW)]
    assert "COPY 2" in paper(mark)
    assert mark.startswith(ENTER + MODES + LEAVE)
    assert mark.endswith(ENTER + MODES)


def test_a_receipt_that_ends_in_dots_takes_no_banner(place: Shop) -> None:
    bench = star_bench(place, refused="banner")
    bench.till(BILL)
    printed = bench.till(PAID + ENTER + ROW + RASTER_CUT)
    assert "NOT PAID" in paper(printed)
    assert "TOTAL" not in paper(printed)


def test_a_logo_in_dots_still_takes_a_banner(place: Shop) -> None:
    bench = star_bench(place, refused="banner")
    bench.till(BILL)
    logo = ENTER + MODES + ROW * 3 + LEAVE
    printed = bench.till(logo + PAID + CUT)
    assert logo in printed
    assert paper(printed).count("UNPAID") == 2


def test_a_long_feed_is_one_step(place: Shop) -> None:
    feeds = b"\x1b*rY65535\x00" * 2000
    tokens = scan(ENTER + feeds)
    likes, sent = StarTokens().meant(tokens, lambda _: True)
    assert len(likes) == len(tokens) + 1  # ESC * r A also ends the line
    assert b"".join(sent) == ENTER + feeds
    assert star_bench(place).till(ENTER + feeds + LEAVE) == ENTER + feeds + LEAVE


@pytest.mark.parametrize(
    ("end", "ends"),
    [(b"\x1b\x0c\x04", True), (MODES + b"\x1b\x0c\x04", False), (RASTER_CUT, True)],
    ids=["as at power on", "without a cut", "next page"],
)
def test_a_document_in_dots_ends_its_job_where_it_cuts(
    place: Shop, end: bytes, *, ends: bool
) -> None:
    bench = star_bench(place)
    mode, _, cut = end.rpartition(b"\x1b\x0c")
    job = ENTER + mode + ROW + b"\x1b\x0c" + cut
    first = bench.till(job)
    assert (first == job) is ends
    assert first + bench.timer(IDLE) == job


def test_a_page_left_open_is_left_before_the_slip(place: Shop) -> None:
    bench = star_bench(place)
    bench.till(BILL)
    bench.till(b"\x1b\x1dP0Kitchen\n")
    bench.timer(IDLE)
    printed = bench.till(PAID + CUT)
    assert printed.startswith(b"\x1b\x1dP1")
    assert "NOT PAID" in paper(printed)


@pytest.mark.parametrize("between", [b"", RESET, CUT + RESET], ids=["", "reset", "another job"])
def test_letters_of_the_tills_own_are_no_words(place: Shop, between: bytes) -> None:
    bench = star_bench(place)
    bench.till(BILL)
    glyph = b"\x1b&\x01\x01A" + bytes(48)
    assert b"AAAA" not in bench.till(glyph + between + b"\x1b%\x01AAAA\n" + CUT)
    assert bench.told() == ["DENY"]


@pytest.mark.parametrize(
    ("till", "plain", "again"),
    [
        (b"\x1bW\x01\x1bh\x02", b"\x1bi\x00\x00", b"\x1bi\x02\x01"),
        (b"\x0e", b"\x1bi\x00\x00", b"\x1bi\x00\x01"),
        (b"\x1bE", b"\x1bF", b"\x1bE"),
        (b"\x1b-\x01", b"\x1b-\x00", b"\x1b-\x01"),
        (b"\x1b4", b"\x1b5", b"\x1b4"),
        (b"\x0f", b"\x12", b"\x0f"),
        (b"\x1b\x1da\x02", b"\x1b\x1da\x00", b"\x1b\x1da\x02"),
        (b"\x1b\x1eF\x01", b"\x1b\x1eF\x00", b"\x1b\x1eF\x01"),
        (b"\x1bg", b"\x1b \x00\x1bM", b"\x1bg"),
        (b"\x1b0", b"\x1bz\x01", b"\x1b0"),
        (b"\x1bl\x05", b"\x1bl\x00", b"\x1bl\x05"),
        (b"\x1bQ\x14", b"\x1bQ\x30", b"\x1bQ\x14"),
    ],
    ids=lambda value: value.hex(" "),
)
def test_a_mark_is_plain_and_leaves_the_tills_style_as_it_was(
    place: Shop, till: bytes, plain: bytes, again: bytes
) -> None:
    bench = star_bench(place)
    bench.till(BILL)
    approve_card(bench)
    bench.till(PAID + CUT + RESET)
    copy = bench.till(till + PAID + CUT)
    assert copy.startswith(till + plain + b"\x1b\x1da\x01\x1bE")
    assert f"COPY 2 /\n\x1bF\x1b\x1da\x00{again.decode('latin-1')}Order".encode("latin-1") in copy
    assert "UNKNOWN" not in {token.name for token in scan(copy)}
