"""ISO 8583 messages: golden bytes of others, one form only, garbage."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pos_guard.errors import FrameError, LocalError
from pos_guard.frames.iso8583 import Message, build, parse
from pos_guard.frames.iso8583_answer import answer, answer_type, swapped
from pos_guard.frames.iso8583_decode import decode, decode_ascii, decode_cup, decode_mixed
from pos_guard.frames.iso8583_fields import Binary, Coding, Packed, PackedVar, Text, TextVar
from pos_guard.frames.iso8583_framing import LengthFramer
from pos_guard.frames.iso8583_intent import Role, intent_of, meaning
from pos_guard.frames.iso8583_profile import (
    IN_ASCII,
    IN_MIXED,
    MAX_MESSAGE,
    UNION_PAY,
    Length,
    Profile,
    profile_named,
)
from pos_guard.frames.iso8583_tables import SECRET
from pos_guard.model import IntentKind

_DIRECTORY = Path(__file__).parents[1] / "golden"
GOLDEN: list[dict[str, Any]] = [
    vector
    for name in ("iso8583.json", "iso8583_pyiso8583.json")
    for vector in json.loads((_DIRECTORY / name).read_text(encoding="utf-8"))
]
VALID = [vector for vector in GOLDEN if vector["valid"]]
CUP = [bytes.fromhex(v["hex"]) for v in VALID if v["protocol"] == "iso8583-cup"]
DECODERS = {"iso8583-cup": decode_cup, "iso8583-ascii": decode_ascii}

HEAD = "6000030000" + "603100310100"


def cup(hex_text: str) -> Message:
    """A message of UnionPay's profile from its type on."""
    return parse(bytes.fromhex(HEAD + hex_text), UNION_PAY)


# -- bytes of others ----------------------------------------------------------------------------


@pytest.mark.parametrize("vector", VALID, ids=lambda vector: vector["id"])
@pytest.mark.parametrize("named", [True, False], ids=["profile", "any"])
def test_golden_messages(vector: dict[str, Any], named: bool) -> None:
    reader = DECODERS[vector["protocol"]] if named else decode
    (decoded,) = reader(bytes.fromhex(vector["hex"]))
    assert decoded.error is None
    shown = decoded.as_json(unmask=True)
    fields = shown["fields"]
    assert isinstance(fields, dict)
    assert fields["mti"] == vector["expect"]["mti"]
    for number, value in vector["expect"]["fields"].items():
        expected = int(value) if number in "456" else value
        assert fields[number] == expected, number
    assert shown["raw"] == vector["hex"]


@pytest.mark.parametrize(
    "vector", [v for v in VALID if "kind" in v["expect"]], ids=lambda vector: vector["id"]
)
def test_what_golden_messages_mean(vector: dict[str, Any]) -> None:
    expect = vector["expect"]
    (decoded,) = decode(bytes.fromhex(vector["hex"]))
    intent = decoded.intent
    got = (None, None, None) if intent is None else (intent.kind, intent.amount, intent.currency)
    assert got == (expect["kind"], expect["amount"], expect["currency"])


@pytest.mark.parametrize(
    ("name", "kind", "amount", "currency", "original"),
    [
        ("iso8583-cup-010", "sale", 1, "CNY", None),
        ("iso8583-cup-011", "refund", 1111, "CNY", "10016919/000727/000079"),
        ("iso8583-cup-012", "void", 1111, "CNY", "10016919/000727/000079"),
        ("iso8583-cup-013", "reversal", 1111, "CNY", "10016919/000727/000080"),
        ("iso8583-ascii-001", "preauth", 77700, "RUB", None),
        ("iso8583-ascii-003", "sale", 1500, "USD", None),
    ],
)
def test_what_public_messages_mean(
    name: str, kind: str, amount: int, currency: str, original: str | None
) -> None:
    vector = next(vector for vector in VALID if vector["id"] == name)
    (decoded,) = decode(bytes.fromhex(vector["hex"]))
    intent = decoded.intent
    assert intent is not None
    assert (intent.kind, intent.amount, intent.currency) == (kind, amount, currency)
    assert intent.original == original


