"""What an earlier process may still owe a till: the answer to the newest request of the link.

A link records that an exchange is closed a while after its answer was said. A request that has
no such record was under way when the process died, or answered only just before: its till may
send it again, and is to hear what came of it. It is never judged or counted twice for that.
"""

from __future__ import annotations

from contextlib import suppress

from pos_guard.clock import SECOND
from pos_guard.errors import StoreError
from pos_guard.guard import Guard
from pos_guard.records import frame_hash
from pos_guard.store.ledger import Entry, Phase

CLOSED = "closed"
_ENDS = frozenset({CLOSED, "resolved"})
_SENT = frozenset({Phase.UNKNOWN, Phase.POSTED, Phase.FAILED, Phase.VOIDED})
"""Phases of a request that the device may have got. What was refused is judged again."""

MAX_AGE_S = 600.0
"""How old a request may be that is answered from the record: a person's minute, a device's two or
three, and a guard that came back. Later the same bytes are another customer's."""


def close(guard: Guard, link: str, entry: int) -> None:
    """Record that an exchange has ended: its till was answered."""
    # Without the record a till that repeats after a restart is answered from the ledger once more.
    with suppress(StoreError), guard.store.transaction():
        guard.store.audit.append(CLOSED, {"entry": entry, "link": link})


def owed(guard: Guard, link: str) -> Entry | None:
    """The newest request of the link, if it is young and its exchange was left open."""
    newest = next(iter(guard.store.ledger.search(link=link, limit=1)), None)
    if newest is None or newest.phase not in _SENT:
        return None
    young = guard.clock.wall_us() - newest.wall_us <= MAX_AGE_S * SECOND
    return newest if young and left_open(guard, newest) else None


def left_open(guard: Guard, entry: Entry) -> bool:
    """No end of its exchange is on record."""
    last = next(guard.store.audit.records(entry=entry.id, limit=1), None)
    return last is not None and last.kind not in _ENDS


def repeats(guard: Guard, number: int, unit: bytes) -> Entry | None:
    """The entry as it is now, if these bytes are that very request; else None.

    That is so for the same bytes and the same order; a new customer may pay the same amount. A
    payment that is on record has ended its order.
    """
    entry = guard.store.ledger.entry(number)
    if entry.phase not in _SENT or entry.frame_hash != frame_hash(unit):
        return None
    order = guard.context().order
    if order is None:
        same = entry.order_key is None or entry.phase in (Phase.POSTED, Phase.VOIDED)
    else:
        same = entry.order_key == order.value.key
    return entry if same else None
