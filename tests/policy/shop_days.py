"""Days of an imaginary shop for the trace test: honest people, and frauds with a label each.

The generator knows people's habits, not the rules' thresholds: some frauds are too small or too
slow to be seen, and some honest customers come back twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from random import Random

from pos_guard.model import IntentKind

DAY_S = 86_400
OPENS_S = 9 * 3_600
SETTLES_S = 22 * 3_600
STAFF = ("an", "bo", "chen", "dan", "eve", "fei")
LIMIT = 10_000


@dataclass(frozen=True, slots=True)
class Bought:
    """A sale that can be undone: when, how much, whose."""

    sale_id: str
    at_s: int
    amount: int
    payer: str


@dataclass(frozen=True, slots=True)
class Deed:
    """One request; ``incident`` names the fraud that it belongs to: at most one of a kind a day."""

    at_s: int
    kind: IntentKind
    amount: int
    operator: str
    payer: str | None
    sale_id: str | None
    incident: str | None = None


Fraud = Callable[[int, str], Iterator[Deed]]
"""From a time and a thief to what he does."""


@dataclass(slots=True)
class Shop:
    """Makes the deeds of one day after the other."""

    rng: Random
    bought: list[Bought] = field(default_factory=list[Bought])

    def day(self, number: int) -> list[Deed]:
        """All deeds of one day, by time."""
        self.bought = []
        deeds = list(self._honest(number))
        # The first day is an honest one: nobody has bought anything before it.
        frauds: dict[str, Fraud] = {
            "split": self._split,
            "own-card": self._own_card,
            "same-card": self._same_card,
            "invented": self._invented,
            "late-voids": self._late_voids,
            "void-run": self._void_run,
            "spree": self._spree,
            "twice": self._twice,
        }
        for name in self.rng.sample(list(frauds), 2 if number > 0 else 0):
            at_s = number * DAY_S + OPENS_S + self.rng.randrange(4 * 3_600, 10 * 3_600)
            made = frauds[name](at_s, self.rng.choice(STAFF))
            deeds += [replace(deed, incident=name) for deed in made]
        return sorted(deeds, key=lambda deed: deed.at_s)

    # -- honest people -----------------------------------------------------------------------

    def _honest(self, number: int) -> Iterator[Deed]:
        rng, opens = self.rng, number * DAY_S + OPENS_S
        for turn in range(120):
            at_s = opens + rng.randrange(12 * 3_600)
            regular = rng.random() < 0.2
            payer = f"regular-{rng.randrange(60)}" if regular else f"guest-{number}-{turn}"
            if rng.random() < 0.02:
                payer = f"card-of-{rng.choice(STAFF)}"
            amount = min(9_000, 300 + int(rng.expovariate(1 / 2_500)))
            sold = Bought(f"S{number}-{turn}", at_s, amount, payer)
            self.bought.append(sold)
            yield Deed(at_s, IntentKind.SALE, amount, rng.choice(STAFF), payer, sold.sale_id)
            yield from self._second_thoughts(sold)

    def _second_thoughts(self, sold: Bought) -> Iterator[Deed]:
        """One customer in 25 brings something back, one sale in 80 is voided at once."""
        rng, chance = self.rng, self.rng.random()
        seller = rng.choice([name for name in STAFF if f"card-of-{name}" != sold.payer])
        if chance < 0.04:
            back = sold.amount if rng.random() < 0.5 else sold.amount * rng.randrange(20, 80) // 100
            at_s = min(sold.at_s + rng.randrange(600, 3 * 3_600), self._closing(sold.at_s))
            yield Deed(at_s, IntentKind.REFUND, back, seller, sold.payer, sold.sale_id)
        elif chance < 0.0525:
            at_s = sold.at_s + rng.randrange(20, 120)
            yield Deed(at_s, IntentKind.VOID, sold.amount, seller, sold.payer, sold.sale_id)

    def _closing(self, at_s: int) -> int:
        """Ten minutes before settlement nobody honest is at the till any more."""
        return at_s // DAY_S * DAY_S + SETTLES_S - self.rng.randrange(600, 3_600)

    # -- frauds ------------------------------------------------------------------------------

    def _split(self, at_s: int, thief: str) -> Iterator[Deed]:
        """A large sum taken out in parts that stay just within the limit; no card is known."""
        for _ in range(self.rng.randrange(3, 6)):
            at_s += self.rng.randrange(60, 900)
            yield self._back(at_s, LIMIT * self.rng.randrange(78, 100) // 100, thief, None)

    def _own_card(self, at_s: int, thief: str) -> Iterator[Deed]:
        """A customer's sale refunded to the operator's own card."""
        (sold,) = self._before(at_s, 1)
        yield self._back(at_s, sold.amount, thief, f"card-of-{thief}", sold)

    def _same_card(self, at_s: int, thief: str) -> Iterator[Deed]:
        """A friend bought something; his card gets the money of other people's sales, too."""
        mine, *others = self._before(at_s, self.rng.randrange(4, 7))
        for sold in others:
            at_s += self.rng.randrange(300, 3_000)
            yield self._back(at_s, min(sold.amount, mine.amount // 5), thief, mine.payer, sold)

    def _invented(self, at_s: int, thief: str) -> Iterator[Deed]:
        """A refund that no sale stands behind, larger than all that this customer ever paid."""
        (sold,) = self._before(at_s, 1)
        yield self._back(at_s, min(LIMIT, sold.amount * 3), thief, sold.payer)

    def _late_voids(self, at_s: int, thief: str) -> Iterator[Deed]:
        """Cash is taken out of the drawer and the sale voided just before settlement."""
        closing = at_s // DAY_S * DAY_S + SETTLES_S
        for sold in self._before(closing, self.rng.randrange(1, 3)):
            yield self._void(closing - self.rng.randrange(10, 360), thief, sold)

    def _void_run(self, at_s: int, thief: str) -> Iterator[Deed]:
        """One paid sale after the other is voided within the hour."""
        for sold in self._before(at_s, self.rng.randrange(3, 7)):
            yield self._void(at_s + self.rng.randrange(3_000), thief, sold)

    def _spree(self, at_s: int, thief: str) -> Iterator[Deed]:
        """Many small refunds to many cards, to stay under every amount."""
        for sold in self._before(at_s, self.rng.randrange(6, 11)):
            at_s += self.rng.randrange(60, 500)
            part = sold.amount * self.rng.randrange(30, 100) // 100
            yield self._back(at_s, part, thief, sold.payer, sold)

    def _twice(self, at_s: int, thief: str) -> Iterator[Deed]:
        """The same refund on two tills; no fraud perhaps, but money lost."""
        (sold,) = self._before(at_s, 1)
        for who, later_s in ((thief, 0), (self.rng.choice(STAFF), self.rng.randrange(5, 130))):
            yield self._back(at_s + later_s, sold.amount // 2, who, sold.payer, sold)

    def _before(self, at_s: int, count: int) -> list[Bought]:
        return self.rng.sample([sold for sold in self.bought if sold.at_s < at_s], count)

    def _back(
        self, at_s: int, amount: int, who: str, payer: str | None, sold: Bought | None = None
    ) -> Deed:
        sale_id = None if sold is None else sold.sale_id
        return Deed(at_s, IntentKind.REFUND, amount, who, payer, sale_id)

    def _void(self, at_s: int, who: str, sold: Bought) -> Deed:
        return Deed(at_s, IntentKind.VOID, sold.amount, who, sold.payer, sold.sale_id)
