"""Secrets in ZVT units, replaced where they stand: no length changes."""

from __future__ import annotations

from pos_guard.errors import FrameError
from pos_guard.frames.zvt import Command, parse
from pos_guard.frames.zvt_apdu import Apdu, single
from pos_guard.frames.zvt_bmp import Field, TlvObject, build_tlv, read_tlv
from pos_guard.frames.zvt_serial import frame
from pos_guard.frames.zvt_table import SECRET_BMPS, TLV_TAG
from pos_guard_simulator.tape.digits import hide_all, hide_numbers, hide_packed

_TEXT_BMPS = frozenset({0x2D})
"""Track 1 has letters; the other secrets have digits of four bits each."""

_PACKED_TLV = frozenset({0x57, 0x5A, 0x9F6B, 0x9F20})
_TEXT_TLV = frozenset({0x56, 0x5F20, 0x9F1F})
"""EMV objects: track 2 and its discretionary data, the card number; track 1, the holder's name."""

_PASSWORD = 3
"""Bytes."""


def without_secrets(unit: bytes) -> bytes | None:
    """One unit with its secrets replaced; None where some of it cannot be read.

    :raises FrameError: it is no unit.
    """
    apdu = single(unit)
    command = parse(apdu)
    if command.rest:
        return None
    hidden = bytearray(unit)
    if command.password is not None:
        hidden[apdu.header : apdu.header + _PASSWORD] = bytes(_PASSWORD)
    _hide_text(hidden, apdu, command)
    for item in command.fields:
        end = item.at + item.size
        hidden[end - len(item.value) : end] = _value(item)
    return bytes(hidden)


def without_secrets_serial(raw: bytes) -> bytes | None:
    """The same for a frame of a serial line; its CRC is set anew.

    :raises FrameError: there is no unit in the frame.
    """
    if len(raw) < 6:
        return raw  # ACK, NAK
    unit = without_secrets(raw[2:-4].replace(b"\x10\x10", b"\x10"))
    return None if unit is None else frame(unit)


def _hide_text(hidden: bytearray, apdu: Apdu, command: Command) -> None:
    """What a slip's line says, or who the terminal is."""
    if command.text:
        at = bytes(apdu.raw).find(command.text, apdu.header)
        hidden[at : at + len(command.text)] = hide_numbers(command.text)


def _value(item: Field) -> bytes:
    if item.tag in SECRET_BMPS:
        return hide_all(item.value) if item.tag in _TEXT_BMPS else hide_packed(item.value)
    if item.tag != TLV_TAG:
        return hide_numbers(item.value)
    try:
        objects = read_tlv(item.value)
    except FrameError:
        return hide_packed(hide_all(item.value))
    built = build_tlv(objects)
    # A length that is written longer than it must be would change the unit's length.
    return build_tlv(map(_object, objects)) if built == item.value else bytes(len(item.value))


def _object(found: TlvObject) -> TlvObject:
    if found.children:
        return TlvObject(found.tag, found.value, tuple(map(_object, found.children)))
    if found.tag in _PACKED_TLV:
        return TlvObject(found.tag, hide_packed(found.value))
    hide = hide_all if found.tag in _TEXT_TLV else hide_numbers
    return TlvObject(found.tag, hide(found.value))
