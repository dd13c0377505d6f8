"""What a ZVT money command leaves out and the ledger knows; what a reply says of who is paid."""

from __future__ import annotations

from dataclasses import replace

from pos_guard.guard import Guard
from pos_guard.model import Intent, IntentKind
from pos_guard.policy.payees import Match, PayeeKind, Payees
from pos_guard.policy.verdict import Mode
from pos_guard.store.ledger import Entry, Phase

OF_RESERVATIONS = frozenset({IntentKind.COMPLETION, IntentKind.PREAUTH_VOID})

LOOK_BACK = 1000
"""Newest posted entries of the link among which a reservation is looked for: a reservation lapses
after a week or a month, and one terminal posts fewer in its batch."""

VU = "vu:"
"""In front of a contract number (BMP 2A) in the list of terminals."""


def completed(guard: Guard, link: str, intent: Intent) -> Intent:
    """A booking or release without an amount stands for its whole reservation."""
    entry = _reservation(guard, link, intent.original)
    if intent.amount is not None or entry is None:
        return intent
    return replace(intent, amount=entry.amount, currency=entry.currency)


def lets_nothing_go(guard: Guard, link: str, intent: Intent) -> bool:
    """A release names a receipt under which nothing was posted at this terminal.

    One that names something else than a reservation is for the rules.
    """
    if intent.kind is not IntentKind.PREAUTH_VOID or intent.original is None:
        return False
    if guard.policy.setting("operation-fits-state").mode is not Mode.ENFORCE:
        return False
    posted = guard.store.ledger.posted_kind(link, intent.original)
    if posted is None:
        return True
    return posted is IntentKind.PREAUTH and _reservation(guard, link, intent.original) is None


def may_lower(entry: Entry, amount: int) -> bool:
    """Only an approved sale may become smaller, and by no means larger or nothing."""
    return entry.kind is IntentKind.SALE and 0 < amount <= (entry.amount or 0)


def strange_vu(payees: Payees, vu_number: str | None) -> str | None:
    """The contract number as the list would have it, if it is not there.

    None also where the shop lists no contract numbers at all.
    """
    if not vu_number or not any(entry.startswith(VU) for entry in payees.terminals):
        return None
    payee = f"{VU}{vu_number}"
    return None if payees.check(PayeeKind.TERMINALS, payee) is Match.MATCH else payee


def _reservation(guard: Guard, link: str, receipt: str | None) -> Entry | None:
    """The newest reservation with that receipt number that this very terminal took."""
    terminal = guard.store.links.payee(link)
    for entry in guard.store.ledger.search(link=link, phase=Phase.POSTED, limit=LOOK_BACK):
        if entry.kind is IntentKind.PREAUTH and entry.receipt == receipt:
            return entry if entry.payee in (None, terminal) else None
    return None
