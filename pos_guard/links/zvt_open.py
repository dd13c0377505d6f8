"""The exchange that an earlier process left open: what it owes the till, what it must ask.

An exchange is closed by a record once it has ended on both sides. Whatever was judged and has no
such record was under way when the process died: its till may still wait, and an approval in it
may have been taken back since, by a terminal that was not heard to the end.
"""

from __future__ import annotations

from pos_guard.frames.zvt_apdu import Apdu
from pos_guard.frames.zvt_table import AUTHORISATION
from pos_guard.guard import Guard
from pos_guard.links.owed import left_open
from pos_guard.links.zvt_model import Job
from pos_guard.store.ledger import Entry, Phase

LOOK_BACK = 8
"""Entries of the link that are looked at: the doubt about an approval comes first at the next
start, so that at most a few refusals stand behind it."""


def owed(guard: Guard, link: str) -> Entry | None:
    """The newest request of the link, if its exchange was left open."""
    newest = guard.store.ledger.search(link=link, limit=1)
    return newest[0] if newest and left_open(guard, newest[0]) else None


def doubtful(guard: Guard, link: str) -> Job | None:
    """The newest approval of the link, if its exchange was left open."""
    for entry in guard.store.ledger.search(link=link, limit=LOOK_BACK):
        if entry.phase is Phase.POSTED:
            return job_of(entry) if left_open(guard, entry) else None
    return None


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


def job_of(entry: Entry) -> Job:
    """What is left of the exchange: enough to ask, and to take the approval back."""
    return Job(Apdu.of(AUTHORISATION), decision=entry.id, posted=True, receipt=entry.receipt)
