"""What a simulated ISO 8583 host remembers: each request by terminal, batch and trace."""

from __future__ import annotations

from dataclasses import dataclass

from pos_guard.model import MONEY_IN, IntentKind


@dataclass(slots=True)
class Posting:
    """Money that the host moved. ``number`` is its own, field 37.

    ``undoes``: what a void or a refund gave back. ``reversed``: taken back, so that in the end
    nothing moved.
    """

    kind: IntentKind
    amount: int
    key: str
    number: str
    undoes: Posting | None = None
    reversed: bool = False


class HostBook:
    """The host's journal: numbers count up, nothing is ever taken out."""

    def __init__(self) -> None:
        self.postings: list[Posting] = []
        self.settled = 0

    def known(self, key: str) -> Posting | None:
        """The newest request under that number."""
        return next((one for one in reversed(self.postings) if one.key == key), None)

    def original(self, named: str | None) -> Posting | None:
        """What a request names, by the till's number or the host's, if it still stands."""
        for one in reversed(self.postings):
            if named in (one.key, one.number) and not one.reversed:
                return one
        return None

    def remaining(self, sale: Posting) -> int:
        """What may still be given back of a sale, in minor units."""
        if any(one.kind is not IntentKind.REFUND for one in self._undoing(sale)):
            return 0
        return sale.amount - sum(one.amount for one in self._undoing(sale))

    def move(
        self, kind: IntentKind, amount: int, key: str, undoes: Posting | None = None
    ) -> Posting:
        """Money moves now."""
        number = f"{len(self.postings) + 1:012d}"
        posting = Posting(kind, amount, key, number, undoes)
        self.postings.append(posting)
        return posting

    def totals(self) -> tuple[int, int, int, int]:
        """What stands of the open batch: amount and count taken, amount and count given back.

        A voided sale counts on neither side.
        """
        voided = {
            id(one.undoes)
            for one in self.postings
            if one.undoes is not None and one.kind is not IntentKind.REFUND and not one.reversed
        }
        batch = [one for one in self.postings[self.settled :] if not one.reversed]
        taken = [one.amount for one in batch if one.kind in MONEY_IN and id(one) not in voided]
        given = [one.amount for one in batch if one.kind is IntentKind.REFUND]
        return sum(taken), len(taken), sum(given), len(given)

    def settle(self) -> None:
        """The batch is closed."""
        self.settled = len(self.postings)

    def _undoing(self, sale: Posting) -> list[Posting]:
        return [one for one in self.postings if one.undoes is sale and not one.reversed]
