"""``[link.scanner]``: what is taken, what is refused, and with which words."""

from __future__ import annotations

from pathlib import Path

import pytest

from pos_guard.config import parse_config
from pos_guard.errors import LocalError, SettingsError
from pos_guard.frames.lines import End
from pos_guard.frames.scanner_model import ScannerModel
from pos_guard.frames.scanner_models import scanner_models
from pos_guard.frames.symbology import Symbology, Vendor
from pos_guard.links.scanner_front import PlainFront
from pos_guard.links.scanner_keys import KeysFront
from pos_guard.links.scanner_make import Parts, make_parts
from pos_guard.links.scanner_reports import ReportFront
from pos_guard.links.scanner_settings import Refused, ScannerTable, contradictions
from pos_guard.links.scanner_ssi import SsiFront
from pos_guard.ports.address import Kind
from pos_guard.scanners.asking import AskingLines
from pos_guard.scanners.evdev import EvdevLanguage
from pos_guard.scanners.hid_keyboard import HidKeyboardLanguage
from pos_guard.scanners.hid_pos import HidPosLanguage
from pos_guard.scanners.language import Command
from pos_guard.scanners.lines import LineLanguage
from pos_guard.scanners.register import RegisterLanguage
from pos_guard.scanners.ssi import SsiLanguage

LINK = """
[[link]]
name = "scanner"
protocol = "scanner"
app = "{app}"
device = "{device}"
[link.scanner]
{table}
"""

SERIAL = ("pty:/run/till", "serial:/dev/ttyACM0:9600")
HID = ("hid:scanner", "hid:0c2e:0b61")
EVDEV = ("uinput:scanner", "evdev:/dev/input/event3")


def parts(table: str, places: tuple[str, str] = SERIAL) -> Parts:
    app, device = places
    text = LINK.format(app=app, device=device, table=table)
    link = parse_config(text, Path("guard.toml")).links[0]
    return make_parts(link.scanner, link.app.kind, link.device.kind)


@pytest.mark.parametrize(
    ("table", "places", "language", "front"),
    [
        ("", SERIAL, LineLanguage, PlainFront),
        ("", ("tcp:127.0.0.1:0", "tcp:192.0.2.1:9100"), LineLanguage, PlainFront),
        ("", ("cdc:scanner", "cdc:1eab:1a06"), LineLanguage, PlainFront),
        ("", ("pty:/run/till", "cdc:scanner"), LineLanguage, PlainFront),
        ("", HID, HidPosLanguage, ReportFront),
        ("", ("hid:0c2e:0b61", "hidraw:/dev/hidraw0"), HidPosLanguage, ReportFront),
        ("", EVDEV, EvdevLanguage, KeysFront),
        ('language = "ssi"', SERIAL, SsiLanguage, SsiFront),
        ('model = "zebra-ssi"\npackets = false', SERIAL, SsiLanguage, SsiFront),
        ('model = "gm65"', SERIAL, RegisterLanguage, PlainFront),
        ('language = "hid-keyboard"', HID, HidKeyboardLanguage, ReportFront),
        (
            'model = "generic-wedge"',
            ("uinput:scanner", "hid:0c2e:0b61"),
            HidKeyboardLanguage,
            KeysFront,
        ),
        ('layout = "fr"', EVDEV, EvdevLanguage, KeysFront),
        ('layout = "newland-64"\ncode_ids = "newland"', HID, HidPosLanguage, ReportFront),
    ],
)
def test_each_scanner_gets_its_language_and_its_till_what_it_expects(
    table: str, places: tuple[str, str], language: type, front: type
) -> None:
    made = parts(table, places)
    assert type(made.language.language) is language
    assert type(made.front) is front


def test_everything_that_can_be_set_on_a_line_arrives() -> None:
    made = parts("""
        language = "honeywell"
        end = "suffix"
        prefix = "02"
        suffix = "0D 0A"
        aim = false
        code_ids = "honeywell"
        encoding = "GBK"
        idle_ms = 80
        reply_ms = 900
        symbologies = ["qr", "code128"]
        also = ["webank"]
        refused = "replace"
        instead = "拒绝"
        no = "16 07 0D"
        yes = "07"
        setup = ["232BAD9"]
    """)
    assert isinstance(made.language.language, AskingLines)
    assert {Command.NO, Command.YES} <= made.language.can
    settings = made.settings
    assert settings.encoding == "gbk"
    assert settings.symbologies == {Symbology.QR, Symbology.CODE128}
    assert (settings.also, settings.refused) == (frozenset({"webank"}), Refused.REPLACE)
    assert settings.confirm
    assert settings.complain


@pytest.mark.parametrize("model", scanner_models(), ids=lambda model: model.name)
def test_every_model_of_the_package_makes_a_link(model: ScannerModel) -> None:
    places = {"hid-pos": HID, "hid-keyboard": HID, "evdev": EVDEV}.get(model.language, SERIAL)
    assert parts(f'model = "{model.name}"', places).settings.refused is Refused.DROP


