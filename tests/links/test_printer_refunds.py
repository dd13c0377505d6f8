"""A refund slip is printed once the refund is posted, and for no more than that."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pos_guard.model import Intent, IntentKind, Outcome, Result, Tender
from tests.links.printer_rig import CUT, Bench, paper, pay_by_card
from tests.shop import Shop, shop

SLIP = b"REFUND\nOrder: A-17\nREFUND AMOUNT 5.00\n" + CUT
UNNAMED = b"REFUND\nREFUND AMOUNT 5.00\n" + CUT


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made: Shop = shop(tmp_path)
    yield Bench(made)
    made.store.close()


def refund(bench: Bench, amount: int, result: Result = Result.APPROVED) -> None:
    bench.shop.sign_in("ben")
    guard = bench.shop.guard
    intent = Intent(IntentKind.REFUND, Tender.CARD, amount, "EUR", original="0001")
    decision = guard.judge(intent, link="zvt")
    assert decision.allowed, decision.say.en
    guard.settle(decision.id, Outcome(result, amount, "EUR", "0002"))


@pytest.mark.parametrize("slip", [SLIP, UNNAMED], ids=["with its order", "without"])
def test_a_slip_before_its_refund_is_held_back_and_printed_after_it(
    bench: Bench, slip: bytes
) -> None:
    pay_by_card(bench)
    assert "The receipt was not printed" in paper(bench.till(slip))
    refund(bench, 500)
    assert bench.till(slip) == slip


@pytest.mark.parametrize("result", [Result.DECLINED, Result.UNKNOWN])
def test_a_refund_that_did_not_happen_has_no_slip(bench: Bench, result: Result) -> None:
    pay_by_card(bench)
    refund(bench, 500, result)
    assert "The receipt was not printed" in paper(bench.till(SLIP))


def test_a_slip_for_more_than_was_given_back_is_held_back(bench: Bench) -> None:
    pay_by_card(bench)
    refund(bench, 500)
    assert "The receipt was not printed" in paper(bench.till(SLIP.replace(b"5.00", b"50.00")))
