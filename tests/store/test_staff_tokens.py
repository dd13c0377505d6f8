"""What staff pay with: keyed hashes only, and kept when somebody leaves."""

from __future__ import annotations

from pathlib import Path

import pytest

from pos_guard.clock import ManualClock
from pos_guard.desk import Desk
from pos_guard.errors import LocalError
from pos_guard.payer_codes import PayerCodes
from pos_guard.stickers import Stickers
from pos_guard.store import tokens
from pos_guard.store.store import Store

PIN = "482915"
CODE = "134567890123456789"  # an invented code in WeChat's form


@pytest.fixture(autouse=True)
def staff(store: Store) -> None:
    for person in ("anna", "ben"):
        store.people.add(person, person, "cashier", PIN)


def test_a_token_has_one_owner_also_when_he_left(store: Store) -> None:
    token = store.keys.payer_token(CODE)
    assert store.tokens.owner(token) is None
    store.tokens.add("anna", token)
    store.tokens.add("anna", token)
    store.people.disable("anna")
    assert store.tokens.owner(token) == "anna"
    assert store.tokens.of("anna") == (token,)
    with pytest.raises(LocalError, match="what anna pays with"):
        store.tokens.add("ben", token)


def test_a_mistake_is_forgotten_by_its_owner_only(store: Store) -> None:
    token = store.keys.payer_token(CODE)
    store.tokens.add("anna", token)
    with pytest.raises(LocalError, match="not known to pay"):
        store.tokens.remove("ben", token)
    store.tokens.remove("anna", token)
    assert store.tokens.owner(token) is None
    recorded = [(r.body["change"], r.body["person"]) for r in store.audit.records(kind="people")]
    assert recorded[2:] == [("token", "anna"), ("token-removed", "anna")]


def test_nobody_has_none_and_there_is_an_end(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(LocalError, match="no person"):
        store.tokens.add("nobody", "t")
    monkeypatch.setattr(tokens, "MAX_TOKENS", 2)
    store.tokens.add("anna", "t1")
    store.tokens.add("anna", "t2")
    with pytest.raises(LocalError, match="2 tokens"):
        store.tokens.add("ben", "t3")


def test_a_token_is_the_one_that_payments_carry_and_the_code_is_nowhere(
    store: Store, clock: ManualClock, directory: Path
) -> None:
    stickers = Stickers(store, clock)
    carried = PayerCodes(store, Desk.__new__(Desk), stickers).token(CODE)
    assert store.keys.payer_token(CODE) == carried
    store.tokens.add("anna", carried)
    store.close()
    files = [path.read_bytes() for path in directory.rglob("*") if path.is_file()]
    assert not any(CODE.encode() in data for data in files)
