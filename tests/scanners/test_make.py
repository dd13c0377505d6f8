"""Every model gets the language that its file names, set as its file and its owner say."""

from __future__ import annotations

from typing import Any, get_args

import pytest

from pos_guard.errors import LocalError
from pos_guard.frames.lines import End, LineSettings
from pos_guard.frames.scanner_model import Language, ScannerModel
from pos_guard.frames.scanner_model_file import parse_scanner_model
from pos_guard.frames.scanner_models import scanner_model, scanner_models
from pos_guard.frames.symbology import Vendor
from pos_guard.scanners.evdev_line import KeyEnd, KeySettings
from pos_guard.scanners.hid_pos import HidPosLanguage, HidPosSettings
from pos_guard.scanners.language import Command, Scanned, Send
from pos_guard.scanners.make import LanguageSettings, line_settings, make_language
from pos_guard.scanners.register import RegisterLanguage
from pos_guard.scanners.ssi import SsiLanguage, SsiSettings

MODELS = scanner_models()
CLASSES = {
    "lines": "LineLanguage",
    "honeywell": "HoneywellLanguage",
    "datalogic": "DatalogicLanguage",
    "de2120": "De2120Language",
    "newland": "NewlandLanguage",
    "em3000": "Em3000Language",
    "register": "RegisterLanguage",
    "ssi": "SsiLanguage",
    "hid-pos": "HidPosLanguage",
    "hid-keyboard": "HidKeyboardLanguage",
    "evdev": "EvdevLanguage",
}
SERIAL = ["lines", "honeywell", "datalogic", "de2120", "newland", "em3000", "register"]


def model_of(language: str) -> ScannerModel:
    return next(model for model in MODELS if model.language == language)


def test_there_is_a_maker_for_every_language_and_a_model_of_it() -> None:
    assert set(CLASSES) == set(get_args(Language)) == {model.language for model in MODELS}


@pytest.mark.parametrize("model", MODELS, ids=[model.name for model in MODELS])
def test_every_model_has_its_language(model: ScannerModel) -> None:
    language = make_language(model)
    assert type(language).__name__ == CLASSES[model.language]
    assert isinstance(language.can, frozenset)
    assert all(isinstance(item, Send) for item in language.connected())


@pytest.mark.parametrize("name", SERIAL)
def test_a_serial_language_takes_the_line_settings(name: str) -> None:
    lines = LineSettings(end=End.LF, prefix=b"<", suffix=b">")
    language = make_language(model_of(name), LanguageSettings(lines=lines, lock=False))
    language.connected()
    assert language.feed(b"<6901234567892>\n") == [Scanned(b"<6901234567892>\n", b"6901234567892")]


def test_the_model_says_how_its_lines_come() -> None:
    assert line_settings(scanner_model("gm65")).end is End.CR
    assert line_settings(scanner_model("generic-serial")) == LineSettings()
    assert line_settings(scanner_model("honeywell-hidpos")).code_ids is Vendor.HONEYWELL


def test_further_commands_are_those_of_the_model_and_of_the_owner() -> None:
    text = 'title = "x"\nsources = ["y"]\nlanguage = "lines"\n'
    model = parse_scanner_model("x", text + 'commands = { yes = "07", no = "08" }')
    settings = LanguageSettings(commands={Command.NO: b"n", Command.TRIGGER: b"t"})
    language = make_language(model, settings)
    assert language.can == {Command.YES, Command.NO, Command.TRIGGER}
    assert language.command(Command.YES) == [Send(b"\x07")]
    assert language.command(Command.NO) == [Send(b"n")]


@pytest.mark.parametrize(("name", "setup"), [("honeywell", "CBRENA1"), ("newland", "C11ENA1")])
def test_a_set_up_is_sent_on_connection(name: str, setup: str) -> None:
    language = make_language(model_of(name), LanguageSettings(setup=(setup,)))
    (item,) = language.connected()
    assert isinstance(item, Send)
    assert setup.encode() in item.data


def test_a_powerscan_is_enabled_again_after_a_no() -> None:
    table_top = make_language(scanner_model("datalogic-magellan"))
    hand_held = make_language(scanner_model("datalogic-powerscan"))
    assert table_top.command(Command.NO) == [Send(b"F")]
    assert hand_held.command(Command.NO) == [Send(b"FE")]
    assert hand_held.can - table_top.can == {Command.TRIGGER, Command.STOP}