@pytest.mark.parametrize("vector", [v for v in GOLDEN if not v["valid"]], ids=lambda v: v["id"])
def test_wrong_golden_messages(vector: dict[str, Any]) -> None:
    for reader in (decode, decode_cup):
        assert any(item.error is not None for item in reader(bytes.fromhex(vector["hex"])))


@pytest.mark.parametrize("raw", CUP, ids=lambda raw: raw[:20].hex())
def test_one_message_three_ways(raw: bytes) -> None:
    whole = LengthFramer(UNION_PAY)
    whole.feed(raw)
    unit = whole.take()
    assert unit is not None
    assert unit == raw[2:]
    assert build(parse(unit, UNION_PAY), UNION_PAY) == unit

    slow = LengthFramer(UNION_PAY)
    for byte in raw[:-1]:
        slow.feed(bytes([byte]))
        assert slow.take() is None
    slow.feed(raw[-1:])
    assert slow.take() == unit

    followed = LengthFramer(UNION_PAY)
    followed.feed(raw + raw[:3])
    assert (followed.take(), followed.take(), followed.pending) == (unit, None, 3)
    assert followed.drop() == raw[:3]


@pytest.mark.parametrize("raw", CUP, ids=lambda raw: raw[:20].hex())
def test_every_cut_and_every_byte_more_is_an_error(raw: bytes) -> None:
    for size in range(len(raw)):
        assert [item.error is None for item in decode_cup(raw[:size])] in ([], [False])
    unit = raw[2:]
    with pytest.raises(FrameError):
        parse(unit + b"\x00", UNION_PAY)
    for size in range(len(unit)):
        with pytest.raises(FrameError):
            parse(unit[:size], UNION_PAY)


# -- one form only ------------------------------------------------------------------------------

B = "0800" + "0020000000000000"  # a sign-on with field 11


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (B + "00008a", "not-bcd"),
        (B + "0000", "truncated"),
        (B + "00008000", "trailing"),
        ("0000" + B[4:] + "000080", "type"),
        ("9800" + B[4:] + "000080", "type"),
        ("0900" + B[4:] + "000080", "type"),
        ("08a0" + B[4:] + "000080", "type"),
        ("0800" + "8020000000000000" + "0000000000000000" + "000080", "secondary-bitmap"),
        ("0800" + "0000002000000000" + "00", "unknown-field"),
        ("0800" + "4000000000000000" + "2062242400000000001234", "length"),
        ("0800" + "4000000000000000" + "1a62242400000000001234", "length"),
        ("0800" + "4000000000000000" + "1562242400000000", "truncated"),
        ("0800" + "4000000000000000" + "15" + "6224240000000001", "padding"),
        ("0800" + "4000000000000000" + "16" + "622424000000000d", "not-bcd"),
        ("0800" + "0000040000000000" + "0211", "padding"),
        ("0800" + "0000020000000000" + "1001", "padding"),
        ("0800" + "0000000000000010" + "1000" + "00" * 500, "length"),
        ("0800" + "0000000000800000" + "3130303136390a39", "characters"),
        ("0800" + "00200000", "truncated"),
        ("08", "truncated"),
    ],
)
def test_what_two_readers_could_read_differently(text: str, code: str) -> None:
    with pytest.raises(FrameError) as caught:
        cup(text)
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("08000020000000000000" + "00008x", "characters"),
        ("0800002000000000000g" + "000080", "not-hex"),
        ("0800000000000000000a" + "", "not-hex"),
        ("080080200000000000000000000000000000000080", "not-canonical"),
        ("08008020000000000000" + "8000000000000000" + "000080" + "0", "unknown-field"),
        ("08000000000000001000" + "0000000000a0aabb", "not-hex"),
        ("08004000000000000000" + "1x4242", "length"),
        ("08004000000000000000" + "204242", "length"),
        ("08004000000000000000" + "0442x2", "characters"),
        ("08000000001000000000" + "X00000001", "characters"),
        ("18004000000000000000" + "044242", "type"),
    ],
)
def test_the_same_in_ascii(text: str, code: str) -> None:
    with pytest.raises(FrameError) as caught:
        parse(text.encode(), IN_ASCII)
    assert caught.value.code == code


