"""Sixteen processes, 4,000 refunds, 200 sales: over one file, and over one server.

While nothing fails, each grant says what was left before it, so the grants of a sale must form one
unbroken chain from what was paid downwards: that is the serial model, and any other order, lost or
doubled reservation breaks it.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from pos_guard.ledger.values import Answer
from tests.ledger import racer
from tests.ledger.ledger_help import NOW
from tests.ledger.postgres_server import PostgresServer

ROOT = Path(__file__).parents[2]
SECONDS = 100


@pytest.fixture(params=["sqlite", "postgres"])
def where(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:{tmp_path / 'hub.sqlite3'}"
    return str(request.getfixturevalue("conninfo"))


class Race:
    """The racers, each a process; ``pids`` in their order."""

    def __init__(self, where: str, out: Path, count: int) -> None:
        self._starter = subprocess.Popen(
            [sys.executable, "-m", "tests.ledger.racer", where, str(out), str(count)],
            stdout=subprocess.PIPE,
            cwd=ROOT,
        )
        assert self._starter.stdout is not None
        self._says = self._starter.stdout
        self.pids: list[int] = json.loads(self._says.readline())

    def ends(self) -> list[int]:
        """How each ended: 0, or the signal that killed it, negative."""
        found: list[int] = json.loads(self._says.readline())
        return found

    def kill(self, pid: int) -> None:
        """Nothing less than SIGKILL; its parent has not waited for it, so the id is still its."""
        os.kill(pid, signal.SIGKILL)

    def close(self) -> None:
        """Nothing of it is left behind."""
        if self._starter.poll() is None and not self._waited():
            for pid in self.pids:
                with suppress(ProcessLookupError):
                    self.kill(pid)
        self._starter.wait(SECONDS)
        self._says.close()

    def _waited(self) -> bool:
        with suppress(subprocess.TimeoutExpired):
            self._starter.wait(0.5)
        return self._starter.poll() is not None


@contextmanager
def racing(where: str, out: Path, count: int) -> Iterator[Race]:
    """All racers, off together; dead at the end, whatever happened."""
    register(where)
    race = Race(where, out, count)
    try:
        yield race
    finally:
        race.close()


def register(where: str) -> None:
    ledger = racer.open_race(where)
    for facts in racer.sales():
        assert ledger.register(facts)
    ledger.close()


Told = dict[str, set[tuple[str, int]]]


def told(out: Path) -> tuple[Told, int]:
    """Every answer that anybody got, by request; and how many there were."""
    answers: Told = defaultdict(set)
    lines = [line for path in out.glob("*.jsonl") for line in path.read_text().splitlines()]
    for line in lines:
        name, answer, remaining = json.loads(line)
        answers[name].add((answer, remaining))
    return answers, len(lines)


def check(where: str, answers: Told) -> None:
    """No over-refund, all answers alike, and the sums are those of the serial model."""
    assert {len(given) for given in answers.values()} == {1}, "a replay was answered otherwise"
    asked = {ask.refund_id: ask for ask in racer.refunds()}
    chains: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for name, given in answers.items():
        ((answer, remaining),) = given
        ask = asked[name]
        assert ask.sale_id is not None
        if answer == Answer.GRANTED:
            chains[ask.sale_id].append((remaining, ask.amount))
        else:
            assert answer == Answer.NOT_ENOUGH
            assert ask.amount > remaining
    ledger = racer.open_race(where)
    for facts in racer.sales():
        left = facts.amount
        for remaining, amount in sorted(chains[facts.sale_id], reverse=True):
            assert remaining == left
            left -= amount
        sale = ledger.sale(facts.sale_id)
        assert sale is not None
        assert sale.remaining == left >= 0
    assert ledger.cases() == ()
    ledger.close()


def test_sixteen_processes_never_refund_too_much(where: str, tmp_path: Path) -> None:
    with racing(where, tmp_path, racer.REFUNDS) as race:
        assert race.ends() == [0] * racer.RACERS
    answers, lines = told(tmp_path)
    assert (len(answers), lines) == (racer.REFUNDS, 2 * racer.REFUNDS)
    check(where, answers)
    granted = sum(answer == Answer.GRANTED for given in answers.values() for answer, _ in given)
    assert 1000 < granted < 3000


def finish(where: str, out: Path, count: int) -> None:
    """Everybody asks for everything once more: this is how a lost answer is resolved."""
    ledger = racer.open_race(where)
    with (out / "again.jsonl").open("a", encoding="utf-8") as file:
        for ask in racer.refunds(count):
            given = ledger.reserve(ask, NOW)
            file.write(json.dumps([ask.refund_id, given.answer, given.remaining]) + "\n")
    ledger.close()


FEWER = 800


def test_killed_clients_lose_and_double_nothing(where: str, tmp_path: Path) -> None:
    with racing(where, tmp_path, FEWER) as race:
        wait_for_lines(tmp_path, FEWER // 8)
        for pid in race.pids[::2]:
            race.kill(pid)
        assert race.ends() == [-signal.SIGKILL, 0] * (racer.RACERS // 2)
    finish(where, tmp_path, FEWER)
    answers, _ = told(tmp_path)
    assert len(answers) == FEWER
    check(where, answers)


def test_a_server_that_crashes_loses_and_doubles_nothing(
    postgres: PostgresServer, conninfo: str, tmp_path: Path
) -> None:
    with racing(conninfo, tmp_path, FEWER) as race:
        for part in (8, 3):
            wait_for_lines(tmp_path, FEWER // part)
            postgres.crash()
        assert race.ends() == [0] * racer.RACERS
    finish(conninfo, tmp_path, FEWER)
    answers, _ = told(tmp_path)
    assert len(answers) == FEWER
    check(conninfo, answers)


def wait_for_lines(out: Path, count: int) -> None:
    """The race is under way: so many answers came."""
    deadline = time.monotonic() + SECONDS
    while told(out)[1] < count:
        assert time.monotonic() < deadline
        threading.Event().wait(0.02)
