from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pos_guard.errors import FrameError, LocalError
from pos_guard.frames import bcd, zvt_build
from pos_guard.frames.zvt import name_of, parse
from pos_guard.frames.zvt_apdu import MAX_COMMAND_BODY, Apdu, ApduFramer, single
from pos_guard.frames.zvt_bmp import (
    MAX_DEPTH,
    MAX_ELEMENTS,
    build_bmps,
    build_tlv,
    read_bmps,
    read_tlv,
)
from pos_guard.frames.zvt_decode import decode, decode_serial
from pos_guard.frames.zvt_intent import intent_of
from pos_guard.frames.zvt_strict import LAYOUTS
from pos_guard.frames.zvt_table import BMP, MONEY, NAMES, PASSES, REDUCE, STRICT, Kind
from pos_guard.model import Intent, IntentKind, Tender

GOLDEN: list[dict[str, Any]] = json.loads(
    (Path(__file__).parents[1] / "golden" / "zvt.json").read_text(encoding="utf-8")
)
UNITS = [bytes.fromhex(v["hex"]) for v in GOLDEN if v["protocol"] == "zvt" and v["valid"]]
LONG = Apdu.of(0x06D3, b"\x06\x82\x01\x00" + bytes(256)).raw


# -- framing: whole, byte by byte, with something behind ----------------------------------------


@pytest.mark.parametrize("raw", [*UNITS, LONG], ids=lambda raw: raw[:8].hex())
def test_one_unit_three_ways(raw: bytes) -> None:
    whole = ApduFramer()
    whole.feed(raw)
    unit = whole.take()
    assert unit is not None
    assert (unit.raw, unit.canonical, whole.pending) == (raw, True, 0)

    slow = ApduFramer()
    for byte in raw[:-1]:
        slow.feed(bytes([byte]))
        assert slow.take() is None
    slow.feed(raw[-1:])
    assert slow.take() == unit

    followed = ApduFramer()
    followed.feed(raw + b"\x80\x00")
    assert followed.take() == unit
    assert followed.take() is None
    assert followed.pending == 2
    assert followed.drop() == b"\x80\x00"


@pytest.mark.parametrize(
    ("data", "size"),
    [("06d300", 0), ("06d3fe", 254), ("06d3ff0100", 1), ("06d3ff6104", 0x461)],
)
def test_both_length_forms(data: str, size: int) -> None:
    framer = ApduFramer()
    framer.feed(bytes.fromhex(data) + bytes(size))
    unit = framer.take()
    assert unit is not None
    assert len(unit.body) == size
    assert framer.pending == 0


def test_a_length_over_the_limit_is_refused_before_its_bytes_come() -> None:
    framer = ApduFramer(MAX_COMMAND_BODY)
    framer.feed(bytes.fromhex("0601ff0110"))
    with pytest.raises(FrameError) as caught:
        framer.take()
    assert caught.value.code == "length"


def test_a_unit_that_cannot_be_sent_is_not_built() -> None:
    with pytest.raises(LocalError):
        Apdu.of(0x0601, bytes(0x10000))


@pytest.mark.parametrize(("raw", "code"), [("0601", "truncated"), ("06020000", "trailing")])
def test_exactly_one_unit(raw: str, code: str) -> None:
    with pytest.raises(FrameError) as caught:
        single(bytes.fromhex(raw))
    assert caught.value.code == code


# -- money commands are strict ------------------------------------------------------------------

PAY = "06010a04000000001250490978"
STRICT_CASES = [
    ("06010e0400000000010004000000099900", "duplicate-field", 10),
    ("06010704" + "00000000125a", "not-bcd", 4),
    ("06010904000000001250fe00", "unknown-field", 10),
    ("060109040000000012502700", "unknown-field", 10),
    ("0601ff070004000000001250", "not-canonical", 2),
    ("06010504000000" + "00", "truncated", 3),
    ("060100", "missing-field", None),
    ("06010a040000000012508a", "truncated", 10),
    ("06010b0400000000125006" + "8101" + "00", "truncated", None),
    ("06010c040000000012500681021f04", "truncated", None),
    ("06010b04000000001250068300" + "00", "length", None),
    ("06010d04000000001250" + "0681" + "03" + "120100", "not-canonical", None),
    ("06010e04000000001250" + "06" + "05" + "1f04" + "81" + "01" + "00", "not-canonical", None),
    ("06010d04000000001250" + "06" + "04" + "1f0f" + "01" + "00", "unknown-field", None),
    ("06010f04000000001250" + "06" + "06" + "120101" + "120102", "duplicate-field", None),
    ("06010c04000000001250" + "22" + "f1f1" + "00", "truncated", None),
    ("06010b04000000001250" + "22" + "f1a1", "length", None),
    ("063102" + "1234", "truncated", 3),
    ("06310a" + "12345a" + "04000000001250", "not-bcd", 3),
    ("06300d" + "123456" + "870042" + "04000000001250", "unknown-field", None),
    ("063006" + "123456" + "87ffff", "not-bcd", None),
    ("063003" + "123456", "missing-field", None),
]


