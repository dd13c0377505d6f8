"""A MIS-POS profile as TOML, and the example that ``mis-pos`` means.

The example is made after what the dialects have in common, not after any one acquirer: take a
copy, and change it to what your acquirer's document says (docs/link-stx-more.md).
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from typing import cast

from pos_guard.errors import LocalError
from pos_guard.frames.decoded import Decoded
from pos_guard.frames.stx import Length, StxFormat
from pos_guard.frames.stx_fixed import Layout
from pos_guard.frames.stx_mispos import (
    MAX_FIELD,
    REPLY_FIELDS,
    REQUEST_FIELDS,
    MisProfile,
    decoder,
)
from pos_guard.model import IntentKind

EXAMPLE = """\
name = "mis-pos"
currency = "CNY"
encoding = "gb18030"
length = "bcd2"          # "none", "bcd2" or "bin2": two bytes with the length of the body
lrc_start = 0
lrc_from_stx = false

# Field and width, in their order. Numbers are filled with zeros on the left, all others with
# blanks on the right.
request = [
    ["type", 2], ["amount", 12], ["till", 8], ["operator", 8], ["original_trace", 6],
    ["original_reference", 12], ["original_date", 8], ["merchant", 15], ["terminal", 8],
]
reply = [
    ["code", 2], ["text", 40], ["type", 2], ["amount", 12], ["trace", 6], ["reference", 12],
    ["authorisation", 6], ["batch", 6], ["merchant", 15], ["terminal", 8], ["card", 19],
    ["date", 8], ["time", 6],
]

approved = ["00"]
refused = "05"
query = "54"

[kinds]                  # transaction types that move money
00 = "sale"
01 = "void"
02 = "refund"
04 = "preauth"
05 = "preauth_void"
06 = "completion"
07 = "completion_void"

[harmless]               # transaction types that only ask, or close the day
03 = "balance"
51 = "sign_on"
52 = "settlement"
53 = "reprint"
54 = "last"

[refusals]               # reason of the verdict, and the code of the no
not-permitted = "58"
not-signed-in = "58"
over-limit = "61"
amount = "13"
payee = "03"
duplicate = "94"
original = "25"
remaining = "13"
malformed = "30"
guard = "96"
unresolved = "96"
"""

MAX_FILE = 64 * 1024
"""Bytes of a profile: the example has two thousand."""

_LENGTHS: Mapping[str, Length] = {"none": "none", "bcd2": "bcd2", "bin2": "bin2"}
_TEXTS = ("name", "refused", "currency", "encoding", "query", "length")


def read_profile(text: str) -> MisProfile:
    """A profile from TOML.

    :raises LocalError: with what is wrong in it.
    """
    if len(text) > MAX_FILE:
        raise LocalError(f"a profile has at most {MAX_FILE} bytes")
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise LocalError(f"the profile is no TOML: {error}") from error
    known = {*_TEXTS, "lrc_start", "lrc_from_stx", "request", "reply", "approved", "kinds"}
    unknown = set(table) - known - {"harmless", "refusals"}
    if unknown:
        raise LocalError(f"the profile has unknown settings: {', '.join(sorted(unknown))}")
    texts = {key: _text(table, key) for key in _TEXTS if key in table}
    missing = {"name", "refused", "length"} - set(texts)
    if missing:
        raise LocalError(f"the profile lacks {', '.join(sorted(missing))}")
    query = texts.get("query")
    harmless = _strings(table, "harmless")
    if query is not None and query not in harmless:
        raise LocalError(f"query = {query!r} is none of the harmless types")
    request = _layout(table, "request", REQUEST_FIELDS)
    reply = _layout(table, "reply", REPLY_FIELDS)
    kinds = _kinds(table)
    if set(kinds) & set(harmless):
        raise LocalError("a transaction type both moves money and is harmless")
    return MisProfile(
        texts["name"],
        _format(table, texts["length"], max(request.size, reply.size)),
        request,
        reply,
        kinds,
        harmless,
        frozenset(_codes(table)),
        texts["refused"],
        _strings(table, "refusals"),
        texts.get("currency", "CNY"),
        query,
        texts.get("encoding", "gb18030"),
    )


@cache
def example() -> MisProfile:
    """What the profile ``mis-pos`` means without a file of its own."""
    return read_profile(EXAMPLE)


def _format(table: Mapping[str, object], length: str, size: int) -> StxFormat:
    start, whole = table.get("lrc_start", 0), table.get("lrc_from_stx", False)
    if length not in _LENGTHS:
        raise LocalError(f"length = {length!r} is none of: {', '.join(_LENGTHS)}")
    if type(start) is not int or not 0 <= start <= 0xFF or not isinstance(whole, bool):
        raise LocalError("lrc_start is a byte, lrc_from_stx true or false")
    return StxFormat(_LENGTHS[length], start, whole, max_body=size)


def _layout(table: Mapping[str, object], key: str, known: frozenset[str]) -> Layout:
    value = table.get(key)
    rows = cast("list[object]", value) if isinstance(value, list) else []
    fields: list[tuple[str, int]] = []
    for row in rows:
        pair = cast("list[object]", row) if isinstance(row, list) else []
        name, width = (pair[0], pair[1]) if len(pair) == 2 else (None, None)
        if not isinstance(name, str) or name not in known:
            raise LocalError(f"{key}: {name!r} is none of: {', '.join(sorted(known))}")
        if type(width) is not int or not 0 < width <= MAX_FIELD:
            raise LocalError(f"{key}: {name} has a width of 1 to {MAX_FIELD}")
        fields.append((name, width))
    return Layout(*fields)


def _kinds(table: Mapping[str, object]) -> dict[str, IntentKind]:
    try:
        return {key: IntentKind(kind) for key, kind in _strings(table, "kinds").items()}
    except ValueError as error:
        raise LocalError(f"kinds: {error}") from error


def _strings(table: Mapping[str, object], key: str) -> dict[str, str]:
    value = table.get(key, {})
    pairs = cast("dict[str, object]", value) if isinstance(value, dict) else {"": None}
    if any(not isinstance(text, str) for text in pairs.values()):
        raise LocalError(f"{key} is a table of texts")
    return {name: str(text) for name, text in pairs.items()}


def _codes(table: Mapping[str, object]) -> list[str]:
    value = table.get("approved")
    codes = cast("list[object]", value) if isinstance(value, list) else []
    if not codes or any(not isinstance(code, str) for code in codes):
        raise LocalError("approved is a list of response codes")
    return [str(code) for code in codes]


def _text(table: Mapping[str, object], key: str) -> str:
    value = table[key]
    if not isinstance(value, str) or not value:
        raise LocalError(f"{key} is a text")
    return value


def decode(data: bytes) -> Iterator[Decoded]:
    """Each frame and signal of a line that speaks the example."""
    return decoder(example(), data)
