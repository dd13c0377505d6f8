"""``pos-guard decode iso8583``: bytes to messages, wrong ones included.

Networks differ in the length and header in front. A link is told which; here the first form in
which the first message is whole and valid is taken for all of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from pos_guard.errors import FrameError
from pos_guard.frames.decoded import Decoded, Json
from pos_guard.frames.iso8583 import Message, parse
from pos_guard.frames.iso8583_framing import LengthFramer
from pos_guard.frames.iso8583_intent import batch_of, intent_of, meaning
from pos_guard.frames.iso8583_profile import (
    HEADERS,
    IN_ASCII,
    IN_MIXED,
    UNION_PAY,
    Length,
    Profile,
)
from pos_guard.frames.iso8583_tables import CUP, FREE, SECRET, with_digits_in_48

_AMOUNTS = frozenset({4, 5, 6})
_KEYS = 62
"""Field 62 of a sign-on's answer: the working keys."""
_LIKE_A_CARD = re.compile(r"\d{13}")


@dataclass(frozen=True, slots=True)
class _Form:
    """A profile, and whether each message has a length in front."""

    profile: Profile
    framed: bool = True


def _union_pay() -> Iterator[_Form]:
    for table in (CUP, with_digits_in_48(CUP)):
        for length in (Length.BINARY2, Length.BCD2):
            for header in HEADERS:
                yield _Form(replace(UNION_PAY, table=table, length=length, header=header))
    for header in HEADERS:
        yield _Form(replace(UNION_PAY, header=header), framed=False)


def _ascii() -> Iterator[_Form]:
    for profile in (IN_ASCII, IN_MIXED):
        yield _Form(profile, framed=False)
        for length in (Length.BINARY2, Length.ASCII4, Length.BCD2):
            yield _Form(replace(profile, length=length))


_UNION_PAY = tuple(_union_pay())
_ASCII = tuple(_ascii())
_MIXED = tuple(form for form in _ASCII if form.profile.name == IN_MIXED.name)


def decode(data: bytes) -> Iterator[Decoded]:
    """Each message, in whichever profile fits. A broken one has ``error``."""
    written = data[:4].isdigit() or data[2:6].isdigit()
    return _decode(data, _ASCII + _UNION_PAY if written else _UNION_PAY + _ASCII)


def decode_cup(data: bytes) -> Iterator[Decoded]:
    """Messages of UnionPay's POS profile: header of 6 or 2 bytes or none, binary or BCD length."""
    return _decode(data, _UNION_PAY)


def decode_ascii(data: bytes) -> Iterator[Decoded]:
    """Messages in ASCII, with or without a length in front."""
    return _decode(data, _ASCII)


def decode_mixed(data: bytes) -> Iterator[Decoded]:
    """Messages in ASCII with a raw bitmap and packed fields, with or without a length in front."""
    return _decode(data, _MIXED)


def _decode(data: bytes, forms: tuple[_Form, ...]) -> Iterator[Decoded]:
    form = next((form for form in forms if _fits(data, form)), forms[0])
    if not form.framed:
        yield _decoded(data, data, form.profile)
        return
    framer = LengthFramer(form.profile)
    framer.feed(data)
    size = form.profile.length.size
    try:
        while (unit := framer.take()) is not None:
            yield _decoded(form.profile.length.write(len(unit)) + unit, unit, form.profile)
    except FrameError as error:
        yield _broken(framer.drop(), error)
        return
    rest = framer.drop()
    if rest:
        what = "its length" if len(rest) < size else "the message"
        yield _broken(rest, FrameError("truncated", f"the end of {what} is missing", len(rest)))


def _fits(data: bytes, form: _Form) -> bool:
    try:
        unit: bytes | None = data
        if form.framed:
            framer = LengthFramer(form.profile)
            framer.feed(data[: form.profile.length.size + 0xFFFF])
            unit = framer.take()
        if unit is None:
            return False
        parse(unit, form.profile)
    except FrameError:
        return False
    return True


def _broken(raw: bytes, error: FrameError) -> Decoded:
    # What cannot be read may hold anything, a card number too: all but the beginning is blanked.
    hidden = ((3, len(raw)),) if len(raw) > 3 else ()
    return Decoded("iso8583", "unknown", raw, error=error, secret_ranges=hidden)


def _decoded(raw: bytes, unit: bytes, profile: Profile) -> Decoded:
    try:
        message = parse(unit, profile)
        intent = intent_of(message, profile)
    except FrameError as error:
        return _broken(raw, error)
    secret = {number for number, value in message.fields.items() if _secret(message, number, value)}
    shift = len(raw) - len(unit)
    spans = message.spans()
    return Decoded(
        "iso8583",
        meaning(message, profile).name,
        raw,
        _fields(message, profile),
        intent,
        secret_fields=frozenset(str(number) for number in secret),
        secret_ranges=tuple(
            (spans[number][0] + shift, spans[number][1] + shift) for number in sorted(secret)
        ),
    )


def _fields(message: Message, profile: Profile) -> dict[str, Json]:
    head = len(message.tpdu) + len(message.header) + (4 if profile.written else 2)
    bitmap = message.raw[head : message.edges[0]]
    written = profile.written and not profile.raw_bitmap
    fields: dict[str, Json] = {
        "mti": message.type,
        "bitmap": bitmap.decode("ascii").lower() if written else bitmap.hex(),
    }
    if message.tpdu:
        fields["tpdu"] = message.tpdu.hex()
    if message.header:
        fields["header"] = message.header.hex()
    for number, value in message.fields.items():
        fields[str(number)] = int(value) if number in _AMOUNTS else value
    if profile.union_pay:
        fields |= _parts(message)
    return fields


def _parts(message: Message) -> dict[str, Json]:
    """The parts of fields 60 and 61 that are there."""
    parts: dict[str, Json] = {}
    sixty, original = message.get(60) or "", message.get(61) or ""
    if batch_of(message) is not None:
        parts |= {"60.1": sixty[:2], "60.2": sixty[2:8]}
    if len(sixty) >= 11:
        parts["60.3"] = sixty[8:11]
    if len(original) >= 12:
        parts |= {"61.1": original[:6], "61.2": original[6:12]}
    if len(original) >= 16:
        parts["61.3"] = original[12:16]
    return parts


def _secret(message: Message, number: int, value: str) -> bool:
    if number in SECRET or (number == _KEYS and message.type[:2] == "08"):
        return True
    if number not in FREE:
        return False
    return any(_LIKE_A_CARD.search(text) for text in (value, _as_text(value)))


def _as_text(value: str) -> str:
    try:
        return bytes.fromhex(value).decode("latin-1")
    except ValueError:
        return value
