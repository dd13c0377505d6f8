"""The providers' own rules of refunds, as the locked packs hold them, through a provider link.

WeChat Pay 申请退款 (v3 chapter3_1_9, v2 9_4): within one year of the payment, at most fifty parts
of one payment, a minute between two refunds of one order, the same number on every retry. Alipay:
within the contract's time (twelve months at most), the same out_request_no on a retry.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pos_guard.store.ledger import Phase
from pos_guard_simulator.provider_book import MAX_REFUNDS, Script
from tests.links.provider_rig import Rig, make_rig
from tests.links.test_provider import HOST, LINK, codepay, refund
from tests.links.test_provider_profiles import PAYEES, Alipay, Bench
from tests.shop import MERCHANT, POLICY, shop

DAY = 86_400


def locked(pack: str) -> str:
    """The corner shop's policy under a provider's locked pack."""
    text = POLICY.replace('"EUR"', '"CNY"').replace('wechat = ["1900000109"]', PAYEES)
    return text.replace("version = 1\n", f'version = 1\nextends = ["{pack}"]\n', 1)


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    """A paid order of 12.50 at WeChat Pay, and somebody at the till who may refund."""
    yuan = shop(tmp_path, policy=locked("wechat"))
    made = make_rig(yuan, "wechat-v3", LINK, HOST, frozenset({MERCHANT}))
    made.send(codepay())
    assert made.reply() == (200, "SUCCESS")
    yuan.sign_in("ben")
    yield made
    yuan.store.close()


def back(rig: Rig, fen: int, number: str, *, after: float = 61) -> tuple[int, str | None]:
    """A refund, so many seconds after the last."""
    rig.shop.clock.advance(after)
    rig.shop.sign_in("ben")
    if not rig.device:
        rig.connect_device()
    rig.send(refund(fen, number=number))
    if rig.waits:
        rig.connect_device()
    return rig.reply()


def test_fifty_partial_refunds_pass_and_the_fifty_first_never_leaves(rig: Rig) -> None:
    for part in range(MAX_REFUNDS):
        assert back(rig, 10, f"R{part}") == (200, "PROCESSING"), part
    heard = len(rig.twin.heard)
    assert back(rig, 10, "R50")[0] == 403
    assert len(rig.twin.heard) == heard
    assert sum(move.what == "refunded" for move in rig.twin.moved) == MAX_REFUNDS


def test_a_repeated_refund_is_no_further_part(rig: Rig) -> None:
    for part in range(MAX_REFUNDS):
        back(rig, 10, f"R{part}")
    assert back(rig, 10, f"R{MAX_REFUNDS - 1}", after=1) == (200, "PROCESSING")
    assert sum(move.what == "refunded" for move in rig.twin.moved) == MAX_REFUNDS


@pytest.mark.parametrize(("days", "allowed"), [(364, True), (366, False)])
def test_a_payment_is_refunded_within_one_year(rig: Rig, days: int, allowed: bool) -> None:
    status, _ = back(rig, 100, "R1", after=days * DAY)
    assert (status == 200) is allowed
    assert (len(rig.twin.moved) == 2) is allowed


@pytest.mark.parametrize(("seconds", "allowed"), [(30, False), (59, False), (61, True)])
def test_there_is_a_minute_between_two_refunds_of_one_order(
    rig: Rig, seconds: int, allowed: bool
) -> None:
    assert back(rig, 100, "R1") == (200, "PROCESSING")
    status, _ = back(rig, 200, "R2", after=seconds)
    assert (status == 200) is allowed
    assert (len(rig.twin.moved) == 3) is allowed


def test_a_retry_under_the_same_number_waits_for_no_minute_and_moves_once(rig: Rig) -> None:
    rig.twin.book.refund_scripts[100] = Script.SYSTEM_ERROR
    assert back(rig, 100, "R1")[0] == 500
    assert rig.entries()[-1] == ("refund", Phase.UNKNOWN)
    assert back(rig, 100, "R1", after=1) == (200, "PROCESSING")
    assert rig.entries()[-1] == ("refund", Phase.POSTED)
    assert [move.fen for move in rig.twin.moved] == [1250, 100]


def test_the_same_number_with_another_amount_never_leaves(rig: Rig) -> None:
    assert back(rig, 100, "R1") == (200, "PROCESSING")
    heard = len(rig.twin.heard)
    assert back(rig, 101, "R1")[0] == 403
    assert len(rig.twin.heard) == heard


def test_an_unclear_refund_is_not_asked_under_a_new_number(rig: Rig) -> None:
    rig.twin.book.refund_scripts[100] = Script.SYSTEM_ERROR
    back(rig, 100, "R1")
    heard = len(rig.twin.heard)
    assert back(rig, 100, "R2")[0] == 403
    assert len(rig.twin.heard) == heard


@pytest.mark.parametrize(("days", "allowed"), [(364, True), (366, False)])
def test_alipay_refunds_within_twelve_months(days: int, allowed: bool, tmp_path: Path) -> None:
    till = Alipay()
    yuan = shop(tmp_path, policy=locked("alipay"))
    rig = make_rig(yuan, "alipay", "pay", "provider.example", frozenset({till.payee}))
    bench = Bench(rig, till)
    assert bench.ask(till.pay(1250))[0] == 200
    yuan.clock.advance(days * DAY)
    yuan.sign_in("ben")
    status, _ = bench.ask(till.refund(100))
    assert (status == 200) is allowed
    yuan.store.close()
