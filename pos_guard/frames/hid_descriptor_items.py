"""The items that HID report descriptors are made of (HID 1.11, clauses 5.3 and 6.2.2)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from construct import (
    BitsInteger,
    BitStruct,
    Bytes,
    Const,
    ConstructError,
    Int8ub,
    Nibble,
    Struct,
    Terminated,
    this,
)

from pos_guard.errors import FrameError

LONG_ITEM = 0xFE
"""The prefix of a long item (6.2.2.3), which no device uses yet."""

_SIZES = (0, 1, 2, 4)
MAIN, GLOBAL, LOCAL = 0, 1, 2
"""Types of items; 3 is reserved."""

_SHORT = Struct(
    "head" / BitStruct("tag" / Nibble, "kind" / BitsInteger(2), "size" / BitsInteger(2)),
    "data" / Bytes(this.head.size + this.head.size // 3),  # 3 stands for 4
    Terminated,
)
_LONG = Struct(
    Const(LONG_ITEM, Int8ub), "size" / Int8ub, "tag" / Int8ub, "data" / Bytes(this.size), Terminated
)


@dataclass(frozen=True, slots=True)
class Item:
    """One short item: ``kind`` is MAIN, GLOBAL or LOCAL; ``at`` is its place."""

    kind: int
    tag: int
    data: bytes
    at: int

    @property
    def value(self) -> int:
        """Its data, without a sign."""
        return int.from_bytes(self.data, "little")

    @property
    def signed(self) -> int:
        """Its data, with a sign."""
        return int.from_bytes(self.data, "little", signed=True)


def items(data: bytes) -> Iterator[Item]:
    """The short items, in order; long ones are passed over, as no device uses one yet.

    :raises FrameError: ``cut``.
    """
    at = 0
    while at < len(data):
        long = data[at] == LONG_ITEM
        if long and at + 1 >= len(data):
            raise FrameError("cut", "the descriptor ends within an item", at)
        end = at + (3 + data[at + 1] if long else 1 + _SIZES[data[at] & 3])
        try:
            parsed: Any = (_LONG if long else _SHORT).parse(data[at:end])
        except ConstructError as error:
            raise FrameError("cut", "the descriptor ends within an item", at) from error
        if not long:
            yield Item(int(parsed.head.kind), int(parsed.head.tag), bytes(parsed.data), at)
        at = end
