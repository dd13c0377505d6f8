"""Hypercom and Credibanco messages: fields as they are counted, and none that is not known."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pos_guard.errors import FrameError
from pos_guard.frames import stx_hypercom as frames
from pos_guard.frames.stx import build as framed
from pos_guard.frames.stx_hypercom import (
    CREDIBANCO,
    HYPERCOM,
    Message,
    Variant,
    build,
    parse,
    parse_request,
)

HEAD = b"6000000000" + b"1020000"
SALE = HEAD + b"\x1c40\x00\x12000000010000\x1c"


def message(code: str, fields: dict[str, bytes], *, rri: str = "0", rc: str = "00") -> Message:
    return Message("6000000000", rri, code, rc, fields)


def test_the_two_kinds_differ_in_separator_and_length() -> None:
    request = message("20", {"40": b"000000010000", "R1": b"INV0001"})
    assert build(request, HYPERCOM) == HEAD + b"\x1c40\x00\x12000000010000\x1cR1\x00\x07INV0001\x1c"
    assert build(request, CREDIBANCO) == HEAD + b"\x1c40\x00\x0c000000010000\x1cR1\x00\x07INV0001"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "header"),
        (HEAD, "framing"),
        (SALE[:-1], "framing"),
        (SALE + b"\x1c", "truncated"),
        (SALE + b"40\x00\x12000000099900\x1c", "duplicate-field"),
        (SALE + b"99\x00\x011\x1c", "unknown-field"),
        (SALE + b"65\x00\x06000001\x1c", "unknown-field"),
        (SALE + b"45\x00\x00\x1c", "field-value"),
        (SALE + b"45\x0a\x011\x1c", "not-bcd"),
        (SALE + b"45\x00\x991\x1c", "truncated"),
        (SALE + b"\x1c5\x00\x011\x1c", "unknown-field"),
        (SALE.replace(b"\x00\x12", b"\x00\x11"), "framing"),
        (SALE.replace(b"000000010000", b"0000000100 0"), "field-value"),
        (SALE.replace(b"000000010000", b"000000000000"), "field-value"),
        (SALE.replace(b"6000", b"6100"), "header"),
        (SALE.replace(b"1020000", b"1120000"), "header"),
        (SALE.replace(b"1020000", b"2020000"), "header"),
        (SALE.replace(b"1020000", b"1020010"), "header"),
        (SALE.replace(b"1020000", b"1020001"), "header"),
        (SALE.replace(b"1020000", b"10\x020000"), "header"),
        (HEAD + b"\x1c", "missing-field"),
        (HEAD.replace(b"20000", b"26000") + b"\x1c40\x00\x12000000010000\x1c", "unknown-field"),
    ],
)
def test_a_request_that_is_not_exactly_in_its_form_is_an_error(body: bytes, code: str) -> None:
    assert parse_request(SALE, HYPERCOM).amount == 10000
    with pytest.raises(FrameError) as caught:
        parse_request(body, HYPERCOM)
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("code", "fields", "meant"),
    [
        ("20", {"40": b"000000001250"}, ("sale", 1250, None)),
        ("70", {"40": b"000000001250", "A1": b"03"}, ("sale", 1250, None)),
        ("27", {"40": b"000000001250", "65": b"000007"}, ("refund", 1250, "000007")),
        ("26", {"65": b"000007"}, ("void", None, "000007")),
        ("74", {}, None),
        ("50", {}, None),
        ("99", {}, None),
    ],
)
def test_what_each_transaction_means(
    code: str, fields: dict[str, bytes], meant: tuple[str, int | None, str | None] | None
) -> None:
    request = parse_request(build(message(code, fields), HYPERCOM), HYPERCOM)
    intent = frames.intent_of(request, HYPERCOM)
    found = None if intent is None else (str(intent.kind), intent.amount, intent.original)
    assert found == meant


def test_credibanco_announces_a_purchase_before_it_makes_one() -> None:
    hello = parse_request(build(message("00", {}, rc="  "), CREDIBANCO), CREDIBANCO)
    assert frames.intent_of(hello, CREDIBANCO) is None
    purchase = message("00", {"40": b"000000100000", "41": b"000000016000"})
    intent = frames.intent_of(parse_request(build(purchase, CREDIBANCO), CREDIBANCO), CREDIBANCO)
    assert intent is not None
    assert (intent.amount, intent.currency) == (100000, "COP")
    with pytest.raises(FrameError):
        parse_request(build(message("20", {"40": b"000000001250"}, rc="  "), HYPERCOM), HYPERCOM)


@pytest.mark.parametrize(
    ("variant", "rc", "result", "approved"),
    [
        (HYPERCOM, "00", None, True),
        (HYPERCOM, "ND", None, False),
        (HYPERCOM, "05", b"00", False),
        (CREDIBANCO, "00", b"00", True),
        (CREDIBANCO, "00", b"51", False),
        (CREDIBANCO, "  ", b"00", True),
    ],
)
def test_what_is_a_yes(variant: Variant, rc: str, result: bytes | None, approved: bool) -> None:
    fields = {} if result is None else {"48": result}
    assert frames.approved(message("20", fields, rri="1", rc=rc), variant) is approved


@pytest.mark.parametrize(("rc", "fields"), [("00", {}), ("51", {"48": b"00"})])
def test_an_answer_that_contradicts_itself_is_neither(rc: str, fields: dict[str, bytes]) -> None:
    with pytest.raises(FrameError):
        frames.approved(message("00", fields, rri="1", rc=rc), CREDIBANCO)


def test_card_numbers_are_masked_in_what_is_shown() -> None:
    answer = message("20", {"02": b"APPROVED", "30": b"4242424242424242"}, rri="1")
    (shown,) = frames.decode(framed(frames.FORMAT, build(answer, HYPERCOM)))
    assert shown.error is None
    assert "4242424242424242" not in str(shown.as_json())
    assert b"4242424242424242".hex() not in str(shown.as_json())
    assert "4242424242424242" in str(shown.as_json(unmask=True))


names = st.from_regex(r"[0-9A-Z]{2}", fullmatch=True)


@given(
    st.sampled_from([HYPERCOM, CREDIBANCO]),
    st.dictionaries(names, st.binary(max_size=60), max_size=8),
)
@settings(max_examples=100, deadline=None)
def test_what_was_built_is_parsed_and_built_again(
    variant: Variant, fields: dict[str, bytes]
) -> None:
    body = build(message("74", fields), variant)
    found = parse(body, variant)
    assert dict(found.fields) == fields
    assert build(found, variant) == body


@given(
    st.sampled_from([HYPERCOM, CREDIBANCO]),
    st.one_of(st.binary(max_size=80), st.binary(max_size=60).map(lambda b: HEAD + b"\x1c" + b)),
)
@settings(max_examples=200, deadline=None)
def test_garbage_is_our_own_error_and_what_is_read_is_what_came(
    variant: Variant, body: bytes
) -> None:
    with suppress(FrameError):
        assert build(parse(body, variant), variant) == body
