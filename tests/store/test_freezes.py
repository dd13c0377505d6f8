"""Frozen scopes: what is frozen, since when, for whom, and that nothing else is."""

from __future__ import annotations

import pytest

from pos_guard.clock import SECOND, ManualClock
from pos_guard.errors import LocalError, StoreError
from pos_guard.policy.request import Freeze
from pos_guard.store.freezes import MAX_WHY, FreezeRecord
from pos_guard.store.ledger import Phase
from pos_guard.store.store import Store
from tests.store.store_help import REFUND, add, add_in, interrupted

WHY = "strange refunds"


def freeze(store: Store, scope: str, name: str, why: str = WHY, by: str | None = "maya") -> bool:
    with store.transaction():
        return store.freezes.freeze(scope, name, why, by)


def concerning(
    store: Store, operator: str | None = None, approver: str | None = None, sale: str | None = None
) -> list[str]:
    found = store.freezes.concerning(terminal="T1", operator=operator, approver=approver, sale=sale)
    return [f"{one.scope} {one.name}" for one in found]


def test_a_freeze_says_who_why_and_when_and_the_first_one_stays(
    store: Store, clock: ManualClock
) -> None:
    at = clock.wall_us()
    assert freeze(store, "operator", "ben")
    clock.advance(5)
    assert not freeze(store, "operator", "ben", "something else")
    assert freeze(store, "sale", "T1-000001", by=None)
    assert store.freezes.all() == (
        FreezeRecord(Freeze("operator", "ben", WHY), "maya", at),
        FreezeRecord(Freeze("sale", "T1-000001", WHY), None, at + 5 * SECOND),
    )


@pytest.mark.parametrize(
    ("scope", "name", "people_and_sale", "found"),
    [
        ("terminal", "T1", (None, None, None), True),
        ("terminal", "T2", ("ben", "maya", "T1-000001"), False),
        ("operator", "ben", ("ben", None, None), True),
        ("operator", "ben", ("anna", "ben", None), True),
        ("operator", "ben", ("anna", None, "ben"), False),
        ("operator", "T1", (None, None, None), False),
        ("sale", "T1-000001", (None, None, "T1-000001"), True),
        ("sale", "T1-000001", ("T1-000001", None, None), False),
        ("sale", "T1-000001", ("ben", None, "T1-000002"), False),
    ],
)
def test_a_freeze_concerns_its_own_scope_alone(
    store: Store,
    scope: str,
    name: str,
    people_and_sale: tuple[str | None, str | None, str | None],
    found: bool,
) -> None:
    freeze(store, scope, name)
    assert concerning(store, *people_and_sale) == ([f"{scope} {name}"] if found else [])


def test_a_thawed_scope_works_again_and_can_be_frozen_anew(store: Store) -> None:
    freeze(store, "operator", "ben")
    with store.transaction():
        assert store.freezes.thaw("operator", "ben")
        assert not store.freezes.thaw("operator", "ben")
    assert concerning(store, "ben") == []
    assert freeze(store, "operator", "ben", "again")


def test_a_freeze_survives_a_restart_and_not_a_rollback(store: Store, clock: ManualClock) -> None:
    freeze(store, "terminal", "T1")
    interrupted(store.transaction(), lambda: store.freezes.freeze("operator", "ben", WHY, "maya"))
    store.close()
    with Store.open(store.directory, clock=clock, durable=False) as again:
        assert concerning(again, "ben") == ["terminal T1"]


def test_what_was_submitted_keeps_its_reservation(store: Store) -> None:
    add_in(store, Phase.POSTED, sale_id="T1-000001")
    number = add(store, kind=REFUND, sale_id="T1-000001", amount=500)
    freeze(store, "sale", "T1-000001")
    freeze(store, "terminal", "T1")
    assert store.ledger.entry(number).phase is Phase.RESERVED
    sale = store.ledger.sale("T1-000001")
    assert sale is not None
    assert sale.remaining == 750
    with store.transaction():
        assert store.ledger.move(number, Phase.POSTED).phase is Phase.POSTED


@pytest.mark.parametrize(
    ("scope", "name", "why"),
    [
        ("shop", "x", WHY),
        ("", "x", WHY),
        ("operator", "", WHY),
        ("operator", "ben", ""),
        ("operator", "ben", "x" * (MAX_WHY + 1)),
    ],
)
def test_a_freeze_of_nothing_or_for_no_reason_is_refused(
    store: Store, scope: str, name: str, why: str
) -> None:
    with pytest.raises(LocalError, match="freeze one of operator, sale, terminal"):
        freeze(store, scope, name, why)
    assert store.freezes.all() == ()


def test_freezes_that_cannot_be_read_are_an_error(store: Store) -> None:
    store.close()
    with pytest.raises(StoreError):
        concerning(store)
