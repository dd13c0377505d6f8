"""The port: what every shared ledger does, whatever stores it.

The one rule inside is rule 3: per sale, posted + reserved + unknown + this request <= paid. All
operations may be repeated with the same ids: after ``UnreachableError`` nobody knows whether the
last one counted, and asking again gives the answer that it would have given.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from pos_guard.errors import PosGuardError
from pos_guard.ledger.values import (
    Case,
    Expired,
    Lease,
    RefundAsk,
    RefundPhase,
    Reservation,
    SaleFacts,
    SharedSale,
    Sum,
)
from pos_guard.policy.request import Total

LEASE_GRACE_US = 120 * 1_000_000
"""How far the clocks of two terminals may be apart: a lease ends that much later for others."""

EXPIRE_AT_ONCE = 1000
"""Overdue refunds that one ``expire`` takes on: its transaction stays short."""

MAX_CASES = 10_000
"""Cases that one query returns: more are no work for a person, but a fault to be searched."""


class LedgerError(PosGuardError):
    """The shared ledger says no to the call itself: a setting, a right, a wrong use."""


class UnreachableError(LedgerError):
    """No answer in time. Whether the call counted is not known: ask again with the same id."""


class SharedLedger(Protocol):
    """A ledger of one merchant.

    :raises UnreachableError: in every method, when it cannot be reached within its deadline.
    :raises LedgerError: in every method, when it refuses the call.
    """

    def register(self, facts: SaleFacts) -> bool:
        """Tell of a paid sale. Again with the same facts, or more paid (a tip), is harmless.

        One that was withdrawn counts again: its terminal was wrong about that.
        False: other facts are known under this id; they stay, and it is a case.
        """
        ...

    def withdraw(self, sale_id: str, at_us: int) -> None:
        """The sale itself was undone by its terminal: nothing of it may be refunded any more.

        What was refunded already is a case.

        :raises LedgerError: for a sale that nobody registered.
        """
        ...

    def sale(self, sale_id: str) -> SharedSale | None:
        """A sale and its sums, or None when nobody registered it."""
        ...

    def reserve(self, ask: RefundAsk, now_us: int) -> Reservation:
        """Hold the amount for this refund, if rule 3 and the sale's lease let it."""
        ...

    def report(self, ask: RefundAsk, now_us: int) -> Reservation:
        """Tell of a refund that was submitted offline: recorded whatever it breaks.

        What breaks rule 3, or a lease, or has no sale, is a case besides.
        """
        ...

    def submitted(self, refund_id: str, now_us: int) -> bool:
        """About to be sent to the acquirer. False: it must not be, the reservation is gone."""
        ...

    def settle(
        self, refund_id: str, phase: RefundPhase, now_us: int, amount: int | None = None
    ) -> bool:
        """What came of a refund: POSTED, FAILED, UNKNOWN, or VOIDED after POSTED.

        ``amount`` is what was really moved. False: it contradicts what is known; a case.

        :raises LedgerError: for a refund that was never reserved or reported.
        """
        ...

    def refund(self, refund_id: str) -> RefundPhase | None:
        """How far a refund is; None when nobody asked for it."""
        ...

    def expire(self, now_us: int) -> Expired:
        """Let overdue reservations go; overdue submissions become UNKNOWN, and stay counted."""
        ...

    def totals(self, sums: Sequence[Sum], but_terminal: str | None = None) -> tuple[Total, ...]:
        """What was given back, or may have been: amount and number for each sum, at one moment.

        ``but_terminal``: without that terminal's.
        """
        ...

    def take_over(self, sale_id: str, terminal: str, until_us: int, now_us: int) -> Lease:
        """Become the one who may refund this sale offline, until ``until_us``.

        Granted to its holder, and to others once nobody may be refunding it offline.

        :raises LedgerError: for a sale that nobody registered.
        """
        ...

    def release(self, sale_id: str, terminal: str) -> None:
        """Give a lease back before its end; from anybody but its holder it changes nothing."""
        ...

    def drained(self, terminal: str, at_us: int) -> None:
        """The terminal told everything that it did until then."""
        ...

    def witness(self, terminal: str, seq: int, body: str) -> bool:
        """Message ``seq`` of a terminal said this. False: it said something else before; a case."""
        ...

    def cases(self) -> tuple[Case, ...]:
        """Everything that a person has to look at, oldest first; at most ``MAX_CASES``."""
        ...

    def close_case(self, name: str, person: str, at_us: int) -> Case | None:
        """A person looked at it. It stays, closed, with who did; None: none is open by that name.

        The very same case does not open again; anything new about its subject is another one.
        """
        ...

    def close(self) -> None:
        """Let go of it. Again is harmless."""
        ...
