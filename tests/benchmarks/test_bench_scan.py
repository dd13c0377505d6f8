"""From the end of a scan to its verdict: what the guard adds to the durable commit.

The bar is 5 ms at the median without the commit; ``subject_us`` says it in every run. With it the
peer is the disk's own commit of as many bytes.
"""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import pytest

from pos_guard.frames.codes import classify
from pos_guard.model import Source
from pos_guard.money import Money
from tests.benchmarks.lane import Commits
from tests.benchmarks.ratio import Benchmark, Side, against
from tests.shop import POLICY, Shop, shop

GOLDEN = Path(__file__).parents[1] / "golden" / "scan_checks.json"
CODES = {name: entry["payload"] for name, entry in json.loads(GOLDEN.read_text("utf-8")).items()}
STICKERS = 50
SEEN = 5_000
"""Codes that were seen before: a busy lane's day."""

PAYMENT = (f"1346{number:014d}" for number in itertools.count(1))


def busy_shop(tmp_path: Path, *, durable: bool) -> Shop:
    """A day's codes, some stickers, an order and somebody at the till."""
    corner = shop(tmp_path, policy=POLICY.replace('"EUR"', '"CNY"'), durable=durable)
    corner.sign_in("anna")
    corner.guard.tell_order("A", Money(1250, "CNY"), Source.BILL)
    with corner.store.transaction():
        for number in range(SEEN):
            corner.store.codes.mark_seen(f"token-{number}", typed=False)
    for number in range(STICKERS):
        code = classify(f"https://qr.shop.example/s/{number}")
        corner.guard.stickers.add(f"s{number}", "wall", code, by="maya", account="app")
    return corner


def verdict(corner: Shop, payload: str) -> None:
    """What a scanner link does once a scan is whole."""
    decision = corner.guard.judge_code(classify(payload), link="scanner")
    assert decision.verdict.findings


@pytest.mark.parametrize("name", ["payment", "promptpay_30", "receive_alipay_upper", "lookalike"])
def test_verdict_of_a_scan_against_a_durable_commit(
    benchmark: Benchmark, tmp_path: Path, name: str
) -> None:
    corner = busy_shop(tmp_path, durable=False)
    commits = Commits(tmp_path / "peer.db")
    against(
        benchmark,
        Side(lambda: verdict(corner, CODES.get(name) or next(PAYMENT))),
        Side(commits.one),
        rounds=100,
    )
    benchmark.extra_info["bar_us"] = 5000
    commits.close()
    corner.store.close()


def test_verdict_and_commit_of_a_payment_code_against_the_commit_alone(
    benchmark: Benchmark, tmp_path: Path
) -> None:
    corner = busy_shop(tmp_path, durable=True)
    commits = Commits(tmp_path / "peer.db")
    against(benchmark, Side(lambda: verdict(corner, next(PAYMENT))), Side(commits.one), rounds=100)
    commits.close()
    corner.store.close()
