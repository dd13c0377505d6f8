from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pos_guard.errors import FrameError
from pos_guard.frames import caisse_ap_table as table
from pos_guard.frames.caisse_ap import (
    CaisseFramer,
    build_tags,
    currency,
    intent_of,
    parse,
    parse_request,
    read_tags,
    refusal,
    refusal_of_anything,
)
from pos_guard.frames.caisse_ap_decode import decode
from pos_guard.model import IntentKind

GOLDEN: list[dict[str, Any]] = json.loads(
    (Path(__file__).parents[1] / "golden" / "caisse_ap.json").read_text(encoding="utf-8")
)
VALID = [case for case in GOLDEN if case["valid"]]
BROKEN = [case for case in GOLDEN if not case["valid"]]
VISA_TEST_NUMBER = "4111111111111111"  # documented test number

BASE = {"CZ": "0300", "CJ": "012345678901", "CA": "01", "CE": "978", "CD": "0", "CB": "1250"}


def request(**changes: str | None) -> bytes:
    """The base request with other, more or (None) fewer tags."""
    tags = {**BASE, **changes}
    return build_tags((name, value) for name, value in tags.items() if value is not None)


def code_of(data: bytes) -> str:
    with pytest.raises(FrameError) as caught:
        intent_of(parse_request(data))
    return caught.value.code


@pytest.mark.parametrize("case", VALID, ids=lambda case: case["id"])
def test_golden_messages(case: dict[str, Any]) -> None:
    data = case["text"].encode()
    (message,) = decode(data)
    shown = message.as_json(unmask=True)
    assert shown["error"] is None
    assert shown["raw"] == data.hex()
    assert shown["name"] == case["expect"]["name"]
    assert shown["intent"] == case["expect"].get("intent")
    fields = shown["fields"]
    assert isinstance(fields, dict)
    for tag, value in case["expect"]["tags"].items():
        assert fields[tag] == (int(value) if tag == "CB" else value), tag
    assert build_tags((tag.name, tag.value) for tag in parse(data).tags) == data


@pytest.mark.parametrize("case", BROKEN, ids=lambda case: case["id"])
def test_golden_errors(case: dict[str, Any]) -> None:
    messages = list(decode(case["text"].encode()))
    errors = [message.error for message in messages if message.error is not None]
    assert errors
    assert errors[0].code == case["expect"]["error"]
    assert all(message.intent is None for message in messages)


@pytest.mark.parametrize("case", VALID, ids=lambda case: case["id"])
def test_byte_by_byte_with_a_neighbour(case: dict[str, Any]) -> None:
    data = case["text"].encode()
    framer = CaisseFramer()
    for byte in data:
        assert framer.feed(bytes([byte])) == []
    assert framer.whole
    assert framer.feed(data) == [data]
    assert framer.drop() == data
    assert not framer.pending
    glued = CaisseFramer()
    assert glued.feed(data + data + b"\r\n" + data[:7]) == [data, data + b"\r\n"]
    assert not glued.whole
    assert glued.drop() == data[:7]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (request(CD=None), "missing"),
        (request(CB=None), "missing"),
        (request(CJ=None), "missing"),
        (request(CE=None), "missing"),
        (request(CA=None), "missing"),
        (request(CB="1"), "value"),
        (request(CB="1234567890123"), "value"),
        (request(CB="12.5"), "value"),
        (request(CB="-125"), "value"),
        (request(CB="0x10"), "value"),
        (request(CD="10"), "value"),
        (request(CE="97"), "value"),
        (request(CE="EUR"), "value"),
        (request(CE="000"), "currency"),
        (request(CZ="0200"), "value"),
        (request(BA="2"), "value"),
        (request(AE="10"), "unknown-field"),
        (request(ZZ="1"), "unknown-field"),
        (request(CD="I"), "value"),
        (request() + b"CD0011", "duplicate-field"),
        (request() + b"CB003999", "duplicate-field"),
        (request()[9:] + request()[:9], "not-first"),
        (request() + b"\x00", "truncated"),
        (request() + b" ", "truncated"),
        (request() + b"\n", "truncated"),
        (request()[:-1], "truncated"),
        (request() + b"cf0011", "length"),
        (request() + b"CF000", "length"),
        (request() + b"CF0+1x", "length"),
        (request() + b"CF001\x7f", "charset"),
        (request() + b"CF002\xc3\xa9", "charset"),
        (request(OD="x" * 999), "too-long"),
        (b"", "empty"),
        (b"\r\n", "empty"),
        (b"CZ0040300" + b"".join(b"Z%c0011" % (65 + n % 26) for n in range(70)), "too-many"),
    ],
)
def test_what_is_no_request(data: bytes, code: str) -> None:
    assert code_of(data) == code