def test_an_error_says_where() -> None:
    with pytest.raises(FrameError) as caught:
        cup(B + "00008a")
    assert caught.value.at == 11 + 2 + 8
    assert "field 11" in str(caught.value)


def test_an_error_never_quotes_what_it_read() -> None:
    with pytest.raises(FrameError) as caught:
        cup("0800" + "4000000000000000" + "16" + "622424000000000d")
    assert "6224" not in str(caught.value)
    with pytest.raises(LocalError) as local:
        build(replace(cup(B + "000080"), fields={2: "62242400000000000000000"}), UNION_PAY)
    assert "6224" not in str(local.value)


@pytest.mark.parametrize(
    ("fields", "profile"),
    [
        ({11: "80"}, UNION_PAY),
        ({22: "0211"}, UNION_PAY),
        ({27: "1"}, UNION_PAY),
        ({37: "x"}, UNION_PAY),
        ({52: "zz"}, UNION_PAY),
        ({52: "00"}, UNION_PAY),
        ({55: "00" * 1000}, UNION_PAY),
        ({60: "1x"}, UNION_PAY),
        ({44: "\u4e2d"}, UNION_PAY),
        ({70: "301"}, UNION_PAY),
        ({2: "4x"}, IN_ASCII),
        ({28: "X00000000"}, IN_ASCII),
    ],
)
def test_what_cannot_be_written_is_not(fields: dict[int, str], profile: Profile) -> None:
    head = (bytes(5), bytes(6)) if profile is UNION_PAY else (b"", b"")
    with pytest.raises(LocalError):
        build(Message("0800", fields, *head), profile)


def test_a_head_of_another_size_is_not_written() -> None:
    with pytest.raises(LocalError):
        build(Message("0800", {11: "000001"}, bytes(5), bytes(2)), UNION_PAY)


def test_too_long_is_too_long() -> None:
    with pytest.raises(FrameError) as caught:
        parse(bytes(MAX_MESSAGE + 1), UNION_PAY)
    assert caught.value.code == "length"


# -- lengths ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("length", "data"),
    [(Length.BINARY2, "0058"), (Length.BCD2, "0088"), (Length.ASCII4, "30303838")],
)
def test_three_ways_to_write_a_length(length: Length, data: str) -> None:
    assert length.write(88).hex() == data
    assert length.read(bytes.fromhex(data)) == 88
    assert length.size == len(data) // 2


@pytest.mark.parametrize(
    ("length", "data"),
    [
        (Length.BINARY2, "ffff"),
        (Length.BINARY2, "1001"),
        (Length.BINARY2, "0000"),
        (Length.BCD2, "00a8"),
        (Length.BCD2, "9999"),
        (Length.ASCII4, "3030383a"),
        (Length.ASCII4, "b2b23838"),
    ],
)
def test_a_length_that_no_message_has_is_refused_before_its_bytes_come(
    length: Length, data: str
) -> None:
    framer = LengthFramer(replace(UNION_PAY, length=length))
    framer.feed(bytes.fromhex(data))
    with pytest.raises(FrameError) as caught:
        framer.take()
    assert caught.value.code == "length"


def test_no_length_is_written_for_too_much() -> None:
    with pytest.raises(LocalError):
        Length.BINARY2.write(MAX_MESSAGE + 1)


def test_profiles_have_names() -> None:
    assert profile_named("iso8583-mixed") is IN_MIXED
    with pytest.raises(LocalError, match="iso8583-cup"):
        profile_named("iso")


# -- meanings -----------------------------------------------------------------------------------


def asked(mti: str, code: str, transaction: str, **more: str) -> Message:
    fields = {3: code, 4: "000000001250", 11: "000080", 41: "10016919", 42: "84329004582000B"}
    fields |= {49: "156", 60: f"{transaction}000727000600"}
    return Message(mti, fields | {int(name[1:]): value for name, value in more.items()})


