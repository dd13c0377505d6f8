"""The settings of an ISO 8583 link, its line, its refusal codes, its own reversal."""

from __future__ import annotations

import pytest

from pos_guard.errors import FrameError, LocalError
from pos_guard.frames.iso8583 import Message, build, parse
from pos_guard.frames.iso8583_profile import IN_ASCII, UNION_PAY, Length
from pos_guard.links.dialect import Asks, Says
from pos_guard.links.iso8583 import Iso8583
from pos_guard.links.iso8583_line import REST_S, LengthLine
from pos_guard.links.iso8583_make import make, read_settings
from pos_guard.links.iso8583_reversal import reversal_of
from pos_guard.links.iso8583_words import code_of
from pos_guard.links.session import CancelTimer, SetTimer, ToDevice
from pos_guard.model import IntentKind, Result, Tender, Words
from pos_guard.policy.states import Phase
from pos_guard.policy.verdict import Reason
from pos_guard.ports.address import Kind
from pos_guard.store.ledger import Entry
from tests.links.iso8583_rig import request, sign_on

SAY = Words("不行", "no")
WORDS = Iso8583(UNION_PAY)


def unit(message: Message) -> bytes:
    return build(message, UNION_PAY)


# -- settings -----------------------------------------------------------------------------------


def test_the_usual_link() -> None:
    parts = make("iso8583-cup", Kind.TCP, Kind.TCP)
    assert parts.dialect.name == "iso8583-cup"
    assert parts.timing.decide_s < 60 < parts.timing.answer_s  # tills wait 60 s


def test_options() -> None:
    profile, options = read_settings(
        "iso8583-cup, header=2,length=bcd,tpdu=kept,field48=digits,mac=optional,"
        "reverse=60000300000100"
    )
    assert (profile.header, profile.length) == (2, Length.BCD2)
    assert profile.table[48] != UNION_PAY.table[48]
    assert (options.mac, options.swap) == (False, False)
    assert options.reverse == bytes.fromhex("60000300000100")
    usual = read_settings("iso8583-cup,reverse=6000030000")[1].reverse
    assert usual == HEAD  # the header of version 31 is known


@pytest.mark.parametrize(
    "text",
    [
        "iso8583",
        "iso8583-cup,header=3",
        "iso8583-cup,length=le",
        "iso8583-cup,mac=no",
        "iso8583-cup,tpdu=x",
        "iso8583-cup,colour=red",
        "iso8583-cup,field48=text",
        "iso8583-ascii,field48=digits",
        "iso8583-cup,reverse=60",
        "iso8583-cup,reverse=zz",
        "iso8583-cup,mac=app-insists,reverse=6000030000",
    ],
)
def test_what_is_no_setting(text: str) -> None:
    with pytest.raises(LocalError):
        make(text, Kind.TCP, Kind.TCP)


# -- the line -----------------------------------------------------------------------------------


def test_a_line_cuts_segments_and_times_the_rest() -> None:
    line = LengthLine("device", ToDevice, UNION_PAY)
    data = unit(sign_on(1))
    framed = len(data).to_bytes(2, "big") + data
    heard = line.receive(framed + framed + framed[:9])
    assert heard.units == [data, data]
    assert heard.effects == [SetTimer("device-rest", REST_S)]
    assert line.receive(framed[9:12]).effects == []
    last = line.receive(framed[12:])
    assert (last.units, last.effects) == ([data], [CancelTimer("device-rest")])
    assert line.timer("app-rest") is None
    assert line.took() == line.rejected() == []
    assert line.send(data) == [ToDevice(framed)]


def test_half_a_message_is_lost() -> None:
    line = LengthLine("app", ToDevice, UNION_PAY)
    line.receive(b"\x00\x58\x60")
    heard = line.timer("app-rest")
    assert heard is not None
    assert heard.error is not None
    assert (heard.lost, heard.cut) == (True, b"\x00\x58\x60")
    again = line.timer("app-rest")
    assert again is not None
    assert not again.lost
    line.receive(b"\x00\x58\x60")
    assert line.reset() == [CancelTimer("app-rest")]


def test_what_came_before_a_broken_length_is_still_heard() -> None:
    line = LengthLine("app", ToDevice, UNION_PAY)
    data = unit(sign_on(1))
    heard = line.receive(len(data).to_bytes(2, "big") + data + b"\xff\xff\x00")
    assert heard.units == [data]
    assert heard.lost
    assert heard.error is not None
    assert heard.cut == b"\xff\xff\x00"


# -- words --------------------------------------------------------------------------------------


@pytest.mark.parametrize("reason", list(Reason))
def test_every_refusal_has_a_code_that_no_till_takes_for_a_yes(reason: Reason) -> None:
    code = code_of(reason)
    assert len(code) == 2
    # Approved, approved in part, VIP, track; call the bank, keep the card; sign on again.
    assert code not in {"00", "10", "11", "16", "A2", "A4", "A5", "A6", "01", "04", "07", "77"}
    (said,) = WORDS.refuse(WORDS.read(unit(request("sale", 1250, 80))), reason, SAY)
    answer = parse(said, UNION_PAY)
    assert (answer.type, answer.get(39), answer.get(2)) == ("0210", code, None)


def test_what_a_till_asks() -> None:
    sale = WORDS.read(unit(request("sale", 1250, 80)))
    assert (sale.kind, sale.key, sale.name) == (
        Asks.MONEY,
        "10016919/000727/000080",
        "0200 sale",
    )
    undo = WORDS.read(unit(request("reversal", 1250, 80)))
    assert (undo.kind, undo.undoes, undo.intent) == (Asks.UNDOES, sale.key, None)
    assert undo.key not in ("", sale.key)
    assert WORDS.read(unit(request("balance", 0, 80))).kind is Asks.PASSES
    assert WORDS.read(unit(sign_on(80))).kind is Asks.PASSES
    assert WORDS.read(unit(request("odd", 1250, 80))).kind is Asks.UNKNOWN


