"""The printer link with a real guard: what reaches the paper, and when."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pos_guard.frames import escpos_build as build
from pos_guard.frames.receipt_text import claims
from pos_guard.links.printer import HOLD, IDLE
from pos_guard.links.printer_settings import MAX_JOB, PrinterSettings
from pos_guard.links.session import SetTimer, ToApp, ToDevice
from pos_guard.model import Source
from pos_guard.money import Money
from pos_guard.own_codes import OwnKind
from pos_guard.policy.verdict import Mode
from tests.links.printer_rig import (
    BILL,
    CARD,
    CASH,
    CHINESE,
    CUT,
    PULSE,
    Bench,
    paper,
    pay_by_card,
)
from tests.shop import Shop, shop


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Shop]:
    made = shop(tmp_path)
    yield made
    made.store.close()


@pytest.fixture
def bench(place: Shop) -> Bench:
    return Bench(place)


def test_a_bill_is_printed_unchanged_and_tells_what_is_owed(bench: Bench) -> None:
    assert bench.till(BILL) == BILL
    order = bench.shop.guard.context().order
    assert order is not None
    assert (order.value.key, order.value.total) == ("A-17", Money(1250, "EUR"))
    assert order.source is Source.BILL


def test_a_bill_sent_byte_by_byte_is_the_same_bill(bench: Bench) -> None:
    sent = b"".join(bench.till(bytes([byte])) for byte in BILL)
    assert sent == BILL
    assert bench.shop.guard.context().order is not None


def test_nothing_of_a_receipt_leaves_before_its_cut(bench: Bench) -> None:
    pay_by_card(bench)
    assert bench.till(CARD[: -len(CUT)]) == b"\x1b@"
    assert b"PAID" in bench.till(CUT)


def test_paid_before_payment_is_held_back_with_a_slip(bench: Bench) -> None:
    bench.till(BILL)
    printed = bench.till(CARD)
    assert "NOT PAID" in paper(printed)
    assert "TOTAL" not in paper(printed)
    assert printed.count(b"\x1dV") == 1
    assert bench.told() == ["DENY"]


def test_a_shop_may_do_without_the_slip(place: Shop) -> None:
    bench = Bench(place, PrinterSettings(refused="drop"))
    bench.till(BILL)
    assert bench.till(CARD) == b"\x1b@"
    assert bench.told() == ["DENY"]


def test_settings_of_a_refused_job_still_reach_the_printer(place: Shop) -> None:
    bench = Bench(place, PrinterSettings(refused="drop"))
    assert bench.till(b"x\n\x1bt\x13PAID\n\x1bE\x01" + CUT) == b"\x1bt\x13\x1bE\x01"


def test_after_payment_the_receipt_passes_with_the_sale_code_before_its_cut(bench: Bench) -> None:
    sale_id = pay_by_card(bench)
    printed = bench.till(CARD)
    assert printed.startswith(CARD[: -len(CUT)])
    assert printed.endswith(CUT)
    assert bench.shop.guard.own_codes.make(OwnKind.SALE, sale_id).encode() in printed
    assert f"Sale {sale_id}" in paper(printed)
    assert bench.told() == []


def test_copies_are_numbered_and_later_ones_are_reprints(bench: Bench) -> None:
    pay_by_card(bench)
    bench.till(CARD)
    second, third = bench.till(CARD), bench.till(CARD)
    assert "COPY 2" in paper(second)
    assert paper(second).index("COPY 2") < paper(second).index("Order")
    assert b"PGSALE" not in second
    assert "REPRINT 1" in paper(third)
    assert bench.told() == ["WARN"]


def test_the_copy_mark_leaves_the_tills_style_as_it_was(bench: Bench) -> None:
    pay_by_card(bench)
    bench.till(CARD)
    copy = bench.till(b"\x1b@\x1d!\x11\x1ba\x02" + CARD[2:])
    mark, _, rest = copy.partition(b"COPY 2 /\n")
    assert b"\x1d!\x00" in mark
    assert rest.startswith(b"\x1bE\x00\x1ba\x00\x1d!\x11\x1ba\x02Order")


def test_marks_are_chinese_where_the_printer_is(place: Shop) -> None:
    bench = Bench(place, CHINESE)
    pay_by_card(bench)
    bench.till(CARD)
    assert "COPY 2 / 副本 2" in paper(bench.till(CARD), "gb18030")
    assert "重打印 1" in paper(bench.till(CARD), "gb18030")


def test_a_two_byte_mode_printer_gets_its_chinese_and_keeps_its_mode(place: Shop) -> None:
    bench = Bench(place, PrinterSettings(kanji_on=True))
    held = bench.till(b"\x1c.PAID\n" + CUT)
    assert b"\x1c&" + "未付款".encode("gb18030") + b"\x1c." in held


def test_the_chinese_slip_says_what_to_do(place: Shop) -> None:
    bench = Bench(place, CHINESE)
    text = paper(bench.till("合计 12.50\n已支付\n".encode("gb18030") + CUT), "gb18030")
    assert "NOT PAID 未付款" in text
    assert "请先收款" in text.replace("\n", "")


@pytest.mark.parametrize("total", ["125.00", "1.25", "12.51"])
def test_a_paid_receipt_with_a_wrong_total_is_stopped(bench: Bench, total: str) -> None:
    pay_by_card(bench)
    printed = paper(bench.till(CARD.replace(b"12.50", total.encode())))
    assert "HELD BACK" in printed
    assert "Order" not in printed
    assert bench.told() == ["DENY"]


def test_cash_counts_when_the_job_opens_the_drawer_first(bench: Bench) -> None:
    bench.till(BILL)
    assert b"PAID" in bench.till(PULSE + CASH)


def test_cash_counts_when_the_drawer_opens_after_the_cut(bench: Bench) -> None:
    bench.till(BILL)
    assert bench.till(CASH) == b""
    printed = bench.till(PULSE)
    assert b"PAID" in printed
    assert PULSE in printed


def test_cash_without_the_drawer_is_held_back_and_the_next_job_starts_anew(bench: Bench) -> None:
    bench.till(BILL)
    assert bench.till(CASH) == b""
    printed = bench.till(b"Kitchen: 1 Latte\n" + CUT)
    assert "NOT PAID" in paper(printed)
    assert "Kitchen" in paper(printed)
    assert PULSE not in printed


def test_a_refused_receipt_opens_no_drawer(bench: Bench) -> None:
    bench.till(BILL)
    assert PULSE not in bench.till(PULSE + CARD)


def test_the_drawer_alone_stays_shut_without_a_reason(bench: Bench) -> None:
    assert bench.till(PULSE) == b""
    assert bench.timer(IDLE) == b""
    assert bench.told() == ["DENY"]


def test_neither_bill_nor_receipt_passes_unchanged(bench: Bench) -> None:
    ticket = b"\x1b@Kitchen\n2 x Latte\n\x1bd\x02" + CUT
    assert bench.till(ticket) == ticket
    assert bench.shop.guard.context().order is None


def test_status_requests_do_not_wait_for_a_held_job_and_are_not_repeated(bench: Bench) -> None:
    assert bench.till(b"Kitchen\n") == b""
    assert bench.till(b"\x10\x04\x01") == b"\x10\x04\x01"
    assert bench.till(CUT) == b"Kitchen\n" + CUT
    assert bench.session.device_data(b"\x16") == [ToApp(b"\x16")]


def test_settings_pass_at_once_outside_a_job(bench: Bench) -> None:
    assert (
        bench.till(b"\x1b@\x1bt\x00\x1ba\x01\n\x1dI\x01") == b"\x1b@\x1bt\x00\x1ba\x01\n\x1dI\x01"
    )


def test_without_a_cut_the_pause_ends_the_job(bench: Bench) -> None:
    assert bench.till(b"Kitchen\n") == b""
    assert SetTimer(IDLE, 0.5) in bench.effects
    assert bench.timer(IDLE) == b"Kitchen\n"
    assert bench.timer(IDLE) == b""


def test_the_end_of_the_connection_ends_the_job_without_an_unfinished_command(
    bench: Bench,
) -> None:
    bench.till(b"Kitchen\n\x1dv0\x00\x08")
    sent = [effect for effect in bench.session.app_closed() if isinstance(effect, ToDevice)]
    assert sent == [ToDevice(b"Kitchen\n")]


def test_a_job_held_for_too_long_is_judged_on_what_is_there(bench: Bench) -> None:
    bench.till(b"TOTAL 12.50\nPAID\n")
    assert "NOT PAID" in paper(bench.timer(HOLD))
    assert bench.till(b"Thank you\n" + CUT) == b"Thank you\n" + CUT


def test_a_job_over_the_bound_is_judged_on_what_is_there(bench: Bench) -> None:
    printed = bench.till(b"TOTAL 12.50\nPAID\n" + b"x" * MAX_JOB)
    assert b"xxx" not in printed
    assert bench.told() == ["DENY"]


def test_a_command_that_no_printer_takes_is_dropped_whole(bench: Bench) -> None:
    size = (2 << 20).to_bytes(4, "little")
    huge = b"\x1d8L" + size + b"0p" + b"\x00" * ((2 << 20) - 2)
    assert bench.till(huge + b"Kitchen\n" + CUT) == b"Kitchen\n" + CUT
    assert bench.told() == ["DENY_LOCKED"]


def test_a_word_printed_in_two_jobs_is_still_one_word(bench: Bench) -> None:
    assert bench.till(b"TOTAL 12.50\nPA") == b""
    assert bench.timer(IDLE) != b""
    printed = bench.till(b"ID\n" + CUT)
    assert not printed.startswith(b"ID")
    assert bench.told() == ["DENY"]


def test_words_hidden_behind_styles_are_read_as_printed(bench: Bench) -> None:
    printed = bench.till(b"TOTAL 12.50\nP\x1bE\x01A\x1bE\x00ID\n" + CUT)
    assert "NOT PAID" in paper(printed)


@pytest.mark.parametrize("pause", [False, True])
def test_a_denial_that_a_reset_clears_from_the_line_is_no_denial(bench: Bench, pause: bool) -> None:
    bench.till(b"TOTAL 12.50\nNOT ")
    if pause:
        bench.timer(IDLE)
    printed = bench.till(b"\x1b@PAID\n" + CUT)
    assert "The receipt was not printed" in paper(printed)
    assert bench.told() == ["DENY"]


def test_an_unreadable_bill_is_printed_and_said(bench: Bench) -> None:
    bill = b"TOTAL 12.50\nTOTAL 125.00\n" + CUT
    assert bench.till(bill) == bill
    assert bench.told() == ["WARN"]
    assert bench.shop.guard.context().order is None


def test_the_display_passes_at_once_and_its_total_is_context(bench: Bench) -> None:
    shown = b"\x1b=\x02\x0cLatte           5.00TOTAL          12.50\x1b=\x01"
    assert bench.till(shown) == shown
    order = bench.shop.guard.context().order
    assert order is not None
    assert (order.value.total, order.source) == (Money(1250, "EUR"), Source.DISPLAY)


def test_a_display_that_repeats_its_total_says_it_once(bench: Bench) -> None:
    shown = b"\x1b=\x02\x0cTOTAL 12.50\x1b=\x01"
    bench.till(shown)
    before = bench.shop.guard.context().order
    bench.shop.clock.advance(5)
    bench.till(shown)
    assert bench.shop.guard.context().order == before


def test_the_display_does_not_wait_for_a_held_job(bench: Bench) -> None:
    assert bench.till(b"Kitchen\n") == b""
    shown = b"\x1b=\x02\x0cPlease wait\x1b=\x01"
    assert bench.till(shown) == shown
    assert bench.till(CUT) == b"Kitchen\n" + CUT


def test_a_job_that_ends_while_the_display_is_selected_goes_to_the_printer(bench: Bench) -> None:
    bench.till(b"Kitchen\n\x1b=\x02Hello")
    assert bench.timer(IDLE) == b"\x1b=\x01Kitchen\n\x1b=\x02"


def test_text_for_both_devices_is_held_as_paper(bench: Bench) -> None:
    assert bench.till(b"\x1b=\x03TOTAL 12.50\nPAID\n") == b""
    assert "NOT PAID" in paper(bench.till(CUT))


def test_without_a_display_its_text_is_paper(place: Shop) -> None:
    bench = Bench(place, PrinterSettings(display=False))
    assert bench.till(b"\x1b=\x02TOTAL 12.50\nPAID\n") == b""
    assert "NOT PAID" in paper(bench.till(CUT))


def test_a_payment_code_of_somebody_else_is_not_printed(bench: Bench) -> None:
    code = build.qr(b"wxp://f2f0sJXC1jKdJzqm2Gz0CAZ8Y8vT5qZ0Example")
    printed = bench.till(b"Scan to pay\n" + code + CUT)
    assert b"wxp://" not in printed
    assert bench.told() == ["DENY"]


def test_an_ordinary_code_on_paper_is_printed(bench: Bench) -> None:
    job = b"Survey\n" + build.qr(b"https://example.com/survey") + CUT
    assert bench.till(job) == job


def test_pictures_pass_or_are_held_as_the_shop_says(place: Shop) -> None:
    picture = b"\x1dv0\x00\x01\x00\x01\x00\xff" + CUT
    assert Bench(place).till(picture) == picture
    strict = Bench(place, PrinterSettings(opaque="refuse"))
    assert "HELD BACK" in paper(strict.till(picture))
    assert strict.till(b"Kitchen\n" + picture) == b"Kitchen\n" + picture


def test_nothing_is_printed_late_when_the_printer_comes_back(bench: Bench) -> None:
    pay_by_card(bench)
    bench.session.device_closed()
    assert bench.till(CARD) == b""
    assert bench.told() == ["WARN"]
    assert bench.session.device_connected() == []
    assert bench.timer(IDLE) == b""
    first = bench.till(CARD)
    assert "COPY" not in paper(first)
    assert b"PAID" in first


def test_a_bill_for_an_absent_printer_still_says_what_is_owed(place: Shop) -> None:
    bench = Bench(place)
    bench.session.device_closed()
    assert bench.till(BILL) == b""
    assert bench.shop.guard.context().order is not None


def test_in_observe_mode_the_same_bytes_reach_the_printer(tmp_path: Path) -> None:
    place = shop(tmp_path / "observe", mode=Mode.OBSERVE)
    bench = Bench(place)
    bench.till(BILL)
    assert b"PAID" in bench.till(CARD)
    place.store.close()


PIECES = st.sampled_from(
    [
        *(b"TOTAL 12.50\n", b"PAID", b"PA", b"ID", b"P", b"A", b"NOT ", b"UN", b" ", b"\n"),
        *("已支付".encode("gb18030"), "已".encode("gb18030"), "支付".encode("gb18030")),
        *(b"CARD 12.50\n", b"\x1b@", b"\x1bE\x01", b"\x1ba\x01", b"\x1bd\x01", b"\x10\x04\x01"),
        *(CUT, PULSE, b"\x1di", b"\x1b=\x03", b"\x1b=\x01", b"\x1dk\x04AB\x00", b"\x1d(k\x03"),
        *(b"\x00", b"\x1b", b"\x1dv0\x00\x01\x00\x01\x00\xff", b"\x1bt\x10", b"\x09"),
    ]
)


@given(steps=st.lists(st.tuples(PIECES, st.sampled_from(["", "", "", IDLE, HOLD])), max_size=12))
@settings(max_examples=150, deadline=None)
def test_no_way_of_sending_it_prints_paid_before_payment(
    steps: list[tuple[bytes, str]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    place = _unpaid_shop(tmp_path_factory)
    bench = Bench(place, PrinterSettings(encoding="gb18030", refused="drop"))
    printed = b""
    for data, timer in steps:
        printed += bench.till(data)
        if timer:
            printed += bench.timer(timer)
    for effect in bench.session.app_closed():
        printed += effect.data if isinstance(effect, ToDevice) else b""
    assert not claims(paper(printed, "gb18030")), printed


NOISE = st.sampled_from(
    [b"", b"", b"\x1b@", b"\x1bE\x01", b"\x10\x04\x01", b"\x00", PULSE, b"\x1b=\x01", b"\x1bt\x00"]
)


@given(
    claim=st.sampled_from(["PAID", "已支付", "支付成功", "P A I D"]),
    gaps=st.lists(st.tuples(NOISE, st.sampled_from(["", IDLE, HOLD])), min_size=8, max_size=8),
)
@settings(max_examples=100, deadline=None)
def test_a_claim_cut_to_pieces_is_still_a_claim(
    claim: str, gaps: list[tuple[bytes, str]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    bench = Bench(
        _unpaid_shop(tmp_path_factory), PrinterSettings(encoding="gb18030", refused="drop")
    )
    printed = b""
    for sign, (noise, timer) in zip(claim, gaps, strict=False):
        printed += bench.till(sign.encode("gb18030") + noise)
        printed += bench.timer(timer) if timer else b""
    printed += bench.till(b"\n" + CUT)
    assert not claims(paper(printed, "gb18030")), printed


@pytest.mark.parametrize(
    "command",
    [b"\x1bp\x02\x00\x00", b"\x10\x14\x01\x07\x01", b"\x1b=\xff"],
    ids=["no such drawer", "no such pulse", "every device"],
)
def test_a_command_with_values_that_do_not_exist_breaks_nothing(
    bench: Bench, command: bytes
) -> None:
    assert command in bench.till(b"Kitchen\n" + command + b"\n" + CUT)


def test_paper_with_a_code_that_cannot_be_read_is_held_back(bench: Bench) -> None:
    malformed = b"\x1d(k\x05\x00\x31\x50\x07ab"
    assert malformed not in bench.till(b"Kitchen\n" + malformed + b"\n" + CUT)
    assert bench.told() == ["DENY"]


@example(data=b"\x1bp\x02\x00\x00")
@given(data=st.binary(max_size=200))
@settings(max_examples=100, deadline=None)
def test_any_bytes_pass_or_are_held_but_never_break_the_link(
    data: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    bench = Bench(_unpaid_shop(tmp_path_factory))
    bench.till(data)
    bench.timer(IDLE)
    bench.session.app_closed()
    ticket = b"Kitchen\n" + CUT
    assert bench.till(b"\x1b=\x01" + ticket).endswith(ticket)


_SHOPS: list[Shop] = []


def _unpaid_shop(factory: pytest.TempPathFactory) -> Shop:
    """One shop for all examples: nothing in it is ever paid."""
    if not _SHOPS:
        _SHOPS.append(shop(factory.mktemp("unpaid")))
    return _SHOPS[0]


@pytest.fixture(scope="module", autouse=True)
def _close_shops() -> Iterator[None]:
    yield
    while _SHOPS:
        _SHOPS.pop().store.close()
