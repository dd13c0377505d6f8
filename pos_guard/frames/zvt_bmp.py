"""ZVT's data elements by construct: the list of BMPs, and the BER-TLV container in BMP 06.

The caller hands over exactly the bytes that hold the list; the element loop reads them to the
last one. An unknown BMP has an unknown length, so what follows it cannot be read: a terminal's
reply keeps it as ``rest``; a money command is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from io import BytesIO
from typing import IO, TYPE_CHECKING, Any, Protocol

from construct import (
    Byte,
    Construct,
    ConstructError,
    ExprAdapter,
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

from pos_guard.errors import FrameError, LocalError
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


_Span = tuple[int, int, int]
"""Where an element begins, where its payload begins, and where both end."""
_Spans = tuple[list[_Span], bytes]
_Values = list[tuple[int, bytes]]

if TYPE_CHECKING:
    _BmpConstruct = Construct[_Spans, _Values]
else:
    _BmpConstruct = Construct


def _digits(count: int) -> Callable[[bytes, int], tuple[int, int]]:
    """The lengths LL and LLL: one digit a byte, F0 to F9."""

    def read(data: bytes, at: int) -> tuple[int, int]:
        size, stop = 0, at + count
        if stop > len(data):
            raise FrameError("truncated", "an element ends behind the data")
        for byte in data[at:stop]:
            if not 0xF0 <= byte <= 0xF9:
                raise FrameError("length", "a length that is no number")
            size = size * 10 + (byte & 0x0F)
        return stop, size

    return read


def _ber(data: bytes, at: int) -> tuple[int, int]:
    """BER: below 80 the length itself, 81 one byte, 82 two."""
    first = data[at] if at < len(data) else -1
    more = {0x81: 1, 0x82: 2}.get(first, 0)
    if first < 0 or at + more >= len(data):
        raise FrameError("truncated", "an element ends behind the data")
    if first < 0x80:
        return at + 1, first
    if not more:
        raise FrameError("length", "a length that is no number")
    stop = at + 1 + more
    return stop, int.from_bytes(data[at + 1 : stop], "big")


def _int_to_digits(count: int, size: int) -> bytes:
    text = str(count).rjust(size, "0")
    if len(text) > size:
        raise LocalError(f"{count} bytes do not fit into a length of {size} digits")
    return bytes(0xF0 | int(digit) for digit in text)


def _ber_length(count: int) -> bytes:
    return bytes(_BER_LENGTH.build(count))


_LENGTHS: Mapping[Kind, Callable[[bytes, int], tuple[int, int]]] = {
    Kind.LL: _digits(2),
    Kind.LLL: _digits(3),
    Kind.TLV: _ber,
}
_BUILT_LENGTHS: Mapping[Kind, Callable[[int], bytes]] = {
    Kind.LL: lambda count: _int_to_digits(count, 2),
    Kind.LLL: lambda count: _int_to_digits(count, 3),
    Kind.TLV: _ber_length,
}
_SIZES = {tag: (size, _LENGTHS.get(kind)) for tag, (size, kind) in BMP.items()}


class _Bmps(_BmpConstruct):
    """A list of elements up to the last byte or the first unknown tag, whose size nobody knows.

    A construct of its own: one loop, eight times as fast as a Switch over the same table, and
    nothing in it that swallows an error.
    """

    def _parse(self, stream: IO[bytes], context: object, path: str) -> _Spans:
        del context, path
        data = stream.read()
        spans: list[_Span] = []
        at, end = 0, len(data)
        while at < end and (layout := _SIZES.get(data[at])) is not None:
            start, begin = at, at + 1
            if len(spans) == MAX_ELEMENTS:
                raise FrameError("too-many", f"more than {MAX_ELEMENTS} elements", start)
            size, length = layout
            if length is not None:
                begin, size = _sized(length, data, start)
            at = begin + size
            if at > end:
                raise FrameError("truncated", "an element ends behind the data", start)
            spans.append((start, begin, at))
        return spans, data[at:]

    def _build(self, obj: _Values, stream: IO[bytes], context: object, path: str) -> int:
        del context, path
        written = 0
        for tag, value in obj:
            size, kind = BMP[tag]
            if size and len(value) != size:
                raise LocalError(f"BMP {tag:02X} has {size} bytes, not {len(value)}")
            length = b"" if size else _BUILT_LENGTHS[kind](len(value))
            written += stream.write(bytes([tag]) + length + value)
        return written


def _sized(
    length: Callable[[bytes, int], tuple[int, int]], data: bytes, start: int
) -> tuple[int, int]:
    try:
        return length(data, start + 1)
    except FrameError as error:
        raise FrameError(error.code, str(error), start) from None


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


_BER_LENGTH: Any = ExprAdapter(
    Struct(
        "first" / Byte,
        "more" / Switch(_first, {0x81: Byte, 0x82: Int16ub}, default=Pass),
    ),
    _ber_to_int,
    _int_to_ber,
)

_BMPS = _Bmps()

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
    try:
        spans, rest = _BMPS.parse(data)
    except FrameError as error:
        raise FrameError(error.code, str(error), at + (error.at or 0)) from None
    fields = tuple(
        Field(data[start], data[begin:stop], at + start, stop - start)
        for start, begin, stop in spans
    )
    return fields, rest


def build_bmps(fields: Iterable[tuple[int, bytes]]) -> bytes:
    """Tags and payloads as the canonical list: what ``read_bmps`` reads back the same.

    :raises LocalError: when a payload does not fit its tag.
    """
    return bytes(_BMPS.build(list(fields)))


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
