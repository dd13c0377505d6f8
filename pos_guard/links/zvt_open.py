"""The exchange that an earlier process left open: what it owes the till, what it must ask.

An exchange is closed by a record once it has ended on both sides. Whatever was judged and has no
such record was under way when the process died: its till may still wait, and an approval in it
may have been taken back since, by a terminal that was not heard to the end.
"""

from __future__ import annotations

from contextlib import suppress

from pos_guard.errors import StoreError
from pos_guard.frames.zvt_apdu import Apdu
from pos_guard.frames.zvt_table import AUTHORISATION
from pos_guard.guard import Guard
from pos_guard.links.zvt_model import Job
from pos_guard.records import frame_hash
from pos_guard.store.ledger import Entry, Phase

CLOSED = "closed"
_ENDS = frozenset({CLOSED, "resolved"})

LOOK_BACK = 8
"""Entries of the link that are looked at: the doubt about an approval comes first at the next
start, so that at most a few refusals stand behind it."""


def close(guard: Guard, link: str, entry: int) -> None:
    """Record that an exchange has ended on both sides."""
    # Without the record the next start asks the terminal once more, which harms nobody.
    with suppress(StoreError), guard.store.transaction():
        guard.store.audit.append(CLOSED, {"entry": entry, "link": link})


def owed(guard: Guard, link: str) -> Entry | None:
    """The newest request of the link, if its exchange was left open."""
    newest = guard.store.ledger.search(link=link, limit=1)
    return newest[0] if newest and _open(guard, newest[0]) else None


def doubtful(guard: Guard, link: str) -> Job | None:
    """The newest approval of the link, if its exchange was left open."""
    for entry in guard.store.ledger.search(link=link, limit=LOOK_BACK):
        if entry.phase is Phase.POSTED:
            return job_of(entry) if _open(guard, entry) else None
    return None


_SENT = frozenset({Phase.UNKNOWN, Phase.POSTED, Phase.FAILED, Phase.VOIDED})
"""Phases of a request that the terminal may have got. What was refused is judged again."""


def repeats(guard: Guard, number: int, apdu: Apdu) -> bool:
    """The till sends again what it sent before the process died, and was not acknowledged.

    That is so only as long as the till has answered nothing (the caller knows), for the same
    bytes, and for the same order; a new customer may pay the same amount.
    """
    entry = guard.store.ledger.entry(number)
    if entry.phase not in _SENT or entry.frame_hash != frame_hash(apdu.raw):
        return False
    order = guard.context().order
    if order is None:  # a payment that is on record has ended its order
        return entry.order_key is None or entry.phase is Phase.POSTED
    return entry.order_key == order.value.key


def elsewhere(guard: Guard, entry: Entry) -> bool:
    """Another terminal reported itself on this link since the request was judged.

    Nobody can tell then which of them got it, so that no terminal's receipts settle it.
    """
    history = list(guard.store.audit.records(entry=entry.id, limit=LOOK_BACK))
    reports = guard.store.audit.records(kind="payee", link=entry.link, limit=LOOK_BACK)
    since = {str(report.body["payee"]) for report in reports if report.seq > history[0].seq}
    if entry.payee is not None:
        since.add(entry.payee)
    return len(since) > 1


def _open(guard: Guard, entry: Entry) -> bool:
    last = next(guard.store.audit.records(entry=entry.id, limit=1), None)
    return last is not None and last.kind not in _ENDS


def job_of(entry: Entry) -> Job:
    """What is left of the exchange: enough to ask, and to take the approval back."""
    return Job(Apdu.of(AUTHORISATION), decision=entry.id, posted=True, receipt=entry.receipt)
