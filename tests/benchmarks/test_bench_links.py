"""What the links of the request/answer protocols cost, against a relay that understands nothing.

Bars: a frame without money at most 150 µs over the relay; a payment at most that over the relay
that makes two durable commits in the same run. The medians and the 99th percentiles are printed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from pos_guard.frames import caisse_ap, iso8583, stx, stx_transbank
from pos_guard.frames.iso8583_profile import UNION_PAY
from pos_guard.links import caisse_ap as caisse_link
from pos_guard.links import iso8583_make
from pos_guard.links import stx as stx_link
from pos_guard.model import Source
from pos_guard.money import Money
from pos_guard.ports.address import Kind
from pos_guard.store.ledger import Phase
from pos_guard_simulator.caisse_ap_twin import CaisseSettings, CaisseTerminal
from pos_guard_simulator.iso8583_host import Iso8583Host
from pos_guard_simulator.stx_terminal import StxTerminal
from pos_guard_simulator.stx_terminal_transbank import TransbankSpeech
from tests.benchmarks import exchange_lane as lane
from tests.benchmarks.lane import Commits, listening
from tests.benchmarks.ratio import WARM_UP, Benchmark, Side, against, note_over
from tests.links import iso8583_rig
from tests.links.stx_rig import LISTED
from tests.shop import POLICY, TERMINAL_ID, Shop, shop

ROUNDS = 300
AMOUNT = 1250
ACK = b"\x06"


@dataclass(frozen=True, slots=True)
class Case:
    """A protocol and its frames; a payment's number makes it another one each time."""

    spoken: lane.Spoken
    policy: str
    currency: str
    idle: bytes
    pay: Callable[[int], bytes]


def _stx_answered(heard: bytes) -> bytes | None:
    framer = stx.StxFramer(stx_transbank.FORMAT)
    framer.feed(heard)
    while (event := framer.take()) is not None:
        if isinstance(event, stx.StxFrame):
            return ACK
    return None


def _transbank_pay(number: int) -> bytes:
    body = stx_transbank.build("0200", str(AMOUNT), f"T{number}", "", "", "0", "")
    return stx.build(stx_transbank.FORMAT, body)


def _iso(message: iso8583.Message) -> bytes:
    unit = iso8583.build(message, UNION_PAY)
    return UNION_PAY.length.write(len(unit)) + unit


def _iso_answered(heard: bytes) -> bytes | None:
    whole = len(heard) > 2 and len(heard) >= 2 + UNION_PAY.length.read(heard[:2])
    return b"" if whole else None


def _caisse(action: str, *more: tuple[str, str]) -> bytes:
    tags = (("CZ", "0300"), ("CJ", "012345678901"), ("CA", "01"), ("CE", "978"), ("BA", "0"))
    return caisse_ap.build_tags((*tags, ("CD", action), *more))


def _caisse_answered(heard: bytes) -> bytes | None:
    """Only what was carried out counts as an answer: a refusal would be quicker."""
    return b"" if b"AE00210" in heard else None


_LISTED = ", ".join(f'"{item}"' for item in LISTED)
_CLP = POLICY.replace("EUR", "CLP").replace(f'"{TERMINAL_ID}"', _LISTED).replace('.00"', '00"')

CASES = {
    "stx": Case(
        lane.Spoken(
            "stx",
            lambda: StxTerminal(TransbankSpeech()),
            lambda: stx_link.make("transbank", Kind.TCP, Kind.TCP),
            _stx_answered,
        ),
        _CLP,
        "CLP",
        stx.build(stx_transbank.FORMAT, stx_transbank.build("0800")),
        _transbank_pay,
    ),
    "iso8583": Case(
        lane.Spoken(
            "iso",
            Iso8583Host,
            lambda: iso8583_make.make("iso8583-cup", Kind.TCP, Kind.TCP),
            _iso_answered,
        ),
        iso8583_rig.POLICY,
        "CNY",
        _iso(iso8583_rig.sign_on(1)),
        lambda number: _iso(iso8583_rig.request("sale", AMOUNT, number)),
    ),
    "caisse-ap": Case(
        lane.Spoken(
            "caisse",
            lambda: CaisseTerminal(CaisseSettings(contract=TERMINAL_ID)),
            lambda: caisse_link.make("", Kind.TCP, Kind.TCP),
            _caisse_answered,
        ),
        POLICY,
        "EUR",
        _caisse("I"),
        lambda _: _caisse("0", ("CB", f"{AMOUNT}")),
    ),
}