@pytest.mark.parametrize(
    ("table", "places", "path", "message"),
    [
        ('model = "gm66"', SERIAL, "model", "no scanner model 'gm66'"),
        ('language = "zvt"', SERIAL, "language", "must be one of lines,"),
        ('model = "gm65"\nlanguage = "lines"', SERIAL, "language", "leave one of them out"),
        ('language = "register"', SERIAL, "language", "write a model"),
        ('language = "lines"', HID, "language", "no scanner at hid: speaks lines"),
        ('model = "zebra-ssi"', HID, "model", "no scanner at hid: speaks ssi"),
        ('language = "hid-pos"', SERIAL, "language", "no scanner at serial: speaks hid-pos"),
        ('language = "hid-keyboard"', ("hid:scanner", "hidraw:/dev/hidraw0"), "language", "speaks"),
        ("", ("pty:/run/till", "hid:0c2e:0b61"), "model", "a till at pty: cannot have"),
        ("", ("uinput:x", "serial:/dev/ttyS0"), "model", "a till at uinput: cannot have"),
        ("", ("hid:scanner", "evdev:/dev/input/event3"), "model", "a till at hid: cannot have"),
        ('encoding = "klingon"', SERIAL, "encoding", "no text encoding"),
        ('encoding = "utf-16"', SERIAL, "encoding", "does not write digits"),
        ('encoding = "hex"', SERIAL, "encoding", "no text encoding"),
        ('end = "etx"', SERIAL, "end", "must be one of cr,"),
        ('end = "suffix"', SERIAL, "", "there is none"),
        ('prefix = "' + 33 * "02" + '"', SERIAL, "", "at most 32 bytes"),
        ('code_ids = "acme"', SERIAL, "code_ids", "must be one of none,"),
        ('symbologies = ["qrcode"]', SERIAL, "symbologies[0]", "must be one of ean13,"),
        ('also = ["webank", "jd"]', SERIAL, "also", "no wallet jd: alipay, lakala, unionpay, "),
        ("idle_ms = 0", SERIAL, "idle_ms", "whole milliseconds"),
        ('no = "beep"', SERIAL, "no", "hexadecimal"),
        ('no = "07"', HID, "no", "not told that in bytes"),
        ('yes = "07"\nmodel = "gm65"', SERIAL, "yes", "not told that in bytes"),
        ('no = "07"\ncomplain = false', SERIAL, "no", "never sent"),
        ('yes = "07"\nconfirm = false', SERIAL, "yes", "never sent"),
        ("confirm = true", SERIAL, "", "has no yes"),
        ('refused = "replace"', SERIAL, "refused", "needs a text: instead"),
        ('refused = "flag"', SERIAL, "refused", "needs a text: flag"),
        ('instead = "NO"', SERIAL, "instead", 'needs refused = "replace"'),
        ('flag = "?"\nrefused = "drop"', SERIAL, "flag", 'needs refused = "flag"'),
        ('refused = "replace"\ninstead = "a\\tb"', SERIAL, "instead", "printable"),
        ('refused = "flag"\nflag = "' + 33 * "x" + '"', SERIAL, "flag", "1 to 32"),
        (
            'refused = "flag"\nflag = "拒"\nencoding = "latin-1"',
            SERIAL,
            "",
            "cannot be written in latin-1",
        ),
        ('refused = "replace"\ninstead = "拒"', EVDEV, "", "no key for character 1"),
        ("packets = true", SERIAL, "packets", "belongs to the language ssi"),
        ('setup = ["232BAD9"]', SERIAL, "", "no setting setup"),
        ('layout = "us"', SERIAL, "", "no setting layout"),
        ('layout = "xx"', EVDEV, "", "no keyboard layout"),
        ('symbologies = ["qr"]\naim = false', EVDEV, "symbologies", "aim is false"),
        ('beep = "07"', SERIAL, "beep", "not a known key"),
    ],
)
def test_what_cannot_be_is_named_with_its_line(
    table: str, places: tuple[str, str], path: str, message: str
) -> None:
    with pytest.raises(SettingsError) as caught:
        parts(table, places)
    wanted = f"link[0].scanner.{path}".rstrip(".")
    found = [problem for problem in caught.value.problems if problem.path == wanted]
    assert found, str(caught.value)
    assert message in found[0].message
    assert found[0].line is not None or path in ("", "model")


@pytest.mark.parametrize("app", [Kind.TCP, Kind.PTY])
def test_a_table_without_anything_has_no_contradiction(app: Kind) -> None:
    assert list(contradictions(ScannerTable(), app, Kind.SERIAL)) == []
    assert ScannerTable(end=End.CR, code_ids=Vendor.ZEBRA) != ScannerTable()


def test_parts_of_a_broken_table_are_an_error_of_ours() -> None:
    with pytest.raises(LocalError, match="there is none"):
        make_parts(ScannerTable(end=End.SUFFIX), Kind.PTY, Kind.SERIAL)


@pytest.mark.parametrize(
    ("app", "device", "key", "message"),
    [
        ("hid:scanner", "hidraw:/dev/hidraw0", "app", "only a hid scanner can be copied"),
        ("cdc:scanner", "serial:/dev/ttyS0:9600", "app", "only a cdc scanner can be copied"),
        ("usb:printer", "hid:scanner", "app", "cannot use scanner at usb:"),
        ("unix:/run/scanner", "serial:/dev/ttyS0:9600", "app", "cannot use scanner at unix:"),
        ("pty:/run/till", "lp:/dev/usb/lp0", "device", "no scanner device can be at lp:"),
        ("pty:/run/till", "uinput:x", "device", "no scanner device can be at uinput:"),
    ],
)
def test_where_no_scanner_and_no_till_of_one_can_be(
    app: str, device: str, key: str, message: str
) -> None:
    with pytest.raises(SettingsError) as caught:
        parts("", (app, device))
    first = caught.value.problems[0]
    assert first.path == f"link[0].{key}"
    assert message in first.message
