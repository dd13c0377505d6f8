"""A request whose time is over stays where it is: it never moves money behind a person's back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from pos_guard.frames.stx_mispos import build_request, parse_reply
from pos_guard.frames.stx_mispos_profile import EXAMPLE, read_profile
from pos_guard.links import exchange_words as words
from pos_guard.links.dialect import ExchangeTiming
from pos_guard.links.session import ToDevice
from pos_guard.links.stx_line import StxLine, StxTiming
from pos_guard.links.stx_more import mispos
from pos_guard.model import IntentKind, Result
from pos_guard.store.ledger import Phase
from pos_guard_simulator.stx_mispos_twin import mispos_terminal
from pos_guard_simulator.zvt_book import Script
from tests import exchange_rig
from tests.exchange_toy import LINK as TOY
from tests.exchange_toy import Device, Toy
from tests.links.stx_more_rig import LINK, Rig
from tests.shop import PINS, TERMINAL_ID, Shop, shop

SALE = IntentKind.SALE
BANK = EXAMPLE.replace('"CNY"', '"EUR"')
PROFILE = read_profile(BANK)
HASTY = ExchangeTiming(answer_s=0.3, resolve_s=0.3, again_s=(0.02, 0.1, 0.5))
"""Shorter than the line takes to give a frame up: 30 s."""


@dataclass
class Bad(Rig):
    """The cable to the terminal may be off for what is sent to it."""

    deaf: bool = False

    def _to_terminal(self, data: bytes) -> None:
        if not self.deaf:
            super()._to_terminal(data)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Shop]:
    made = shop(tmp_path)
    for link in (LINK, TOY):
        made.guard.payee_reported(link, TERMINAL_ID)
    yield made
    made.store.close()


def bad_line(store: Shop, script: Script | None = None) -> Bad:
    file = store.directory.parent / "acquirer.toml"
    file.write_text(BANK, encoding="utf-8")
    return Bad(
        store,
        lambda: replace(mispos(str(file)), timing=HASTY),
        mispos_terminal(script or Script(), profile=PROFILE),
        StxLine("till", ToDevice, PROFILE.form, StxTiming()),
        plug_s=1.0,
    )


def pay(amount: int) -> bytes:
    return build_request(PROFILE, {"type": "00", "amount": str(amount), "terminal": TERMINAL_ID})


def test_a_sale_behind_an_unheard_question_does_not_go_out_later(store: Shop) -> None:
    till = bad_line(store, Script({1250: "silent-before"}))
    store.order(1250)
    till.send(pay(1250))
    till.deaf = True
    till.advance(2)
    store.guard.resolve(1, Result.DECLINED, "maya", PINS["maya"])
    store.order(800, "next")
    till.send(pay(800))
    till.advance(0.4)
    assert till.phases[-1] == (SALE, Phase.FAILED, 800)
    assert parse_reply(PROFILE, till.till[-1]).code == "96"
    assert till.told[-1].say == words.NOT_TAKEN
    till.deaf = False
    till.advance(300)
    assert till.terminal.moved == []
    assert pay(800) not in till.terminal.units


def test_a_sale_that_was_not_acknowledged_is_not_sent_again_later(store: Shop) -> None:
    till = bad_line(store)
    till.deaf = True
    store.order(1250)
    till.send(pay(1250))
    till.advance(0.4)
    assert till.phases == [(SALE, Phase.UNKNOWN, 1250)]
    assert till.closed == ["device: device: no acknowledgement"]
    store.guard.resolve(1, Result.DECLINED, "maya", PINS["maya"])
    till.deaf = False
    till.advance(300)
    assert till.terminal.moved == []
    assert till.phases == [(SALE, Phase.FAILED, 1250)]
    store.order(1250)
    till.send(pay(1250))
    assert [item.amount for item in till.terminal.moved] == [1250]


def test_what_waited_when_the_device_went_away_never_left(store: Shop) -> None:
    till = bad_line(store, Script({1250: "silent-before"}))
    store.order(1250)
    till.send(pay(1250))
    till.deaf = True
    till.advance(2)
    store.guard.resolve(1, Result.DECLINED, "maya", PINS["maya"])
    store.order(800, "next")
    till.send(pay(800))
    till.unplug()
    assert till.phases[-1] == (SALE, Phase.FAILED, 800)


@pytest.mark.parametrize("how", ["time", "undo"])
def test_a_request_behind_an_unacknowledged_one(store: Shop, how: str) -> None:
    """``SET`` has no answer, so that its own acknowledgement is all that is waited for."""
    hasty = replace(HASTY, answer_s=1.0)
    rig = exchange_rig.Rig(store, Toy(), Device(deaf=True), timing=hasty)
    rig.send("SET k1")
    store.order(1250)
    rig.send("SALE k2 1250")
    if how == "time":
        rig.advance(1.5)
        assert rig.till == ["DENY k2 guard"]
    else:
        rig.send("UNDO k3 k2")
    assert rig.phases == [(SALE, Phase.FAILED, 1250)]
    rig.device.deaf = False
    rig.advance(100)
    assert rig.device.book == {}
    assert "SALE k2 1250" not in rig.device.heard


def test_a_question_of_the_till_that_is_not_acknowledged_ends_the_line(store: Shop) -> None:
    rig = exchange_rig.Rig(store, Toy(silent_late=False), Device(deaf=True), timing=HASTY)
    rig.send("PING k1")
    rig.advance(0.4)
    assert rig.till == ["LATE k1"]
    assert rig.closed == ["device: no acknowledgement"]
    assert rig.running == set()
