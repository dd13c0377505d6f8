"""Scanner model files say only what is known: every key, register and id of them is checked."""

from __future__ import annotations

from collections import Counter
from itertools import chain
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pos_guard.errors import LocalError
from pos_guard.frames.lines import End
from pos_guard.frames.scanner_model import COMMANDS, QUIRKS
from pos_guard.frames.scanner_model_file import MAX_TEXT, parse_scanner_model, scanner_text
from pos_guard.frames.scanner_models import (
    Register,
    ScannerModel,
    UsbId,
    model_by_usb,
    scanner_model,
    scanner_models,
    scanner_names,
)
from pos_guard.frames.symbology import Vendor
from pos_guard.scanners.language import Command
from pos_guard.scanners.make import make_language

MODELS = scanner_models()
NAMES = [model.name for model in MODELS]
GUIDE = Path(__file__).parents[2] / "docs" / "scanner-models.md"
HEAD = 'title = "x"\nsources = ["its manual"]\n'
WANTED = {
    "datalogic-magellan": "datalogic",
    "datalogic-powerscan": "datalogic",
    "de2120": "de2120",
    "generic-evdev": "evdev",
    "generic-hidpos": "hid-pos",
    "generic-serial": "lines",
    "generic-wedge": "hid-keyboard",
    "gm65": "register",
    "gm812": "register",
    "hamlet": "register",
    "honeywell-hidpos": "hid-pos",
    "honeywell-serial": "honeywell",
    "newland-em3000": "em3000",
    "newland-em3095": "register",
    "newland-fm30": "register",
    "newland-hidpos": "hid-pos",
    "newland-hr52": "newland",
    "waveshare": "register",
    "zebra-serial": "lines",
    "zebra-ssi": "ssi",
}


def test_the_models_that_there_are() -> None:
    assert {model.name: model.language for model in MODELS} == WANTED
    assert scanner_names() == tuple(sorted(WANTED))


@pytest.mark.parametrize("model", MODELS, ids=NAMES)
def test_every_file_proves_what_it_says(model: ScannerModel) -> None:
    assert model.title
    assert all(len(source) > 10 for source in model.sources)
    assert model.quirks <= set(QUIRKS)
    assert parse_scanner_model(model.name, scanner_text(model.name)) == model
    assert End(model.end)
    assert Vendor(model.code_ids)
    if model.language != "register":
        assert not model.registers


def test_the_commands_are_those_of_the_languages() -> None:
    assert set(COMMANDS) == {str(command) for command in Command}


def test_nothing_identifies_two_models() -> None:
    ids = Counter(chain.from_iterable(model.usb for model in MODELS))
    assert max(ids.values()) == 1


@pytest.mark.parametrize(
    ("vendor", "product", "name"),
    [
        (0x6666, 0x7777, "gm65"),
        (0x05E0, 0x1701, "zebra-serial"),
        (0x05E0, 0x1200, "generic-wedge"),
        (0x05E0, 0x0001, "generic-hidpos"),
        (0x0C2E, 0x0B61, "honeywell-hidpos"),
        (0x1EAB, 0x0001, "newland-hidpos"),
        (0x04B8, 0x0E15, None),
    ],
)
def test_a_model_by_its_usb_ids(vendor: int, product: int, name: str | None) -> None:
    model = model_by_usb(vendor, product)
    assert (model and model.name) == name


@pytest.mark.parametrize("name", ["../gm65", "", "gm65.toml", "GM65"])
def test_a_name_is_no_path(name: str) -> None:
    with pytest.raises(LocalError, match=r"no scanner model .*: choose from datalogic-mag.*, z"):
        scanner_model(name)


def test_a_model_like_another_takes_its_map_but_not_its_ids_or_proofs() -> None:
    base, other = scanner_model("gm65"), scanner_model("waveshare")
    assert other.registers == base.registers
    assert (base.usb, other.usb) == ((UsbId(0x6666, 0x7777),), ())
    assert other.sources != base.sources


def test_the_same_register_is_not_the_same_thing_everywhere() -> None:
    gm65, gm812, fm30 = (
        scanner_model(name).registers for name in ("gm65", "gm812", "newland-fm30")
    )
    assert gm65["interface"].address == gm812["encoding"].address == 0x0D
    assert gm65["setup-codes"].address == fm30["sensitivity"].address == 0x03
    assert "output-register-is-encoding" in scanner_model("gm812").quirks
    assert "lock" not in scanner_model("newland-fm30").actions


def test_baud_rates_are_those_that_the_manual_prints() -> None:
    # Waveshare Barcode Scanner Module manual p. 47: the reply's two data bytes for each rate.
    printed = {1200: "C409", 4800: "7102", 9600: "3901", 14400: "D000", 19200: "9C00",
               38400: "4E00", 57600: "3400"}  # fmt: skip
    values = scanner_model("gm65").registers["baud"].values
    for rate, data in printed.items():
        assert values[str(rate)] == int.from_bytes(bytes.fromhex(data), "little")


