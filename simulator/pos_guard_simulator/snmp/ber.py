"""The part of BER that SNMP uses: RFC 3417 section 8, with the limits of RFC 2578 section 3.5.

Written here because a library that answers SNMP brings a whole engine, and of BER this is enough.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum

from pos_guard.errors import FrameError

Oid = tuple[int, ...]
"""An object identifier."""

MAX_OID = 128
"""Numbers of an object identifier (RFC 2578 3.5)."""

_MAX_NUMBER = 2**32 - 1
"""The largest number in one (RFC 2578 3.5)."""

_INTEGER_BYTES = 4
"""Every INTEGER of SNMP fits into 32 bits (RFC 2578 7.1.1)."""

_LENGTH_BYTES = 2
"""Bytes of a long length: a datagram has fewer than 65,536."""


class Tag(IntEnum):
    """Types of values and of messages, as their first byte says (RFC 3416 section 3)."""

    INTEGER = 0x02
    OCTETS = 0x04
    NULL = 0x05
    OID = 0x06
    SEQUENCE = 0x30
    COUNTER = 0x41
    GAUGE = 0x42
    TICKS = 0x43
    NO_SUCH_OBJECT = 0x80
    NO_SUCH_INSTANCE = 0x81
    END_OF_VIEW = 0x82
    GET = 0xA0
    GET_NEXT = 0xA1
    RESPONSE = 0xA2
    SET = 0xA3
    GET_BULK = 0xA5


class Elements:
    """The elements of one piece of BER, each taken once, first to last."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    @property
    def left(self) -> bool:
        """Whether there are more."""
        return self._at < len(self._data)

    def any(self) -> tuple[int, bytes]:
        """The tag and content of the next one.

        :raises FrameError: ``truncated``, or ``malformed``: an indefinite or too long a length.
        """
        tag, size = self._byte(), self._byte()
        if size >= 0x80:
            count = size & 0x7F
            if not 0 < count <= _LENGTH_BYTES:
                raise FrameError("malformed", f"a length in {count} bytes")
            size = int.from_bytes(bytes(self._byte() for _ in range(count)), "big")
        end = self._at + size
        if end > len(self._data):
            raise FrameError("truncated", f"{size} bytes are said, {end - len(self._data)} missing")
        content = self._data[self._at : end]
        self._at = end
        return tag, content

    def take(self, tag: Tag) -> bytes:
        """The content of the next one, which is of this type.

        :raises FrameError: ``truncated`` or ``malformed``.
        """
        found, content = self.any()
        if found != tag:
            raise FrameError("malformed", f"{found:02X} is no {tag.name}")
        return content

    def integer(self) -> int:
        """The next one, a whole number of 32 bits.

        :raises FrameError: ``truncated`` or ``malformed``.
        """
        content = self.take(Tag.INTEGER)
        if not 0 < len(content) <= _INTEGER_BYTES:
            raise FrameError("malformed", f"an INTEGER of {len(content)} bytes")
        return int.from_bytes(content, "big", signed=True)

    def oid(self) -> Oid:
        """The next one, an object identifier.

        :raises FrameError: ``truncated`` or ``malformed``.
        """
        return _oid(self.take(Tag.OID))

    def end(self) -> None:
        """There is no more.

        :raises FrameError: ``malformed``: there is.
        """
        if self.left:
            raise FrameError("malformed", "something stands behind the end")

    def _byte(self) -> int:
        if not self.left:
            raise FrameError("truncated", "it ends within an element")
        self._at += 1
        return self._data[self._at - 1]


def _oid(content: bytes) -> Oid:
    numbers = list(_numbers(content))
    if not numbers or len(numbers) >= MAX_OID or content[-1] >= 0x80:
        raise FrameError("malformed", "no object identifier")
    first = min(numbers[0] // 40, 2)  # X.690 8.19.4: the first two numbers are one
    return (first, numbers[0] - 40 * first, *numbers[1:])


def _numbers(content: bytes) -> Iterable[int]:
    number = 0
    for byte in content:
        number = number << 7 | byte & 0x7F
        if number > _MAX_NUMBER:
            raise FrameError("malformed", "a number of more than 32 bits in an object identifier")
        if byte < 0x80:
            yield number
            number = 0


def element(tag: int, content: bytes) -> bytes:
    """One element."""
    size = len(content)
    if size < 0x80:
        return bytes((tag, size)) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(length))) + length + content


def integer_content(number: int) -> bytes:
    """A whole number in as few bytes as it needs, with its sign."""
    return number.to_bytes((number if number >= 0 else ~number).bit_length() // 8 + 1, "big",
                           signed=True)  # fmt: skip


def oid_content(oid: Oid) -> bytes:
    """An object identifier of two or more numbers."""
    return b"".join(map(_base128, (40 * oid[0] + oid[1], *oid[2:])))


def _base128(number: int) -> bytes:
    digits = [number & 0x7F]
    while number := number >> 7:
        digits.append(number & 0x7F | 0x80)
    return bytes(reversed(digits))
