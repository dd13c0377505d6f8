"""Code identifiers of vendors: what a scanner may put before a code when AIM is off.

They announce nothing by themselves (an ``s`` may be the code's own first letter): which table
holds is a setting of the scanner's owner. The tables are data, ``data/code_ids.toml``.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from pos_guard.frames.symbology import Symbology, Vendor

MAX_ID = 3
"""Characters of the longest identifier: Zebra's ``P01``, and what Datalogic lets one choose."""


@cache
def code_ids(vendor: Vendor) -> Mapping[bytes, Symbology]:
    """The identifiers of this vendor; empty for ``none`` and for Newland, where owners choose."""
    text = files("pos_guard.frames").joinpath("data/code_ids.toml").read_text(encoding="utf-8")
    return {
        characters.encode("ascii"): Symbology(name)
        for table in tomllib.loads(text)["table"]
        if table["vendor"] == vendor
        for characters, name in table["ids"].items()
    }


def take_id(code: bytes, ids: Mapping[bytes, Symbology]) -> tuple[Symbology | None, bytes]:
    """The symbology that the longest identifier at the start of ``code`` names, and the rest.

    None and all of ``code`` where none fits.
    """
    for size in range(min(MAX_ID, len(code)), 0, -1):
        symbol = ids.get(code[:size])
        if symbol is not None:
            return symbol, code[size:]
    return None, code