class Lanes:
    """A guarded lane and a bare one, each with its own till and twin, in one event loop."""

    def __init__(self, runner: asyncio.Runner, case: Case, corner: Shop) -> None:
        self._run = runner.run
        self._stack = AsyncExitStack()
        self._number = 0
        self.case = case
        self.relay = lane.Relay()
        self._guarded, self._bare = self._run(self._open(corner))

    async def _open(self, corner: Shop) -> tuple[lane.Till, lane.Till]:
        enter, spoken = self._stack.enter_async_context, self.case.spoken
        twins = [lane.Device(spoken.twin()) for _ in range(2)]
        guarded, bare = [await enter(listening(twin)) for twin in twins]
        inside = await enter(lane.guarded(guarded, corner, spoken))
        beside = await enter(self.relay.open(bare))
        return await enter(lane.till(inside, spoken)), await enter(lane.till(beside, spoken))

    def idle(self, *, guarded: bool) -> bytes:
        return self._ask(self.case.idle, guarded)

    def pay(self, *, guarded: bool) -> bytes:
        self._number += 1
        return self._ask(self.case.pay(self._number), guarded)

    def rest(self) -> None:
        """Both tills have said that they heard."""
        self._run(self._guarded.rest())
        self._run(self._bare.rest())

    def _ask(self, request: bytes, guarded: bool) -> bytes:
        return self._run((self._guarded if guarded else self._bare).ask(request))

    def close(self) -> None:
        self._run(self._stack.aclose())


@pytest.fixture(params=CASES)
def case(request: pytest.FixtureRequest) -> Case:
    return CASES[request.param]


@pytest.fixture
def corner(tmp_path: Path, case: Case) -> Iterator[Shop]:
    made = shop(tmp_path, policy=case.policy, durable=True)
    yield made
    made.store.close()


@pytest.fixture
def lanes(corner: Shop, case: Case) -> Iterator[Lanes]:
    with asyncio.Runner() as runner:
        made = Lanes(runner, case, corner)
        yield made
        made.close()


def test_what_moves_no_money_against_a_bare_relay(
    benchmark: Benchmark, lanes: Lanes, corner: Shop
) -> None:
    assert len(lanes.idle(guarded=True)) == len(lanes.idle(guarded=False)) > 3
    subject = Side(lambda: lanes.idle(guarded=True), before=lanes.rest)
    peer = Side(lambda: lanes.idle(guarded=False), before=lanes.rest)
    against(benchmark, subject, peer, rounds=ROUNDS)
    note_over(benchmark, subject, peer)
    assert not corner.store.ledger.search(link=lanes.case.spoken.name)


def test_a_payment_against_the_relay_and_two_commits(
    benchmark: Benchmark, lanes: Lanes, corner: Shop, tmp_path: Path
) -> None:
    commits = Commits(tmp_path / "peer.db")

    def bill() -> None:
        # The guard closes an exchange by a commit of its own once the till has its answer: what
        # moves no money comes between, so that no payment waits for the one before.
        lanes.idle(guarded=True)
        lanes.rest()
        corner.guard.tell_order(None, Money(AMOUNT, lanes.case.currency), Source.BILL)

    def bill_of_peer() -> None:
        lanes.relay.commit(None)
        lanes.idle(guarded=False)
        lanes.rest()
        commits.one()
        lanes.relay.commit(commits)

    subject = Side(lambda: lanes.pay(guarded=True), before=bill)
    peer = Side(lambda: lanes.pay(guarded=False), before=bill_of_peer)
    against(benchmark, subject, peer, rounds=ROUNDS)
    note_over(benchmark, subject, peer)
    commits.close()
    entries = corner.store.ledger.search(link=lanes.case.spoken.name)
    assert {(entry.phase, entry.amount) for entry in entries} == {(Phase.POSTED, AMOUNT)}
    assert commits.count == 3 * (ROUNDS + WARM_UP)
