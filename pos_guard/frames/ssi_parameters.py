"""The data of SSI PARAM_SEND: a beep, then parameter numbers and values.

Numbers from 256 on have a prefix (F0 4E is 334; F8 and two bytes from 1024 on), values of other
sizes a type before the number: F4 a word, F3 a text and F6 an array, both with a length byte.
Sources: DS8108 p.85, DS9908 p.251; the types from enioka_scan's ParamSendParser (Apache-2.0),
tried on cordless devices.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from construct import Byte, Bytes, Const, ConstructError, Int16ub, Prefixed, Struct, Switch
from construct import GreedyBytes as Rest

from pos_guard.errors import FrameError

NO_BEEP = 0xFF
"""The first byte where the change shall not be heard."""

ALL = 0xFE
"""In PARAM_REQUEST: every parameter."""

PACKET_FORMAT = 238
"""EE: 0 sends a code raw, 1 in packets."""
PARAMETER_SCANNING = 236
"""EC: whether showing a set-up code changes the scanner."""
HANDSHAKE = 159
"""9F: whether packets are acknowledged."""
TRIGGER_MODE = 138
"""8A; 8 is the host's command."""
RESPONSE_TIME = 155
"""9B, in tenths of a second."""
MULTIPACKET = 334
"""F0 4E: 0 acknowledges each packet of a message, 1 and 2 only the last."""
PACKET_DELAY = 335
"""F0 4F: milliseconds between packets, for multipacket option 3."""
DECODE_EVENT = 256
BOOT_EVENT = 258

TRIGGER_HOST = 8

_PREFIXES = {0xF0: 256, 0xF1: 512, 0xF2: 768}
_TEXT, _WORD, _ARRAY, _EXTENDED = 0xF3, 0xF4, 0xF6, 0xF8
_SIZED = Prefixed(Byte, Rest)
_NUMBER = Struct(
    "first" / Byte,
    "more" / Switch(lambda part: part.first, {**dict.fromkeys(_PREFIXES, Byte), 0xF8: Int16ub}),
)
_VALUES = {
    _TEXT: Struct(Const(bytes([_TEXT])), "number" / _NUMBER, "value" / _SIZED),
    _WORD: Struct(Const(bytes([_WORD])), "number" / _NUMBER, "value" / Bytes(2)),
    _ARRAY: Struct(Const(bytes([_ARRAY])), "number" / _NUMBER, "value" / _SIZED),
}
_BYTE = Struct("number" / _NUMBER, "value" / Bytes(1))


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter. ``kind`` is its type's prefix, or 0 for a value of one byte."""

    number: int
    value: bytes = field(repr=False)
    kind: int = 0


def build_number(number: int) -> bytes:
    """A parameter's number as it goes over the line.

    :raises ValueError: for a number that SSI cannot write.
    """
    if not 0 <= number < 0x10000:
        raise ValueError(f"no parameter has the number {number}")
    if number < 0xF0:
        return bytes([number])
    for prefix, base in _PREFIXES.items():
        if base <= number < base + 256:
            return bytes([prefix, number - base])
    return bytes([_EXTENDED]) + number.to_bytes(2, "big")


def build_parameters(parameters: Iterable[Parameter], beep: int = NO_BEEP) -> bytes:
    """The data of PARAM_SEND."""
    return bytes([beep]) + b"".join(_built(parameter) for parameter in parameters)


def read_parameters(data: bytes) -> tuple[Parameter, ...]:
    """What PARAM_SEND sets or tells; its first byte (the beep) is skipped.

    :raises FrameError: ``truncated``.
    """
    found: list[Parameter] = []
    at = 1
    while at < len(data):  # each turn takes a byte at least, and a packet has 251
        parameter, at = _one(data, at)
        found.append(parameter)
    return tuple(found)


def read_numbers(data: bytes) -> tuple[int, ...]:
    """What PARAM_REQUEST asks for.

    :raises FrameError: ``truncated``.
    """
    found: list[int] = []
    at = 0
    while at < len(data):
        part = _parsed(_NUMBER, data, at)
        found.append(_number(part))
        at += len(_NUMBER.build(part))
    return tuple(found)


def _built(parameter: Parameter) -> bytes:
    number = build_number(parameter.number)
    if not parameter.kind:
        return number + parameter.value
    size = b"" if parameter.kind == _WORD else bytes([len(parameter.value)])
    return bytes([parameter.kind]) + number + size + parameter.value


def _one(data: bytes, at: int) -> tuple[Parameter, int]:
    kind = data[at] if data[at] in _VALUES else 0
    form = _VALUES.get(kind, _BYTE)
    part = _parsed(form, data, at)
    parameter = Parameter(_number(part.number), part.value, kind)
    return parameter, at + len(form.build(part))


def _number(part: Any) -> int:  # noqa: ANN401 - construct's container ends here
    if part.more is None:
        return int(part.first)
    return int(_PREFIXES.get(part.first, 0) + part.more)


def _parsed(form: Struct, data: bytes, at: int) -> Any:  # noqa: ANN401 - construct's container
    try:
        return form.parse(data[at:])
    except ConstructError as error:
        raise FrameError("truncated", "a parameter is cut", at) from error
