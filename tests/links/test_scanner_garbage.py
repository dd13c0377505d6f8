"""Whatever a scanner or a till sends, in whatever order: no session raises, nothing is made up."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pos_guard.frames import ssi
from pos_guard.frames.keymap import keymap, text_events
from pos_guard.frames.ssi import Op
from pos_guard.links.scanner import BEEP, FLOOD, SILENCE, ScannerSession
from pos_guard.links.scanner_make import make_parts
from pos_guard.links.scanner_settings import (
    Refused,
    ScannerLanguageName,
    ScannerName,
    ScannerTable,
)
from pos_guard.links.scanner_ssi import TILL
from pos_guard.links.session import ToApp
from pos_guard.ports.address import Kind
from tests.shop import Shop, shop

WECHAT = b"134621000053364349"
RECEIVE = b"wxp://f2f0in9xnsA4G_eXWBRORK63ixD6bMQcP11eKGFz1V00000"

LINKS = {
    "lines": (ScannerTable(), Kind.PTY, Kind.SERIAL),
    "honeywell": (ScannerTable(model=ScannerName("honeywell-serial")), Kind.PTY, Kind.SERIAL),
    "register": (ScannerTable(model=ScannerName("gm65")), Kind.PTY, Kind.SERIAL),
    "ssi": (ScannerTable(language=ScannerLanguageName("ssi")), Kind.PTY, Kind.SERIAL),
    "hid-pos": (
        ScannerTable(refused=Refused.REPLACE, instead="NO", layout="62"),
        Kind.HID,
        Kind.HID,
    ),
    "hid-keyboard": (
        ScannerTable(language=ScannerLanguageName("hid-keyboard")),
        Kind.UINPUT,
        Kind.HID,
    ),
    "evdev": (ScannerTable(), Kind.UINPUT, Kind.EVDEV),
}

KNOWN = st.sampled_from(
    [
        WECHAT + b"\r",
        RECEIVE + b"\r\n",
        b"\n",
        ssi.build(Op.DECODE_DATA, b"\x1c" + RECEIVE, source=ssi.DECODER),
        ssi.build(Op.ACK, source=ssi.DECODER),
        ssi.build(Op.PARAM_SEND, b"\xff\xee\x00"),
        b"\x02\x12]Q1" + WECHAT.ljust(56, b"\0") + b"\0",
        text_events("wxp://f2f0\r", keymap("us")),
        bytes.fromhex("0200000001003331"),
        b"\x16M\rREVINF.",
    ]
)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("device"), st.one_of(st.binary(max_size=40), KNOWN)),
        st.tuples(st.just("app"), st.one_of(st.binary(max_size=40), KNOWN)),
        st.tuples(st.just("timer"), st.sampled_from([SILENCE, FLOOD, BEEP, TILL])),
        st.tuples(st.sampled_from(["on", "off", "there", "away"]), st.just(b"")),
    ),
    max_size=12,
)


@pytest.fixture(scope="module")
def corner(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    made = shop(tmp_path_factory.mktemp("garbage"))
    yield made
    made.store.close()


@pytest.mark.parametrize("name", LINKS)
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps=STEPS)
def test_no_order_of_anything_makes_it_raise_or_hand_on_a_receive_code(
    corner: Shop, name: str, steps: list[tuple[str, bytes | str]]
) -> None:
    parts = make_parts(*LINKS[name])
    link = ScannerSession("scanner", corner.guard, parts.language, parts.front, parts.settings)
    effects = [*link.device_connected(), *link.app_connected()]
    for step, data in steps:
        match step, data:
            case "device", bytes():
                effects += link.device_data(data)
            case "app", bytes():
                effects += link.app_data(data)
            case "timer", str():
                effects += link.timer(data)
            case "on", _:
                effects += link.device_connected()
            case "off", _:
                effects += link.device_closed()
            case "there", _:
                effects += link.app_connected()
            case _:
                effects += link.app_closed()
    sent = b"".join(effect.data for effect in effects if isinstance(effect, ToApp))
    assert RECEIVE not in sent
    assert text_events("wxp://f2f0\r", keymap("us")) not in sent
