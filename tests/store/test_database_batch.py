"""Many transactions, durable together: all, or the ones before the failure, or none."""

from __future__ import annotations

from pathlib import Path

import pytest

from pos_guard.clock import ManualClock
from pos_guard.errors import StoreError
from pos_guard.store.store import Store
from tests.store.store_help import CrashError, add, interrupted


def note(store: Store, number: int) -> None:
    with store.transaction():
        store.audit.append("x", {"entry": number})


def numbers(store: Store) -> list[object]:
    return [record.body["entry"] for record in store.audit.records(kind="x")]


def test_all_is_there_after_the_batch_and_nothing_before(
    store: Store, directory: Path, clock: ManualClock
) -> None:
    with Store.open(directory, clock=clock, readonly=True) as reader:
        with store.batch():
            for number in range(70):
                note(store, number)
            assert numbers(reader) == []
        assert numbers(reader) == list(range(70))
    assert store.audit.verify().count == 72
    store.audit.verify_index()


def test_a_transaction_that_fails_takes_back_only_itself(store: Store) -> None:
    with store.batch():
        note(store, 1)
        interrupted(store.transaction(), lambda: store.audit.append("x", {"entry": 2}))
        note(store, 3)
        with pytest.raises(StoreError), store.transaction():
            store._database.write("INSERT INTO nowhere VALUES (1)")
        note(store, 4)
    assert numbers(store) == [1, 3, 4]
    assert store.audit.verify().count == 5


def test_a_batch_that_fails_leaves_nothing(store: Store) -> None:
    before = store.audit.verify()
    interrupted(store.batch(), lambda: note(store, 1), lambda: add(store))
    assert store.audit.verify() == before
    assert store.ledger.search() == ()
    note(store, 5)
    assert numbers(store) == [5]


def test_there_is_no_batch_in_a_batch_nor_transaction_in_a_transaction(store: Store) -> None:
    with store.batch(), store.transaction():
        with pytest.raises(StoreError, match="open already"), store.transaction():
            pass
        with pytest.raises(StoreError, match="open already"), store.batch():
            pass


def test_a_reader_has_no_batch(store: Store, directory: Path, clock: ManualClock) -> None:
    store.close()
    with (
        Store.open(directory, clock=clock, readonly=True) as reader,
        pytest.raises(StoreError, match="reading"),
        reader.batch(),
    ):
        raise CrashError
