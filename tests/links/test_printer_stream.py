"""Long pictures that nobody looks at are passed on as they come, and end whole."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pos_guard.frames.escpos_realtime import find_realtime
from pos_guard.frames.escpos_scan import scan
from pos_guard.links.printer import IDLE
from pos_guard.links.printer_settings import PrinterSettings
from pos_guard.links.printer_stream import LONG_PICTURE
from pos_guard.links.session import ToApp, ToDevice
from tests.links.printer_rig import BILL, CUT, PULSE, Bench, paper
from tests.shop import Shop, shop

ROWS = 1000
SIZE = 72 * ROWS
HEAD = b"\x1dv0\x00\x48\x00" + ROWS.to_bytes(2, "little")
PICTURE = HEAD + b"\xf0" * SIZE


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Shop]:
    made = shop(tmp_path)
    yield made
    made.store.close()


@pytest.fixture
def bench(place: Shop) -> Bench:
    return Bench(place)


@given(sizes=st.lists(st.integers(1, 40_000), min_size=1, max_size=8))
@settings(max_examples=30, deadline=None)
def test_a_long_picture_arrives_whole_however_it_is_cut(
    sizes: list[int], tmp_path_factory: pytest.TempPathFactory
) -> None:
    made = shop(tmp_path_factory.mktemp("stream"))
    bench, job, sent = Bench(made), PICTURE + b"Thank you\n" + CUT, b""
    at = 0
    for size in [*sizes, len(job)]:
        sent += bench.till(job[at : at + size])
        at += size
    assert sent == job
    made.store.close()


def test_a_long_picture_does_not_wait_for_its_end(bench: Bench) -> None:
    first = PICTURE[: LONG_PICTURE // 2]
    assert bench.till(first) == first
    assert bench.till(PICTURE[len(first) :] + CUT) == PICTURE[len(first) :] + CUT


@pytest.mark.parametrize(
    "settings_",
    [
        PrinterSettings(opaque="judge"),
        PrinterSettings(partly="refuse"),
        PrinterSettings(refused="drop"),
    ],
    ids=["judged", "refused", "dropped"],
)
def test_a_picture_that_somebody_asks_about_waits(place: Shop, settings_: PrinterSettings) -> None:
    bench = Bench(place, settings_)
    assert bench.till(PICTURE) == b""


def test_a_picture_in_a_job_waits_with_it(bench: Bench) -> None:
    bench.till(BILL)
    assert bench.till(b"TOTAL 12.50\n" + PICTURE) == b""
    printed = bench.till(b"PAID\n" + CUT)
    assert "The receipt was not printed" in paper(printed)
    assert PICTURE not in printed


def test_words_under_a_long_picture_are_read_as_ever(bench: Bench) -> None:
    bench.till(BILL)
    assert bench.till(PICTURE) == PICTURE
    assert "The receipt was not printed" in paper(bench.till(b"TOTAL 12.50\nPAID\n" + CUT))


def test_a_till_that_hangs_up_in_a_picture_leaves_no_printer_that_takes_text_for_dots(
    bench: Bench,
) -> None:
    sent = bench.till(PICTURE[:50_000]) + bench.took(bench.session.app_closed())
    assert len(sent) == len(PICTURE)
    assert sent.startswith(PICTURE[:50_000])
    assert set(sent[50_000:]) == {0}
    assert bench.till(BILL) == BILL


def test_a_printer_that_comes_back_does_not_get_the_rest_of_a_picture(bench: Bench) -> None:
    bench.till(PICTURE[:50_000])
    bench.session.device_closed()
    bench.session.device_connected()
    assert bench.till(PICTURE[50_000:] + BILL) == BILL


NOW = b"\x10\x14\x01\x00\x05"


@pytest.mark.parametrize("at", [100, 49_999, 49_997, 49_996, 50_000, 60_000])
def test_no_pulse_hides_in_a_picture_that_is_passed_on(bench: Bench, at: int) -> None:
    job = PICTURE[:at] + NOW + PICTURE[at + len(NOW) :]
    sent = bench.till(job[:50_000]) + bench.till(job[50_000:] + CUT)
    assert not find_realtime(sent)
    assert len(sent) == len(PICTURE + CUT)
    assert sum(left != right for left, right in zip(sent, job + CUT, strict=True)) == 1


def test_a_question_inside_is_left_to_the_printer_and_asked_once(bench: Bench) -> None:
    bench.till(PICTURE[:40_000])
    assert bench.till(b"\x10\x04\x01") == b"\x10\x04\x01"
    assert bench.session.device_data(b"\x16") == [ToApp(b"\x16")]
    rest = PICTURE[40_003:] + CUT
    assert bench.till(rest) == rest


def test_a_pulse_behind_a_picture_still_needs_its_reason(bench: Bench) -> None:
    assert bench.till(PICTURE + PULSE) == PICTURE
    assert bench.timer(IDLE) == b""
    assert bench.told() == ["DENY"]


def test_other_tokens_of_a_job_are_not_taken_for_pictures() -> None:
    assert [token.name for token in scan(PICTURE + CUT)] == ["GS v 0", "GS V"]


@pytest.mark.parametrize("size", [1, 7, 8, 9, 33_000, 50_007, 70_000, 1 << 20])
def test_pictures_one_after_another_pass_unchanged_however_they_are_cut(
    bench: Bench, size: int
) -> None:
    job = b"\x1b@" + PICTURE * 3 + CUT + BILL
    pieces = [job[at : at + size] for at in range(0, len(job), size)] if size > 9 else [job[:size]]
    if size <= 9:
        pieces += [job[size : len(PICTURE) + size], job[len(PICTURE) + size :]]
    assert b"".join(bench.till(piece) for piece in pieces) == job


def test_pictures_in_one_piece_of_data_reach_the_printer_in_one_piece(bench: Bench) -> None:
    bench.till(b"\x1b@")
    effects = bench.session.app_data(PICTURE * 3)
    assert [effect for effect in effects if isinstance(effect, ToDevice)] == [ToDevice(PICTURE * 3)]


def test_a_question_in_the_first_piece_of_a_picture_is_asked_once(bench: Bench) -> None:
    sent = bench.till(PICTURE[:20_000] + b"\x10\x04\x01" + PICTURE[20_003:60_000])
    assert sent.count(b"\x10\x04\x01") == 1
