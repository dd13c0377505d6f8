"""JSON from untrusted bytes: garbage gives FrameError, never another error."""

from __future__ import annotations

import contextlib
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pos_guard.errors import FrameError
from pos_guard.frames import json_strict
from pos_guard.frames.decoded import Json

REFUSED = [
    # (what is wrong, bytes, code, at)
    ("two members of one name", b'{"total":1,"total":2}', "duplicate-field", None),
    ("one of the two names escaped", b'{"total":1,"t\\u006ftal":2}', "duplicate-field", None),
    ("duplicate deep inside", b'{"a":[{"b":1,"b":1}]}', "duplicate-field", None),
    ("a float", b'{"total":12.5}', "not-an-integer", None),
    ("a float that is whole", b'{"total":1250.0}', "not-an-integer", None),
    ("an exponent", b'{"total":1e3}', "not-an-integer", None),
    ("NaN", b'{"total":NaN}', "not-an-integer", None),
    ("infinity", b'{"total":-Infinity}', "not-an-integer", None),
    ("minus zero", b'{"total":-0}', "not-an-integer", None),
    ("54 bits", b"9007199254740992", "not-an-integer", None),
    ("5000 digits", b"9" * 5000, "not-an-integer", None),
    ("17 levels", b"[" * 17 + b"]" * 17, "depth", None),
    ("100000 levels", b"[" * 60_000, "depth", None),
    ("30000 quotes in a string that never ends", b'"' + b'\\"' * 30_000, "not-json", 0),
    ("byte order mark", b"\xef\xbb\xbf{}", "not-json", 0),
    ("UTF-16", '{"a":1}'.encode("utf-16-le"), "not-json", 1),
    ("Latin-1", b'{"a":"\xe9"}', "not-utf8", 6),
    ("lone surrogate in a value", b'{"a":"\\ud800"}', "not-utf8", None),
    ("lone surrogate in a name", b'{"\\udfff":1}', "not-utf8", None),
    ("raw control character", b'{"a":"\n"}', "not-json", 6),
    ("leading zero", b'{"a":01}', "not-json", 6),
    ("trailing comma", b'{"a":1,}', "not-json", None),
    ("trailing text", b"{} {}", "not-json", 3),
    ("comment", b"{}//", "not-json", 2),
    ("nothing", b"", "not-json", 0),
    ("cut", b'{"a":', "not-json", 5),
]


@pytest.mark.parametrize(
    ("data", "code", "at"), [row[1:] for row in REFUSED], ids=range(len(REFUSED))
)
def test_refuses_what_parsers_read_differently(data: bytes, code: str, at: int | None) -> None:
    with pytest.raises(FrameError) as caught:
        json_strict.parse(data)
    assert caught.value.code == code
    if at is not None:
        assert caught.value.at == at


def test_a_text_over_its_limit_is_refused_before_it_is_read() -> None:
    with pytest.raises(FrameError, match="101 bytes, at most 100") as caught:
        json_strict.parse(b" " * 101, limit=100)
    assert caught.value.code == "length"


def test_brackets_inside_strings_are_no_nesting() -> None:
    assert json_strict.parse(b'["' + b"[" * 100 + b'\\"["]') == ["[" * 100 + '"[']


def test_largest_integer_and_depth_pass() -> None:
    assert json_strict.parse(b"-9007199254740991") == -9007199254740991
    assert json_strict.parse(b"[" * 16 + b"]" * 16) is not None


@pytest.mark.parametrize("data", [b"[]", b"1", b'"a"', b"null", b"true"])
def test_parse_object_wants_an_object(data: bytes) -> None:
    with pytest.raises(FrameError) as caught:
        json_strict.parse_object(data)
    assert caught.value.code == "not-an-object"


_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
_VALUES: st.SearchStrategy[Json] = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | _TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_TEXT, inner, max_size=3),
    max_leaves=8,
)


@given(_VALUES, st.booleans())
@settings(max_examples=80, deadline=None)
def test_reads_what_another_program_wrote(value: Json, ascii_only: bool) -> None:
    assert json_strict.parse(json.dumps(value, ensure_ascii=ascii_only).encode()) == value


@given(st.binary(max_size=60) | st.text('{}[]",:0123456789.eE-\\untrfalse', max_size=60))
@settings(max_examples=200, deadline=None)
def test_garbage_gives_a_value_or_a_frame_error(data: bytes | str) -> None:
    raw = data if isinstance(data, bytes) else data.encode()
    with contextlib.suppress(FrameError):
        assert json_strict.parse(raw) == json.loads(raw)
