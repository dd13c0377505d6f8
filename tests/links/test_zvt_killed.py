"""The guard's process dies at every effect of an exchange; its till never reopens the port."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from pos_guard.frames import zvt_build
from pos_guard.links.session import Effects, QuietSession
from pos_guard.links.zvt_wire import Framing
from pos_guard.store.ledger import Phase
from pos_guard_simulator.zvt_book import Script
from pos_guard_simulator.zvt_terminal import TerminalSettings, ZvtTerminal
from tests.links.zvt_rig import PAY_1250, Rig
from tests.shop import TERMINAL_ID, shop

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
            # The pty kept what the till said meanwhile; it comes before what the till says now.
            self._events.append(partial(self._from_till, bytes(grave.unread)))
            self.open()
        else:
            self.run(self.session.device_closed())
            self.plug()
        self.advance(300)

    @property
    def approved(self) -> bool:
        """What the till believes."""
        ends = [unit[:4] for unit in self.till if unit[:4] in ("060f", "061e")]
        assert len(set(ends)) == 1, f"the till got {self.till}"
        return ends[0] == "060f"

    @property
    def phase(self) -> Phase | None:
        entries = [e for e in self.shop.store.ledger.search() if e.amount == 1250]
        assert all(entry.phase is Phase.REFUSED for entry in entries[:-1])
        return entries[-1].phase if entries else None


KINDS = {
    "approve": (Script(), TerminalSettings()),
    "approve-later": (Script(), TerminalSettings(work_s=20.0)),
    "decline": (Script({1250: "decline:65"}), TerminalSettings()),
    "abort-after-approval": (Script({1250: "abort:6C"}), TerminalSettings()),
    "unheard-is-reversed": (Script(), TerminalSettings(auto_reverse=True)),
}


@pytest.mark.parametrize("framing", [SERIAL, TCP], ids=["serial", "tcp"])
@pytest.mark.parametrize("kind", [*KINDS, "till-takes-back"])
def test_whenever_it_dies_till_ledger_and_terminal_agree(
    tmp_path: Path, kind: str, framing: tuple[Framing, Framing]
) -> None:
    answer = zvt_build.not_authentic if kind == "till-takes-back" else zvt_build.ack
    script, settings = KINDS.get(kind, KINDS["approve"])
    for effects in range(MOST_EFFECTS):
        made = shop(tmp_path / str(effects))
        made.guard.payee_reported("zvt", TERMINAL_ID)
        made.order(700)
        rig = Mortal(made, script, settings, framing)
        rig.send(zvt_build.authorisation(700, "EUR"))
        rig.advance(60)
        rig.till.clear()
        made.order(1250)
        rig.answers[0x040F] = answer
        rig.left = effects
        rig.send(PAY_1250)
        if not rig.dead:
            rig.advance(60)
        died = rig.dead
        rig.advance(3)
        rig.revive()
        _agree(rig, f"killed after {effects} effects")
        rig.shop.store.close()
        if not died:
            return
    pytest.fail("the exchange has more effects than were tried")


def _agree(rig: Mortal, when: str) -> None:
    stands = [t.amount for t in rig.terminal.moved if t.kind == "sale"][1:]
    assert stands in ([], [1250]), when
    assert rig.terminal.commands.count(0x0601) <= 2, when
    assert (rig.phase is Phase.POSTED) == bool(stands), f"{when}: {rig.phase}, stands {stands}"
    assert rig.approved == bool(stands), f"{when}: {rig.till}, stands {stands}"
    assert rig.running == set(), when


@pytest.mark.parametrize("undone", [False, True], ids=["stands", "undone by the host"])
def test_whenever_it_dies_while_the_terminal_is_still_at_a_payment(
    tmp_path: Path, *, undone: bool
) -> None:
    """The till asks for the end of day meanwhile, and finds the terminal busy (84 9C)."""
    script = Script({1250: "abort:6C"} if undone else {})
    for effects in range(MOST_EFFECTS):
        made = shop(tmp_path / str(effects))
        made.guard.payee_reported("zvt", TERMINAL_ID)
        made.order(700)
        rig = Mortal(made, script, TerminalSettings(work_s=40), left=10_000)
        rig.send(zvt_build.authorisation(700, "EUR"))
        rig.advance(60)
        made.order(1250)
        rig.send(PAY_1250)
        rig.unplug()
        rig.plug()
        rig.advance(16)  # the guard's own question was in vain
        rig.left = effects
        rig.send(zvt_build.end_of_day("000000"))
        rig.advance(60)
        died = rig.dead
        rig.revive()
        _settled(rig, f"killed after {effects} effects", stands=not undone)
        rig.shop.store.close()
        if not died:
            return
    pytest.fail("the exchange has more effects than were tried")


def _settled(rig: Rig, when: str, *, stands: bool) -> None:
    assert [t.amount for t in rig.terminal.moved][1:] == [1250] * stands, when
    phase = rig.shop.store.ledger.search(limit=1)[0].phase
    assert phase in ({Phase.POSTED} if stands else {Phase.FAILED, Phase.VOIDED}), when
    batches = rig.shop.store.batches
    assert all(batches.settled(e.link, e.id) is not True for e in rig.shop.store.ledger.search())
    assert rig.running == set(), when


def test_a_stranger_s_last_receipt_says_nothing_of_a_payment_elsewhere(tmp_path: Path) -> None:
    made = shop(tmp_path)
    made.guard.payee_reported("zvt", TERMINAL_ID)
    made.order(700)
    rig = Rig(made, Script({1250: "silent-after"}))
    rig.send(zvt_build.authorisation(700, "EUR"))
    made.order(1250)
    rig.send(PAY_1250)
    rig.unplug()
    stranger = ZvtTerminal(TerminalSettings(terminal_id="52009999"))
    stranger.book.move("sale", 700, 978)  # its receipt number is that of our last one
    rig.terminal = stranger
    rig.plug()
    rig.advance(120)
    newest = made.store.ledger.search(limit=1)[0]
    assert newest.phase is Phase.UNKNOWN
    made.store.close()
