"""Model files say only what is known: every key, codec, quirk and id of them is checked."""

from __future__ import annotations

import codecs
import json
from collections import Counter
from importlib.resources import files
from itertools import chain
from pathlib import Path
from typing import Any, Literal, get_args, get_origin, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pos_guard.errors import LocalError
from pos_guard.frames.printer_lookup import (
    device_id_fields,
    model_by_device_id,
    model_by_name,
    model_by_usb,
    with_fonts,
)
from pos_guard.frames.printer_models import (
    ALIASES,
    QUIRKS,
    Confirm,
    PrinterModel,
    model_names,
    printer_model,
    printer_models,
)

MODELS = printer_models()
NAMES = [model.name for model in MODELS]
GUIDE = Path(__file__).parents[2] / "docs" / "printer-models.md"
FONT_A = 12


@pytest.mark.parametrize("model", MODELS, ids=NAMES)
def test_every_file_is_complete_and_of_the_right_types(model: PrinterModel) -> None:
    hints = get_type_hints(PrinterModel)
    for name, hint in hints.items():
        value = getattr(model, name)
        choices = get_args(hint)
        if get_origin(hint) is Literal:
            assert value in choices, name
        elif hint in (str, int, bool):
            assert type(value) is hint, name
    assert model.title
    assert model.sources
    assert all(type(source) is str for source in model.sources)
    assert all(model.sources)
    assert model.confirm
    assert set(model.confirm) <= set(get_args(Confirm))
    assert set(model.quirks) <= set(QUIRKS)


@pytest.mark.parametrize("model", MODELS, ids=NAMES)
def test_numbers_and_encodings_make_sense(model: PrinterModel) -> None:
    assert 200 <= model.dots <= 1000
    assert model.columns * FONT_A <= model.dots
    assert 1 <= model.image_rows <= 2303
    assert model.buffer >= 512
    for codec in filter(None, (model.encoding, model.kanji, *model.code_pages.values())):
        codecs.lookup(codec)
    assert all(0 <= number <= 255 for number in model.code_pages)
    assert not model.kanji_on or model.kanji
    assert all(text.isascii() and text for text in model.identity.values())
    assert model.answers or model.confirm == ("none",)
    assert not ("qr-as-text" in model.quirks and model.qr == "native")


def test_nothing_identifies_two_models() -> None:
    ids = Counter(chain.from_iterable(model.usb for model in MODELS))
    names = Counter(name.upper() for model in MODELS for name in model.names)
    assert max(ids.values()) == 1
    assert max(names.values()) == 1


def test_aliases_are_short_names_of_models_that_there_are() -> None:
    assert set(ALIASES.values()) <= set(NAMES)
    assert not set(ALIASES) & set(NAMES)
    assert model_names() == tuple(sorted({*NAMES, *ALIASES}))
    assert printer_model("china") == printer_model("clone-80")


def test_an_unknown_name_is_answered_with_the_known_ones() -> None:
    with pytest.raises(LocalError, match=r"no printer model 'tm': choose from china, .*, xprinter"):
        printer_model("tm")


@pytest.mark.parametrize("name", ["../epson-80", "", "epson-80.toml", "Epson-80"])
def test_a_name_is_no_path(name: str) -> None:
    with pytest.raises(LocalError, match=r"no printer model"):
        printer_model(name)


def test_a_model_like_another_takes_its_facts_but_not_its_ids() -> None:
    base, chinese = printer_model("epson-80"), printer_model("epson-80-zh")
    assert chinese.code_pages == base.code_pages
    assert (chinese.kanji, base.kanji) == ("gb18030", "")
    assert (chinese.usb, chinese.names) == ((), ())


# escpos-printer-db, as python-escpos 3.1 ships it: somebody else's list of the same facts.
PROFILES = {
    "epson-80": "TM-T20II",
    "nt-5890k": "NT-5890K",
    "rongta-80": "RP326",
    "sunmi": "Sunmi-V2",
    "star-line": "TSP600",
}
# Where the two sources of a file differ, the second one's name for the page.
DIFFERENT = {("nt-5890k", 24): "cp737", ("epson-80", 53): "kz1048"}


@pytest.mark.parametrize("name", PROFILES)
def test_code_pages_agree_with_the_printer_database(name: str) -> None:
    database = json.loads(files("escpos").joinpath("capabilities.json").read_text())
    pages: dict[str, str] = database["profiles"][PROFILES[name]]["codePages"]
    model = printer_model(name)
    for number, theirs in ((int(key), value) for key, value in pages.items()):
        ours = model.code_pages.get(number)
        if ours is None or theirs == "Unknown":
            continue
        expected = DIFFERENT.get((name, number), {"CP932": "shift_jis"}.get(theirs, theirs))
        expected = {"KATAKANA": "shift_jis"}.get(expected, expected).replace(
            "ISO_8859-", "iso8859-"
        )
        assert codecs.lookup(ours).name == codecs.lookup(expected).name, number


