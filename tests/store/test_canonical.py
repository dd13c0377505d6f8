"""A record has one form as bytes: that of RFC 8785, whichever encoder wrote it."""

from __future__ import annotations

from enum import IntEnum
from typing import cast

import pytest
import rfc8785
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pos_guard.errors import StoreError
from pos_guard.frames.decoded import Json
from pos_guard.store.audit import canonical

TEXT = st.text(st.characters(codec="utf-8"), max_size=20)
NUMBERS = st.one_of(
    st.integers(-(2**53) + 1, 2**53 - 1), st.sampled_from([0, -1, 2**53 - 1, 1 - 2**53])
)
VALUES: st.SearchStrategy[Json] = st.recursive(
    st.one_of(st.none(), st.booleans(), NUMBERS, TEXT),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(TEXT, inner, max_size=4)),
    max_leaves=12,
)


@settings(max_examples=300, deadline=None)
@given(st.dictionaries(TEXT, VALUES, max_size=6))
@example({"\U0001f600": 1, "\ufb33": 2, "ö": 3, "z": 4})
@example({"a": "\x00\x08\x09\x0a\x0b\x0c\x0d\x1f\x7f\x80\u2028\u2029\"\\/<>'é中\U0001f600"})
@example({"b": {"ö": [], "a": {}}, "a": [True, False, None, [[]]], "A": -0})
def test_every_record_is_written_as_the_standard_says(record: dict[str, Json]) -> None:
    assert canonical(record) == rfc8785.dumps(record)


class Level(IntEnum):
    WARN = 1


@pytest.mark.parametrize("value", [(1, 2), Level.WARN], ids=["tuple", "enum"])
def test_what_is_not_plain_is_left_to_the_standards_own_encoder(value: object) -> None:
    record = cast("dict[str, Json]", {"value": value})
    assert canonical(record) == rfc8785.dumps(record)


@pytest.mark.parametrize(
    "value",
    [1.5, 1.0, [0.1], {"x": float("nan")}, 2**53, -(2**53), "\ud800", {"\ud800": 1}, {1: 2}, b"x"],
    ids=str,
)
def test_what_has_no_one_form_is_not_recorded(value: object) -> None:
    with pytest.raises(StoreError):
        canonical(cast("dict[str, Json]", {"value": value}))
