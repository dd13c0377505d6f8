"""What is known of a printer model, as data: one TOML file each in ``data/printers``.

Facts only, each file with its sources. ``decode --profile``, the printer link, the driver and the
twin read the same facts and do their own work with them.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from types import MappingProxyType
from typing import Literal, cast

from pos_guard.errors import LocalError

Language = Literal["escpos", "star"]
Confirm = Literal["process-id", "status", "asb", "etb", "none"]


@dataclass(frozen=True, slots=True)
class PrinterModel:
    """One model. Distances are dots, sizes bytes.

    ``language`` and ``dialect`` say which commands it knows. ``dots`` is the printable width,
    ``columns`` that width in font A. ``encoding`` is its single-byte codec at power on, or
    ``gb18030`` or ``utf-8``, which no ESC t changes; ``code_pages`` are its ESC t numbers where
    they differ from Epson's. ``kanji``: its two-byte codec (empty: it has none), ``kanji_on``: on
    at power on, ``kanji_styles``: two-byte characters need FS ! instead of ESC ! and GS !.
    ``images`` and ``qr`` name the command to use; ``none``: there is no such command. ``confirm``
    are the ways in which it can say that a job is printed, best first. ``buffer`` is the receive
    buffer. ``usb`` are its vendor and product ids, ``identity`` its answers to GS I (number to
    text). ``quirks`` are named differences that twins reproduce and the driver avoids.
    """

    name: str
    title: str
    sources: tuple[str, ...]
    language: Language = "escpos"
    dialect: Literal["epson", "china"] = "epson"
    dots: int = 576
    columns: int = 48
    encoding: str = "cp437"
    code_pages: Mapping[int, str] = field(default_factory=lambda: MappingProxyType({}))
    kanji: str = ""
    kanji_on: bool = False
    kanji_styles: bool = False
    images: Literal["gs-v-0", "gs-lparen-l", "esc-star", "star-raster", "none"] = "gs-v-0"
    qr: Literal["native", "esc-z", "star", "none"] = "native"
    cutter: Literal["partial", "full", "both", "none"] = "partial"
    buzzer: Literal["esc-b", "esc-lparen-a", "dle-dc4-3", "star-bel", "none"] = "none"
    drawer_open_high: bool = True
    answers: bool = True
    confirm: tuple[Confirm, ...] = ("process-id", "status")
    near_end_sensor: bool = True
    buffer: int = 4096
    usb: tuple[tuple[int, int], ...] = ()
    identity: Mapping[int, str] = field(default_factory=lambda: MappingProxyType({}))
    quirks: frozenset[str] = frozenset()


def model_names() -> tuple[str, ...]:
    """Every model that is known, sorted."""
    return tuple(
        sorted(path.name[:-5] for path in _folder().iterdir() if path.name[-5:] == ".toml")
    )


@cache
def printer_model(name: str) -> PrinterModel:
    """One model by its name.

    :raises LocalError: when there is no such model; the message names those there are.
    """
    if name not in model_names():
        raise LocalError(f"no printer model {name!r}: choose from {', '.join(model_names())}")
    table = tomllib.loads((_folder() / f"{name}.toml").read_text(encoding="utf-8"))
    return _model(name, table)


def _folder() -> Traversable:
    return files("pos_guard.frames") / "data" / "printers"


def _model(name: str, table: dict[str, object]) -> PrinterModel:
    known = {item.name for item in fields(PrinterModel)} - {"name"}
    unknown = set(table) - known
    if unknown:
        raise LocalError(f"printer model {name}: unknown keys {', '.join(sorted(unknown))}")
    values: dict[str, object] = {key: _frozen(value) for key, value in table.items()}
    for key in ("code_pages", "identity"):
        numbered = cast("dict[str, str]", table.get(key, {}))
        values[key] = MappingProxyType({int(number): text for number, text in numbered.items()})
    values["quirks"] = frozenset(cast("list[str]", table.get("quirks", [])))
    return PrinterModel(name=name, **values)  # type: ignore[arg-type]  # checked by its test


def _frozen(value: object) -> object:
    if isinstance(value, list):
        return tuple(_frozen(item) for item in cast("list[object]", value))
    return value
