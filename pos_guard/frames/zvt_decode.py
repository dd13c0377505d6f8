"""``pos-guard decode zvt`` and ``zvt-serial``: bytes to messages, wrong ones included."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pos_guard.errors import FrameError
from pos_guard.frames import bcd
from pos_guard.frames.decoded import Decoded, Json
from pos_guard.frames.zvt import Command, name_of, parse
from pos_guard.frames.zvt_apdu import Apdu, ApduFramer, single
from pos_guard.frames.zvt_bmp import Field, read_tlv
from pos_guard.frames.zvt_intent import intent_of
from pos_guard.frames.zvt_serial import BadFrame, SerialFrame, SerialFramer, Signal
from pos_guard.frames.zvt_table import (
    ABORT,
    BMP,
    COMPLETION,
    INTERMEDIATE,
    NO_RECEIPT,
    PREPAID,
    PRINT_LINE,
    REGISTRATION,
    SECRET_BMPS,
    TLV_TAG,
    Kind,
)

_STATUS_NAMES = {
    REGISTRATION: "config_byte",
    ABORT: "result_code",
    COMPLETION: "terminal_status",
    INTERMEDIATE: "status",
    PRINT_LINE: "attribute",
}
_LIKE_A_CARD = re.compile(rb"\d(?:[ -]?\d){12,18}")
_CARD_TLV = frozenset({0x56, 0x57, 0x5A, 0x9F6B, 0x5F20, 0x9F1F, 0x9F20})
"""EMV objects with track data, card number or the holder's name."""


def decode(data: bytes) -> Iterator[Decoded]:
    """Each unit of a TCP stream. A broken unit has ``error``; the next one is still decoded."""
    framer = ApduFramer()
    framer.feed(data)
    while (apdu := framer.take()) is not None:
        yield _decoded("zvt", apdu, apdu.raw, 0)
    rest = framer.drop()
    if rest:
        name = name_of(int.from_bytes(rest[:2], "big")) if len(rest) > 1 else "unknown"
        error = FrameError("truncated", "the unit is shorter than its length says", len(rest))
        yield _broken("zvt", name, rest, error)


def decode_serial(data: bytes) -> Iterator[Decoded]:
    """Each frame and each ACK or NAK of a serial line; noise and bad frames have ``error``."""
    framer = SerialFramer()
    for event in framer.feed(data):
        if isinstance(event, Signal):
            yield Decoded("zvt-serial", event.name, b"\x06" if event is Signal.ACK else b"\x15")
        elif isinstance(event, BadFrame):
            yield _broken("zvt-serial", "unknown", event.raw, event.error)
        else:
            yield _framed(event)
    rest = framer.drop()
    if rest:
        error = FrameError("truncated", "the frame has no end", len(rest))
        yield _broken("zvt-serial", "unknown", rest, error)


def _framed(frame: SerialFrame) -> Decoded:
    try:
        apdu = single(frame.apdu)
    except FrameError as error:
        return _broken("zvt-serial", "unknown", frame.raw, error)
    # Stuffing moves offsets, so secrets blank the whole unit of a serial frame.
    return _decoded("zvt-serial", apdu, frame.raw, 2)


def _broken(protocol: str, name: str, raw: bytes, error: FrameError) -> Decoded:
    # What cannot be read may hold anything, a card number too: all but the header is blanked.
    hidden = ((3, len(raw)),) if len(raw) > 3 else ()
    return Decoded(protocol, name, raw, error=error, secret_ranges=hidden)


def _decoded(protocol: str, apdu: Apdu, raw: bytes, shift: int) -> Decoded:
    try:
        command = parse(apdu)
        intent = intent_of(command)
    except FrameError as error:
        return _broken(protocol, name_of(apdu.code), raw, error)
    fields = _fields(apdu, command)
    secret, ranges = _secrets(apdu, command)
    if shift and ranges:
        ranges = [(shift, len(raw) - 4)]
    unreadable = None
    if command.rest:
        at = len(apdu.raw) - len(command.rest)
        message = f"BMP {command.rest[0]:02X} is not known; what follows cannot be read"
        unreadable = FrameError("unknown-field", message, at)
    return Decoded(
        protocol,
        command.name,
        raw,
        fields,
        intent,
        unreadable,
        frozenset(secret),
        tuple(ranges),
    )


def _fields(apdu: Apdu, command: Command) -> dict[str, Json]:
    fields: dict[str, Json] = {
        "control": f"{apdu.code >> 8:02X} {apdu.code & 0xFF:02X}",
        "length": len(apdu.body),
    }
    fields |= _untagged(command)
    for item in command.fields:
        fields[f"{item.tag:02X}"] = _value(item)
    if command.rest:
        fields["rest"] = command.rest.hex()
    return fields


def _untagged(command: Command) -> dict[str, Json]:
    """What stands in front of the BMPs without a tag."""
    fields: dict[str, Json] = {}
    if command.password is not None:
        fields["password"] = command.password.hex()
    if command.status is not None:
        fields[_STATUS_NAMES.get(command.code, "status")] = f"{command.status:02X}"
    if command.currency_code is not None:
        fields["currency"] = command.currency
    if command.code == INTERMEDIATE and command.text:
        fields["timeout"] = command.text.hex().upper()
    elif command.code == PREPAID:
        fields["product"] = command.text[:2].hex()
        fields["payment_mode"] = f"{command.text[2]:02X}"
    elif command.text:
        fields["text" if command.code == PRINT_LINE else "sw_version"] = command.text.decode(
            "cp437"
        )
    return fields


def _value(item: Field) -> Json:
    number = BMP[item.tag][1] is Kind.NUMBER and item.value != NO_RECEIPT
    if number and bcd.is_bcd(item.value):
        return bcd.to_int(item.value)
    if item.tag == 0x29 and bcd.is_bcd(item.value):
        return int(item.value.hex())
    return item.value.hex()


def _secrets(apdu: Apdu, command: Command) -> tuple[set[str], list[tuple[int, int]]]:
    names: set[str] = set()
    ranges: list[tuple[int, int]] = []
    if command.password is not None:
        names.add("password")
        ranges.append((apdu.header, apdu.header + 3))
    if _LIKE_A_CARD.search(command.text):
        names |= {"text", "sw_version"}
        ranges.append((apdu.header, len(apdu.raw)))
    for item in command.fields:
        if _secret(item):
            names.add(f"{item.tag:02X}")
            ranges.append((item.at, item.at + item.size))
    if command.rest:
        names.add("rest")
        ranges.append((len(apdu.raw) - len(command.rest), len(apdu.raw)))
    return names, ranges


def _secret(item: Field) -> bool:
    if item.tag in SECRET_BMPS:
        return True
    if item.tag != TLV_TAG:
        return _LIKE_A_CARD.search(item.value) is not None
    try:
        objects = read_tlv(item.value)
    except FrameError:
        return True
    inner = [part for obj in objects for part in obj.walk()]
    return any(part.tag in _CARD_TLV or _LIKE_A_CARD.search(part.value) for part in inner)
