"""Newland's unified commands and the frames of the EM3000."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pos_guard.errors import FrameError, LocalError
from pos_guard.frames import newland
from pos_guard.frames.honeywell import MenuItem, Status
from pos_guard.frames.newland_em3000 import (
    MAX_DATA,
    Em3000Frame,
    build_frame,
    find_frames,
    find_reply,
    frame_length,
    parse_frame,
)
from pos_guard.frames.reply_search import Found, Perhaps, Scan

GOLDEN = Path(__file__).parents[1] / "golden" / "scanner_lines_commands.json"
ROWS: list[dict[str, Any]] = json.loads(GOLDEN.read_text("utf-8"))


def rows(kind: str) -> list[bytes]:
    return [bytes.fromhex(row["payload"]) for row in ROWS if row["kind"] == kind]


COMMAND = rows("newland-unified")[0]
REPLY = rows("newland-unified-reply")[0]
ASKED, ANSWERED = rows("newland-em3000-lrc")
FORMAT = "DFMADD069990039999F141"


def test_the_command_of_the_hr52_manual() -> None:
    assert newland.build_command([FORMAT], permanent=True) == COMMAND
    assert newland.parse_command(COMMAND) == newland.Unified((FORMAT.encode(),), permanent=True)


def test_the_query_of_the_fm530_manual() -> None:
    """7E 01 30 30 30 30 40 43 31 31 2A 3B 03: all settings of Code 11 (FM530 manual p. 131)."""
    raw = bytes.fromhex("7E 01 30 30 30 30 40 43 31 31 2A 3B 03")
    assert newland.build_command(["C11*"], permanent=True) == raw


def test_the_trigger_of_others() -> None:
    """As others' programs send it: ~ SOH 0000 @ SCNTRG1 ; ETX."""
    raw = bytes.fromhex("7E013030303040 53434E54524731 3B03")
    assert newland.build_command(["SCNTRG1"], permanent=True) == raw


def test_the_answer_of_the_manual() -> None:
    reply = newland.parse_reply(REPLY)
    assert reply == newland.Unified((FORMAT.encode(),), permanent=True, statuses=(Status.ACK,))
    assert reply.ok
    assert newland.build_reply([MenuItem(FORMAT.encode(), Status.ACK)], permanent=True) == REPLY


def test_an_answer_to_several_settings() -> None:
    raw = b"\x02\x010000#SCNTRG1\x06;C11XXX\x05,MAX900\x15;\x03"
    reply = newland.parse_reply(raw)
    assert reply.settings == (b"SCNTRG1", b"C11XXX", b"MAX900")
    assert reply.statuses == (Status.ACK, Status.ENQ, Status.NAK)
    assert not reply.ok


@pytest.mark.parametrize("wrong", [[], ["SCNTRG1;"], ["scntrg1"], ["SCN"], ["SCNTRG\x03"]])
def test_no_unified_commands(wrong: list[str]) -> None:
    with pytest.raises(LocalError):
        newland.build_command(wrong)


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"", "not-reply"),
        (COMMAND, "not-reply"),
        (REPLY[:-1], "cut"),
        (REPLY.replace(b"\x06", b""), "no-status"),
        (b"\x02\x010000@;\x03", "no-status"),
        (REPLY.replace(b"\x06", b"\x06x"), "no-status"),
        (REPLY + b"x" * newland.MAX_REPLY, "length"),
    ],
)
def test_no_unified_answers(raw: bytes, code: str) -> None:
    with pytest.raises(FrameError) as caught:
        newland.parse_reply(raw)
    assert caught.value.code == code


def refused(read: Callable[[bytes], object], data: bytes) -> bool:
    try:
        read(data)
    except FrameError:
        return True
    return False


@settings(deadline=None)
@given(st.binary(max_size=80), st.booleans())
def test_garbage_gives_our_own_error(data: bytes, framed: bool) -> None:
    """No reader raises anything but FrameError, whatever a peer sends."""
    raw = b"\x02\x010000@" + data + b";\x03" if framed else data
    assert refused(parse_frame, raw) or raw[:2] in (b"\x02\x00", b"\x7e\x00")
    assert refused(newland.parse_command, raw) or raw.startswith(b"~\x010000")
    assert refused(newland.parse_reply, raw) or raw.endswith(b";\x03")


