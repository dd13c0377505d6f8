"""What a ZVT money command means."""

from __future__ import annotations

from pos_guard.errors import FrameError
from pos_guard.frames.zvt import Command
from pos_guard.frames.zvt_table import MONEY, STRICT
from pos_guard.model import Intent, IntentKind, Tender
from pos_guard.money import currency_of_number

_KINDS = {
    0x0601: IntentKind.SALE,
    0x0609: IntentKind.SALE,
    0x060C: IntentKind.TIP,
    0x0621: IntentKind.SALE,
    0x0622: IntentKind.PREAUTH,
    0x0623: IntentKind.COMPLETION,
    0x0624: IntentKind.COMPLETION,
    0x0625: IntentKind.PREAUTH_VOID,
    0x0630: IntentKind.REVERSAL,
    0x0631: IntentKind.REFUND,
}


def intent_of(command: Command, default_currency: str | None = None) -> Intent | None:
    """The intent of a money command, or None for any other.

    ``default_currency`` is what the till registered with: a command without BMP 49 means that.
    Commands whose layout is not read strictly have neither amount nor original: the link refuses
    them.

    :raises FrameError: ``currency`` when the number is no ISO 4217 currency.
    """
    if command.code not in MONEY:
        return None
    kind = _KINDS[command.code]
    if command.code not in STRICT:
        return Intent(kind, Tender.CARD)
    currency = default_currency
    if command.currency is not None:
        currency = currency_of_number(command.currency)
        if currency is None:
            raise FrameError("currency", f"{command.currency} is no ISO 4217 number")
    return Intent(kind, Tender.CARD, command.amount, currency, original=command.receipt)
