"""Transbank messages: strict where money moves, and what a reply says."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pos_guard.errors import FrameError
from pos_guard.frames import stx_transbank as frames
from pos_guard.frames.stx import build
from pos_guard.frames.stx_transbank import decode, intent_of, parse_reply, parse_request

YES = b"0210|00|597029414300|ABCD1234|T1|XZ1234|15000|0||6677|60|CR||||28102019|223512|1|0|"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"0200|", "field-count"),
        (b"0200|1500|T1||0|", "field-count"),
        (b"0200|1500|T1|||0", "field-count"),
        (b"0200|1500|T1|||0||", "field-count"),
        (b"0200|1500|T1|||2|", "field-value"),
        (b"0200|1500|T1|x||0|", "field-value"),
        (b"0200|1500|1234567|||0|", "field-value"),
        (b"0200|1234567890|T1|||0|", "field-value"),
        (b"0200|0|T1|||0|", "field-value"),
        (b"0200||T1|||0|", "field-value"),
        (b"0200|-50|T1|||0|", "field-value"),
        (b"0200|15.0|T1|||0|", "field-value"),
        (b"0200|\xb2\xb3|T1|||0|", "field-value"),
        (b"0200|1500|T\x001|||0|", "not-text"),
        (b"0200 1500", "field-count"),
        (b"0270|5000|T1|||0|", "field-count"),
        (b"0270|5000|T1|||0|59702941430X|", "field-value"),
        (b"1200|", "field-count"),
        (b"1200", "field-count"),
        (b"1200|10", "field-count"),
        (b"1200|10|50|", "field-count"),
        (b"1200|1234567|", "field-value"),
        (b"1200| 10|", "field-value"),
        (b"0250|x", "field-count"),
        (b"0500|", "field-count"),
        (b"02", "truncated"),
        (b"02A0|1|", "unknown-field"),
        (b"1300" + b"|" * 40, "field-count"),
    ],
)
def test_a_request_that_is_not_exactly_in_its_form_is_an_error(body: bytes, code: str) -> None:
    with pytest.raises(FrameError) as caught:
        parse_request(body)
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("body", "money", "known"),
    [
        (b"0200|1500|T1|||1|", True, True),
        (b"0270|1500|T1|| |0|597029414301|", True, True),
        (b"1200|000123|", True, True),
        (b"0280|1", False, True),
        (b"0290|0|", False, True),
        (b"0800|", False, True),
        (b"1300|10|", False, False),
    ],
)
def test_what_moves_money_and_what_is_known(body: bytes, money: bool, known: bool) -> None:
    request = parse_request(body)
    assert (request.money, request.known) == (money, known)
    assert (intent_of(request) is not None) == money


def test_a_multicode_sale_pays_the_merchant_that_it_names() -> None:
    intent = intent_of(parse_request(b"0270|5000|T1|||0|597029414301|"))
    assert intent is not None
    assert (intent.amount, intent.currency, intent.payee) == (5000, "CLP", "597029414301")


def test_a_yes_says_what_was_moved_and_under_which_number() -> None:
    reply = parse_reply(YES)
    assert (reply.approved, reply.amount, reply.operation) == (True, 15000, "60")
    assert (reply.terminal, reply.commerce) == ("ABCD1234", "597029414300")


@pytest.mark.parametrize("code", [f"{code:02d}" for code in range(1, 100)])
def test_every_code_but_00_is_a_no(code: str) -> None:
    assert not parse_reply(YES.replace(b"|00|", f"|{code}|".encode(), 1)).approved


@pytest.mark.parametrize(
    "body",
    [
        b"0210|",
        b"0210|0|",
        b"0210|000|",
        b"0210|0x|",
        b"0210|00|597029414300|ABCD1234|",
        YES.replace(b"|15000|", b"|15OOO|"),
        YES.replace(b"|15000|", b"||"),
        YES.replace(b"|60|", b"|1234567|"),
        b"1210|00|597029414300|ABCD1234|XZ1234|",
        b"1210|\xb2\xb3|597029414300|ABCD1234|XZ1234|10",
    ],
)
def test_a_yes_with_something_missing_is_an_error(body: bytes) -> None:
    with pytest.raises(FrameError):
        parse_reply(body)


def test_a_no_may_be_short() -> None:
    assert parse_reply(b"0210|93").code == "93"
    assert parse_reply(b"1210|05|597029414300|ABCD1234||").operation is None


def test_the_name_of_0260_depends_on_what_stands_in_it() -> None:
    streams = {b"0260|1|": "details", b"0260||": "details", b"0260" + YES[4:]: "last sale reply"}
    for body, name in streams.items():
        (shown,) = decode(build(frames.FORMAT, body))
        assert (shown.name, shown.error) == (name, None)


def test_an_account_number_is_masked_wherever_it_stands() -> None:
    body = YES.replace(b"|CR||||", b"|DB||4242424242424242|VI|")
    (shown,) = decode(build(frames.FORMAT, body))
    assert "4242424242424242" not in str(shown.as_json())
    assert b"4242424242424242".hex() not in str(shown.as_json())
    assert "4242424242424242" in str(shown.as_json(unmask=True))


def test_an_unknown_command_is_shown_as_an_error_and_the_next_is_read() -> None:
    data = build(frames.FORMAT, b"1300|10|") + b"\x15" + build(frames.FORMAT, b"0100")
    shown = list(decode(data))
    assert [item.error is None for item in shown] == [False, True, True]
    assert [item.name for item in shown[1:]] == ["NAK", "poll"]


def test_built_texts_cannot_break_out_of_their_field() -> None:
    assert frames.refund_reply("21", "5|0", "T", "10") == b"1210|21|5 0|T||10"
    assert frames.progress(79) == b"0900|79"


@given(st.integers(1, 999_999_999), st.from_regex(r"[A-Z0-9]{0,6}", fullmatch=True), st.booleans())
@settings(max_examples=100, deadline=None)
def test_every_sale_comes_back(amount: int, ticket: str, status: bool) -> None:
    request = parse_request(frames.build("0200", str(amount), ticket, "", "", str(int(status)), ""))
    assert (request.amount, request.ticket, request.status) == (amount, ticket, status)


@given(st.one_of(st.binary(max_size=60), st.binary(max_size=40).map(lambda b: b"0200|" + b)))
@settings(max_examples=200, deadline=None)
def test_garbage_is_our_own_error_only(body: bytes) -> None:
    for read in (parse_request, parse_reply):
        with suppress(FrameError):
            assert read(body).command.encode() == body[:4]
