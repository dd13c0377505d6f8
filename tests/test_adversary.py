"""Attacks that once got through, each by what it gained; people, policy and ledger of issue 5."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pos_guard.decision import RefusedError
from pos_guard.errors import LocalError, SettingsError
from pos_guard.model import Intent, IntentKind, Outcome, Result, Tender
from pos_guard.policy.load import load_policy
from pos_guard.policy.verdict import Reason
from tests.shop import MERCHANT, Shop, shop

ZVT = "zvt"
DAY_S = 86_400
CARD = "4111 1111 1111 1111"  # the schemes' documented test number


@pytest.fixture
def corner(tmp_path: Path) -> Iterator[Shop]:
    made = shop(tmp_path)
    yield made
    made.store.close()


def refund(amount: int | None, reference: str | None = None) -> Intent:
    return Intent(IntentKind.REFUND, Tender.CARD, amount, "EUR", "0001", reference=reference)


class Sender:
    """A terminal: pays back whatever it is asked, each time."""

    def __init__(self, result: Result) -> None:
        self.sent = 0
        self.result = result

    def __call__(self, intent: Intent) -> Outcome:
        self.sent += 1
        amount = intent.amount if self.result is Result.APPROVED else None
        return Outcome(self.result, amount, None if amount is None else "EUR")


@pytest.mark.parametrize("result", [Result.APPROVED, Result.UNKNOWN])
def test_a_repeated_number_does_not_make_a_terminal_pay_twice(corner: Shop, result: Result) -> None:
    corner.paid_sale(500)
    corner.sign_in("ben")
    send = Sender(result)
    first = corner.guard.submit(refund(500, "R1"), send, link=ZVT)
    for _ in range(2):
        with pytest.raises(RefusedError) as caught:
            corner.guard.submit(refund(500, "R1"), send, link=ZVT)
        again = caught.value.decision
        assert (again.reason, again.id) == (Reason.DUPLICATE, first.id)
    assert send.sent == 1


@pytest.mark.parametrize(("result", "sent"), [(Result.APPROVED, 1), (Result.UNKNOWN, 3)])
def test_a_provider_is_asked_again_only_while_the_result_is_open(
    corner: Shop, result: Result, sent: int
) -> None:
    corner.order(500)
    sale = Intent(IntentKind.SALE, Tender.WECHAT, 500, "EUR", payee=MERCHANT, reference="S1")
    decision = corner.guard.judge(sale, link="wechat")
    assert decision.allowed, decision.say.en
    corner.guard.settle(decision.id, Outcome(Result.APPROVED, 500, "EUR"))
    corner.sign_in("ben")
    send = Sender(result)
    back = Intent(
        IntentKind.REFUND, Tender.WECHAT, 500, "EUR", "S1", payee=MERCHANT, reference="R1"
    )
    for _ in range(3):
        corner.guard.submit(back, send, link="wechat")
    assert send.sent == sent


def test_an_approved_refund_of_nothing_leaves_nothing_to_refund_again(corner: Shop) -> None:
    sale_id = corner.paid_sale(500)
    corner.sign_in("ben")
    decision = corner.guard.judge(refund(500), link=ZVT)
    assert corner.guard.settle(decision.id, Outcome(Result.APPROVED, 0, "EUR")) is not None
    sale = corner.store.ledger.sale(sale_id)
    assert sale is not None
    assert sale.remaining == 0


@pytest.mark.parametrize(("waited_s", "allowed"), [(60, True), (3 * DAY_S, False)])
def test_a_reboot_keeps_nobody_signed_in_for_ever(
    corner: Shop, waited_s: int, allowed: bool
) -> None:
    corner.paid_sale(500)
    corner.sign_in("ben")
    corner.clock.reboot()
    corner.clock.advance(waited_s)
    assert corner.guard.judge(refund(500), link=ZVT).allowed is allowed


def test_a_sale_is_not_undone_as_a_reservation(corner: Shop) -> None:
    corner.paid_sale(500)
    corner.sign_in("ben")
    undo = Intent(IntentKind.PREAUTH_VOID, Tender.CARD, None, "EUR", "0001")
    decision = corner.guard.judge(undo, link=ZVT)
    assert not decision.allowed
    assert decision.reason is Reason.ORIGINAL


def test_who_declines_is_no_card_number(corner: Shop) -> None:
    corner.paid_sale(5000)
    corner.sign_in("ben")
    decision = corner.guard.judge(refund(3000), link=ZVT)
    for text in (CARD, "ben\n{}", ""):
        with pytest.raises(LocalError):
            corner.guard.decline(decision.id, text)


def test_no_card_number_in_names_and_reasons(corner: Shop) -> None:
    with pytest.raises(LocalError, match="card number"):
        corner.store.glass.start("maya", f"customer {CARD}", 60)
    with pytest.raises(LocalError, match="card number"):
        corner.store.people.add("zed", CARD, "cashier", "640275")
    with pytest.raises(LocalError, match="card number"):
        corner.store.people.add(CARD.replace(" ", ""), "Zed", "cashier", "640275")


PACK = 'name = "p"\nversion = 1\ncurrency = "EUR"\n'
MERCHANT_LAYER = 'name = "m"\nversion = 1\nextends = ["pack.toml"]\nlocked = ["{lock}"]\n'
SHOP_LAYER = 'name = "s"\nversion = 1\nextends = ["merchant.toml"]\n'


@pytest.mark.parametrize(
    ("lock", "inherited", "stated", "loosened"),
    [
        pytest.param(
            "roles.cashier",
            '[roles.cashier]\nmay = ["sale"]\n',
            '[roles.cashier]\nrefund_limit = "10.00"\n',
            '[roles.cashier]\nmay = ["sale", "refund"]\n',
            id="what a role may do",
        ),
        pytest.param(
            "rules.split-under-limit",
            "[rules.split-under-limit]\nwithin_s = 600\n",
            '[rules.split-under-limit]\nmode = "enforce"\n',
            "[rules.split-under-limit]\nwithin_s = 1\n",
            id="an option of a rule",
        ),
    ],
)
def test_a_lock_holds_what_its_layer_inherits(
    tmp_path: Path, lock: str, inherited: str, stated: str, loosened: str
) -> None:
    """The pack states it, the merchant locks its table without repeating it."""
    (tmp_path / "pack.toml").write_text(PACK + inherited, encoding="utf-8")
    merchant = MERCHANT_LAYER.format(lock=lock) + stated
    (tmp_path / "merchant.toml").write_text(merchant, encoding="utf-8")
    (tmp_path / "shop.toml").write_text(SHOP_LAYER + loosened, encoding="utf-8")
    with pytest.raises(SettingsError, match="loosens what m@1 locks"):
        load_policy(tmp_path / "shop.toml")
