"""A log that a program without a tree wrote gets one, after it was checked."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from pos_guard.clock import ManualClock
from pos_guard.errors import TamperError
from pos_guard.store.audit_index import BLOCK
from pos_guard.store.chain import sealed
from pos_guard.store.store import Store


@pytest.fixture
def old(store: Store, directory: Path, clock: ManualClock) -> Path:
    """A store whose head is as version 4 sealed it, without tree, index and name."""
    for number in range(BLOCK + 5):
        clock.advance(1)
        with store.transaction():
            store.audit.append("verdict", {"entry": number}, actor="anna")
    head = store.audit.head()
    assert head is not None
    before = sealed(head.count, head.hash, store.keys.mac, None)
    store.close()
    with closing(sqlite3.connect(directory / "pos-guard.db")) as other, other:
        other.execute("UPDATE audit_head SET peaks = NULL, mac = ?", (before.mac,))
        other.execute("DELETE FROM audit_terms")
        other.execute("DELETE FROM audit_blocks")
        other.execute("DELETE FROM meta WHERE name = 'log'")
    return directory


def test_an_old_log_gets_its_tree_and_index(old: Path, clock: ManualClock) -> None:
    with Store.open(old, clock=clock, readonly=True) as reader:
        assert reader.audit.verify().count == BLOCK + 7
        assert len(list(reader.audit.records(operator="anna"))) == BLOCK + 5
    with Store.open(old, clock=clock, durable=False) as store:
        head = store.audit.head()
        assert head is not None
        assert head.peaks
        store.audit.verify_index()
        assert store.checkpoints.verify().count > BLOCK + 7
        assert [one.seq for one in store.audit.records(entry=3)] == [6]
        assert store.checkpoints.now().checkpoint.origin.startswith("pos-guard/T1/")


def test_an_old_log_that_was_changed_gets_none(old: Path, clock: ManualClock) -> None:
    with closing(sqlite3.connect(old / "pos-guard.db")) as other, other:
        other.execute("DROP TRIGGER audit_is_not_edited")
        other.execute(
            "UPDATE audit SET record = CAST(replace(record, 'anna', 'anne') AS BLOB) WHERE seq = 9"
        )
    with pytest.raises(TamperError) as caught:
        Store.open(old, clock=clock, durable=False)
    assert caught.value.seq == 9
