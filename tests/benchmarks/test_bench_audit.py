"""What proving the record whole costs, against hashing its bytes and nothing else."""

from __future__ import annotations

import hashlib
import os
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from pos_guard.clock import SystemClock
from pos_guard.frames.decoded import Json
from pos_guard.model import Intent, IntentKind, Outcome, Result, Tender
from pos_guard.store.canonical import canonical
from pos_guard.store.entry import NewEntry
from pos_guard.store.store import Store
from tests.benchmarks.ratio import Benchmark, Side, against, note_rate
from tests.shop import Shop, shop
from tests.store.store_help import BASE

SALES = 400
GROUP = 128


def a_busy_day(corner: Shop) -> None:
    corner.guard.payee_reported("zvt", "52001233")
    for number in range(SALES):
        corner.order(1250)
        sale = Intent(IntentKind.SALE, Tender.CARD, 1250, "EUR")
        decision = corner.guard.judge(sale, link="zvt", frame=b"\x06\x01")
        corner.guard.settle(decision.id, Outcome(Result.APPROVED, 1250, "EUR", str(number)))


def test_audit_verify_against_plain_sha256_of_the_same_bytes(
    benchmark: Benchmark, tmp_path: Path
) -> None:
    corner = shop(tmp_path)
    a_busy_day(corner)
    rows = corner.store._database.rows("SELECT record FROM audit ORDER BY seq")
    bodies = [row[0] for row in rows if isinstance(row[0], bytes)]

    def plain() -> list[bytes]:
        return [hashlib.sha256(body).digest() for body in bodies]

    assert corner.store.audit.verify().count == len(bodies)
    against(benchmark, Side(corner.store.audit.verify), Side(plain))
    note_rate(benchmark, len(bodies), "records")
    corner.store.close()


def verdict_body(number: int) -> dict[str, Json]:
    """A refund's verdict with a trace of 31 rules, as the guard records it (2.5 KiB)."""
    trace: list[Json] = [
        {"rule": f"rule-{rule}", "level": "ALLOW", "mode": "enforce", "reason": "ok", "inputs": {}}
        for rule in range(31)
    ]
    return {
        "link": "zvt",
        "policy": "5c" * 32,
        "kind": "refund",
        "tender": "card",
        "amount": 1250,
        "currency": "EUR",
        "original": f"T1-{number:06d}",
        "entry": number,
        "level": "ALLOW",
        "would_be": "ALLOW",
        "rule": "rule-0",
        "reason": "ok",
        "trace": trace,
    }


class Till:
    """Durable verdicts, without the rules: approval, reservation, record, chain, tree, index.

    What is to be written is made beforehand: that is the guard's work, and not timed here.
    """

    def __init__(self, place: Path) -> None:
        self.clock = SystemClock()
        self.store = Store.create(
            place / "state", clock=self.clock, terminal_id="T1", scrypt_log2n=2
        )
        self.number = 0
        self.waiting: deque[tuple[NewEntry, dict[str, Json]]] = deque()

    def prepare(self, count: int) -> None:
        for _ in range(count):
            self.number += 1
            entry = replace(BASE, sale_id=f"T1-{self.number:06d}")
            self.waiting.append((entry, verdict_body(self.number)))

    def verdict(self) -> None:
        entry, body = self.waiting.popleft()
        with self.store.transaction():
            self.store.approvals.take("r" * 64)
            body["entry"] = self.store.ledger.add(entry)
            self.store.audit.append("verdict", body, actor="anna")

    def singles(self) -> Side:
        """Ten verdicts in one turn, each durable by itself."""
        return Side(self.verdict, 10, lambda: self.prepare(10))

    def groups(self) -> Side:
        """One group commit in one turn."""
        return Side(self.group, before=lambda: self.prepare(GROUP))

    def group(self) -> None:
        with self.store.batch():
            for _ in range(GROUP):
                self.verdict()


def raw_sync(place: Path) -> Callable[[], None]:
    """The least that is durable: 4 KiB appended to a file of the same file system, fdatasync."""
    descriptor = os.open(place / "raw", os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def act() -> None:
        os.write(descriptor, bytes(4096))
        os.fdatasync(descriptor)

    return act


def test_durable_verdict_against_raw_fdatasync(benchmark: Benchmark, tmp_path: Path) -> None:
    """The bar of the issue: at least 0.75 of the raw loop's rate, so a ratio of 1.33 at most."""
    till = Till(tmp_path)
    against(benchmark, till.singles(), Side(raw_sync(tmp_path), 10))
    note_rate(benchmark, 1, "verdicts")
    till.store.close()


def test_group_commit_of_128_against_single_verdicts(benchmark: Benchmark, tmp_path: Path) -> None:
    """The bar: ten times the rate, so a ratio of 12.8 at most for 128 verdicts at once."""
    till = Till(tmp_path)
    against(benchmark, till.groups(), till.singles(), rounds=20)
    note_rate(benchmark, GROUP, "verdicts")
    till.store.close()


def test_group_commit_of_128_against_raw_fdatasync(benchmark: Benchmark, tmp_path: Path) -> None:
    """What the disk allows: 128 verdicts and one sync against one raw sync."""
    till = Till(tmp_path)
    against(benchmark, till.groups(), Side(raw_sync(tmp_path), 10), rounds=20)
    note_rate(benchmark, GROUP, "verdicts")
    till.store.close()


def test_append_against_sha256_of_the_same_bytes(benchmark: Benchmark, tmp_path: Path) -> None:
    """Processor time alone: the append inside one open transaction."""
    till = Till(tmp_path)
    body = verdict_body(1)
    raw = canonical(body)

    def append() -> None:
        with till.store.transaction():
            for _ in range(GROUP):
                till.store.audit.append("verdict", body, actor="anna")

    def plain() -> None:
        for _ in range(GROUP):
            hashlib.sha256(raw).digest()

    against(benchmark, Side(append), Side(plain), rounds=20)
    note_rate(benchmark, GROUP, "records")
    till.store.close()
