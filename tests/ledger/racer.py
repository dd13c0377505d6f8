"""The terminals of the race, a process each: ``python -m tests.ledger.racer WHERE OUT COUNT``.

``WHERE``: ``sqlite:PATH`` or a PostgreSQL URI. Every request is asked by two of the ``RACERS``: by
its owner, who submits and settles some of them, and by a neighbour who only asks. Each answer is a
JSON line in its file, written after the call returned: what is there was acknowledged. Calls that
got no answer are asked again with the same id, up to ``TRIES`` times.
"""

from __future__ import annotations

import json
import os
import random
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from pos_guard.ledger.port import SharedLedger, UnreachableError
from pos_guard.ledger.values import RefundAsk, RefundPhase, SaleFacts
from tests.ledger.ledger_help import ASK, NOW, SALE

T = TypeVar("T")

RACERS = 16
SALES = 200
REFUNDS = 4000
SEED = 5
TRIES = 200
MERCHANT = "race"


def sales() -> list[SaleFacts]:
    """What was sold."""
    chance = random.Random(SEED)
    return [
        replace(SALE, sale_id=f"S{number}", amount=chance.randrange(1000, 20_000))
        for number in range(SALES)
    ]


def refunds(count: int = REFUNDS) -> list[RefundAsk]:
    """What is asked for: about twice of what was paid."""
    chance = random.Random(SEED + 1)
    return [
        replace(
            ASK,
            refund_id=f"R{number}",
            sale_id=f"S{chance.randrange(SALES)}",
            amount=chance.randrange(1, 2000),
            terminal=f"T{number % RACERS}",
        )
        for number in range(count)
    ]


def open_race(where: str) -> SharedLedger:
    """The ledger of the race. A kill loses no commit of SQLite: its disk is not waited on."""
    if where.startswith("sqlite:"):
        from pos_guard.ledger.sqlite import SqliteLedger

        return SqliteLedger(Path(where.removeprefix("sqlite:")), MERCHANT, durable=False)
    from pos_guard.ledger.postgres import PostgresLedger

    return PostgresLedger(where, MERCHANT, wait_seconds=5.0)


def insist(call: Callable[[], T]) -> T:
    """Ask until there is an answer."""
    for _ in range(TRIES):
        try:
            return call()
        except UnreachableError:
            threading.Event().wait(0.05)
    return call()


def race(ledger: SharedLedger, number: int, count: int, tell: Callable[[str], object]) -> None:
    """Ask for everything that is this racer's, and for its neighbour's."""
    mine = [ask for ask in refunds(count) if ask.terminal == f"T{number}"]
    other = [ask for ask in refunds(count) if ask.terminal == f"T{(number + 1) % RACERS}"]
    todo = [(ask, True) for ask in mine] + [(ask, False) for ask in other]
    random.Random(SEED + number).shuffle(todo)
    for ask, own in todo:
        given = insist(lambda ask=ask: ledger.reserve(ask, NOW))  # type: ignore[misc]  # bound now
        tell(json.dumps([ask.refund_id, given.answer, given.remaining]) + "\n")
        if own and given.granted and int(ask.refund_id[1:]) % 4 == 0:
            settle(ledger, ask.refund_id)


def settle(ledger: SharedLedger, name: str) -> None:
    """Submit it, and tell what came of it: some are posted, some are never known."""
    sent = insist(lambda: ledger.submitted(name, NOW))
    # After a lost answer the owner may find it settled by itself: only then it is not sent.
    if sent:
        phase = RefundPhase.POSTED if int(name[1:]) % 8 == 0 else RefundPhase.UNKNOWN
        assert insist(lambda: ledger.settle(name, phase, NOW))


def main(where: str, out: str, count: str) -> int:
    """Fork the racers, off together; say their process ids, wait for all, and how they ended.

    Forked, so that what they import is imported once; each opens the ledger for itself.
    """
    children = [
        _fork(where, Path(out) / f"{number}.jsonl", number, int(count)) for number in range(RACERS)
    ]
    say(children)
    ends = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
    say(ends)
    return 0


def say(numbers: list[int]) -> None:
    """One line for the test."""
    sys.stdout.write(json.dumps(numbers) + "\n")
    sys.stdout.flush()


def _fork(where: str, out: Path, number: int, count: int) -> int:
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        ledger = open_race(where)
        with out.open("a", encoding="utf-8", buffering=1) as file:
            race(ledger, number, count, file.write)
        ledger.close()
        code = 0
    finally:
        os._exit(code)


if __name__ == "__main__":
    import pos_guard.ledger.postgres
    import pos_guard.ledger.sqlite  # noqa: F401 - before the forks

    sys.exit(main(*sys.argv[1:]))
