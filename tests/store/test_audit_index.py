"""The search index finds what a naive scan finds, and a changed index is found itself."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pos_guard.clock import ManualClock
from pos_guard.errors import TamperError
from pos_guard.frames.decoded import Json
from pos_guard.store.audit import Filters
from pos_guard.store.audit_index import BLOCK
from pos_guard.store.audit_search import fits
from pos_guard.store.store import Store
from tests.store.store_help import interrupted

BODIES = st.fixed_dictionaries(
    {},
    optional={
        "entry": st.integers(1, 4),
        "sale": st.sampled_from(["T1-1", "T1-2"]),
        "original": st.sampled_from(["T1-1", "T1-2"]),
        "order": st.sampled_from(["7", "8"]),
        "receipt": st.sampled_from(["0001", "7"]),
        "reference": st.sampled_from(["r1", "7"]),
        "kind": st.sampled_from(["refund", "sale"]),
        "link": st.sampled_from(["zvt", "wechat"]),
        "payer": st.sampled_from(["aa", "bb"]),
        "amount": st.integers(1, 3),
        "operator": st.sampled_from(["anna", "ben"]),
        "rule": st.sampled_from(["remaining", "time"]),
        "trace": st.lists(
            st.fixed_dictionaries(
                {
                    "rule": st.sampled_from(["remaining", "payee", "time"]),
                    "level": st.sampled_from(["ALLOW", "DENY", "WARN"]),
                }
            ),
            max_size=2,
        ),
    },
)
RECORDS = st.lists(
    st.tuples(
        st.sampled_from(["verdict", "outcome"]),
        st.sampled_from([None, "anna", "ben"]),
        st.sampled_from([None, "maya", "anna"]),
        BODIES,
        st.integers(-3, 5),
    ),
    min_size=1,
    max_size=30,
)
START = 1_767_225_600_000_000
WANTED = st.fixed_dictionaries(
    {},
    optional={
        "kind": st.sampled_from(["verdict", "outcome", "refund"]),
        "type": st.sampled_from(["verdict", "refund"]),
        "operator": st.sampled_from(["anna", "maya"]),
        "link": st.just("zvt"),
        "entry": st.integers(1, 4),
        "transaction": st.sampled_from(["7", "T1-1", "1", "r1"]),
        "sale": st.sampled_from(["T1-1", "T1-2"]),
        "order": st.just("7"),
        "receipt": st.sampled_from(["0001", "7"]),
        "reference": st.just("r1"),
        "payer": st.just("aa"),
        "amount": st.integers(1, 3),
        "rule": st.sampled_from(["remaining", "time"]),
        "since": st.integers(0, 60).map(lambda s: START + s * 1_000_000),
        "until": st.integers(0, 60).map(lambda s: START + s * 1_000_000),
        "after": st.integers(0, 90),
        "before": st.integers(0, 90),
        "text": st.sampled_from(["t1-1", "MAYA"]),
    },
)


@pytest.fixture(scope="module")
def big(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """One store for all examples: each adds records, the index is behind by a different number."""
    return Store.create(
        tmp_path_factory.mktemp("index") / "state",
        clock=ManualClock(),
        terminal_id="T1",
        durable=False,
        scrypt_log2n=2,
    )


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(RECORDS, st.lists(WANTED, min_size=1, max_size=6), st.integers(1, 40))
def test_the_index_finds_what_a_naive_scan_finds(
    big: Store, records: list[Any], questions: list[dict[str, Any]], limit: int
) -> None:
    with big.transaction():
        for kind, actor, approver, body, _ in records:
            big.audit.append(kind, body, actor=actor, approver=approver)
    everything = list(big.audit.records())
    for question in questions:
        filters = cast("Filters", question)
        expected = [record.seq for record in everything if fits(record, filters)]
        assert [record.seq for record in big.audit.records(**filters)] == expected
        some = [record.seq for record in big.audit.records(limit=limit, **filters)]
        assert some == (expected[:limit] if "after" in filters else expected[-limit:])
    big.audit.verify_index()


def filled(store: Store, clock: ManualClock, count: int) -> None:
    for number in range(count):
        clock.advance(1)
        with store.transaction():
            body: dict[str, Json] = {"entry": number, "link": "zvt", "receipt": f"{number % 7}"}
            store.audit.append("verdict", body, actor="anna")


def test_times_are_found_also_where_the_clock_jumped(store: Store, clock: ManualClock) -> None:
    filled(store, clock, BLOCK)
    clock.step_wall(-3600)
    filled(store, clock, BLOCK)
    clock.step_wall(7200)
    filled(store, clock, BLOCK)
    everything = list(store.audit.records())
    walls = sorted({record.wall_us for record in everything})
    for since in walls[::17]:
        for until in walls[::23]:
            found = [one.seq for one in store.audit.records(since=since, until=until)]
            assert found == [one.seq for one in everything if since <= one.wall_us < until]


def test_pages_go_through_everything_once(store: Store, clock: ManualClock) -> None:
    filled(store, clock, 3 * BLOCK)
    seen: list[int] = []
    last = 0
    while page := list(store.audit.records(limit=10, after=last, operator="anna")):
        seen += [record.seq for record in page]
        last = seen[-1]
    assert seen == [record.seq for record in store.audit.records(operator="anna")]


def test_a_rolled_back_record_leaves_no_term(store: Store, clock: ManualClock) -> None:
    filled(store, clock, BLOCK - 4)
    for kind in ("lost", "kept"):
        for _ in range(4):
            if kind == "lost":
                interrupted(store.transaction(), lambda: store.audit.append("lost", {}))
        with store.transaction():
            for number in range(4):
                store.audit.append(kind if kind == "kept" else "half", {"entry": number})
    assert not list(store.audit.records(kind="lost"))
    assert len(list(store.audit.records(kind="half"))) == 4
    store.audit.verify_index()


def test_the_index_goes_on_after_a_restart(
    store: Store, directory: Path, clock: ManualClock
) -> None:
    filled(store, clock, BLOCK - 10)
    store.close()
    with Store.open(directory, clock=clock, durable=False) as again:
        filled(again, clock, BLOCK)
        again.audit.verify_index()
        assert len(list(again.audit.records(operator="anna"))) == 2 * BLOCK - 10


CHANGES = [
    "DELETE FROM audit_terms WHERE seq = 5",
    "DELETE FROM audit_terms",
    "UPDATE audit_terms SET seq = 9999 WHERE seq = 5",
    "INSERT INTO audit_terms VALUES (1, 5)",
    "UPDATE audit_terms SET term = term + 1 WHERE seq = 5",
    "UPDATE audit_blocks SET low = low + 1",
    "UPDATE audit_blocks SET high = high - 1",
    "DELETE FROM audit_blocks WHERE last = (SELECT min(last) FROM audit_blocks)",
    "DELETE FROM audit_blocks",
]


@pytest.mark.parametrize("sql", CHANGES)
def test_a_changed_index_is_found(
    store: Store, directory: Path, clock: ManualClock, sql: str
) -> None:
    filled(store, clock, 2 * BLOCK)
    store.audit.verify_index()
    with closing(sqlite3.connect(directory / "pos-guard.db")) as other, other:
        if other.execute(sql).rowcount == 0:
            pytest.skip("nothing of that kind in this index")
    with pytest.raises(TamperError, match="index"):
        store.audit.verify_index()
    assert store.audit.verify().count > BLOCK
