"""The drawer opens for a reason, and no byte hidden anywhere opens it without one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pos_guard.frames import escpos_build as build
from pos_guard.frames.escpos_realtime import find_realtime
from pos_guard.frames.escpos_scan import scan
from pos_guard.links.printer import IDLE
from pos_guard.links.printer_realtime import harmless_picture
from pos_guard.links.session import ToDevice
from pos_guard.model import Source, Tender
from tests.links.printer_rig import (
    BILL,
    CARD,
    CASH,
    CUT,
    PULSE,
    Bench,
    approve_card,
    paper,
    pay_by_card,
)
from tests.shop import POLICY, Shop, shop

NOW = b"\x10\x14\x01\x00\x05"
NO_SALE = POLICY.replace('"refund", "void"', '"no_sale", "refund", "void"')


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Shop]:
    made = shop(tmp_path, policy=NO_SALE)
    yield made
    made.store.close()


@pytest.fixture
def bench(place: Shop) -> Bench:
    return Bench(place)


# -- reasons --------------------------------------------------------------------------------------


@pytest.mark.parametrize("pulse", [PULSE, NOW], ids=["ESC p", "DLE DC4"])
def test_a_pulse_without_a_reason_is_taken_out_and_the_paper_printed(
    bench: Bench, pulse: bytes
) -> None:
    assert bench.till(pulse + b"Kitchen\n" + CUT) == b"Kitchen\n" + CUT
    assert bench.told() == ["DENY"]


@pytest.mark.parametrize(("who", "opens"), [("anna", False), ("ben", True), ("maya", True)])
def test_who_may_opens_the_drawer_without_a_sale(bench: Bench, who: str, *, opens: bool) -> None:
    bench.shop.sign_in(who)
    bench.till(PULSE)
    assert bench.timer(IDLE) == (PULSE if opens else b"")


def test_the_drawer_opens_for_a_cash_receipt_and_the_cash_is_booked_before(bench: Bench) -> None:
    bench.till(BILL)
    assert PULSE in bench.till(PULSE + CASH)
    assert bench.shop.store.ledger.paid_tenders("A-17") == ((Tender.CASH, 1250),)


def test_no_pulse_leaves_when_the_cash_cannot_be_booked(bench: Bench) -> None:
    bench.till(BILL)
    bench.shop.store.close()
    assert PULSE not in bench.till(PULSE + CASH)
    assert bench.told() == ["DENY_LOCKED"]


def test_the_drawer_opens_for_a_confirmed_card_sale(bench: Bench) -> None:
    pay_by_card(bench)
    assert PULSE in bench.till(PULSE + CARD)


def test_the_drawer_opens_where_the_till_says_that_cash_was_chosen(bench: Bench) -> None:
    bench.till(BILL)
    bench.shop.guard.tell_tender(Tender.CASH, Source.APP)
    bench.till(PULSE)
    assert bench.timer(IDLE) == PULSE


def test_a_bill_does_not_open_the_drawer(bench: Bench) -> None:
    assert bench.till(PULSE + BILL) == BILL
    assert bench.shop.guard.context().order is not None


def test_every_opening_and_every_refusal_is_recorded(bench: Bench) -> None:
    bench.till(PULSE + b"Kitchen\n" + CUT)
    (newest,) = bench.shop.store.audit.records(limit=1)
    assert (newest.kind, newest.body["rule"]) == ("receipt", "drawer-reason")
    assert newest.body["drawer"] is True


def test_a_shop_may_be_told_only(tmp_path: Path) -> None:
    made = shop(tmp_path, policy=POLICY + '[rules.drawer-reason]\nwithout = "warn"\n')
    bench = Bench(made)
    bench.till(PULSE)
    assert bench.timer(IDLE) == PULSE
    assert bench.told() == ["WARN"]
    made.store.close()


# -- hidden pulses --------------------------------------------------------------------------------


def two(number: int) -> bytes:
    return number.to_bytes(2, "little")


HIDDEN = {
    "GS v 0": b"\x1dv0\x00\x05\x00\x02\x00" + NOW + b"\xff" * 5,
    "GS ( L": b"\x1d(L\x0f\x000p0\x01\x011\x28\x00\x01\x00" + NOW,
    "GS 8 L": b"\x1d8L\x0f\x00\x00\x000p0\x01\x011\x28\x00\x01\x00" + NOW,
    "ESC *": b"\x1b*\x00\x06\x00" + NOW + b"\x00",
    "GS *": b"\x1d*\x01\x01" + NOW + bytes(3),
    "FS q": b"\x1cq\x01\x01\x00\x01\x00" + NOW + bytes(3),
}


@pytest.mark.parametrize("picture", HIDDEN.values(), ids=HIDDEN.keys())
def test_a_picture_keeps_all_dots_but_one_and_opens_nothing(bench: Bench, picture: bytes) -> None:
    printed = bench.till(b"Menu\n" + picture + CUT)
    assert printed == (b"Menu\n" + picture + CUT).replace(b"\x10\x14", b"\x00\x14")
    assert not find_realtime(printed)


def test_a_pulse_that_starts_in_the_size_of_a_picture_is_broken_too(bench: Bench) -> None:
    rows = 0x1410  # the row count 10 14 is the start of the command
    picture = b"\x1dv0\x00\x01\x00" + two(rows) + b"\x01\x00\x05" + bytes(rows - 3)
    printed = bench.till(b"Menu\n" + picture + CUT)
    assert not find_realtime(printed)
    assert len(printed) == len(b"Menu\n" + picture + CUT)


@pytest.mark.parametrize(
    "job",
    [
        b"x\n" + build.qr(b"abc" + NOW),
        b"x\n\x1b3\x10\x14\x01\x00\x05",
        b"x\n\x1dk\x49\x07{B" + NOW,
        b"x\n" + build.qr(b"ab\x10\x14\x08\x01\x03\x14\x01\x06\x02\x08"),
    ],
    ids=["in a code", "across commands", "in a barcode", "clears the buffer"],
)
def test_a_command_that_hides_where_no_dot_is_stops_the_job(bench: Bench, job: bytes) -> None:
    printed = bench.till(job + CUT)
    assert "HELD BACK" in paper(printed)
    assert not find_realtime(printed)


def test_a_command_that_begins_in_a_setting_and_ends_in_a_job_stops_the_job(bench: Bench) -> None:
    assert bench.till(b"\x1b3\x10") == b"\x1b3\x10"
    assert not find_realtime(b"\x1b3\x10" + bench.till(b"\x14\x01\x00\x05" + CUT))


def test_a_command_made_of_two_settings_is_dropped(bench: Bench) -> None:
    sent = bench.till(b"\x1bc3\x10") + bench.till(b"\x05\x02")
    assert not find_realtime(sent + bench.timer(IDLE))


@given(dots=st.lists(st.sampled_from(b"\x10\x14\x01\x04\x05\x08\x00"), min_size=8, max_size=64))
@example(dots=list(b"\x10\x08\x05\x10\x05\x10\x05\x10\x04\x05\x14"))
@settings(max_examples=200, deadline=None)
def test_no_picture_keeps_a_command_and_none_loses_its_length(dots: list[int]) -> None:
    raw = b"\x1dv0\x00" + two(len(dots)) + two(1) + bytes(dots)
    token = scan(raw)[0]
    clean = harmless_picture(token)
    assert len(clean) == len(raw)
    assert clean[:8] == raw[:8]
    assert not find_realtime(clean)
    changed = [index for index in range(len(raw)) if clean[index] != raw[index]]
    assert len(changed) <= raw.count(0x10)  # a broken command may uncover the one inside it


def test_a_pulse_on_arrival_waits_for_its_receipt_like_any_other(bench: Bench) -> None:
    bench.till(BILL)
    approve_card(bench)
    assert bench.till(NOW) == b""
    assert NOW in bench.till(CARD)
    closed = [effect for effect in bench.session.app_closed() if isinstance(effect, ToDevice)]
    assert closed == []
