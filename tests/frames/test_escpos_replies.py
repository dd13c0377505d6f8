"""Printer replies are told apart in any order and interleaving, and step is found again."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pos_guard.errors import FrameError, LocalError
from pos_guard.frames.escpos_blocks import (
    Block,
    BuffersCleared,
    Identity,
    Info,
    MemorySize,
    OfflineNotice,
    OtherBlock,
    PowerOffNotice,
    ProcessDone,
    SymbolSize,
    build_block,
    parse_block,
)
from pos_guard.frames.escpos_replies import MAX_BLOCK, Reply, ReplyScanner

GOLDEN = Path(__file__).parents[1] / "golden" / "escpos_status.json"
MANUAL = [(row["request"], bytes.fromhex(row["reply"])) for row in json.loads(GOLDEN.read_text())]

REPLIES = [
    Reply("realtime", b"\x12"),
    Reply("asb", b"\x10\x00\x00\x00"),
    Reply("status", b"\x03"),
    Reply("block", b'\x37"0001\x00'),
    Reply("block", b"\x5fEPSON\x00"),
]


def test_replies_are_told_apart_whole_and_in_single_bytes() -> None:
    stream = b"".join(reply.raw for reply in REPLIES)
    assert ReplyScanner().feed(stream) == REPLIES
    scanner = ReplyScanner()
    assert [reply for byte in stream for reply in scanner.feed(bytes((byte,)))] == REPLIES


def test_flow_control_between_the_bytes_is_ignored() -> None:
    stream = b"\x13\x10\x13\x00\x11\x00\x00\x11"
    assert ReplyScanner().feed(stream) == [Reply("asb", b"\x10\x00\x00\x00")]


def test_an_automatic_status_that_lost_a_byte_does_not_shift_the_next() -> None:
    replies = ReplyScanner().feed(b"\x10\x00\x00" + b"\x14\x00\x00\x00" + b"\x12")
    assert replies == [
        Reply("unknown", b"\x10\x00\x00"),
        Reply("asb", b"\x14\x00\x00\x00"),
        Reply("realtime", b"\x12"),
    ]


def test_a_block_that_never_ends_is_bounded() -> None:
    replies = ReplyScanner().feed(b"\x5f" + b"A" * 400)
    assert replies[0].kind == "unknown"
    assert len(replies[0].raw) == MAX_BLOCK - 1  # a NUL would have been the last


@pytest.mark.parametrize(("request_", "reply"), MANUAL)
def test_every_reply_of_the_manuals_is_known_for_what_it_is(request_: str, reply: bytes) -> None:
    kind = {"GS a": "asb", "DLE": "realtime", "GS r": "status"}[
        "DLE" if request_.startswith("DLE") else request_[:4]
    ]
    assert ReplyScanner().feed(reply) == [Reply(kind, reply)]  # type: ignore[arg-type]  # a table


def test_clones_that_answer_with_two_bytes_give_two_replies() -> None:
    replies = ReplyScanner().feed(b"\x0f\x0f\x08")
    assert [reply.kind for reply in replies] == ["status"] * 3


# One of each kind: (its bytes, whether its first byte can be nothing else wherever it stands).
ANY_REPLY = st.one_of(
    st.sampled_from([0x12, 0x16, 0x1A, 0x1E, 0x32, 0x52, 0x72, 0x7E]).map(
        lambda byte: Reply("realtime", bytes((byte,)))
    ),
    st.sampled_from([0x00, 0x01, 0x03, 0x0C, 0x0F, 0x20, 0x40, 0x6F]).map(
        lambda byte: Reply("status", bytes((byte,)))
    ),
    st.tuples(
        st.sampled_from([0x10, 0x14, 0x18, 0x1C, 0x38, 0x54]),
        *[st.sampled_from([0x00, 0x03, 0x0C, 0x0F, 0x20, 0x40])] * 3,
    ).map(lambda four: Reply("asb", bytes(four))),
    st.tuples(
        st.sampled_from([b"\x35", b"\x37r", b"\x3d!", b"\x5f"]),
        st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=20),
    ).map(lambda parts: Reply("block", parts[0] + parts[1].encode() + b"\x00")),
    st.sampled_from([b'\x37"0001\x00', b"\x37%\x00", b"\x3b0\x00", b"\x37#\x40\x48\x00"]).map(
        lambda raw: Reply("block", raw)
    ),
)
FLOW = st.sampled_from([b"\x11", b"\x13"])


@settings(max_examples=200, deadline=None)
@given(st.lists(ANY_REPLY, max_size=12), st.lists(st.tuples(st.integers(0, 200), FLOW), max_size=8))
def test_whole_replies_in_any_order_are_read_whatever_flow_control_is_between(
    replies: list[Reply], flow: list[tuple[int, bytes]]
) -> None:
    stream = bytearray(b"".join(reply.raw for reply in replies))
    for place, byte in flow:
        stream[place % (len(stream) + 1) : place % (len(stream) + 1)] = byte
    assert ReplyScanner().feed(bytes(stream)) == replies
    scanner = ReplyScanner()
    assert [reply for byte in stream for reply in scanner.feed(bytes((byte,)))] == replies
    assert scanner.pending == b""


def unmistakable(reply: Reply) -> bool:
    """Starts with a byte that no other reply can hold: below 1Fh, with bit 4."""
    return 0x10 <= reply.raw[0] < 0x1F


@settings(max_examples=300, deadline=None)
@given(st.lists(ANY_REPLY, min_size=1, max_size=12), st.integers(0, 400), st.none() | st.binary())
def test_after_a_lost_or_added_byte_all_is_right_from_the_next_unmistakable_reply(
    replies: list[Reply], place: int, added: bytes | None
) -> None:
    stream = b"".join(reply.raw for reply in replies)
    place %= len(stream)
    broken = stream[:place] + (added or b"")[:1] + stream[place + (added is None) :]
    ends = [len(b"".join(reply.raw for reply in replies[: n + 1])) for n in range(len(replies))]
    hit = next(n for n, end in enumerate(ends) if place < end)
    after = [n for n in range(hit + 1, len(replies)) if unmistakable(replies[n])]
    rest = replies[after[0] :] if after else []
    found = ReplyScanner().feed(broken)
    assert found[len(found) - len(rest) :] == rest
    assert found[:hit] == replies[:hit]


@given(st.binary(max_size=600))
def test_garbage_is_never_held_without_bound_nor_raised_about(data: bytes) -> None:
    scanner = ReplyScanner()
    replies = scanner.feed(data)
    kept = bytes(byte for byte in data if byte not in (0x11, 0x13))
    assert b"".join(reply.raw for reply in replies) + scanner.pending == kept
    assert len(scanner.pending) < MAX_BLOCK
    for reply in replies:
        if reply.kind == "block":
            try:
                parse_block(reply.raw)
            except FrameError:
                continue


# Epson GS ( H (TM-T88III p. 431, TM-L90 p. 430), DLE DC4 (fn 2; Metapace T-2 p. 9 for fn 8),
# GS ( k fn 182 (TM-T88III p. 538), GS ( L fn 48 and 51 (TM-U210 p. 230: "120", TM-L60II p. 225:
# "1200"), GS I (TM-J2000 p. 469).
BLOCKS: list[tuple[str, Block]] = [
    ("37223030303100", ProcessDone(b"0001")),
    ("372300", OfflineNotice(b"")),
    ("37234148 00", OfflineNotice(b"AH")),
    ("372500", BuffersCleared()),
    ("3b3000", PowerOffNotice()),
    ("37363132361f3132361f311f3000", SymbolSize(0x36, 126, 126, printable=True)),
    ("3736301f301f311f3100", SymbolSize(0x36, 0, 0, printable=False)),
    ("373131323000", MemorySize(0x31, 120)),
    ("37303132303000", MemorySize(0x30, 1200)),
    ("5f4550534f4e00", Identity("EPSON")),
    ("5f4348494e4120474231383033 3000", Identity("CHINA GB18030")),
    ("3d214000", Info(33, b"\x40")),
    ("37704000", OtherBlock(0x37, b"p@")),
    ("355000", OtherBlock(0x35, b"P")),
]


@pytest.mark.parametrize(("raw", "block"), BLOCKS)
def test_a_block_means_what_the_manual_says_and_is_built_the_same(raw: str, block: Block) -> None:
    data = bytes.fromhex(raw)
    assert ReplyScanner().feed(data) == [Reply("block", data)]
    assert parse_block(data) == block
    assert build_block(block) == data


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\x00",
        b"\x37",
        b'\x37"0001',
        b'\x37"000\x00',
        b'\x37"00001\x00',
        b"\x37#\x20\x00",
        b"\x37#" + b"@" * 11 + b"\x00",
        b"\x5fEP\x00SON\x00",
        b"\x5f" + b"A" * MAX_BLOCK + b"\x00",
    ],
)
def test_a_block_that_no_manual_allows_is_a_frame_error(raw: bytes) -> None:
    with pytest.raises(FrameError) as caught:
        parse_block(raw)
    assert caught.value.code == "malformed"


@pytest.mark.parametrize(
    "block",
    [
        ProcessDone(b"123"),
        OfflineNotice(b"\x01"),
        Identity("A\x00B"),
        Identity("中文"),
        MemorySize(0x30, 10**9),
        OtherBlock(0x3B, b"0"),
    ],
)
def test_a_block_that_would_read_back_otherwise_is_not_built(block: Block) -> None:
    with pytest.raises(LocalError):
        build_block(block)


@pytest.mark.parametrize("head", [b'\x37"', b"\x37%", b"\x37#", b"\x3b0"])
def test_a_short_block_without_its_end_costs_no_more_than_its_own_length(head: bytes) -> None:
    replies = ReplyScanner().feed(head + b"A" * 12 + b"\x5fEPSON\x00")
    assert replies[-1] == Reply("block", b"\x5fEPSON\x00")
    assert replies[0].kind == "unknown"
