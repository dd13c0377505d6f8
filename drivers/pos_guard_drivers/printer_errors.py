"""Printer trouble as UnifiedPOS codes: what a status means for the caller."""

from __future__ import annotations

from pos_guard.errors import DeviceError
from pos_guard.frames.escpos_status import PrinterStatus


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
