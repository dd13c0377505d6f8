"""The scanner link for scanners that type: the very keys of allowed scans, and no others."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pos_guard.frames.hid_keyboard import build_boot
from pos_guard.frames.keymap import keymap, text_events, text_strokes
from pos_guard.frames.keys import (
    DOWN,
    EV_KEY,
    KEY_LEFTMETA,
    SIZE,
    SYN,
    UP,
    KeyEvent,
    build_events,
    parse_events,
)
from pos_guard.links.scanner import SILENCE, ScannerSession
from pos_guard.links.scanner_keys import events_of_reports
from pos_guard.links.scanner_make import make_parts
from pos_guard.links.scanner_settings import Refused, ScannerLanguageName, ScannerTable
from pos_guard.links.session import CloseDevice, Effects, SetTimer, Tell, ToApp, ToDevice
from pos_guard.own_codes import OwnKind
from pos_guard.ports.address import Kind
from pos_guard.scanners.evdev import EvdevLanguage
from pos_guard.scanners.language import Scanned
from pos_guard_simulator.usb_scanner_hid import IN
from pos_guard_simulator.usb_scanner_keyboard import UsbKeyboardScanner
from tests.shop import POLICY, Shop, shop

WECHAT = "134621000053364349"
RECEIVE = "wxp://f2f0in9xnsA4G_eXWBRORK63ixD6bMQcP11eKGFz1V00000"
US = keymap("us")
MANUAL = POLICY.replace('may = ["sale", "preauth", "completion"]', 'may = ["sale", "manual_code"]')


@pytest.fixture
def corner(tmp_path: Path) -> Iterator[Shop]:
    made = shop(tmp_path)
    made.sign_in("anna")
    yield made
    made.store.close()


def session(
    corner: Shop,
    language: str = "evdev",
    app: Kind = Kind.UINPUT,
    device: Kind = Kind.EVDEV,
    **settings: object,
) -> ScannerSession:
    table = ScannerTable(language=ScannerLanguageName(language), **settings)  # type: ignore[arg-type]  # by name
    parts = make_parts(table, app, device)
    made = ScannerSession("scanner", corner.guard, parts.language, parts.front, parts.settings)
    made.device_connected()
    made.timer(SILENCE)
    made.app_connected()
    return made


def typed(effects: Effects) -> bytes:
    return b"".join(effect.data for effect in effects if isinstance(effect, ToApp))


def told(effects: Effects) -> list[str]:
    return [effect.say.en for effect in effects if isinstance(effect, Tell)]


def read(events: bytes) -> bytes:
    """What a program of the till reads."""
    items = EvdevLanguage().feed(events)
    return b"".join(item.data for item in items if isinstance(item, Scanned))


KEYS = text_events(WECHAT + "\r", US)


@pytest.mark.parametrize("size", [SIZE, 2 * SIZE, 5 * SIZE, len(KEYS)])
def test_the_very_keys_of_a_scan_are_typed_once_it_is_whole(corner: Shop, size: int) -> None:
    link = session(corner)
    pieces = [KEYS[at : at + size] for at in range(0, len(KEYS), size)]
    sent = [typed(link.device_data(piece)) for piece in pieces]
    assert sent[-1] == KEYS
    assert b"".join(sent) == KEYS


def test_a_refused_scan_types_nothing(corner: Shop) -> None:
    effects = session(corner).device_data(text_events(RECEIVE + "\r", US))
    assert typed(effects) == b""
    assert "receive code" in told(effects)[0]


def test_a_text_is_typed_in_place_of_it_in_the_scanners_layout(corner: Shop) -> None:
    link = session(corner, refused=Refused.REPLACE, instead="AZ-1", layout="de")
    effects = link.device_data(text_events(RECEIVE + "\r", keymap("de")))
    assert typed(effects) == text_events("AZ-1\r", keymap("de"))


def test_a_bar_code_that_presses_meta_and_r_opens_nothing_at_the_till(corner: Shop) -> None:
    meta = [KeyEvent(EV_KEY, KEY_LEFTMETA, DOWN), SYN, *parse_events(text_events("r", US))]
    keys = build_events([*meta, KeyEvent(EV_KEY, KEY_LEFTMETA, UP), SYN])
    link = session(corner)
    alone = link.device_data(keys)
    assert typed([*alone, *link.timer(SILENCE), *link.timer(SILENCE)]) == b""
    within = link.device_data(text_events("690", US) + keys + text_events("\r", US))
    assert typed(within) == b""
    assert told(within) == ["The scan came damaged. Scan again."]


def slowly(link: ScannerSession, text: str) -> Effects:
    """A person types: after each key there is silence, too short to end the line."""
    effects: Effects = []
    for char in text:
        effects += link.device_data(text_events(char, US))
        last = effects[-1]
        if isinstance(last, SetTimer) and last.seconds < 1:
            effects += link.timer(last.name)
    return effects


def test_a_typed_payment_code_is_judged_as_typed(corner: Shop) -> None:
    effects = slowly(session(corner), WECHAT + "\r")
    assert typed(effects) == b""
    assert told(effects) == ["This payment code was not scanned. Scan the customer's code."]


def test_somebody_with_the_right_may_type_it_the_second_time(tmp_path: Path) -> None:
    corner = shop(tmp_path, policy=MANUAL)
    corner.sign_in("anna")
    link = session(corner)
    assert typed(slowly(link, WECHAT + "\r")) == b""
    assert read(typed(slowly(link, WECHAT + "\r"))) == WECHAT.encode()
    corner.store.close()


def test_a_badge_that_is_typed_is_no_badge(corner: Shop) -> None:
    badge = corner.guard.own_codes.make(OwnKind.BADGE, "ben")
    effects = slowly(session(corner), badge + "\r")
    assert told(effects) == ["Badges and receipt codes are scanned, not typed. Scan it."]
    operator = corner.guard.context().operator
    assert operator is not None
    assert operator.value == "anna"


def test_lights_of_the_tills_keyboards_are_nothing_to_the_scanner(corner: Shop) -> None:
    light = KeyEvent(0x11, 1, 1).to_bytes()
    assert not any(isinstance(effect, ToDevice) for effect in session(corner).app_data(light))


# -- USB keyboards, claimed through libusb ------------------------------------------------------


def reports(payload: str) -> list[bytes]:
    """What the simulated keyboard scanner sends."""
    twin = UsbKeyboardScanner()
    twin.scan(payload)
    found: list[bytes] = []
    while (report := twin.in_(IN, 8)) is not None:
        found.append(report)
    return found


def test_reports_reach_the_till_as_the_key_events_that_they_are(corner: Shop) -> None:
    link = session(corner, "hid-keyboard", Kind.UINPUT, Kind.HID)
    effects = [effect for report in reports(WECHAT) for effect in link.device_data(report)]
    assert read(typed(effects)) == WECHAT.encode()
    refused = [effect for report in reports(RECEIVE) for effect in link.device_data(report)]
    assert typed(refused) == b""


def test_reports_are_passed_one_by_one_where_the_till_reads_reports(corner: Shop) -> None:
    link = session(
        corner, "hid-keyboard", Kind.HID, Kind.HID, refused=Refused.REPLACE, instead="NO"
    )
    sent = reports(WECHAT)
    effects = [effect for report in sent for effect in link.device_data(report)]
    assert [effect.data for effect in effects if isinstance(effect, ToApp)] == sent
    refused = [effect for report in reports(RECEIVE) for effect in link.device_data(report)]
    wanted = build_boot(text_strokes("NO\r", US))
    assert [effect.data for effect in refused if isinstance(effect, ToApp)] == wanted
    assert link.app_data(b"\x02")[0] == ToDevice(b"\x02"), "the light of Caps Lock"


@pytest.mark.parametrize("raw", [b"", b"\x01\x02", bytes(9), b"\xff" * 16])
def test_foreign_reports_give_no_keys(raw: bytes) -> None:
    assert parse_events(events_of_reports(raw)) is not None
    assert read(events_of_reports(raw)) == b""


def test_keys_that_are_held_at_the_end_come_up() -> None:
    pressed = build_boot(text_strokes("a", US))[:1]
    events = parse_events(events_of_reports(b"".join(pressed)))
    assert [event.value for event in events if event.type == EV_KEY] == [DOWN, UP]


def test_a_disk_that_is_full_does_not_let_the_keyboard_go(corner: Shop) -> None:
    """Closed, it would type for everybody."""
    link = session(corner)
    corner.store.close()
    effects = link.device_data(KEYS)
    assert typed(effects) == b""
    assert told(effects)
    assert not any(isinstance(effect, CloseDevice) for effect in effects)