def test_set_up_codes_are_refused_unless_the_owner_wants_them() -> None:
    gm65, ssi = scanner_model("gm65"), scanner_model("zebra-ssi")
    open_gm65 = make_language(gm65, LanguageSettings(lock=False))
    assert len(make_language(gm65).connected()) == 1
    assert open_gm65.connected() == []
    language = make_language(ssi, LanguageSettings(lock=False, host_trigger=True))
    assert isinstance(language, SsiLanguage)
    assert language.settings == SsiSettings(lock=False, host_trigger=True, code=line_settings(ssi))


@pytest.mark.parametrize("name", SERIAL)
def test_times_are_the_owners(name: str) -> None:
    settings = LanguageSettings(idle_seconds=0.08, reply_seconds=0.2, lock=False)
    language = make_language(model_of(name), settings)
    language.feed(b"abc")
    assert language.wait == 0.08


def test_the_time_for_a_reply_is_the_languages_own_unless_set() -> None:
    gm65 = scanner_model("gm65")
    for settings, seconds in ((LanguageSettings(), 0.5), (LanguageSettings(reply_seconds=2), 2.0)):
        language = make_language(gm65, settings)
        assert isinstance(language, RegisterLanguage)
        language.connected()
        assert language.wait == seconds


def test_hid_pos_knows_its_vendor_and_its_layout() -> None:
    newland = make_language(scanner_model("newland-hidpos"))
    assert isinstance(newland, HidPosLanguage)
    assert newland.settings == HidPosSettings(vendor=Vendor.NEWLAND)
    settings = LanguageSettings(layout="62", idle_seconds=0.5, reply_seconds=1)
    other = make_language(scanner_model("generic-hidpos"), settings)
    assert isinstance(other, HidPosLanguage)
    assert other.settings == HidPosSettings("62", part_seconds=0.5, reply_seconds=1)


@pytest.mark.parametrize("name", ["hid-keyboard", "evdev"])
def test_a_scanner_that_types_has_a_keyboard_layout(name: str) -> None:
    lines = LineSettings(end=End.TAB, prefix=b"#")
    settings = LanguageSettings(layout="fr", lines=lines, encoding="gbk")
    language: Any = make_language(model_of(name), settings)
    expected = KeySettings("fr", KeyEnd.TAB, b"#", encoding="gbk")
    assert language._lines.settings == expected
    for end, key in ((End.CR, KeyEnd.ENTER), (End.CRLF, KeyEnd.ENTER), (End.IDLE, KeyEnd.IDLE)):
        one: Any = make_language(model_of(name), LanguageSettings(lines=LineSettings(end=end)))
        assert one._lines.settings.end is key
    with pytest.raises(LocalError, match="no keyboard layout 'xx'"):
        make_language(model_of(name), LanguageSettings(layout="xx"))


def test_all_settings_of_a_language_can_be_given() -> None:
    ssi, hid = SsiSettings(packets=False), HidPosSettings(strict=False)
    keys = KeySettings(keymap="de")
    made: Any = make_language(scanner_model("zebra-ssi"), LanguageSettings(ssi=ssi))
    assert made.settings is ssi
    made = make_language(scanner_model("generic-hidpos"), LanguageSettings(hid_pos=hid))
    assert made.settings is hid
    made = make_language(scanner_model("generic-evdev"), LanguageSettings(keys=keys))
    assert made._lines.settings is keys


@pytest.mark.parametrize(
    ("model", "settings", "name"),
    [
        ("generic-serial", LanguageSettings(setup=("CBRENA1",)), "setup"),
        ("gm65", LanguageSettings(commands={Command.NO: b"x"}), "commands"),
        ("zebra-ssi", LanguageSettings(layout="us"), "layout"),
        ("honeywell-serial", LanguageSettings(host_trigger=True), "host_trigger"),
        ("gm65", LanguageSettings(ssi=SsiSettings()), "ssi"),
        ("generic-evdev", LanguageSettings(hid_pos=HidPosSettings()), "hid_pos"),
        ("generic-hidpos", LanguageSettings(keys=KeySettings()), "keys"),
        ("generic-serial", LanguageSettings(encoding="gbk"), "encoding"),
    ],
)
def test_a_setting_that_would_do_nothing_is_refused(
    model: str, settings: LanguageSettings, name: str
) -> None:
    with pytest.raises(LocalError, match=f"has no setting {name}"):
        make_language(scanner_model(model), settings)
