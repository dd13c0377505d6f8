"""STX frames: where each ends, whatever the LRC is, and what becomes of bytes that are none."""

from __future__ import annotations

import json
import random
from functools import reduce
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pos_guard.errors import FrameError, LocalError
from pos_guard.frames import stx_hypercom, stx_transbank
from pos_guard.frames.decoded import Decoded
from pos_guard.frames.stx import (
    BadFrame,
    Control,
    StxEvent,
    StxFormat,
    StxFrame,
    StxFramer,
    build,
    lrc,
)

GOLDEN: list[dict[str, Any]] = json.loads(
    (Path(__file__).parent.parent / "golden" / "stx.json").read_text(encoding="utf-8")
)["vectors"]
DECODERS = {
    "transbank": stx_transbank.decode,
    "hypercom-ecr": stx_hypercom.decode,
    "credibanco": stx_hypercom.decode_credibanco,
}
FORMS = {
    "transbank": stx_transbank.FORMAT,
    "hypercom-ecr": stx_hypercom.FORMAT,
    "credibanco": stx_hypercom.FORMAT,
}

PLAIN = StxFormat("none", lrc_start=0, lrc_from_stx=False, max_body=32)
BCD = StxFormat("bcd2", lrc_start=0, lrc_from_stx=False, max_body=300)
ALL = [
    PLAIN,
    BCD,
    StxFormat("bin2", lrc_start=0, lrc_from_stx=False, max_body=300),
    StxFormat("none", lrc_start=0x7F, lrc_from_stx=True, max_body=32),
    StxFormat("none", lrc_start=0, lrc_from_stx=False, max_body=32, parity7=True),
]


def take(form: StxFormat, *chunks: bytes) -> list[StxEvent]:
    """All events of these bytes; at the end the line falls silent."""
    framer = StxFramer(form)
    events: list[StxEvent] = []
    for chunk in chunks:
        framer.feed(chunk)
        while (event := framer.take()) is not None:
            events.append(event)
    rest = framer.drop()
    return events if rest is None else [*events, rest]


def bodies(events: list[StxEvent]) -> list[bytes]:
    return [event.body for event in events if isinstance(event, StxFrame)]


# -- what others made ---------------------------------------------------------------------------


@pytest.mark.parametrize("vector", GOLDEN, ids=lambda v: str(v["id"]))
def test_public_frames_are_read_as_their_source_says(vector: dict[str, Any]) -> None:
    data = bytes.fromhex(vector["hex"])
    (shown,) = list(DECODERS[vector["profile"]](data))
    assert (shown.error is None) == vector["valid"]
    if shown.error is not None:
        return
    seen = shown.as_json(unmask=True)["fields"]
    assert isinstance(seen, dict)
    for name, value in vector["fields"].items():
        assert seen[name] == value, name
    assert _meant(shown) == (None if vector["intent"] is None else tuple(vector["intent"]))


def _meant(shown: Decoded) -> tuple[str, int | None, str | None, str | None] | None:
    intent = shown.intent
    if intent is None:
        return None
    return (str(intent.kind), intent.amount, intent.currency, intent.original)


VALID = [vector for vector in GOLDEN if vector["valid"]]


@pytest.mark.parametrize("vector", VALID, ids=lambda v: str(v["id"]))
def test_public_frames_whole_byte_by_byte_and_with_more_behind(vector: dict[str, Any]) -> None:
    form, data = FORMS[vector["profile"]], bytes.fromhex(vector["hex"])
    whole = take(form, data)
    assert [type(event) for event in whole] == [StxFrame]
    assert take(form, *(bytes([byte]) for byte in data)) == whole
    assert take(form, data + b"\x06" + data) == [*whole, Control.ACK, *whole]
    assert build(form, bodies(whole)[0]) == data


@pytest.mark.parametrize("vector", VALID, ids=lambda v: str(v["id"]))
def test_any_changed_bit_of_a_public_frame_is_noticed(vector: dict[str, Any]) -> None:
    form, data = FORMS[vector["profile"]], bytes.fromhex(vector["hex"])
    for at in range(len(data)):
        changed = bytearray(data)
        changed[at] ^= 0x40
        assert bodies(take(form, bytes(changed))) == []


# -- the end of a frame --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "last"),
    [(b"0100", 0x02), (b"0500||", 0x06), (b"1200|10|", 0x01), (b"0300", 0x00), (b"0700||", 0x04)],
)
def test_an_lrc_that_looks_like_a_control_byte_is_an_lrc(body: bytes, last: int) -> None:
    frame = build(stx_transbank.FORMAT, body)
    assert frame[-1] == last
    assert bodies(take(stx_transbank.FORMAT, frame + frame)) == [body, body]


@pytest.mark.parametrize("size", [2, 3, 6, 15, 203, 206, 302])
@pytest.mark.parametrize("length", ["bcd2", "bin2"])
def test_with_a_length_any_byte_may_stand_anywhere(size: int, length: str) -> None:
    form = StxFormat("bcd2" if length == "bcd2" else "bin2", 0, False, 1024)
    body = (b"\x03\x02\x06\x1c" * 100)[:size]
    assert bodies(take(form, build(form, body))) == [body]
    assert bodies(take(form, *(bytes([b]) for b in build(form, body)))) == [body]


