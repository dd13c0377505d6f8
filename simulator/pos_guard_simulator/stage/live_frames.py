"""Frames as they pass: one direction of a line, decoded piece by piece, secrets blanked."""

from __future__ import annotations

from collections.abc import Iterator

from pos_guard.frames.decoded import Decoded, Json
from pos_guard.frames.decoders import decoder_of

MAX_PART = 1 << 20
"""Bytes of a frame that has begun, at most: a receipt as one picture has 200 KiB."""

MAX_RAW = 1_024
"""Hexadecimal digits of a frame that are told; a picture's rest says nothing to anybody."""

_ANSWERS_ARE_BYTES = frozenset({"escpos", "star"})
"""What such a device says is no frame of the language that it understands."""


class LiveFrames:
    """One direction of a line. Of a protocol without decoder only the number of bytes is told.

    ``limit``: bytes of a frame that has begun; what is longer is told as bytes.
    """

    def __init__(self, protocol: str, *, outward: bool, limit: int = MAX_PART) -> None:
        self._limit = limit
        self._short_answers = outward and protocol in _ANSWERS_ARE_BYTES
        self._decode = None if self._short_answers else decoder_of(protocol)
        self._way = "out" if outward else "in"
        self._rest = b""

    def feed(self, data: bytes) -> Iterator[tuple[str, dict[str, Json]]]:
        """What these bytes complete: ``frame`` or ``bytes``, and its facts."""
        if self._decode is None:
            yield "bytes", self._bytes(data)
            return
        data, self._rest = self._rest + data, b""
        for frame in self._decode(data):
            if frame.error is not None and frame.error.code == "truncated":
                if len(frame.raw) <= self._limit:
                    self._rest = bytes(frame.raw)
                else:
                    yield "bytes", self._bytes(frame.raw)
            else:
                yield "frame", self._frame(frame)

    def forget(self) -> None:
        """The line was opened anew: half a frame stays half."""
        self._rest = b""

    def _bytes(self, data: bytes) -> dict[str, Json]:
        """Without a decoder nobody knows where a code or a card number stands."""
        body: dict[str, Json] = {"direction": self._way, "bytes": len(data)}
        if self._short_answers and len(data) <= 8:
            body["raw"] = data.hex()
        return body

    def _frame(self, frame: Decoded) -> dict[str, Json]:
        told = frame.as_json()
        raw = told["raw"]
        short = raw if isinstance(raw, str) and len(raw) <= MAX_RAW else None
        return {"direction": self._way, **told, "raw": short, "bytes": len(frame.raw)}
