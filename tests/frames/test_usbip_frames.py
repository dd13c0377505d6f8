"""USB/IP headers against the bytes that the kernel's own text shows."""

from __future__ import annotations

import json
import struct
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pos_guard.errors import FrameError
from pos_guard.frames.usbip import (
    HEADER,
    MAX_TRANSFER,
    OK,
    STALL,
    UNLINKED,
    Submit,
    Unlink,
    build_submitted,
    build_unlinked,
    parse_command,
)

GOLDEN: dict[str, str] = json.loads(
    (Path(__file__).parents[1] / "golden" / "usbip.json").read_text(encoding="utf-8")
)


def golden(name: str) -> bytes:
    return bytes.fromhex(GOLDEN[name])


def header(*words: int, setup: bytes = bytes(8)) -> bytes:
    return struct.pack(">10I", *words) + setup


def test_the_captured_requests_are_read() -> None:
    assert parse_command(golden("submit_in")[:HEADER]) == Submit(
        seq=0xD05, endpoint=0x81, incoming=True, length=64, start_frame=0xFFFFFFFF
    )
    out = parse_command(golden("submit_out")[:HEADER])
    assert out == Submit(
        seq=0xD06, endpoint=0x01, incoming=False, length=64, start_frame=0xFFFFFFFF
    )
    assert out.follows == 64 == len(golden("submit_out")) - HEADER


def test_the_captured_answers_are_built() -> None:
    incoming = parse_command(golden("submit_in")[:HEADER])
    outgoing = parse_command(golden("submit_out")[:HEADER])
    assert isinstance(incoming, Submit)
    assert isinstance(outgoing, Submit)
    data = golden("returned_in")[HEADER:]
    assert build_submitted(incoming, OK, data=data) == golden("returned_in")
    assert build_submitted(outgoing, OK, taken=64) == golden("returned_out")


def test_unlinking_as_the_text_says() -> None:
    asked = parse_command(header(2, 7, 0x10002, 0, 0, 6, 0, 0, 0, 0))
    assert asked == Unlink(seq=7, target=6)
    assert asked.follows == 0
    assert build_unlinked(asked, UNLINKED) == struct.pack(">5Ii", 4, 7, 0, 0, 0, -104) + bytes(24)
    assert build_unlinked(asked, OK) == struct.pack(">5Ii", 4, 7, 0, 0, 0, 0) + bytes(24)


def test_a_stalled_control_request_returns_its_error() -> None:
    setup = bytes.fromhex("a100000000000004")
    asked = parse_command(header(1, 9, 0x10002, 1, 0, 0x200, 1024, 0, 0xFFFFFFFF, 0, setup=setup))
    assert isinstance(asked, Submit)
    assert (asked.endpoint, asked.setup, asked.follows) == (0, setup, 0)
    words = struct.pack(">5IiII", 3, 9, 0, 0, 0, -32, 0, 0)
    assert build_submitted(asked, STALL) == words + bytes.fromhex("ffffffff") + bytes(12)


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("header", (3, 1, 0, 0, 1, 0, 0, 0, 0, 0)),  # an answer is no request
        ("header", (0, 1, 0, 0, 1, 0, 0, 0, 0, 0)),
        ("header", (1, 1, 0, 2, 1, 0, 0, 0, 0, 0)),  # a third direction
        ("header", (1, 1, 0, 0, 16, 0, 0, 0, 0, 0)),  # USB has endpoints 0 to 15
        ("length", (1, 1, 0, 0, 1, 0, MAX_TRANSFER + 1, 0, 0, 0)),
        ("length", (1, 1, 0, 1, 1, 0, 0xFFFFFFFF, 0, 0, 0)),
        ("isochronous", (1, 1, 0, 1, 1, 0, 64, 0, 8, 0)),
    ],
)
def test_what_is_refused(code: str, words: tuple[int, ...]) -> None:
    with pytest.raises(FrameError) as caught:
        parse_command(header(*words))
    assert caught.value.code == code


@pytest.mark.parametrize("size", [0, 1, HEADER - 1, HEADER + 1])
def test_a_header_has_one_length(size: int) -> None:
    with pytest.raises(FrameError):
        parse_command((golden("submit_in") + b"\0")[:size].ljust(size, b"\0"))


@given(st.binary(min_size=HEADER, max_size=HEADER))
@settings(max_examples=200)
def test_garbage_is_a_frame_error_or_a_bounded_request(data: bytes) -> None:
    try:
        command = parse_command(data)
    except FrameError:
        return
    assert 0 <= command.follows <= MAX_TRANSFER
