"""A cordless scanner with a low battery, or too far from its base, on a line and on the USB."""

from __future__ import annotations

from typing import cast

import pytest

from pos_guard.links.session import ToApp
from pos_guard_simulator.faults.cordless import SCANS_LEFT
from pos_guard_simulator.scanner_make import ScannerOptions, scanner_line, usb_scanner
from pos_guard_simulator.scanner_shown import Seen, ShownScanner

MODELS = ["generic-serial", "zebra-serial", "honeywell-hidpos", "generic-wedge"]


def shown(model: str) -> ShownScanner:
    """A scanner that somebody has opened."""
    options = ScannerOptions(model)
    if model in ("honeywell-hidpos", "generic-wedge"):
        return usb_scanner(options).shown
    line = scanner_line(options)
    line.connected()
    return line


def beeps(scanner: ShownScanner) -> int:
    return cast("int", scanner.state()["beeps"])


@pytest.mark.parametrize("model", MODELS)
def test_a_low_battery_complains_with_each_scan_and_then_reads_none(model: str) -> None:
    scanner = shown(model)
    scanner.arm("battery")
    seen = [scanner.show("690").why for _ in range(SCANS_LEFT + 2)]
    assert seen == ["", "", "", "battery", "battery"]
    assert beeps(scanner) == 2 * SCANS_LEFT
    assert scanner.state()["missed"] == 2
    scanner.clear("battery")
    assert scanner.show("690").why == ""
    scanner.arm("battery")
    assert scanner.show("690").why == "", "it was charged"


@pytest.mark.parametrize("model", MODELS)
def test_out_of_range_each_scan_is_lost_with_three_beeps(model: str) -> None:
    scanner = shown(model)
    scanner.arm("out-of-range")
    assert [scanner.show("690") for _ in range(2)] == [Seen(why="out-of-range")] * 2
    assert beeps(scanner) == 6
    scanner.clear("out-of-range")
    assert scanner.show("691").why == ""


def test_what_was_scanned_out_of_range_does_not_come_later() -> None:
    line = scanner_line(ScannerOptions())
    line.connected()
    line.arm("out-of-range")
    line.show("690")
    line.clear("out-of-range")
    assert line.show("691").effects == [ToApp(b"691\r")]
