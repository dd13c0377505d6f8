"""``[link.scanner]``: how a scanner is set, and what happens to a scan that is refused."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NewType, cast, get_args

from pos_guard.errors import LocalError
from pos_guard.frames.codes_numbers import wallets
from pos_guard.frames.lines import End, LineSettings
from pos_guard.frames.scanner_model import Language, ScannerModel
from pos_guard.frames.scanner_models import scanner_model
from pos_guard.frames.symbology import Symbology, Vendor
from pos_guard.links.setting_types import Hex, Milliseconds
from pos_guard.ports.address import Kind
from pos_guard.scanners.language import Command
from pos_guard.scanners.make import LanguageSettings, line_settings

MAX_WORDS = 32
"""Characters of a flag or of the text for a refused scan: one HID report holds 56."""

ScannerName = NewType("ScannerName", str)
"""The name of a scanner model."""

ScannerLanguageName = NewType("ScannerLanguageName", str)

Codec = NewType("Codec", str)

LINE_LANGUAGES: Final = frozenset(
    {"lines", "honeywell", "datalogic", "de2120", "newland", "em3000", "register"}
)
SERIAL_LANGUAGES: Final = LINE_LANGUAGES | {"ssi"}
TYPING_LANGUAGES: Final = frozenset({"hid-keyboard", "evdev"})

_LANGUAGES_AT: Final = {
    Kind.TCP: SERIAL_LANGUAGES,
    Kind.SERIAL: SERIAL_LANGUAGES,
    Kind.CDC: SERIAL_LANGUAGES,
    Kind.HID: frozenset({"hid-pos", "hid-keyboard"}),
    # A keyboard on hidraw still types for everybody: that is no guard.
    Kind.HIDRAW: frozenset({"hid-pos"}),
    Kind.EVDEV: frozenset({"evdev"}),
}
_USUAL_MODEL: Final = {
    Kind.HID: "generic-hidpos",
    Kind.HIDRAW: "generic-hidpos",
    Kind.EVDEV: "generic-evdev",
}

_APPS_OF: Final = {
    "hid-pos": frozenset({Kind.HID}),
    "hid-keyboard": frozenset({Kind.HID, Kind.UINPUT}),
    "evdev": frozenset({Kind.UINPUT}),
}
_SERIAL_APPS: Final = frozenset({Kind.TCP, Kind.PTY, Kind.CDC})
"""Where the till of a serial scanner is; the others see a device of their scanner's kind."""


class Refused(StrEnum):
    """What the till gets of a scan that the guard refuses, or would refuse if it were enforced."""

    DROP = "drop"
    """Nothing of a refused scan."""
    REPLACE = "replace"
    """The text ``instead`` for a refused scan."""
    FLAG = "flag"
    """Nothing of a refused scan; the text ``flag`` before one that a rule only warns of."""


@dataclass(frozen=True, slots=True)
class ScannerTable:
    """The table as it is written; None: as the model says, or the usual.

    ``model`` names a file of scanner facts, ``language`` what a scanner without such a file speaks.
    ``end``, ``prefix``, ``suffix``, ``aim``, ``code_ids``, ``encoding``: how it is set.
    ``idle_ms``: silence that ends, or cuts, a scan. ``symbologies``: what may pass; empty: every
    kind. ``also``: wallets beyond WeChat, Alipay and UnionPay. ``no`` and ``yes``: bytes that make
    a scanner on a line complain, or say yes; ``complain`` and ``confirm``: whether it does.
    ``lock``: no set-up codes from the connection on, where it can. ``setup``: settings for it at
    each connection.
    ``layout``: of HID POS reports, or the keyboard layout that it types for. ``packets``: the till
    of an SSI scanner gets its codes in packets.
    """

    model: ScannerName | None = None
    language: ScannerLanguageName | None = None
    end: End | None = None
    prefix: Hex | None = None
    suffix: Hex | None = None
    aim: bool | None = None
    code_ids: Vendor | None = None
    encoding: Codec | None = None
    idle_ms: Milliseconds | None = None
    reply_ms: Milliseconds | None = None
    symbologies: frozenset[Symbology] = frozenset()
    also: frozenset[str] = frozenset()
    refused: Refused = Refused.DROP
    instead: str = ""
    flag: str = ""
    no: Hex | None = None
    yes: Hex | None = None
    complain: bool = True
    confirm: bool | None = None
    lock: bool = True
    setup: tuple[str, ...] = ()
    layout: str = ""
    packets: bool | None = None


@dataclass(frozen=True, slots=True)
class ScannerSettings:
    """What a link does with scans; see ``ScannerTable``.

    ``encoding``: what the scanner sends, ASCII-compatible. ``symbologies``: those that may pass;
    empty: all, also where the scanner does not say which it is.
    """

    encoding: str = "utf-8"
    also: frozenset[str] = frozenset()
    symbologies: frozenset[Symbology] = frozenset()
    refused: Refused = Refused.DROP
    instead: str = ""
    flag: str = ""
    complain: bool = True
    confirm: bool = False