@pytest.mark.parametrize(("raw", "code", "at"), STRICT_CASES, ids=lambda v: str(v)[:40])
def test_a_money_command_that_two_readers_could_read_differently(
    raw: str, code: str, at: int | None
) -> None:
    data = bytes.fromhex(raw)
    framer = ApduFramer()
    framer.feed(data[:2] + bytes([len(data) - 3]) + data[3:] if data[2] != 0xFF else data)
    unit = framer.take()
    assert unit is not None
    with pytest.raises(FrameError) as caught:
        parse(unit)
    assert caught.value.code == code
    if at is not None:
        assert caught.value.at == at


@pytest.mark.parametrize(
    ("raw", "intent"),
    [
        (
            zvt_build.authorisation(1250, "EUR"),
            Intent(_S := IntentKind.SALE, Tender.CARD, 1250, "EUR"),
        ),
        (zvt_build.authorisation(10), Intent(_S, Tender.CARD, 10, "CNY")),
        (
            zvt_build.refund("123456", 999_999_999_999, "JPY"),
            Intent(IntentKind.REFUND, Tender.CARD, 999_999_999_999, "JPY"),
        ),
        (
            zvt_build.reversal("123456", 42),
            Intent(IntentKind.REVERSAL, Tender.CARD, None, "CNY", original="0042"),
        ),
        (zvt_build.status_enquiry("123456"), None),
        (
            bytes.fromhex("06220704000000001250"),
            Intent(IntentKind.PREAUTH, Tender.CARD, 1250, "CNY"),
        ),
    ],
    ids=["sale", "default currency", "refund", "reversal", "asks", "reservation"],
)
def test_what_a_command_means(raw: bytes, intent: Intent | None) -> None:
    command = parse(single(raw))
    assert intent_of(command, "CNY") == intent
    assert command.name == NAMES[command.code]


def test_a_currency_that_does_not_exist_is_no_intent() -> None:
    command = parse(single(bytes.fromhex("06010a04000000001250490000")))
    with pytest.raises(FrameError) as caught:
        intent_of(command)
    assert caught.value.code == "currency"


def test_every_money_command_has_a_kind_and_none_of_them_just_passes() -> None:
    assert set(LAYOUTS) == STRICT == MONEY | {REDUCE}
    assert MONEY.isdisjoint(PASSES)
    for code in MONEY:
        with pytest.raises(FrameError):
            parse(Apdu.of(code))


def test_secrets_do_not_show_in_a_repr() -> None:
    command = parse(single(zvt_build.refund("987654", 1250)))
    assert "987654" not in repr(command)
    assert command.password == bytes.fromhex("987654")
    assert "987654" not in repr(single(zvt_build.refund("987654", 1250)))


# -- replies are read as far as they go ---------------------------------------------------------


def test_the_fields_of_a_status_information() -> None:
    vector = next(v for v in GOLDEN if v["id"] == "zvt-063")
    command = parse(single(bytes.fromhex(vector["hex"])))
    assert (command.amount, command.currency, command.receipt) == (1, 978, "0002")
    assert (command.result, command.terminal_id, command.trace) == (0, "42003036", "000732")
    assert command.vu_number == "455600000599"


@pytest.mark.parametrize(
    ("raw", "status", "result", "tag_06"),
    [
        ("060f00", None, None, None),
        ("060f0100", 0x00, None, None),
        ("060f03060600", 0x06, None, b""),
        ("060f07f0f0f3626c6100", 0x00, None, None),
        ("060f02276c", None, 0x6C, None),
        ("061e016c", 0x6C, 0x6C, None),
        ("061e036f0978", 0x6F, 0x6F, None),
        ("04ff010a", 0x0A, None, None),
    ],
)
def test_optional_parts_without_a_tag(
    raw: str, status: int | None, result: int | None, tag_06: bytes | None
) -> None:
    command = parse(single(bytes.fromhex(raw)))
    assert (command.status, command.result, command.get(0x06)) == (status, result, tag_06)


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        ("040f042700276c", "duplicate-field"),
        ("040f0e0400000000010004000000009900", "duplicate-field"),
        ("040f0327002a", "truncated"),
        ("040f0704" + "0000000000aa", "not-bcd"),
        ("061e00", "truncated"),
        ("060003123456", "truncated"),
        ("060f04f0f0f561", "truncated"),
        ("061e036fffff", "not-bcd"),
    ],
)
def test_a_reply_that_decides_nothing_is_an_error(raw: str, code: str) -> None:
    with pytest.raises(FrameError) as caught:
        parse(single(bytes.fromhex(raw)))
    assert caught.value.code == code


def test_names() -> None:
    assert name_of(0x8483) == "negative_acknowledgement"
    assert name_of(0x4711) == "unknown"


