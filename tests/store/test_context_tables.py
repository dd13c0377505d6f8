"""Context, links and used codes."""

from __future__ import annotations

import pytest

from pos_guard.clock import ManualClock
from pos_guard.errors import StoreError
from pos_guard.model import Source
from pos_guard.store import context
from pos_guard.store.store import Store

DAY = 24 * 3600


def test_a_piece_of_context_comes_back_with_source_and_time(
    store: Store, clock: ManualClock
) -> None:
    assert store.context.get("operator") is None
    clock.advance(5)
    with store.transaction():
        store.context.put("operator", {"id": "anna", "n": 1, "名": None}, Source.SCAN)
    expected = ({"id": "anna", "n": 1, "名": None}, Source.SCAN, "boot-1", 6_000_000)
    assert store.context.get("operator") == expected
    with store.transaction():
        store.context.put("operator", {"id": "ben"}, Source.APP)
    found = store.context.get("operator")
    assert found is not None
    assert found[:2] == ({"id": "ben"}, Source.APP)
    with store.transaction():
        store.context.clear("operator")
    assert store.context.get("operator") is None


def test_a_link_stays_frozen_for_its_first_reason_until_thawed(store: Store) -> None:
    assert store.links.frozen("zvt") is None
    with store.transaction():
        store.links.freeze("zvt", "terminal swapped")
        store.links.freeze("zvt", "and more")
    assert (store.links.frozen("zvt"), store.links.frozen("wechat")) == ("terminal swapped", None)
    with store.transaction():
        store.links.thaw("zvt")
    assert store.links.frozen("zvt") is None


def test_freezing_takes_a_reason(store: Store) -> None:
    with pytest.raises(StoreError, match="reason"), store.transaction():
        store.links.freeze("zvt", "")


def test_payee_and_freeze_do_not_touch_each_other(store: Store) -> None:
    with store.transaction():
        store.links.set_payee("zvt", "52001233")
        store.links.freeze("zvt", "why")
        store.links.set_payee("zvt", "52009999")
    assert (store.links.payee("zvt"), store.links.frozen("zvt")) == ("52009999", "why")
    with store.transaction():
        store.links.thaw("zvt")
    assert store.links.payee("zvt") == "52009999"
    assert store.links.payee("wechat") is None


def test_a_code_is_used_for_a_day(store: Store, clock: ManualClock) -> None:
    with store.transaction():
        store.codes.mark_used("one")
        store.codes.mark_used("one")
    assert (store.codes.used("one"), store.codes.used("two")) == (True, False)
    clock.advance(DAY)
    with store.transaction():
        store.codes.mark_used("two")
    assert store.codes.used("one")
    clock.advance(1)
    with store.transaction():
        store.codes.mark_used("three")
    assert (store.codes.used("one"), store.codes.used("two")) == (False, True)


def test_setting_the_clock_forgets_no_code(store: Store, clock: ManualClock) -> None:
    with store.transaction():
        store.codes.mark_used("one")
    clock.step_wall(30 * DAY)
    with store.transaction():
        store.codes.mark_used("two")
    assert store.codes.used("one")


def test_codes_of_an_earlier_boot_age_by_wall_time(store: Store, clock: ManualClock) -> None:
    with store.transaction():
        store.codes.mark_used("one")
    clock.reboot()
    with store.transaction():
        store.codes.mark_used("two")
    assert store.codes.used("one")
    clock.step_wall(DAY + 1)
    with store.transaction():
        store.codes.mark_used("three")
    assert not store.codes.used("one")


def test_a_flood_of_codes_is_bounded(store: Store, clock: ManualClock) -> None:
    numbers = f"SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {context.MAX_CODES}"
    with store.transaction():
        store._database.write(
            f"WITH RECURSIVE n(i) AS ({numbers})"
            " INSERT INTO codes SELECT 'flood' || i, 'boot-1', ?, i FROM n",
            clock.boot_us(),
        )
        store.codes.mark_used("newest")
    kept = store._database.row("SELECT count(*) FROM codes")
    assert kept == (context.MAX_CODES - context.MAX_CODES // 10 + 1,)
    assert store.codes.used("newest")
    assert not store.codes.used("flood1")
    assert store.codes.used(f"flood{context.MAX_CODES}")


@pytest.mark.parametrize("table", ["context", "links", "codes"])
def test_every_write_needs_a_transaction(store: Store, table: str) -> None:
    writes = {
        "context": lambda: store.context.put("operator", {}, Source.APP),
        "links": lambda: store.links.freeze("zvt", "why"),
        "codes": lambda: store.codes.mark_used("one"),
    }
    with pytest.raises(StoreError, match="outside a transaction"):
        writes[table]()