def model_of(table: ScannerTable, device: Kind) -> ScannerModel:
    """The model that is named; else one of the language that is named; else the usual one."""
    if table.model is not None:
        return scanner_model(table.model)
    if table.language is not None:
        language = cast("Language", table.language)
        return ScannerModel(language, "as the settings say", (), language)
    return scanner_model(_USUAL_MODEL.get(device, "generic-serial"))


def encoding_of(table: ScannerTable, model: ScannerModel) -> str:
    """What the scanner sends text in."""
    return table.encoding or model.encoding


def lines_of(table: ScannerTable, model: ScannerModel) -> LineSettings:
    """How the scanner's scans come.

    :raises ValueError: for settings that no scanner can have.
    """
    own = line_settings(model)
    return LineSettings(
        own.end if table.end is None else table.end,
        own.prefix if table.prefix is None else table.prefix,
        own.suffix if table.suffix is None else table.suffix,
        own.aim if table.aim is None else table.aim,
        own.code_ids if table.code_ids is None else table.code_ids,
    )


def language_settings(table: ScannerTable, model: ScannerModel) -> LanguageSettings:
    """The settings of its language.

    :raises ValueError: as ``lines_of``.
    """
    told = {Command.NO: table.no, Command.YES: table.yes}
    typing = model.language in TYPING_LANGUAGES
    return LanguageSettings(
        lines=lines_of(table, model),
        commands={command: bytes(data) for command, data in told.items() if data},
        setup=table.setup,
        idle_seconds=_seconds(table.idle_ms),
        reply_seconds=_seconds(table.reply_ms),
        lock=table.lock,
        layout=table.layout,
        encoding=encoding_of(table, model) if typing else "",
    )


def contradictions(table: ScannerTable, app: Kind, device: Kind) -> Iterator[tuple[str, str]]:
    """What cannot be together, as keys of the table and messages; ``""``: the whole table."""
    if table.model is not None and table.language is not None:
        yield "language", f"the model {table.model} says it: leave one of them out"
        return
    if table.language == "register":
        yield "language", "registers differ from model to model: write a model instead"
        return
    model = model_of(table, device)
    language = model.language
    key = "language" if table.language is not None else "model"
    if language not in _LANGUAGES_AT.get(device, frozenset()):
        yield key, f"no scanner at {device}: speaks {language}"
    elif app not in _APPS_OF.get(language, _SERIAL_APPS):
        yield key, f"a till at {app}: cannot have a scanner that speaks {language}"
    yield from _wrong_places(table, language)
    yield from _wrong_words(table)
    known = {wallet.scheme for wallet in wallets()}
    if unknown := table.also - known:
        yield "also", f"no wallet {', '.join(sorted(unknown))}: {', '.join(sorted(known))}"


def _wrong_places(table: ScannerTable, language: str) -> Iterator[tuple[str, str]]:
    """Settings that this language has not."""
    if table.packets is not None and language != "ssi":
        yield "packets", f"belongs to the language ssi, and this scanner speaks {language}"
    for key, data in (("no", table.no), ("yes", table.yes)):
        if data and language not in LINE_LANGUAGES - {"register"}:
            yield key, f"a scanner that speaks {language} is not told that in bytes"
    if table.no and not table.complain:
        yield "no", "is never sent: complain is false"
    if table.yes and table.confirm is False:
        yield "yes", "is never sent: confirm is false"
    if table.symbologies and language in TYPING_LANGUAGES and table.aim is False:
        yield "symbologies", "nobody says the symbology: aim is false"


def _wrong_words(table: ScannerTable) -> Iterator[tuple[str, str]]:
    wanted = {"instead": Refused.REPLACE, "flag": Refused.FLAG}
    for key, mode in wanted.items():
        words: str = getattr(table, key)
        if words and table.refused is not mode:
            yield key, f'needs refused = "{mode}"'
        if not words and table.refused is mode:
            yield "refused", f"{mode} needs a text: {key}"
        if len(words) > MAX_WORDS or not words.isprintable():
            yield key, f"is 1 to {MAX_WORDS} printable characters"


def read_scanner(value: object) -> ScannerName:
    """The name of a model.

    :raises ValueError: when there is no such model.
    """
    try:
        return ScannerName(scanner_model(str(value)).name)
    except LocalError as error:
        raise ValueError(str(error)) from error


def read_language(value: object) -> ScannerLanguageName:
    """The name of a language.

    :raises ValueError: when there is no such language.
    """
    names: tuple[str, ...] = get_args(Language)
    if value not in names:
        raise ValueError(f"must be one of {', '.join(names)}")
    return ScannerLanguageName(str(value))


def read_codec(value: object) -> Codec:
    """A text encoding that has ASCII in it, by its name in Python.

    :raises ValueError: for any other.
    """
    probe = "09AZaz:/?=&.-"
    try:
        fits = probe.encode(str(value)) == probe.encode("ascii")
        name = codecs.lookup(str(value)).name
    except (LookupError, ValueError) as error:
        raise ValueError(f"no text encoding {value!r}: utf-8, gbk, gb18030, latin-1 …") from error
    if not fits:
        raise ValueError(f"{value} does not write digits and letters as ASCII does")
    return Codec(name)


def _seconds(set_to: Milliseconds | None) -> float | None:
    return None if set_to is None else set_to / 1000