# -- elements -----------------------------------------------------------------------------------


def test_containers_in_containers_are_bounded() -> None:
    nested = b""
    for _ in range(MAX_DEPTH + 1):
        nested = bytes([0x24, len(nested)]) + nested
    with pytest.raises(FrameError) as caught:
        read_tlv(nested)
    assert caught.value.code == "too-deep"


def test_the_number_of_elements_is_bounded() -> None:
    with pytest.raises(FrameError) as caught:
        read_bmps(b"\x01\x00" * (MAX_ELEMENTS + 1))
    assert caught.value.code == "too-many"
    with pytest.raises(FrameError) as caught:
        read_tlv(b"\x07\x00" * (MAX_ELEMENTS + 1))
    assert caught.value.code == "too-many"


def test_a_tag_of_three_bytes_is_an_error() -> None:
    with pytest.raises(FrameError) as caught:
        read_tlv(bytes.fromhex("1f810100"))
    assert caught.value.code == "length"


def _payload(tag: int) -> st.SearchStrategy[bytes]:
    size, kind = BMP[tag]
    if kind in (Kind.NUMBER, Kind.DIGITS):
        return st.integers(0, 10 ** (2 * size) - 1).map(lambda n: bcd.from_int(n, size))
    if size:
        return st.binary(min_size=size, max_size=size)
    return st.binary(max_size=99)


FIELDS = st.lists(
    st.sampled_from(sorted(BMP)).flatmap(lambda tag: st.tuples(st.just(tag), _payload(tag))),
    max_size=12,
)


@given(FIELDS)
@settings(max_examples=150, deadline=None)
def test_fields_are_read_as_they_were_built(fields: list[tuple[int, bytes]]) -> None:
    built = build_bmps(fields)
    read, rest = read_bmps(built)
    assert [(item.tag, item.value) for item in read] == fields
    assert rest == b""
    assert sum(item.size for item in read) == len(built)


@given(st.integers(0, 999_999_999_999), st.sampled_from(["EUR", "CNY", "JPY", None]))
@settings(max_examples=100, deadline=None)
def test_what_is_built_is_read(amount: int, currency: str | None) -> None:
    for raw in (
        zvt_build.authorisation(amount, currency),
        zvt_build.refund("000000", amount, currency),
    ):
        command = parse(single(raw))
        assert command.amount == amount
        assert intent_of(command, "GBP") is not None


@given(st.binary(max_size=200))
@settings(max_examples=300, deadline=None)
def test_garbage_gives_frame_errors_and_nothing_else(data: bytes) -> None:
    """Whatever a peer sends, the only error that comes out is a FrameError."""
    for message in (*decode(data), *decode_serial(data)):
        message.as_json()
    for reader in (read_tlv, read_bmps):
        with suppress(FrameError):
            reader(data)


@given(st.sampled_from(sorted(STRICT)), st.binary(max_size=60))
@settings(max_examples=300, deadline=None)
def test_a_money_command_that_parses_builds_the_same_bytes(code: int, body: bytes) -> None:
    unit = Apdu.of(code, body)
    try:
        command = parse(unit)
    except FrameError:
        return
    rebuilt = build_bmps((item.tag, item.value) for item in command.fields)
    head = (command.password or b"") + command.text
    assert Apdu.of(code, head + rebuilt).raw == unit.raw


@given(st.data())
@settings(max_examples=200, deadline=None)
def test_one_changed_byte_never_changes_only_how_it_is_read(data: st.DataObject) -> None:
    raw = bytearray(zvt_build.refund("123456", 1250, "EUR"))
    at = data.draw(st.integers(3, len(raw) - 1))
    raw[at] = data.draw(st.integers(0, 255).filter(lambda byte: byte != raw[at]))
    try:
        command = parse(single(bytes(raw)))
    except FrameError:
        return
    assert (command.amount, command.currency, command.password) != (
        1250,
        978,
        bytes.fromhex("123456"),
    )


@pytest.mark.parametrize(
    "text", ["241807164269747465204b617274652065696e737465636b656e", "1f04020102", "27031401ff"]
)
def test_containers_build_the_same_bytes(text: str) -> None:
    data = bytes.fromhex(text)
    assert build_tlv(read_tlv(data)) == data


# -- packed digits ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "size", "data"), [(0, 1, "00"), (1250, 6, "000000001250"), (99, 1, "99")]
)
def test_packed_digits(value: int, size: int, data: str) -> None:
    assert bcd.from_int(value, size).hex() == data
    assert bcd.to_int(bytes.fromhex(data)) == value


def test_what_is_no_packed_number() -> None:
    assert bcd.to_int(b"") == 0
    for value, size in ((100, 1), (-1, 3)):
        with pytest.raises(LocalError):
            bcd.from_int(value, size)
    with pytest.raises(FrameError) as caught:
        bcd.to_int(b"\x1a", at=7)
    assert (caught.value.code, caught.value.at) == ("not-bcd", 7)
