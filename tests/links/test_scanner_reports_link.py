"""The scanner link for USB HID POS scanners: whole reports, answers and triggers included."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pos_guard.frames.hid_descriptor import parse_descriptor
from pos_guard.frames.hid_pos import LAYOUTS, find_layout, parse_report
from pos_guard.frames.symbology import Vendor
from pos_guard.links.scanner import SILENCE, ScannerSession
from pos_guard.links.scanner_make import make_parts
from pos_guard.links.scanner_settings import Refused, ScannerTable
from pos_guard.links.session import Effects, Tell, ToApp, ToDevice
from pos_guard.policy.verdict import Mode
from pos_guard.ports.address import Kind
from pos_guard.scanners.hid_pos import HidPosLanguage, HidPosSettings
from pos_guard.scanners.language import Command, Scanned
from pos_guard_simulator.usb_scanner import HidFault, UsbHidPosScanner
from pos_guard_simulator.usb_scanner_hid import IN, OUT
from tests.shop import POLICY, Shop, shop

WECHAT = "134621000053364349"
RECEIVE = "wxp://f2f0in9xnsA4G_eXWBRORK63ixD6bMQcP11eKGFz1V00000"
GOODS = "6901028225168"
# The published FPS sample: three reports, and a checksum.
MERCHANT = (
    "00020101021226340012HK.COM.HKICL010300402070009999520400005303344540555.005802NA5902NA6002NA"
    "620063046734"
)
LONG = "ORDER-" + "0123456789" * 14
"""Three reports."""

FOUND = ("honeywell-64", "newland-64", "62")


@pytest.fixture
def corner(tmp_path: Path) -> Iterator[Shop]:
    made = shop(tmp_path)
    made.sign_in("anna")
    yield made
    made.store.close()


class Desk:
    """The twin, the link, and a till that reads HID POS reports."""

    def __init__(self, corner: Shop, layout: str = "honeywell-64", **settings: object) -> None:
        self.twin = UsbHidPosScanner(layout)
        vendor = Vendor.NEWLAND if layout == "newland-64" else Vendor.NONE
        table = ScannerTable(code_ids=vendor, **settings)  # type: ignore[arg-type]  # by name
        parts = make_parts(table, Kind.HID, Kind.HID)
        self.session = ScannerSession(
            "scanner",
            corner.guard,
            parts.language,
            parts.front,
            parts.settings,
            descriptor=lambda: self.twin.report_descriptor,
        )
        self.till = HidPosLanguage(HidPosSettings(vendor=vendor))
        self.till.connected(self.twin.report_descriptor)
        self.sent: list[bytes] = []
        self.told: list[str] = []
        self.codes: list[bytes] = []
        self.carry(self.session.device_connected())
        self.carry(self.session.timer(SILENCE))
        self.carry(self.session.app_connected())

    def carry(self, effects: Effects) -> None:
        for effect in effects:
            if isinstance(effect, ToApp):
                self.sent.append(effect.data)
                items = self.till.feed(effect.data)
                self.codes += [item.data for item in items if isinstance(item, Scanned)]
            elif isinstance(effect, ToDevice) and self.twin.present:
                assert self.twin.out(OUT, effect.data) == len(effect.data)
            elif isinstance(effect, Tell):
                self.told.append(effect.say.en)

    def read(self) -> list[bytes]:
        """Everything that the scanner has reported, through the link."""
        reported: list[bytes] = []
        while self.twin.present and (report := self.twin.in_(IN, 64)) is not None:
            reported.append(report)
            self.carry(self.session.device_data(report))
        return reported

    def show(self, payload: str) -> list[bytes]:
        self.twin.scan(payload)
        return self.read()


@pytest.mark.parametrize("layout", FOUND)
@pytest.mark.parametrize("payload", [WECHAT, GOODS, LONG])
def test_the_very_reports_of_an_allowed_scan_pass(corner: Shop, layout: str, payload: str) -> None:
    desk = Desk(corner, layout)
    assert desk.show(payload) == desk.sent
    assert desk.codes == [payload.encode()]


@pytest.mark.parametrize("layout", FOUND)
def test_a_refused_one_does_not(corner: Shop, layout: str) -> None:
    desk = Desk(corner, layout)
    desk.show(RECEIVE)
    assert desk.sent == []
    assert "receive code" in desk.told[0]


@pytest.mark.parametrize("layout", FOUND)
def test_a_report_of_the_same_kind_stands_in_its_place(corner: Shop, layout: str) -> None:
    desk = Desk(corner, layout, refused=Refused.REPLACE, instead="REFUSED")
    desk.show(RECEIVE)
    assert desk.codes == [b"REFUSED"]
    found = find_layout(parse_descriptor(desk.twin.report_descriptor))
    assert found is not None
    piece = parse_report(desk.sent[0], found)
    assert piece.aim == ("]Q1" if found.has_aim else None)


@pytest.mark.parametrize("layout", FOUND)
def test_a_flag_stands_before_the_code_even_if_it_needs_one_report_more(
    tmp_path: Path, layout: str
) -> None:
    corner = shop(tmp_path, mode=Mode.OBSERVE)
    desk = Desk(corner, layout, refused=Refused.FLAG, flag="CHECK-THIS:")
    desk.show(RECEIVE)
    assert desk.codes == [b"CHECK-THIS:" + RECEIVE.encode()]
    corner.store.close()


def test_what_the_device_cannot_report_is_not_handed_on_cut(tmp_path: Path) -> None:
    corner = shop(tmp_path, mode=Mode.OBSERVE)
    parts = make_parts(
        ScannerTable(layout="microscan", refused=Refused.FLAG, flag="C" * 20), Kind.HID, Kind.HID
    )
    link = ScannerSession("s", corner.guard, parts.language, parts.front, parts.settings)
    link.device_connected()
    link.timer(SILENCE)
    link.app_connected()
    report = bytes([1, len(RECEIVE)]) + RECEIVE.encode().ljust(62, b"\0")
    effects = link.device_data(report)
    assert len(report) == LAYOUTS["microscan"].size
    assert not any(isinstance(effect, ToApp) for effect in effects)
    said = [effect.say.en for effect in effects if isinstance(effect, Tell)]
    assert said == ["The scan is too long for this till; it was not handed on."]
    corner.store.close()


def test_the_tills_question_reaches_the_scanner_and_its_answer_the_till(corner: Shop) -> None:
    desk = Desk(corner)
    for item in desk.till.command(Command.IDENTIFY):
        desk.carry(desk.session.app_data(item.data))  # type: ignore[union-attr]  # all are Send
    answered = desk.read()
    assert answered
    assert desk.sent == answered
    assert desk.codes == []


@pytest.mark.parametrize(
    "fault",
    [fault for fault in HidFault if fault is not HidFault.SLOW],  # that one needs real time
)
def test_under_every_fault_a_scan_comes_once_or_is_reported(
    tmp_path: Path, fault: HidFault
) -> None:
    """Its checksum tells where a report within it was lost: HID POS itself has no numbers."""
    policy = POLICY.replace("codes = []", 'codes = ["fps:hk.com.hkicl:01=004;02=0009999"]')
    corner = shop(tmp_path, policy=policy.replace('"EUR"', '"HKD"'))
    corner.sign_in("anna")
    desk = Desk(corner)
    desk.twin.faults = frozenset({fault})
    desk.show(MERCHANT)
    desk.carry(desk.session.timer(SILENCE))
    twice = fault is HidFault.DOUBLE
    assert desk.codes == ([MERCHANT.encode()] * 2 if twice else []), "whole, or not at all"
    if fault in (HidFault.LOST, HidFault.HALF, HidFault.WRONG_LAYOUT):
        assert desk.told
    corner.store.close()


def test_what_the_scanner_says_twice_is_two_scans(corner: Shop) -> None:
    desk = Desk(corner)
    desk.twin.faults = frozenset({HidFault.DOUBLE})
    desk.show(GOODS)
    assert desk.codes == [GOODS.encode()] * 2


def test_a_half_scan_is_void_when_the_scanner_comes_back(corner: Shop) -> None:
    desk = Desk(corner)
    desk.twin.faults = frozenset({HidFault.UNPLUG})
    desk.show(LONG)
    desk.carry(desk.session.device_closed())
    desk.twin.faults = frozenset()
    desk.twin.plug()
    desk.carry(desk.session.device_connected())
    desk.carry(desk.session.timer(SILENCE))
    desk.show(GOODS)
    assert desk.codes == [GOODS.encode()]


def test_reports_of_another_kind_stay_here_as_nobody_knows_what_is_in_them(corner: Shop) -> None:
    desk = Desk(corner)
    desk.carry(desk.session.app_data(b"\x04\x01".ljust(64, b"\0")))
    foreign = b"\x09" + bytes([len(RECEIVE)]) + RECEIVE.encode()
    for report in (foreign.ljust(64, b"\0"), foreign):
        desk.carry(desk.session.device_data(report))
    assert desk.sent == []
