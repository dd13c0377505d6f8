"""EMVCo consumer-presented QR codes (QRCPS CPM v1.1): base64 of BER-TLV.

The payer's card or token number is inside: nothing of it leaves this module.
"""

from __future__ import annotations

import base64
import binascii
import io
from dataclasses import dataclass
from typing import Any

from construct import (
    Byte,
    ConstructError,
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
    if _length_form(size)["first"] != form.first:
        raise ValueError("length not in its shortest form")
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
"""One BER-TLV object with a definite, shortest length."""


@dataclass(frozen=True, slots=True)
class Consumer:
    """What may be known of a consumer-presented code: the applications, and whether a card is in.

    ``aids`` are the application ids (hex) of the templates that count (5 to 16 bytes of 4F).
    """

    aids: tuple[str, ...]
    has_card: bool


def objects(data: bytes) -> list[tuple[str, bytes]]:
    """The BER-TLV objects of one level.

    :raises FrameError: ``truncated`` for bytes that are none, ``length`` for too many objects.
    """
    stream, found = io.BytesIO(data), list[tuple[str, bytes]]()
    while (at := stream.tell()) < len(data):
        if len(found) >= _MAX_OBJECTS:
            raise FrameError("length", f"more than {_MAX_OBJECTS} objects", at)
        try:
            parsed: Any = OBJECT.parse_stream(stream)
        except (ConstructError, ValueError) as error:
            raise FrameError("truncated", f"no whole object at {at}", at) from error
        found.append((str(parsed.tag), bytes(parsed.value)))
    return found


def build(level: list[tuple[str, bytes]]) -> bytes:
    """The bytes of one level."""
    parts: list[bytes] = [OBJECT.build({"tag": tag, "value": value}) for tag, value in level]
    return b"".join(parts)


def parse(text: str) -> Consumer:
    """Read one code.

    :raises FrameError: not base64, not TLV, no payload format indicator, a doubled primitive.
    """
    if len(text) > MAX_PAYLOAD:
        raise FrameError("length", f"longer than {MAX_PAYLOAD} characters")
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise FrameError("base64", "not base64") from error
    if base64.b64encode(data).decode("ascii") != text:
        raise FrameError("not-canonical", "base64 with stray bits")
    top = objects(data)
    if not top or top[0] != ("85", b"CPV01"):
        raise FrameError("version", "the first object is not 85 with CPV01")
    _no_doubles([tag for tag, _ in top if tag not in {"61", "62"}])
    aids: list[str] = []
    card = False
    for tag, value in top[1:]:
        if tag not in {"61", "62"}:
            continue
        inner = objects(value)
        _no_doubles([name for name, _ in inner])
        card = card or any(name in {"57", "5A"} for name, _ in inner)
        aid = dict(inner).get("4F", b"") if tag == "61" else b""
        if 5 <= len(aid) <= 16:
            aids.append(aid.hex().upper())
    return Consumer(tuple(aids), card)


def _no_doubles(tags: list[str]) -> None:
    if len(set(tags)) != len(tags):
        raise FrameError("duplicate-field", "an object occurs twice")


def classify_consumer(text: str) -> Code:
    """A payload that starts like a consumer-presented code: payable if an application is named."""
    try:
        consumer = parse(text)
    except FrameError as error:
        return invalid(error.code, scheme="emv-cpm", size=len(text))
    checks = {"no-application": not consumer.aids, "no-card": not consumer.has_card}
    return Code(
        Kind.PAYMENT_CODE,
        "emv-cpm",
        payable=bool(consumer.aids),
        problems=tuple(name for name, wrong in checks.items() if wrong),
        masked=f"{START}…",
    )
