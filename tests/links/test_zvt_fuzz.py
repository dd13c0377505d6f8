"""Whatever both sides send, in whatever order: the session never raises and forwards no guess."""

from __future__ import annotations

import random
import tempfile
from contextlib import suppress
from pathlib import Path

import pytest

from pos_guard.errors import NotPermittedError
from pos_guard.frames import zvt_build
from pos_guard.frames.zvt_apdu import Apdu, ApduFramer
from pos_guard.frames.zvt_serial import frame
from pos_guard.frames.zvt_table import MONEY
from pos_guard.links.session import (
    AskPerson,
    CancelTimer,
    Effects,
    SetTimer,
    ToDevice,
)
from pos_guard.links.zvt import ZvtSession
from pos_guard.links.zvt_wire import Framing
from pos_guard.model import Source
from pos_guard.store.ledger import Phase
from tests.shop import PINS, TERMINAL_ID, Shop, shop

STEPS = 60
TILL = [
    zvt_build.authorisation(1250, "EUR"),
    zvt_build.authorisation(12500, "EUR"),
    zvt_build.refund("000000", 1250, "EUR"),
    zvt_build.refund("000000", 2500, "EUR"),
    zvt_build.reversal("000000", 1),
    zvt_build.repeat_receipt("000000"),
    zvt_build.status_enquiry("000000"),
    zvt_build.registration("000000", 0x8A, "EUR"),
    zvt_build.abort_command(),
    zvt_build.ack,
    zvt_build.ack,
    zvt_build.not_authentic,
    zvt_build.negative(0x9C),
    Apdu.of(0x849D, bytes.fromhex("04000000000100")).raw,
    bytes.fromhex("06010e0400000000010004000000099900"),
    b"GET / HTTP/1.1\r\n\r\n",
    b"\x06",
    b"\xff" * 5,
]


def _status(receipt: int, amount: int, result: int = 0) -> bytes:
    return zvt_build.status_information(
        (
            (0x27, bytes([result])),
            (0x04, amount.to_bytes(6, "big") if amount > 9 else bytes(6)),
            (0x29, bytes.fromhex(TERMINAL_ID)),
            (0x87, bytes([0, receipt])),
        )
    )


TERMINAL = [
    zvt_build.ack,
    zvt_build.ack,
    zvt_build.negative(0x83),
    zvt_build.negative(0x9C),
    zvt_build.intermediate(0x0A),
    zvt_build.status_information(((0x27, b"\x00"), (0x04, bytes.fromhex("000000001250")))),
    _status(1, 0),
    _status(2, 0, 0x6C),
    zvt_build.status_information(
        ((0x27, b"\x00"), (0x04, bytes.fromhex("000000001250")), (0x87, b"\x00\x07"))
    ),
    zvt_build.print_line("RECEIPT"),
    zvt_build.completion(),
    zvt_build.completion(),
    zvt_build.completion(((0x27, b"\x6c"),)),
    zvt_build.abort(0x6C),
    Apdu.of(0x061E).raw,
    bytes.fromhex("040f042700276c"),
    bytes.fromhex("040f02fe00"),
    b"\x10\x03\x00",
]


class Table:
    """One session with what it was allowed to forward."""

    def __init__(self, made: Shop, framing: tuple[Framing, Framing], rng: random.Random) -> None:
        self.made = made
        self.rng = rng
        self.framing = framing
        self.session = ZvtSession("zvt", made.guard, framing=framing, app_survives=True)
        self.timers: set[str] = set()
        self.asked: list[int] = []
        self.forwarded: list[bytes] = []
        self.take(self.session.device_connected())

    def take(self, effects: Effects) -> None:
        for effect in effects:
            if isinstance(effect, SetTimer):
                self.timers.add(effect.name)
            elif isinstance(effect, CancelTimer):
                self.timers.discard(effect.name)
            elif isinstance(effect, AskPerson):
                self.asked.append(effect.decision)
            elif isinstance(effect, ToDevice):
                self.forwarded.append(effect.data)

    def step(self) -> None:
        moves = [self._till] * 3 + [self._terminal] * 8 + [self._time] * 4 + [self._person]
        moves += [self._polite] * 8 + [self._pay] * 4 + [self._sides, self._shop]
        self.rng.choice(moves)()

    def _till(self) -> None:
        data = self.rng.choice(TILL)
        if self.framing[0] is Framing.TCP and self.rng.random() < 0.1:
            data += self.rng.choice(TILL)
        self._from_till(data)

    def _from_till(self, data: bytes) -> None:
        if self.framing[0] is Framing.SERIAL:
            data = b"\x06" + frame(data)
        self.take(self.session.app_data(data))

    def _polite(self) -> None:
        self._from_till(zvt_build.ack)

    def _pay(self) -> None:
        self.made.order(1250)
        self._from_till(self.rng.choice(TILL[:5]))

    def _terminal(self) -> None:
        data = self.rng.choice(TERMINAL)
        if self.framing[1] is Framing.SERIAL:
            data = b"\x06" + frame(data)
        self.take(self.session.device_data(data))

    def _time(self) -> None:
        if self.timers:
            name = self.rng.choice(sorted(self.timers))
            self.timers.discard(name)
            self.take(self.session.timer(name))

    def _person(self) -> None:
        if not self.asked:
            return
        decision = self.asked.pop()
        if self.made.store.ledger.entry(decision).phase is not Phase.WAITING:
            self.take(self.session.answered(decision))
            return
        if self.rng.random() < 0.5:
            with suppress(NotPermittedError):  # maya may be at the till herself
                self.made.guard.approve(decision, "maya", PINS["maya"])
        else:
            self.made.guard.decline(decision, "maya")
        self.take(self.session.answered(decision))

    def _sides(self) -> None:
        session = self.session
        turn = self.rng.choice(
            [
                session.app_connected,
                session.app_closed,
                session.device_closed,
                session.device_connected,
                session.device_connected,
            ]
        )
        self.take(turn())

    def _shop(self) -> None:
        if self.rng.random() < 0.5:
            self.made.order(1250)
        else:
            self.made.guard.tell_operator(self.rng.choice(["anna", "ben", "maya"]), Source.SCAN)


@pytest.mark.parametrize("seed", range(60))
def test_any_order_of_anything(seed: int) -> None:
    rng = random.Random(seed)
    framing = rng.choice([Framing.TCP, Framing.SERIAL]), rng.choice([Framing.TCP, Framing.SERIAL])
    with tempfile.TemporaryDirectory() as directory:
        made = shop(Path(directory))
        made.paid_sale(1250)
        made.sign_in("ben")
        table = Table(made, framing, rng)
        for _ in range(STEPS):
            table.step()
        entries = {entry.id: entry for entry in made.store.ledger.search()}
        made.store.close()
    sent = [data for data in table.forwarded if _moves_money(data, framing[1])]
    went = [e for e in entries.values() if e.phase not in (Phase.REFUSED, Phase.ABANDONED)]
    distinct = set(sent) if framing[1] is Framing.SERIAL else sent  # a serial line repeats frames
    assert len(distinct) <= len(went) - 1  # the first sale did not go through this link


def _moves_money(data: bytes, framing: Framing) -> bool:
    if framing is Framing.SERIAL:
        return len(data) > 4 and int.from_bytes(data[2:4], "big") in MONEY
    framer = ApduFramer()
    framer.feed(data)
    unit = framer.take()
    return unit is not None and unit.code in MONEY