def test_an_answer_from_a_till_is_not_answered() -> None:
    ask = WORDS.read(unit(Message("0210", {11: "000080"}, bytes(5), bytes(6))))
    assert ask.kind is Asks.UNKNOWN
    assert WORDS.refuse(ask, Reason.NOT_PERMITTED, SAY) == ()


def test_what_cannot_be_read_at_all_has_no_answer() -> None:
    error = FrameError("truncated", "short")
    assert WORDS.malformed(b"\x60\x00", error) == ()
    silent = Iso8583(*read_settings("iso8583-cup,mac=app-insists"))
    assert silent.malformed(unit(request("sale", 1250, 80)), error) == ()


def test_there_are_no_words_for_the_rest() -> None:
    ask = WORDS.read(unit(request("sale", 1250, 80)))
    assert WORDS.alive(ask) is None
    assert WORDS.stopped(ask, ask) == WORDS.late(ask) == ()


@pytest.mark.parametrize("number", [4, 11, 41, 42, 49])
def test_a_money_request_without_what_it_needs(number: int) -> None:
    message = request("sale", 1250, 80)
    fields = {n: value for n, value in message.fields.items() if n != number}
    with pytest.raises(FrameError) as caught:
        WORDS.read(unit(Message(message.type, fields, message.tpdu, message.header)))
    assert caught.value.code == "missing-field"


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({}, Says.FINAL),
        ({11: "000081"}, Says.STRAY),
        ({41: "10016918"}, Says.STRAY),
        ({42: "84329004582000C"}, Says.STRAY),
        ({60: "22000728000600"}, Says.STRAY),
    ],
)
def test_whose_answer_it_is(fields: dict[int, str], said: Says) -> None:
    ask = WORDS.read(unit(request("sale", 1250, 80)))
    kept = {n: v for n, v in request("sale", 1250, 80).fields.items() if n in (4, 11, 41, 42, 60)}
    answer = Message("0210", {**kept, 39: "00", **fields}, bytes(5), bytes(6))
    assert WORDS.hear(unit(answer), ask).kind is said
    assert WORDS.hear(unit(answer), None).kind is Says.STRAY


def test_an_answer_without_a_code_says_nothing() -> None:
    ask = WORDS.read(unit(request("sale", 1250, 80)))
    said = WORDS.hear(unit(Message("0210", {11: "000080"}, bytes(5), bytes(6))), ask)
    assert said.outcome is not None
    assert said.outcome.result is Result.UNKNOWN


# -- the guard's own reversal -------------------------------------------------------------------


def entry(
    kind: IntentKind = IntentKind.SALE,
    reference: str | None = "10016919/000727/000080",
    payee: str | None = "84329004582000B:10016919",
) -> Entry:
    return Entry(
        id=1, link="iso", kind=kind, tender=Tender.CARD, phase=Phase.UNKNOWN, amount=1250,
        currency="CNY", reference=reference, payee=payee, boot_id="b", boot_us=0, wall_us=0,
    )  # fmt: skip


HEAD = bytes.fromhex("6000030000603100310100")


@pytest.mark.parametrize(
    ("kind", "code", "transaction"),
    [
        (IntentKind.SALE, "000000", "22"),
        (IntentKind.PREAUTH, "030000", "10"),
        (IntentKind.COMPLETION, "000000", "20"),
    ],
)
def test_a_reversal_of_our_own(kind: IntentKind, code: str, transaction: str) -> None:
    built = reversal_of(entry(kind), HEAD, UNION_PAY)
    assert built is not None
    message = parse(built, UNION_PAY)
    assert (message.type, message.get(3), message.get(39)) == ("0400", code, "98")
    assert (message.get(4), message.get(11), message.get(49)) == ("000000001250", "000080", "156")
    assert message.get(60) == f"{transaction}000727000"
    assert WORDS.read(built).undoes == entry(kind).reference


def test_a_reversal_of_our_own_elsewhere_names_the_original() -> None:
    sale = entry(reference="10016919/1206041200/000080")
    built = reversal_of(sale, b"", IN_ASCII)
    assert built is not None
    assert Iso8583(IN_ASCII).read(built).undoes == sale.reference


@pytest.mark.parametrize(
    "left",
    [
        entry(IntentKind.REFUND),
        entry(IntentKind.VOID),
        entry(IntentKind.TIP),
        entry(reference=None),
        entry(reference="1-2"),
        entry(reference="10016919-7-8"),
        entry(payee="52001233"),
        entry(payee=None),
    ],
)
def test_what_is_not_reversed(left: Entry) -> None:
    assert reversal_of(left, HEAD, UNION_PAY) is None


@pytest.mark.parametrize(
    ("kind", "trace", "code", "found"),
    [
        ("0410", "000080", "00", True),
        ("0410", "000080", "25", False),
        ("0410", "000081", "00", False),
        ("0210", "000080", "00", False),
    ],
)
def test_what_proves_that_nothing_stands(kind: str, trace: str, code: str, found: bool) -> None:
    fields = {11: trace, 39: code, 41: "10016919", 60: "22000727000"}
    outcome = WORDS.found(entry(), unit(Message(kind, fields, bytes(5), bytes(6))))
    assert (outcome is not None) is found
    assert outcome is None or outcome.result is Result.DECLINED
