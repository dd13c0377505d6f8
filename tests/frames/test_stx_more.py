"""Concert, ECR17 and POSLink messages: strict where money moves, and nothing secret shown."""

from __future__ import annotations

import json

import pytest

from pos_guard.errors import FrameError, LocalError
from pos_guard.frames import stx_concert, stx_nexi, stx_nexi_decode, stx_pax
from pos_guard.frames.stx import Control, build
from pos_guard.frames.stx_fixed import Layout
from pos_guard.frames.stx_nexi_line import progress, signal
from pos_guard.frames.stx_nexi_reply import parse_reply, refusal
from pos_guard.frames.stx_pax_decode import decode as decode_pax
from pos_guard.frames.stx_pax_reply import parse_reply as parse_pax
from pos_guard.model import IntentKind

CARD = "4111111111111111"
"""A documented test number."""

DEBIT = b"0100005510110978          A010B010"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (DEBIT[:-1], "length"),
        (DEBIT + b"0", "length"),
        (b"0x" + DEBIT[2:], "not-digits"),
        (DEBIT[:2] + b"-0005510" + DEBIT[10:], "not-digits"),
        (DEBIT[:10] + b"2" + DEBIT[11:], "unknown-field"),
        (DEBIT[:11] + b"c" + DEBIT[12:], "unknown-field"),
        (DEBIT[:12] + b"x" + DEBIT[13:], "unknown-field"),
        (DEBIT[:13] + b"000" + DEBIT[16:], "currency"),
        (DEBIT[:16] + b"\x01" + DEBIT[17:], "not-text"),
        (DEBIT[:-8] + b"A012B010", "unknown-field"),
        (DEBIT[:-4] + b"B012", "unknown-field"),
    ],
)
def test_a_concert_request_is_exactly_in_its_form(body: bytes, code: str) -> None:
    with pytest.raises(FrameError) as caught:
        stx_concert.parse_request(body)
    assert caught.value.code == code


@pytest.mark.parametrize("result", ["0", "7", "9"])
def test_a_concert_answer_with_a_report_hides_the_card(result: str) -> None:
    request = stx_concert.parse_request(DEBIT)
    body = stx_concert.answer(request, result, report=CARD)
    (message,) = stx_concert.decode(build(stx_concert.FORMAT, body))
    assert message.error is None
    shown = json.dumps(message.as_json())
    assert CARD not in shown
    assert CARD.encode().hex() not in shown
    assert CARD in json.dumps(message.as_json(unmask=True))


def ecr17(code: str, rest: str) -> bytes:
    return f"123456780{code}{rest}".encode()


PAYMENT = "00000001" + "0" + "00" + "0" + "0" + "00000650" + " " * 128 + "0" * 8
FOLLOW_UP = "00000001" + "0" + "0000" + "00000650" + " " * 128 + "000000042" + "0" * 8


@pytest.mark.parametrize(
    ("code", "rest", "kind", "amount", "original"),
    [
        ("P", PAYMENT, IntentKind.SALE, 650, None),
        ("X", PAYMENT, IntentKind.SALE, 650, None),
        ("p", PAYMENT, IntentKind.PREAUTH, 650, None),
        ("i", FOLLOW_UP, IntentKind.PREAUTH, 650, "000000042"),
        ("c", FOLLOW_UP, IntentKind.COMPLETION, 650, "000000042"),
        ("S", "0000000100012300", IntentKind.REVERSAL, None, "000123"),
        ("S", "0000000100000000", IntentKind.REVERSAL, None, None),
    ],
)
def test_what_ecr17_requests_mean(
    code: str, rest: str, kind: IntentKind, amount: int | None, original: str | None
) -> None:
    intent = stx_nexi.intent_of(stx_nexi.parse_request(ecr17(code, rest)))
    assert intent is not None
    assert (intent.kind, intent.amount, intent.currency) == (kind, amount, "EUR")
    assert (intent.original, intent.payee) == (original, "12345678")


def test_any_terminal_is_nobody_in_particular() -> None:
    request = stx_nexi.parse_request(b"00000000" + ecr17("P", PAYMENT)[8:])
    intent = stx_nexi.intent_of(request)
    assert intent is not None
    assert intent.payee is None


@pytest.mark.parametrize(
    ("common", "stan", "amount"),
    [
        ("", None, None),
        ("1ACQ        000123000456", "000123", None),
        ("1ACQ        000123000456000" + "00000650" + "0" * 10, "000123", 650),
    ],
)
def test_an_ecr17_result_of_any_length(common: str, stan: str | None, amount: int | None) -> None:
    yes = ecr17("E", "00" + "0" * 19 + "ICC" + "AUTH01" + "2111520" + common)
    reply = parse_reply(yes)
    assert (reply.result, reply.stan, reply.amount) == ("00", stan, amount)
    assert reply.authorisation == "AUTH01"


def test_a_preauthorisation_has_its_numbers_elsewhere() -> None:
    body = ecr17(
        "E", "00" + "0" * 19 + "ICC" + "AUTH01" + "00000650" + "000000042" + "000" + "0010900"
    )
    reply = parse_reply(body, IntentKind.PREAUTH)
    assert (reply.amount, reply.preauth) == (650, "000000042")


