"""84 9D that never reached the terminal: what it approved at first counts again, and is a case."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pos_guard.frames import zvt_build
from pos_guard.links.zvt_wire import Framing
from pos_guard.model import IntentKind, Result
from pos_guard.store.ledger import Phase
from pos_guard_simulator.zvt_terminal import TerminalSettings
from tests.links.test_zvt_killed import MOST_EFFECTS, SERIAL, TCP, Mortal
from tests.links.zvt_rig import PAY_1250, Rig, phases
from tests.shop import PINS, TERMINAL_ID, Shop, shop

SALE = IntentKind.SALE
LESS = zvt_build.reduce(1000)
STANDS = [(SALE, Phase.POSTED, 1250), (SALE, Phase.FAILED, 1000)]
OPEN = [(SALE, Phase.VOIDED, 1250), (SALE, Phase.UNKNOWN, 1000)]
ASKED_AGAIN = [(SALE, Phase.UNKNOWN, 1250), (SALE, Phase.FAILED, 1000)]


def _paid_before(made: Shop, rig: Rig) -> None:
    """Receipt 0001, so that the terminal's last receipt can prove something."""
    made.order(700)
    rig.send(zvt_build.authorisation(700, "EUR"))
    rig.advance(60)
    rig.till.clear()


def _cases(made: Shop) -> list[str]:
    return [str(case.body["why"]) for case in made.store.audit.records(kind="case")]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Shop]:
    made = shop(tmp_path)
    made.guard.payee_reported("zvt", TERMINAL_ID)
    yield made
    made.store.close()


class Torn(Rig):
    """A rig whose cable to the terminal is torn before 84 9D gets there."""

    def _to_terminal(self, data: bytes) -> None:
        if LESS in data:
            self.unplug()
        else:
            super()._to_terminal(data)


def torn(store: Shop) -> Torn:
    rig = Torn(store)
    _paid_before(store, rig)
    store.order(1250, "A1")
    rig.answers[0x040F] = LESS
    rig.send(PAY_1250)
    assert phases(rig)[1:] == OPEN
    return rig


def test_a_lowering_that_was_never_heard_leaves_the_full_amount_paid(store: Shop) -> None:
    rig = torn(store)
    rig.till.clear()
    rig.plug()
    rig.advance(60)
    assert [t.amount for t in rig.terminal.moved] == [700, 1250]
    assert phases(rig)[1:] == STANDS
    assert store.store.ledger.order_state("A1").posted == 1250
    assert _cases(store) == ["not-lowered"]
    assert any("Refund the difference" in one.say.en for one in rig.told)
    assert store.store.links.frozen("zvt") is None
    assert rig.till[0][:4] == "040f"
    assert "04000000001250" in rig.till[0]
    assert rig.till[-1] == "060f00"
    store.sign_in("ben")
    rig.answers.clear()
    assert rig.send(zvt_build.reversal("000000", 2))[-1] == "060f00"
    assert phases(rig)[-1] == (IntentKind.REVERSAL, Phase.POSTED, 1250)


def test_the_terminal_that_took_all_of_it_back_leaves_nothing(store: Shop) -> None:
    rig = torn(store)
    rig.terminal.book.transactions[-1].reversed = True
    rig.plug()
    rig.advance(60)
    assert phases(rig)[1:] == [(SALE, Phase.VOIDED, 1250), (SALE, Phase.FAILED, 1000)]
    assert _cases(store) == []


def test_the_same_result_unasked_proves_nothing_of_the_lowering(store: Shop) -> None:
    """The terminal may still be at the payment, and wait for the till's answer to it."""
    rig = torn(store)
    rig.connect = False
    rig.open()
    approval = bytes.fromhex("040f0f" + "2700" + "04000000001250" + "490978" + "870002")
    rig.session.device_connected()  # its 06 20 does not get there
    rig.run(rig.session.device_data(approval))
    assert phases(rig)[1:] == OPEN
    rig.run(rig.session.device_data(zvt_build.ack + approval))
    assert phases(rig)[1:] == STANDS


