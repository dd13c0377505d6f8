"""EMVCo merchant-presented QR codes (QRCPS MPM v1.1): objects, templates, checksum.

An object is an id of two digits, a length of two digits and that many *characters*. Codes in the
field also count UTF-8 bytes; both readings are tried, and the result says which one fitted.
"""

from __future__ import annotations

import io
from binascii import crc_hqx
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from construct import Bytes, ConstructError, ExprAdapter, GreedyBytes, Prefixed, Struct

from pos_guard.errors import FrameError

MAX_PAYLOAD = 512
"""Characters in a payload (MPM 4.1)."""
MAX_OBJECTS = 100
"""Ids have two digits and occur once a level (MPM 4.3.1.2): no level holds more."""

TEMPLATES = frozenset([*(f"{tag:02}" for tag in range(26, 52)), "62"])
"""Objects whose value is made of objects again, and that say who is paid or for what."""


def _number(raw: bytes, _: object = None) -> int:
    if not raw.isdigit():
        raise ValueError("two digits expected")
    return int(raw)


def _tag(raw: bytes, _: object = None) -> str:
    return f"{_number(raw):02}"


def _two_digits(number: str | int, _: object = None) -> bytes:
    return b"%02d" % int(number)


_ID: Any = ExprAdapter(Bytes(2), _tag, _two_digits)
_LENGTH: Any = ExprAdapter(Bytes(2), _number, _two_digits)
OBJECT: Any = Struct("id" / _ID, "value" / Prefixed(_LENGTH, GreedyBytes))
"""One object; its value counts the units (characters or bytes) that the reader handed in."""

Objects = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Merchant:
    """One merchant-presented code that is whole: ids in their order, each once.

    ``accounts`` maps the ids 02 to 51 to their value, or to their sub-objects (26 to 51).
    ``unit`` is ``characters`` or ``bytes``; ``checksum`` is ``ok``, ``bad`` or ``none``.
    """

    objects: Objects
    accounts: Mapping[str, str | Objects]
    unit: str
    checksum: str


def crc(data: bytes) -> str:
    """CRC-16/CCITT-FALSE as four upper-case hex digits (MPM 4.7.3); ``123456789`` gives 29B1."""
    return f"{crc_hqx(data, 0xFFFF):04X}"


def objects(text: str, unit: str = "characters") -> dict[str, str]:
    """The objects of one level, in their order.

    :raises FrameError: ``truncated``, ``duplicate-field`` or ``length``, with the offset.
    """
    # One byte per unit: what is not ASCII stands for itself by position only.
    flat = text.encode("ascii", "replace") if unit == "characters" else text.encode()
    stream, found = io.BytesIO(flat), dict[str, str]()
    while (at := stream.tell()) < len(flat):
        try:
            parsed: Any = OBJECT.parse_stream(stream)
        except (ConstructError, ValueError) as error:
            raise FrameError("truncated", f"no whole object at {at}", at) from error
        tag, size = str(parsed.id), len(bytes(parsed.value))
        if tag in found:
            raise FrameError("duplicate-field", f"object {tag} occurs twice", at)
        found[tag] = _slice(text, flat, at + 4, size, unit)
    return found


def _slice(text: str, flat: bytes, start: int, size: int, unit: str) -> str:
    if unit == "characters":
        return text[start : start + size]
    try:
        return flat[start : start + size].decode()
    except UnicodeDecodeError as error:
        raise FrameError("length", f"the length cuts a character at {start}", start) from error


def build(level: Objects) -> str:
    """The text of one level, lengths in characters.

    :raises FrameError: ``length`` when a value is longer than 99 characters.
    """
    parts: list[str] = []
    for tag, value in level.items():
        if len(value) > 99:
            raise FrameError("length", f"object {tag} is longer than 99 characters")
        head: bytes = OBJECT.build({"id": tag, "value": b"?" * len(value)})[:4]
        parts.append(head.decode("ascii") + value)
    return "".join(parts)


def seal(text: str) -> str:
    """``text`` with its checksum object 63 appended."""
    return f"{text}6304{crc((text + '6304').encode())}"


def parse(text: str, raw: bytes | None = None) -> Merchant:
    """Read one payload; ``raw`` is what was scanned, for the checksum (UTF-8 if not given).

    :raises FrameError: when neither characters nor bytes make it whole, or an id occurs twice.
    """
    if len(text) > MAX_PAYLOAD:
        raise FrameError("length", f"longer than {MAX_PAYLOAD} characters")
    scanned = raw or text.encode()
    if text.isascii():
        return _read(text, scanned, "characters")
    by_characters = _attempt(text, scanned, "characters")
    if isinstance(by_characters, Merchant) and by_characters.checksum == "ok":
        return by_characters
    by_bytes = _attempt(text, scanned, "bytes")
    if isinstance(by_bytes, Merchant) and by_bytes.checksum == "ok":
        return by_bytes
    if isinstance(by_characters, Merchant):
        return by_characters
    if isinstance(by_bytes, Merchant):
        return by_bytes
    raise by_characters


def _attempt(text: str, raw: bytes, unit: str) -> Merchant | FrameError:
    try:
        return _read(text, raw, unit)
    except FrameError as error:
        return error


def _read(text: str, raw: bytes, unit: str) -> Merchant:
    found = objects(text, unit)
    accounts: dict[str, str | Objects] = {}
    for tag, value in found.items():
        inner = objects(value, unit) if tag in TEMPLATES else None
        if "02" <= tag <= "51":
            accounts[tag] = value if inner is None else inner
    return Merchant(found, accounts, unit, _checksum(found, raw))


def _checksum(found: Objects, raw: bytes) -> str:
    if "63" not in found:
        return "none"
    if list(found)[-1] != "63":
        return "bad"
    return "ok" if found["63"].upper() == crc(raw[:-4]) else "bad"
