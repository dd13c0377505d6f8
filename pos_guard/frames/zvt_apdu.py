"""ZVT application units: where one ends and the next begins. Knows no meaning.

``CLASS INSTR LEN data``; LEN is one byte 00 to FE, or FF and 16 bits, little endian. On TCP the
units stand one after the other: a segment may hold several, or a part of one.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from pos_guard.errors import FrameError, LocalError

MAX_BODY = 0xFFFF
"""The 16-bit length allows no more: terminals send files and long print blocks."""

MAX_COMMAND_BODY = 4096
"""A till's command is below 300 bytes in every capture; more is an attack on memory."""


@dataclass(frozen=True, slots=True)
class Apdu:
    """One unit: ``code`` is class and instruction (0x0601), ``raw`` the very bytes."""

    code: int
    body: bytes = field(repr=False)
    raw: bytes = field(repr=False)

    @classmethod
    def of(cls, code: int, body: bytes = b"") -> Apdu:
        """The canonical unit with the shortest length form.

        :raises LocalError: when the body is longer than 16 bits can say.
        """
        if len(body) > MAX_BODY:
            raise LocalError(f"a ZVT body of {len(body)} bytes cannot be sent")
        short = len(body) < 0xFF
        size = bytes([len(body)]) if short else b"\xff" + len(body).to_bytes(2, "little")
        return cls(code, body, code.to_bytes(2, "big") + size + body)

    @property
    def canonical(self) -> bool:
        """The length is written in its shortest form, so that nobody reads another end."""
        return Apdu.of(self.code, self.body).raw == self.raw

    @property
    def header(self) -> int:
        """How many bytes stand before the body."""
        return len(self.raw) - len(self.body)


class ApduFramer:
    """Bytes in, whole units out. ``limit`` bounds one body, and so the memory of a peer."""

    def __init__(self, limit: int = MAX_BODY) -> None:
        self._limit = limit
        self._buffer = bytearray()

    @property
    def pending(self) -> int:
        """How many bytes wait for the rest of their unit."""
        return len(self._buffer)

    def feed(self, data: bytes) -> None:
        """Append what the stream gave."""
        self._buffer += data

    def take(self) -> Apdu | None:
        """The next whole unit, or None.

        :raises FrameError: ``length`` when the unit would be longer than the limit: the stream
            cannot be followed any further.
        """
        end = self._end()
        if end is None or len(self._buffer) < end[1]:
            return None
        start, stop = end
        raw = bytes(self._buffer[:stop])
        del self._buffer[:stop]
        return Apdu(int.from_bytes(raw[:2], "big"), raw[start:], raw)

    def drop(self) -> bytes:
        """Forget the unfinished unit and return its bytes."""
        rest = bytes(self._buffer)
        self._buffer.clear()
        return rest

    def _end(self) -> tuple[int, int] | None:
        buffer = self._buffer
        if len(buffer) < 3 or (buffer[2] == 0xFF and len(buffer) < 5):
            return None
        start, size = (5, buffer[3] | buffer[4] << 8) if buffer[2] == 0xFF else (3, buffer[2])
        if size > self._limit:
            raise FrameError("length", f"a unit of {size} bytes; {self._limit} are allowed", 2)
        return start, start + size


def single(raw: bytes) -> Apdu:
    """Exactly one unit and nothing behind it.

    :raises FrameError: ``truncated`` or ``trailing``.
    """
    framer = ApduFramer()
    framer.feed(raw)
    apdu = framer.take()
    if apdu is None:
        raise FrameError("truncated", "the unit is shorter than its length says", len(raw))
    if framer.pending:
        raise FrameError("trailing", f"{framer.pending} bytes behind the unit", len(apdu.raw))
    return apdu
