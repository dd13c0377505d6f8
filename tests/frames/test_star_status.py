"""Status bytes of Star printers, bit by bit, against Star's manual (HSP7000, pages 5-7 to 5-11)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pos_guard.errors import FrameError
from pos_guard.frames.escpos_status import Condition, PrinterStatus
from pos_guard.frames.star_replies import MAX_ANSWER, StarReply, StarReplyScanner, model_of
from pos_guard.frames.star_status import asb_length, build_asb, parse_asb

HEALTHY = bytes.fromhex("230600000000000000")
WELL = PrinterStatus(
    online=True, paper=True, near_end=False, cover_open=False, error=False, drawer_high=False
)
VERSION = b"\x1b#*,HSP7000 Ver. 1.0\n\x00"


def flipped(byte: int, bit: int) -> bytes:
    raw = bytearray(HEALTHY)
    raw[byte] |= 1 << bit
    return bytes(raw)


# Lengths as receiptio computes them; 21h and 2Dh are the shortest and a longer first byte.
@pytest.mark.parametrize(
    ("first", "second", "length"),
    [(0x0F, 0x02, 7), (0x21, 0x04, 8), (0x23, 0x06, 9), (0x23, 0x86, 11), (0x2F, 0x0C, 15)],
)
def test_the_header_says_how_long_a_status_is(first: int, second: int, length: int) -> None:
    assert asb_length(first, second) == length


def test_a_healthy_printer_is_ready() -> None:
    found = parse_asb(HEALTHY)
    assert (found.state, found.etb, found.count) == (WELL, False, 0)
    assert found.state.ready is True


@pytest.mark.parametrize(
    ("byte", "bit", "name", "value"),
    [
        (2, 5, "cover_open", True),
        (2, 3, "online", False),
        (2, 2, "drawer_high", True),
        (3, 6, "error", True),
        (3, 5, "error", True),
        (3, 3, "error", True),
        (3, 2, "error", True),
        (4, 3, "error", True),
        (4, 2, "error", True),
        (4, 1, "error", True),
        (5, 3, "paper", False),
        (5, 2, "near_end", True),
        (5, 1, "near_end", True),
    ],
)
def test_each_bit_means_what_the_manual_says(byte: int, bit: int, name: str, value: bool) -> None:
    state = parse_asb(flipped(byte, bit)).state
    assert getattr(state, name) is value
    others = {"online", "paper", "near_end", "cover_open", "error", "drawer_high"} - {name}
    assert all(getattr(state, other) == getattr(WELL, other) for other in others)


def test_that_an_etb_was_reached_is_told() -> None:
    assert parse_asb(flipped(2, 1)).etb is True


@pytest.mark.parametrize(("bit", "worth"), [(1, 1), (2, 2), (3, 4), (5, 8), (6, 16)])
def test_the_counter_is_spread_over_five_bits(bit: int, worth: int) -> None:
    assert parse_asb(flipped(7, bit)).count == worth


def test_a_short_status_has_no_counter() -> None:
    found = parse_asb(bytes.fromhex("0f020000000000"))
    assert (found.state, found.count) == (WELL, None)


def test_a_longer_status_is_read_as_far_as_it_is_known() -> None:
    assert parse_asb(bytes.fromhex("2f0c00000000000a00000000000000")).count == 5


@pytest.mark.parametrize(
    "raw", [b"", HEALTHY[:8], b"\x13" + HEALTHY[1:], flipped(2, 7), flipped(5, 0), flipped(7, 4)]
)
def test_what_is_no_status_raises(raw: bytes) -> None:
    with pytest.raises(FrameError) as caught:
        parse_asb(raw)
    assert caught.value.code == "malformed"


@given(st.binary(max_size=16))
def test_garbage_raises_a_frame_error_or_is_read(data: bytes) -> None:
    try:
        found = parse_asb(data)
    except FrameError:
        return
    assert found.count is None or 0 <= found.count < 32


@given(
    st.builds(
        Condition,
        *(st.booleans() for _ in range(6)),
        recoverable=st.booleans(),
        unrecoverable=st.booleans(),
        auto_recoverable=st.booleans(),
    ),
    st.booleans(),
    st.integers(0, 31),
)
def test_what_is_built_reads_back(state: Condition, etb: bool, count: int) -> None:
    found = parse_asb(build_asb(state, etb=etb, count=count))
    assert (found.etb, found.count) == (etb, count)
    assert found.state.online is state.online
    assert found.state.paper is state.paper
    assert found.state.near_end is state.near_end
    assert found.state.cover_open is state.cover_open
    assert found.state.error is state.error
    assert found.state.drawer_high is state.drawer_high


# Telling replies apart.


def fed(data: bytes, size: int = 1000) -> list[StarReply]:
    scanner = StarReplyScanner()
    pieces = (data[at : at + size] for at in range(0, len(data), size))
    return [reply for piece in pieces for reply in scanner.feed(piece)]


NETWORK = bytes.fromhex("238600000000000000") + b"\x00\x0a" + b"01:B\x00\x01\x10;\r\n"


@pytest.mark.parametrize("size", [1, 2, 5, 1000])
def test_replies_of_all_kinds_come_apart(size: int) -> None:
    stream = HEALTHY + VERSION + NETWORK + b"\x1b\x1dyI\x13\x01" + b"\x10" + HEALTHY
    assert fed(stream, size) == [
        StarReply("asb", HEALTHY),
        StarReply("answer", VERSION),
        StarReply("asb", NETWORK),
        StarReply("answer", b"\x1b\x1dyI\x13\x01"),
        StarReply("status", b"\x10"),
        StarReply("asb", HEALTHY),
    ]


def test_flow_control_may_stand_in_a_status() -> None:
    stream = b"\x11" + HEALTHY[:4] + b"\x13" + HEALTHY[4:] + b"\x11"
    assert fed(stream) == [StarReply("asb", HEALTHY)]


@pytest.mark.parametrize("lost", range(1, 9))
def test_a_lost_byte_costs_one_status(lost: int) -> None:
    broken = HEALTHY[:lost] + HEALTHY[lost + 1 :]
    found = fed(broken + HEALTHY + HEALTHY)
    assert found[-1] == StarReply("asb", HEALTHY)
    assert [reply.kind for reply in found].count("asb") >= 1


def test_a_cut_answer_ends_with_the_next_one() -> None:
    assert fed(VERSION[:6] + VERSION)[-1] == StarReply("answer", VERSION)
    assert len(StarReplyScanner().pending) == 0


def test_an_endless_answer_is_given_up() -> None:
    found = fed(b"\x1b#*," + b"A" * 300 + HEALTHY)
    assert max(len(reply.raw) for reply in found) <= MAX_ANSWER
    assert found[-1] == StarReply("asb", HEALTHY)


@given(st.lists(st.binary(max_size=20), max_size=8))
def test_every_byte_but_flow_control_is_in_one_reply_or_pending(pieces: list[bytes]) -> None:
    scanner = StarReplyScanner()
    out = b"".join(reply.raw for piece in pieces for reply in scanner.feed(piece))
    plain = b"".join(pieces).translate(None, b"\x11\x13")
    assert (out + scanner.pending).translate(None, b"\x11\x13") == plain


def test_the_model_is_in_the_answer_to_the_version() -> None:
    assert model_of(VERSION) == "HSP7000 Ver. 1.0"
    assert model_of(b"\x1b#*,x") == ""
