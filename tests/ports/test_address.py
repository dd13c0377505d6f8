from __future__ import annotations

import pytest

from pos_guard.ports.address import Address, Kind
from pos_guard.ports.usb_find import UsbPlace

BY_ID = "/dev/input/by-id/usb-A_B-event-kbd"

GOOD = [
    ("tcp:127.0.0.1:20007", Address(Kind.TCP, "127.0.0.1", 20007)),
    ("tcp:[::1]:0", Address(Kind.TCP, "::1", 0)),
    ("serial:/dev/ttyUSB0:19200", Address(Kind.SERIAL, path="/dev/ttyUSB0", baudrate=19200)),
    ("serial:/dev/pos/printer", Address(Kind.SERIAL, path="/dev/pos/printer")),
    ("pty:/run/pos-guard/till", Address(Kind.PTY, path="/run/pos-guard/till")),
    ("unix:/run/pos-guard/cups", Address(Kind.UNIX, path="/run/pos-guard/cups")),
    ("lp:/dev/usb/lp0", Address(Kind.LP, path="/dev/usb/lp0")),
    ("usb:printer", Address(Kind.USB)),
    ("usb:04b8:0E15", Address(Kind.USB, vendor=0x04B8, product=0x0E15)),
    ("usb:0416:5011:a:b", Address(Kind.USB, vendor=0x0416, product=0x5011, serial="a:b")),
    ("hid:scanner", Address(Kind.HID)),
    ("hid:0C2E:0907", Address(Kind.HID, vendor=0x0C2E, product=0x0907)),
    ("cdc:scanner", Address(Kind.CDC)),
    ("cdc:1eab:1a06:S-1", Address(Kind.CDC, vendor=0x1EAB, product=0x1A06, serial="S-1")),
    ("hidraw:/dev/hidraw0", Address(Kind.HIDRAW, path="/dev/hidraw0")),
    ("evdev:/dev/input/by-id/usb-A_B-event-kbd", Address(Kind.EVDEV, path=BY_ID)),
    ("uinput:till 1", Address(Kind.UINPUT, path="till 1")),
    ("https://api.mch.weixin.qq.com", Address(Kind.HTTPS, "api.mch.weixin.qq.com", 443)),
    ("http://127.0.0.1:8080/", Address(Kind.HTTP, "127.0.0.1", 8080)),
]

BAD = [
    "",
    "tcp:host",
    "tcp:host:65536",
    "tcp:host:²2",
    "serial:ttyUSB0:9600",
    "serial:/dev/tty USB0",
    "pty:relative",
    "unix:relative",
    "unix:/" + "x" * 107,
    "lp:lp0",
    "usb:",
    "usb:4b8:e15",
    "usb:0000:0e15",
    "usb:04b8",
    "usb:04b8:0e15:",
    "usb:04b8:0e15:serial number",
    "usb:04b8:0e15:" + "x" * 127,
    "usb:scanner",
    "hid:printer",
    "hid:0000:0907",
    "cdc:",
    "hidraw:hidraw0",
    "evdev:",
    "uinput:",
    "uinput:a/b",
    "https://host/path",
    "https://user@host",
    "ftp://host",
    "/dev/ttyUSB0",
    "tcp:" + "x" * 600 + ":1",
]


@pytest.mark.parametrize(("text", "address"), GOOD)
def test_an_address_reads_and_writes_back(text: str, address: Address) -> None:
    assert Address.parse(text) == address
    assert Address.parse(str(address)) == address


@pytest.mark.parametrize("text", BAD)
def test_what_is_no_address_says_so(text: str) -> None:
    with pytest.raises(ValueError, match=r"no address|no port|longer than"):
        Address.parse(text)


def test_a_place_on_the_bus_knows_its_kind() -> None:
    place = Address.parse("cdc:1eab:1a06:S-1").place
    assert place == UsbPlace(0x1EAB, 0x1A06, "S-1", "cdc")
