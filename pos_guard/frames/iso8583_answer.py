"""Answers to ISO 8583 requests that never reached the host, and the reversal of a lost one.

None has a field 64: the MAC's key is the till's and the host's alone.
"""

from __future__ import annotations

from pos_guard.frames.iso8583 import Message, build
from pos_guard.frames.iso8583_profile import Profile

_ECHOED = (3, 4, 7, 11, 12, 13, 25, 32, 41, 42, 49, 60, 70)
"""What hosts repeat of a request. Never card data, and no time of ours: tills set their clocks."""

_NO_NUMBER = "0" * 12
"""Field 37 of an answer for which no host gave a number."""


def answer_type(kind: str) -> str | None:
    """0210 for 0200 and 0201, 0430 for 0420; None for what is an answer itself."""
    if kind[2] not in "0246":
        return None
    return f"{kind[:2]}{int(kind[2]) + 1}0"


def swapped(tpdu: bytes) -> bytes:
    """The TPDU of an answer: destination and source change places."""
    return tpdu[:1] + tpdu[3:5] + tpdu[1:3]


def answer(
    request: Message, code: str, profile: Profile, *, swap: bool = True, number: str | None = None
) -> bytes | None:
    """The answer with that code in field 39; None to what is an answer itself.

    ``swap``: whether this network's answers have the TPDU turned round. ``number``: what the host
    gave it in field 37, where that is known.
    """
    kind = answer_type(request.type)
    if kind is None:
        return None
    fields = {number: request.fields[number] for number in _ECHOED if number in request.fields}
    if profile.union_pay:
        fields[37] = (number or _NO_NUMBER).rjust(12)
    elif number is not None or 37 in request.fields:
        fields[37] = number.rjust(12) if number is not None else request.fields[37]
    fields[39] = code
    tpdu = swapped(request.tpdu) if swap else request.tpdu
    return build(Message(kind, fields, tpdu, request.header), profile)
