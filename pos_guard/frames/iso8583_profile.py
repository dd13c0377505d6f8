"""ISO 8583 profiles as data: length, TPDU, header, how type, bitmap and fields are coded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import Enum
from functools import cached_property
from typing import Any, Protocol

from construct import Bytes, Struct

from pos_guard.errors import FrameError, LocalError
from pos_guard.frames.iso8583_fields import BitmapFields, Coding
from pos_guard.frames.iso8583_tables import ASCII, CUP, MIXED

MAX_MESSAGE = 4096
"""Bytes behind the length: the largest that any POS host takes is below 2000; more is an attack."""


class Length(Enum):
    """How many bytes follow, itself not counted, as it stands in front of each message."""

    BINARY2 = "binary"
    BCD2 = "bcd"
    ASCII4 = "ascii"

    @property
    def size(self) -> int:
        """Bytes that it takes."""
        return 4 if self is Length.ASCII4 else 2

    def read(self, data: bytes) -> int:
        """The count in ``size`` bytes.

        :raises FrameError: ``length`` when they are no number.
        """
        if self is Length.BINARY2:
            return int.from_bytes(data, "big")
        text = data.hex() if self is Length.BCD2 else data.decode("latin-1")
        if not (text.isascii() and text.isdecimal()):
            raise FrameError("length", "a length that is no number", 0)
        return int(text)

    def write(self, count: int) -> bytes:
        """The bytes for that count.

        :raises LocalError: when it is larger than ``MAX_MESSAGE``.
        """
        if count > MAX_MESSAGE:
            raise LocalError(f"{count} bytes are more than a message may have")
        if self is Length.BINARY2:
            return count.to_bytes(2, "big")
        text = f"{count:04d}"
        return bytes.fromhex(text) if self is Length.BCD2 else text.encode()


class Layout(Protocol):
    """What is used of a construct with named parts."""

    def parse(self, data: bytes) -> Mapping[str, Any]:
        """The named parts."""
        ...

    def build(self, obj: dict[str, Any] | None) -> bytes:
        """The bytes of named parts."""
        ...


@dataclass(frozen=True, eq=False)
class Profile:
    """One way of writing ISO 8583.

    ``tpdu`` and ``header``: bytes in front of the message type. ``written``: type and bitmap are
    ASCII, but for a ``raw_bitmap``. ``secondary``: there are fields 65 to 128. ``union_pay``:
    fields 60 and 61 have UnionPay's parts, and say what a message is.
    """

    name: str
    table: Mapping[int, Coding]
    length: Length = Length.BINARY2
    tpdu: int = 5
    header: int = 6
    written: bool = False
    raw_bitmap: bool = False
    secondary: bool = False
    union_pay: bool = True

    @property
    def shortest(self) -> int:
        """Bytes of a message without a field: what is shorter is none."""
        bitmap = 16 if self.written and not self.raw_bitmap else 8
        return self.tpdu + self.header + (4 if self.written else 2) + bitmap

    @cached_property
    def layout(self) -> Layout:
        """The construct of one message: TPDU, header and type as they are, then the fields."""
        written = self.written and not self.raw_bitmap
        body: Any = BitmapFields(self.table, written=written, secondary=self.secondary)
        layout: Layout = Struct(
            "head" / Bytes(self.tpdu + self.header + (4 if self.written else 2)),
            "body" / body,
        )
        return layout


IN_ASCII = Profile(
    "iso8583-ascii", ASCII, tpdu=0, header=0, written=True, secondary=True, union_pay=False
)
IN_MIXED = replace(IN_ASCII, name="iso8583-mixed", table=MIXED, raw_bitmap=True)
UNION_PAY = Profile("iso8583-cup", CUP)

PROFILES: Mapping[str, Profile] = {
    profile.name: profile for profile in (UNION_PAY, IN_ASCII, IN_MIXED)
}


def profile_named(name: str) -> Profile:
    """A profile by its name.

    :raises LocalError: when there is none; the message lists them.
    """
    try:
        return PROFILES[name]
    except KeyError as error:
        raise LocalError(f"{name!r} is no profile of ISO 8583: {', '.join(PROFILES)}") from error


HEADERS = (6, 2, 0)
"""Bytes between TPDU and type that UnionPay networks have: version and software, or none."""
