from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pos_guard.frames.zvt_serial import (
    BadFrame,
    SerialEvent,
    SerialFrame,
    SerialFramer,
    Signal,
    frame,
)

GOLDEN: list[dict[str, Any]] = json.loads(
    (Path(__file__).parents[1] / "golden" / "zvt.json").read_text(encoding="utf-8")
)
FRAMES = [
    (bytes.fromhex(v["hex"]), bytes.fromhex(v["expect"]["apdu"]))
    for v in GOLDEN
    if v["protocol"] == "zvt-serial"
]


def kinds(events: list[SerialEvent]) -> list[str]:
    return [
        event.name
        if isinstance(event, Signal)
        else event.error.code
        if isinstance(event, BadFrame)
        else event.apdu.hex()
        for event in events
    ]


@pytest.mark.parametrize(("raw", "apdu"), FRAMES, ids=[apdu.hex() for _, apdu in FRAMES])
def test_golden_frames_three_ways(raw: bytes, apdu: bytes) -> None:
    assert frame(apdu) == raw
    assert SerialFramer().feed(raw) == [SerialFrame(apdu, raw)]

    slow = SerialFramer()
    for byte in raw[:-1]:
        assert slow.feed(bytes([byte])) == []
    assert slow.feed(raw[-1:]) == [SerialFrame(apdu, raw)]
    assert slow.pending == 0

    followed = SerialFramer()
    assert followed.feed(raw + b"\x06\x10") == [SerialFrame(apdu, raw), Signal.ACK]
    assert followed.drop() == b"\x10"


def test_ten_euro_is_stuffed() -> None:
    apdu = bytes.fromhex("06010704000000001000")
    assert frame(apdu)[2:-4] == bytes.fromhex("0601070400000000101000")
    assert kinds(SerialFramer().feed(frame(apdu))) == [apdu.hex()]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ("06", ["ACK"]),
        ("1506", ["NAK", "ACK"]),
        ("7a7a06", ["noise", "ACK"]),
        ("1003", ["framing"]),
        ("10028000001004", ["framing"]),
        ("10028000001003f520", ["checksum"]),
        ("10028000" + "10028000001003f51f", ["framing", "800000"]),
        ("1002800000" + "10" + "03" + "f51f" + "10028000001003f51f", ["800000", "800000"]),
    ],
)
def test_what_is_no_frame(data: str, expected: list[str]) -> None:
    assert kinds(SerialFramer().feed(bytes.fromhex(data))) == expected


def test_a_frame_longer_than_any_unit_is_given_up() -> None:
    framer = SerialFramer(limit=20)
    events = framer.feed(b"\x10\x02" + bytes(30))
    assert kinds(events)[0] == "length"
    assert framer.pending == 0


@given(st.lists(st.binary(min_size=3, max_size=40), min_size=1, max_size=4), st.data())
@settings(max_examples=100, deadline=None)
def test_frames_arrive_however_they_are_cut(units: list[bytes], data: st.DataObject) -> None:
    stream = b"".join(frame(unit) for unit in units)
    cut = data.draw(st.integers(0, len(stream)))
    framer = SerialFramer()
    events = framer.feed(stream[:cut]) + framer.feed(stream[cut:])
    assert kinds(events) == [unit.hex() for unit in units]


@given(st.binary(min_size=3, max_size=30), st.data())
@settings(max_examples=200, deadline=None)
def test_a_flipped_bit_is_never_another_unit(unit: bytes, data: st.DataObject) -> None:
    raw = bytearray(frame(unit))
    bit = data.draw(st.integers(0, len(raw) * 8 - 1))
    raw[bit // 8] ^= 1 << bit % 8
    for event in SerialFramer().feed(bytes(raw)):
        assert not isinstance(event, SerialFrame)
