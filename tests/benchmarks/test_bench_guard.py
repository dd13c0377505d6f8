"""What a verdict costs: against the disk's own two commits, and against doing nothing but rules."""

from __future__ import annotations

import itertools
from pathlib import Path

from pos_guard.model import Intent, IntentKind, Outcome, Result, Tender
from pos_guard.policy import engine
from pos_guard.snapshot import Snapshots
from tests.benchmarks.lane import Commits
from tests.benchmarks.ratio import Benchmark, Side, against
from tests.shop import Shop, shop

SALE = Intent(IntentKind.SALE, Tender.CARD, 1250, "EUR")


def one_sale(corner: Shop, numbers: itertools.count[int]) -> None:
    decision = corner.guard.judge(SALE, link="zvt", frame=b"\x06\x01")
    assert decision.allowed
    receipt = str(next(numbers))
    corner.guard.settle(decision.id, Outcome(Result.APPROVED, 1250, "EUR", receipt))


def test_verdict_and_outcome_against_two_durable_commits(
    benchmark: Benchmark, tmp_path: Path
) -> None:
    corner = shop(tmp_path, durable=True)
    corner.guard.payee_reported("zvt", "52001233")
    commits, numbers = Commits(tmp_path / "peer.db"), itertools.count()

    def two_commits() -> None:
        commits.one()
        commits.one()

    against(
        benchmark,
        Side(lambda: one_sale(corner, numbers), before=lambda: corner.order(1250)),
        Side(two_commits, before=commits.one),
        rounds=200,
    )
    commits.close()
    corner.store.close()


def test_rules_with_trace_against_the_snapshot_they_need(
    benchmark: Benchmark, tmp_path: Path
) -> None:
    corner = shop(tmp_path)
    corner.order(1250)
    corner.guard.payee_reported("zvt", "52001233")
    snapshots = Snapshots(corner.store, corner.guard.policy, corner.clock)
    context = corner.guard.context()

    def snapshot() -> object:
        return snapshots.of_intent(SALE, context, "zvt", None)

    request = snapshots.of_intent(SALE, context, "zvt", None)
    policy = corner.guard.policy
    assert len(engine.judge(request, policy).findings) > 5
    against(benchmark, Side(lambda: engine.judge(request, policy), 20), Side(snapshot, 20))
    corner.store.close()
