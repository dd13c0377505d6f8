"""What proving the record whole costs, against hashing its bytes and nothing else."""

from __future__ import annotations

import hashlib
from pathlib import Path

from pos_guard.model import Intent, IntentKind, Outcome, Result, Tender
from tests.benchmarks.ratio import Benchmark, Side, against, note_rate
from tests.shop import Shop, shop

SALES = 400


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
