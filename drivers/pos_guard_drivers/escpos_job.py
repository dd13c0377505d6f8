"""Values of the ESC/POS driver: its profile, what became of a job, what is wrong with a printer."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from pos_guard.errors import DeviceError
from pos_guard.frames.escpos_status import PrinterStatus


@dataclass(frozen=True, slots=True)
class EscPosProfile:
    """Which printer it is.

    ``encoding`` and ``code_page`` (ESC t; None leaves it) belong together; ``kanji_on`` sends
    FS & first. ``answers``: it has a line back and answers DLE EOT. ``confirm``: how it says that
    a job is printed: ``process-id`` (GS ( H), ``status`` (GS r 1 in its turn), or ``none``.
    """

    name: str = "epson"
    encoding: str = "cp437"
    code_page: int | None = 0
    kanji_on: bool = False
    answers: bool = True
    confirm: Literal["process-id", "status", "none"] = "process-id"
    drawer_pin: int = 2


CHINA = EscPosProfile("china", encoding="gb18030", code_page=None, kanji_on=True, confirm="status")
"""Chinese 80 mm printers: GB18030, no GS ( H on most of them."""


class JobState(StrEnum):
    """What became of a job."""

    PRINTED = "printed"
    NOT_PRINTED = "not_printed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class JobResult:
    """``how`` is what that rests on, in plain words, for the log and the cashier."""

    state: JobState
    how: str


def complaint(status: PrinterStatus) -> DeviceError | None:
    """Why a printer in this state cannot print, as UnifiedPOS codes; None when it can.

    A printer that has not said enough cannot: ``E_TIMEOUT``.
    """
    if status.cover_open:
        return DeviceError("E_EXTENDED", "the cover is open", "EPTR_COVER_OPEN")
    if status.paper is False:
        return DeviceError("E_EXTENDED", "the paper is out", "EPTR_REC_EMPTY")
    if status.error:
        return DeviceError("E_FAILURE", "the printer reports an error (cutter or print head)")
    if status.online is False:
        return DeviceError("E_OFFLINE", "the printer is offline")
    if status.ready is None:
        return DeviceError("E_TIMEOUT", "the printer does not answer")
    return None
