"""A scanner link out of its settings: the scanner's language, the till's front, what is done.

Only what the one language needs is imported: a till has one scanner.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from pos_guard.errors import LocalError
from pos_guard.frames.scanner_model import ScannerModel
from pos_guard.links.scanner_front import Front, PlainFront
from pos_guard.links.scanner_settings import (
    TYPING_LANGUAGES,
    Refused,
    ScannerSettings,
    ScannerTable,
    encoding_of,
    language_settings,
    lines_of,
    model_of,
)
from pos_guard.ports.address import Kind
from pos_guard.scanners.language import Command, Scanned, ScannerLanguage
from pos_guard.scanners.make import key_settings
from pos_guard.scanners.settling import SettledLanguage, settled_language


@dataclass(frozen=True, slots=True)
class Parts:
    """What a scanner session is made of."""

    language: SettledLanguage
    front: Front
    settings: ScannerSettings


def make_parts(table: ScannerTable, app: Kind, device: Kind) -> Parts:
    """The parts of one link.

    :raises LocalError: for settings that this scanner, its language or this till cannot have.
    """
    model = model_of(table, device)
    try:
        language = settled_language(model, language_settings(table, model))
        front = _front(table, model, app, language.language)
        _try_words(front, table)
    except ValueError as error:  # of line settings, or words that the encoding does not have
        raise LocalError(_reason(error)) from error
    if table.confirm and Command.YES not in language.can and model.language != "hid-pos":
        raise LocalError("this scanner has no yes: give its bytes as yes, if it has any")
    settings = ScannerSettings(
        encoding=encoding_of(table, model),
        also=table.also,
        symbologies=table.symbologies,
        refused=table.refused,
        instead=table.instead,
        flag=table.flag,
        complain=table.complain,
        confirm=bool(table.yes) if table.confirm is None else table.confirm,
    )
    return Parts(language, front, settings)


def _front(table: ScannerTable, model: ScannerModel, app: Kind, language: ScannerLanguage) -> Front:
    encoding = encoding_of(table, model)
    if model.language == "ssi":
        from pos_guard.links.scanner_ssi import SsiFront

        return SsiFront(packets=table.packets is not False, encoding=encoding)
    if model.language in TYPING_LANGUAGES:
        return _typing_front(table, model, app)
    if model.language == "hid-pos":
        from pos_guard.links.scanner_reports import Laid, PosReports, ReportFront

        return ReportFront(PosReports(cast("Laid", language), encoding))
    return PlainFront(lines_of(table, model), encoding)


def _typing_front(table: ScannerTable, model: ScannerModel, app: Kind) -> Front:
    from pos_guard.links.scanner_keys import KeysFront, events_of_reports
    from pos_guard.links.scanner_reports import BootReports, ReportFront

    keys = key_settings(model, language_settings(table, model))
    if app is Kind.HID:
        return ReportFront(BootReports(keys))
    return KeysFront(keys) if model.language == "evdev" else KeysFront(keys, events_of_reports)


def _try_words(front: Front, table: ScannerTable) -> None:
    """Find out now whether the till's line can carry the words of the settings."""
    nothing = Scanned(b"", b"")
    if table.refused is Refused.REPLACE:
        front.text(nothing, table.instead)
    if table.refused is Refused.FLAG:
        front.text(nothing, table.flag)


def _reason(error: ValueError) -> str:
    if isinstance(error, UnicodeEncodeError):
        return f"{error.object!r} cannot be written in {error.encoding}"
    return str(error)