@pytest.mark.parametrize(
    ("vendor", "product", "name"),
    [
        (0x04B8, 0x0E15, "epson-80"),
        (0x04B8, 0x0202, "epson-t88"),
        (0x0FE6, 0x811E, "clone-80"),
        (0x28E9, 0x0289, "clone-58"),
        (0x6868, 0x0500, "gprinter-80"),
        (0x1234, 0x5678, None),
    ],
)
def test_a_model_by_its_usb_ids(vendor: int, product: int, name: str | None) -> None:
    model = model_by_usb(vendor, product)
    assert (model and model.name) == name


@pytest.mark.parametrize(
    ("name", "maker", "model"),
    [
        ("TM-T88V", "EPSON", "epson-t88"),
        ("TM-T20II", "EPSON", "epson-80"),
        ("TM-H6000V", "EPSON", "epson-80"),
        ("POS-5802LD", "", "hoin-58"),
        ("POS-5890K", "", "clone-58"),
        ("_XP-N160II", "", "xprinter-80"),
        ("RP326", "", "rongta-80"),
        ("GP-U80300", "", "gprinter-80"),
        ("NT-5890K", "", "nt-5890k"),
        ("V2 PRO", "SUNMI", "sunmi"),
        ("", "Gainscha", "gprinter-80"),
        ("LaserJet", "HP", None),
        ("", "", None),
    ],
)
def test_a_model_by_the_name_it_gives_itself(name: str, maker: str, model: str | None) -> None:
    found = model_by_name(name, maker)
    assert (found and found.name) == model


@pytest.mark.parametrize(
    ("fonts", "kanji"),
    [
        ("CHINA GB18030", "gb18030"),
        ("CHINA.GB2312", "gb2312"),
        ("KANJI JAPANESE", "shift_jis"),
        ("THAI 3 PASS,TAIWAN BIG-5", "big5"),
        ("KOREA C-5601C,", "euc_kr"),
        ("THAI 1 PASS", ""),
        ("", ""),
    ],
)
def test_the_printer_itself_says_which_characters_it_has(fonts: str, kanji: str) -> None:
    assert with_fonts(printer_model("epson-t88"), fonts).kanji == kanji


def test_the_models_with_such_characters_say_so_as_epson_does() -> None:
    for model in MODELS:
        if 69 in model.identity:
            assert with_fonts(printer_model("epson-80"), model.identity[69]).kanji == model.kanji


@pytest.mark.parametrize(
    ("text", "model"),
    [
        # As real printers were seen to answer GET_DEVICE_ID (public bug reports and udev logs).
        ("MFG:EPSON;CMD:ESC/POS;MDL:TM-m30II;CLS:PRINTER;DES:EPSON TM-m30II", "epson-80"),
        ("MFG:EPSON;CMD:ESC/POS;MDL:TM-T88V;CLS:PRINTER;DES:EPSON TM-T88V;", "epson-t88"),
        ("MFG:Printer;MDL:POS-80;CMD:ESC/POS;CLS:PRINTER;", "clone-80"),
        ("MFG:Xprinter;MDL:XP-58;CMD:ESC/POS;", "clone-58"),
        ("MFG:Xprinter;CMD:TSPL,ESC/POS;MDL:XP-350B;", None),
        ("MANUFACTURER:Star;COMMAND SET:STAR;MODEL:TSP654 (STR_T-001);CLASS:PRINTER;", "star-line"),
        ("MFG:HP;MDL:LaserJet;CMD:PCL,PJL;", None),
        ("", None),
    ],
)
def test_a_model_by_its_device_id(text: str, model: str | None) -> None:
    found = model_by_device_id(text)
    assert (found and found.name) == model


def test_device_id_fields() -> None:
    assert device_id_fields("\x00 mfg:EPSON;MODEL: TM-T88V ;x;MDL:other;:y;\x00") == {
        "MFG": "EPSON",
        "MDL": "TM-T88V",
    }


@given(st.text(max_size=200))
def test_any_device_id_is_read_without_an_error(text: str) -> None:
    found = model_by_device_id(text)
    assert found is None or found in MODELS


def table() -> str:
    """The table of docs/printer-models.md."""
    head = (
        "Name",
        "Printer",
        "Dots",
        "Columns",
        "Pictures",
        "QR",
        "Cutter",
        "Two-byte",
        "Confirms",
    )
    rows = [head, ("---",) * len(head)]
    rows += [_row(model) for model in MODELS]
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def _row(model: PrinterModel) -> tuple[str, ...]:
    kanji = model.kanji or ("UTF-8" if model.encoding == "utf-8" else "–")
    confirm = ", ".join(model.confirm)
    size = (str(model.dots), str(model.columns))
    return (
        f"`{model.name}`", model.title, *size, model.images, model.qr, model.cutter, kanji, confirm
    )  # fmt: skip


@pytest.mark.parametrize("kind", ["models", "quirks", "aliases"])
def test_the_guide_lists_what_there_is(kind: str) -> None:
    """When this fails: put what it expects into the guide."""
    guide: str = GUIDE.read_text(encoding="utf-8")
    expected: Any = {
        "models": table(),
        "quirks": "\n".join(f"| `{name}` | {text} |" for name, text in QUIRKS.items()),
        "aliases": ", ".join(f"`{alias}` is `{name}`" for alias, name in ALIASES.items()),
    }[kind]
    assert expected in guide
