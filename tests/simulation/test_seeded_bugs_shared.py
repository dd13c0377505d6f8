"""The simulation of many terminals finds what it is for: a ledger with one mistake over-refunds."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Generator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import pytest

from pos_guard.ledger.book import RefundBook
from pos_guard.ledger.engine import Session
from pos_guard.ledger.port import LEASE_GRACE_US
from pos_guard.ledger.sqlite import SqliteLedger
from pos_guard.ledger.values import Expired, SharedSale
from tests.ledger.chain_shop import Till
from tests.simulation.chain import Chain, make_templates


class AnybodyRefunds(RefundBook):
    """Does not ask whose sale it is."""

    def free(self, session: Session, sale: SharedSale, terminal: str, now_us: int) -> bool:
        del session, sale, terminal, now_us
        return True


class TakesSilenceForNothing(RefundBook):
    """A lease that ended frees the sale, whatever its holder has not told yet."""

    def free(self, session: Session, sale: SharedSale, terminal: str, now_us: int) -> bool:
        del session
        return sale.holder == terminal or now_us >= sale.lease_us + LEASE_GRACE_US


class TimeVoids(RefundBook):
    """What was submitted and never settled is let go like what was only reserved."""

    def expire(self, session: Session, now_us: int) -> Expired:
        count = session.write(
            "UPDATE shared_refunds SET phase = 'expired'"
            " WHERE expires_us < ? AND phase IN ('reserved', 'submitted')",
            now_us,
        )
        return Expired(count, 0)


def ledger_of(book: type[RefundBook]) -> type[SqliteLedger]:
    class Mistaken(SqliteLedger):
        def __init__(self, path: Path, merchant: str, *, durable: bool = True) -> None:
            super().__init__(path, merchant, durable=durable)
            self._book = book(merchant)

    return Mistaken


def refunds_meet(chain: Chain, wait_seconds: int) -> None:
    """A sells and gives back while it is cut off; after a while B is asked for the same sale."""
    one, two = chain.tills[:2]
    sale_id = sold_and_told(chain)
    one.cable.cut = True
    give_back(chain, one, sale_id)
    chain.clock.advance(wait_seconds)
    give_back(chain, two, sale_id)
    one.cable.cut = False


def at_once(chain: Chain) -> None:
    refunds_meet(chain, 1)


def after_the_lease(chain: Chain) -> None:
    refunds_meet(chain, 3 * 3600)


def after_a_death(chain: Chain) -> None:
    """A sends a refund and dies before it hears of it; time passes, and B is asked."""
    one, two = chain.tills[:2]
    sale_id = sold_and_told(chain)
    assert one.ask(sale_id, chain.paid[sale_id]).allowed
    chain.moved[sale_id] += chain.paid[sale_id]
    chain.clock.advance(3 * 3600)
    chain.hub.expire(chain.clock.wall_us())
    chain.hub.drained(one.name, chain.clock.wall_us())
    give_back(chain, two, sale_id)


def sold_and_told(chain: Chain) -> str:
    one = chain.tills[0]
    sale_id = one.sell(1000)
    chain.paid[sale_id] = 1000
    assert one.tell() == 0
    return sale_id


def give_back(chain: Chain, one: Till, sale_id: str) -> None:
    """All of it, if the guard lets it: the acquirer moves it."""
    if one.refund(sale_id, chain.paid[sale_id]).allowed:
        chain.moved[sale_id] += chain.paid[sale_id]


BUGS = [
    (AnybodyRefunds, at_once),
    (TakesSilenceForNothing, after_the_lease),
    (TimeVoids, after_a_death),
]


@pytest.fixture(scope="module")
def templates(memory: Path) -> Path:
    directory = memory / "bugs"
    directory.mkdir(exist_ok=True)
    return make_templates(directory)


@pytest.mark.parametrize(("book", "story"), BUGS, ids=lambda one: one.__name__)
def test_a_seeded_bug_is_found_and_without_it_nothing_is(
    book: type[RefundBook], story: Callable[[Chain], None], templates: Path, memory: Path
) -> None:
    with playing(templates, memory, RefundBook) as right:
        story(right)
        right.check()
        assert right.moved, "somebody got the money back"
    with playing(templates, memory, book) as wrong:
        story(wrong)
        with pytest.raises(AssertionError, match="more moved than was paid"):
            wrong.check()


@contextmanager
def playing(templates: Path, memory: Path, book: type[RefundBook]) -> Generator[Chain]:
    """A chain whose sales are held for an hour or two by who sold them."""
    root = memory / f"bug-{book.__name__}"
    root.mkdir()
    chain = _leased(templates, root, ledger_of(book))
    try:
        yield chain
    finally:
        chain.close()
        shutil.rmtree(root)


def _leased(templates: Path, root: Path, ledger: type[SqliteLedger]) -> Chain:
    for seed in count():
        place = root / str(seed)
        place.mkdir()
        chain = Chain(seed, templates, place, ledger)
        if chain.tills[0].lease_us:
            return chain
        chain.close()
    raise AssertionError("no seed has leases")
