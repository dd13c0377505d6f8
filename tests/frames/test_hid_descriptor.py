"""Report descriptors of real devices, of the standard, and of nobody."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pos_guard.errors import FrameError
from pos_guard.frames.hid_descriptor import (
    MAX_DEPTH,
    MAX_DESCRIPTOR,
    ReportKind,
    Spot,
    parse_descriptor,
)

GOLDEN: list[dict[str, Any]] = json.loads(
    (Path(__file__).parents[1] / "golden" / "hid_descriptors.json").read_text(encoding="utf-8")
)
BY_NAME = {row["name"]: bytes.fromhex(row["descriptor"]) for row in GOLDEN}

BYTES = "1500 26ff00 7508 9501"
"""Logical 0 to 255, one value of eight bits."""


def applications(data: bytes) -> tuple[int, ...] | str:
    """What the descriptor is for, or the code of its error."""
    try:
        return parse_descriptor(data).applications
    except FrameError as error:
        return error.code


@pytest.mark.parametrize("row", GOLDEN, ids=lambda row: row["name"])
def test_the_reports_of_real_devices_have_their_ids_and_sizes(row: dict[str, Any]) -> None:
    found = parse_descriptor(bytes.fromhex(row["descriptor"]))
    assert [f"{usage:08x}" for usage in found.applications] == row["applications"]
    assert [[str(item.kind), item.id, item.size] for item in found.reports] == row["reports"]
    assert found.has_ids is any(number for _, number, _ in row["reports"])


@pytest.mark.parametrize(
    ("name", "kind", "number", "usage", "spot"),
    [
        ("honeywell-hid-pos", "input", 2, 0x0001003B, Spot(8, 8, 1)),
        ("honeywell-hid-pos", "input", 2, 0x008C00FB, Spot(16, 8, 1)),
        ("honeywell-hid-pos", "input", 2, 0x008C00FD, Spot(32, 8, 1)),
        ("honeywell-hid-pos", "input", 2, 0x008C00FE, Spot(40, 8, 56)),
        ("honeywell-hid-pos", "input", 2, 0x008C00FF, Spot(504, 1, 8)),
        ("honeywell-hid-pos", "output", 4, 0x008C0060, Spot(9, 1, 1)),
        ("honeywell-hid-pos", "output", 4, 0x008C0086, Spot(11, 1, 5)),
        ("honeywell-hid-pos", "output", 4, 0x008C0012, None),
        ("hid-pos-62", "input", 2, 0x008C00FF, Spot(488, 1, 1)),
        ("boot-keyboard", "input", 0, 0x000700E0, Spot(0, 1, 1)),
        ("boot-keyboard", "input", 0, 0x000700E7, Spot(7, 1, 1)),
        ("boot-keyboard", "input", 0, 0x00070004, Spot(16, 8, 6)),
        ("boot-keyboard", "output", 0, 0x00080002, Spot(1, 1, 1)),
        ("mouse", "input", 0, 0x00090003, Spot(2, 1, 1)),
        ("mouse", "input", 0, 0x00010031, Spot(16, 8, 1)),
        ("playstation-3-controller", "input", 1, 0x00090013, Spot(34, 1, 1)),
    ],
)
def test_values_are_where_their_devices_have_them(
    name: str, kind: str, number: int, usage: int, spot: Spot | None
) -> None:
    reports = parse_descriptor(BY_NAME[name]).of(ReportKind(kind))
    assert next(report for report in reports if report.id == number).spot(usage) == spot


@pytest.mark.parametrize(
    ("items", "spots"),
    [
        # A push keeps the size and the count of before.
        (f"{BYTES} a4 9503 0901 8102 b4 0902 8102", {1: Spot(0, 8, 3), 2: Spot(24, 8, 1)}),
        # The last usage has all that are left.
        ("7508 9504 0901 0902 8102", {1: Spot(0, 8, 1), 2: Spot(8, 8, 3)}),
        # More usages than values: the others are nowhere.
        ("7508 9501 0901 0902 8102", {1: Spot(0, 8, 1), 2: None}),
        # A range, and a usage with its own page.
        ("7508 9504 1901 2903 0b04000000 8102", {2: Spot(8, 8, 1), 3: Spot(16, 8, 1)}),
        # Of the alternatives in a delimiter the first counts.
        ("7508 9502 a901 0901 0902 a900 0903 8102", {1: Spot(0, 8, 1), 2: None, 3: Spot(8, 8, 1)}),
        # A constant field is nobody's.
        ("7508 9501 0901 8103 0902 8102", {1: None, 2: Spot(8, 8, 1)}),
        # A long item and a reserved one say nothing.
        ("7508 9501 fe03 f0 010203 0901 0c 8102", {1: Spot(0, 8, 1)}),
    ],
)
def test_items_mean_what_the_standard_says(items: str, spots: dict[int, Spot | None]) -> None:
    [report] = parse_descriptor(bytes.fromhex(items)).reports
    assert {usage: report.spot(usage) for usage in spots} == spots


def test_a_usage_page_that_comes_after_the_usage_holds_for_it() -> None:
    [report] = parse_descriptor(bytes.fromhex("09fe 7508 9501 068c00 8102")).reports
    assert report.spot(0x8C00FE) == Spot(0, 8, 1)


def test_the_collections_around_a_value_are_known() -> None:
    [report, *_] = parse_descriptor(BY_NAME["honeywell-hid-pos"]).reports
    assert report.fields[0].collections == (0x8C0002, 0x8C0012)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        ("05", "cut"),
        ("7508 96ff", "cut"),
        ("fe", "cut"),
        ("fe05 f0 01", "cut"),
        ("c0", "nesting"),
        ("a101", "nesting"),
        ("b4", "nesting"),
        ("a4" * (MAX_DEPTH + 1), "nesting"),
        ("a101" * (MAX_DEPTH + 1), "nesting"),
        ("8500", "item"),
        ("860001", "item"),
        ("0700000100", "item"),
        ("2905 8102", "item"),
        ("1905 2904", "item"),
        ("1905 2b06000000", "item"),
        ("27ffffff7f 97ffffff7f 77ffffff7f 8102", "report"),
        ("7520 960040 8102 8102", "report"),
        ("00" * (MAX_DESCRIPTOR + 1), "length"),
    ],
)
def test_what_cannot_be_is_refused_by_name(data: str, code: str) -> None:
    with pytest.raises(FrameError) as caught:
        parse_descriptor(bytes.fromhex(data))
    assert caught.value.code == code


@pytest.mark.parametrize("name", BY_NAME)
def test_a_descriptor_that_is_cut_is_never_half_believed(name: str) -> None:
    whole = BY_NAME[name]
    for size in range(1, len(whole)):
        # Only items before the first collection stand alone.
        assert applications(whole[:size]) in ("cut", "nesting", ())


@given(st.binary(max_size=300))
@settings(max_examples=300)
def test_bytes_of_any_kind_raise_nothing_but_our_error(data: bytes) -> None:
    """Feed it anything, and look for anything but FrameError."""
    try:
        found = parse_descriptor(data)
    except FrameError:
        return
    for report in found.reports:
        for field in report.fields:
            assert field.offset + field.size * field.count <= report.bits


@given(st.data())
@settings(max_examples=100)
def test_changed_descriptors_raise_nothing_but_our_error(data: st.DataObject) -> None:
    whole = bytearray(BY_NAME[data.draw(st.sampled_from(sorted(BY_NAME)))])
    for _ in range(data.draw(st.integers(1, 4))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    found = applications(bytes(whole))
    assert found in {"cut", "nesting", "item", "report"} or isinstance(found, tuple)