@pytest.mark.parametrize("size", [0, 1, 2, 3, 7, 8, 9, 63, 64, 65, 1024])
def test_the_folded_lrc_is_the_plain_one(size: int) -> None:
    data = random.Random(size).randbytes(size)
    assert lrc(PLAIN, data) == reduce(lambda a, b: a ^ b, data, 0)
    shifted = StxFormat("none", 0x7F, True, 32)
    assert lrc(shifted, data) == reduce(lambda a, b: a ^ b, data, 0x7F ^ 0x02)


@pytest.mark.parametrize(
    ("form", "data", "code"),
    [
        (PLAIN, build(PLAIN, b"0100")[:-1] + b"\x03", "checksum"),
        (PLAIN, b"\x02\x03\x03", "length"),
        (PLAIN, b"\x02" + b"1" * 33, "length"),
        (PLAIN, b"\x0201", "truncated"),
        (PLAIN, b"abc", "noise"),
        (BCD, b"\x02\x00\x0a12345", "not-bcd"),
        (BCD, b"\x02\x00\x00\x03\x03", "length"),
        (BCD, b"\x02\x03\x01", "length"),
        (BCD, b"\x02\x00\x0412345\x03\x00", "framing"),
        (ALL[4], b"\x02\xb1\x03\xb2", "parity"),
        (ALL[4], b"\x021\x03\xb2", "parity"),
    ],
)
def test_what_is_no_frame_says_why(form: StxFormat, data: bytes, code: str) -> None:
    events = take(form, data)
    assert isinstance(events[0], BadFrame)
    if code == "parity":
        assert bodies(events) == []
        return
    assert events[0].error.code == code
    assert data.startswith(events[0].cut)


def test_after_a_frame_that_is_too_long_the_next_one_is_read() -> None:
    good = build(PLAIN, b"0100")
    events = take(PLAIN, b"\x02" + b"1" * 100 + b"\x03\x02", good)
    assert isinstance(events[0], BadFrame)
    assert bodies(events) == [b"0100"]


def test_the_lrc_behind_noise_is_no_beginning_and_no_ack() -> None:
    events = take(PLAIN, b"0500||\x03\x06" + build(PLAIN, b"0100"))
    assert [type(event) for event in events] == [BadFrame, StxFrame]
    events = take(PLAIN, b"0100\x03\x02" + build(PLAIN, b"0300"))
    assert bodies(events) == [b"0300"]
    tail = b"0500||\x03\x06" + build(PLAIN, b"0100")
    assert bodies(take(PLAIN, *(bytes([byte]) for byte in tail))) == [b"0100"]


def test_with_a_length_nothing_is_believed_until_the_line_was_silent() -> None:
    framer = StxFramer(BCD)
    framer.feed(b"\x02\x99\x99" + build(BCD, b"1234"))
    assert isinstance(framer.take(), BadFrame)
    assert framer.take() is None
    assert framer.lost
    assert framer.drop() is None
    framer.feed(build(BCD, b"1234"))
    frame = framer.take()
    assert isinstance(frame, StxFrame)
    assert (frame.body, framer.pending, framer.lost) == (b"1234", 0, False)


@pytest.mark.parametrize("body", [b"", b"1" * 33, b"1\x032"])
def test_a_body_that_cannot_be_framed_is_the_callers_fault(body: bytes) -> None:
    with pytest.raises(LocalError):
        build(PLAIN, body)
    with pytest.raises(LocalError):
        build(ALL[4], b"\x80")


@pytest.mark.parametrize("control", list(Control))
def test_seven_bits_travel_with_even_parity(control: Control) -> None:
    form = ALL[4]
    assert control.on_line(form)[0].bit_count() % 2 == 0
    assert take(form, control.on_line(form)) == [control]
    assert all(byte.bit_count() % 2 == 0 for byte in build(form, b"0123 ABC"))


# -- whatever comes ------------------------------------------------------------------------------


@given(st.sampled_from(ALL), st.data())
@settings(max_examples=150, deadline=None)
def test_frames_come_back_however_they_are_cut(form: StxFormat, data: st.DataObject) -> None:
    some = st.binary(min_size=1, max_size=30)
    if form.length == "none":
        some = st.text("0123|AZ \x1c", min_size=1, max_size=30).map(str.encode)
    wanted = data.draw(st.lists(some, max_size=4))
    stream = b"".join(build(form, body) for body in wanted)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=5)))
    chunks = [stream[a:b] for a, b in zip([0, *cuts], [*cuts, len(stream)], strict=True)]
    assert bodies(take(form, *chunks)) == wanted


@given(st.sampled_from(ALL), st.lists(st.binary(max_size=80), max_size=6))
@settings(max_examples=200, deadline=None)
def test_garbage_is_an_error_and_is_never_kept(form: StxFormat, chunks: list[bytes]) -> None:
    framer = StxFramer(form)
    for chunk in chunks:
        framer.feed(chunk)
        while (event := framer.take()) is not None:
            if isinstance(event, BadFrame):
                assert isinstance(event.error, FrameError)
        assert framer.pending <= form.max_body + 5
    framer.drop()
    assert (framer.pending, framer.lost) == (0, False)


@pytest.mark.parametrize("form", ALL)
@pytest.mark.parametrize("fill", [b"\x02", b"\x03", b"\x06", b"1", b"\x02\x03", b"\x00\xff"])
def test_a_flood_leaves_nothing_behind(form: StxFormat, fill: bytes) -> None:
    framer = StxFramer(form)
    for _ in range(64):
        framer.feed(fill * 2048)
        while framer.take() is not None:
            pass
        assert framer.pending <= form.max_body + 5
