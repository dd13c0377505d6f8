"""What went over a device's line, decoded for people: the part of a failure report that says why.

Secrets are blanked as ``pos-guard decode`` blanks them.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

from pos_guard.frames.decoders import Decoder, decoder_of

MAX_BYTES = 256 * 1024
"""Bytes of one line that are kept; the oldest go first. A receipt with pictures has some 50 KiB."""

MAX_SHOWN = 60
"""Frames of one line in a report, newest last: two screens of a terminal."""

MAX_WIDTH = 160
"""Characters of one frame in a report."""


@dataclass(slots=True)
class _Piece:
    outward: bool
    data: bytearray


class FrameLog:
    """Both directions of one device's line."""

    def __init__(self, device: str, protocol: str) -> None:
        self.device = device
        self.protocol = protocol
        self._pieces: deque[_Piece] = deque()
        self._kept = 0

    def note(self, data: bytes, *, outward: bool) -> None:
        """Bytes went by; ``outward``: the device said them."""
        if not data:
            return
        if self._pieces and self._pieces[-1].outward is outward:
            self._pieces[-1].data += data
        else:
            self._pieces.append(_Piece(outward, bytearray(data)))
        self._kept += len(data)
        while self._kept > MAX_BYTES and len(self._pieces) > 1:
            self._kept -= len(self._pieces.popleft().data)

    def lines(self) -> list[str]:
        """The newest frames, one a line: to the device ``>``, from it ``<``."""
        decode = decoder_of(self.protocol)
        lines: list[str] = []
        for piece in list(self._pieces):
            arrow = "<" if piece.outward else ">"
            # Answers of a printer or scanner are no frames of their protocol's commands.
            known = decode is not None and not (piece.outward and self.protocol in _ONE_WAY)
            shown = _frames(decode, bytes(piece.data)) if known and decode else _plain(piece)
            lines += [f"{self.device} {arrow} {text}"[:MAX_WIDTH] for text in shown]
        left = len(lines) - MAX_SHOWN
        return [f"({left} earlier frames)", *lines[left:]] if left > 0 else lines


_ONE_WAY = frozenset({"escpos", "star"})


def _frames(decode: Decoder, data: bytes) -> Iterator[str]:
    for frame in decode(data):
        body = frame.as_json()
        fields = body["fields"]
        error = "" if frame.error is None else f"  [{frame.error}]"
        said = json.dumps(fields, ensure_ascii=False) if fields else ""
        yield f"{frame.name}  {said}{error}".rstrip()


def _plain(piece: _Piece) -> list[str]:
    """A printer's answers are short and hold nobody's number; anything else may be a code."""
    data = bytes(piece.data)
    if piece.outward and len(data) <= 16 and not any(byte in b"0123456789" for byte in data):
        return [data.hex(" ")]
    return [f"({len(data)} bytes)"]