def test_a_file_of_ones_own() -> None:
    text = (
        HEAD
        + """
language = "register"
usb = ["1234:abcd", "4321:*"]
prefix = "02"
end = "lf"
quirks = ["mute-on-error"]
registers.a = { address = 258, mask = 0x0c, values = { low = 4 } }
actions = { trigger = "a=low", identify = "a" }
"""
    )
    model = parse_scanner_model("acme", text)
    assert (model.name, model.prefix, model.end) == ("acme", b"\x02", "lf")
    assert model.usb == (UsbId(0x1234, 0xABCD), UsbId(0x4321))
    assert model.registers["a"] == Register(258, 0x0C, values={"low": 4})
    assert parse_scanner_model("b", 'like = "gm65"\n' + HEAD).actions["lock"] == "setup-codes=off"
    plain = parse_scanner_model("c", HEAD + 'language = "lines"\ncommands = { yes = "16 07 0D" }')
    assert plain.commands["yes"] == b"\x16\x07\r"


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ('language = "morse"', "must be one of lines, honeywell"),
        ('name = "other"', "its name is the name of the file"),
        ('colour = "red"', "colour: is not a known key"),
        ('like = "gm66"', "no scanner model 'gm66'"),
        ("like = 5", "cannot be like 5"),
        ('like = "../gm65"', "no scanner model"),
        ("baudrate = 9601", "no serial line has 9601 baud"),
        ('baudrate = "9600"', "baudrate: must be a whole number"),
        ("read_ms = 60001", "read_ms is between"),
        ("read_ms = 0.5", "a number with a fraction"),
        ('encoding = "klingon"', "no encoding 'klingon'"),
        ('layout = "62"', "only a hid-pos scanner has a layout"),
        ('end = "eof"', "must be one of cr, lf"),
        ('prefix = "0"', "must be hexadecimal digits"),
        ("prefix = 2", "text of hexadecimal digits, not a whole number"),
        ('usb = ["6666"]', "must be vendor and product"),
        ("usb = [5]", "must be vendor and product"),
        ('quirks = ["sings"]', "no quirk sings: there are mute"),
        ('commands = { dance = "00" }', "no command dance"),
        ('actions = { lock = "a" }', "lines has no registers to act on; lock needs a register a"),
        ("registers.a = { address = 65536 }", "register a is at no address"),
        ("registers.a = { address = 0, size = 0 }", "register a is at no address"),
        ("registers.a = { address = 0, mask = 0 }", "register a has no such mask"),
        ("registers.a = { address = 0, mask = 3, size = 2 }", "register a has no such mask"),
        ("registers.a = { address = 0, mask = 3, values = { x = 4 } }", "a does not fit"),
        ("registers.a = { address = 0, values = { x = 256 } }", "a does not fit"),
        ("registers.a = {}", "registers.a.address: is missing"),
        ("sources = [", "is twice|Cannot overwrite|Invalid"),
    ],
)
def test_what_is_wrong_is_said(line: str, problem: str) -> None:
    text = HEAD + ("" if line.startswith("language") else 'language = "lines"\n') + line
    with pytest.raises(LocalError, match=problem):
        parse_scanner_model("acme", text)


def test_actions_name_registers_and_values_that_there_are() -> None:
    text = HEAD + 'language = "register"\nregisters.a = { address = 1, values = { on = 1 } }\n'
    with pytest.raises(LocalError, match="trigger needs a value off of a; stop needs a register b"):
        parse_scanner_model("acme", text + 'actions = { trigger = "a=off", stop = "b" }')
    with pytest.raises(LocalError, match="the commands of register are not set as bytes"):
        parse_scanner_model("acme", text + 'commands = { yes = "07" }')


@pytest.mark.parametrize("missing", ["title", "sources", "language"])
def test_a_model_says_what_it_is_and_who_says_so(missing: str) -> None:
    lines = [*HEAD.splitlines(), 'language = "lines"']
    with pytest.raises(LocalError, match=f"{missing}: is missing"):
        parse_scanner_model("acme", "\n".join(x for x in lines if not x.startswith(missing)))
    with pytest.raises(LocalError, match="title and sources say something"):
        parse_scanner_model("acme", 'title = "x"\nsources = []\nlanguage = "lines"')


def test_an_endless_file_is_not_read() -> None:
    with pytest.raises(LocalError, match="too long"):
        parse_scanner_model("acme", "#" * (MAX_TEXT + 1))


@settings(max_examples=60, deadline=None)
@given(st.text('abdots=[]{}"0159.\n ', max_size=60))
def test_garbage_is_a_local_error(text: str) -> None:
    try:
        model = parse_scanner_model("acme", HEAD + 'language = "lines"\n' + text)
    except LocalError:
        return
    assert model.title == "x"


def table() -> str:
    """The table of docs/scanner-models.md."""
    head = ("Name", "Scanner", "Language", "Line", "Told")
    rows = [head, ("---",) * len(head)]
    for model in MODELS:
        serial = model.language not in ("hid-pos", "hid-keyboard", "evdev")
        line = f"{model.baudrate}, {model.end}" if serial else model.layout or "–"
        can = ", ".join(sorted(make_language(model).can)) or "–"
        rows.append((f"`{model.name}`", model.title, model.language, line, can))
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


@pytest.mark.parametrize("kind", ["models", "quirks", "example", "python"])
def test_the_guide_lists_what_there_is(kind: str) -> None:
    """When this fails: put what it expects into the guide."""
    guide = GUIDE.read_text(encoding="utf-8")
    if kind == "example":
        text = guide.split("```toml\n")[1].split("```")[0]
        assert parse_scanner_model("acme", text).actions["lock"] == "setup-codes=off"
        return
    if kind == "python":
        exec(guide.split("```python\n")[1].split("```")[0], {})
        return
    rows = "\n".join(f"| `{name}` | {text} |" for name, text in QUIRKS.items())
    assert {"models": table(), "quirks": rows}[kind] in guide
