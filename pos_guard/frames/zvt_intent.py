"""What a ZVT money command means."""

from __future__ import annotations

from pos_guard.errors import FrameError
from pos_guard.frames.zvt import Command
from pos_guard.frames.zvt_table import (
    AUTHORISATION,
    BOOK_TOTAL,
    BOOKING,
    PREPAID,
    REFUND,
    RELEASE,
    RESERVATION,
    REVERSAL,
    TELEPHONIC,
    TIP,
)
from pos_guard.model import Intent, IntentKind, Tender
from pos_guard.money import currency_of_number

_KINDS = {
    AUTHORISATION: IntentKind.SALE,
    PREPAID: IntentKind.SALE,
    TIP: IntentKind.TIP,
    TELEPHONIC: IntentKind.SALE,
    RESERVATION: IntentKind.PREAUTH,
    BOOKING: IntentKind.COMPLETION,
    BOOK_TOTAL: IntentKind.COMPLETION,
    RELEASE: IntentKind.PREAUTH_VOID,
    REVERSAL: IntentKind.REVERSAL,
    REFUND: IntentKind.REFUND,
}


def intent_of(command: Command, default_currency: str | None = None) -> Intent | None:
    """The intent of a money command, or None for any other.

    ``default_currency`` is what the till registered with: a command without BMP 49 means that.
    ``original`` is the receipt number that the command names: of the sale it undoes or tips, of
    the reservation it books or lets go.

    :raises FrameError: ``currency`` when the number is no ISO 4217 currency.
    """
    kind = _KINDS.get(command.code)
    if kind is None or command.open_reservations:
        return None
    currency = default_currency
    if command.currency is not None:
        currency = currency_of_number(command.currency)
        if currency is None:
            raise FrameError("currency", f"{command.currency} is no ISO 4217 number")
    return Intent(kind, Tender.CARD, command.amount, currency, original=command.receipt)
