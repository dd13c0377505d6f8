"""The register protocol 7E 00: frames of the manuals, and everything that is none."""

from __future__ import annotations

import contextlib
import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pos_guard.errors import FrameError, LocalError
from pos_guard.frames import registers
from pos_guard.frames.registers import (
    HostFrame,
    HostFramer,
    Kind,
    ReplyFrame,
    parse_host,
    parse_reply,
)
from pos_guard.frames.registers_decode import decode

GOLDEN = Path(__file__).parents[1] / "golden" / "registers.json"
SAMPLES: list[dict[str, Any]] = json.loads(GOLDEN.read_text("utf-8"))
RAWS = [bytes.fromhex(sample["payload"]) for sample in SAMPLES]
RIGHT = [
    raw
    for raw, sample in zip(RAWS, SAMPLES, strict=True)
    if sample["expect"]["crc_ok"] or sample["expect"]["crc_is_skip_marker"]
]


def parse(raw: bytes) -> HostFrame | ReplyFrame:
    return parse_host(raw) if raw.startswith(b"\x7e") else parse_reply(raw)


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda s: s["payload"])
def test_every_published_frame_is_as_right_as_its_source_says(sample: dict[str, Any]) -> None:
    raw, expect = bytes.fromhex(sample["payload"]), sample["expect"]
    assert registers.crc(raw[2:-2]).hex().upper() == expect["crc_computed"]
    if expect["crc_ok"] or expect["crc_is_skip_marker"]:
        frame = parse(raw)
        assert frame.raw == raw
        assert getattr(frame, "checked", True) is not expect["crc_is_skip_marker"]
        return
    given = raw[-2:].hex().upper()
    with pytest.raises(FrameError, match=f"is {expect['crc_computed']}, .* says {given}") as caught:
        parse(raw)
    assert caught.value.code == "checksum"
    assert caught.value.at == len(raw) - 2


@pytest.mark.parametrize(
    ("built", "published"),
    [
        (registers.read(0x2A, 2), "7E 00 07 01 00 2A 02 D8 0F"),
        (registers.read(0x0A), "7E 00 07 01 00 0A 01 EE 8A"),
        (registers.write(0x2A, b"\x39\x01"), "7E 00 08 02 00 2A 39 01 A7 EA"),
        (registers.write(0x0A, b"\x3e"), "7E 00 08 01 00 0A 3E 4C CF"),
        (registers.write(2, b"\x02"), "7E 00 08 01 00 02 02 32 B9"),
        (registers.save(), "7E 00 09 01 00 00 00 DE C8"),
        (registers.command(Kind.SAVE, 0, b"\x02"), "7E 00 09 01 00 00 02 FE 8A"),
        (registers.heartbeat(), "7E 00 0A 01 00 00 00 30 1A"),
        (registers.reply(0), "02 00 00 01 00 33 31"),
        (registers.reply(1), "02 00 01 01 00 04 01"),
        (registers.reply(3), "02 00 03 01 00 6A 61"),
        (registers.reply(0, b"\x3e"), "02 00 00 01 3E E4 AC"),
        (registers.reply(0, alive=True), "03 00 00 01 00 33 31"),
    ],
)
def test_what_is_built_is_what_the_manuals_print(built: bytes, published: str) -> None:
    assert built == bytes.fromhex(published)
    assert built in RAWS


def test_a_length_of_zero_is_256() -> None:
    data = bytes(range(256))
    command, reply = registers.write(0, data), registers.reply(0, data)
    assert (command[3], reply[3]) == (0, 0)
    assert (len(command), len(reply)) == (264, 262)
    assert parse_host(command).data == parse_reply(reply).data == data
    assert parse_host(registers.read(0, 256)).count == 256
    assert registers.read(0, 256)[6] == 0


@pytest.mark.parametrize(
    "build",
    [
        lambda: registers.read(0, 0),
        lambda: registers.read(0, 257),
        lambda: registers.write(0x10000, b"\x00"),
        lambda: registers.write(-1, b"\x00"),
        lambda: registers.write(0, b""),
        lambda: registers.write(0, bytes(257)),
        lambda: registers.reply(0, b""),
        lambda: registers.reply(0, bytes(257)),
    ],
)
def test_what_no_frame_can_say_is_not_built(build: Any) -> None:
    with pytest.raises(LocalError):
        build()


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        ("", "framing"),
        ("7E", "framing"),
        ("7F 00 07 01 00 0A 01 EE 8A", "framing"),
        ("7E 00", "truncated"),
        ("7E 00 07 01 00 0A 01 EE", "truncated"),
        ("7E 00 07 01 00 0A 01 EE 8A 00", "trailing"),
        ("7E 00 07 02 00 0A 01 02 AB CD", "length"),
        ("04 00 00 01 00 33 31", "framing"),
        ("02 00 00 01 00 33", "truncated"),
        ("02 00 00 01 00 33 31 0D", "trailing"),
        ("02 00 00 01 00 AB CD", "checksum"),
        ("03 00 00 01 01 33 31", "checksum"),
    ],
)
def test_what_is_wrong_has_a_name(raw: str, code: str) -> None:
    with pytest.raises(FrameError) as caught:
        parse(bytes.fromhex(raw))
    assert caught.value.code == code


def frames_of(pieces: list[bytes]) -> list[HostFrame | FrameError]:
    framer = HostFramer()
    return [frame for piece in pieces for frame in framer.feed(piece)]


HOST = [raw for raw in RIGHT if raw.startswith(b"\x7e")]


