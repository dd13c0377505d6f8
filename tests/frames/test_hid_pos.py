"""HID POS reports: layouts of makers and of descriptors, the vectors, and damage."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pos_guard.errors import FrameError, LocalError
from pos_guard.frames.hid_descriptor import parse_descriptor
from pos_guard.frames.hid_pos import LAYOUTS, Layout, build_reports, find_layout, parse_report
from pos_guard.frames.hid_pos_output import (
    HONEYWELL,
    NEWLAND,
    TriggerReport,
    build_serial,
    find_serial,
    find_trigger,
    parse_serial,
)

FOLDER = Path(__file__).parents[1] / "golden"
VECTORS: list[dict[str, Any]] = json.loads((FOLDER / "hid_pos.json").read_text(encoding="utf-8"))
DESCRIPTORS = {
    row["name"]: parse_descriptor(bytes.fromhex(row["descriptor"]))
    for row in json.loads((FOLDER / "hid_descriptors.json").read_text(encoding="utf-8"))
}
KINDS = {
    "hidpos-honeywell-64": "honeywell-64",
    "hidpos-newland-64": "newland-64",
    "hidpos-input-newland-reply": "newland-64",
    "hidpos-62": "62",
    "microscan-hid": "microscan",
}
INPUTS = [row for row in VECTORS if row["kind"] in KINDS]
HONEYWELL_64 = LAYOUTS["honeywell-64"]
CODE = b"134567890123456789"


def raw_of(row: dict[str, Any]) -> bytes:
    return bytes.fromhex(row["payload"])


@pytest.mark.parametrize("row", INPUTS, ids=lambda row: row["payload"][:24])
def test_every_published_report_is_read_as_its_source_says(row: dict[str, Any]) -> None:
    piece = parse_report(raw_of(row), LAYOUTS[KINDS[row["kind"]]])
    expect = row["expect"]
    assert piece.raw[0] == expect["report_id"]
    assert piece.aim == expect.get("aim")
    assert piece.more is bool(expect.get("more", 0))
    if row["kind"] != "microscan-hid":
        assert len(piece.data) == expect["length"]
    code_id = expect.get("vendor_code_id", expect.get("symbology_byte"))
    assert code_id is None or piece.code_id == int(code_id, 16)
    if row["kind"] == "hidpos-input-newland-reply":
        assert piece.data == bytes.fromhex(expect["data"])
    elif "data" in expect:
        assert piece.data.decode("ascii") == expect["data"]


def test_microscan_counts_one_more_than_there_is() -> None:
    row = next(row for row in VECTORS if row["kind"] == "microscan-hid")
    assert parse_report(raw_of(row), LAYOUTS["microscan"]).data == b"A]02374938"


@pytest.mark.parametrize("row", INPUTS, ids=lambda row: row["payload"][:24])
def test_what_was_read_builds_the_same_report(row: dict[str, Any]) -> None:
    layout = LAYOUTS[KINDS[row["kind"]]]
    if layout.nul_ended:
        return
    piece = parse_report(raw_of(row), layout)
    rest = b"." if piece.more else b""
    built = build_reports(piece.data + rest, layout, aim=piece.aim, code_id=piece.code_id or 0)
    assert built[0] == raw_of(row)


@pytest.mark.parametrize(
    ("device", "name"), [("honeywell-hid-pos", "honeywell-64"), ("hid-pos-62", "62")]
)
def test_a_described_layout_reads_what_the_manuals_does(device: str, name: str) -> None:
    described, known = find_layout(DESCRIPTORS[device]), LAYOUTS[name]
    assert described is not None
    assert (described.report, described.size, described.more) == (2, known.size, known.more)
    for report in build_reports(CODE * 8, known, aim="]Q1", code_id=0x73):
        assert parse_report(report, described) == parse_report(report, known)


def test_a_layout_without_a_count_ends_at_the_zeros() -> None:
    layout = find_layout(DESCRIPTORS["hid-pos-without-count"])
    assert layout is not None
    report = b"\x02]Q1" + CODE.ljust(56, b"\0") + b"\0"
    piece = parse_report(report, layout)
    assert (piece.data, piece.aim, piece.more) == (CODE, "]Q1", False)


def test_the_bytes_of_a_scan_keep_their_zeros_where_they_are_counted() -> None:
    layout = find_layout(DESCRIPTORS["hid-pos-62"])
    assert layout is not None
    report = b"\x02\x04]Q1" + b"a\0b\0".ljust(56, b"\0") + b"\x01"
    piece = parse_report(report, layout)
    assert (piece.data, piece.more) == (b"a\0b\0", True)


@pytest.mark.parametrize("device", ["mouse", "boot-keyboard", "playstation-3-controller"])
def test_other_devices_have_no_layout(device: str) -> None:
    assert find_layout(DESCRIPTORS[device]) is None


@pytest.mark.parametrize(
    "items",
    [
        "058c 7508 9502 09fb 8102 9508 09fe 8102",  # a third of an identifier
        "058c 7504 9501 09aa 8102 7508 9508 09fe 8102",  # not in whole bytes
        "058c 7510 9508 09fe 8102",  # words
        "058c 7508 9508 09fe 9102",  # of an output report
    ],
)
def test_a_descriptor_that_is_not_understood_gives_no_layout(items: str) -> None:
    assert find_layout(parse_descriptor(bytes.fromhex(items))) is None


def test_a_device_without_report_ids_has_no_byte_for_one() -> None:
    items = "058c 7508 9501 0b3b000100 8102 9508 09fe 8102"
    layout = find_layout(parse_descriptor(bytes.fromhex(items)))
    assert layout is not None
    assert (layout.report, layout.size) == (0, 9)
    assert parse_report(b"\x03abc\0\0\0\0\0", layout).data == b"abc"


def test_a_makers_own_byte_between_is_left_alone() -> None:
    items = "058c 7508 9501 0b3b000100 8102 0b01006fff 8102 9508 09fe 8102"
    layout = find_layout(parse_descriptor(bytes.fromhex(items)))
    assert layout is not None
    assert parse_report(b"\x03\x77abc\0\0\0\0\0", layout).data == b"abc"


GOOD = build_reports(CODE, HONEYWELL_64, aim="]Q1", code_id=0x73)[0]


@pytest.mark.parametrize(
    ("report", "code"),
    [
        (b"", "report"),
        (b"\x03" + GOOD[1:], "report"),
        (GOOD[:-1], "length"),
        (GOOD + b"\0", "length"),
        (b"\x02\x39" + GOOD[2:], "length"),
        (b"\x02\xff" + GOOD[2:], "length"),
        (b"\x02\x11" + GOOD[2:], "padding"),
        (GOOD[:2] + b"Q1]" + GOOD[5:], "aim"),
        (GOOD[:2] + b"]\0\0" + GOOD[5:], "aim"),
    ],
)
def test_a_report_that_does_not_fit_says_why(report: bytes, code: str) -> None:
    with pytest.raises(FrameError) as caught:
        parse_report(report, HONEYWELL_64)
    assert caught.value.code == code
    assert CODE.decode() not in str(caught.value)


def test_old_bytes_after_the_code_are_passed_over_where_that_is_set() -> None:
    stale = GOOD[:23] + b"stale" + GOOD[28:]
    assert parse_report(stale, HONEYWELL_64, strict=False).data == CODE


@pytest.mark.parametrize("blank", [b"\0\0\0", b"   "])
def test_a_scanner_may_send_no_identifier(blank: bytes) -> None:
    assert parse_report(GOOD[:2] + blank + GOOD[5:], HONEYWELL_64).aim is None


@pytest.mark.parametrize(
    ("sent", "read"), [("honeywell-64", "newland-64"), ("newland-64", "honeywell-64")]
)
def test_a_report_of_the_other_layout_is_never_a_code(sent: str, read: str) -> None:
    for size in (1, 8, 13, 18, 24, 53, 54, 55, 56):
        code = (CODE * 4)[:size]
        aim = "]Q1" if LAYOUTS[sent].has_aim else None
        [report] = build_reports(code, LAYOUTS[sent], aim=aim, code_id=0x73)
        with pytest.raises(FrameError):
            parse_report(report, LAYOUTS[read])


LAYOUT = st.sampled_from([LAYOUTS[name] for name in ("honeywell-64", "newland-64", "62")])


@given(LAYOUT, st.binary(max_size=400))
def test_any_code_comes_back_from_its_reports(layout: Layout, code: bytes) -> None:
    aim = "]Q1" if layout.has_aim else None
    reports = build_reports(code, layout, aim=aim)
    pieces = [parse_report(report, layout) for report in reports]
    assert b"".join(piece.data for piece in pieces) == code
    assert [piece.more for piece in pieces] == [True] * (len(pieces) - 1) + [False]
    assert {piece.aim for piece in pieces} == {aim}


def test_a_layout_without_more_reports_takes_no_long_code() -> None:
    with pytest.raises(LocalError):
        build_reports(bytes(63), LAYOUTS["microscan"])


@given(LAYOUT, st.one_of(st.binary(max_size=70), st.binary(min_size=62, max_size=64)))
@settings(max_examples=200)
def test_reports_of_any_bytes_raise_nothing_but_our_error(layout: Layout, report: bytes) -> None:
    """Feed it anything, and look for anything but FrameError."""
    try:
        piece = parse_report(report, layout)
    except FrameError:
        return
    assert len(piece.data) <= layout.room


def test_the_trigger_report_is_found_bit_by_bit() -> None:
    trigger = find_trigger(DESCRIPTORS["honeywell-hid-pos"])
    assert trigger is not None
    assert trigger == TriggerReport(4, 2, 8, 9, 10, 11)
    assert trigger.build(trigger.initiate) == b"\x04\x02"
    assert trigger.build(trigger.prevent, trigger.good_beep) == b"\x04\x09"
    assert trigger.build(None) == b"\x04\x00"
    assert find_trigger(DESCRIPTORS["hid-pos-62"]) is None


def test_reports_for_serial_commands_have_the_size_that_the_device_says() -> None:
    assert find_serial(DESCRIPTORS["honeywell-hid-pos"], 0xF0) == 64
    assert find_serial(DESCRIPTORS["honeywell-hid-pos"], HONEYWELL) is None
    # Report 4 is the trigger report here.
    assert find_serial(DESCRIPTORS["honeywell-hid-pos"], NEWLAND) is None


@pytest.mark.parametrize(
    ("payload", "report", "length", "data"),
    [
        (
            next(r["payload"] for r in VECTORS if r["kind"] == "hidpos-output-newland"),
            NEWLAND,
            9,
            "7E 00 08 01 00 02 01 02 DA",
        ),
        ("FD 03 16 54 0D", HONEYWELL, 3, "16 54 0D"),
        # As its program sends it: the count is larger than the command.
        ("FD 0F 16 4D 0D 52 45 56 49 4E 46 2E", HONEYWELL, 15, "16 4D 0D 52 45 56 49 4E 46 2E"),
    ],
)
def test_published_commands_are_read(payload: str, report: int, length: int, data: str) -> None:
    found = parse_serial(bytes.fromhex(payload))
    assert (found.report, found.length, found.data) == (report, length, bytes.fromhex(data))


def test_a_command_is_built_as_published_and_a_long_one_goes_over_several_reports() -> None:
    wiki = next(r["payload"] for r in VECTORS if r["kind"] == "hidpos-output-newland")
    command = bytes.fromhex("7E 00 08 01 00 02 01 02 DA")
    assert build_serial(NEWLAND, command) == [bytes.fromhex(wiki)]
    reports = build_serial(HONEYWELL, bytes(range(1, 101)))
    assert [len(report) for report in reports] == [64, 64]
    assert b"".join(parse_serial(report).data for report in reports) == bytes(range(1, 101))


def test_no_command_and_no_count_are_errors() -> None:
    with pytest.raises(LocalError):
        build_serial(HONEYWELL, b"")
    with pytest.raises(FrameError):
        parse_serial(b"\xfd")
