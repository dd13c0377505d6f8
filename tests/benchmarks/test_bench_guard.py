"""What a verdict costs: against the disk's own two commits, and against doing nothing but rules."""

from __future__ import annotations

import itertools
import sqlite3
from pathlib import Path

from pos_guard.model import Intent, IntentKind, Outcome, Result, Tender
from pos_guard.policy import engine
from pos_guard.snapshot import Snapshots
from tests.benchmarks.ratio import Benchmark, against
from tests.shop import Shop, shop


def durable_file(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("CREATE TABLE record (seq INTEGER PRIMARY KEY, body BLOB)")
    return connection


def one_sale(corner: Shop, numbers: itertools.count[int]) -> None:
    number = next(numbers)
    sale = Intent(IntentKind.SALE, Tender.CARD, 1, "EUR")
    decision = corner.guard.judge(sale, link="zvt", frame=b"\x06\x01")
    assert decision.allowed
    corner.guard.settle(decision.id, Outcome(Result.APPROVED, 1, "EUR", str(number)))


def test_verdict_and_outcome_against_two_durable_commits(
    benchmark: Benchmark, tmp_path: Path
) -> None:
    corner = shop(tmp_path, durable=True)
    corner.order(100_000)
    corner.guard.payee_reported("zvt", "52001233")
    peer = durable_file(tmp_path / "peer.db")
    record, numbers = bytes(1800), itertools.count()

    def two_commits() -> None:
        for _ in range(2):
            peer.execute("INSERT INTO record (body) VALUES (?)", (record,))

    against(benchmark, lambda: one_sale(corner, numbers), two_commits, rounds=200)
    peer.close()
    corner.store.close()


def test_rules_with_trace_against_the_snapshot_they_need(
    benchmark: Benchmark, tmp_path: Path
) -> None:
    corner = shop(tmp_path)
    corner.order(1250)
    corner.guard.payee_reported("zvt", "52001233")
    snapshots = Snapshots(corner.store, corner.clock)
    intent = Intent(IntentKind.SALE, Tender.CARD, 1250, "EUR")
    context = corner.guard.context()

    def snapshot() -> object:
        return snapshots.of_intent(intent, context, "zvt", None)

    request = snapshots.of_intent(intent, context, "zvt", None)
    policy = corner.guard.policy
    against(benchmark, lambda: engine.judge(request, policy), snapshot, repeat=20)
    corner.store.close()