@pytest.mark.parametrize("raw", HOST, ids=lambda raw: raw.hex())
def test_a_command_arrives_whole_byte_by_byte_and_with_more_behind_it(raw: bytes) -> None:
    whole = parse_host(raw)
    assert frames_of([raw]) == [whole]
    assert frames_of([raw[i : i + 1] for i in range(len(raw))]) == [whole]
    assert frames_of([b"nls\x7e" + raw + b"\x16T\r" + raw + b"\x7e"]) == [whole, whole]


def test_an_unfinished_command_is_dropped_and_a_broken_one_told() -> None:
    framer = HostFramer()
    assert framer.feed(bytes.fromhex("7E 00 07 01 00")) == []
    assert framer.pending
    framer.drop()
    assert not framer.pending
    bad, good = framer.feed(bytes.fromhex("7E 00 07 01 00 0A 01 11 22") + registers.save())
    assert isinstance(bad, FrameError)
    assert isinstance(good, HostFrame)
    assert good.kind == Kind.SAVE


def test_a_command_that_says_do_not_check_is_not_checked() -> None:
    frame = parse_host(bytes.fromhex("7E 00 08 01 00 02 01 AB CD"))
    assert (frame.kind, frame.address, frame.data, frame.checked) == (8, 2, b"\x01", False)


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda s: s["payload"])
def test_decode_agrees_with_every_published_frame(sample: dict[str, Any]) -> None:
    raw, expect = bytes.fromhex(sample["payload"]), sample["expect"]
    (shown,) = decode(raw)
    assert (shown.protocol, shown.raw, shown.intent) == ("register", raw, None)
    right = expect["crc_ok"] or expect["crc_is_skip_marker"]
    assert (shown.error is None) is right
    if right and raw.startswith(b"\x7e"):
        assert shown.fields["crc"] == ("ok" if expect["crc_ok"] else "not-checked")


def test_decode_says_what_a_line_carried_and_masks_what_was_scanned() -> None:
    line = (
        registers.read(0x2A, 2)
        + bytes.fromhex("02 00 00 02 39 01")
        + registers.crc(bytes.fromhex("00 02 39 01"))
        + b"134567890123456789\r"
        + bytes.fromhex("7E 00 05 01 01 F0 08 11 11")
        + bytes.fromhex("02 00 00 08 45 4C 30 33 30 30 39 35 25 51")
        + registers.heartbeat()
        + registers.reply(0, alive=True)
        + registers.write(2, b"\x01")[:5]
    )
    shown = list(decode(line))
    assert b"".join(one.raw for one in shown) == line
    assert [(one.name, one.error.code if one.error else None) for one in shown] == [
        ("read", None),
        ("reply", None),
        ("scan", None),
        ("command", "checksum"),
        ("reply", "checksum"),
        ("heartbeat", None),
        ("heartbeat-reply", None),
        ("command", "truncated"),
    ]
    assert shown[0].fields == {"type": 7, "address": "002A", "count": 2, "crc": "ok"}
    assert shown[1].fields == {"status": 0, "meaning": "done", "data": "3901"}
    text = json.dumps([one.as_json() for one in shown])
    assert "134567890123456789" not in text
    assert b"134567890123456789".hex() not in text
    assert shown[2].as_json(unmask=True)["fields"] == {"data": "134567890123456789\r"}


def test_decode_finds_the_next_frame_within_one_that_is_cut() -> None:
    cut, whole = registers.write(0, bytes(200))[:40], registers.save()
    assert [one.name for one in decode(cut + whole)] == ["command", "save"]
    odd = registers.command(0x05, 0x01F0, b"\x08")
    assert [(one.name, one.fields["type"]) for one in decode(odd)] == [("command", 5)]
    (strange,) = decode(registers.reply(0x7F))
    assert strange.fields["meaning"] is None


PIECES = st.lists(
    st.one_of(st.binary(max_size=12), st.sampled_from([*RAWS, b"\x7e\x00", b"\x02\x00", b"\r"])),
    max_size=12,
)


@settings(max_examples=80, deadline=None)
@given(PIECES)
def test_any_bytes_are_decoded_without_a_loss(pieces: list[bytes]) -> None:
    line = b"".join(pieces)
    assert b"".join(one.raw for one in decode(line)) == line


@settings(max_examples=80, deadline=None)
@given(st.binary(max_size=300), st.sampled_from([b"", b"\x7e\x00", b"\x02\x00", b"\x03\x00"]))
def test_garbage_is_a_frame_error(data: bytes, head: bytes) -> None:
    raw = head + data
    for read in (parse_host, parse_reply):
        with contextlib.suppress(FrameError):
            assert read(raw).raw == raw


@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, 255), st.integers(0, 0xFFFF), st.binary(min_size=1, max_size=256), st.booleans()
)
def test_a_frame_comes_back_as_it_was_built(
    kind: int, address: int, data: bytes, alive: bool
) -> None:
    reply = registers.reply(kind, data, alive=alive)
    assert parse_reply(reply) == ReplyFrame(kind, data, alive, reply)
    if kind == Kind.READ:
        data = data[:1]
    raw = registers.command(kind, address, data)
    assert parse_host(raw) == HostFrame(kind, address, data, True, raw)
    unchecked = raw[:-2] + b"\xab\xcd"
    checked = raw == unchecked
    assert parse_host(unchecked) == HostFrame(kind, address, data, checked, unchecked)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from([*HOST, b"abc", b"\x7e", b"\x00"]), max_size=6), st.data())
def test_the_pieces_in_which_commands_come_do_not_matter(
    parts: list[bytes], data: st.DataObject
) -> None:
    line = b"".join(parts)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(line)), max_size=5)))
    places = [0, *cuts, len(line)]
    pieces = [line[a:b] for a, b in pairwise(places)]
    assert [str(f) for f in frames_of(pieces)] == [str(f) for f in frames_of([line])]
