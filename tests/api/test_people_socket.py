"""People answer and order over the decision socket, with a real server, guard and store."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest

from pos_guard.api.client import DecisionClient, RequestRefusedError
from pos_guard.frames.decoded import Json
from pos_guard.guard import Guard
from pos_guard.model import Source
from pos_guard.policy.policy import RuleSetting
from tests.api.decision_server import serving
from tests.shop import PINS, TERMINAL_ID, Shop, shop

Body = dict[str, Json]


@pytest.fixture
def corner(tmp_path: Path) -> Iterator[Shop]:
    made = shop(tmp_path)
    yield made
    made.store.close()


@pytest.fixture
def strict(corner: Shop) -> Shop:
    """The same shop, where 40.00 is confirmed and refunds have reasons."""
    corner.paid_sale(9000, link="app")
    corner.sign_in("ben")
    policy = corner.guard.policy
    rules = {**policy.rules, "amount-confirmed": RuleSetting(options={"above": 4000})}
    strict = replace(policy, rules=rules, reasons=frozenset({"damaged"}))
    return replace(corner, guard=Guard(corner.store, strict, corner.clock))


def refund(till: DecisionClient, amount: int = 5000) -> Body:
    return till.ask("refund", "card", amount, currency="EUR", payee=TERMINAL_ID, original="0001")


def test_each_answer_says_what_is_still_needed_and_the_last_one_wakes_the_till(
    strict: Shop, tmp_path: Path
) -> None:
    answered: list[int] = []
    where = tmp_path / "run" / "decide.sock"
    with (
        serving(strict.guard, where, answered.append),
        DecisionClient(where) as till,
        DecisionClient(where) as console,
    ):
        verdict = refund(till)
        number = cast("int", verdict["decision"])
        assert (verdict["needs_person"], verdict["steps"]) == (True, 3)
        assert verdict["needs"] == ["approval", "confirmation", "reason"]
        waiting = cast("list[Body]", console.request("pending")["waiting"])
        assert waiting[0]["needs"] == ["approval", "confirmation", "reason"]
        left = console.request("explain", decision=number, reason="damaged", purpose="return")
        assert left["needs"] == ["approval", "confirmation"]
        assert console.request("confirm", decision=number, amount=5000)["needs"] == ["approval"]
        assert answered == []
        strict.guard.tell_operator("maya", Source.SCAN)
        assert console.request("approve", decision=number, pin=PINS["maya"])["needs"] == []
        assert answered == [number]
        final = till.wait(number, 5)
        assert (final["allowed"], final["needs"], final["steps"]) == (True, [], 3)


def test_a_missing_answer_is_a_no(strict: Shop, tmp_path: Path) -> None:
    where = tmp_path / "decide.sock"
    with serving(strict.guard, where), DecisionClient(where) as till:
        number = refund(till)["decision"]
        final = till.request("again", decision=number)
    assert (final["allowed"], final["needs_person"], final["needs"]) == (False, False, [])


def test_context_takes_all_pieces(corner: Shop, tmp_path: Path) -> None:
    cart: Json = {"lines": [{"sku": "A", "quantity": 2, "price": 600}], "tax": 50}
    where = tmp_path / "decide.sock"
    with serving(corner.guard, where), DecisionClient(where) as till:
        till.context(
            order={"id": "A1", "total": 1250, "currency": "EUR"},
            cart=cart,
            reason="damaged",
            purpose="goodwill",
            customer="0001",
        )
        known = corner.guard.context()
        assert sorted(known.sources()) == ["cart", "customer", "order", "purpose", "reason"]
        assert known.cart is not None
        assert known.cart.value.total == 1250
        lines: list[Json] = [
            {"sku": f"{number:064}", "quantity": 1_000_000, "price": 100} for number in range(500)
        ]
        till.context(cart={"lines": lines})


@pytest.mark.parametrize(
    "pieces",
    [
        {"reason": "x" * 65},
        {"customer": "4111 1111 1111 1111"},
        {"purpose": "gift"},
        {"cart": {"lines": "A"}},
        {"cart": {"lines": ["A"]}},
        {"cart": {"lines": [{"sku": "A", "quantity": 1}]}},
        {"cart": {"lines": [{"sku": "A", "quantity": 0, "price": 1}]}},
        {"cart": {"lines": [{"sku": "A", "quantity": 1, "price": 1, "vat": 19}]}},
        {"cart": {"lines": [{"sku": "A", "quantity": 1, "price": 1}] * 501}},
    ],
)
def test_a_piece_that_is_wrong_is_named_and_not_kept(
    corner: Shop, tmp_path: Path, pieces: Body
) -> None:
    where = tmp_path / "decide.sock"
    with serving(corner.guard, where), DecisionClient(where) as till:
        with pytest.raises(RequestRefusedError) as refused:
            till.context(**pieces)
        assert refused.value.code == "bad-request"
        assert "4111" not in str(refused.value)
    assert corner.guard.context().sources() == {}


def test_a_manager_freezes_and_thaws_an_operator(strict: Shop, tmp_path: Path) -> None:
    where = tmp_path / "decide.sock"
    who: Body = {"person": "maya", "pin": PINS["maya"]}
    with serving(strict.guard, where), DecisionClient(where) as client:
        client.request("freeze", scope="operator", name="ben", why="wrong refunds", **who)
        frozen = cast("list[Body]", client.request("pending")["frozen"])
        assert frozen == [
            {"scope": "operator", "name": "ben", "why": "wrong refunds", "person": "maya"}
        ]
        assert refund(client, 100)["reason"] == "frozen"
        client.request("unfreeze", scope="operator", name="ben", **who)
        with pytest.raises(RequestRefusedError, match="not frozen"):
            client.request("unfreeze", scope="operator", name="ben", **who)


def test_shifts_batches_and_the_network_are_told(corner: Shop, tmp_path: Path) -> None:
    where = tmp_path / "decide.sock"
    with serving(corner.guard, where), DecisionClient(where) as client:
        client.request("shift", change="begin", person="ben", pin=PINS["ben"])
        assert corner.store.shifts.current("ben") is not None
        ended = client.request(
            "shift", change="end", operator="ben", person="maya", pin=PINS["maya"]
        )
        assert corner.store.shifts.current("ben") is None
        (kept,) = corner.store.checkpoints.kept()
        assert ended["code"] == corner.store.checkpoints.sign(kept.size, kept.root).code
        assert corner.store.checkpoints.verify_code(str(ended["code"])).count >= kept.size
        client.request("batch_closed", link="zvt")
        client.request("network", state="offline")
        for op, fields in (
            ("network", {"state": "slow"}),
            ("shift", {"change": "pause", "person": "ben", "pin": "1"}),
            ("batch_closed", {}),
        ):
            with pytest.raises(RequestRefusedError) as refused:
                client.request(op, **cast("Body", fields))
            assert refused.value.code == "bad-request"
    kinds = {record.kind for record in corner.store.audit.records()}
    assert {"shift", "batch-closed"} <= kinds


def test_the_owner_proves_himself_only_for_his_own_request(strict: Shop, tmp_path: Path) -> None:
    where = tmp_path / "decide.sock"
    with serving(strict.guard, where), DecisionClient(where) as client:
        number = refund(client)["decision"]
        with pytest.raises(RequestRefusedError) as refused:
            client.request("prove", decision=number, person="maya", pin=PINS["maya"])
        assert refused.value.code == "not-permitted"
        proved = client.request("prove", decision=number, person="ben", pin=PINS["ben"])
        assert "approval" in cast("list[Json]", proved["needs"])
