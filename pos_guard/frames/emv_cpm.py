"""EMVCo consumer-presented QR codes (QRCPS CPM v1.1): base64 of BER-TLV.

The payer's card or token number is inside: nothing of it leaves this module.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from typing import Any

from construct import (
    Byte,
    ExprAdapter,
    GreedyBytes,
    If,
    Int16ub,
    Prefixed,
    RepeatUntil,
    Struct,
    this,
)

from pos_guard.errors import FrameError
from pos_guard.frames.codes_model import Code, Kind, invalid

START = "hQVDUFY"
"""Base64 of tag 85, length 5, ``CPV``: every code starts so (CPM 5.1.1.1)."""
MAX_PAYLOAD = 4096
"""Characters; readers must take 512 bytes (CPM 5.1.1.11), a QR code holds fewer than 4,296."""
_MAX_OBJECTS = 64
"""Objects on one level; table 6.1 names 26."""
_TEMPLATES = frozenset({"61", "62", "63", "64"})
_OF_THE_CARD = ("57", "5A", "9F25")


def _is_last(byte: int, seen: list[int], _: object = None) -> bool:
    """ISO 8825-1: after a first byte ending in 1F, a tag goes on while bit 8 is set.

    Three bytes are one more than any EMV tag has.
    """
    return byte & 0x1F != 0x1F if len(seen) == 1 else byte < 0x80 or len(seen) == 3


def _tag_name(parts: list[int], _: object = None) -> str:
    return bytes(parts).hex().upper()


def _tag_bytes(name: str, _: object = None) -> list[int]:
    return list(bytes.fromhex(name))


def _size(form: Any, _: object = None) -> int:  # noqa: ANN401 - construct's container ends here
    size: int = form.first if form.first < 0x80 else form.one or form.two or 0
    if form.first >= 0x80 and form.first not in {0x81, 0x82}:
        raise ValueError("no definite length of up to two bytes")
    return size


def _length_form(size: int, _: object = None) -> dict[str, int]:
    if size < 0x80:
        return {"first": size, "one": 0, "two": 0}
    return {"first": 0x81 if size < 0x100 else 0x82, "one": size, "two": size}


_TAG: Any = ExprAdapter(RepeatUntil(_is_last, Byte), _tag_name, _tag_bytes)
_LENGTH: Any = ExprAdapter(
    Struct(
        "first" / Byte,
        "one" / If(this.first == 0x81, Byte),
        "two" / If(this.first == 0x82, Int16ub),
    ),
    _size,
    _length_form,
)
OBJECT: Any = Struct("tag" / _TAG, "value" / Prefixed(_LENGTH, GreedyBytes))
"""One BER-TLV object with a definite length of up to two bytes, as ISO 8825-1 defines it: what is
built comes from it (lengths in their shortest form), and what is read agrees with it."""


@dataclass(frozen=True, slots=True)
class Consumer:
    """What may be known of a consumer-presented code: the applications, and whether a card is in.

    ``aids`` are the application ids (hex) of the templates that count (5 to 16 bytes of 4F);
    ``skipped`` counts the other templates. ``last_digits`` is 9F25, for receipts. ``long_lengths``:
    a length is written with more bytes than it needs.
    """

    aids: tuple[str, ...]
    has_card: bool
    skipped: int = 0
    last_digits: str = ""
    long_lengths: bool = False


def objects(data: bytes) -> list[tuple[str, bytes]]:
    """The BER-TLV objects of one level.

    Cut with slices, because this is what every scan waits for; ``OBJECT`` says the same.

    :raises FrameError: ``truncated`` for bytes that are none, ``length`` for too many objects.
    """
    at, end, found = 0, len(data), list[tuple[str, bytes]]()
    while at < end:
        if len(found) >= _MAX_OBJECTS:
            raise FrameError("length", f"more than {_MAX_OBJECTS} objects", at)
        start = _end_of_tag(data, at)
        size, value = _length(data, start)
        if value + size > end:
            raise FrameError("truncated", f"no whole object at {at}", at)
        found.append((data[at:start].hex().upper(), data[value : value + size]))
        at = value + size
    return found


def _end_of_tag(data: bytes, at: int) -> int:
    if data[at] & 0x1F != 0x1F:
        return at + 1
    for end in (at + 2, at + 3):
        if end > len(data):
            break
        if data[end - 1] < 0x80 or end == at + 3:
            return end
    raise FrameError("truncated", f"no whole tag at {at}", at)


def _length(data: bytes, at: int) -> tuple[int, int]:
    """The length that stands at ``at``, and where the value begins."""
    first = data[at] if at < len(data) else 0x80
    more = {0x81: 1, 0x82: 2}.get(first, 0)
    if first > 0x7F and not more:
        raise FrameError("truncated", f"no definite length of up to two bytes at {at}", at)
    if at + 1 + more > len(data):
        raise FrameError("truncated", f"no whole length at {at}", at)
    size = int.from_bytes(data[at + 1 : at + 1 + more]) if more else first
    return size, at + 1 + more


def build(level: list[tuple[str, bytes]]) -> bytes:
    """The bytes of one level."""
    parts: list[bytes] = [OBJECT.build({"tag": tag, "value": value}) for tag, value in level]
    return b"".join(parts)


def parse(text: str) -> Consumer:
    """Read one code.

    :raises FrameError: not base64, not TLV, no payload format indicator, a doubled primitive.
    """
    data = _bytes_of(text)
    top = objects(data)
    wasteful = _is_wasteful(top, data)
    if not top or top[0] != ("85", b"CPV01"):
        raise FrameError("version", "the first object is not 85 with CPV01")
    _no_doubles([tag for tag, _ in top if tag not in _TEMPLATES])
    aids: list[str] = []
    known: dict[str, bytes] = {}
    skipped = 0
    # 63 and 64 are transparent: whoever issued them knows what is in them (5.1.1.9).
    for tag, value in top[1:]:
        if tag not in {"61", "62"}:
            continue
        inner = objects(value)
        wasteful = wasteful or _is_wasteful(inner, value)
        _no_doubles([name for name, _ in inner])
        fields = dict(inner)
        if tag == "61" and not 5 <= len(fields.get("4F", b"")) <= 16:
            skipped += 1
            continue
        aids += [fields["4F"].hex().upper()] if tag == "61" else []
        known |= {name: fields[name] for name in _OF_THE_CARD if name in fields}
    return Consumer(
        tuple(aids),
        has_card=bool(known.get("57") or known.get("5A")),
        skipped=skipped,
        last_digits=known.get("9F25", b"").hex(),
        long_lengths=wasteful,
    )


def _is_wasteful(level: list[tuple[str, bytes]], data: bytes) -> bool:
    """Some length takes more bytes than it needs."""
    least = sum(
        len(tag) // 2 + 1 + (len(value) > 0x7F) + (len(value) > 0xFF) + len(value)
        for tag, value in level
    )
    return least != len(data)


def _bytes_of(text: str) -> bytes:
    if len(text) > MAX_PAYLOAD:
        raise FrameError("length", f"longer than {MAX_PAYLOAD} characters")
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise FrameError("base64", "not base64") from error
    if base64.b64encode(data).decode("ascii") != text:
        raise FrameError("not-canonical", "base64 with stray bits")
    return data


def _no_doubles(tags: list[str]) -> None:
    """A primitive occurs once; templates (bit 6 of the tag) may repeat."""
    primitives = [tag for tag in tags if not int(tag[:2], 16) & 0x20]
    if len(set(primitives)) != len(primitives):
        raise FrameError("duplicate-field", "an object occurs twice")


def classify_consumer(text: str) -> Code:
    """A payload that starts like a consumer-presented code.

    Payable if a template that counts names an application. One without a card or token (57, 5A) may
    carry it inside a transparent template, so that is named and not refused.
    """
    try:
        consumer = parse(text)
    except FrameError as error:
        return invalid(error.code, scheme="emv-cpm", size=len(text))
    checks = {
        "no-application": not consumer.aids,
        "no-card": not consumer.has_card,
        "template-skipped": consumer.skipped > 0,
        "long-length": consumer.long_lengths,
    }
    facts = {"applications": " ".join(consumer.aids)} if consumer.aids else {}
    if len(consumer.last_digits) == 4:
        facts["last_digits"] = consumer.last_digits
    return Code(
        Kind.PAYMENT_CODE,
        "emv-cpm",
        payable=bool(consumer.aids),
        problems=tuple(name for name, wrong in checks.items() if wrong),
        flavour="emv-cpm",
        facts=facts,
        masked=f"{START}…",
        text=text,
    )
