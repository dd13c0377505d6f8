"""EMVCo consumer-presented codes: which may be charged, and that nothing of them is shown."""

from __future__ import annotations

import base64
import io
import json
from pathlib import Path
from typing import Any

import pytest
from construct import ConstructError
from hypothesis import given, settings
from hypothesis import strategies as st

from pos_guard.errors import FrameError
from pos_guard.frames import emv_cpm
from pos_guard.frames.codes import Kind, classify

GOLDEN = Path(__file__).parents[1] / "golden" / "scanned_codes.json"
SAMPLES: list[dict[str, Any]] = json.loads(GOLDEN.read_text("utf-8"))
CONSUMER = [s for s in SAMPLES if s["kind"] == "emv-cpm"]


@pytest.mark.parametrize("sample", CONSUMER, ids=lambda s: s["payload"][-12:])
def test_consumer_codes_name_their_applications(sample: dict[str, Any]) -> None:
    assert list(emv_cpm.parse(sample["payload"]).aids) == sample["expect"]["aids"]


@pytest.mark.parametrize("sample", CONSUMER, ids=lambda s: s["payload"][-12:])
def test_consumer_codes_are_built_again_to_the_byte(sample: dict[str, Any]) -> None:
    data = base64.b64decode(sample["payload"])
    assert emv_cpm.build(emv_cpm.objects(data)) == data


def test_nothing_of_a_consumer_code_is_shown() -> None:
    text = CONSUMER[0]["payload"]
    found = classify(text)
    assert found.masked == "hQVDUFY…"
    assert text[8:] not in repr(found) + json.dumps(found.as_json(), ensure_ascii=False)


def _consumer(*objects: tuple[str, bytes]) -> str:
    return base64.b64encode(emv_cpm.build([("85", b"CPV01"), *objects])).decode()


AID = emv_cpm.build([("4F", bytes(7)), ("57", bytes(4))])


@pytest.mark.parametrize(
    ("text", "payable", "problems"),
    [
        (_consumer(("61", AID)), True, ()),
        (_consumer(("61", AID), ("63", b"opaque")), True, ()),
        (_consumer(("61", emv_cpm.build([("4F", bytes(4))]))), False, None),
        (_consumer(("61", emv_cpm.build([("4F", bytes(17))]))), False, None),
        (
            _consumer(("61", emv_cpm.build([("4F", bytes(4))])), ("61", AID)),
            True,
            ("template-skipped",),
        ),
        (_consumer(("61", emv_cpm.build([("4F", bytes(7))]))), True, ("no-card",)),
        (_consumer(("62", AID)), False, ("no-application",)),
        (_consumer(), False, None),
        (_consumer(("61", AID), ("63", b"1"), ("63", b"2")), True, ()),
        (_consumer(("61", AID), ("DF01", b"1"), ("DF01", b"1")), False, ("duplicate-field",)),
        (_consumer(("61", AID), ("DF01", b"1")), True, ()),
        (_consumer(("62", AID), ("61", emv_cpm.build([("4F", bytes(5))]))), True, ()),
        (_consumer(("61", AID + AID)), False, ("duplicate-field",)),
        (_consumer(("61", b"\x4f\x05\x00")), False, ("truncated",)),
        ("hQVDUFYwMQ==", False, None),
        ("hQVDUFYwMmEA", False, ("version",)),
        ("hQVDUFYwMWEaTwegAAAAVVVVVw8SNFZ4kBI0WNGRIgESNF9=", False, ("not-canonical",)),
        ("hQVDUFY*", False, ("base64",)),
        ("hQVDUFY" + "A" * 5000, False, ("length",)),
    ],
)
def test_consumer_codes_that_may_be_charged(
    text: str, payable: bool, problems: tuple[str, ...] | None
) -> None:
    found = classify(text)
    assert found.payable is payable
    assert problems is None or found.problems == problems


@pytest.mark.parametrize("size", [0, 1, 127, 128, 255, 256, 1000])
def test_lengths_are_built_in_their_shortest_form_and_read_again(size: int) -> None:
    level = [("5F2D", bytes(size))]
    assert emv_cpm.objects(emv_cpm.build(level)) == level


@pytest.mark.parametrize("data", ["4F80", "4F8401000000", "5F", "5FFFFF01", "4F8201", "4F"])
def test_lengths_that_are_none_are_refused(data: str) -> None:
    with pytest.raises(FrameError):
        emv_cpm.objects(bytes.fromhex(data))


@pytest.mark.parametrize("data", ["4F810100", "4F82000100", "4F81020000"])
def test_longer_forms_of_a_length_are_read_as_ber_allows_them(data: str) -> None:
    found = emv_cpm.objects(bytes.fromhex(data))
    assert found == [("4F", bytes(len(found[0][1])))]
    code = base64.b64encode(bytes.fromhex("8505435056303161810C4F07A00000000000005A0101"))
    assert "long-length" in classify(code).problems
    assert classify(code).payable


def test_the_number_of_objects_is_bounded() -> None:
    with pytest.raises(FrameError, match="more than"):
        emv_cpm.objects(b"\x4f\x00" * 100)


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=80))
def test_garbage_in_a_consumer_code_gives_frame_errors_only(data: bytes) -> None:
    text = base64.b64encode(bytes.fromhex("85054350563031") + data).decode()
    try:
        emv_cpm.parse(text)
    except FrameError:
        return
    # Whatever was read reads the same again from its shortest form.
    found = emv_cpm.objects(base64.b64decode(text))
    assert emv_cpm.objects(emv_cpm.build(found)) == found


@settings(max_examples=200, deadline=None)
@given(st.one_of(st.binary(max_size=60), st.binary(max_size=6).map(lambda b: b"\x4f" + b)))
def test_consumer_objects_agree_with_their_definition(data: bytes) -> None:
    stream = io.BytesIO(data)
    defined: list[tuple[str, bytes]] | None = []
    while defined is not None and stream.tell() < len(data):
        try:
            parsed = emv_cpm.OBJECT.parse_stream(stream)
            defined.append((parsed.tag, bytes(parsed.value)))
        except (ConstructError, ValueError):
            defined = None
    try:
        assert emv_cpm.objects(data) == defined
    except FrameError:
        assert defined is None


def test_what_a_receipt_may_show_is_a_fact_and_the_card_is_not() -> None:
    # EMVCo CPM annex B has no 9F25; the number is the standard's own made-up one.
    template = emv_cpm.build(
        [("4F", bytes.fromhex("A0000000555555")), ("9F25", bytes.fromhex("3458")), ("5A", b"\x12")]
    )
    found = classify(_consumer(("61", template)))
    assert found.facts == {"applications": "A0000000555555", "last_digits": "3458"}
    assert found.kind is Kind.PAYMENT_CODE
    assert found.say.zh
