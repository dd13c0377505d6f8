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


LOOK_ALIKE: list[dict[str, Json]] = [
    {"limit-1": {"9": "1.5"}, "a": "0.25,9999999999999999"},
    {"text": ':1.5 ,"1":[1e5', "true": "null", "null": [":-9000000000000000"]},
    {"boot_id": "3f2504e0-4f89-41d3-9a7e-4305e82c3301", "amount": 9, "wall": 1767225600000000},
    {"a": {"false": []}, "b": [9007199254740991, -9007199254740991, "e", {"x0": 1}]},
    {"中文": "退款 1.5 元", "z9": [[], {}, '\\"5":']},
]


@pytest.mark.parametrize(
    "record",
    LOOK_ALIKE,
    ids=["digits in keys", "text like numbers", "a record's own", "largest", "Chinese"],
)
def test_text_that_looks_like_a_number_or_a_key_is_only_text(record: dict[str, Json]) -> None:
    assert canonical(record) == rfc8785.dumps(record)


class Level(IntEnum):
    WARN = 1


@pytest.mark.parametrize("value", [(1, 2), Level.WARN], ids=["tuple", "enum"])
def test_what_is_not_plain_is_left_to_the_standards_own_encoder(value: object) -> None:
    record = cast("dict[str, Json]", {"value": value})
    assert canonical(record) == rfc8785.dumps(record)


@pytest.mark.parametrize(
    "value",
    [
        *(1.5, 1.0, [0.1], -0.0, 1e22, -1e-7, [1, 5e-324], [2, 1.5], {"x": float("nan")}),
        *([float("inf")], [1, -1e16], {"a-1": -2.5}),
        *(2**53, -(2**53), [0, 2**53], 10**16, [1, -(10**20)], 2**64),
        *("\ud800", {"\ud800": 1}, b"x", [b"x"]),
        *({1: 2}, {-5: 2}, {True: 1}, {None: 1}, {2.5: 1}, [{"a": [{False: 1}]}]),
        *({"a": 1, 2: 3}, {2: 3, "a": 1}, {"b": {"": 1, None: 2}}, [[{}, {-1: 1, False: 2, 3: 3}]]),
    ],
    ids=str,
)
def test_what_has_no_one_form_is_not_recorded(value: object) -> None:
    with pytest.raises(StoreError):
        canonical(cast("dict[str, Json]", {"value": value}))
