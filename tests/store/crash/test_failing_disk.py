"""A disk that is full, read-only or broken at any write of a day: refused in words, nothing lost.

The same day as in ``test_every_write``, over the same VFS; but one act of SQLite's on its files
fails, once or until somebody mended the disk. Whoever was refused asks again.
"""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import apsw
import pytest

from pos_guard.clock import ManualClock
from pos_guard.decision import Decision
from pos_guard.errors import DiskError, DiskTrouble, StoreError
from pos_guard.store.columns import Row
from pos_guard.store.store import Store
from tests.store.crash.apsw_connection import ApswConnection, TapeRecorder
from tests.store.crash.recordings import CHUNKS, Recording
from tests.store.crash.recovery import over_refunded
from tests.store.crash.scenario import Day
from tests.store.crash.tape import Act, Event, never

SAMPLE = 5
"""Faults of each kind in an ordinary run, of a thousand."""

PATIENCE = 3
"""How often the shop asks again. One refusal, and the next time it works: nothing else is right."""

KINDS = {
    DiskTrouble.FULL: dict.fromkeys(Act, apsw.SQLITE_FULL),
    DiskTrouble.READONLY: dict.fromkeys(Act, apsw.SQLITE_READONLY),
    DiskTrouble.FAILING: {
        Act.WRITE: apsw.SQLITE_IOERR_WRITE,
        Act.TRUNCATE: apsw.SQLITE_IOERR_TRUNCATE,
        Act.SYNC: apsw.SQLITE_IOERR_FSYNC,
        Act.DELETE: apsw.SQLITE_IOERR_DELETE,
    },
}


@dataclass
class Trouble:
    """Fails one act of the tape by its number, and all after it until it is mended."""

    codes: dict[Act, int]
    at: int
    lasting: bool
    seen: int = 0
    failed: list[Event] = field(default_factory=list[Event])
    mended: bool = False

    def fault(self, event: Event) -> Exception | None:
        self.seen += 1
        failing = self.seen - 1 == self.at or (self.lasting and self.seen > self.at)
        if not failing or self.mended:
            return None
        self.failed.append(event)
        return apsw.exception_for(self.codes[event.act])


@dataclass
class Shop:
    """Makes each call of the day until it is done, and remembers what it was told."""

    state: Path
    trouble: Trouble
    kind: DiskTrouble
    acknowledged: list[Row] = field(default_factory=list[Row])
    refused: int = 0

    def do(self, call: Callable[[], object]) -> None:
        for _ in range(PATIENCE):
            try:
                result = call()
            except StoreError as error:
                self.hear(error)
                continue
            if isinstance(result, Decision) and result.reason == "guard":
                self.read(result)
                continue
            return
        raise AssertionError(f"it does not go on: {self.trouble}")

    def hear(self, error: StoreError) -> None:
        """An error in words, with the place and the remedy; somebody mends the disk."""
        assert isinstance(error, DiskError), error
        assert error.trouble is self.kind
        assert error.where in str(error)
        assert "by itself" in str(error) or "replace the disk" in str(error)
        self.mend()

    def read(self, decision: Decision) -> None:
        """A refusal in words; somebody mends the disk."""
        assert decision.verdict.decisive.rule == "engine.not-recorded"
        assert (decision.allowed, decision.id) == (False, 0)
        assert "恢复" in decision.say.zh
        assert "by themselves" in decision.say.en
        self.mend()

    def mend(self) -> None:
        assert self.trouble.failed, "refused, and no write had failed"
        self.demand_whole()
        self.trouble.mended = True
        self.refused += 1

    def demand_whole(self) -> None:
        """Were the power cut now, the next process would find all that was acknowledged."""
        crashed = self.state.with_name("crashed")
        shutil.rmtree(crashed, ignore_errors=True)
        shutil.copytree(self.state, crashed)
        assert not list(problems(crashed, self.acknowledged)), self.trouble

    def on_commit(self, connection: ApswConnection, held: bool) -> None:
        if held:
            self.acknowledged = connection.ask("SELECT seq, hash FROM audit ORDER BY seq")


def lost(store: Store, acknowledged: list[Row]) -> set[Row]:
    """What was acknowledged and is not in the log."""
    return set(acknowledged) - {(row[0], row[2]) for page in store.audit.pages() for row in page}


def problems(state: Path, acknowledged: list[Row]) -> Iterator[str]:
    """What is wrong with a store that was left as it is now."""
    with Store.open(state, clock=ManualClock(), durable=False) as store:
        store.checkpoints.verify()
        store.audit.verify_index()
        if lost(store, acknowledged):
            yield f"{lost(store, acknowledged)} is lost"
        yield from over_refunded(store.ledger.search(limit=1000))


def played(directory: Path, template: Path, kind: DiskTrouble, at: int, *, lasting: bool) -> Shop:
    """A whole day with one fault; then the power is cut, and the next process looks."""
    state = directory / "state"
    shutil.rmtree(state, ignore_errors=True)
    shutil.copytree(template, state)
    recorder = TapeRecorder()
    shop = Shop(state, Trouble(KINDS[kind], at, lasting), kind)
    recorder.on_commit = shop.on_commit
    recorder.tape.fault = shop.trouble.fault
    day = Day(state, ManualClock(), connect=recorder.connect, do=shop.do)
    try:
        day.run()
        recorder.tape.fault = never
        shop.demand_whole()
        day.store.checkpoints.verify()
        assert not lost(day.store, shop.acknowledged)
    finally:
        recorder.tape.fault = never
        day.close()
        recorder.end()
    return shop


TURNS = 2 * len(KINDS)
"""Each act fails in one kind, once or lastingly: all of them in all kinds take seven minutes."""


def faulty(acts: int, turn: int, share: int | None, chance: random.Random) -> list[int]:
    """Which acts fail: a sample; or this share, so that each act fails in one of the kinds."""
    if share is None:
        return chance.sample(range(acts), SAMPLE)
    return [at for at in range(share, acts, CHUNKS) if at // CHUNKS % TURNS == turn]


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("lasting", [False, True], ids=["once", "lasting"])
@pytest.mark.parametrize("kind", list(KINDS))
def test_at_any_write_the_shop_is_refused_in_words_and_goes_on(
    recording: Recording,
    chance: random.Random,
    kind: DiskTrouble,
    lasting: bool,
    share: int | None,
) -> None:
    directory = recording.memory / f"failing-{kind}-{lasting}-{share}"
    turn = list(KINDS).index(kind) * 2 + lasting
    chosen = faulty(len(recording.events), turn, share, chance)
    refused = 0
    for at in chosen:
        refused += played(directory, recording.template, kind, at, lasting=lasting).refused
    # A checkpoint that fails is made later, and nobody hears of it; everything else is.
    assert refused >= len(chosen) // 2
