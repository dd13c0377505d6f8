"""Context and links."""

from __future__ import annotations

import pytest

from pos_guard.clock import ManualClock
from pos_guard.errors import StoreError
from pos_guard.model import Source
from pos_guard.store.store import Store


def test_a_piece_of_context_comes_back_with_source_and_time(
    store: Store, clock: ManualClock
) -> None:
    assert store.context.all().get("operator") is None
    clock.advance(5)
    with store.transaction():
        store.context.put("operator", {"id": "anna", "n": 1, "名": None}, Source.SCAN)
    expected = ({"id": "anna", "n": 1, "名": None}, Source.SCAN, "boot-1", 6_000_000)
    assert store.context.all().get("operator") == expected
    with store.transaction():
        store.context.put("operator", {"id": "ben"}, Source.APP)
    found = store.context.all().get("operator")
    assert found is not None
    assert found[:2] == ({"id": "ben"}, Source.APP)
    with store.transaction():
        store.context.clear("operator")
    assert store.context.all().get("operator") is None


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


@pytest.mark.parametrize("table", ["context", "links", "codes", "stickers"])
def test_every_write_needs_a_transaction(store: Store, table: str) -> None:
    writes = {
        "context": lambda: store.context.put("operator", {}, Source.APP),
        "links": lambda: store.links.freeze("zvt", "why"),
        "codes": lambda: store.codes.mark_used("one"),
        "stickers": lambda: store.stickers.remove("one"),
    }
    with pytest.raises(StoreError, match="outside a transaction"):
        writes[table]()
