"""Makes pyescpos.json from contents_more.json: ``python make_pyescpos.py`` beside it.

Needs PyESCPOS (which cannot be installed beside python-escpos: both are named ``escpos``).
"""

from __future__ import annotations

import base64
import json
from importlib.metadata import version
from pathlib import Path
from typing import TypedDict

from escpos import barcode
from escpos.conn.dummy import DummyConnection
from escpos.impl.epson import TMT20


class Content(TypedDict):
    """One document of contents_more.json."""

    lang: str
    lines: list[str]


HERE = Path(__file__).parent
PAGES = {"cp437": 0, "cp850": 2, "cp858": 19, "cp1252": 16, "cp852": 18, "cp866": 17, "cp737": 14}
ENCODINGS = {
    "ascii": ("cp437",),
    "latin1": ("cp850", "cp1252"),
    "euro": ("cp858",),
    "latin2": ("cp852",),
    "cyr": ("cp866",),
    "greek": ("cp737",),
    "ja": ("cp932",),
    "zh": ("gb18030",),
    "tw": ("big5",),
    "ko": ("cp949",),
}


def plain(lines: list[str], encoding: str) -> tuple[bytes, str]:
    printer = TMT20(DummyConnection(), encoding=encoding)
    printer.init()
    if encoding in PAGES:
        printer.set_code_page(PAGES[encoding])
    for line in lines:
        printer.text(line)
    return bytes(printer.device.output), "\n".join(lines)


def styled(lines: list[str], encoding: str) -> tuple[bytes, str]:
    printer = TMT20(DummyConnection(), encoding=encoding)
    printer.init()
    if encoding in PAGES:
        printer.set_code_page(PAGES[encoding])
    printer.justify_center()
    printer.set_expanded(True)
    printer.text(lines[0])
    printer.set_expanded(False)
    printer.justify_left()
    printer.set_emphasized(True)
    for line in lines[1:]:
        printer.textout(line)
        printer.lf()
    printer.set_emphasized(False)
    printer.ean13("4007817327098", barcode_hri=barcode.BARCODE_HRI_BOTTOM)
    printer.code128("NO HRI", codeset=barcode.CODE128_B, barcode_hri=barcode.BARCODE_HRI_NONE)
    printer.qrcode("https://example.org/inv/7?a=b")
    printer.cut()
    return bytes(printer.device.output), "\n".join([*lines, "4007817327098"])


def main() -> None:
    contents: dict[str, Content] = json.loads(
        (HERE / "contents_more.json").read_text(encoding="utf-8")
    )
    documents: list[dict[str, str]] = []
    for key, content in contents.items():
        for encoding in ENCODINGS[content["lang"]]:
            for make in (plain, styled):
                data, text = make(content["lines"], encoding)
                name = f"{key}/{encoding} {make.__name__}"
                coded = base64.b64encode(data).decode()
                documents.append({"name": name, "text": text, "bytes": coded})
    result = {"program": "PyESCPOS", "version": version("PyESCPOS"), "documents": documents}
    path = HERE / "pyescpos.json"
    path.write_text(json.dumps(result, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