@pytest.mark.parametrize(
    "body",
    [
        ecr17("E", "02" + "0" * 35),
        ecr17("E", "00" + "0" * 34),
        ecr17("E", "00" + "x" * 19 + "0" * 16),
        ecr17("E", "00" + "0" * 35 + "1ACQ        00012x000456"),
        ecr17("Q", "00" + "0" * 35),
    ],
)
def test_a_wrong_ecr17_result_is_an_error(body: bytes) -> None:
    with pytest.raises(FrameError):
        parse_reply(body)


def test_a_long_reason_is_cut_to_its_field() -> None:
    assert parse_reply(refusal("12345678", "X" * 40)).reason == "X" * 24


def test_ecr17_signals_progress_and_a_card_that_stays_hidden() -> None:
    pan = "000" + CARD
    yes = ecr17("E", "00" + pan + "ICC" + "AUTH01" + "2111520" + "1ACQ        000123000456")
    data = (
        signal(Control.ACK, stx_nexi.FORMAT)
        + progress("ATTENDERE")
        + build(stx_nexi.FORMAT, yes)
        + signal(Control.NAK, stx_nexi.FORMAT)
        + b"\x06"
        + build(stx_nexi.FORMAT, ecr17("S", "SCONTRINO FISCALE" + "}" * 6 + "\x1b"))
    )
    messages = list(stx_nexi_decode.decode(data))
    names = ["ACK", "progress", "result", "NAK", "ACK", "ticket"]
    assert [(message.name, message.error) for message in messages] == [(n, None) for n in names]
    assert messages[1].fields["text"] == "ATTENDERE"
    shown = json.dumps([message.as_json() for message in messages])
    assert CARD not in shown
    assert CARD.encode().hex() not in shown
    assert b"SCONTRINO".hex() not in shown


def test_a_progress_text_without_its_end_is_an_error() -> None:
    for wrong in (progress("X")[:-1] + b"\x03", b"\x01" + b"\x07" * 20 + b"\x04"):
        (message,) = stx_nexi_decode.decode(wrong)
        assert message.error is not None


@pytest.mark.parametrize(
    ("fields", "kind", "amount", "original"),
    [
        (("01", "1250"), IntentKind.SALE, 1250, None),
        (("02", "1250"), IntentKind.REFUND, 1250, None),
        (("03", "1250"), IntentKind.PREAUTH, 1250, None),
        (("04", "1250", "", "1\x1f\x1f\x1f7"), IntentKind.COMPLETION, 1250, "7"),
        (("16", "", "", "1\x1f\x1f\x1f7"), IntentKind.VOID, None, "7"),
        (("16", "", "", "1", "", "", "", "", "HREF=9001"), IntentKind.VOID, None, "9001"),
        (("16", "", "", "1\x1f\x1f\x1f7\x1f\x1f\x1f7"), IntentKind.VOID, None, "7"),
        (("01", "1250\x1f0\x1f\x1f\x1f200"), IntentKind.SALE, 1250, None),  # tax is within
        (("01", "1250", "", "1\x1fINV7\x1f\x1f\x1f20260101090000"), IntentKind.SALE, 1250, None),
    ],
)
@pytest.mark.parametrize("code", ["T00", "T02"])
def test_what_poslink_commands_mean(
    fields: tuple[str, ...], kind: IntentKind, amount: int | None, original: str | None, code: str
) -> None:
    if code == "T02" and len(fields) > 6:
        pytest.skip("a debit command has no such field")
    for head in ((code,), (code, "1.28")):
        intent = stx_pax.intent_of(stx_pax.parse_command(stx_pax.build(*head, *fields)))
        assert intent is not None
        assert (intent.kind, intent.amount, intent.original) == (kind, amount, original)


def test_a_card_number_in_a_poslink_command_is_hidden() -> None:
    body = stx_pax.build("T00", "1.28", "01", "1250", f"{CARD}\x1f1230", "1")
    (message,) = decode_pax(build(stx_pax.FORMAT, body))
    assert message.error is None
    shown = json.dumps(message.as_json())
    assert CARD not in shown
    assert CARD.encode().hex() not in shown
    assert "1250" in shown


def test_a_poslink_reply_says_amount_and_numbers() -> None:
    body = stx_pax.build(
        "0", "T01", "1.28", "000002", "PARTIAL", "00\x1fOK\x1fA1\x1f9001", "01", "1000\x1f250",
        "1111\x1f0", "7\x1f1\x1f20260101090000",
    )  # fmt: skip
    reply = parse_pax(body)
    assert (reply.code, reply.amount, reply.transaction, reply.host) == (
        "000002",
        1000,
        "7",
        "9001",
    )


@pytest.mark.parametrize(
    "fields",
    [
        ("0", "T01", "1.28"),
        ("0", "T01", "1.28", "OK"),
        ("", ""),
        ("0", "T01", "1.28", "000000", "OK", "", "", "1x"),
    ],
)
def test_a_wrong_poslink_reply_is_an_error(fields: tuple[str, ...]) -> None:
    with pytest.raises(FrameError):
        parse_pax(stx_pax.build(*fields))


def test_a_layout_says_what_does_not_fit() -> None:
    layout = Layout(("a", 2), ("b", 1))
    assert layout.build({"a": b"12", "b": b"3"}) == b"123"
    for values in ({"a": b"1", "b": b"3"}, {"a": b"12"}, {"a": b"12", "b": b"3", "c": b""}):
        with pytest.raises(LocalError):
            layout.build(values)
    with pytest.raises(LocalError):
        Layout(("a", 1), ("a", 1))
    with pytest.raises(LocalError):
        Layout(("a", 0))
