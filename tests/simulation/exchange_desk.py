"""One shop with one request and answer link, and the rules held against it from outside."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pos_guard.clock import ManualClock
from pos_guard.guard import Guard
from pos_guard.links.dialect import Asks
from pos_guard.links.exchange import ExchangeSession
from pos_guard.links.session import Effects, ToApp
from pos_guard.model import Outcome, Result
from pos_guard.policy.load import parse_policy
from pos_guard.policy.policy import Policy
from pos_guard.store.store import Store
from pos_guard_simulator.caisse_ap_twin import CaisseTerminal
from pos_guard_simulator.iso8583_host import Iso8583Host
from pos_guard_simulator.zvt_book import Script
from tests import shop
from tests.links import iso8583_rig
from tests.simulation.books import LIVE, History, never_over_refunded
from tests.simulation.exchange_profiles import AMOUNTS, PROFILES
from tests.simulation.exchange_till import Asked, Till
from tests.simulation.facts import Disk, Row
from tests.simulation.faults import open_store
from tests.simulation.lines import Line, Seat
from tests.simulation.process import Process
from tests.simulation.rules import hold
from tests.simulation.world import Cable, World

LINK = "card"
LIMITS = {"ben": 2000, "maya": 10_000}
LISTED = ("ABCD1234", "597029414300", "12345678", "000000000000001", "52001233", "1999403",
          f"{iso8583_rig.MERCHANT}:{iso8583_rig.TERMINAL}")  # fmt: skip


@dataclass(slots=True, eq=False)
class Move:
    """Money that the device moved, for which frame and which entry."""

    unit: bytes
    entry: int
    made: Any
    own: bool

    @property
    def stands(self) -> int:
        """0 once the device took it back itself; a void is a move of its own."""
        return 0 if self.own and self.made.reversed else int(self.made.amount)


class Device:
    """A twin with a recorder; what it hears is held against the disk before anybody goes on."""

    def __init__(self, desk: Desk, twin: Any) -> None:
        self.twin, self._desk = twin, desk
        self.moves: list[Move] = []
        self._iso = isinstance(twin, Iso8583Host)
        self._read = desk.profile.parts().dialect
        self._current: tuple[bytes, int] | None = None
        self._by_key: dict[str, tuple[bytes, int]] = {}
        self._said = self._segment = b""
        self.cable: Cable | None = None

    @property
    def units(self) -> list[bytes]:
        units: list[bytes] = self.twin.heard if self._iso else self.twin.units
        return units

    @property
    def book(self) -> list[Any]:
        book: list[Any] = self.twin.book.postings if self._iso else self.twin.book.transactions
        return book

    def connected(self) -> Effects:
        return self._after(self.twin.connected)

    def closed(self) -> Effects:
        return self._after(self.twin.closed)

    def data(self, data: bytes) -> Effects:
        if isinstance(self.twin, CaisseTerminal):
            # It takes what is whole for a message, and the guard sends each in one piece.
            self._segment += data
            if self.cable is not None and not self.cable.to_peer.empty:
                return []
            data, self._segment = self._segment, b""
        if data[:1] == b"\x06" and self._said[:1] == b"\x02" and self.moves:
            self._desk.acknowledged(self.moves[-1])
        return self._after(lambda: self.twin.data(data))

    def timer(self, name: str) -> Effects:
        return self._after(lambda: self.twin.timer(name))

    def _after(self, act: Callable[[], Effects]) -> Effects:
        idle, units, moved = self.twin.idle, len(self.units), len(self.book)
        effects = act()
        for unit in self.units[units:]:
            ask = self._read.read(unit)
            if ask.kind is not Asks.MONEY:
                continue
            entry = self._desk.heard(unit)
            if self._iso:
                assert ask.intent is not None
                self._by_key[ask.intent.reference or ""] = (unit, entry)
            elif idle:
                self._current = (unit, entry)
        for made in self.book[moved:]:
            cause = self._by_key[made.key] if self._iso else self._current
            assert cause is not None, "money moved without any request"
            self.moves.append(Move(*cause, made, self._iso))
            self._desk.moved(self.moves[-1])
        said = [effect.data for effect in effects if isinstance(effect, ToApp)]
        self._said = said[-1] if said else (b"" if units != len(self.units) else self._said)
        return effects


class _Seat(Seat):
    def attach(self, cable: Cable) -> None:
        assert isinstance(self.twin, Device)
        self.twin.cable = cable
        super().attach(cable)


MakeGuard = Callable[[Store, Policy, ManualClock], Guard]
MakeSession = Callable[..., ExchangeSession]


class Desk(Process):
    """One seed's shop. Use it as a context manager."""

    def __init__(self, seed: int, template: Path, directory: Path, make_guard: MakeGuard = Guard,
                 make_session: MakeSession = ExchangeSession) -> None:  # fmt: skip
        super().__init__(World(seed))
        world = self.world
        self.profile = profile = PROFILES[seed % len(PROFILES)]
        self.directory = directory / f"exchange-{seed}"
        shutil.copytree(template, self.directory)
        self._make_guard, self._make_session = make_guard, make_session
        text = shop.POLICY.replace('"EUR"', f'"{profile.currency}"').replace(
            '"52001233"', ", ".join(f'"{item}"' for item in LISTED))  # fmt: skip
        if profile.currency == "CLP":
            text = text.replace('.00"', '00"')
        self._policy = parse_policy(text, "policy.toml")
        self.kept = profile.protocol == "stx" and world.chance(70)
        self.asked: list[int] = []
        self.approved: set[int] = set()
        self.used: set[int] = set()
        self.number = 0
        self._history = History(world)
        self.till = Till(world, profile)
        self.till.on_end = self._told
        words = {a: world.dice.choice(profile.words) for a in AMOUNTS if world.chance(30)}
        self.device = Device(self, profile.twin(Script(words)))
        self.line = Line(world, LINK, self.till, _Seat(world, self.device), kept=self.kept)
        self.line.on_failed = self._failed
        self.line.on_ask = lambda _link, decision: self.asked.append(decision)
        self.line.on_tell = lambda _link, tell: world.note(f"says {tell.level}: {tell.say.en}")
        world.note(f"{profile.name or profile.protocol} kept={self.kept} {words}")
        self.disk = Disk(self.directory / "pos-guard.db")

    def __enter__(self) -> Desk:
        self._boot()
        return self

    def __exit__(self, *_: object) -> None:
        self.disk.close()
        if self.store is not None:
            self.store.close()
        shutil.rmtree(self.directory, ignore_errors=True)

    # -- the process -------------------------------------------------------------------------------

    def _start(self) -> None:
        clock = self.world.clock
        self.store = open_store(self.directory, clock, self.faults)
        self.guard = self._make_guard(self.store, self._policy, clock)
        session = self._make_session(LINK, self.guard, self.profile.parts(),
                                     app_survives=self.kept)  # fmt: skip
        self.line.start(session, self.faults, new_process=True)

    def _served(self) -> tuple[Line, ...]:
        return (self.line,)

    def _forget(self) -> None:
        self.asked.clear()

    def _failed(self, _: Line, error: Exception) -> None:
        raise error

    # -- the rules ---------------------------------------------------------------------------------

    def of_unit(self, unit: bytes) -> list[Row]:
        wanted = hashlib.sha256(unit).hexdigest()
        return [row for row in self.disk.entries().values() if row.frame_hash == wanted]

    def heard(self, unit: bytes) -> int:
        """Rules 1, 2, 4, 5: a money request is at the device."""
        hold("2-same-bytes", unit in self.till.sent, f"the till never sent {unit[:40]!r}")
        live = [row for row in self.of_unit(unit) if row.phase in LIVE]
        hold("1-recorded-first", live, f"money without a verdict on disk: {unit[:40]!r}")
        row = live[-1]
        self.world.note(f"device heard {unit[:24]!r}, entry {row.id} {row.kind} {row.amount}")
        self.world.count(f"heard {row.kind}")
        if row.id not in self.used:
            self.used.add(row.id)
            open_now = row.phase in ("reserved", "unknown")
            hold("5-unknown", open_now, f"entry {row.id} arrives when it is {row.phase}")
            others = [o.id for o in self.disk.entries().values()
                      if o.phase == "unknown" and o.id != row.id]  # fmt: skip
            hold("5-unknown", not others, f"entry {row.id} moves while {others} are unknown")
            if row.money_out:
                self._person(row)
        return row.id

    def _person(self, row: Row) -> None:
        hold("4-right-person", row.operator in LIMITS, f"{row.kind} by {row.operator}")
        over = row.kind == "refund" and (row.amount or 0) > LIMITS.get(row.operator or "", 0)
        hold("4-right-person", not over or row.id in self.approved, f"{row} was not approved")

    def moved(self, move: Move) -> None:
        times = sum(m.unit == move.unit for m in self.device.moves)
        asked = self.till.sent[move.unit]
        hold("2-same-bytes", times <= asked, f"moved {times} times, asked {asked} times")

    def acknowledged(self, move: Move) -> None:
        row = self.disk.entries()[move.entry]
        settled = row.phase not in ("waiting", "reserved")
        hold("5-durable-first", settled, f"acknowledged while entry {row.id} is {row.phase}")
        self.world.count("ACK after the record")

    def _told(self, asked: Asked, outcome: Outcome) -> None:
        """The till hears the end of its request: rule 5."""
        if asked.ask.kind is not Asks.MONEY or not asked.clear:
            return
        unit, what = asked.ask.unit, f"the till was told {outcome.result} for {asked.ask.name}"
        self.world.note(what)
        self.world.count(f"till: {outcome.result}")
        if outcome.result is Result.APPROVED:
            phases = [row.phase for row in self.of_unit(unit)]
            durable = {"posted", "voided"} & set(phases)
            hold("5-durable-first", durable, f"{what}: {phases}")
            hold("5-unknown", any(m.unit == unit for m in self.device.moves), f"{what}, no money")
        elif outcome.result is Result.DECLINED and self.till.sent[unit] == 1:
            stands = sum(m.stands for m in self.device.moves if m.unit == unit)
            hold("5-unknown", not stands, f"{what}, and {stands} stands")

    def stands(self, entry: int) -> int:
        return sum(move.stands for move in self.device.moves if move.entry == entry)

    def check(self) -> None:
        """Rules 3, 5 and 9 after every step."""
        entries = self.disk.entries()
        self._history.step(entries)
        for row in entries.values():
            moved, what = self.stands(row.id), f"entry {row.id} {row.kind} {row.amount} {row.phase}"
            if row.phase == "posted":
                hold("5-unknown", moved == row.amount, f"{what}, moved {moved}")
            elif row.phase in ("failed", "refused", "waiting", "abandoned"):
                hold("5-unknown", moved == 0, f"{what}, moved {moved}")
        never_over_refunded(entries, lambda row: self.stands(row.id))
