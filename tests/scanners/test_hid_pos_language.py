"""The HID POS language against captured reports, the twin and its faults."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pos_guard.errors import DeviceError, LocalError
from pos_guard.frames import honeywell
from pos_guard.frames.hid_pos import LAYOUTS, build_reports
from pos_guard.frames.hid_pos_output import HONEYWELL, build_serial
from pos_guard.frames.symbology import Symbology, Vendor
from pos_guard.scanners.hid_pos import MAX_PIECES, HidPosLanguage, HidPosSettings
from pos_guard.scanners.language import (
    Command,
    Item,
    Items,
    Problem,
    Reply,
    Scanned,
    ScannerLanguage,
    Send,
)
from pos_guard_simulator.usb_scanner import REVISION, HidFault, UsbHidPosScanner
from pos_guard_simulator.usb_scanner_descriptors import hid_pos
from pos_guard_simulator.usb_scanner_hid import IN, OUT

VECTORS: list[dict[str, Any]] = json.loads(
    (Path(__file__).parents[1] / "golden" / "hid_pos.json").read_text(encoding="utf-8")
)
CAPTURED = [bytes.fromhex(v["payload"]) for v in VECTORS if v["kind"] == "hidpos-honeywell-64"]
WECHAT = b"134567890123456789"
LONG = b"00020101021226" + b"0123456789" * 14
H64 = LAYOUTS["honeywell-64"]
FOUND = ("honeywell-64", "newland-64", "62")


class Bench:
    """The twin and the language, joined by reports."""

    def __init__(self, layout: str = "honeywell-64", **options: Any) -> None:
        self.twin = UsbHidPosScanner(layout)
        vendor = Vendor.NEWLAND if layout == "newland-64" else Vendor.NONE
        self.language = HidPosLanguage(HidPosSettings(vendor=vendor, **options))
        assert self.language.connected(self.twin.report_descriptor) == []

    def read(self) -> Items:
        items: Items = []
        while self.twin.present and (report := self.twin.in_(IN, 64)) is not None:
            items += self.language.feed(report)
        return items

    def settle(self) -> Items:
        """Read, then let time pass until nothing is open."""
        items = self.read()
        while self.language.wait is not None:
            items += self.language.silence()
        return items

    def tell(self, command: Command) -> Items:
        for item in self.language.command(command):
            assert isinstance(item, Send)
            assert self.twin.out(OUT, item.data) == len(item.data) == 64 or len(item.data) == 2
        return self.read()


def scans(items: Items) -> list[tuple[bytes, Problem | None]]:
    return [(item.data, item.problem) for item in items if isinstance(item, Scanned)]


def test_it_is_a_scanner_language() -> None:
    language: ScannerLanguage = HidPosLanguage()
    assert language.wait is None
    assert language.can == frozenset()


@pytest.mark.parametrize("layout", FOUND)
@pytest.mark.parametrize(
    "code", [b"7", WECHAT, bytes(range(1, 57)), b"x" * 57, LONG, "付款".encode("gbk")]
)
def test_each_scan_comes_once_with_its_very_reports(layout: str, code: bytes) -> None:
    bench = Bench(layout)
    bench.twin.scan(code)
    bench.twin.scan(WECHAT, "]C0", 0x6A)
    first, second = bench.settle()
    assert isinstance(first, Scanned)
    assert isinstance(second, Scanned)
    assert (first.data, second.data) == (code, WECHAT)
    aim = bench.twin.layout.has_aim
    assert (first.aim, second.aim) == (("]Q1", "]C0") if aim else (None, None))
    code_id = 0x73 if bench.twin.layout.has_code_id else 0
    sent = build_reports(code, bench.twin.layout, aim="]Q1" if aim else None, code_id=code_id)
    assert first.raw == b"".join(sent)
    assert len(first.raw) == len(sent) * bench.language.report_size
    assert first.problem is second.problem is None


def test_the_symbology_is_told_by_aim_or_else_by_the_makers_code_id() -> None:
    bench = Bench()
    bench.twin.scan(b"6957842208856", "]E0", 0x64)
    [scan] = bench.read()
    assert isinstance(scan, Scanned)
    assert scan.symbology is Symbology.EAN13
    blank = build_reports(WECHAT, H64, code_id=0x73)[0]
    [scan] = bench.language.feed(blank)
    assert isinstance(scan, Scanned)
    assert (scan.aim, scan.symbology) == (None, Symbology.QR)


@pytest.mark.parametrize("layout", ["honeywell-64", "newland-64", "62", "microscan"])
def test_a_device_that_says_too_little_has_the_layout_that_is_set(layout: str) -> None:
    language = HidPosLanguage(HidPosSettings(layout=layout))
    language.connected(b"\x05")
    aim = "]Q1" if LAYOUTS[layout].has_aim else None
    items = [language.feed(report) for report in build_reports(WECHAT, LAYOUTS[layout], aim=aim)]
    assert scans([item for part in items for item in part]) == [(WECHAT, None)]


def test_a_layout_that_does_not_exist_is_an_error_of_the_settings() -> None:
    with pytest.raises(LocalError, match="honeywell-64"):
        HidPosLanguage(HidPosSettings(layout="honeywell"))


# -- faults ---------------------------------------------------------------------------------

Expected = list[tuple[bytes, Problem | None]]


def cut(code: bytes, kept: int) -> Expected:
    return [(code[:kept], Problem.CUT)]


@pytest.mark.parametrize("layout", FOUND)
@pytest.mark.parametrize(
    ("fault", "code", "expected"),
    [
        (HidFault.NO_READ, WECHAT, []),
        (HidFault.HALF, WECHAT, cut(WECHAT, 18)),
        (HidFault.HALF, LONG, cut(LONG, 112)),
        (HidFault.LOST, WECHAT, []),
        (HidFault.DOUBLE, WECHAT, [(WECHAT, None)] * 2),
        (HidFault.DOUBLE, LONG, [(LONG, None)] * 2),
        (HidFault.UNPLUG, LONG, []),
    ],
)
def test_under_every_fault_a_scan_is_whole_or_named_or_nothing(
    layout: str, fault: HidFault, code: bytes, expected: Expected
) -> None:
    bench = Bench(layout)
    bench.twin.faults = frozenset({fault})
    bench.twin.scan(code)
    found = scans(bench.read())
    if fault is HidFault.UNPLUG:
        assert not bench.twin.present
        bench.twin.plug()
        bench.language.connected(bench.twin.report_descriptor)
    found += scans(bench.settle())
    assert found == expected
    bench.twin.faults = frozenset()
    bench.twin.scan(WECHAT)
    assert scans(bench.settle()) == [(WECHAT, None)]


@pytest.mark.parametrize("layout", FOUND)
@pytest.mark.parametrize("code", [WECHAT, b"7" * 56, LONG])
def test_reports_of_another_layout_are_damaged_and_never_a_code(layout: str, code: bytes) -> None:
    bench = Bench(layout)
    bench.twin.faults = frozenset({HidFault.WRONG_LAYOUT})
    bench.twin.scan(code)
    found = scans(bench.settle())
    assert found
    assert {problem for _, problem in found} == {Problem.DAMAGED}
    bench.twin.faults = frozenset()
    bench.twin.scan(WECHAT)
    assert scans(bench.settle()) == [(WECHAT, None)]


def test_a_damaged_report_takes_the_rest_of_its_message_with_it() -> None:
    first, second, third = build_reports(LONG, H64, aim="]Q1", code_id=0x73)
    language = HidPosLanguage()
    broken = second[:-3]
    items = [item for report in (first, broken, third) for item in language.feed(report)]
    assert [problem for _, problem in scans(items)] == [Problem.DAMAGED] * 2
    assert [raw_of(item) for item in items] == [first + broken, third]
    assert language.wait == language.settings.part_seconds
    assert language.silence() == []
    assert language.wait is None
    assert scans(language.feed(build_reports(WECHAT, H64, aim="]Q1")[0])) == [(WECHAT, None)]


def test_a_scan_with_another_identifier_ends_the_half_one_before_it() -> None:
    language = HidPosLanguage()
    half = build_reports(LONG, H64, aim="]Q1", code_id=0x73)[0]
    whole = build_reports(WECHAT, H64, aim="]C0", code_id=0x6A)[0]
    items = language.feed(half) + language.feed(whole)
    assert scans(items) == [(LONG[:56], Problem.CUT), (WECHAT, None)]


def test_a_message_without_end_is_bounded() -> None:
    language = HidPosLanguage()
    endless = build_reports(LONG, H64, aim="]Q1", code_id=0x73)[0]
    items: Items = []
    for _ in range(MAX_PIECES + 40):
        items += language.feed(endless)
    assert scans(items)[0] == (b"", Problem.OVERLONG)
    assert {problem for _, problem in scans(items)} == {Problem.OVERLONG, Problem.DAMAGED}


def test_a_message_longer_than_any_code_is_overlong() -> None:
    language = HidPosLanguage()
    items: Items = []
    for report in build_reports(b"7" * 7200, H64, aim="]Q1", code_id=0x73):
        items += language.feed(report)
    assert scans(items) == [(b"", Problem.OVERLONG)]


def test_empty_reports_and_reports_of_another_kind_are_no_scans() -> None:
    language = HidPosLanguage()
    empty = build_reports(b"", H64)[0]
    assert language.feed(empty) == [Reply(empty)]
    other = b"\xf0" + bytes(63)
    assert language.feed(other) == [Reply(other)]


@given(st.lists(st.one_of(st.binary(max_size=66), st.sampled_from(CAPTURED)), max_size=20))
@settings(max_examples=150)
def test_reports_of_any_bytes_raise_nothing_and_are_all_accounted_for(reports: list[bytes]) -> None:
    language = HidPosLanguage()
    items: Items = []
    for report in reports:
        items += language.feed(report)
    while language.wait is not None:
        items += language.silence()
    assert sorted(b"".join(raw_of(item) for item in items)) == sorted(b"".join(reports))


def raw_of(item: Item) -> bytes:
    return b"" if isinstance(item, Send) else item.raw


# -- commands and their answers -------------------------------------------------------------


def test_the_captured_answer_is_a_reply_whether_somebody_waits_for_it_or_not() -> None:
    # Of seven reports the source shows five: the third and the sixth are missing there.
    answer = CAPTURED[:5]
    language = HidPosLanguage(HidPosSettings(vendor=Vendor.HONEYWELL))
    sent = language.command(Command.IDENTIFY)
    assert sent == [Send(report) for report in build_serial(HONEYWELL, b"\x16M\rREVINF.")]
    [reply] = [item for report in answer for item in language.feed(report)]
    assert isinstance(reply, Reply)
    assert (reply.to, reply.ok) == (Command.IDENTIFY, True)
    assert reply.text.startswith(b"Product Name: Voyager 1602g\r\n")
    assert reply.raw == b"".join(answer)
    [unasked] = [item for report in answer for item in language.feed(report)]
    assert isinstance(unasked, Reply)
    assert unasked.to is None


def test_what_has_no_symbol_is_never_a_code() -> None:
    language = HidPosLanguage()
    for modifier in "0169":
        report = build_reports(WECHAT, H64, aim=f"]Z{modifier}", code_id=0x73)[0]
        [item] = language.feed(report)
        assert isinstance(item, Reply)


@pytest.mark.parametrize("code_id", [0x3F, 0x64])
def test_a_bookland_code_is_a_scan_while_nobody_asks(code_id: int) -> None:
    language = HidPosLanguage(HidPosSettings(vendor=Vendor.HONEYWELL))
    report = build_reports(b"9783161484100", H64, aim="]X0", code_id=code_id)[0]
    assert scans(language.feed(report)) == [(b"9783161484100", None)]
    language.command(Command.IDENTIFY)
    assert bool(scans(language.feed(report))) is (code_id == 0x64)


def test_a_scan_between_a_command_and_its_answer_is_delivered() -> None:
    bench = Bench()
    for item in bench.language.command(Command.IDENTIFY):
        assert isinstance(item, Send)
        bench.twin.scan(WECHAT)
        bench.twin.out(OUT, item.data)
    bench.twin.scan(b"6957842208856", "]E0", 0x64)
    scan, reply, after = bench.settle()
    assert scans([scan, after]) == [(WECHAT, None), (b"6957842208856", None)]
    assert isinstance(reply, Reply)
    assert (reply.to, reply.ok, reply.text) == (Command.IDENTIFY, True, REVISION)


def test_an_answer_that_never_comes_is_told_and_scans_go_on() -> None:
    language = HidPosLanguage(HidPosSettings(vendor=Vendor.HONEYWELL))
    language.command(Command.IDENTIFY)
    with pytest.raises(DeviceError) as caught:
        language.command(Command.TRIGGER)
    assert caught.value.code == "E_BUSY"
    assert language.wait == language.settings.reply_seconds
    assert language.silence() == [Reply(b"", Command.IDENTIFY, ok=False)]
    assert language.wait is None
    assert language.command(Command.TRIGGER)


def test_half_an_answer_is_a_failed_one() -> None:
    language = HidPosLanguage(HidPosSettings(vendor=Vendor.HONEYWELL))
    language.command(Command.IDENTIFY)
    language.feed(CAPTURED[0])
    [reply] = language.silence()
    assert isinstance(reply, Reply)
    assert (reply.to, reply.ok) == (Command.IDENTIFY, False)


def test_the_standards_trigger_report_is_used_where_there_is_one() -> None:
    bench = Bench("62")
    bench.twin.hold(WECHAT)
    assert scans(bench.tell(Command.TRIGGER)) == [(WECHAT, None)]
    bench.tell(Command.YES)
    bench.tell(Command.NO)
    assert (bench.twin.good_beeps, bench.twin.error_beeps) == (1, 1)


def test_while_reading_is_forbidden_other_commands_leave_it_so() -> None:
    bench = Bench()
    bench.tell(Command.DISABLE)
    bench.tell(Command.NO)
    bench.twin.scan(WECHAT)
    assert bench.settle() == []
    bench.tell(Command.ENABLE)
    bench.twin.scan(WECHAT)
    assert scans(bench.settle()) == [(WECHAT, None)]


def test_a_tills_trigger_report_that_forbids_reading_is_remembered() -> None:
    bench = Bench()
    assert bench.language.passing(b"\x04\x01") == [Send(b"\x04\x01")]
    assert bench.language.command(Command.NO) == [Send(b"\x04\x05")]


def test_newlands_replies_are_told_from_scans_that_look_like_them() -> None:
    bench = Bench("newland-64")
    assert bench.language.can == {Command.TRIGGER, Command.STOP}
    bench.twin.hold(WECHAT)
    reply, scan = bench.tell(Command.TRIGGER)
    assert isinstance(reply, Reply)
    assert (reply.to, reply.ok) == (Command.TRIGGER, True)
    assert scans([scan]) == [(WECHAT, None)]
    golden = next(v for v in VECTORS if v["kind"] == "hidpos-input-newland-reply")
    report = bytes.fromhex(golden["payload"])
    assert scans(bench.language.feed(report)) == [(bytes.fromhex(golden["expect"]["data"]), None)]
    bench.language.passing(build_serial(4, bytes.fromhex("7E000801000201 02DA"))[0])
    [passed] = bench.language.feed(report)
    assert passed == Reply(report, None, ok=True, text=b"\0")


def test_a_scan_that_looks_like_a_reply_is_none_without_its_checksum() -> None:
    language = HidPosLanguage(HidPosSettings(vendor=Vendor.NEWLAND))
    language.command(Command.TRIGGER)
    for code in (b"\x02\x00\x00\x01\x00\x33\x32", WECHAT):
        [report] = build_reports(code, LAYOUTS["newland-64"])
        assert scans(language.feed(report)) == [(code, None)]
    assert language.silence() == [Reply(b"", Command.TRIGGER, ok=False)]


def test_newlands_command_is_the_published_one() -> None:
    language = HidPosLanguage(HidPosSettings(vendor=Vendor.NEWLAND))
    golden = next(v for v in VECTORS if v["kind"] == "hidpos-output-newland")
    assert language.command(Command.TRIGGER) == [Send(bytes.fromhex(golden["payload"]))]


def test_a_tills_menu_command_over_two_reports_makes_its_answer_a_reply() -> None:
    bench = Bench()
    menu = honeywell.build_menu(["CBRENA1"] * 10)
    for report in build_serial(HONEYWELL, menu):
        bench.language.passing(report)
    assert bench.language.wait == bench.language.settings.reply_seconds
    told = build_reports(b"9783161484100", H64, aim="]X0", code_id=0x3F)[0]
    assert bench.language.feed(told) == []
    [reply] = bench.language.feed(build_reports(b"CBRENA\x15!", H64, aim="]Z6", code_id=0x36)[0])
    assert isinstance(reply, Reply)
    assert (reply.to, reply.ok) == (None, False)


def test_what_a_scanner_cannot_do_is_refused() -> None:
    bench = Bench()
    for command in set(Command) - bench.language.can:
        with pytest.raises(DeviceError) as caught:
            bench.language.command(command)
        assert caught.value.code == "E_ILLEGAL"
    assert Command.LOCK not in bench.language.can


def test_reconnecting_forgets_what_was_half_done() -> None:
    language = HidPosLanguage(HidPosSettings(vendor=Vendor.HONEYWELL))
    begin: list[Callable[[], object]] = [
        lambda: language.feed(build_reports(LONG, H64, aim="]Q1")[0]),
        lambda: language.feed(CAPTURED[0]),
        lambda: language.feed(b"\x02"),
        lambda: language.command(Command.IDENTIFY),
    ]
    for start in begin:
        start()
        assert language.wait is not None
        assert language.connected(hid_pos(H64)) == []
        assert language.wait is None
        assert language.silence() == []
