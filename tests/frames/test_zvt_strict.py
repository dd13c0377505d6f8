"""Every layout of a money command: what it must hold, what it may, and what it may not."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pos_guard.errors import FrameError, LocalError
from pos_guard.frames import bcd, zvt_build
from pos_guard.frames.zvt import asks_for_reservations, parse
from pos_guard.frames.zvt_apdu import Apdu, single
from pos_guard.frames.zvt_bmp import build_bmps
from pos_guard.frames.zvt_decode import decode
from pos_guard.frames.zvt_intent import intent_of
from pos_guard.frames.zvt_strict import LAYOUTS, Head
from pos_guard.frames.zvt_table import BMP, BOOK_TOTAL, REDUCE, RELEASE, TIP, TLV_TAG, Kind
from pos_guard.model import Intent, IntentKind, Tender

HEADS = {
    Head.NOTHING: b"",
    Head.PASSWORD: bytes.fromhex("123456"),
    Head.MAYBE_PASSWORD: bytes.fromhex("123456"),
    Head.PRODUCT: bytes.fromhex("020601"),
}
SAMPLE = {0x04: bytes.fromhex("000000001250"), 0x87: bytes.fromhex("0042")}


def sample(tag: int) -> bytes:
    size, kind = BMP[tag]
    if tag in SAMPLE:
        return SAMPLE[tag]
    if tag == TLV_TAG:
        return b""
    return bytes(size) if size or kind in (Kind.LL, Kind.LLL) else b""


def command(code: int, *tags: int) -> Apdu:
    body = HEADS[LAYOUTS[code].head] + build_bmps([(tag, sample(tag)) for tag in tags])
    return Apdu.of(code, body)


def refusal(apdu: Apdu) -> str:
    with pytest.raises(FrameError) as caught:
        parse(apdu)
    return caught.value.code


@pytest.mark.parametrize("code", LAYOUTS, ids=hex)
def test_what_a_layout_requires_allows_and_forbids(code: int) -> None:
    layout = LAYOUTS[code]
    required = sorted(layout.required)
    assert parse(command(code, *required)).raw == command(code, *required).raw
    for tag in layout.required:
        rest = [other for other in required if other != tag]
        assert refusal(command(code, *rest)) == "missing-field"
    for tag in BMP:
        extra = command(code, *required, tag)
        if tag in layout.required:
            assert refusal(extra) == "duplicate-field"
        elif tag in layout.allowed:
            assert parse(extra).get(tag) == sample(tag)
        else:
            assert refusal(extra) == "unknown-field"


@pytest.mark.parametrize("code", LAYOUTS, ids=hex)
def test_bytes_behind_letters_and_long_lengths(code: int) -> None:
    good = command(code, *sorted(LAYOUTS[code].required))
    assert refusal(Apdu.of(code, good.body + b"\xfe")) == "unknown-field"
    assert refusal(Apdu.of(code, good.body[:-1] + b"\x0a")) == "not-bcd"
    assert refusal(Apdu.of(code, good.body[:-1])) == "truncated"
    raw = good.raw[:2] + b"\xff" + len(good.body).to_bytes(2, "little") + good.body
    assert refusal(Apdu(code, good.body, raw)) == "not-canonical"


SALE, TIPPED = IntentKind.SALE, IntentKind.TIP
BUILT = {
    "prepaid": (zvt_build.prepaid(206, 1, 1500), Intent(SALE, Tender.CARD, 1500, "EUR")),
    "phone": (zvt_build.telephonic(7, bytes(8)), Intent(SALE, Tender.CARD, 7, "EUR")),
    "reservation": (
        zvt_build.reservation(5000, "CHF"),
        Intent(IntentKind.PREAUTH, Tender.CARD, 5000, "CHF"),
    ),
    "tip": (zvt_build.tip("000000", 7, 100), Intent(TIPPED, Tender.CARD, 100, "EUR", "0007")),
    "tip, no password": (
        zvt_build.tip("", 7, 100),
        Intent(TIPPED, Tender.CARD, 100, "EUR", "0007"),
    ),
    "all": (
        zvt_build.of_reservation(BOOK_TOTAL, 9),
        Intent(IntentKind.COMPLETION, Tender.CARD, None, "EUR", "0009"),
    ),
    "release": (
        zvt_build.of_reservation(RELEASE, 9, 5000),
        Intent(IntentKind.PREAUTH_VOID, Tender.CARD, 5000, "EUR", "0009"),
    ),
    "open?": (zvt_build.open_reservations(), None),
    "reduce": (zvt_build.reduce(1000), None),
}


@pytest.mark.parametrize(("raw", "intent"), BUILT.values(), ids=BUILT.keys())
def test_what_it_means(raw: bytes, intent: Intent | None) -> None:
    assert intent_of(parse(single(raw)), "EUR") == intent


def test_a_password_that_looks_like_a_field_is_not_guessed_at() -> None:
    fields = build_bmps([(0x87, b"\0\x07"), (0x04, bytes(6))])
    assert refusal(Apdu.of(TIP, bytes.fromhex("870042") + fields)) == "duplicate-field"
    assert refusal(Apdu.of(TIP, bytes.fromhex("040000") + fields)) != "missing-field"


def test_the_lower_amount_and_the_enquiry() -> None:
    assert parse(single(bytes.fromhex("849d0704000000002200"))).amount == 2200
    assert asks_for_reservations(single(bytes.fromhex("06230387ffff")))
    assert not asks_for_reservations(single(bytes.fromhex("06230a87ffff04000000000100")))
    assert refusal(single(bytes.fromhex("06230a87ffff04000000000100"))) == "not-bcd"


def test_a_top_up_shows_its_product() -> None:
    (message,) = decode(zvt_build.prepaid(206, 1, 1500))
    assert message.fields["product"] == "0206"
    assert message.fields["payment_mode"] == "01"
    assert message.fields["04"] == 1500


def test_what_does_not_fit_its_element_is_not_built() -> None:
    for tag, value in ((0x04, b"\x00"), (0x22, bytes(100)), (0x3C, bytes(1000))):
        with pytest.raises(LocalError):
            build_bmps([(tag, value)])


@given(st.sampled_from(sorted(LAYOUTS)), st.binary(max_size=40))
@settings(max_examples=300, deadline=None)
def test_garbage_in_a_money_command_is_a_frame_error_or_reads_back(code: int, body: bytes) -> None:
    unit = Apdu.of(code, body)
    try:
        read = parse(unit)
    except FrameError:
        return
    if read.amount is not None and code != REDUCE:
        assert bcd.from_int(read.amount, 6) in body
    head = (read.password or b"") + read.text
    assert head + build_bmps([(item.tag, item.value) for item in read.fields]) == body
