"""GS a: which changes make a printer send its four status bytes.

Source: Epson TM-T88III programming guide, pages 316 to 318.
"""

from __future__ import annotations

from pos_guard.frames.escpos_status import Condition

DRAWER, ONLINE, ERROR, PAPER, PANEL = 0x01, 0x02, 0x04, 0x08, 0x40
ITEMS = DRAWER | ONLINE | ERROR | PAPER | PANEL

_Item = tuple[object, ...]


def triggers(mask: int, before: Condition, after: Condition, *, near_end_stops: bool) -> bool:
    """Whether an enabled item has changed. ``near_end_stops``: ESC c 4 selects that sensor."""
    return any(
        mask & item and of(before, near_end_stops) != of(after, near_end_stops)
        for item, of in _WATCHED
    )


def _drawer(state: Condition, near_end_stops: bool) -> _Item:
    del near_end_stops
    return (state.drawer_high,)


def _online(state: Condition, near_end_stops: bool) -> _Item:
    near_end = near_end_stops and state.near_end
    return (state.online, state.cover_open, state.fed_by_button, state.waiting, near_end)


def _error(state: Condition, near_end_stops: bool) -> _Item:
    del near_end_stops
    return (state.recoverable, state.cutter_error, state.unrecoverable, state.auto_recoverable)


def _paper(state: Condition, near_end_stops: bool) -> _Item:
    del near_end_stops
    return (state.paper, state.near_end)


def _panel(state: Condition, near_end_stops: bool) -> _Item:
    del near_end_stops
    return (state.feed_button,)


_WATCHED = (
    (DRAWER, _drawer),
    (ONLINE, _online),
    (ERROR, _error),
    (PAPER, _paper),
    (PANEL, _panel),
)
