"""The guard's process dies at every effect of an exchange: till, ledger and device agree again."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from pos_guard.links.session import Effects, QuietSession, ToApp, ToDevice
from pos_guard.model import Source
from pos_guard.store.ledger import Phase
from tests.exchange_rig import Rig
from tests.exchange_toy import LINK, Device, Toy
from tests.shop import PINS, TERMINAL_ID, Shop, shop

MOST_EFFECTS = 40
PAY = "SALE k1 1250"
REFUND = "REFUND k1 2500 r-0"
_OUT = frozenset({Phase.RESERVED, Phase.UNKNOWN, Phase.POSTED})


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
    """A rig whose guard carries out so many effects and then is dead until ``revive``.

    Every effect is held against the ledger before it is carried out.
    """

    left: int = 10_000
    dead: bool = False
    app_survives: bool = True

    def _do(self, effects: Effects) -> None:
        for effect in effects:
            if self.dead:
                return
            if self.left == 0:
                self.dead = True
                self.session = Grave()
                return
            self.left -= 1
            self._hold_against(effect)
            super()._do([effect])

    def _hold_against(self, effect: object) -> None:
        """No request leaves before its verdict, no approval is told before its record."""
        if isinstance(effect, ToDevice) and effect.data.split(b" ")[0] in (b"SALE", b"REFUND"):
            assert self.phase in _OUT
        if isinstance(effect, ToApp) and effect.data.startswith(b"OK k1"):
            assert self.phase is Phase.POSTED
        if isinstance(effect, ToDevice) and effect.data == b"+" and self._answered:
            assert self.phase not in (Phase.RESERVED, Phase.WAITING)

    @property
    def _answered(self) -> bool:
        return bool(self.device.book) and not any("WORK" in line for line in self.order[-1:])

    def _device_sends(self, answer: str) -> None:
        self.order.append(f"says {answer}")
        super()._device_sends(answer)

    def revive(self, *, again: bool = False) -> None:
        """The daemon starts again, and all comes to rest; ``again``: the till asks once more."""
        grave = self.session
        if isinstance(grave, Grave):
            self.shop.store.close()
            self.shop = self.shop.reopened()
            self.dead, self.left = False, 10_000
            self.open()
            self.raw(bytes(grave.unread))
            self.advance(5)
            if again and not any(unit.split(" ")[1:2] == ["k1"] for unit in self.answered):
                self.send(PAY)
        self.advance(400)

    @property
    def answered(self) -> list[str]:
        """What the till was told, but signs of life."""
        return [unit for unit in self.till if not unit.startswith(("WORK", "LATE", "WAIT"))]

    @property
    def phase(self) -> Phase | None:
        entries = self.shop.store.ledger.search(link=LINK, limit=1)
        return entries[0].phase if entries else None


def _pay(rig: Mortal) -> None:
    rig.send(PAY)
    rig.advance(3)


def _taken_back(rig: Mortal) -> None:
    _pay(rig)
    rig.send("UNDO k2 k1")


def _held(rig: Mortal) -> None:
    rig.send(REFUND)
    if not rig.dead and rig.asked:
        rig.shop.guard.approve(rig.asked[-1], "maya", PINS["maya"])
        rig.answer(rig.asked[-1])


WAYS = {
    "approve": (_pay, ""),
    "decline": (_pay, "decline"),
    "silent": (_pay, "silent"),
    "silent-after": (_pay, "silent-after"),
    "maybe": (_pay, "maybe"),
    "garbage": (_pay, "garbage"),
    "held": (_held, ""),
    "undone": (_taken_back, ""),
    "undone-unanswered": (_taken_back, "silent-after"),
}


@pytest.mark.parametrize(("acks", "late"), [(True, True), (False, False)], ids=["acked", "bare"])
@pytest.mark.parametrize("way", list(WAYS))
def test_whenever_it_dies_ledger_and_device_agree(
    tmp_path: Path, way: str, acks: bool, late: bool
) -> None:
    act, does = WAYS[way]
    for effects in range(MOST_EFFECTS):
        made = _ready(tmp_path / str(effects), held=way == "held")
        device = Device({1250: does} if does else {})
        rig = Mortal(made, Toy(silent_late=late), device, acks)
        rig.left = effects
        act(rig)
        died = rig.dead
        rig.left = 10_000
        rig.revive()
        if act is _taken_back and "UNDONE k2" not in rig.till:
            rig.send("UNDO k2 k1")  # a till repeats it until it has an answer
        _agree(rig, f"{way} killed after {effects} effects")
        rig.shop.store.close()
        if not died:
            return
    pytest.fail("the exchange has more effects than were tried")


@pytest.mark.parametrize("way", ["approve", "decline", "silent-after", "garbage"])
def test_whenever_it_dies_a_till_that_asks_again_hears_what_came_of_it(
    tmp_path: Path, way: str
) -> None:
    act, does = WAYS[way]
    for effects in range(MOST_EFFECTS):
        made = _ready(tmp_path / str(effects), held=False)
        rig = Mortal(made, Toy(), Device({1250: does} if does else {}), acks=False)
        rig.left = effects
        act(rig)
        died = rig.dead
        rig.left = 10_000
        rig.revive(again=True)
        when = f"{way} killed after {effects} effects"
        _agree(rig, when)
        told = {unit.split(" ")[0] for unit in rig.answered}
        assert told <= ({"OK"} if rig.device.book else {"NO", "DENY"}), f"{when}: {rig.till}"
        assert told or not died, when
        assert len(rig.phases) == 1, f"{when}: {rig.phases}"  # never judged twice
        rig.shop.store.close()
        if not died:
            return
    pytest.fail("the exchange has more effects than were tried")


def _ready(directory: Path, *, held: bool) -> Shop:
    made = shop(directory)
    made.guard.payee_reported(LINK, TERMINAL_ID)
    if held:
        sale = made.paid_sale(2500, link="zvt")
        made.sign_in("ben")
        made.guard.tell_original(sale, source=Source.SCAN)
    else:
        made.order(1250)
    return made


def _agree(rig: Mortal, when: str) -> None:
    requests = [unit for unit in rig.device.heard if unit.startswith(("SALE", "REFUND"))]
    assert len(requests) <= 1, when
    stands = any(stands for _, stands in rig.device.book.values())
    entries = rig.shop.store.ledger.search(link=LINK)
    posted = [entry for entry in entries if entry.phase is Phase.POSTED]
    assert len(posted) == (1 if stands else 0), f"{when}: {rig.phases}, {rig.device.book}"
    assert rig.phase not in (Phase.RESERVED, Phase.UNKNOWN, Phase.WAITING), f"{when}: {rig.phase}"
    if any(unit.startswith("OK k1") for unit in rig.till):
        assert "k1" in rig.device.book, when
    if any(unit.startswith(("DENY k1", "NO k1")) for unit in rig.till):
        assert not stands, f"{when}: {rig.till}"
    assert rig.running == set(), when