@pytest.mark.parametrize("kept", [False, True], ids=["at once", "reverses the unheard"])
@pytest.mark.parametrize("tells", [False, True], ids=["ends", "says the lower amount"])
@pytest.mark.parametrize("framing", [SERIAL, TCP], ids=["serial", "tcp"])
def test_whenever_it_dies_the_ledger_has_what_stands_at_the_terminal(
    tmp_path: Path, framing: tuple[Framing, Framing], *, tells: bool, kept: bool
) -> None:
    settings = TerminalSettings(tells_reduction=tells, auto_reverse=kept)
    seen: set[int] = set()
    for effects in range(2 * MOST_EFFECTS):
        made = shop(tmp_path / str(effects))
        made.guard.payee_reported("zvt", TERMINAL_ID)
        rig = Mortal(made, settings=settings, framing=framing, left=10_000)
        _paid_before(made, rig)
        made.order(1250, "A1")
        rig.answers[0x040F] = LESS
        rig.left = effects
        rig.send(PAY_1250)
        if not rig.dead:
            rig.advance(60)
        died = rig.dead
        rig.advance(3)
        rig.revive()
        seen.add(_agreed(rig, f"killed after {effects} effects"))
        rig.shop.store.close()
        if not died:
            assert seen >= ({0, 1000} if kept else {0, 1000, 1250})
            return
    pytest.fail("the exchange has more effects than were tried")


def _agreed(rig: Mortal, when: str) -> int:
    """What stands at the terminal, which the ledger has as paid; nothing is left open."""
    stands = sum(t.amount for t in rig.terminal.moved) - 700
    order = rig.shop.store.ledger.order_state("A1")
    assert (order.posted, order.reserved, order.unknown) == (stands, 0, 0), f"{when}: {phases(rig)}"
    lowered = any(amount == 1000 for _, _, amount in phases(rig))
    cases = [why for why in _cases(rig.shop) if why == "not-lowered"]
    assert bool(cases) == (lowered and stands == 1250), f"{when}: {phases(rig)}"
    assert rig.running == set(), when
    return stands


def test_a_no_by_hand_leaves_the_full_amount_to_be_answered(store: Shop) -> None:
    rig = torn(store)
    before, smaller = sorted(store.store.ledger.search()[:2], key=lambda entry: entry.id)
    store.guard.resolve(smaller.id, Result.DECLINED, "maya", PINS["maya"])
    assert phases(rig)[1:] == ASKED_AGAIN
    assert store.store.ledger.order_state("A1").unknown == 1250
    assert _cases(store) == ["not-lowered"]
    store.guard.resolve(before.id, Result.APPROVED, "maya", PINS["maya"])
    rig.till.clear()
    rig.plug()
    rig.advance(60)
    assert phases(rig)[1:] == STANDS
    assert rig.till == ["040f0f270004000000001250490978870002", "060f00"]


def test_after_a_no_by_hand_the_terminal_may_still_say_so_itself(store: Shop) -> None:
    rig = torn(store)
    smaller = store.store.ledger.search(limit=1)[0]
    store.guard.resolve(smaller.id, Result.DECLINED, "maya", PINS["maya"])
    rig.till.clear()
    rig.plug()
    rig.advance(60)
    assert phases(rig)[1:] == STANDS
    assert (rig.till[0][:4], rig.till[-1]) == ("040f", "060f00")


def test_after_a_no_by_hand_the_terminal_may_say_that_nothing_stands(store: Shop) -> None:
    rig = torn(store)
    smaller = store.store.ledger.search(limit=1)[0]
    store.guard.resolve(smaller.id, Result.DECLINED, "maya", PINS["maya"])
    rig.terminal.book.transactions[-1].reversed = True
    rig.till.clear()
    rig.plug()
    rig.advance(60)
    assert phases(rig)[1:] == [(SALE, Phase.FAILED, 1250), (SALE, Phase.FAILED, 1000)]
    assert rig.till == ["061e016c"]


def test_a_yes_by_hand_leaves_the_first_sale_void(store: Shop) -> None:
    rig = torn(store)
    smaller = store.store.ledger.search(limit=1)[0]
    store.guard.resolve(smaller.id, Result.APPROVED, "maya", PINS["maya"])
    assert phases(rig)[1:] == [(SALE, Phase.VOIDED, 1250), (SALE, Phase.POSTED, 1000)]
