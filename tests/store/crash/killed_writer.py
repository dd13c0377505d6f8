"""A writer that is killed (SIGKILL) at random moments, again and again, while it refunds.

``python killed_writer.py DIRECTORY KILLS SEED``: forks a process that opens the store of the
directory, sells and refunds, and says on a pipe what was acknowledged to it; kills it; opens the
store, compares, and forks the next. One JSON object at the end: ``kills``, ``acknowledged``,
``recovered`` (requests that were under way), ``records`` (of the log), ``problems``.

One thread when it forks: that is why this is a program of its own.
"""

from __future__ import annotations

import json
import os
import random
import select
import signal
import sys
from collections import Counter
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from pos_guard.clock import ManualClock
from pos_guard.guard import Guard
from pos_guard.model import Intent, IntentKind, Outcome, Result, Source, Tender
from pos_guard.money import Money
from pos_guard.store.ledger import Phase
from pos_guard.store.store import Store
from tests.shop import TERMINAL_ID
from tests.store.crash.recovery import over_refunded
from tests.store.crash.scenario import LINK, RULES

LIFE_S = 0.15
"""Longest life after the first word: some twenty requests on a quick disk."""

YOUTH_S = 0.15
"""Longest life of one that may die before it says a word: while it opens the store."""

REFUNDS = 3

MAY_BECOME = {
    Phase.RESERVED: frozenset({Phase.UNKNOWN, Phase.POSTED}),
    Phase.POSTED: frozenset({Phase.POSTED}),
    Phase.REFUSED: frozenset({Phase.REFUSED}),
}
"""What was said of a request, and what the next process may find: it, or what followed."""


@dataclass
class Count:
    """What happened in all lives."""

    seen: Counter[str] = field(default_factory=Counter[str])
    problems: list[str] = field(default_factory=list[str])


class Writer:
    """One life."""

    def __init__(self, directory: Path, clock: ManualClock, pipe: int) -> None:
        self._guard = Guard(Store.open(directory, clock=clock), RULES, clock)
        self._pipe = pipe

    def work(self) -> None:
        """Sell and refund until the end, which comes from outside."""
        self._guard.tell_operator("ben", Source.SCAN)
        self._guard.payee_reported(LINK, TERMINAL_ID)
        for turn in count():
            amount = 5000 + turn
            self._guard.tell_order(None, Money(amount, "EUR"), Source.BILL)
            sale_id = self._move(IntentKind.SALE, amount, f"s{turn}")
            for part in range(REFUNDS):
                self._guard.tell_original(sale_id, Source.SCAN)
                self._move(IntentKind.REFUND, 1000 + part, f"r{turn}-{part}")
            self._guard.tell_original(sale_id, Source.SCAN)
            refused = self._guard.judge(self._intent(IntentKind.REFUND, 4999), link=LINK)
            assert not refused.allowed
            self._say(refused.id, Phase.REFUSED)

    def _move(self, kind: IntentKind, amount: int, receipt: str) -> str:
        decision = self._guard.judge(self._intent(kind, amount), link=LINK)
        assert decision.allowed, decision.say.en
        assert decision.sale_id is not None
        self._say(decision.id, Phase.RESERVED)
        self._guard.settle(decision.id, Outcome(Result.APPROVED, amount, "EUR", receipt))
        self._say(decision.id, Phase.POSTED)
        return decision.sale_id

    def _intent(self, kind: IntentKind, amount: int) -> Intent:
        return Intent(kind, Tender.CARD, amount, "EUR")

    def _say(self, entry: int, phase: Phase) -> None:
        os.write(self._pipe, f"{entry} {phase}\n".encode())


def live(directory: Path, clock: ManualClock, death: tuple[bool, float]) -> dict[int, Phase]:
    """One process, from its fork to its violent death; what it was acknowledged.

    ``death``: whether it may say its first word before, and how many seconds after that.
    """
    may_speak, after_s = death
    ours, theirs = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(ours)
        try:
            Writer(directory, clock, theirs).work()
        finally:
            os._exit(1)  # it never ends by itself: something was wrong
    os.close(theirs)
    if may_speak:
        select.select([ours], [], [])
    select.select([], [], [], after_s)
    os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    with os.fdopen(ours, encoding="ascii") as pipe:
        lines = pipe.read().splitlines()
    if not os.WIFSIGNALED(status):
        raise SystemExit(f"the writer ended by itself after {lines[-1:]}")
    return {int(entry): Phase(phase) for entry, phase in (line.split() for line in lines)}


def death(life: int, chance: random.Random) -> tuple[bool, float]:
    """By turns: while it opens the store, at once after its first word, and whenever."""
    if life % 4 == 0:
        return False, chance.uniform(0, YOUTH_S)
    return True, 0.0 if life % 4 == 1 else chance.uniform(0, LIFE_S)


def examine(directory: Path, clock: ManualClock, said: dict[int, Phase], found: Count) -> None:
    """Open what the dead process left, and find out what became of its requests."""
    with Store.open(directory, clock=clock) as store:
        found.seen["records"] = store.checkpoints.verify().count
        entries = {entry.id: entry for entry in store.ledger.search(limit=1_000_000)}
        for number, phase in said.items():
            now = entries[number].phase if number in entries else None
            if now not in MAY_BECOME[phase]:
                found.problems.append(f"request {number} was {phase} and is {now}")
        for entry in entries.values():
            if entry.phase in (Phase.RESERVED, Phase.WAITING):
                found.problems.append(f"request {entry.id} is {entry.phase} after a restart")
        found.problems += over_refunded(entries.values())
        guard = Guard(store, RULES, clock)
        for entry in guard.unresolved(LINK):
            found.seen["recovered"] += 1
            guard.settle(entry.id, Outcome(Result.DECLINED))
    found.seen["acknowledged"] += len(said)
    found.seen["kills"] += 1


def main(directory: Path, kills: int, seed: int) -> None:
    """Kill so many writers."""
    chance = random.Random(seed)
    found = Count()
    for life in range(kills):
        clock = ManualClock(boot_id=f"boot-{life}")
        said = live(directory, clock, death(life, chance))
        examine(directory, clock, said, found)
    sys.stdout.write(json.dumps({**found.seen, "problems": found.problems}) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
