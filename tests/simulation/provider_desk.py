"""One shop with one provider link, and the rules held against it from outside."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pos_guard.clock import ManualClock
from pos_guard.frames.http import HttpRequest
from pos_guard.frames.provider_profile import Op
from pos_guard.frames.provider_request import Meaning, reversal_reference
from pos_guard.guard import Guard
from pos_guard.links.provider import ProviderSession
from pos_guard.links.session import Effects
from pos_guard.model import Outcome, Result
from pos_guard.policy.load import parse_policy
from pos_guard.policy.policy import Policy
from pos_guard.store.store import Store
from pos_guard_simulator.provider_book import Move, Script
from pos_guard_simulator.provider_twin import ProviderTwin
from tests import shop
from tests.links.test_provider_profiles import PAYEES
from tests.simulation.books import LIVE, History, never_over_refunded
from tests.simulation.facts import Disk, Row
from tests.simulation.faults import open_store
from tests.simulation.lines import Line, Seat
from tests.simulation.process import Process
from tests.simulation.provider_profiles import AMOUNTS, SPEECHES
from tests.simulation.provider_till import Asked, Till
from tests.simulation.rules import hold
from tests.simulation.world import World

LINK = "pay"
LIMITS = {"ben": 2000, "maya": 10_000}
OPEN = ("reserved", "unknown")
_MONEY = {Op.SALE, Op.REFUND, Op.REVERSE}


@dataclass(frozen=True, slots=True)
class Made:
    """Money that the provider moved: for which entry, asked by which frame."""

    move: Move
    entry: int
    frame: bytes
    taken_back: bool = False
    """It undoes a payment of unknown outcome, and has no entry of its own."""


class Provider(ProviderTwin):
    """A twin with a recorder; what it hears is held against the disk before it answers."""

    def __init__(self, desk: Desk, merchants: frozenset[str]) -> None:
        super().__init__(desk.speech.profile, desk.world.clock, merchants)
        self._desk = desk
        self.made: list[Made] = []

    def _answer(self, request: HttpRequest) -> Effects:
        frame = f"{request.method} {request.target}\n".encode() + request.body
        raw = (
            f"{request.method} {request.target} HTTP/1.1\r\nHost: x\r\n"
            + "".join(
                f"{name.decode()}: {value.decode()}\r\n"
                for name, value in request.headers
                if name.lower() == b"authorization"
            )
            + (f"Content-Length: {len(request.body)}\r\n\r\n" if request.body else "\r\n")
        ).encode() + request.body
        _, meaning = self._desk.speech.meaning(raw)
        hold("2-same-bytes", frame in self._desk.till.sent, f"never sent: {frame[:60]!r}")
        entry = self._desk.heard(frame, meaning) if meaning.op in _MONEY else 0
        moved = len(self.moved)
        effects = super()._answer(request)
        for move in self.moved[moved:]:
            self._desk.moved(move, entry, frame)
        return effects


MakeGuard = Callable[[Store, Policy, ManualClock], Guard]
MakeSession = Callable[..., ProviderSession]


class Desk(Process):
    """One seed's shop. Use it as a context manager."""

    def __init__(self, seed: int, template: Path, directory: Path, make_guard: MakeGuard = Guard,
                 make_session: MakeSession = ProviderSession) -> None:  # fmt: skip
        super().__init__(World(seed))
        world = self.world
        self.speech = SPEECHES[seed % len(SPEECHES)]
        self.directory = directory / f"provider-{seed}"
        shutil.copytree(template, self.directory)
        self._make_guard, self._make_session = make_guard, make_session
        text = shop.POLICY.replace('"EUR"', '"CNY"').replace('wechat = ["1900000109"]', PAYEES)
        self._policy = parse_policy(text, "policy.toml")
        self.asked: list[int] = []
        self.approved: set[int] = set()
        self.used: set[int] = set()
        self.orders: dict[str, int] = {}
        self.number = 0
        self._history = History(world)
        self.provider = Provider(self, frozenset({self.speech.dialect.payee}))
        book, words = self.provider.book, list(Script)
        book.scripts = {a: world.dice.choice(words) for a in AMOUNTS if world.chance(40)}
        part = [a // 2 for a in AMOUNTS]
        book.refund_scripts = {
            a: world.dice.choice(words) for a in [*AMOUNTS, *part] if world.chance(30)
        }
        self.line = Line(world, LINK, _Nobody(), Seat(world, self.provider), kept=False)
        self.till = Till(world, self.speech, self.line.dial)
        self.till.on_end = self._told
        self.line.on_failed = self._failed
        self.line.on_ask = lambda _link, decision: self.asked.append(decision)
        self.line.on_tell = lambda _link, tell: world.note(f"says {tell.level}: {tell.say.en}")
        world.note(f"{type(self.speech.dialect).__name__} {book.scripts} {book.refund_scripts}")
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
        session = self._make_session(LINK, self.guard, "provider.example",
                                     profile=self.speech.profile)  # fmt: skip
        self.line.start(session, self.faults, new_process=True)

    def _served(self) -> tuple[Line, ...]:
        return (self.line,)

    def _forget(self) -> None:
        self.asked.clear()

    def _failed(self, _: Line, error: Exception) -> None:
        raise error

    # -- the rules ---------------------------------------------------------------------------------

    def of_frame(self, frame: bytes) -> list[Row]:
        wanted = hashlib.sha256(frame).hexdigest()
        return [row for row in self.disk.entries().values() if row.frame_hash == wanted]

    def heard(self, frame: bytes, meaning: Meaning) -> int:
        """Rules 1, 4, 5: a request that moves money is at the provider."""
        entries = self.disk.entries()
        if meaning.op is Op.REVERSE:
            order = meaning.sale or ""
            about = (order, reversal_reference(order))
            stopped = [r for r in entries.values() if r.phase == "unknown" and r.reference in about]
            if stopped:
                self.world.count("stopped what was unknown")
                return stopped[-1].id
        live = [row for row in self.of_frame(frame) if row.phase in LIVE]
        hold("1-recorded-first", live, f"money without a verdict on disk: {frame[:60]!r}")
        row = live[-1]
        self.world.note(f"provider heard {meaning.op}, entry {row.id} {row.kind} {row.amount}")
        self.world.count(f"heard {row.kind}")
        if row.id not in self.used:
            self.used.add(row.id)
            hold("5-unknown", row.phase in OPEN, f"entry {row.id} arrives when it is {row.phase}")
            others = [o.id for o in entries.values() if o.phase == "unknown" and o.id != row.id]
            hold("5-unknown", not others, f"entry {row.id} moves while {others} are unknown")
            if row.money_out:
                self._person(row)
        elif row.kind == "sale":
            times = f"entry {row.id}, a sale, arrives again"
            hold("5-unknown", self.till.sent[frame] > 1, times)
        if meaning.op is Op.SALE:
            self.orders[meaning.order or ""] = row.id
        return row.id

    def _person(self, row: Row) -> None:
        hold("4-right-person", row.operator in LIMITS, f"{row.kind} by {row.operator}")
        over = row.kind == "refund" and (row.amount or 0) > LIMITS.get(row.operator or "", 0)
        hold("4-right-person", not over or row.id in self.approved, f"{row} was not approved")

    def moved(self, move: Move, entry: int, frame: bytes) -> None:
        """Money moved, perhaps upon a mere query (the payer has typed the password)."""
        if move.what == "paid":
            entry = self.orders[move.number]
        row = self.disk.entries()[entry]
        back = move.what == "reversed" and row.kind == "sale"
        self.provider.made.append(Made(move, entry, frame, back))
        self.world.note(f"provider moved {move} for entry {entry}")
        same = sum(made.move == move for made in self.provider.made)
        hold("2-same-bytes", same == 1, f"{move} was made {same} times")

    def _told(self, asked: Asked, outcome: Outcome) -> None:
        """The till hears the end of its request: rule 5."""
        if asked.meaning.op not in _MONEY:
            return
        what = f"the till was told {outcome.result} {outcome.code} for {asked.meaning.op}"
        self.world.note(what)
        self.world.count(f"till: {asked.meaning.op} {outcome.result}")
        rows = self.of_frame(asked.frame)
        if outcome.result is Result.APPROVED and asked.meaning.op is not Op.REVERSE:
            phases = [row.phase for row in rows]
            hold("5-durable-first", {"posted", "voided"} & set(phases), f"{what}: {phases}")
            stands = sum(self.stands(row.id) for row in rows)
            hold("5-unknown", stands > 0, f"{what}, and no money moved")
        elif outcome.result is Result.DECLINED and self.till.sent[asked.frame] == 1:
            stands = sum(self.stands(row.id) for row in rows)
            hold("5-unknown", not stands, f"{what}, and {stands} stands")

    def stands(self, entry: int) -> int:
        """What the provider moved for an entry, less what was taken back of it."""
        mine = [made for made in self.provider.made if made.entry == entry]
        return sum(-made.move.fen if made.taken_back else made.move.fen for made in mine)

    def settled(self, entry: int) -> bool:
        """The provider's book says for good what came of it."""
        orders = self.provider.book.orders
        return not any(
            number in orders and orders[number].state in ("USERPAYING", "NOTPAY")
            for number, sale in self.orders.items()
            if sale == entry
        )

    def check(self) -> None:
        """Rules 3, 5 and 9 after every step."""
        entries = self.disk.entries()
        self._history.step(entries)
        for row in entries.values():
            moved, what = self.stands(row.id), f"entry {row.id} {row.kind} {row.amount} {row.phase}"
            if row.phase == "posted" and row.kind != "reversal":
                hold("5-unknown", moved == row.amount, f"{what}, moved {moved}")
            elif row.phase in ("failed", "refused", "waiting", "abandoned"):
                hold("5-unknown", moved == 0, f"{what}, moved {moved}")
        never_over_refunded(entries, lambda row: self.stands(row.id))


class _Nobody:
    """No till is there before it dials."""

    def attach(self, cable: object) -> None:
        raise AssertionError(f"nobody is there for {cable}")
