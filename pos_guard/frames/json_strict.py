"""JSON from untrusted bytes, read so that no second reader can read it differently.

RFC 8259 leaves duplicate names, big numbers and lone surrogates to each parser: money requests
that differ from parser to parser are refused here. JSON text has no byte fields, so that
``construct`` has nothing to define: the grammar of RFC 8259 is the definition.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import NoReturn, TypeGuard

from pos_guard.errors import FrameError
from pos_guard.frames.decoded import Json
from pos_guard.frames.field_error import FieldError, plain_name

MAX_BYTES = 65_536
"""The longest request that a provider documents is far below 16 KiB; four times that is room."""

MAX_DEPTH = 16
"""Provider messages nest five deep; a deeper one is an attack on a recursive parser."""

MAX_INTEGER = 2**53 - 1
"""Above it, parsers that read numbers as binary64 see another number (RFC 8259, section 6)."""

_MAX_DIGITS = 16  # those of MAX_INTEGER: converting longer digits costs quadratic time

# Possessive, and a string that never ends counts too: linear on hostile text.
_STRING = re.compile(rb'"(?:[^"\\]|\\.)*+"?', re.DOTALL)
_BRACKET = re.compile(rb"[\[{\]}]")
_DECIMAL = re.compile(r"(?:0|[1-9][0-9]{0,11})\.[0-9]{1,6}")


class DecimalText(str):
    """A number with decimals, as the text that stood in the JSON: never a float."""

    __slots__ = ()


def parse(data: bytes, *, limit: int = MAX_BYTES, decimals: bool = False) -> Json:
    """Read one JSON text. With ``decimals``, plain numbers like 12.50 are kept as their text.

    :raises FrameError: too long, too deep, not UTF-8, not JSON, a duplicate name, a number that
        is no integer of at most 53 bits, a lone surrogate.
    """
    if len(data) > limit:
        raise FrameError("length", f"JSON text of {len(data)} bytes, at most {limit}", limit)
    if data.startswith(b"\xef\xbb\xbf"):
        raise FrameError("not-json", "JSON text must not begin with a byte order mark", 0)
    _check_depth(data)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise FrameError("not-utf8", "JSON text is not UTF-8", error.start) from error
    return _load(text, _decimal if decimals else _no_float)


def parse_object(data: bytes, *, limit: int = MAX_BYTES, decimals: bool = False) -> dict[str, Json]:
    """Read one JSON object.

    :raises FrameError: as ``parse``, or when the text is another kind of value.
    """
    value = parse(data, limit=limit, decimals=decimals)
    if not is_object(value):
        raise FrameError("not-an-object", "a JSON object is wanted", 0)
    return value


def is_object(value: Json) -> TypeGuard[dict[str, Json]]:
    """Tell whether a JSON value is an object."""
    return isinstance(value, dict)


def _load(text: str, number: Callable[[str], Json]) -> Json:
    try:
        value: Json = json.loads(
            text,
            object_pairs_hook=_unique,
            parse_float=number,
            parse_int=_integer,
            parse_constant=_no_float,
        )
    except json.JSONDecodeError as error:
        at = len(text[: error.pos].encode("utf-8"))
        raise FrameError("not-json", f"not JSON: {error.msg}", at) from error
    _check_text(value)
    return value


def _unique(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    result: dict[str, Json] = {}
    for name, value in pairs:
        if name in result:
            raise FieldError("duplicate-field", plain_name(name), "is there twice in one object")
        result[name] = value
    return result


def _no_float(text: str) -> NoReturn:
    del text
    raise FrameError("not-an-integer", "only integers are numbers here")


def _decimal(text: str) -> DecimalText:
    if _DECIMAL.fullmatch(text) is None:
        raise FrameError("not-an-integer", "only integers and plain decimals are numbers here")
    return DecimalText(text)


def _integer(text: str) -> int:
    if len(text.lstrip("-")) > _MAX_DIGITS or abs(int(text)) > MAX_INTEGER:
        raise FrameError("not-an-integer", "an integer has more than 53 bits")
    if text == "-0":
        raise FrameError("not-an-integer", "minus zero is no integer")
    return int(text)


def _check_depth(data: bytes) -> None:
    """Bound the nesting before a recursive parser sees it."""
    depth = 0
    for bracket in _BRACKET.finditer(_STRING.sub(b"", data)):
        depth += 1 if bracket.group() in b"[{" else -1
        if depth > MAX_DEPTH:
            raise FrameError("depth", f"JSON nested deeper than {MAX_DEPTH}")


def _check_text(value: Json) -> None:
    """Refuse lone surrogates, which no UTF-8 text can carry but an escape smuggles in."""
    try:
        if isinstance(value, str):
            value.encode("utf-8")
    except UnicodeEncodeError as error:
        raise FrameError("not-utf8", "a string holds a lone surrogate") from error
    if isinstance(value, dict):
        for name, member in value.items():
            _check_text(name)
            _check_text(member)
    elif isinstance(value, list):
        for element in value:
            _check_text(element)
