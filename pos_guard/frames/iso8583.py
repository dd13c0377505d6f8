"""One ISO 8583 message: its bytes to a value, and back.

The caller hands over exactly the bytes of one message, without the length in front. Every part
has one form only, so that ``build(parse(x)) == x``; what two readers could read differently is an
error.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from construct import ConstructError

from pos_guard.errors import FrameError, LocalError
from pos_guard.frames.iso8583_fields import Body
from pos_guard.frames.iso8583_profile import MAX_MESSAGE, Profile

_TYPE = re.compile(r"0[1-8][0-9][0-5]", re.ASCII)
"""ISO 8583:1987, a class from 1 to 8, any function, an origin from 0 to 5."""


@dataclass(frozen=True, slots=True)
class Message:
    """A message, read. ``type``: four digits (MTI). Values are as ``iso8583_fields`` says.

    ``edges``: where the first field begins and where each ends in ``raw``, by rising number.
    """

    type: str
    fields: Mapping[int, str] = field(repr=False)
    tpdu: bytes = b""
    header: bytes = b""
    raw: bytes = field(default=b"", repr=False)
    edges: tuple[int, ...] = field(default=(), repr=False)

    def get(self, number: int) -> str | None:
        """The value of a field, None where it is not there."""
        return self.fields.get(number)

    def spans(self) -> dict[int, tuple[int, int]]:
        """The byte range of each field in ``raw``, its length included."""
        return dict(zip(self.fields, zip(self.edges, self.edges[1:], strict=False), strict=True))


def parse(data: bytes, profile: Profile) -> Message:
    """Read one message.

    :raises FrameError: ``length`` (too long, or a field's length is wrong), ``truncated``,
        ``type``, ``unknown-field``, ``secondary-bitmap``, ``not-bcd``, ``characters``,
        ``padding``, ``not-hex``, ``not-canonical``, ``trailing``.
    """
    if len(data) > MAX_MESSAGE:
        raise FrameError("length", f"more than {MAX_MESSAGE} bytes", 0)
    try:
        parts = profile.layout.parse(data)
    except ConstructError as error:
        raise FrameError("truncated", "the message ends before its bitmap", len(data)) from error
    head: bytes = parts["head"]
    body: Body = parts["body"]
    tpdu, start = profile.tpdu, profile.tpdu + profile.header
    name = head[start:].decode("latin-1") if profile.written else head[start:].hex()
    if not _TYPE.fullmatch(name):
        raise FrameError("type", "no message type of ISO 8583:1987", start)
    return Message(name, body.values, head[:tpdu], head[tpdu:start], data, body.edges)


def build(message: Message, profile: Profile) -> bytes:
    """The bytes of a message, from everything in it but ``raw`` and ``edges``.

    :raises LocalError: for a field that the profile does not have or a value that does not fit.
    """
    kind = message.type.encode() if profile.written else bytes.fromhex(message.type)
    if (len(message.tpdu), len(message.header)) != (profile.tpdu, profile.header):
        raise LocalError(f"a TPDU has {profile.tpdu} bytes here, a header {profile.header}")
    head = message.tpdu + message.header + kind
    return profile.layout.build({"head": head, "body": message.fields})