@pytest.mark.parametrize(
    ("mti", "code", "transaction", "role", "kind"),
    [
        ("0200", "000000", "22", Role.MONEY, IntentKind.SALE),
        ("0200", "003000", "22", Role.MONEY, IntentKind.SALE),
        ("0200", "200000", "23", Role.MONEY, IntentKind.VOID),
        ("0220", "200000", "25", Role.MONEY, IntentKind.REFUND),
        ("0100", "030000", "10", Role.MONEY, IntentKind.PREAUTH),
        ("0100", "200000", "11", Role.MONEY, IntentKind.PREAUTH_VOID),
        ("0200", "000000", "20", Role.MONEY, IntentKind.COMPLETION),
        ("0200", "200000", "21", Role.MONEY, IntentKind.COMPLETION_VOID),
        ("0220", "000000", "30", Role.MONEY, IntentKind.SALE),
        ("0220", "000000", "32", Role.MONEY, IntentKind.SALE),
        ("0220", "000000", "34", Role.MONEY, IntentKind.TIP),
        ("0320", "200000", "25", Role.MONEY, IntentKind.REFUND),
        ("0200", "310000", "01", Role.ASKS, IntentKind.BALANCE),
        ("0400", "000000", "22", Role.UNDOES, IntentKind.REVERSAL),
        ("0800", "000000", "00", Role.ASKS, None),
        ("0500", "000000", "00", Role.ASKS, None),
        ("0320", "000000", "22", Role.ASKS, None),
        ("0210", "000000", "22", Role.ANSWER, None),
        ("0200", "200000", "22", Role.UNKNOWN, None),
        ("0200", "000000", "25", Role.UNKNOWN, None),
        ("0220", "200000", "23", Role.UNKNOWN, None),
        ("0200", "190000", "22", Role.UNKNOWN, None),
        ("0320", "200000", "99", Role.UNKNOWN, None),
        ("0401", "000000", "22", Role.UNKNOWN, None),
        ("0600", "000000", "00", Role.UNKNOWN, None),
    ],
)
def test_union_pays_table(
    mti: str, code: str, transaction: str, role: Role, kind: IntentKind | None
) -> None:
    message = asked(mti, code, transaction)
    means = meaning(message, UNION_PAY)
    assert (means.role, means.kind) == (role, kind)
    intent = intent_of(message, UNION_PAY)
    assert (None if intent is None else intent.kind) == kind


@pytest.mark.parametrize(
    ("mti", "code", "kind"),
    [
        ("0200", "000000", IntentKind.SALE),
        ("0201", "000000", IntentKind.SALE),
        ("0220", "200000", IntentKind.REFUND),
        ("0100", "200000", IntentKind.REFUND),
        ("0100", "000000", IntentKind.PREAUTH),
        ("0420", "000000", IntentKind.REVERSAL),
        ("0200", "090000", None),
        ("0200", "220000", None),
        ("0202", "000000", None),
    ],
)
def test_other_networks(mti: str, code: str, kind: IntentKind | None) -> None:
    assert meaning(asked(mti, code, "00"), IN_ASCII).kind is kind


@pytest.mark.parametrize("profile", [UNION_PAY, IN_ASCII], ids=lambda profile: profile.name)
def test_giving_back_is_never_just_a_question(profile: Profile) -> None:
    for kind in range(100, 900, 10):
        for transaction in range(100):
            message = asked(f"{kind:04d}", "200000", f"{transaction:02d}")
            assert meaning(message, profile).role is not Role.ASKS


def test_the_numbers_of_a_reversal_elsewhere() -> None:
    ninety = "0200" + "000079" + "1206041200" + "0" * 22
    undoing = asked("0400", "000000", "00", f7="1206050000", f90=ninety)
    intent = intent_of(undoing, IN_ASCII)
    assert intent is not None
    assert (intent.original, intent.reference) == (
        "10016919/1206041200/000079",
        "10016919/1206050000/000080",
    )


@pytest.mark.parametrize(
    ("more", "original"),
    [
        ({"f61": "0007270000790824"}, "10016919/000727/000079"),
        ({"f37": "X00004002761"}, "X00004002761"),
        ({"f38": "ABC123", "f61": "000727"}, "ABC123"),
        ({}, None),
    ],
)
def test_how_an_original_is_named(more: dict[str, str], original: str | None) -> None:
    intent = intent_of(asked("0200", "200000", "23", **more), UNION_PAY)
    assert intent is not None
    assert intent.original == original


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"f49": "000"}, "currency"),
        ({"f49": "XXQ"}, "currency"),
        ({"f41": "1001:919"}, "characters"),
    ],
)
def test_no_intent_from_what_is_no_currency_or_no_id(more: dict[str, str], code: str) -> None:
    with pytest.raises(FrameError) as caught:
        intent_of(asked("0200", "000000", "22", **more), UNION_PAY)
    assert caught.value.code == code


