"""Makes python-escpos.json from contents.json: ``python make_python_escpos.py`` beside it.

Needs python-escpos. Documents of Chinese and Korean are raw text in Kanji mode, as its users
send them (the library has no such encoding).
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import TypedDict

from escpos.printer import Dummy
from PIL import Image


class Content(TypedDict):
    """One document of contents.json."""

    lang: str
    title: str
    head: list[str]
    items: list[list[str]]
    total: list[str]
    foot: list[str]


HERE = Path(__file__).parent
RAW = {"ja": "cp932", "zh-cn": "gb18030", "zh-tw": "big5", "ko": "cp949"}


def send(printer: Dummy, data: bytes) -> None:
    """What users of the library do for encodings that it does not have."""
    printer._raw(data)


def lines_of(content: Content) -> list[str]:
    rows = [f"{name}  {price}" for name, price in content["items"]]
    return [*content["head"], *rows, "  ".join(content["total"]), *content["foot"]]


def plain(printer: Dummy, content: Content) -> str:
    printer.text(f"{content['title']}\n")
    for line in lines_of(content):
        printer.text(f"{line}\n")
    printer.cut()
    return "\n".join([content["title"], *lines_of(content)])


def styled(printer: Dummy, content: Content) -> str:
    picture = Image.new("1", (16, 8), 0)
    printer.hw("INIT")
    printer.set(align="center", bold=True, double_width=True, double_height=True)
    printer.image(picture, impl="bitImageRaster")
    printer.image(picture, impl="graphics")
    printer.image(picture, impl="bitImageColumn")
    printer.textln(content["title"])
    printer.set(align="left", normal_textsize=True, underline=1, font="b", invert=True)
    for line in lines_of(content):
        printer.textln(line)
    printer.set_with_default()
    printer.qr("https://example.com/text-inside", native=True)
    printer.barcode("4006381333931", "EAN13", pos="BELOW", function_type="B", check=False)
    printer.buzzer(2, 3)
    printer.cashdraw(2)
    printer.print_and_feed(3)
    printer.cut(mode="PART")
    return "\n".join([content["title"], *lines_of(content), "4006381333931"])


def columns(printer: Dummy, content: Content) -> str:
    printer.text(f"{content['title']}\n")
    shown = [content["title"]]
    for name, price in content["items"]:
        printer.block_text(f"{name:<28}{price:>10}", columns=42)
        printer.text("\n")
        shown.append(f"{name} {price}")
    printer.line_spacing(40)
    printer.control("HT")
    printer.ln(2)
    printer.panel_buttons(False)
    printer.barcode("{B012345", "CODE128", pos="OFF", function_type="B", check=False)
    printer.cut()
    return "\n".join(shown)


Add = Callable[[str, Dummy, str], None]
MAKERS: dict[str, Callable[[Dummy, Content], str]] = {
    "plain": plain,
    "styled": styled,
    "columns": columns,
}


def by_the_library(key: str, content: Content, add: Add) -> None:
    """With the encodings that python-escpos chooses itself."""
    for name, make in MAKERS.items():
        if content["lang"] not in RAW or (key in ("ja-half", "ja") and name == "plain"):
            printer = Dummy()
            add(f"{key}/{name}", printer, make(printer, content))
    if content["lang"] in ("latin1", "latin2", "cyrillic", "euro"):
        for profile in ("TM-T88V", "POS-5890", "RP326"):
            printer = Dummy(profile=profile)
            add(f"{key}/{profile}", printer, plain(printer, content))


def by_the_user(key: str, content: Content, add: Add) -> None:
    """With bytes of another encoding, in Kanji mode and without."""
    encoding = RAW[content["lang"]]
    text = "\n".join([content["title"], *lines_of(content)]) + "\n"
    data = text.encode(encoding, errors="replace")
    printer = Dummy()
    send(printer, b"\x1c&" + data + b"\x1c.")
    add(f"{key}/kanji mode", printer, data.decode(encoding))
    printer = Dummy()
    printer.hw("INIT")
    send(printer, data)
    printer.cut()
    add(f"{key}/raw", printer, data.decode(encoding))
    printer = Dummy()
    send(printer, text.encode())
    add(f"{key}/utf-8", printer, text)


def main() -> None:
    contents: dict[str, Content] = json.loads((HERE / "contents.json").read_text(encoding="utf-8"))
    documents: list[dict[str, str]] = []

    def add(name: str, printer: Dummy, text: str) -> None:
        data = base64.b64encode(printer.output).decode()
        documents.append({"name": name, "text": text, "bytes": data})

    for key, content in contents.items():
        by_the_library(key, content, add)
        if content["lang"] in RAW:
            by_the_user(key, content, add)
    result = {
        "program": "python-escpos",
        "version": version("python-escpos"),
        "documents": documents,
    }
    path = HERE / "python-escpos.json"
    path.write_text(json.dumps(result, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
