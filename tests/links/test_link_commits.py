"""How often a payment waits for the disk: twice, however much is written each time.

Once for the verdict before a byte goes out, once for the outcome before the device hears ACK.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from pos_guard.frames import iso8583, stx, stx_transbank
from pos_guard.frames.iso8583_profile import UNION_PAY
from pos_guard.guard import Guard
from pos_guard.links import iso8583_make
from pos_guard.links import stx as stx_link
from pos_guard.links.dialect import Parts
from pos_guard.links.exchange import ExchangeSession
from pos_guard.links.session import Effects, ToApp, ToDevice
from pos_guard.model import Source
from pos_guard.money import Money
from pos_guard.ports.address import Kind
from pos_guard.store.connection import connect_file
from pos_guard.store.store import Store
from pos_guard_simulator.iso8583_host import Iso8583Host
from pos_guard_simulator.stx_terminal import StxTerminal
from pos_guard_simulator.stx_terminal_transbank import TransbankSpeech
from tests.links import iso8583_rig
from tests.links.stx_rig import LISTED
from tests.shop import POLICY, TERMINAL_ID, Shop, shop

AMOUNT = 1250
_LISTED = ", ".join(f'"{item}"' for item in LISTED)


@dataclass(frozen=True)
class Case:
    """A protocol: its link, its twin, a payment under a number, and what asks for no money."""

    policy: str
    currency: str
    parts: Callable[[], Parts]
    twin: Callable[[], Iso8583Host | StxTerminal]
    pay: Callable[[int], bytes]
    ask: bytes
    heard: bytes = b""


def _iso(message: iso8583.Message) -> bytes:
    unit = iso8583.build(message, UNION_PAY)
    return UNION_PAY.length.write(len(unit)) + unit


def _stx(*fields: str) -> bytes:
    return stx.build(stx_transbank.FORMAT, stx_transbank.build(*fields))


CASES = {
    "transbank": Case(
        POLICY.replace("EUR", "CLP").replace(f'"{TERMINAL_ID}"', _LISTED).replace('.00"', '00"'),
        "CLP",
        lambda: stx_link.make("transbank", Kind.TCP, Kind.TCP),
        lambda: StxTerminal(TransbankSpeech()),
        lambda number: _stx("0200", str(AMOUNT), f"T{number}", "", "", "0", ""),
        _stx("0800"),
        heard=b"\x06",
    ),
    "iso8583": Case(
        iso8583_rig.POLICY,
        "CNY",
        lambda: iso8583_make.make("iso8583-cup", Kind.TCP, Kind.TCP),
        Iso8583Host,
        lambda number: _iso(iso8583_rig.request("sale", AMOUNT, number)),
        _iso(iso8583_rig.sign_on(1)),
    ),
}


@dataclass
class Counter:
    """A store that counts its commits."""

    corner: Shop
    commits: list[str] = field(default_factory=list[str])

    def connect(self, path: Path, parameters: str) -> sqlite3.Connection:
        made = connect_file(path, parameters)
        made.set_trace_callback(self._note)
        return made

    def since(self) -> int:
        """How many since it was asked last."""
        count = len(self.commits)
        self.commits.clear()
        return count

    def _note(self, sql: str) -> None:
        if sql == "COMMIT":
            self.commits.append(sql)


@pytest.fixture(params=CASES)
def case(request: pytest.FixtureRequest) -> Case:
    return CASES[request.param]


@pytest.fixture
def counter(tmp_path: Path, case: Case) -> Iterator[Counter]:
    corner = shop(tmp_path, policy=case.policy)
    corner.store.close()
    counter = Counter(corner)
    store = Store.open(corner.directory, clock=corner.clock, durable=False, connect=counter.connect)
    guard = Guard(store, corner.guard.policy, corner.clock)
    counter.corner = replace(corner, store=store, guard=guard)
    yield counter
    store.close()


def sent(effects: Effects, to: type[ToApp] | type[ToDevice]) -> bytes:
    return b"".join(effect.data for effect in effects if isinstance(effect, to))


def test_a_payment_waits_for_the_disk_twice(case: Case, counter: Counter) -> None:
    guard = counter.corner.guard
    session = ExchangeSession("link", guard, case.parts())
    twin = case.twin()
    twin.connected()
    session.device_connected()
    session.app_connected()
    seen: list[tuple[int, int]] = []
    for number in (1, 2, 3):
        guard.tell_order(None, Money(AMOUNT, case.currency), Source.BILL)
        counter.since()
        asked = sent(session.app_data(case.pay(number)), ToDevice)
        assert asked.endswith(case.pay(number))
        verdicts = counter.since()
        answer = sent(twin.data(asked), ToApp)
        assert sent(session.device_data(answer), ToApp)
        seen.append((verdicts, counter.since()))
        twin.data(case.heard)
        session.app_data(case.heard)
    # The first answer also names the terminal, which is held against the list and kept.
    assert seen[1:] == [(1, 1), (1, 1)]
    assert seen[0][0] == 1


def test_what_moves_no_money_never_waits_for_the_disk(case: Case, counter: Counter) -> None:
    session = ExchangeSession("link", counter.corner.guard, case.parts())
    twin = case.twin()
    twin.connected()
    session.device_connected()
    session.app_connected()
    for first in (True, False):
        counter.since()
        asked = sent(session.app_data(case.ask), ToDevice)
        assert asked.endswith(case.ask)
        assert sent(session.device_data(sent(twin.data(asked), ToApp)), ToApp)
        twin.data(case.heard)
        session.app_data(case.heard)
        assert first or counter.since() == 0  # at first the terminal says who it is