def test_an_alphabetic_currency_is_one_too() -> None:
    intent = intent_of(asked("0200", "000000", "22", f49="EUR"), IN_ASCII)
    assert intent is not None
    assert intent.currency == "EUR"


# -- answers ------------------------------------------------------------------------------------


def test_a_refused_refund_is_the_published_one_but_for_the_hosts_time() -> None:
    by_id = {vector["id"]: vector for vector in GOLDEN}
    request = parse(bytes.fromhex(by_id["iso8583-cup-011"]["hex"])[2:], UNION_PAY)
    refused = parse(bytes.fromhex(by_id["iso8583-cup-014"]["hex"])[2:], UNION_PAY)
    ours = answer(request, "58", UNION_PAY)
    assert ours is not None
    timeless = {n: value for n, value in refused.fields.items() if n not in (12, 13)}
    assert ours == build(replace(refused, fields=timeless), UNION_PAY)


def test_whose_tpdu() -> None:
    request = Message("0200", {11: "000001"}, bytes.fromhex("6000030000"), bytes(6))
    kept = answer(request, "05", UNION_PAY, swap=False)
    turned = answer(request, "05", UNION_PAY)
    assert kept is not None
    assert turned is not None
    assert (kept[:5].hex(), turned[:5].hex()) == ("6000030000", "6000000003")
    assert swapped(swapped(request.tpdu)) == request.tpdu


@pytest.mark.parametrize(
    ("asked_type", "said"),
    [("0200", "0210"), ("0201", "0210"), ("0220", "0230"), ("0221", "0230"), ("0400", "0410"),
     ("0210", None), ("0230", None)],
)  # fmt: skip
def test_types_of_answers(asked_type: str, said: str | None) -> None:
    assert answer_type(asked_type) == said
    if said is None:
        assert answer(Message(asked_type, {}, bytes(5), bytes(6)), "05", UNION_PAY) is None


# -- decode -------------------------------------------------------------------------------------


def test_no_secret_is_shown() -> None:
    vector = next(v for v in GOLDEN if v["id"] == "pyiso8583-cup-sale")
    (decoded,) = decode(bytes.fromhex(vector["hex"]))
    text = json.dumps(decoded.as_json())
    for number in SECRET & {int(n) for n in vector["expect"]["fields"]}:
        value = vector["expect"]["fields"][str(number)]
        if len(value) > 4:
            assert value not in text
        assert decoded.as_json()["fields"][str(number)] == "****"  # type: ignore[index,call-overload] # a JSON object


def test_a_payment_code_in_a_free_field_is_masked() -> None:
    code = b"134567890123456789".hex()
    raw = build(replace(asked("0200", "000000", "22", f59=code), tpdu=bytes(5), header=bytes(6)),
                UNION_PAY)  # fmt: skip
    (decoded,) = decode_cup(len(raw).to_bytes(2, "big") + raw)
    assert decoded.error is None
    assert code not in json.dumps(decoded.as_json())
    assert code in json.dumps(decoded.as_json(unmask=True))


def test_what_cannot_be_read_is_blanked() -> None:
    raw = bytes.fromhex("0058" + HEAD + "0200" + "4000000000000000" + "166224240000000000ff")
    (decoded,) = decode_cup(raw)
    assert decoded.error is not None
    assert "6224" not in json.dumps(decoded.as_json())


@pytest.mark.parametrize("header", [6, 2, 0])
@pytest.mark.parametrize("length", [Length.BINARY2, Length.BCD2])
def test_decode_finds_length_and_header_by_itself(header: int, length: Length) -> None:
    profile = replace(UNION_PAY, header=header, length=length)
    message = replace(asked("0220", "200000", "25"), tpdu=bytes.fromhex("6000030000"),
                      header=bytes.fromhex("603100310100")[:header])  # fmt: skip
    unit = build(message, profile)
    framed = length.write(len(unit)) + unit
    for reader in (decode, decode_cup):
        decoded = list(reader(framed * 3))
        assert [item.name for item in decoded] == ["refund"] * 3
        assert all(item.raw == framed for item in decoded)


