"""After kill -9 a serial till repeats what nobody acknowledged: that is no second payment."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pos_guard.frames import zvt_build
from pos_guard.links.zvt_wire import Framing
from pos_guard.store.ledger import Phase
from pos_guard_simulator.zvt_book import Script
from pos_guard_simulator.zvt_terminal import TerminalSettings
from tests.links.test_zvt_killed import MOST_EFFECTS, SERIAL, Mortal
from tests.links.zvt_rig import PAY_1250
from tests.shop import TERMINAL_ID, Shop, shop

SECONDS_DOWN = [1, 7, 25]
"""Less than the till's first repeat, between two of them, and longer than it tries."""


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Shop]:
    made = shop(tmp_path)
    made.guard.payee_reported("zvt", TERMINAL_ID)
    yield made
    made.store.close()


def killed(made: Shop, effects: int, framing: tuple[Framing, Framing] = SERIAL) -> Mortal:
    """The guard dies after so many effects of a payment of 12.50; one of 7.00 went before."""
    rig = Mortal(made, Script(), TerminalSettings(), framing)
    made.order(700)
    rig.send(zvt_build.authorisation(700, "EUR"))
    rig.advance(60)
    rig.till.clear()
    made.order(1250, "A1")
    rig.left = effects
    rig.send(PAY_1250)
    if not rig.dead:
        rig.advance(60)
    return rig


@pytest.mark.parametrize("down", SECONDS_DOWN)
def test_whenever_it_dies_the_request_reaches_the_terminal_once(tmp_path: Path, down: int) -> None:
    for effects in range(MOST_EFFECTS):
        made = shop(tmp_path / str(effects))
        made.guard.payee_reported("zvt", TERMINAL_ID)
        rig = killed(made, effects)
        died = rig.dead
        rig.advance(down)
        rig.revive()
        when = f"killed after {effects} effects"
        assert rig.heard().count(PAY_1250.hex()) <= 1, when
        stands = [t.amount for t in rig.terminal.moved][1:]
        assert (rig.phase is Phase.POSTED) == bool(stands), f"{when}: {rig.phase}, {stands}"
        assert rig.approved == bool(stands), f"{when}: {rig.till}, {stands}"
        assert rig.running == set(), when
        rig.shop.store.close()
        if not died:
            return
    pytest.fail("the exchange has more effects than were tried")


def test_a_till_that_was_told_no_too_early_is_told_again_and_may_then_try_anew(
    store: Shop,
) -> None:
    rig = killed(store, 0)
    rig.advance(1)
    rig.revive()
    assert rig.approved is False
    assert rig.till.count("061e016c") == 2  # unasked, and once more to its repeat
    assert PAY_1250.hex() not in rig.heard()
    rig.shop.order(1250, "A1")
    assert rig.send(PAY_1250)[-1] == "060f00"
    assert [t.amount for t in rig.terminal.moved] == [700, 1250]
    rig.shop.store.close()


def test_another_amount_is_no_repeat(store: Shop) -> None:
    rig = killed(store, MOST_EFFECTS)
    rig.left = 10_000
    rig.revive()
    rig.shop.order(900, "A2")
    assert rig.send(zvt_build.authorisation(900, "EUR"))[-1] == "060f00"
    rig.shop.store.close()


def test_the_same_amount_of_another_order_is_no_repeat(store: Shop) -> None:
    rig = killed(store, MOST_EFFECTS)
    rig.left = 10_000
    rig.revive()
    rig.shop.order(1250, "A2")
    assert rig.send(PAY_1250)[-1] == "060f00"
    assert [t.amount for t in rig.terminal.moved] == [700, 1250, 1250]
    rig.shop.store.close()
