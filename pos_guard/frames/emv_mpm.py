"""EMVCo merchant-presented QR codes (QRCPS MPM v1.1): objects, templates, checksum.

An object is an id of two digits, a length of two digits and that many *characters*. Codes in the
field also count UTF-8 bytes; both readings are tried, and the result says which one fitted.
"""

from __future__ import annotations

import re
from binascii import crc_hqx
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from construct import Bytes, ExprAdapter, GreedyBytes, Prefixed, Struct

from pos_guard.errors import FrameError

MAX_PAYLOAD = 512
"""Characters in a payload (MPM 4.1). Longer ones occur: they are read, and the deviation named."""
MAX_READ = 2953
"""Characters read at all: a version 40-L QR code holds no more bytes."""


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
"""One object, as the standard defines it: what is built comes from it, and what is read agrees."""

Objects = Mapping[str, str]

_NUMBERS = {f"{number:02}": number for number in range(100)}
"""What two ASCII digits mean; whatever is not in here is no id and no length."""


@dataclass(frozen=True, slots=True)
class Merchant:
    """One merchant-presented code that is whole: ids in their order, each once.

    ``accounts`` maps the ids 02 to 51 to their value, or to their sub-objects (26 to 51).
    ``unit`` is ``characters`` or ``bytes``; ``checksum`` is ``ok``, ``bad`` or ``none``;
    ``short_checksum``: its leading zeros were not written. ``additional``: the sub-objects of 62.
    """

    objects: dict[str, str]
    accounts: Mapping[str, str | Objects]
    unit: str
    checksum: str
    additional: Objects = field(default_factory=dict[str, str])
    short_checksum: bool = False


def crc(data: bytes) -> str:
    """CRC-16/CCITT-FALSE as four upper-case hex digits (MPM 4.7.3); ``123456789`` gives 29B1."""
    return f"{crc_hqx(data, 0xFFFF):04X}"


def objects(text: str, unit: str = "characters", codec: str = "utf-8") -> dict[str, str]:
    """The objects of one level, in their order.

    Cut with slices, because this is what every scan waits for: ``OBJECT`` says the same of each
    object, and the tests hold the two together on every input.

    :raises FrameError: ``truncated``, ``format``, ``duplicate-field`` or ``length``, with the
        offset.
    """
    if unit == "bytes" and not text.isascii():
        return _objects_of_bytes(text.encode(codec), codec)
    at, end = 0, len(text)
    found: dict[str, str] = {}
    while at < end:
        start = at + 4
        tag, size = text[at : at + 2], _NUMBERS.get(text[at + 2 : start])
        if size is None or tag not in _NUMBERS or (stop := start + size) > end:
            raise _no_object(text[at:start], at)
        if tag in found:
            raise FrameError("duplicate-field", f"object {tag} occurs twice", at)
        found[tag] = text[start:stop]
        at = stop
    return found


def _no_object(head: str, at: int) -> FrameError:
    """Why no object begins with ``head``, its id and length as far as they are there."""
    if len(head) == 4 and not (head[:2] in _NUMBERS and head[2:] in _NUMBERS):
        return FrameError("format", f"id and length at {at} are not four digits", at)
    return FrameError("truncated", f"no whole object at {at}", at)


def _objects_of_bytes(flat: bytes, codec: str) -> dict[str, str]:
    """As ``objects``, with lengths that count the bytes of ``codec``."""
    try:
        # Latin-1 gives each byte one character: the same cuts, then the text of each value.
        level = objects(flat.decode("latin-1"))
        return {tag: value.encode("latin-1").decode(codec) for tag, value in level.items()}
    except UnicodeDecodeError as error:
        raise FrameError("length", "a length cuts a character") from error


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
    if len(text) > MAX_READ:
        raise FrameError("length", f"longer than {MAX_READ} characters")
    scanned = raw or text.encode()
    text, scanned, short = _with_whole_checksum(text, scanned)
    merchant = _read_either_way(text, scanned)
    if short:
        merchant = replace(merchant, short_checksum=True)
    return merchant


_SHORT = re.compile(r"6304([0-9A-Fa-f]{1,3})\Z")


def _with_whole_checksum(text: str, raw: bytes) -> tuple[str, bytes, bool]:
    """A checksum written without its leading zeros, if with them it fits (MPM 4.7.3 wants them)."""
    tail = _SHORT.search(text, max(0, len(text) - 7))
    if tail is None:
        return text, raw, False
    digits, body = tail[1], raw[: -len(tail[1])]
    if digits.upper().rjust(4, "0") != crc(body):
        return text, raw, False
    whole = digits.rjust(4, "0")
    return text[: tail.start(1)] + whole, body + whole.encode(), True


def _read_either_way(text: str, raw: bytes) -> Merchant:
    if text.isascii():
        return _read(text, raw)
    by_characters = _attempt(text, raw, "characters")
    if isinstance(by_characters, Merchant) and by_characters.checksum == "ok":
        return by_characters
    by_bytes = _attempt(text, raw, "bytes")
    if isinstance(by_bytes, Merchant) and by_bytes.checksum == "ok":
        return by_bytes
    if isinstance(by_characters, Merchant):
        return by_characters
    if isinstance(by_bytes, Merchant):
        return by_bytes
    raise by_characters


def _attempt(text: str, raw: bytes, unit: str) -> Merchant | FrameError:
    # What was scanned is in one of two families of encodings: whose bytes are they?
    codec = "utf-8" if raw == text.encode() else "gb18030"
    try:
        return _read(text, raw, unit, codec)
    except FrameError as error:
        return error


def _read(text: str, raw: bytes, unit: str = "characters", codec: str = "utf-8") -> Merchant:
    found = objects(text, unit, codec)
    accounts: dict[str, str | Objects] = {}
    additional: Objects = {}
    for tag, value in found.items():
        if "26" <= tag <= "51":
            accounts[tag] = objects(value, unit, codec)
        elif "02" <= tag <= "25":
            accounts[tag] = value
        elif tag == "62":
            additional = objects(value, unit, codec)
    return Merchant(found, accounts, unit, _checksum(found, raw), additional)


def _checksum(found: dict[str, str], raw: bytes) -> str:
    if "63" not in found:
        return "none"
    # The last four characters are the checksum only where object 63 is last and whole.
    if next(reversed(found)) != "63" or len(found["63"]) != 4:
        return "bad"
    return "ok" if found["63"].upper() == crc(raw[:-4]) else "bad"
