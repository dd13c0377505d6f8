"""How an audit record becomes bytes: canonical JSON (RFC 8785), integers only.

Python's own encoder is many times as fast as the standard's, and writes the same except for floats,
for numbers beyond 2^53, for keys that are no text, and for the order of keys outside the basic
plane. What it wrote is searched for signs of these, which costs less than to look at each value.
"""

from __future__ import annotations

import json
import re
from typing import cast

import rfc8785

from pos_guard.errors import StoreError
from pos_guard.frames.decoded import Json

# A verdict with its trace takes 1 to 6 KiB. More means that a peer's text got in unbounded.
MAX_RECORD_BYTES = 65_536

_PLAIN = json.JSONEncoder(
    ensure_ascii=False, allow_nan=False, check_circular=False, sort_keys=True, separators=(",", ":")
)

# The shape of a text: every digit is 0. An exponent always has its sign. A single byte is found
# several times as fast as two.
_SHAPE = bytes.maketrans(b"123456789", b"000000000")
_LONG = b"0" * 16

# The first key of an object, where it may be no text: what is sorted together is all text or none.
_KEYS = re.compile(rb'\{"(?:[-0-9]|true"|false"|null")')

# The same outside of text for certain. Beyond 2^53 - 1 (9007199254740991) RFC 8785 has no integers:
# other programs would read another number.
_NUMBER = re.compile(rb"[:,\[]-?(?:[0-9]+[.e]|[0-9]{17}|9[0-9]{15})")


def canonical(record: dict[str, Json]) -> bytes:
    """The one way to write a record as bytes (RFC 8785).

    :raises StoreError: for a float, a number beyond 2^53, text that is not Unicode, or too much.
    """
    try:
        raw = _plain(record) or _exactly(record)
    except (rfc8785.CanonicalizationError, UnicodeError) as error:
        raise StoreError(f"this cannot be recorded: {error}") from error
    if len(raw) > MAX_RECORD_BYTES:
        raise StoreError(f"a record of {len(raw)} bytes is too large ({MAX_RECORD_BYTES})")
    return raw


def _plain(record: dict[str, Json]) -> bytes | None:
    """What Python's own encoder writes, or None where that may not be what RFC 8785 says."""
    try:
        text = _PLAIN.encode(record)
    except (TypeError, ValueError):
        return None
    raw = text.encode()
    if not text.isascii() and len(text.encode("utf-16-le")) != 2 * len(text):
        return None
    shape = raw.translate(_SHAPE)
    if _may_hold_numbers(raw, shape) and _NUMBER.search(raw):
        return None
    return raw if not _KEYS.search(raw) or _keys_are_text(record) else None


def _may_hold_numbers(raw: bytes, shape: bytes) -> bool:
    """Whether there may be a float, or an integer beyond 2^53."""
    if (b"." in raw and b"0." in shape) or (b"+" in raw and b"0e+0" in shape) or b"0e-0" in shape:
        return True
    at = shape.find(_LONG)
    while at >= 0:
        end = at + len(_LONG)
        if raw[at] == ord("9") or shape[end : end + 1] == b"0":
            return True
        at = shape.find(_LONG, end)
    return False


def _keys_are_text(record: dict[str, Json]) -> bool:
    """Python writes 1, true and null as if they were the keys "1", "true" and "null"."""
    inner: list[object] = [record]
    for value in inner:  # grows under way
        if isinstance(value, dict):
            members = cast("dict[object, object]", value)
            if not all(isinstance(key, str) for key in members):
                return False
            inner += members.values()
        elif isinstance(value, (list, tuple)):
            inner += cast("list[object]", value)
    return True


def _exactly(record: dict[str, Json]) -> bytes:
    _refuse_floats(record)
    return rfc8785.dumps(record)


def _refuse_floats(value: object) -> None:
    """RFC 8785 would write them; what another program then reads may be another amount."""
    if isinstance(value, float):
        raise StoreError("no float is ever recorded")
    if isinstance(value, dict):
        for inner in cast("dict[str, object]", value).values():
            _refuse_floats(inner)
    elif isinstance(value, list):
        for inner in cast("list[object]", value):
            _refuse_floats(inner)
