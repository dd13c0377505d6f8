"""What a terminal's status information says of a request."""

from __future__ import annotations

from pos_guard.frames.zvt import Command
from pos_guard.model import Outcome, Result
from pos_guard.money import currency_of_number
from pos_guard.store.ledger import Entry


def approved(command: Command, receipt: str | None = None) -> Outcome:
    """The terminal says that it moved the money; ``receipt``: the number that it said before."""
    return Outcome(
        Result.APPROVED,
        command.amount,
        _currency(command),
        command.receipt or receipt,
        command.terminal_id,
        "00",
    )


def declined(code: int | None) -> Outcome:
    """The terminal says that nothing moved."""
    return Outcome(Result.DECLINED, code=None if code is None else f"{code:02X}")


_RECEIPTS = 9999
"""Receipt numbers go from 1 to 9999, and then begin again."""

UNKNOWN = Outcome(Result.UNKNOWN)


def weigh(entry: Entry, last_receipt: str | None, command: Command) -> Outcome | None:
    """What the repeated receipt (06 20) proves about an entry whose outcome is unknown.

    The receipt that the ledger knows as the last one: nothing newer happened, so nothing moved.
    Another one with the same amount: this is it. Anything else proves nothing, nor does any
    receipt while the ledger knows none of this link (the terminal's last one may be older than
    the guard): None, and a person decides. Another terminal's receipts prove nothing either, its
    numbers are its own.
    Source: protocol notes, section 8.
    """
    if entry.payee and command.terminal_id and entry.payee != command.terminal_id:
        return None
    if command.result != 0 or command.receipt is None or last_receipt is None:
        return None
    if command.receipt == last_receipt:
        return Outcome(Result.DECLINED, code="nothing newer")
    same_currency = _currency(command) in (None, entry.currency)
    return approved(command) if command.amount == entry.amount and same_currency else None


def taken_back(entry: Entry, command: Command) -> bool | None:
    """Whether the repeated receipt shows that an approved payment was undone since.

    The terminal repeats its last transaction that stands. That one: no. An older one: yes. A
    newer one, or another terminal's, proves nothing: None.
    """
    elsewhere = entry.payee and command.terminal_id and entry.payee != command.terminal_id
    if elsewhere or command.result != 0 or not entry.receipt or not command.receipt:
        return None
    behind = (int(entry.receipt) - int(command.receipt)) % _RECEIPTS
    if behind == 0:
        return False
    return True if behind < _RECEIPTS // 2 else None


def _currency(command: Command) -> str | None:
    return None if command.currency is None else currency_of_number(command.currency)
