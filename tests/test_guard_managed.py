"""What is told around requests, what people order, and outcomes that do not fit."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from pos_guard.errors import LocalError, NotPermittedError
from pos_guard.model import (
    Cart,
    CartLine,
    Intent,
    IntentKind,
    Outcome,
    Purpose,
    Result,
    Source,
    Tender,
)
from pos_guard.money import MAX_AMOUNT
from pos_guard.policy.request import Network
from pos_guard.policy.verdict import Reason
from pos_guard.store.ledger import Phase
from pos_guard.told import MAX_LINES, cart_json, cart_of
from tests.shop import PINS, Shop, shop

ZVT = "zvt"
CARD = "4111 1111 1111 1111"
CART = Cart((CartLine("4006381333931", 2, 500), CartLine("毛巾", 1, 250)), discount=50, tax=50)


@pytest.fixture
def corner(tmp_path: Path) -> Iterator[Shop]:
    made = shop(tmp_path)
    yield made
    made.store.close()


def refund(amount: int, original: str = "0001") -> Intent:
    return Intent(IntentKind.REFUND, Tender.CARD, amount, "EUR", original)


def sold(corner: Shop) -> Shop:
    corner.paid_sale(5000)
    corner.sign_in("ben")
    return corner


class TestTold:
    def test_every_piece_has_its_source_and_its_age(self, corner: Shop) -> None:
        corner.guard.tell_reason("damaged", Source.APP)
        corner.guard.tell_purpose(Purpose.RETURN, Source.CONSOLE)
        corner.guard.tell_customer("4711", Source.APP)
        corner.guard.tell_cart(CART, Source.APP)
        context = corner.guard.context()
        assert context.sources() == {
            "reason": "app",
            "purpose": "console",
            "customer": "app",
            "cart": "app",
        }
        assert context.cart is not None
        assert context.cart.value == CART
        corner.clock.advance(301)
        assert corner.guard.context().sources() == {"cart": "app"}
        corner.clock.advance(600)
        assert corner.guard.context().sources() == {}

    def test_a_new_order_ends_what_was_said_for_the_last_one(self, corner: Shop) -> None:
        corner.guard.tell_reason("damaged", Source.APP)
        corner.guard.tell_cart(CART, Source.APP)
        corner.order(1250)
        assert corner.guard.context().sources() == {"order": "bill"}

    def test_the_cart_of_an_order_stays_until_it_is_paid_in_full(self, corner: Shop) -> None:
        corner.guard.payee_reported(ZVT, "52001233")
        corner.order(1250)
        corner.guard.tell_cart(CART, Source.APP)
        part = corner.guard.judge(Intent(IntentKind.SALE, Tender.CARD, 750, "EUR"), link=ZVT)
        corner.guard.settle(part.id, Outcome(Result.APPROVED, 750, "EUR", "0001"))
        assert corner.guard.context().cart is not None
        rest = corner.guard.judge(Intent(IntentKind.SALE, Tender.CARD, 500, "EUR"), link=ZVT)
        corner.guard.settle(rest.id, Outcome(Result.APPROVED, 500, "EUR", "0002"))
        assert corner.guard.context().cart is None

    def test_what_lies_in_the_cart_does_not_come_back_with_a_void(self, corner: Shop) -> None:
        # The simulation found it (seed 447): the next customer's coffee was booked as returned.
        sale = corner.paid_sale(1250)
        corner.sign_in("ben")
        corner.guard.tell_cart(CART, Source.APP)
        void = Intent(IntentKind.VOID, Tender.CARD, 1250, "EUR", "0001")
        decision = corner.guard.judge(void, link=ZVT)
        assert decision.allowed
        state = corner.store.ledger.sale(sale)
        assert state is not None
        assert (state.reserved, state.returned) == (1250, ())

    @pytest.mark.parametrize("piece", ["reason", "customer"])
    @pytest.mark.parametrize(
        "text", ["", " ", "r" * 65, "a\x1b[2J", f"refund to {CARD}", "4111111111111111"]
    )
    def test_what_may_not_be_kept_is_not(self, corner: Shop, piece: str, text: str) -> None:
        guard = corner.guard
        tell = guard.tell_reason if piece == "reason" else guard.tell_customer
        before = len(list(corner.store.audit.records()))
        with pytest.raises(LocalError) as refused:
            tell(text, Source.APP)
        assert "1111" not in str(refused.value)
        assert corner.guard.context().sources() == {}
        assert len(list(corner.store.audit.records())) == before

    @pytest.mark.parametrize(
        ("cart", "named"),
        [
            (Cart((CartLine("A", 1, 1),) * (MAX_LINES + 1)), "500 lines"),
            (Cart((CartLine("A", 1, 1), CartLine("", 1, 1))), "line 2"),
            (Cart((CartLine("x" * 65, 1, 1),)), "line 1"),
            (Cart((CartLine("4111111111111111", 1, 1),)), "card number"),
            (Cart((CartLine("A", 0, 1),)), "quantity"),
            (Cart((CartLine("A", -1, 1),)), "quantity"),
            (Cart((CartLine("A", 1_000_001, 1),)), "quantity"),
            (Cart((CartLine("A", 1, -1),)), "price"),
            (Cart((CartLine("A", 1, MAX_AMOUNT + 1),)), "price"),
            (Cart((CartLine("A", 2, MAX_AMOUNT),)), "adds up"),
            (Cart((), discount=1), "adds up"),
            (Cart((CartLine("A", 1, 1),), discount=-1), "discount"),
            (Cart((CartLine("A", 1, 1),), tax=-1), "discount"),
        ],
    )
    def test_a_cart_out_of_bounds_names_the_line(
        self, corner: Shop, cart: Cart, named: str
    ) -> None:
        with pytest.raises(LocalError, match=named):
            corner.guard.tell_cart(cart, Source.APP)
        assert corner.guard.context().cart is None

    def test_the_fullest_cart_is_kept_whole_and_recorded_as_a_hash(self, corner: Shop) -> None:
        full = Cart(tuple(CartLine(f"{n:064}", 1, n) for n in range(MAX_LINES)))
        corner.guard.tell_cart(full, Source.APP)
        known = corner.guard.context().cart
        assert known is not None
        assert known.value == full
        record = list(corner.store.audit.records(kind="context"))[-1]
        assert set(record.body) == {"piece", "source", "lines", "total", "hash"}
        assert cart_of(cart_json(CART)) == CART

    def test_an_approval_binds_what_was_said(self, corner: Shop) -> None:
        sold(corner)
        hashes = {corner.guard.judge(refund(3000), link=ZVT).request_hash}
        tells: tuple[Callable[[], None], ...] = (
            lambda: corner.guard.tell_reason("damaged", Source.APP),
            lambda: corner.guard.tell_purpose(Purpose.GOODWILL, Source.APP),
            lambda: corner.guard.tell_customer("0001", Source.APP),
        )
        for tell in tells:
            tell()
            hashes.add(corner.guard.judge(refund(3000), link=ZVT).request_hash)
        assert len(hashes) == 4


class TestFreezes:
    @pytest.mark.parametrize("scope", ["operator", "sale", "terminal"])
    def test_a_frozen_scope_moves_nothing_until_a_manager_thaws_it(
        self, corner: Shop, scope: str
    ) -> None:
        sale_id = corner.paid_sale(5000)
        corner.sign_in("ben")
        name = {"operator": "ben", "sale": sale_id, "terminal": "T1"}[scope]
        corner.guard.freeze(scope, name, "two refunds by mistake", "ben", PINS["ben"])
        assert corner.guard.judge(refund(500), link=ZVT).reason is Reason.FROZEN
        with pytest.raises(NotPermittedError):
            corner.guard.unfreeze(scope, name, "ben", PINS["ben"])
        corner.guard.unfreeze(scope, name, "maya", PINS["maya"])
        assert corner.guard.judge(refund(500), link=ZVT).allowed

    @pytest.mark.parametrize(
        ("scope", "name", "person", "error"),
        [
            ("operator", "maya", "ben", NotPermittedError),
            ("operator", "nobody", "maya", LocalError),
            ("sale", "T1-999999", "ben", LocalError),
            ("terminal", "T2", "ben", LocalError),
            ("shop", "all", "maya", LocalError),
        ],
    )
    def test_what_cannot_be_frozen(
        self, corner: Shop, scope: str, name: str, person: str, error: type[Exception]
    ) -> None:
        with pytest.raises(error):
            corner.guard.freeze(scope, name, "why", person, PINS[person])
        assert corner.store.freezes.all() == ()

    def test_a_reason_with_a_card_number_is_none(self, corner: Shop) -> None:
        with pytest.raises(LocalError, match="card number"):
            corner.guard.freeze("terminal", "T1", f"card {CARD}", "ben", PINS["ben"])

    def test_nobody_thaws_himself(self, corner: Shop) -> None:
        corner.store.people.add("omar", "Omar", "manager", "640193")
        corner.guard.freeze("operator", "maya", "looks wrong", "omar", "640193")
        with pytest.raises(NotPermittedError, match="thaws himself"):
            corner.guard.unfreeze("operator", "maya", "maya", PINS["maya"])
        corner.guard.unfreeze("operator", "maya", "omar", "640193")
        with pytest.raises(LocalError, match="not frozen"):
            corner.guard.unfreeze("operator", "maya", "omar", "640193")

    def test_what_is_under_way_keeps_its_reservation(self, corner: Shop) -> None:
        sold(corner)

        def send(_: Intent) -> Outcome:
            corner.guard.freeze("terminal", "T1", "stop everything", "anna", PINS["anna"])
            assert corner.guard.judge(refund(100), link=ZVT).reason is Reason.FROZEN
            return Outcome(Result.APPROVED, 1000, "EUR", "0002")

        done = corner.guard.submit(refund(1000), send, link=ZVT)
        assert corner.store.ledger.entry(done.id).phase is Phase.POSTED

    def test_a_freeze_that_races_with_requests_takes_nothing_back(self, corner: Shop) -> None:
        """Every refund is judged wholly before the freeze or wholly after it."""
        sold(corner)
        allowed: list[int] = []
        refused: list[Reason] = []
        start = threading.Barrier(2)

        def refunds() -> None:
            start.wait(10)
            for _ in range(30):
                decision = corner.guard.judge(refund(10), link=ZVT)
                if decision.allowed:
                    allowed.append(decision.id)
                else:
                    refused.append(decision.reason)

        thread = threading.Thread(target=refunds)
        thread.start()
        start.wait(10)
        corner.guard.freeze("terminal", "T1", "stop everything", "anna", PINS["anna"])
        thread.join(30)
        phases = {corner.store.ledger.entry(number).phase for number in allowed}
        assert phases <= {Phase.RESERVED}
        assert set(refused) <= {Reason.FROZEN, Reason.PATTERN}
        assert len(allowed) + len(refused) == 30
        assert corner.guard.judge(refund(10), link=ZVT).reason is Reason.FROZEN

    def test_a_waiting_request_does_not_pass_a_freeze(self, corner: Shop) -> None:
        sold(corner)
        held = corner.guard.judge(refund(3000), link=ZVT)
        corner.guard.approve(held.id, "maya", PINS["maya"])
        corner.guard.freeze("terminal", "T1", "stop everything", "anna", PINS["anna"])
        assert corner.guard.rejudge(held.id).reason is Reason.FROZEN


class TestOrders:
    def test_a_closed_batch_is_recorded(self, corner: Shop) -> None:
        sold(corner)
        corner.guard.batch_closed(ZVT)
        record = list(corner.store.audit.records(kind="batch-closed"))[-1]
        assert record.body == {"link": ZVT, "last_entry": 1}
        assert corner.store.batches.settled(ZVT, 1) is True

    def test_offline_is_told_recorded_and_counts(self, corner: Shop) -> None:
        corner.sign_in("ben")
        corner.guard.payee_reported(ZVT, "52001233")
        corner.guard.tell_network(Network.OFFLINE)
        unreferenced = replace(refund(500), original=None)
        assert corner.guard.judge(unreferenced, link=ZVT).reason is Reason.OFFLINE
        corner.guard.tell_network(Network.ONLINE)
        assert corner.guard.judge(unreferenced, link=ZVT).needs_person

    def test_a_shift_begins_and_ends_by_pin(self, corner: Shop) -> None:
        with pytest.raises(NotPermittedError):
            corner.guard.begin_shift("ben", "000000")
        corner.clock.advance(600)
        corner.guard.begin_shift("ben", PINS["ben"])
        assert corner.store.shifts.current("ben") is not None
        with pytest.raises(NotPermittedError):
            corner.guard.end_shift("anna", PINS["anna"], "ben")
        corner.guard.end_shift("maya", PINS["maya"], "ben")
        assert corner.store.shifts.current("ben") is None
        with pytest.raises(LocalError):
            corner.guard.end_shift("ben", PINS["ben"])


class TestOutcomes:
    @pytest.mark.parametrize(
        ("outcome", "differs"),
        [
            (Outcome(Result.APPROVED, 1001, "EUR", "0002"), ["amount"]),
            (Outcome(Result.APPROVED, 100, "EUR", "0002"), ["amount"]),
            (Outcome(Result.APPROVED, 1000, "USD", "0002"), ["currency"]),
            (Outcome(Result.APPROVED, 1000, "EUR", "0002", reference="R2"), ["reference"]),
            (Outcome(Result.APPROVED, 1000, "EUR", "0002", payee="1900000110"), ["payee"]),
            (Outcome(Result.APPROVED, 1, "USD", "0002", "x", None, "y"),
             ["amount", "currency", "payee", "reference"]),
        ],
    )  # fmt: skip
    def test_any_difference_freezes_the_link_and_opens_a_case(
        self, corner: Shop, outcome: Outcome, differs: list[str]
    ) -> None:
        decision = self.asked(corner)
        words = corner.guard.settle(decision, outcome)
        assert words is not None
        assert words.zh
        assert corner.store.links.frozen("wechat") == words.en
        case = next(iter(corner.store.audit.records(kind="case")))
        assert case.body == {"entry": decision, "why": "outcome-differs", "differs": differs}

    @pytest.mark.parametrize(
        "outcome",
        [
            Outcome(Result.APPROVED),
            Outcome(Result.APPROVED, 1000, "EUR", "0002", "1900000109", "OK", "R1"),
            Outcome(Result.DECLINED, 1, "USD", "0002", "x", None, "y"),
            Outcome(Result.UNKNOWN, 1, "USD"),
        ],
    )
    def test_what_fits_or_moved_nothing_does_not(self, corner: Shop, outcome: Outcome) -> None:
        assert corner.guard.settle(self.asked(corner), outcome) is None
        assert corner.store.links.frozen("wechat") is None

    def asked(self, corner: Shop) -> int:
        corner.order(1000)
        intent = Intent(
            IntentKind.SALE, Tender.WECHAT, 1000, "EUR", payee="1900000109", reference="R1"
        )
        decision = corner.guard.judge(intent, link="wechat")
        assert decision.allowed, decision.say.en
        return decision.id
