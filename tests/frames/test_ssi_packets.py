"""SSI packets: other people's bytes, whole, byte by byte, in noise; parameters; garbage."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pos_guard.errors import FrameError
from pos_guard.frames import ssi
from pos_guard.frames.ssi import DECODER, HOST, BadPacket, Framer, Op, Packet, Status
from pos_guard.frames.ssi_parameters import (
    Parameter,
    build_number,
    build_parameters,
    read_numbers,
    read_parameters,
)
from pos_guard.frames.ssi_table import code_of, code_type, names, opcode_name, opcodes, parameters

GOLDEN = Path(__file__).parents[1] / "golden"
VECTORS: list[dict[str, Any]] = json.loads((GOLDEN / "ssi.json").read_text("utf-8"))
OTHERS: dict[str, Any] = json.loads((GOLDEN / "ssi_others.json").read_text("utf-8"))
GOOD = [row for row in VECTORS if row["reason"] is None]
BAD = [row for row in VECTORS if row["reason"] is not None]
SOURCES = {"host": HOST, "decoder": DECODER}

ACK = bytes.fromhex("04d00000ff2c")
CODE = bytes.fromhex("07f30000035553fe5b")


def events(data: bytes, size: int = 0, *sources: int) -> list[Packet | BadPacket]:
    framer = Framer(*sources)
    step = size or max(len(data), 1)
    return [
        event for at in range(0, len(data), step) for event in framer.feed(data[at : at + step])
    ]


@pytest.mark.parametrize("row", GOOD, ids=lambda row: row["hex"][:16])
def test_published_packets_are_read_and_built_as_they_are(row: dict[str, Any]) -> None:
    raw, expect = bytes.fromhex(row["hex"]), row["expect"]
    packet = ssi.parse(raw)
    assert (packet.opcode, packet.status) == (int(expect["opcode"], 16), expect["status"])
    assert packet.source == SOURCES[expect["source"]]
    assert f"{ssi.checksum(raw[:-2]):04X}" == expect["checksum_computed"]
    assert packet.raw == raw
    status = packet.status
    assert ssi.build(packet.opcode, packet.data, source=packet.source, status=status) == raw
    if "data" in expect:
        assert packet.data[1:].decode() == expect["data"]


@pytest.mark.parametrize("row", BAD, ids=lambda row: row["hex"])
def test_published_packets_that_are_wrong_are_refused_by_name(row: dict[str, Any]) -> None:
    raw = bytes.fromhex(row["hex"])
    with pytest.raises(FrameError) as caught:
        ssi.parse(raw)
    assert caught.value.code == row["reason"]
    framer = Framer()
    found = framer.feed(raw)
    if row["reason"] == "truncated":
        assert found == []
        assert framer.expire() == raw
    else:
        assert [type(event) for event in found] == [BadPacket]


@pytest.mark.parametrize("row", OTHERS["packets"], ids=lambda row: row["hex"][:16])
def test_packets_of_other_programs(row: dict[str, Any]) -> None:
    packet = ssi.parse(bytes.fromhex(row["hex"]))
    assert opcode_name(packet.opcode) == row["name"]
    if "parameters" in row:
        found = read_parameters(packet.data)
        assert {str(one.number): one.value.hex() for one in found} == row["parameters"]
        assert build_parameters(found, packet.data[0]) == packet.data
    if "code" in row:
        kind, text = row["code"]
        assert (code_type(packet.data[0]).symbology, packet.data[1:].decode()) == (kind, text)


@pytest.mark.parametrize("size", range(1, 20))
def test_a_logged_dialogue_in_pieces_of_any_size(size: int) -> None:
    for dialogue in OTHERS["dialogues"]:
        raws = [bytes.fromhex(line[1]) for line in dialogue["lines"]]
        found = events(b"".join(raws), size)
        assert [event.raw for event in found] == raws
        assert all(isinstance(event, Packet) for event in found)


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"", "length"),
        (b"\x00", "length"),
        (b"\x03\xd0\x00\xff\x2d", "length"),
        (ACK[:-1], "truncated"),
        (ACK + b"\x00", "trailing"),
        (ACK[:-1] + b"\x2d", "checksum"),
    ],
)
def test_what_is_not_exactly_one_packet_is_refused(raw: bytes, code: str) -> None:
    with pytest.raises(FrameError) as caught:
        ssi.parse(raw)
    assert caught.value.code == code


def test_a_packet_of_any_length_and_one_too_many() -> None:
    for size in (0, 1, 250, ssi.MAX_DATA):
        assert ssi.parse(ssi.build(Op.DECODE_DATA, bytes(size))).data == bytes(size)
    with pytest.raises(ValueError, match="range"):
        ssi.build(Op.DECODE_DATA, bytes(ssi.MAX_DATA + 1))


def test_a_retransmission_is_the_same_message() -> None:
    packet, repeated = ssi.parse(CODE), ssi.parse(ssi.again(CODE))
    assert repeated.again
    assert not packet.again
    assert repeated.same_as(packet)
    assert packet.same_as(repeated)
    assert not packet.same_as(None)
    more = ssi.parse(ssi.build(Op.DECODE_DATA, packet.data, source=DECODER, status=Status.MORE))
    assert more.more
    assert not more.same_as(packet)


def test_wakeup_is_no_packet_and_no_noise() -> None:
    found = events(b"\x00\x00" + ACK + b"\x00" + CODE + b"\x00", 1)
    assert [event.raw for event in found] == [ACK, CODE]


@pytest.mark.parametrize("noise", [b"\x7e", b"6901028225168\r", b"\x15\x7f\xff", b"\x01\x02\x03"])
def test_noise_is_told_and_what_follows_is_read(noise: bytes) -> None:
    for size in (0, 1, 2, 3):
        found = events(noise + CODE, size, DECODER)
        assert b"".join(e.raw for e in found if isinstance(e, BadPacket)) == noise
        assert found[-1] == ssi.parse(CODE)


def test_the_other_side_is_noise_where_only_one_may_speak() -> None:
    (echo,) = events(bytes.fromhex("04d00400ff28"), 0, DECODER)
    assert isinstance(echo, BadPacket)
    assert echo.error.code == "noise"


def test_a_packet_inside_a_damaged_one_is_not_read() -> None:
    forged = ssi.build(Op.DECODE_DATA, b"\x03" + b"1" * 18, source=DECODER)
    outer = bytearray(ssi.build(Op.DECODE_DATA, b"\x1cab" + forged + b"cd", source=DECODER))
    outer[5] ^= 1
    found = events(bytes(outer) + CODE)
    assert [type(event) for event in found] == [BadPacket, Packet]
    assert found[0].raw == bytes(outer)


def test_a_cut_packet_is_forgotten_and_the_next_is_read() -> None:
    framer = Framer()
    assert framer.feed(CODE[:5]) == []
    assert framer.pending == 5
    assert framer.expire() == CODE[:5]
    assert framer.pending == 0
    assert framer.feed(CODE) == [ssi.parse(CODE)]


@given(st.binary(max_size=600), st.integers(1, 64))
@settings(max_examples=200)
def test_garbage_gives_only_whole_packets_and_frame_errors(data: bytes, size: int) -> None:
    framer = Framer()
    found = [
        event for at in range(0, len(data), size) for event in framer.feed(data[at : at + size])
    ]
    assert framer.pending <= ssi.MAX_LENGTH + ssi.CHECKSUM
    kept = b"".join(event.raw for event in found) + framer.expire()
    assert kept.replace(b"\x00", b"") == data.replace(b"\x00", b"")
    for event in found:
        if isinstance(event, Packet):
            assert ssi.parse(event.raw) == event
        else:
            assert event.error.code in {"noise", "checksum"}


@given(st.lists(st.binary(max_size=ssi.MAX_DATA), max_size=5), st.integers(1, 300))
@settings(max_examples=60)
def test_any_data_comes_back_whatever_the_pieces(datas: list[bytes], size: int) -> None:
    stream = b"".join(ssi.build(Op.DECODE_DATA, data, source=DECODER) for data in datas)
    found = events(stream, size, DECODER)
    assert [event.data for event in found if isinstance(event, Packet)] == datas


@pytest.mark.parametrize(
    ("number", "raw"),
    [(0x8A, "8a"), (238, "ee"), (334, "f04e"), (335, "f04f"), (1018, "f2fa"), (1024, "f80400")],
)
def test_parameter_numbers_as_the_manuals_write_them(number: int, raw: str) -> None:
    assert build_number(number).hex() == raw
    assert read_numbers(bytes.fromhex(raw)) == (number,)


@pytest.mark.parametrize("number", [-1, 0x10000])
def test_numbers_that_no_parameter_has(number: int) -> None:
    with pytest.raises(ValueError, match="no parameter"):
        build_number(number)


@given(
    st.lists(
        st.tuples(
            st.integers(0, 0xEF) | st.integers(256, 1023) | st.integers(1024, 0xFFFF),
            st.sampled_from([0, 0xF3, 0xF4, 0xF6]),
            st.binary(min_size=2, max_size=8),
        ),
        max_size=8,
    )
)
@settings(max_examples=60)
def test_parameters_come_back(wanted: list[tuple[int, int, bytes]]) -> None:
    sizes = {0: 1, 0xF4: 2}
    made = tuple(Parameter(n, value[: sizes.get(kind, 8)], kind) for n, kind, value in wanted)
    assert read_parameters(build_parameters(made)) == made


@given(st.binary(max_size=60))
@settings(max_examples=150)
def test_garbage_in_parameters_gives_frame_errors_only(data: bytes) -> None:
    for read in (read_parameters, read_numbers):
        with contextlib.suppress(FrameError):
            assert len(read(data)) <= len(data)


def test_every_opcode_with_a_meaning_has_a_name() -> None:
    assert {int(op) for op in Op} <= set(opcodes())
    assert opcode_name(0x01) == "unknown"
    assert set(names("nak").values()) == {"RESEND", "BAD_CONTEXT", "DENIED", "CANCEL"}
    assert names("beep")[0x14] == "fast warble"
    assert parameters()[238].default == 0


@pytest.mark.parametrize(
    ("code", "symbology"),
    [(0x1C, "qr"), (0x03, "code128"), (0x4B, "ean13"), (0x88, "upca"), (0x5C, None), (0, None)],
)
def test_code_types_with_supplements_and_unknown_ones(code: int, symbology: str | None) -> None:
    assert code_type(code).symbology == symbology
    assert symbology is None or code_type(code_of(symbology) or 0).symbology == symbology
    assert code_of("hanxin") is None
