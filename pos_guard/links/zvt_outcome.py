"""What a terminal's status information says of a request."""

from __future__ import annotations

from pos_guard.frames.zvt import Command
from pos_guard.model import Outcome, Result
from pos_guard.money import currency_of_number
from pos_guard.store.ledger import Entry


def approved(command: Command) -> Outcome:
    """The terminal says that it moved the money."""
    return Outcome(
        Result.APPROVED,
        command.amount,
        _currency(command),
        command.receipt,
        command.terminal_id,
        "00",
    )


def declined(code: int | None) -> Outcome:
    """The terminal says that nothing moved."""
    return Outcome(Result.DECLINED, code=None if code is None else f"{code:02X}")


UNKNOWN = Outcome(Result.UNKNOWN)


def weigh(entry: Entry, last_receipt: str | None, command: Command) -> Outcome | None:
    """What the repeated receipt (06 20) proves about an entry whose outcome is unknown.

    The receipt that the ledger knows as the last one: nothing newer happened, so nothing moved.
    Another one with the same amount: this is it. Anything else proves nothing: None, and a
    person decides. Source: protocol notes, section 8.
    """
    if command.result != 0 or command.receipt is None:
        return None
    if command.receipt == last_receipt:
        return Outcome(Result.DECLINED, code="nothing newer")
    same_currency = _currency(command) in (None, entry.currency)
    return approved(command) if command.amount == entry.amount and same_currency else None


def _currency(command: Command) -> str | None:
    return None if command.currency is None else currency_of_number(command.currency)
