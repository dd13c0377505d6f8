"""A Hypercom terminal asked for its last transaction, when that may have been a void."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from pos_guard.frames.stx_hypercom import HYPERCOM, Message, build
from pos_guard.guard import Guard
from pos_guard.model import IntentKind
from pos_guard.policy.verdict import Mode
from pos_guard.store.ledger import Phase
from pos_guard_simulator.zvt_book import Script
from tests.links.stx_rig import StxRig, stx_shop


def ask(code: str, name: str, value: str) -> bytes:
    return build(Message("6000000000", "0", code, "00", {name: value.encode()}), HYPERCOM)


def pay(amount: int) -> bytes:
    return ask("20", "40", f"{amount:012d}")


@pytest.mark.parametrize("restart", [False, True])
@pytest.mark.parametrize(
    ("amount", "word", "phase"),
    [
        (1250, "silent-before", Phase.UNKNOWN),
        (1250, "silent-after", Phase.UNKNOWN),
        (900, "silent-after", Phase.POSTED),
    ],
)
def test_a_void_is_not_taken_for_the_sale_behind_it(
    tmp_path: Path, restart: bool, amount: int, word: str, phase: Phase
) -> None:
    """Seed 6621: the inquiry tells the void's own trace, which its answer had not named."""
    store = stx_shop(tmp_path, "hypercom-ecr")
    rig = StxRig(store, "hypercom-ecr")
    rig.order(1250)
    rig.send(pay(1250))
    store.sign_in("ben")
    rig.send(ask("26", "65", "000001"))
    rig.terminal.script = Script({amount: word})
    rig.order(amount)
    rig.send(pay(amount))
    if restart:
        rig.advance(90.5)
        rig.open()
    rig.advance(300)
    assert rig.phases[-1] == (IntentKind.SALE, phase, amount)
    store.store.close()


def test_a_void_of_unknown_outcome_may_be_the_last_transaction_too(tmp_path: Path) -> None:
    """Where the policy only watches, a sale goes out beside it."""
    store = stx_shop(tmp_path, "hypercom-ecr")
    watching = store.guard.policy.with_mode(Mode.OBSERVE)
    store = replace(store, guard=Guard(store.store, watching, store.clock))
    rig = StxRig(store, "hypercom-ecr")
    rig.order(1250)
    rig.send(pay(1250))
    store.sign_in("ben")
    rig.terminal.script = Script({1250: "silent-after"})
    rig.send(ask("26", "65", "000001"))
    rig.advance(100)
    rig.terminal.script = Script({1250: "silent-before"})
    rig.order(1250)
    rig.send(pay(1250))
    rig.advance(300)
    assert [phase for _, phase, _ in rig.phases] == [Phase.POSTED, Phase.UNKNOWN, Phase.UNKNOWN]
    assert [item.kind for item in rig.terminal.moved] == ["reversal"]
    store.store.close()
