"""What is known of a printer model, as data: one TOML file each in ``data/printers``.

Facts only, each file with its sources; ``like`` names a model of which a file only says how it
differs. ``decode --profile``, the printer link, the driver and the twin read the same facts and
do their own work with them. Which model a connected printer is: printer_lookup.
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
Sensor = Literal["ink", "micr", "peeler"]

ALIASES: Mapping[str, str] = MappingProxyType(
    {"epson": "epson-80-zh", "china": "clone-80", "china-58": "clone-58", "utf-8": "clone-utf8"}
)
"""Short names, for people and for older settings."""

QUIRKS: Mapping[str, str] = MappingProxyType(
    {
        "abs-move-after-data-ignored": "ESC $ does nothing once the line holds data"
        " (NT-5890K, measured by ESCPost)",
        "databar-as-text": "GS k 75 to 78 print their data as text (NT-5890K, measured by ESCPost)",
        "esc-b-margin": "ESC B n sets the left margin and does not beep (wizarPOS manual)",
        "esc-i-full": "ESC i cuts through, ESC m leaves a strip (POS-5502 manual)",
        "esc-j-ignored": "ESC J feeds nothing (NT-5890K, measured by ESCPost)",
        "esc-v-two-bytes": "ESC v answers two bytes, 0F in the second for no paper"
        " (serial boards of Chinese make, cnblogs deng02)",
        "graphics-as-text": "GS ( L is not known, the data of GS 8 L is printed as text"
        " (XPrinter: receiptline PR 23; Rongta RP80USE: escpos-php 641)",
        "gs-r-0f": "GS r 1 answers 0F for no paper, not 0C (serial boards, cnblogs deng02)",
        "gs-r-serial-only": "GS r is answered on the serial port only (HPRT TP80K manual)",
        "gs-r2-line-done": "GS r 2 answers 08 for a finished line, not the drawer"
        " (serial boards, cnblogs deng02)",
        "gs-v-66-ignored": "GS V 66 does nothing; GS V 65 feeds (NT-5890K, measured by ESCPost)",
        "negative-move-ignored": "ESC \\ moves to the right only (NT-5890K, measured by ESCPost)",
        "no-drawer-status": "the drawer's switch is not wired: always the same bit"
        " (ReceiptPrinterStatus, receiptio)",
        "qr-as-text": "the data of GS ( k is printed as text (escpos-php 584 and 1327)",
        "raster-low-row-byte": "GS v 0 reads only the low byte of its row count, the rest of the"
        " picture is printed as text (receipt-printer-encoder 16)",
        "raster-swallows-lf": "one LF right after GS v 0 is lost (NT-5890K, measured by ESCPost)",
    }
)
"""Named differences, with who found them: twins reproduce them, drivers avoid them."""


@dataclass(frozen=True, slots=True)
class PrinterModel:
    """One model. Distances are dots, sizes bytes.

    ``language`` and ``dialect`` say which commands it knows. ``dots`` is the printable width,
    ``columns`` that width in font A. ``encoding`` is its single-byte codec at power on, or
    ``gb18030`` or ``utf-8``, which no ESC t changes; ``code_pages`` are the ESC t numbers it is
    known to have, as codecs of Python (numbers without such a codec are missing). ``kanji``: its
    two-byte codec (empty: it has none), ``kanji_on``: on at power on, ``kanji_styles``: two-byte
    characters need FS ! instead of ESC ! and GS !. ``images`` and ``qr`` name the command to use;
    ``none``: there is no such command. ``confirm`` are the ways in which it can say that a job is
    printed, best first. ``buffer`` is the receive buffer, ``image_rows`` the most rows of one
    picture command. ``usb`` are its vendor and product ids, ``names`` the beginnings of the model
    names it gives itself, ``identity`` its answers to GS I (number to text). ``quirks`` are names
    from QUIRKS.
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
    speed: int = 150
    sensors: tuple[Sensor, ...] = ()
    image_rows: int = 255
    usb: tuple[tuple[int, int], ...] = ()
    names: tuple[str, ...] = ()
    identity: Mapping[int, str] = field(default_factory=lambda: MappingProxyType({}))
    quirks: frozenset[str] = frozenset()


def model_names() -> tuple[str, ...]:
    """Every name that ``printer_model`` takes, sorted: models and aliases."""
    return tuple(sorted({*_files(), *ALIASES}))


def printer_models() -> tuple[PrinterModel, ...]:
    """Every model once, sorted by name."""
    return tuple(printer_model(name) for name in _files())


@cache
def printer_model(name: str) -> PrinterModel:
    """One model by its name or alias.

    :raises LocalError: when there is no such model; the message names those there are.
    """
    name = ALIASES.get(name, name)
    if name not in _files():
        raise LocalError(f"no printer model {name!r}: choose from {', '.join(model_names())}")
    return build_model(name, _table(name))


@cache
def _files() -> tuple[str, ...]:
    names = (path.name for path in _folder().iterdir())
    return tuple(sorted(name[:-5] for name in names if name.endswith(".toml")))


def _folder() -> Traversable:
    return files("pos_guard.frames") / "data" / "printers"


def _table(name: str) -> dict[str, object]:
    return model_table(tomllib.loads((_folder() / f"{name}.toml").read_text(encoding="utf-8")))


def model_table(own: dict[str, object]) -> dict[str, object]:
    """A file's keys over those of the model that it is ``like``, if any.

    :raises LocalError: when there is no such model.
    """
    if "like" not in own:
        return own
    like = str(own["like"])
    if like not in _files():
        raise LocalError(f"no printer model {like!r} to be like")
    base = _table(like)
    # What identifies one model never identifies another.
    kept = {key: value for key, value in base.items() if key not in ("usb", "names")}
    return kept | {key: value for key, value in own.items() if key != "like"}


def build_model(name: str, table: dict[str, object]) -> PrinterModel:
    """The model of a file's keys, whose types are checked by printer_model_file.

    :raises LocalError: for a key that models do not have.
    """
    known = {item.name for item in fields(PrinterModel)} - {"name"}
    unknown = set(table) - known
    if unknown:
        raise LocalError(f"printer model {name}: unknown keys {', '.join(sorted(unknown))}")
    values: dict[str, object] = {key: _frozen(value) for key, value in table.items()}
    for key in ("code_pages", "identity"):
        numbered = cast("dict[str, str]", table.get(key, {}))
        values[key] = MappingProxyType({int(number): text for number, text in numbered.items()})
    values["quirks"] = frozenset(cast("list[str]", table.get("quirks", [])))
    return PrinterModel(name=name, **values)  # type: ignore[arg-type]  # see above


def _frozen(value: object) -> object:
    if isinstance(value, list):
        return tuple(_frozen(item) for item in cast("list[object]", value))
    return value
