"""The till asks for the receipt while the terminal is still at the payment (84 9C).

After a kill or a pulled cable the outcome is unknown and the terminal works on. What it says
next is no repeated receipt but the result itself, and the till's answer decides what stands.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pos_guard.frames import zvt_build
from pos_guard.store.ledger import Phase
from pos_guard_simulator.zvt_book import Script
from pos_guard_simulator.zvt_terminal import TerminalSettings
from tests.links.zvt_rig import PAY_1250, Rig, phases
from tests.shop import TERMINAL_ID, Shop, shop

REPEAT = zvt_build.repeat_receipt("000000")
BUSY = "849c00"
ABORTED = "061e016c"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Shop]:
    made = shop(tmp_path)
    made.guard.payee_reported("zvt", TERMINAL_ID)
    yield made
    made.store.close()


def asked_while_busy(store: Shop, answer: bytes | None, script: Script | None = None) -> Rig:
    """Pulled and plugged in while the customer pays; our own question and the till's come early."""
    store.paid_sale(300, receipt="0099")
    rig = Rig(store, script or Script(), TerminalSettings(work_s=40, first_receipt=99))
    rig.terminal.book.move("sale", 300, 978)
    store.order(1250)
    rig.send(PAY_1250)
    rig.unplug()
    rig.plug()
    rig.advance(16)
    assert phases(rig)[-1][1] is Phase.UNKNOWN
    assert rig.send(REPEAT) == [BUSY]
    rig.answers[0x040F] = answer
    return rig


def test_the_till_takes_back_what_it_only_asked_about(store: Shop) -> None:
    rig = asked_while_busy(store, zvt_build.not_authentic)
    rig.advance(120)
    assert rig.terminal.moved[1:] == []
    assert phases(rig)[-1][1] is Phase.VOIDED
    assert rig.till[-1] == ABORTED
    assert rig.running == set()


def test_an_approval_that_the_till_acknowledges_stands(store: Shop) -> None:
    rig = asked_while_busy(store, zvt_build.ack)
    rig.advance(120)
    assert [t.amount for t in rig.terminal.moved[1:]] == [1250]
    assert phases(rig)[-1][1] is Phase.POSTED
    assert [unit[:4] for unit in rig.till[-2:]] == ["040f", "060f"]
    assert rig.running == set()


def test_a_host_that_undoes_the_approval_voids_it(store: Shop) -> None:
    rig = asked_while_busy(store, zvt_build.ack, Script({1250: "abort:6C"}))
    rig.advance(120)
    assert rig.terminal.moved[1:] == []
    assert phases(rig)[-1][1] is Phase.VOIDED


def test_a_cable_pulled_before_the_till_answered_leaves_a_doubt_that_is_asked(store: Shop) -> None:
    rig = asked_while_busy(store, None)
    rig.advance(24.5)
    assert phases(rig)[-1][1] is Phase.POSTED
    rig.terminal.book.transactions[-1].reversed = True  # nobody acknowledged it
    rig.unplug()
    rig.plug()
    rig.advance(60)
    assert phases(rig)[-1][1] is Phase.VOIDED


def test_a_failure_after_the_end_of_a_repeated_receipt_undoes_nothing(store: Shop) -> None:
    store.paid_sale(300, receipt="0099")
    rig = Rig(store, Script({1250: "silent-after"}))
    store.order(1250)
    rig.send(PAY_1250)
    rig.advance(180.5)
    assert [unit[:4] for unit in rig.send(REPEAT)] == ["8000", "040f", "060f"]
    assert phases(rig)[-1][1] is Phase.POSTED
    rig.run(rig.session.device_data(zvt_build.abort(0xCC)))  # say, of something at the terminal
    assert phases(rig)[-1][1] is Phase.POSTED


def test_a_repeated_receipt_that_fails_to_print_undoes_nothing(store: Shop) -> None:
    store.paid_sale(300, receipt="0099")
    rig = Rig(store, Script({1250: "silent-after"}))
    store.order(1250)
    rig.send(PAY_1250)
    rig.advance(180.5)
    rig.answers[0x040F] = None
    assert [unit[:4] for unit in rig.send(REPEAT)] == ["8000", "040f"]
    rig.run(rig.session.device_data(zvt_build.abort(0xCC)))  # no paper
    assert rig.till[-1] == "061e01cc"
    assert phases(rig)[-1][1] is Phase.POSTED
