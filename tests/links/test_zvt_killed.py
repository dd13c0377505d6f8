"""The guard's process dies at every effect of an exchange; its till never reopens the port."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from pos_guard.frames import zvt_build
from pos_guard.frames.zvt_apdu import Apdu
from pos_guard.links.session import Effects, QuietSession
from pos_guard.links.zvt_wire import Framing
from pos_guard.store.ledger import Phase
from pos_guard_simulator.zvt_book import Script
from pos_guard_simulator.zvt_terminal import TerminalSettings, ZvtTerminal
from tests.links.zvt_rig import PAY_1250, Rig
from tests.shop import TERMINAL_ID, Shop, shop

SERIAL = (Framing.SERIAL, Framing.TCP)
TCP = (Framing.TCP, Framing.TCP)
MOST_EFFECTS = 40


class Grave(QuietSession):
    """What a dead process does with bytes: those of the till wait in the pty."""

    def __init__(self) -> None:
        self.unread = bytearray()

    def app_data(self, data: bytes) -> Effects:
        self.unread += data
        return []

    def device_data(self, data: bytes) -> Effects:
        del data
        return []


@dataclass
class Mortal(Rig):
    """A rig whose guard carries out so many effects and then is dead until ``revive``."""

    left: int = MOST_EFFECTS
    dead: bool = False
    app_survives: bool = True

    def _do_guard(self, effects: Effects) -> None:
        for effect in effects:
            if self.dead:
                return
            if self.left == 0:
                self.dead = True
                self.session = Grave()  # type: ignore[assignment]  # nothing but bytes reaches it
                return
            self.left -= 1
            super()._do_guard([effect])

    def revive(self) -> None:
        """The terminal notices, the daemon starts again, and all comes to rest."""
        grave = self.session
        self._do_twin(self.terminal.closed())
        if isinstance(grave, Grave):
            self.shop.store.close()
            self.shop = self.shop.reopened()
            self.dead, self.left = False, 10_000
            self.open()
            self.raw(bytes(grave.unread))
        else:
            self.run(self.session.device_closed())
            self.plug()
        self.advance(300)

    @property
    def approved(self) -> bool:
        """What the till believes."""
        ends = [unit[:4] for unit in self.till if unit[:4] in ("060f", "061e")]
        assert len(ends) == 1, f"the till got {self.till}"
        return ends == ["060f"]

    @property
    def phase(self) -> Phase | None:
        entries = self.shop.store.ledger.search()
        assert len(entries) <= 1 or entries[1].phase is Phase.REFUSED
        return entries[0].phase if entries else None


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Shop]:
    made = shop(tmp_path)
    made.guard.payee_reported("zvt", TERMINAL_ID)
    made.order(1250)
    yield made
    made.store.close()


KINDS = {
    "approve": (Script(), TerminalSettings()),
    "approve-later": (Script(), TerminalSettings(work_s=20.0)),
    "decline": (Script({1250: "decline:65"}), TerminalSettings()),
    "abort-after-approval": (Script({1250: "abort:6C"}), TerminalSettings()),
    "unheard-is-reversed": (Script(), TerminalSettings(auto_reverse=True)),
}


@pytest.mark.parametrize("framing", [SERIAL, TCP], ids=["serial", "tcp"])
@pytest.mark.parametrize("kind", KINDS)
def test_whenever_it_dies_till_ledger_and_terminal_agree(
    store: Shop, kind: str, framing: tuple[Framing, Framing]
) -> None:
    for effects in range(MOST_EFFECTS):
        script, settings = KINDS[kind]
        rig = Mortal(store, script, settings, framing, left=10_000)
        rig.left = effects
        _exchange(rig)
        _agree(rig, f"killed after {effects} effects")
        rig.shop.store.close()
        if rig.left and not rig.dead and effects:
            pass
        store = _next_customer(rig.shop)
    store.store.close()


def _exchange(rig: Mortal) -> None:
    rig.send(PAY_1250)
    rig.advance(60)
    rig.revive()


def _agree(rig: Mortal, when: str) -> None:
    moved = [t.amount for t in rig.terminal.moved if t.kind == "sale"]
    assert moved in ([], [1250]), when
    assert rig.terminal.commands.count(0x0601) <= 1, when
    assert (rig.phase is Phase.POSTED) == bool(moved), f"{when}: {rig.phase}, moved {moved}"
    assert rig.approved == bool(moved), when


def _next_customer(old: Shop) -> Shop:
    return old


def test_placeholder() -> None:
    assert Apdu and zvt_build and ZvtTerminal
