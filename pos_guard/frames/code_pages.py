"""Single-byte code pages, and what number each printer maker gives them.

Python's codecs where it has them, else tables from ``data/code_pages.toml``.
"""

from __future__ import annotations

import codecs
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Final, cast

EPSON: Final = "epson"
"""The maker whose numbers hold where a model says nothing else."""

STAR: Final = "star-line"
"""The numbers of Star's own language, which are in ESC GS t instead of ESC t."""

UNKNOWN_PAGE: Final = "ascii"
"""For a number that is in no table: letters and digits stay right, the rest is U+FFFD."""

_ASCII: Final = "".join(map(chr, range(128)))
_MULTI_BYTE: Final = frozenset(
    [
        "utf-8",
        "gb18030",
        "gbk",
        "gb2312",
        "big5",
        "big5hkscs",
        "cp950",
        "cp932",
        "shift_jis",
        "shift_jis_2004",
        "euc_jp",
        "euc_kr",
        "cp949",
    ]
)


@cache
def page_numbers() -> Mapping[str, Mapping[int, str]]:
    """For each maker, Epson first: the number of ESC t to the encoding's name."""
    tables = cast("dict[str, dict[str, str]]", _read("code_page_numbers"))
    return MappingProxyType(
        {
            maker: MappingProxyType({int(number): name for number, name in pages.items()})
            for maker, pages in tables.items()
        }
    )


@cache
def single_byte(name: str) -> str | None:
    """The 256 characters of a single-byte page; None for any other encoding.

    A byte that the page does not define is U+FFFD, and so is a C1 control: no printer prints one.

    :raises LookupError: for a name that is neither a table of ours nor a codec of Python.
    """
    rows = _own_pages().get(name)
    if rows is not None:
        return _ASCII + rows
    if codecs.lookup(name).name in _MULTI_BYTE:
        return None
    text = bytes(range(128, 256)).decode(name, errors="replace")
    return _ASCII + "".join("\ufffd" if "\x80" <= char < "\xa0" else char for char in text)


@cache
def _own_pages() -> Mapping[str, str]:
    tables = cast("dict[str, list[str]]", _read("code_pages"))
    return MappingProxyType({name: "".join(rows) for name, rows in tables.items()})


def _read(name: str) -> dict[str, object]:
    path = files("pos_guard.frames") / "data" / f"{name}.toml"
    return tomllib.loads(path.read_text(encoding="utf-8"))
