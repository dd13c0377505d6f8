"""Printer replies: read as the manuals lay them out, and never guessed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pos_guard.errors import FrameError, LocalError
from pos_guard.frames.escpos_status import (
    Condition,
    PrinterStatus,
    build_asb,
    build_realtime,
    build_status,
    parse_asb,
    parse_realtime,
    parse_status,
)

GOLDEN = Path(__file__).parents[1] / "golden" / "escpos_status.json"
ROWS = [
    (row["request"], bytes.fromhex(row["reply"]), PrinterStatus(**row["means"]))
    for row in json.loads(GOLDEN.read_text())
]


@pytest.mark.parametrize(("request_", "reply", "means"), ROWS)
def test_a_reply_means_what_the_manual_says(
    request_: str, reply: bytes, means: PrinterStatus
) -> None:
    if request_ == "GS a":
        assert parse_asb(reply) == means
    elif request_.startswith("DLE"):
        assert parse_realtime(int(request_[-1]), reply[0]) == means
    else:
        assert parse_status(int(request_[-1]), reply[0]) == means


@pytest.mark.parametrize(
    ("state", "realtime", "asb"),
    [
        (Condition(), "12121212", "10000000"),
        (Condition(drawer_high=True), "16121212", "14000000"),
        (Condition(online=False, paper=False), "1a32127e", "18000f00"),
        (Condition(online=False, paper=False, near_end_sensor=False), "1a321272", "18000c00"),
        (Condition(near_end=True), "1212121e", "10000300"),
        (Condition(online=False, cover_open=True), "1a161212", "38000000"),
        (Condition(online=False, cutter_error=True), "1a521a12", "18080000"),
    ],
)
def test_replies_are_built_as_the_manual_lays_them_out(
    state: Condition, realtime: str, asb: str
) -> None:
    assert b"".join(build_realtime(number, state) for number in (1, 2, 3, 4)).hex() == realtime
    assert build_asb(state).hex() == asb


@given(st.builds(Condition))
def test_what_is_built_reads_back(state: Condition) -> None:
    status = parse_asb(build_asb(state))
    assert (status.online, status.paper, status.cover_open) == (
        state.online,
        state.paper,
        state.cover_open,
    )
    assert parse_status(2, build_status(2, state)[0]).drawer_high == state.drawer_high
    assert parse_status(1, build_status(1, state)[0]).paper == state.paper


@pytest.mark.parametrize("number", [1, 2, 3, 4])
def test_only_bytes_with_the_right_fixed_bits_are_a_real_time_reply(number: int) -> None:
    good = {byte for byte in range(256) if byte & 0x93 == 0x12}
    for byte in range(256):
        if byte in good:
            parse_realtime(number, byte)
        else:
            with pytest.raises(FrameError):
                parse_realtime(number, byte)


def test_a_number_that_does_not_exist_is_the_callers_fault() -> None:
    with pytest.raises(LocalError):
        parse_realtime(9, 0x12)


def test_silence_changes_nothing_that_is_known() -> None:
    known = PrinterStatus(online=True, paper=False)
    assert known.updated(PrinterStatus(cover_open=True)) == PrinterStatus(
        online=True, paper=False, cover_open=True
    )


@pytest.mark.parametrize(
    ("status", "ready"),
    [
        (PrinterStatus(), None),
        (PrinterStatus(online=True), None),
        (PrinterStatus(online=True, paper=True), True),
        (PrinterStatus(online=True, paper=True, cover_open=True), False),
        (PrinterStatus(paper=False), False),
        (PrinterStatus(error=True), False),
    ],
)
def test_ready_is_three_valued(status: PrinterStatus, ready: bool | None) -> None:
    assert status.ready is ready
