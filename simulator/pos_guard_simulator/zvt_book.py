"""What a simulated payment terminal has done: its transactions, and what it should do next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

MAX_RECEIPT = 9999
"""Receipt numbers have four digits; after the last comes 1 again."""


@dataclass(slots=True)
class Transaction:
    """Money that the terminal moved, or holds.

    ``kind`` is ``sale``, ``refund``, ``reversal``, ``tip``, ``reservation``, ``booking`` or
    ``release``. ``reversed``: taken back later, so that in the end nothing moved; of a reservation:
    booked or let go.
    """

    kind: str
    amount: int
    currency: int
    receipt: int
    trace: int
    reversed: bool = False


@dataclass(frozen=True, slots=True)
class Script:
    """What happens to which amount, in minor units.

    ``approve``; ``approve:AMOUNT`` moves another amount; ``decline:RC``; ``refuse:RC`` answers
    84 RC at once; ``abort:RC`` approves and then ends with 06 1E; ``silent-before`` accepts and
    says no more, nothing moves; ``silent-after`` moves the money and says no more; ``hang`` does
    not even accept. RC is two hex digits.
    """

    by_amount: Mapping[int, str] = field(default_factory=dict[int, str])
    default: str = "approve"

    def behaviour(self, amount: int) -> tuple[str, str]:
        """The word and what stands behind its colon."""
        word, _, rest = self.by_amount.get(amount, self.default).partition(":")
        return word, rest


_TAKES = frozenset({"sale", "booking", "tip"})


class Book:
    """The journal: receipt numbers count up, nothing is ever taken out."""

    def __init__(self, first_receipt: int = 1) -> None:
        self.transactions: list[Transaction] = []
        self._next = first_receipt
        self._trace = 1

    def move(self, kind: str, amount: int, currency: int) -> Transaction:
        """Money moves now."""
        transaction = Transaction(kind, amount, currency, self._next, self._trace)
        self.transactions.append(transaction)
        self._next = self._next % MAX_RECEIPT + 1
        self._trace += 1
        return transaction

    def sale(self, receipt: int, *kinds: str) -> Transaction | None:
        """The newest sale (or what ``kinds`` names) with that number which still stands."""
        for transaction in reversed(self.transactions):
            if transaction.receipt == receipt and transaction.kind in (kinds or ("sale",)):
                return None if transaction.reversed else transaction
        return None

    @property
    def reservations(self) -> list[Transaction]:
        """Those that are neither booked nor let go."""
        return [t for t in self.transactions if t.kind == "reservation" and not t.reversed]

    @property
    def last(self) -> Transaction | None:
        """The last transaction that still stands: what a repeated receipt shows."""
        for transaction in reversed(self.transactions):
            if not transaction.reversed:
                return transaction
        return None

    @property
    def total(self) -> int:
        """Sales, bookings and tips less refunds, in minor units."""
        stands = [t for t in self.transactions if not t.reversed]
        taken = sum(t.amount for t in stands if t.kind in _TAKES)
        return taken - sum(t.amount for t in stands if t.kind == "refund")
