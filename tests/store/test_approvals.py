"""Approvals: one request, one use, one minute, never one's own."""

from __future__ import annotations

import pytest

from pos_guard.clock import SECOND, ManualClock
from pos_guard.errors import StoreError
from pos_guard.store.ledger import Phase
from pos_guard.store.store import Store
from tests.store.store_help import REFUND, add, interrupted

ASKED, OTHER = "a" * 64, "b" * 64
MINUTE = 60


def approved(store: Store, clock: ManualClock, *, approver: str = "maya") -> int:
    number = add(store, kind=REFUND, phase=Phase.WAITING, operator="ben", request_hash=ASKED)
    approve(store, clock, number, approver)
    return number


def approve(store: Store, clock: ManualClock, number: int, approver: str = "maya") -> None:
    with store.transaction():
        expires = clock.boot_us() + MINUTE * SECOND
        store.approvals.add(number, ASKED, approver, expires, clock.boot_id)


def take(store: Store, request_hash: str = ASKED) -> str | None:
    with store.transaction():
        return store.approvals.take(request_hash)


def test_an_approval_works_once(store: Store, clock: ManualClock) -> None:
    number = approved(store, clock)
    approve(store, clock, number)
    assert take(store) == "maya"
    assert take(store) is None


def test_an_approval_is_for_its_request_only(store: Store, clock: ManualClock) -> None:
    approved(store, clock)
    assert take(store, OTHER) is None
    assert take(store) == "maya"


def test_an_approval_with_another_hash_than_its_entry_counts_for_neither(
    store: Store, clock: ManualClock
) -> None:
    number = add(store, phase=Phase.WAITING, operator="ben", request_hash=OTHER)
    approve(store, clock, number)
    assert take(store, ASKED) is None
    assert take(store, OTHER) is None


@pytest.mark.parametrize(("seconds", "expected"), [(MINUTE - 1, "maya"), (MINUTE, None)])
def test_an_approval_expires(
    store: Store, clock: ManualClock, seconds: int, expected: str | None
) -> None:
    approved(store, clock)
    clock.advance(seconds)
    assert take(store) == expected


def test_turning_the_clock_back_prolongs_nothing(store: Store, clock: ManualClock) -> None:
    approved(store, clock)
    clock.advance(MINUTE)
    clock.step_wall(-3600)
    assert take(store) is None


def test_an_approval_of_another_boot_is_none(store: Store, clock: ManualClock) -> None:
    approved(store, clock)
    clock.reboot()
    assert take(store) is None


def test_nobody_approves_himself(store: Store, clock: ManualClock) -> None:
    approved(store, clock, approver="ben")
    assert take(store) is None


def test_a_no_outweighs_a_yes(store: Store, clock: ManualClock) -> None:
    number = approved(store, clock)
    assert not store.approvals.refused(number)
    with store.transaction():
        store.approvals.refuse(number, "olga")
        store.approvals.refuse(number, "maya")
    assert store.approvals.refused(number)
    assert take(store) is None


def test_a_rolled_back_use_is_no_use(store: Store, clock: ManualClock) -> None:
    approved(store, clock)
    taken: list[str | None] = []
    interrupted(store.transaction(), lambda: taken.append(store.approvals.take(ASKED)))
    assert taken == ["maya"]
    assert take(store) == "maya"


def test_taking_needs_a_transaction(store: Store, clock: ManualClock) -> None:
    approved(store, clock)
    with pytest.raises(StoreError, match="outside a transaction"):
        store.approvals.take(ASKED)
    assert take(store) == "maya"


def test_an_approval_of_no_entry_is_refused(store: Store, clock: ManualClock) -> None:
    with pytest.raises(StoreError, match="FOREIGN KEY"):
        approve(store, clock, 99)