def test_the_unified_answer_is_found_only_when_it_is_whole() -> None:
    before = b"134567890123456789\r"
    for stop in range(1, len(REPLY)):
        assert newland.find_reply(before + REPLY[:stop], True) == Perhaps(len(before))
    found = newland.find_reply(before + REPLY + b"1", True)
    assert found == Found(len(before), len(before + REPLY), True, FORMAT.encode())


def test_an_answer_without_statuses_is_a_no() -> None:
    raw = b"\x02\x010000@SCNTRG1;\x03"
    assert newland.find_reply(raw, True) == Found(0, len(raw), ok=False)


def test_unified_commands_in_what_a_till_sends_in_pieces() -> None:
    sent = b"x" + COMMAND + b"~~" + newland.build_command(["QRYSYS"])
    for at in range(len(sent) + 1):
        first, rest = newland.find_commands(sent[:at])
        second, rest = newland.find_commands(rest + sent[at:])
        settings = [command.settings for command in first + second]
        assert settings == [(FORMAT.encode(),), (b"QRYSYS",)], at
        assert rest == b""


@pytest.mark.parametrize(
    ("raw", "frame"),
    [
        (ASKED, Em3000Frame(True, b"3", b"H020")),
        (ANSWERED, Em3000Frame(False, b"4", b"0213SW058383KH-56")),
    ],
)
def test_the_frames_of_the_em3000_specification(raw: bytes, frame: Em3000Frame) -> None:
    assert parse_frame(raw) == frame
    assert build_frame(frame) == raw
    for stop in range(len(raw)):
        with pytest.raises(FrameError) as caught:
            parse_frame(raw[:stop])
        assert caught.value.code == ("head" if stop < 2 else "cut")
    with pytest.raises(FrameError) as caught:
        parse_frame(raw + b"\x00")
    assert caught.value.code == "trailing"


def test_every_damaged_byte_of_a_frame_is_seen() -> None:
    for at in range(len(ANSWERED)):
        damaged = bytearray(ANSWERED)
        damaged[at] ^= 0x40
        with pytest.raises(FrameError):
            parse_frame(bytes(damaged))


@pytest.mark.parametrize("size", [0, MAX_DATA + 1, 0xFFFF])
def test_lengths_that_no_frame_has(size: int) -> None:
    with pytest.raises(FrameError, match="bytes of type and data"):
        frame_length(b"\x02\x00" + size.to_bytes(2, "big"))
    assert find_reply(b"\x02\x00" + size.to_bytes(2, "big"), True) == Scan(1)


def test_frames_that_cannot_be_built() -> None:
    for frame in (Em3000Frame(True, b"", b"x"), Em3000Frame(True, b"3", b"x" * MAX_DATA)):
        with pytest.raises(LocalError):
            build_frame(frame)


@settings(deadline=None)
@given(st.binary(max_size=MAX_DATA - 1), st.booleans())
def test_frames_of_any_data_come_back(data: bytes, from_host: bool) -> None:
    frame = Em3000Frame(from_host, b"4", data)
    assert parse_frame(build_frame(frame)) == frame


def test_the_em3000_answer_is_found_only_when_it_is_whole() -> None:
    before = b"4006381333931\r"
    for stop in range(1, len(ANSWERED)):
        assert find_reply(before + ANSWERED[:stop], True) == Perhaps(len(before))
    found = find_reply(before + ANSWERED + b"1", True)
    assert found == Found(len(before), len(before + ANSWERED), None, b"0213SW058383KH-56")
    damaged = ANSWERED[:-1] + b"\x00"
    assert find_reply(before + damaged, True) == Scan(len(before) + 1)


def test_em3000_questions_in_what_a_till_sends_in_pieces() -> None:
    sent = b"\x7e" + ASKED + b"AT\r\x7e\x00\xff\xff" + ASKED
    for at in range(len(sent) + 1):
        first, rest = find_frames(sent[:at])
        second, rest = find_frames(rest + sent[at:])
        assert [frame.data for frame in first + second] == [b"H020", b"H020"], at
        assert rest == b""
