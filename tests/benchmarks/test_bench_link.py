"""What standing between till and terminal costs: against a relay that understands nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from pos_guard.frames.zvt_table import COMPLETION
from pos_guard.store.ledger import Phase
from tests.benchmarks import lane
from tests.benchmarks.ratio import WARM_UP, Benchmark, Side, against, note_over
from tests.shop import Shop, shop

ROUNDS = 300


@pytest.fixture
def corner(tmp_path: Path) -> Iterator[Shop]:
    made = shop(tmp_path, durable=True)
    made.guard.payee_reported("zvt", "52001233")
    yield made
    made.store.close()


@pytest.fixture
def commits(tmp_path: Path) -> Iterator[lane.Commits]:
    made = lane.Commits(tmp_path / "peer.db")
    yield made
    made.close()


class Lanes:
    """A guarded lane and a bare one, each with its own till and terminal, in one event loop."""

    def __init__(self, runner: asyncio.Runner) -> None:
        self._run = runner.run
        self._stack = AsyncExitStack()

    def open(self, corner: Shop, commits: lane.Commits | None) -> None:
        async def enter() -> tuple[lane.Till, lane.Till]:
            enter = self._stack.enter_async_context
            guarded = await enter(lane.guarded(await enter(lane.terminal()), corner))
            bare = await enter(lane.bare_relay(await enter(lane.terminal()), commits))
            return await enter(lane.till(guarded)), await enter(lane.till(bare))

        self._guarded, self._bare = self._run(enter())

    def through_guard(self, command: bytes) -> None:
        assert self._run(self._guarded.ask(command)) == COMPLETION

    def through_relay(self, command: bytes) -> None:
        assert self._run(self._bare.ask(command)) == COMPLETION

    def rest(self) -> None:
        """Both tills have said that they heard."""
        self._run(self._guarded.rest())
        self._run(self._bare.rest())

    def close(self) -> None:
        self._run(self._stack.aclose())


@pytest.fixture
def lanes() -> Iterator[Lanes]:
    with asyncio.Runner() as runner:
        made = Lanes(runner)
        yield made
        made.close()


def test_payment_through_the_guard_against_relay_and_two_commits(
    benchmark: Benchmark, lanes: Lanes, corner: Shop, commits: lane.Commits
) -> None:
    lanes.open(corner, commits)

    def bill() -> None:
        # An exchange that moves nothing lies between two payments: the guard closes an exchange, by
        # a commit of its own, once the till has acknowledged the end.
        lanes.through_guard(lane.ENQUIRY)
        lanes.rest()
        corner.order(lane.AMOUNT)

    def bill_of_peer() -> None:
        lanes.through_relay(lane.ENQUIRY)
        lanes.rest()
        commits.one()

    subject = Side(lambda: lanes.through_guard(lane.PAY), before=bill)
    peer = Side(lambda: lanes.through_relay(lane.PAY), before=bill_of_peer)
    against(benchmark, subject, peer, rounds=ROUNDS)
    note_over(benchmark, subject, peer)
    last = corner.store.ledger.search(link="zvt")
    assert {(entry.phase, entry.amount) for entry in last} == {(Phase.POSTED, lane.AMOUNT)}
    assert commits.count == 3 * (ROUNDS + WARM_UP)


def test_enquiry_through_the_guard_against_a_bare_relay(
    benchmark: Benchmark, lanes: Lanes, corner: Shop
) -> None:
    lanes.open(corner, None)
    subject = Side(lambda: lanes.through_guard(lane.ENQUIRY), before=lanes.rest)
    peer = Side(lambda: lanes.through_relay(lane.ENQUIRY), before=lanes.rest)
    against(benchmark, subject, peer, rounds=ROUNDS)
    note_over(benchmark, subject, peer)
    assert not corner.store.ledger.search(link="zvt")
