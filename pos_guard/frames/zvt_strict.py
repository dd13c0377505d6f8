"""The layouts of ZVT's money commands, and how they are read so that no two readers differ.

Known BMPs only, each once, digits where digits belong, shortest lengths, nothing left over, and
the value builds the same bytes again.

Source: the chapters on the commands in PA00P015 13.06 as three programs by others build them; the
top-up's head (product, payment mode) from the command summary of revision 13.13.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, auto

from pos_guard.errors import FrameError
from pos_guard.frames import bcd
from pos_guard.frames.zvt_apdu import Apdu
from pos_guard.frames.zvt_bmp import Field, build_bmps, build_tlv, read_bmps, read_tlv
from pos_guard.frames.zvt_table import (
    AUTHORISATION,
    BMP,
    BOOK_TOTAL,
    BOOKING,
    PREPAID,
    REDUCE,
    REFUND,
    RELEASE,
    RESERVATION,
    REVERSAL,
    TELEPHONIC,
    TIP,
    TLV_TAG,
    Kind,
)

_AMOUNT, _RECEIPT = 0x04, 0x87


class Head(Enum):
    """What stands in front of the BMPs, without a tag."""

    NOTHING = auto()
    PASSWORD = auto()
    MAYBE_PASSWORD = auto()
    """Terminals differ. A required BMP in front means that there is none, so that a password
    which begins like one (04, 87) is refused rather than guessed at."""
    PRODUCT = auto()
    """Two bytes of digits for the prepaid product, one for the way of paying."""


@dataclass(frozen=True, slots=True)
class Layout:
    """What one money command consists of."""

    head: Head
    required: frozenset[int]
    allowed: frozenset[int]


def _layout(head: Head, required: set[int], *allowed: frozenset[int]) -> Layout:
    return Layout(head, frozenset(required), frozenset(required).union(*allowed))


_COMMON = frozenset({0x06, 0x19, 0x3C, 0x49})
_CARD = frozenset({0x0E, 0x22, 0x23, 0x24, 0x2D, 0x3A, 0x8A})
_PUMP = frozenset({0x01, 0x02, 0x05})
_HOST = frozenset({0x0B, 0x3B})
_SALE = _layout(Head.NOTHING, {_AMOUNT}, _COMMON, _CARD, _PUMP)

LAYOUTS: Mapping[int, Layout] = {
    AUTHORISATION: _SALE,
    PREPAID: _layout(Head.PRODUCT, {_AMOUNT}, frozenset({0x06, 0x49})),
    TIP: _layout(Head.MAYBE_PASSWORD, {_AMOUNT, _RECEIPT}, _COMMON),
    TELEPHONIC: _layout(Head.NOTHING, {_AMOUNT}, _COMMON, _CARD, _PUMP, _HOST),
    RESERVATION: _layout(Head.NOTHING, {_AMOUNT}, _COMMON, _CARD, _PUMP, _HOST),
    BOOKING: _layout(Head.NOTHING, {_AMOUNT, _RECEIPT}, _COMMON, _HOST),
    BOOK_TOTAL: _layout(Head.NOTHING, {_RECEIPT}, _COMMON, _HOST, frozenset({_AMOUNT, 0x8A})),
    RELEASE: _layout(Head.NOTHING, {_RECEIPT}, _COMMON, _HOST, frozenset({_AMOUNT})),
    REVERSAL: _layout(Head.PASSWORD, {_RECEIPT}, frozenset({0x01, 0x06, 0x19})),
    REFUND: _layout(Head.PASSWORD, {_AMOUNT}, _COMMON, _CARD, frozenset({0x01, 0x02})),
    REDUCE: _layout(Head.NOTHING, {_AMOUNT}),
}
"""What may stand in a money command, without fields that say an amount or a receipt in a second
way (37, 88, 60): a reversal with an amount, say, is refused."""

HARMLESS_TLV = frozenset({0x12, 0x14, 0x26, 0x27, 0x0A, 0x1F04})
"""Data objects that a money command may carry: reading and character sets, permitted commands,
the receipt's form. Others may say an amount, a card or a kind in a way we do not read."""


@dataclass(frozen=True, slots=True)
class Read:
    """A money command, read. ``product``: the untagged head of a top-up."""

    password: bytes | None = field(default=None, repr=False)
    product: bytes = b""
    fields: tuple[Field, ...] = field(default=(), repr=False)


def read_strictly(apdu: Apdu, name: str) -> Read:
    """Read a command of ``LAYOUTS``; ``name`` is for the error's text.

    :raises FrameError: ``duplicate-field``, ``unknown-field``, ``not-bcd``, ``not-canonical``,
        ``truncated``, ``length``, ``missing-field``.
    """
    if not apdu.canonical:
        raise FrameError("not-canonical", "the length is not written in its shortest form", 2)
    layout = LAYOUTS[apdu.code]
    password, product = _head(apdu, layout)
    body = apdu.body[len(password) + len(product) :]
    fields, rest = read_bmps(body, len(apdu.raw) - len(body))
    if rest:
        at = len(apdu.raw) - len(rest)
        raise FrameError("unknown-field", f"BMP {rest[0]:02X} is not known", at)
    _known_once(layout, name, fields)
    for item in fields:
        if BMP[item.tag][1] in _DIGITS:
            bcd.digits(item.value, at=item.at + 1)
        if item.tag == TLV_TAG:
            _plain_tlv(item)
    if build_bmps([(item.tag, item.value) for item in fields]) != body:
        raise FrameError("not-canonical", "the same content has shorter bytes", apdu.header)
    return Read(password or None, product, fields)


_DIGITS = frozenset({Kind.NUMBER, Kind.DIGITS})


def _head(apdu: Apdu, layout: Layout) -> tuple[bytes, bytes]:
    """The password and the product, each empty where there is none."""
    body, head = apdu.body, layout.head
    if head is Head.NOTHING:
        return b"", b""
    if head is Head.MAYBE_PASSWORD and (not body or body[0] in layout.required):
        return b"", b""
    if len(body) < 3:
        what = "product" if head is Head.PRODUCT else "password"
        raise FrameError("truncated", f"no room for the {what}", apdu.header)
    if head is Head.PRODUCT:
        bcd.digits(body[:2], at=apdu.header)
        return b"", body[:3]
    bcd.digits(body[:3], at=apdu.header)
    return body[:3], b""


def _known_once(layout: Layout, name: str, fields: tuple[Field, ...]) -> None:
    seen: set[int] = set()
    for item in fields:
        if item.tag not in layout.allowed:
            raise FrameError("unknown-field", f"BMP {item.tag:02X} has no place in {name}", item.at)
        if item.tag in seen:
            raise FrameError("duplicate-field", f"BMP {item.tag:02X} stands twice", item.at)
        seen.add(item.tag)
    missing = layout.required - seen
    if missing:
        raise FrameError("missing-field", f"BMP {min(missing):02X} is missing", len(fields))


def _plain_tlv(item: Field) -> None:
    objects = read_tlv(item.value, item.at)
    if build_tlv(objects) != item.value:
        raise FrameError("not-canonical", "the container has shorter bytes", item.at)
    tags = [inner.tag for obj in objects for inner in obj.walk()]
    for tag in tags:
        if tag not in HARMLESS_TLV:
            raise FrameError("unknown-field", f"TLV {tag:02X} in a money command", item.at)
    if len(tags) != len(set(tags)):
        raise FrameError("duplicate-field", "a TLV object stands twice", item.at)
