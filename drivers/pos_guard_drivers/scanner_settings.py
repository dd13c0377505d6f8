"""How a scanner is set, and what its user wants of the driver."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from pos_guard.clock import Clock, SystemClock
from pos_guard.errors import LocalError
from pos_guard.frames.scanner_model import ScannerModel
from pos_guard.frames.scanner_models import model_by_usb, scanner_model
from pos_guard.ports.address import Address, Kind
from pos_guard.scanners.make import LanguageSettings

if TYPE_CHECKING:
    from pos_guard.scanners.settling import SettledLanguage

MAX_WAITING = 64
"""Scans kept for a program that does not read: more than a cashier makes in a minute."""

_TYPING = frozenset({"hid-keyboard", "evdev"})
_REPORTS = frozenset({"hid-pos", "hid-keyboard"})


@dataclass(frozen=True, slots=True)
class ScannerSettings:
    """What the owner of a scanner may set.

    ``encoding``: of the text in codes (``utf-8``, ``gbk``, ``gb18030``, ``latin-1`` …), a codec of
    Python; empty: as the model says. It is never guessed. ``language``: line end, prefix, timing
    and the like. ``stop_device``: a scanner that knows such commands is told to read no codes while
    it is disabled; without, they are dropped here. ``max_waiting``: scans kept for a program that
    does not read.

    :raises LocalError: for an encoding that is not known, or no room for a scan.
    """

    encoding: str = ""
    language: LanguageSettings = field(default_factory=LanguageSettings)
    stop_device: bool = True
    max_waiting: int = MAX_WAITING
    clock: Clock = field(default_factory=SystemClock)

    def __post_init__(self) -> None:
        try:
            "0".encode(self.encoding or "utf-8")
        except LookupError as error:
            raise LocalError(f"no encoding {self.encoding!r}") from error
        if self.max_waiting < 1:
            raise LocalError("at least one scan must have room")

    def speaks(self, model: ScannerModel) -> SettledLanguage:
        """The language of this scanner, set so.

        :raises LocalError: for a setting that it does not have.
        """
        from pos_guard.scanners.settling import settled_language

        language = self.language
        if self.encoding and model.language in _TYPING:
            language = replace(language, encoding=self.encoding)
        return settled_language(model, language)


def usual_model(where: Address) -> ScannerModel:
    """The model at an address whose owner named none: any brand with this plug, or by USB ids."""
    if where.kind is Kind.EVDEV:
        return scanner_model("generic-evdev")
    if where.kind is Kind.HIDRAW:
        return scanner_model("generic-hidpos")
    if where.kind is Kind.HID:
        known = model_by_usb(where.vendor, where.product)
        fits = known is not None and known.language in _REPORTS
        return known if known is not None and fits else scanner_model("generic-hidpos")
    return scanner_model("generic-serial")
