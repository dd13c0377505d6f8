"""ZVT's data elements by construct: the list of BMPs, and the BER-TLV container in BMP 06.

The caller hands over exactly the bytes that hold the list; the element loop reads them to the
last one. An unknown BMP has an unknown length, so what follows it cannot be read: a terminal's
reply keeps it as ``rest``; a money command is refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any, Protocol

from construct import (
    Byte,
    Bytes,
    ConstructError,
    ExprAdapter,
    ExprValidator,
    GreedyBytes,
    If,
    Int16ub,
    Pass,
    Prefixed,
    StreamError,
    Struct,
    Switch,
    ValidationError,
)

from pos_guard.errors import FrameError
from pos_guard.frames.zvt_table import BMP, Kind

MAX_DEPTH = 4
"""Containers within containers: the deepest in any capture is 2; more is an attack on the stack."""

MAX_ELEMENTS = 256
"""Elements in one list: an end-of-day answer has about 60."""


@dataclass(frozen=True, slots=True)
class Field:
    """One BMP: its tag, its payload without the length, and its place in the unit."""

    tag: int
    value: bytes = field(repr=False)
    at: int
    size: int


@dataclass(frozen=True, slots=True)
class TlvObject:
    """One BER-TLV data object; ``children`` of a constructed one."""

    tag: int
    value: bytes = field(repr=False)
    children: tuple[TlvObject, ...] = ()

    def walk(self) -> Iterator[TlvObject]:
        """The object itself, then all within it."""
        yield self
        for child in self.children:
            yield from child.walk()


# -- construct: its values are untyped, and end in this file ------------------------------------


class Layout(Protocol):
    """What this file uses of a construct that yields named parts."""

    def parse_stream(self, stream: BytesIO) -> Mapping[str, Any]:
        """Read the named parts."""
        ...


def _all_digits(data: bytes, _: object) -> bool:
    return all(0xF0 <= byte <= 0xF9 for byte in data)


def _digits_to_int(data: bytes, _: object) -> int:
    return int("".join(str(byte & 0x0F) for byte in data))


def _int_to_two(count: int, _: object) -> bytes:
    return _int_to_digits(count, 2)


def _int_to_three(count: int, _: object) -> bytes:
    return _int_to_digits(count, 3)


def _int_to_digits(count: int, size: int) -> bytes:
    return bytes(0xF0 | int(digit) for digit in str(count).rjust(size, "0"))


def _ber_to_int(parts: Mapping[str, int | None], _: object) -> int:
    first, more = parts["first"] or 0, parts["more"]
    if first < 0x80:
        return first
    if more is None:
        raise ValidationError(f"BER length {first:02X}")
    return more


def _int_to_ber(count: int, _: object) -> dict[str, int | None]:
    if count < 0x80:
        return {"first": count, "more": None}
    return {"first": 0x81 if count < 0x100 else 0x82, "more": count}


def _long_tag(parts: Mapping[str, int]) -> bool:
    return parts["first"] & 0x1F == 0x1F


def _first(parts: Mapping[str, int]) -> int:
    return parts["first"]


def _tag(parts: Mapping[str, int]) -> int:
    return parts["tag"]


_BER_LENGTH: Any = ExprAdapter(
    Struct(
        "first" / Byte,
        "more" / Switch(_first, {0x81: Byte, 0x82: Int16ub}, default=Pass),
    ),
    _ber_to_int,
    _int_to_ber,
)

# The lengths of LL and LLL: one digit a byte, F0 to F9.
_TWO_DIGITS: Any = ExprAdapter(ExprValidator(Bytes(2), _all_digits), _digits_to_int, _int_to_two)
_THREE_DIGITS: Any = ExprAdapter(
    ExprValidator(Bytes(3), _all_digits), _digits_to_int, _int_to_three
)

_CONTAINED: dict[Kind, Any] = {
    Kind.LL: Prefixed(_TWO_DIGITS, GreedyBytes),
    Kind.LLL: Prefixed(_THREE_DIGITS, GreedyBytes),
    Kind.TLV: Prefixed(_BER_LENGTH, GreedyBytes),
}

_ELEMENT: Any = Struct(
    "tag" / Byte,
    "value"
    / Switch(
        _tag,
        {tag: _CONTAINED.get(kind) or Bytes(size) for tag, (size, kind) in BMP.items()},
    ),
)

_OBJECT: Any = Struct(
    "first" / Byte,
    "second" / If(_long_tag, Byte),
    "value" / Prefixed(_BER_LENGTH, GreedyBytes),
)


# -- reading and building -----------------------------------------------------------------------


def read_bmps(data: bytes, at: int = 0) -> tuple[tuple[Field, ...], bytes]:
    """The BMPs in ``data`` and the rest from the first unknown one; ``at`` is where it stands.

    :raises FrameError: ``truncated`` (an element ends behind the data), ``length`` (a length
        that is no number), ``too-many``.
    """
    stream = BytesIO(data)
    fields: list[Field] = []
    while (start := stream.tell()) < len(data):
        if data[start] not in BMP:
            return tuple(fields), data[start:]
        if len(fields) == MAX_ELEMENTS:
            raise FrameError("too-many", f"more than {MAX_ELEMENTS} elements", at + start)
        value: bytes = _parse(_ELEMENT, stream, at + start)["value"]
        fields.append(Field(data[start], value, at + start, stream.tell() - start))
    return tuple(fields), b""


def build_bmps(fields: Iterable[tuple[int, bytes]]) -> bytes:
    """Tags and payloads as the canonical list: what ``read_bmps`` reads back the same."""
    built: list[bytes] = [_ELEMENT.build({"tag": tag, "value": value}) for tag, value in fields]
    return b"".join(built)


def read_tlv(data: bytes, at: int = 0, depth: int = 1) -> tuple[TlvObject, ...]:
    """The data objects of one container, to the last byte.

    :raises FrameError: ``truncated``, ``length``, ``too-many``, ``too-deep``.
    """
    if depth > MAX_DEPTH:
        raise FrameError("too-deep", f"more than {MAX_DEPTH} containers in one another", at)
    stream = BytesIO(data)
    objects: list[TlvObject] = []
    while (start := stream.tell()) < len(data):
        if len(objects) == MAX_ELEMENTS:
            raise FrameError("too-many", f"more than {MAX_ELEMENTS} data objects", at + start)
        objects.append(_object(_parse(_OBJECT, stream, at + start), at + start, depth))
    return tuple(objects)


def build_tlv(objects: Iterable[TlvObject]) -> bytes:
    """The canonical bytes of data objects: shortest lengths."""
    parts: list[bytes] = []
    for obj in objects:
        long = obj.tag > 0xFF
        value = build_tlv(obj.children) if obj.children else obj.value
        parts.append(
            _OBJECT.build(
                {
                    "first": obj.tag >> 8 if long else obj.tag,
                    "second": obj.tag & 0xFF if long else None,
                    "value": value,
                }
            )
        )
    return b"".join(parts)


def _object(parsed: Mapping[str, Any], at: int, depth: int) -> TlvObject:
    first: int = parsed["first"]
    second: int | None = parsed["second"]
    value: bytes = parsed["value"]
    if second is not None and second & 0x80:
        raise FrameError("length", "a tag of three bytes", at)
    tag = first if second is None else first << 8 | second
    children = read_tlv(value, at, depth + 1) if first & 0x20 else ()
    return TlvObject(tag, value, children)


def _parse(layout: Layout, stream: BytesIO, at: int) -> Mapping[str, Any]:
    try:
        return layout.parse_stream(stream)
    except StreamError as error:
        raise FrameError("truncated", "an element ends behind the data", at) from error
    except ConstructError as error:
        raise FrameError("length", "a length that is no number", at) from error
