"""A model file of one's own is checked before anything is printed with it."""

from __future__ import annotations

from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pos_guard.errors import LocalError
from pos_guard.frames.printer_model_file import MAX_TEXT, parse_model
from pos_guard.frames.printer_models import printer_model, printer_models

FOLDER = files("pos_guard.frames") / "data" / "printers"
HEAD = 'title = "x"\nsources = ["its manual"]\n'


@pytest.mark.parametrize("name", [model.name for model in printer_models()])
def test_the_files_of_this_package_pass_the_check(name: str) -> None:
    text = (FOLDER / f"{name}.toml").read_text(encoding="utf-8")
    assert parse_model(name, text) == printer_model(name)


def test_a_file_says_only_how_it_differs() -> None:
    model = parse_model("acme", 'like = "rongta-80"\n' + HEAD + "dots = 384\ncolumns = 32\n")
    assert (model.name, model.dots, model.kanji) == ("acme", 384, "gb18030")
    assert model.code_pages == printer_model("rongta-80").code_pages
    assert model.usb == ()


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("dots = ", "Invalid value"),
        ('dots = "576"', "dots cannot be '576'"),
        ("dots = 5760", "dots is between 100 and 2000"),
        ("columns = 0", "columns is between 8 and 200"),
        ("buffer = true", "buffer cannot be True"),
        ("kanji_on = 1", "kanji_on cannot be 1"),
        ('language = "zpl"', "language cannot be 'zpl'"),
        ('confirm = ["hope"]', r"confirm cannot be \['hope'\]"),
        ('confirm = "none"', "confirm cannot be 'none'"),
        ("usb = [[1208]]", "usb cannot be"),
        ('usb = [[1208, "514"]]', "usb cannot be"),
        ('code_pages = { 256 = "cp437" }', "code_pages cannot be"),
        ('code_pages = { x = "cp437" }', "code_pages cannot be"),
        ("code_pages = { 1 = 437 }", "code_pages cannot be"),
        ('code_pages = { 1 = "cp4711" }', "no encoding 'cp4711'"),
        ('kanji = "klingon"', "no encoding 'klingon'"),
        ('quirks = ["sings"]', "no quirk sings: there are abs-move"),
        ('colour = "red"', "unknown keys colour"),
        ('name = "other"', "unknown keys name"),
        ('like = "epson"', "no printer model 'epson' to be like"),
        ('like = "../epson-80"', "to be like"),
        ("like = 5", "to be like"),
    ],
)
def test_what_is_wrong_is_said(line: str, problem: str) -> None:
    with pytest.raises(LocalError, match=problem):
        parse_model("acme", HEAD + line)


@pytest.mark.parametrize("missing", ["title", "sources"])
def test_a_model_says_what_it_is_and_who_says_so(missing: str) -> None:
    text = "\n".join(line for line in HEAD.splitlines() if not line.startswith(missing))
    with pytest.raises(LocalError, match=f"{missing} is missing"):
        parse_model("acme", text)


def test_an_endless_file_is_not_read() -> None:
    with pytest.raises(LocalError, match="too long"):
        parse_model("acme", "#" * (MAX_TEXT + 1))


@given(st.text('abdots=[]{}"0159.\n ', max_size=60))
def test_garbage_is_a_local_error(text: str) -> None:
    try:
        model = parse_model("acme", HEAD + text)
    except LocalError:
        return
    assert model.title == "x"
