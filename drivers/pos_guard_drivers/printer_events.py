"""What a printer's user is told unasked: changes of state, and jobs that turn out to be printed.

Names and numbers are those of UnifiedPOS (POSPrinter StatusUpdateEvent, PowerState), so that they
fit an existing application's tables.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import IntEnum

from pos_guard.frames.escpos_status import PrinterStatus

_LOG = logging.getLogger(__name__)


class StatusUpdate(IntEnum):
    """A change of state."""

    COVER_OPEN = 11
    COVER_OK = 12
    REC_EMPTY = 24
    REC_NEAREMPTY = 25
    REC_PAPEROK = 26
    POWER_ONLINE = 2001
    POWER_OFFLINE = 2003
    POWER_OFF_OFFLINE = 2004


@dataclass(frozen=True, slots=True)
class OutputComplete:
    """The printer confirmed this job; for one that was unknown it comes when the reply does."""

    output_id: int


Event = StatusUpdate | OutputComplete
Listener = Callable[[Event], None]


def changes(before: PrinterStatus, after: PrinterStatus) -> list[Event]:
    """What happened between two states; the first known trouble is news, the first health not."""
    events: list[Event] = []
    if after.cover_open is not None and after.cover_open != bool(before.cover_open):
        events.append(StatusUpdate.COVER_OPEN if after.cover_open else StatusUpdate.COVER_OK)
    old, new = _paper(before), _paper(after)
    if new is not None and new != (old or StatusUpdate.REC_PAPEROK):
        events.append(new)
    return events


def _paper(status: PrinterStatus) -> StatusUpdate | None:
    if status.paper is None:
        return None
    if not status.paper:
        return StatusUpdate.REC_EMPTY
    return StatusUpdate.REC_NEAREMPTY if status.near_end else StatusUpdate.REC_PAPEROK


def deliver(listener: Listener | None, events: Iterable[Event]) -> None:
    """Call the listener for each event; what it raises is logged.

    A listener's fault must not take a job's result away from the caller.
    """
    if listener is None:
        return
    for event in events:
        try:
            listener(event)
        except Exception:  # noqa: BLE001 - other people's code; its traceback is logged
            _LOG.exception("a printer event listener failed")
