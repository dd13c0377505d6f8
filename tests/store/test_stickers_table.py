"""The table of the shop's stickers, and the step of the schema that made it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pos_guard.clock import ManualClock
from pos_guard.errors import StoreError
from pos_guard.store.stickers import MAX_STICKERS, Sticker
from pos_guard.store.store import Store
from tests.store.old_stores import downgrade

ONE = Sticker(
    name="counter 1",
    place="left",
    kind="receive_code",
    scheme="alipay",
    masked="https://qr.alipay.com/fkx1…",
    payload="a" * 64,
    payees=("alipay:qr.alipay.com:fkx1",),
    details={"payee.token": "fkx1", "名": "店"},
    added_by="maya",
    added_us=1_767_225_600_000_000,
)
TWO = replace(ONE, name="counter 2", payload="b" * 64, payees=(), scheme=None)


def add(store: Store, *new: Sticker) -> None:
    with store.transaction():
        for sticker in new:
            store.stickers.add(sticker)


def test_a_sticker_comes_back_as_it_was(store: Store) -> None:
    add(store, TWO, ONE)
    assert store.stickers.get("counter 1") == ONE
    assert store.stickers.by_payload("a" * 64) == ONE
    assert [one.name for one in store.stickers.all()] == ["counter 1", "counter 2"]
    assert store.stickers.payees() == ("alipay:qr.alipay.com:fkx1",)
    assert store.stickers.get("counter 3") is None
    assert store.stickers.by_payload("c" * 64) is None


def test_a_check_is_kept_with_its_finder_and_time(store: Store, clock: ManualClock) -> None:
    add(store, ONE)
    clock.advance(5)
    with store.transaction():
        store.stickers.note_check("counter 1", "swapped", "anna")
    found = store.stickers.get("counter 1")
    assert found is not None
    assert (found.checked_as, found.checked_by) == ("swapped", "anna")
    assert found.checked_us == clock.wall_us()


@pytest.mark.parametrize(
    ("second", "words"),
    [
        (replace(TWO, name="counter 1"), "already"),
        (replace(TWO, payload="a" * 64), "registered as 'counter 1'"),
    ],
)
def test_a_name_and_a_code_are_registered_once(store: Store, second: Sticker, words: str) -> None:
    add(store, ONE)
    with pytest.raises(StoreError, match=words):
        add(store, second)
    assert len(store.stickers.all()) == 1


def test_there_is_an_end_to_stickers(store: Store) -> None:
    many = [replace(ONE, name=f"n{i}", payload=f"p{i}") for i in range(MAX_STICKERS)]
    add(store, *many)
    with pytest.raises(StoreError, match="remove some"):
        add(store, TWO)


def test_a_forgotten_sticker_pays_nobody(store: Store) -> None:
    add(store, ONE)
    with store.transaction():
        store.stickers.remove("counter 1")
    assert store.stickers.payees() == ()
    with pytest.raises(StoreError, match="no sticker 'counter 1'"), store.transaction():
        store.stickers.remove("counter 1")


def test_a_store_of_version_1_is_brought_up_and_its_codes_stay_used(
    store: Store, clock: ManualClock
) -> None:
    with store.transaction():
        store.codes.mark_used("old")
    store.close()
    downgrade(store.directory, 1, store.keys.mac)
    with Store.open(store.directory, clock=clock, durable=False) as again:
        assert again.codes.used("old")
        assert again.stickers.all() == ()
        add(again, ONE)
        assert again.audit.verify().count > 0
