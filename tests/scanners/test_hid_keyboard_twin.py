"""Keyboard scanners read as reports: the twin and its faults."""

from __future__ import annotations

import pytest

from pos_guard.scanners.evdev_line import Charset, KeySettings
from pos_guard.scanners.evdev_text import AltCode
from pos_guard.scanners.hid_keyboard import HidKeyboardLanguage
from pos_guard.scanners.language import Items, Problem, Scanned
from pos_guard_simulator.usb_scanner import HidFault
from pos_guard_simulator.usb_scanner_hid import IN
from pos_guard_simulator.usb_scanner_keyboard import AltCode as TwinAlt
from pos_guard_simulator.usb_scanner_keyboard import UsbKeyboardScanner
from tests.scanners.keyboard_hand import feed, keys, scans, settle

WECHAT = "134567890123456789"


def read(language: HidKeyboardLanguage, twin: UsbKeyboardScanner) -> Items:
    items: Items = []
    while twin.present and (report := twin.in_(IN, 8)) is not None:
        items += language.feed(report)
    return items


@pytest.mark.parametrize("layout", ["us", "fr", "de"])
@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (None, [(WECHAT.encode(), None, False)]),
        (HidFault.NO_READ, []),
        (HidFault.HALF, [(WECHAT[:9].encode(), Problem.CUT, False)]),
        (HidFault.DOUBLE, [(WECHAT.encode(), None, False)] * 2),
        (HidFault.LOST, [((WECHAT[:9] + WECHAT[10:]).encode(), None, False)]),
        (HidFault.UNPLUG, []),
    ],
)
def test_the_twins_scans_come_once_or_are_named(
    layout: str, fault: HidFault | None, expected: list[tuple[bytes, Problem | None, bool]]
) -> None:
    twin = UsbKeyboardScanner(layout)
    language = HidKeyboardLanguage(KeySettings(keymap=layout))
    language.connected(twin.report_descriptor)
    twin.faults = frozenset({fault} if fault else ())
    twin.scan(WECHAT)
    items = read(language, twin)
    if fault is HidFault.UNPLUG:
        assert not twin.present
        twin.plug()
        language.connected(twin.report_descriptor)
    assert scans(items + settle(language)) == expected
    twin.faults = frozenset()
    twin.scan(WECHAT)
    assert scans(read(language, twin)) == [(WECHAT.encode(), None, False)]


@pytest.mark.parametrize("alt", [TwinAlt.UNICODE, TwinAlt.GBK])
def test_the_twin_types_chinese_as_scanners_do(alt: TwinAlt) -> None:
    twin = UsbKeyboardScanner(alt=alt)
    chosen = KeySettings(alt=AltCode(alt), encoding="gbk", charset=Charset.ANY)
    language = HidKeyboardLanguage(chosen)
    twin.scan("收款码7")
    assert scans(read(language, twin)) == [("收款码7".encode("gbk"), None, False)]


def test_the_twin_types_identifiers_and_bytes_where_it_is_set_so() -> None:
    twin = UsbKeyboardScanner(aim=True)
    language = HidKeyboardLanguage()
    twin.scan(WECHAT.encode(), "]C0")
    [scan] = read(language, twin)
    assert isinstance(scan, Scanned)
    assert (scan.aim, scan.data) == ("]C0", WECHAT.encode())


def test_on_hidraw_the_descriptor_says_where_the_keys_are() -> None:
    twin = UsbKeyboardScanner()
    data = twin.report_descriptor
    language = HidKeyboardLanguage(boot=False)
    language.connected(data[:6] + b"\x85\x03" + data[6:])
    reports = [b"\x03" + report for report in keys("12\r")]
    assert scans(feed(language, reports)) == [(b"12", None, False)]
    assert language.report_size == 9
    language.connected(b"\x05")
    assert scans(feed(language, keys("12\r"))) == [(b"12", None, False)]