@pytest.mark.parametrize("length", list(Length))
@pytest.mark.parametrize("profile", [IN_ASCII, IN_MIXED], ids=lambda profile: profile.name)
def test_decode_finds_the_length_of_ascii_messages(length: Length, profile: Profile) -> None:
    message = Message("0200", {3: "000000", 4: "000000001500", 11: "000001", 41: "12340001"})
    unit = build(message, profile)
    for reader in (decode, decode_ascii):
        (decoded,) = reader(length.write(len(unit)) + unit)
        assert (decoded.error, decoded.name) == (None, "sale")
    (decoded,) = decode_mixed(length.write(len(unit)) + unit)
    assert (decoded.error is None) is (profile is IN_MIXED)


# -- properties ---------------------------------------------------------------------------------


def values(coding: Coding) -> st.SearchStrategy[str]:
    """Values that a coding can hold."""
    if isinstance(coding, Packed):
        size, pad = 2 * coding.size, coding.pad
        digits = st.integers(0, 10**size - 1).map(lambda number: f"{number:0{size}d}")
        if pad is None:
            return digits
        return digits.map(lambda text: "0" + text[1:] if pad == 0 else text[:-1] + "0")
    if isinstance(coding, PackedVar):
        return st.text("0123456789", max_size=coding.most)
    if isinstance(coding, Text):
        if coding.signed:
            return st.text("0123456789", min_size=coding.size - 1, max_size=coding.size - 1).map(
                lambda text: "C" + text
            )
        alphabet = "0123456789" if coding.digits else "0123456789ABC xyz"
        return st.text(alphabet, min_size=coding.size, max_size=coding.size)
    if isinstance(coding, TextVar):
        return st.text("0123456789", max_size=min(coding.most, 30))
    if isinstance(coding, Binary):
        return st.binary(min_size=coding.size, max_size=coding.size).map(bytes.hex)
    return st.binary(max_size=30).map(bytes.hex)


@st.composite
def messages(draw: st.DrawFn, profile: Profile) -> Message:
    numbers = draw(st.sets(st.sampled_from(sorted(profile.table)), max_size=10))
    fields = {number: draw(values(profile.table[number])) for number in sorted(numbers)}
    mti = draw(st.sampled_from(["0100", "0200", "0220", "0400", "0800", "0210"]))
    tpdu, header = bytes(range(profile.tpdu)), bytes(range(profile.header))
    return Message(mti, fields, tpdu, header)


@pytest.mark.parametrize("profile", [UNION_PAY, IN_ASCII, IN_MIXED], ids=lambda p: p.name)
def test_what_is_built_is_read(profile: Profile) -> None:
    @given(messages(profile))
    @settings(max_examples=80, deadline=None)
    def check(message: Message) -> None:
        data = build(message, profile)
        read = parse(data, profile)
        assert (read.type, read.fields) == (message.type, message.fields)
        assert build(read, profile) == data
        spans = read.spans()
        assert (
            b"".join(data[start:stop] for start, stop in spans.values()) == (data[read.edges[0] :])
        )

    check()


@given(st.data())
@settings(max_examples=200, deadline=None)
def test_one_changed_byte_is_read_as_it_is_or_not_at_all(data: st.DataObject) -> None:
    raw = bytearray(data.draw(st.sampled_from(CUP))[2:])
    at = data.draw(st.integers(0, len(raw) - 1))
    raw[at] = data.draw(st.integers(0, 255))
    with suppress(FrameError):
        assert build(parse(bytes(raw), UNION_PAY), UNION_PAY) == bytes(raw)


@given(st.binary(max_size=300))
@settings(max_examples=200, deadline=None)
def test_garbage_gives_frame_errors_and_nothing_else(data: bytes) -> None:
    """Whatever a peer sends, the only error that comes out is a FrameError."""
    for reader in (decode, decode_cup, decode_ascii):
        for message in reader(data):
            message.as_json()
    for profile in (UNION_PAY, IN_ASCII, IN_MIXED):
        with suppress(FrameError):
            intent_of(parse(data, profile), profile)
