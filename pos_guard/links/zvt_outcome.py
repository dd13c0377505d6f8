"""What a terminal's status information says of a request."""

from __future__ import annotations

from dataclasses import replace

from pos_guard.frames import bcd, zvt_build
from pos_guard.frames.zvt import Command
from pos_guard.model import Outcome, Result
from pos_guard.money import currency_of_number, number_of_currency
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

    An entry with a receipt of its own was approved once, and is in doubt since: see
    ``taken_back``. For all others:

    The receipt that the ledger knows as the last one: nothing newer happened, so nothing moved.
    Another one with the same amount: this is it. Anything else proves nothing, nor does any
    receipt while the ledger knows none of this link (the terminal's last one may be older than
    the guard): None, and a person decides. Another terminal's receipts prove nothing either, its
    numbers are its own.
    Source: protocol notes, section 8.
    """
    if entry.receipt is not None:
        return _weigh_approved(entry, command)
    if entry.payee and command.terminal_id and entry.payee != command.terminal_id:
        return None
    if command.result != 0 or command.receipt is None or last_receipt is None:
        return None
    if command.receipt == last_receipt:
        return Outcome(Result.DECLINED, code="nothing newer")
    return approved(command) if _same_money(entry, command) else None


def not_lowered(before: Entry, command: Command) -> Outcome | None:
    """The repeated receipt is the payment ``before`` in full: the till's 84 9D was never heard.

    A no to the smaller sale, which names what stands instead of it; None: it proves no such thing.
    """
    if taken_back(before, command) is not False or not _same_money(before, command):
        return None
    stands = approved(command)
    return replace(stands, result=Result.DECLINED, receipt=before.receipt, code="not lowered")


def in_full(entry: Entry) -> bytes:
    """The result of a payment that stands, as a terminal would say it again to the till."""
    fields = [(0x27, b"\0"), (0x04, bcd.from_int(entry.amount or 0, 6))]
    if entry.currency is not None:
        fields.append((0x49, bcd.from_int(number_of_currency(entry.currency), 2)))
    if entry.receipt is not None:
        fields.append((0x87, bcd.from_int(int(entry.receipt), 2)))
    return zvt_build.status_information(tuple(fields))


def _weigh_approved(entry: Entry, command: Command) -> Outcome | None:
    undone = taken_back(entry, command)
    if undone:
        return Outcome(Result.DECLINED, code="taken back")
    return approved(command) if undone is False and _same_money(entry, command) else None


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


def _same_money(entry: Entry, command: Command) -> bool:
    same_currency = _currency(command) in (None, entry.currency)
    return command.amount == entry.amount and same_currency


def _currency(command: Command) -> str | None:
    return None if command.currency is None else currency_of_number(command.currency)
