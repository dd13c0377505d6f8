"""The guard's own codes: read back, and never made by guessing."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pos_guard.own_codes import OwnCode, OwnCodes, OwnKind
from pos_guard.store.keys import Keys

CODES = OwnCodes(Keys(b"a" * 32, b"b" * 32))
OTHER_SHOP = OwnCodes(Keys(b"c" * 32, b"d" * 32))
IDS = st.from_regex(r"[A-Za-z0-9._-]{1,64}", fullmatch=True)


@given(st.sampled_from(OwnKind), IDS)
def test_what_was_made_is_read_back(kind: OwnKind, own_id: str) -> None:
    assert CODES.read(CODES.make(kind, own_id)) == OwnCode(kind, own_id, genuine=True)


@given(st.sampled_from(OwnKind), IDS)
def test_another_shops_code_is_not_genuine(kind: OwnKind, own_id: str) -> None:
    read = CODES.read(OTHER_SHOP.make(kind, own_id))
    assert read is not None
    assert not read.genuine


@given(st.text(max_size=80))
def test_other_texts_are_none_of_ours_or_not_genuine(text: str) -> None:
    for scanned in (text, f"PGOP:{text}", f"PGSALE:{text}"):
        read = CODES.read(scanned)
        assert read is None or not read.genuine


def test_a_sale_code_is_no_badge() -> None:
    badge = CODES.make(OwnKind.SALE, "maya").replace("PGSALE", "PGOP")
    read = CODES.read(badge)
    assert read is not None
    assert not read.genuine