@pytest.mark.parametrize(
    ("changes", "kind", "amount", "original"),
    [
        ({}, IntentKind.SALE, 1250, None),
        ({"CB": "000000001250"}, IntentKind.SALE, 1250, None),
        ({"CB": "05"}, IntentKind.SALE, 5, None),
        ({"CD": "0", "CH": "000007"}, IntentKind.SALE, 1250, None),
        ({"CD": "1"}, IntentKind.REFUND, 1250, None),
        ({"CD": "1", "CH": "000007"}, IntentKind.REFUND, 1250, "000007"),
        ({"CD": "2", "CH": "000007"}, IntentKind.VOID, 1250, "000007"),
        ({"CD": "2"}, IntentKind.VOID, 1250, None),
        ({"CC": "00C"}, IntentKind.SALE, 1250, None),
    ],
)
def test_what_a_request_means(
    changes: dict[str, str], kind: IntentKind, amount: int, original: str | None
) -> None:
    intent = intent_of(parse_request(request(**changes)))
    assert intent is not None
    assert (intent.kind, intent.amount, intent.currency, intent.original) == (
        kind, amount, "EUR", original,
    )  # fmt: skip


@pytest.mark.parametrize("action", ["3", "4", "5", "A"])
def test_an_action_that_nobody_knows_has_no_intent(action: str) -> None:
    message = parse_request(request(CD=action))
    assert (intent_of(message), message.name) == (None, "unknown")


def test_an_identification_moves_nothing() -> None:
    message = parse_request(request(CD="I", CB=None, CE=None))
    assert (intent_of(message), message.name) == (None, "identification")


def test_a_refusal_is_the_request_and_the_reason() -> None:
    asked = request(CD="1", CB="000000001250", CF="A1")
    assert refusal(asked, "05") == asked + b"AE00201AF00205"
    assert refusal(asked + b"\r\n", "04") == asked + b"AE00201AF00204"
    assert len(refusal(b"x" * table.MAX_REQUEST, "05")) == 1024


@pytest.mark.parametrize(
    ("data", "answer"),
    [
        (b"\xff\xff", b"CZ0040300AE00201AF00209"),
        (request() + b"ZZ0011", b"CZ0040300CJ012012345678901CA00201CB0041250CD0010CE003978"
                                b"AE00201AF00209"),
        (request(CB="5"), b"CZ0040300CJ012012345678901CA00201CD0010CE003978AE00201AF00209"),
        (request(CZ="0320") + b"CD0011", b"CZ0040320CJ012012345678901CA00201CB0041250CD0010"
                                         b"CE003978AE00201AF00209"),
    ],
)  # fmt: skip
def test_the_answer_to_what_is_no_request(data: bytes, answer: bytes) -> None:
    assert refusal_of_anything(data, "09") == answer
    assert parse(answer).is_answer


def test_a_currency_may_be_missing_or_wrong() -> None:
    assert currency(parse(b"CZ0040300AE00201")) is None
    with pytest.raises(FrameError, match="ISO 4217"):
        currency(parse(b"CZ0040300CE003XYZ"))


def test_card_numbers_and_slips_are_masked() -> None:
    answer = build_tags([*BASE.items(), ("AE", "10"), ("AA", VISA_TEST_NUMBER), ("AK", "slip")])
    (message,) = decode(answer)
    shown = json.dumps(message.as_json())
    assert VISA_TEST_NUMBER not in shown
    assert VISA_TEST_NUMBER.encode().hex() not in shown
    assert b"slip".hex() not in shown
    assert VISA_TEST_NUMBER in json.dumps(message.as_json(unmask=True))
    (masked,) = decode(build_tags([*BASE.items(), ("AE", "10"), ("AA", "497010######0000")]))
    assert "497010######0000" in json.dumps(masked.as_json())
    for broken in (request() + b"ZZ016" + VISA_TEST_NUMBER.encode(), b"C?" + answer):
        (message,) = decode(broken)
        assert VISA_TEST_NUMBER.encode().hex() not in json.dumps(message.as_json())


def test_an_endless_message_is_given_up() -> None:
    framer = CaisseFramer()
    for _ in range(4):
        assert framer.feed(b"CF999" + b"x" * 999) == []
    with pytest.raises(FrameError) as caught:
        framer.feed(b"CF999" + b"x" * 999)
    assert caught.value.code == "too-long"


def test_a_line_end_may_come_on_its_own() -> None:
    framer = CaisseFramer()
    assert framer.feed(b"\r\n") == []
    assert not framer.pending
    framer.feed(request() + b"\r")
    assert not framer.whole
    assert framer.feed(b"\n" + request()) == [request() + b"\r\n"]


@settings(max_examples=150)
@given(st.lists(st.binary(max_size=40) | st.sampled_from([b"CZ0040300", b"CB00212", b"\r\n"])))
def test_garbage_gives_frame_errors_only(chunks: list[bytes]) -> None:
    """Whatever a peer sends: messages or a FrameError, never anything else."""
    framer = CaisseFramer()
    try:
        found = [message for chunk in chunks for message in framer.feed(chunk)]
    except FrameError:
        return
    data = b"".join(chunks)
    assert sum(map(len, found)) <= len(data)
    for message in [*found, framer.drop()]:
        refusal_of_anything(message, "09")
        try:
            parse_request(message)
        except FrameError:
            continue
        assert build_tags((t.name, t.value) for t in read_tags(message)) == message.removesuffix(
            b"\r\n"
        )


_values = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), min_size=1, max_size=60)
_names = st.text("ABCDEFGHIJ", min_size=2, max_size=2)


@settings(max_examples=80)
@given(st.lists(st.tuples(_names, _values), max_size=20))
def test_what_is_built_is_read(tags: list[tuple[str, str]]) -> None:
    assert [(tag.name, tag.value) for tag in read_tags(build_tags(tags))] == tags
