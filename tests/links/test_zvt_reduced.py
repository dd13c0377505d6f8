"""84 9D: the till wants less than the terminal approved; 84 66: it wants nothing of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pos_guard.frames import zvt_build
from pos_guard.model import IntentKind, Source
from pos_guard.store.ledger import Phase
from pos_guard_simulator.zvt_book import Script
from pos_guard_simulator.zvt_terminal import TerminalSettings
from tests.links.zvt_rig import ACK, DONE, PAY_1250, Rig, phases
from tests.shop import TERMINAL_ID, Shop, shop

SALE = IntentKind.SALE
TAKEN_BACK = [(SALE, Phase.VOIDED, 1250)]
LOWERED = [(SALE, Phase.VOIDED, 1250), (SALE, Phase.POSTED, 1000)]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Shop]:
    made = shop(tmp_path)
    made.guard.payee_reported("zvt", TERMINAL_ID)
    yield made
    made.store.close()


def lowered(rig: Rig, answer: str) -> list[str]:
    """A payment of 12.50 whose approval the till answers so."""
    rig.answers[0x040F] = bytes.fromhex(answer)
    rig.shop.order(1250, "A1")
    return rig.send(PAY_1250)


@pytest.mark.parametrize("tells", [False, True], ids=["ends at once", "says the lower amount"])
def test_a_smaller_sale_takes_the_place_of_the_approved_one(store: Shop, tells: bool) -> None:
    rig = Rig(store, settings=TerminalSettings(tells_reduction=tells))
    reduce = zvt_build.reduce(1000)
    assert reduce.hex() == "849d0704000000001000"
    got = lowered(rig, reduce.hex())
    assert got[-1] == DONE
    assert rig.heard().count(reduce.hex()) == 1 + tells
    assert [t.amount for t in rig.terminal.moved] == [1000]
    assert phases(rig) == LOWERED
    newest, before = store.store.ledger.search()
    assert newest.receipt == before.receipt == "0001"
    assert store.store.ledger.order_state("A1").posted == 1000


def test_what_was_lowered_counts_as_paid_and_no_more(store: Shop) -> None:
    rig = Rig(store)
    lowered(rig, "849d0704000000001000")
    store.sign_in("ben")
    rig.answers.clear()
    assert rig.send(zvt_build.reversal("000000", 1))[-1] == DONE
    assert phases(rig)[-1] == (IntentKind.REVERSAL, Phase.POSTED, 1000)


@pytest.mark.parametrize(
    "answer",
    [
        "849d0704000000001251",
        "849d0704000000000000",
        "849d070400000000100a",
        "849d00",
        "849d0e0400000000100004000000000500",
        "849dff070004000000001000",
        "849d0a04000000001000490978",
        "849d0704000000000125",
    ],
    ids=[
        "more",
        "nothing",
        "letters",
        "no amount",
        "two amounts",
        "long length",
        "another field",
        "a tenth: a slip",
    ],
)
def test_an_answer_that_cannot_be_stood_for_becomes_84_66(store: Shop, answer: str) -> None:
    rig = Rig(store)
    got = lowered(rig, answer)
    assert got[-1] == "061e016c"
    assert zvt_build.not_authentic.hex() in rig.heard()
    assert "849d" not in rig.heard()
    assert rig.terminal.moved == []
    assert phases(rig) == TAKEN_BACK


def test_the_same_amount_again_is_no_reduction(store: Shop) -> None:
    rig = Rig(store)
    assert lowered(rig, "849d0704000000001250")[-1] == DONE
    assert phases(rig) == [(SALE, Phase.POSTED, 1250)]


def test_a_terminal_that_keeps_the_higher_amount_freezes_the_link(store: Shop) -> None:
    rig = Rig(store, Script({1250: "silent-before"}))
    approval = bytes.fromhex("040f0e" + "2700" + "04000000001250" + "490978" + "8700" + "01")
    approval = approval[:2] + bytes([len(approval) - 3]) + approval[3:]
    lowered(rig, "849d0704000000001000")
    rig.run(rig.session.device_data(approval))
    assert phases(rig)[-1] == (SALE, Phase.RESERVED, 1000)
    rig.answers.clear()
    rig.run(rig.session.device_data(approval))
    rig.run(rig.session.device_data(zvt_build.completion()))
    assert phases(rig)[-1] == (SALE, Phase.POSTED, 1250)
    assert store.store.links.frozen("zvt") is not None


def test_a_terminal_that_ends_without_success_took_all_of_it_back(store: Shop) -> None:
    rig = Rig(store, Script({1250: "abort:6C"}))
    assert lowered(rig, "849d0704000000001000")[-1] == "061e016c"
    assert [phase for _, phase, _ in phases(rig)] == [Phase.VOIDED, Phase.FAILED]


def test_a_cable_pulled_after_the_reduction_leaves_it_unknown(store: Shop) -> None:
    store.paid_sale(300, receipt="0099")
    rig = Rig(store, settings=TerminalSettings(tells_reduction=True, first_receipt=100))
    rig.answers[0x040F] = None
    store.order(1250, "A1")
    rig.send(PAY_1250)
    rig.run(rig.session.app_data(zvt_build.reduce(1000)))
    rig.unplug()
    assert phases(rig)[1:] in (
        [(SALE, Phase.VOIDED, 1250), (SALE, Phase.UNKNOWN, 1000)],
        [(SALE, Phase.VOIDED, 1250), (SALE, Phase.POSTED, 1000)],
    )
    rig.plug()
    rig.advance(60)
    assert phases(rig)[1:] == LOWERED


def test_a_refund_cannot_be_lowered(store: Shop) -> None:
    rig = Rig(store)
    sale = store.paid_sale(1250)
    store.sign_in("ben")
    store.guard.tell_original(sale, source=Source.SCAN)
    rig.answers[0x040F] = zvt_build.reduce(1000)
    assert rig.send(zvt_build.refund("000000", 1250, "EUR"))[-1] == "061e016c"
    assert rig.terminal.moved == []


def test_a_reduction_that_nobody_asked_for_stays_here(store: Shop) -> None:
    rig = Rig(store)
    assert rig.send(zvt_build.reduce(1000)) == []
    rig.answers[0x060F] = zvt_build.reduce(1000)
    store.order(1250)
    assert rig.send(PAY_1250)[0] == ACK
    assert "849d" not in rig.heard()
    rig.advance(6)
    assert phases(rig) == [(SALE, Phase.POSTED, 1250)]


def test_please_wait_then_less(store: Shop) -> None:
    rig = Rig(store)
    rig.answers[0x040F] = zvt_build.negative(0x9C)
    store.order(1250)
    rig.send(PAY_1250)
    assert [unit[:4] for unit in rig.till].count("040f") == 6
    assert phases(rig) == [(SALE, Phase.POSTED, 1250)]
