"""Questions of the till while a job is held: live ones at once, queued ones in order."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pos_guard.links.printer import IDLE, RESULT
from pos_guard.links.printer_settings import PrinterSettings
from pos_guard.links.session import ToApp
from tests.links.printer_rig import BILL, CARD, CUT, Bench, paper, pay_by_card
from tests.shop import Shop, shop

PROCESS_ID = b"\x1d(H\x06\x0000ID01"
ASKS = {
    "GS r": b"\x1dr\x01",
    "GS I": b"\x1dI\x43",
    "process id": PROCESS_ID,
    "ESC v": b"\x1bv",
}


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Shop]:
    made = shop(tmp_path)
    yield made
    made.store.close()


@pytest.fixture
def bench(place: Shop) -> Bench:
    return Bench(place)


@pytest.mark.parametrize("ask", ASKS.values(), ids=ASKS.keys())
def test_a_question_before_any_job_is_asked_at_once(bench: Bench, ask: bytes) -> None:
    assert bench.till(b"\x1b@" + ask) == b"\x1b@" + ask


@pytest.mark.parametrize("ask", ASKS.values(), ids=ASKS.keys())
def test_a_question_in_a_job_keeps_its_place(bench: Bench, ask: bytes) -> None:
    job = b"Kitchen\n" + ask + b"2 x Latte\n" + ask + CUT
    assert bench.till(job) == job


@pytest.mark.parametrize("ask", ASKS.values(), ids=ASKS.keys())
def test_a_till_that_waits_for_its_answer_gets_it_soon(bench: Bench, ask: bytes) -> None:
    assert bench.till(b"Kitchen\n" + ask) == b""
    assert bench.timers()[IDLE] == pytest.approx(0.05)
    assert bench.timer(IDLE) == b"Kitchen\n" + ask
    assert bench.till(b"2 x Latte\n" + CUT) == b"2 x Latte\n" + CUT


def test_a_question_that_is_not_the_last_word_does_not_end_the_job(bench: Bench) -> None:
    bench.till(b"Kitchen\n\x1dr\x01" + b"2 x")
    assert bench.timers()[IDLE] == pytest.approx(0.5)
    bench.till(b"\x1dr\x01\x1dv0\x00")  # a command has begun
    assert bench.timers()[IDLE] == pytest.approx(0.5)


def test_a_receipt_in_two_parts_around_a_question_is_one_receipt(bench: Bench) -> None:
    pay_by_card(bench)
    bench.till(b"Order: A-17\nTOTAL 12.50\n\x1dr\x01")
    first = bench.timer(IDLE)
    assert first == b"Order: A-17\nTOTAL 12.50\n\x1dr\x01"
    assert "PAID" in paper(bench.till(b"PAID\n" + CUT))


def test_the_second_part_of_an_unpaid_receipt_is_held_back(bench: Bench) -> None:
    bench.till(b"Order: A-17\nTOTAL 12.50\n\x1dr\x01")
    bench.timer(IDLE)
    assert "The receipt was not printed" in paper(bench.till(b"PAID\n" + CUT))


def test_a_cut_parts_one_paper_from_the_next(bench: Bench) -> None:
    bench.till(BILL)
    bench.till(b"Order: A-18\nTOTAL 3.00\n" + CUT)
    assert "The receipt was not printed" in paper(bench.till(b"PAID\n" + CUT))


def test_a_job_that_is_not_printed_acknowledges_nothing(bench: Bench) -> None:
    bench.till(BILL)
    printed = bench.till(CARD[: -len(CUT)] + PROCESS_ID + b"\x1dr\x01" + CUT)
    assert "The receipt was not printed" in paper(printed)
    assert PROCESS_ID not in printed
    assert b"\x1dr" not in printed


def test_a_process_id_waits_with_its_receipt(place: Shop) -> None:
    bench = Bench(place, PrinterSettings(refused="hold"))
    pay_by_card(bench)
    printed = bench.till(CARD[: -len(CUT)] + PROCESS_ID + CUT)
    assert printed.index(b"PAID") < printed.index(PROCESS_ID)
    other = CARD.replace(b"A-17", b"A-18")
    assert PROCESS_ID not in bench.till(other[: -len(CUT)] + PROCESS_ID + CUT)
    assert bench.till(b"\x1dr\x01") == b""
    assert RESULT not in bench.timers() or bench.timer(RESULT) == b""


# -- live questions -------------------------------------------------------------------------------

RASTER = b"\x1dv0\x00\x08\x00\x04\x00"


def test_a_status_request_inside_a_picture_is_answered_at_once_and_once(bench: Bench) -> None:
    assert bench.till(RASTER + b"\xff" * 8) == b""
    assert bench.till(b"\x10\x04\x01") == b"\x10\x04\x01"
    printed = bench.till(b"\xff" * 21 + CUT)
    assert printed == RASTER + b"\xff" * 8 + b"\x00\x04\x01" + b"\xff" * 21 + CUT


def test_a_request_cut_to_pieces_inside_a_picture_is_one_request(bench: Bench) -> None:
    sent = b"".join(bench.till(bytes((byte,))) for byte in RASTER + b"\x10\x04\x02")
    assert sent == b"\x10\x04\x02"


def test_a_request_between_commands_is_passed_once(bench: Bench) -> None:
    sent = b"".join(bench.till(bytes((byte,))) for byte in b"Kitchen\n\x10\x04\x04" + CUT)
    assert sent == b"\x10\x04\x04Kitchen\n" + CUT


def test_the_reply_and_unasked_status_pass_at_any_time(bench: Bench) -> None:
    bench.till(b"Kitchen\n")
    for reply in (b"\x16", b"\x14\x00\x00\x0f", b"7\x22ID01\x00"):
        assert bench.session.device_data(reply) == [ToApp(reply)]


def test_a_till_that_clears_the_printer_clears_what_is_held_here(bench: Bench) -> None:
    clear = b"\x10\x14\x08\x01\x03\x14\x01\x06\x02\x08"
    bench.till(b"Kitchen\n" + PROCESS_ID)
    assert bench.till(clear) == clear
    assert bench.timer(IDLE) == b""
    assert bench.till(b"Second\n" + CUT) == b"Second\n" + CUT
