"""What becomes of paper that may not be printed, and of paper that nobody can read."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pos_guard.frames import escpos_build as build
from pos_guard.links.printer import HOLD, IDLE, RESULT
from pos_guard.links.printer_job import BANNER_LINES
from pos_guard.links.printer_settings import MAX_JOB, PrinterSettings
from pos_guard.links.session import ToDevice
from tests.links.printer_rig import BILL, CARD, CUT, PULSE, Bench, approve_card, paper, pay_by_card
from tests.shop import Shop, shop

PICTURE = b"\x1dv0\x00\x01\x00\x01\x00\xff"
KITCHEN = b"Kitchen: 2 x Latte\n" + CUT


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Shop]:
    made = shop(tmp_path)
    yield made
    made.store.close()


# -- banner ---------------------------------------------------------------------------------------


@pytest.fixture
def bannered(place: Shop) -> Bench:
    bench = Bench(place, PrinterSettings(refused="banner"))
    bench.till(BILL)
    return bench


def test_a_refused_receipt_is_printed_between_two_banners(bannered: Bench) -> None:
    lines = paper(bannered.till(CARD)).split()
    assert "CARD" in lines
    assert lines.index("UNPAID") < lines.index("Order:")
    assert "UNPAID" in lines[lines.index("PAID") :]
    assert bannered.told() == ["DENY"]


def test_the_lower_banner_stands_before_the_cut(bannered: Bench) -> None:
    printed = bannered.till(CARD)
    assert printed.count(CUT) == 1
    assert printed.rindex(b"UNPAID") < printed.index(CUT)


def test_a_long_receipt_has_no_piece_without_a_banner(bannered: Bench) -> None:
    items = b"".join(b"Item %d\n" % number for number in range(3 * BANNER_LINES))
    text = paper(bannered.till(items + CARD))
    pieces = text.split("UNPAID")
    assert len(pieces) >= 5
    assert max(piece.count("\n") for piece in pieces) <= BANNER_LINES + 4


HIDING = {
    "white on black": b"\x1dB\x01",
    "size of its own": b"\x1d!\x77",
    "upside down": b"\x1b{\x01",
    "narrow page": b"\x1dW\x01\x00",
    "far right": b"\x1dL\xff\x01",
    "no line feed": b"\x1b3\x00",
    "letters of its own": b"\x1b%\x01",
    "small letters": b"\x1bM\x01",
    "wide gaps": b"\x1b \x30",
    "turned": b"\x1bV\x01",
}


@pytest.mark.parametrize("code", HIDING.values(), ids=HIDING.keys())
def test_no_style_of_the_till_reaches_into_the_banner(bannered: Bench, code: bytes) -> None:
    printed = bannered.till(code + b"x\n" + CARD[2:])
    last = printed[: printed.rindex(b"UNPAID")]
    undone = {0x57: b"\x1dW\x00\x02", 0x33: b"\x1b2", 0x4C: b"\x1dL\x00\x00"}.get(
        code[1], code[:2] + b"\x00"
    )
    assert last.rindex(undone) > last.rindex(code)
    assert printed[printed.rindex(b"UNPAID") :].count(code) == 1  # and is there again afterwards


def test_a_refused_receipt_under_a_banner_opens_no_drawer(bannered: Bench) -> None:
    printed = bannered.till(PULSE + CARD)
    assert "UNPAID" in paper(printed)
    assert PULSE not in printed


@pytest.mark.parametrize(
    "back", [b"\x1bK\x30", b"\x1be\x02", b"\x1bL"], ids=["units back", "lines back", "page mode"]
)
def test_what_could_cover_the_banner_gets_a_slip_instead(bannered: Bench, back: bytes) -> None:
    text = paper(bannered.till(b"SHOP\n" + back + CARD[2:]))
    assert "The receipt was not printed" in text
    assert "CARD" not in text


def test_a_strangers_code_is_not_printed_under_a_banner_either(bannered: Bench) -> None:
    code = build.qr(b"wxp://f2f0sJXC1jKdJzqm2Gz0CAZ8Y8vT5qZ0Example")
    printed = bannered.till(b"Scan to pay\n" + code + CUT)
    assert b"wxp://" not in printed
    assert "HELD BACK" in paper(printed)


def test_a_receipt_with_a_wrong_amount_is_marked_as_not_valid(bannered: Bench) -> None:
    approve_card(bannered)
    text = paper(bannered.till(CARD.replace(b"12.50", b"125.00")))
    assert text.count("NOT VALID") == 2
    assert "UNPAID" not in text


def test_the_banner_is_chinese_where_the_printer_is(place: Shop) -> None:
    bench = Bench(place, PrinterSettings(refused="banner", encoding="gb18030"))
    assert paper(bench.till(CARD), "gb18030").count("UNPAID 未付款") == 2


# -- hold -----------------------------------------------------------------------------------------


@pytest.fixture
def holding(place: Shop) -> Bench:
    bench = Bench(place, PrinterSettings(refused="hold", wait_ms=3000))
    bench.till(BILL)
    return bench


def test_a_receipt_that_comes_too_early_is_printed_once_it_is_paid(holding: Bench) -> None:
    assert holding.till(CARD) == b"\x1b@"
    assert holding.told() == ["WARN"]
    assert holding.timer(RESULT) == b""
    sale_id = approve_card(holding)
    printed = holding.timer(RESULT)
    assert printed.startswith(CARD[2 : -len(CUT)])
    assert f"Sale {sale_id}" in paper(printed)
    assert "COPY 2" in paper(holding.till(CARD))


def test_without_the_payment_there_is_a_slip_in_the_end(holding: Bench) -> None:
    holding.till(CARD)
    printed = b""
    for _ in range(20):
        if RESULT not in holding.timers():
            break
        printed += holding.timer(RESULT)
    assert "The receipt was not printed" in paper(printed)
    assert holding.timer(RESULT) == b""


def test_another_order_that_is_paid_is_not_enough(holding: Bench) -> None:
    holding.till(CARD.replace(b"A-17", b"A-18"))
    approve_card(holding)
    assert holding.timer(RESULT) == b""
    assert RESULT in holding.timers()


def test_what_comes_meanwhile_is_printed_after_it_in_order(holding: Bench) -> None:
    holding.till(CARD)
    assert holding.till(KITCHEN + b"\x1b!\x10" + b"Second\n" + CUT) == b""
    assert holding.timer(IDLE) == b""
    approve_card(holding)
    text = paper(holding.timer(RESULT))
    assert text.index("PAID") < text.index("Kitchen") < text.index("Second")


def test_a_second_early_receipt_waits_behind_the_first(holding: Bench) -> None:
    other = CARD.replace(b"A-17", b"A-18")
    holding.till(CARD + other + KITCHEN)
    approve_card(holding)
    text = paper(holding.timer(RESULT))
    assert "A-17" in text
    assert "A-18" not in text
    assert "Kitchen" not in text
    assert RESULT in holding.timers()


def test_status_and_display_do_not_wait_for_a_payment(holding: Bench) -> None:
    holding.till(CARD)
    assert holding.till(b"\x10\x04\x02") == b"\x10\x04\x02"
    shown = b"\x1b=\x02\x0cPlease pay\x1b=\x01"
    assert holding.till(shown) == shown
    approve_card(holding)
    assert "PAID" in paper(holding.timer(RESULT))


def test_a_till_that_hangs_up_still_gets_its_receipt(holding: Bench) -> None:
    holding.till(CARD)
    assert [effect for effect in holding.session.app_closed() if isinstance(effect, ToDevice)] == []
    approve_card(holding)
    assert "PAID" in paper(holding.timer(RESULT))


def test_nothing_that_waits_is_printed_late_by_a_printer_that_comes_back(holding: Bench) -> None:
    holding.till(CARD)
    holding.took(holding.session.device_closed())
    approve_card(holding)
    assert holding.session.device_connected() == []
    assert holding.timer(RESULT) == b""
    assert "COPY" not in paper(holding.till(CARD))


def test_more_than_can_wait_ends_the_wait(holding: Bench) -> None:
    holding.till(CARD)
    text = paper(holding.till(b"x" * (MAX_JOB + 1) + KITCHEN))
    assert "The receipt was not printed" in text
    assert "Kitchen" in text


def test_a_strangers_code_does_not_wait(holding: Bench) -> None:
    code = build.qr(b"wxp://f2f0sJXC1jKdJzqm2Gz0CAZ8Y8vT5qZ0Example")
    assert "HELD BACK" in paper(holding.till(code + CUT))


# -- the bound ------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["timer", "size"])
def test_an_endless_job_is_not_printed_where_the_shop_says_so(place: Shop, how: str) -> None:
    bench = Bench(place, PrinterSettings(bound="refuse"))
    printed = bench.till(b"Kitchen\n" + b"x" * (MAX_JOB if how == "size" else 0))
    if how == "timer":
        printed = bench.timer(HOLD)
    assert "HELD BACK" in paper(printed)
    assert "Kitchen" not in paper(printed)


def test_a_flood_of_tiny_commands_is_a_long_job_too(place: Shop) -> None:
    bench = Bench(place, PrinterSettings(bound="refuse"))
    assert "HELD BACK" in paper(bench.till(b"x" + b"\n" * (MAX_JOB // 32)))


def test_a_flood_of_tiny_commands_does_not_wait_for_ever_either(holding: Bench) -> None:
    holding.till(CARD)
    assert "The receipt was not printed" in paper(holding.till(b"\r" * (MAX_JOB // 32 + 1)))


# -- what nobody can read -------------------------------------------------------------------------

OPAQUE = [
    # opaque, partly, job, paid, printed
    ("allow", "allow", PICTURE, False, True),
    ("judge", "allow", PICTURE, False, False),
    ("judge", "allow", PICTURE, True, True),
    ("refuse", "allow", PICTURE, True, False),
    ("refuse", "allow", b"Menu\n" + PICTURE, False, True),
    ("allow", "judge", b"Menu\n" + PICTURE, False, False),
    ("allow", "judge", b"Menu\n" + PICTURE, True, True),
    ("allow", "refuse", b"Menu\n" + PICTURE, True, False),
    ("refuse", "refuse", b"Menu\n", False, True),
]


@pytest.mark.parametrize(("opaque", "partly", "job", "is_paid", "printed"), OPAQUE)
def test_pictures_are_allowed_judged_or_refused(
    place: Shop, opaque: str, partly: str, job: bytes, *, is_paid: bool, printed: bool
) -> None:
    settings = PrinterSettings(opaque=opaque, partly=partly)  # type: ignore[arg-type]  # a table
    bench = Bench(place, settings)
    if is_paid:
        pay_by_card(bench)
    else:
        bench.till(BILL)
    assert (job in bench.till(job + CUT)) is printed


def test_a_judged_picture_is_a_copy_like_any_other(place: Shop) -> None:
    bench = Bench(place, PrinterSettings(opaque="judge"))
    pay_by_card(bench)
    assert "Sale" in paper(bench.till(PICTURE + CUT))
    assert "COPY 2" in paper(bench.till(PICTURE + CUT))


@pytest.mark.parametrize(
    "drawn",
    [
        b"\x1b&\x03AA\x01\xff\xff\xff\x1b%\x01AAAA\n",
        b"\x1b&\x03AA\x01\xff\xff\xff" + CUT + b"\x1b%\x01AAAA\n",
    ],
    ids=["one job", "two jobs"],
)
def test_letters_that_the_till_has_drawn_are_no_text(place: Shop, drawn: bytes) -> None:
    bench = Bench(place)
    bench.till(BILL)
    assert "The receipt was not printed" in paper(bench.till(drawn + CUT))


def test_a_sign_of_its_own_beside_letters_is_no_disguise(place: Shop) -> None:
    job = b"\x1b&\x03~~\x01\xff\xff\xff\x1b%\x01Latte ~ 5\n" + CUT
    assert Bench(place).till(job) == job


def test_letters_are_letters_again_after_a_reset(place: Shop) -> None:
    bench = Bench(place)
    bench.till(b"\x1b&\x03AA\x01\xff\xff\xff\x1b%\x01" + CUT)
    job = b"AAAA\n" + CUT
    assert bench.till(b"\x1b@" + job) == b"\x1b@" + job


def test_a_macro_prints_what_was_recorded(place: Shop) -> None:
    bench = Bench(place)
    bench.till(BILL)
    bench.till(b"\x1d:ID\n\x1d:" + CUT)
    printed = bench.till(b"TOTAL 12.50\nPA\x1d^\x01\x00\x00" + CUT)
    assert "The receipt was not printed" in paper(printed)
