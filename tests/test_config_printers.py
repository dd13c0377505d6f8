"""Which addresses the two sides of a printer link may have."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pos_guard.config import GuardConfig, parse_config
from pos_guard.errors import SettingsError

FILE = Path("/etc/pos-guard/guard.toml")


def link(app: str, device: str, protocol: str = "escpos", name: str = "printer") -> str:
    return (
        f'[[link]]\nname = "{name}"\nprotocol = "{protocol}"\napp = "{app}"\ndevice = "{device}"\n'
    )


def read(text: str) -> GuardConfig:
    return parse_config(text, FILE)


@pytest.mark.parametrize("app", ["tcp:127.0.0.1:9100", "pty:/run/p", "unix:/run/cups"])
@pytest.mark.parametrize(
    "device",
    [
        "usb:printer",
        "usb:04b8:0e15",
        "usb:04b8:0e15:SN1",
        "lp:/dev/usb/lp0",
        "unix:/run/other",
        "tcp:10.0.0.9:9100",
        "serial:/dev/ttyUSB0:19200",
    ],
)
def test_a_printer_may_be_anywhere(app: str, device: str) -> None:
    found = read(link(app, device)).links[0]
    assert (str(found.app), str(found.device)) == (app, device)


@pytest.mark.parametrize(
    ("app", "device", "protocol", "words"),
    [
        ("lp:/dev/usb/lp0", "usb:printer", "escpos", "cannot use escpos at lp:"),
        ("tcp:127.0.0.1:0", "pty:/run/p", "escpos", "no escpos device can be at pty:"),
        ("tcp:127.0.0.1:0", "usb:printer", "zvt", "no zvt device can be at usb:"),
        ("unix:/run/x", "tcp:10.0.0.9:20007", "zvt", "cannot use zvt at unix:"),
        ("tcp:127.0.0.1:0", "lp:/dev/usb/lp0", "scanner", "no scanner device can be at lp:"),
    ],
)
def test_what_cannot_be_is_refused(app: str, device: str, protocol: str, words: str) -> None:
    with pytest.raises(SettingsError, match=words):
        read(link(app, device, protocol))


@pytest.mark.parametrize("app", ["tcp:127.0.0.1:9100", "pty:/run/p", "unix:/run/cups"])
def test_two_links_cannot_be_at_one_place(app: str) -> None:
    two = link(app, "usb:printer", name="a") + link(app, "lp:/dev/usb/lp0", name="b")
    with pytest.raises(SettingsError, match="an earlier link is there"):
        read(two)


def test_ports_that_the_system_chooses_are_different_places() -> None:
    app = "tcp:127.0.0.1:0"
    two = link(app, "usb:printer", name="a") + link(app, "lp:/dev/usb/lp0", name="b")
    assert len(read(two).links) == 2


def test_the_path_of_libusb_is_taken_as_it_is() -> None:
    text = link("tcp:127.0.0.1:0", "usb:printer")
    assert read(text).libusb == ""
    assert read('libusb = "libusb-1.0.so.0"\n' + text).libusb == "libusb-1.0.so.0"


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('refused = "maybe"', r"must be one of slip, drop, banner, hold$"),
        ('refused = "baner"', r'must be one of .*hold \(did you mean "banner"\?\)$'),
        ("opaque = true", r"must be one of allow, judge, refuse, not true or false$"),
        ('dialect = "star"', r"must be one of epson, china$"),
    ],
)
def test_a_word_that_is_none_of_the_choices_names_them(line: str, words: str) -> None:
    with pytest.raises(SettingsError) as wrong:
        read(link("tcp:127.0.0.1:0", "usb:printer") + f"[link.printer]\n{line}\n")
    assert len(wrong.value.problems) == 1
    assert re.search(words, wrong.value.problems[0].message)
