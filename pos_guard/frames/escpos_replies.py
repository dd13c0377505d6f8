"""Tells a printer's replies apart by their fixed bits, as they come: bytes in, replies out.

Source: Citizen CBM-1000 manual, appendix 3 "Identification of send status". XON and XOFF may
stand anywhere. A reply says what it is, not which request it answers. A lost or added byte costs
the reply it was in, and at most what follows until the next byte that can only start a reply.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple

MAX_BLOCK = 255
"""Bytes of the longest answer block, its NUL included: identities are under 80 bytes, and lists
of keys or stored data come 80 at a time."""

BLOCK_HEADS = frozenset(b"\x35\x37\x3b\x3d\x5f")
"""First bytes of the blocks that end at NUL: recovery, process, power off, info 2, info."""

_LENGTHS: Mapping[bytes, int] = {b'\x37"': 7, b"\x37%": 3, b"\x37#": 13, b"\x3b0": 3}
"""Blocks that are known to be short: process id, buffers cleared, offline with up to ten causes
(Epson GS ( H, DLE DC4), power off. A lost NUL costs no more than this."""

_XON, _XOFF = 0x11, 0x13
_FIRST_IN_BLOCK = 0x1F
"""Lowest byte of a block's content: the separator of sizes. Below are DLE EOT replies and ASB."""

_ASB_SIZE = 4

ReplyKind = Literal["realtime", "status", "asb", "block", "unknown"]


class Reply(NamedTuple):
    """``realtime``: to DLE EOT; ``status``: to GS r or GS I; ``asb``: four bytes; ``block``.

    Clones that answer ESC v with two bytes (00 or 0F) give two ``status`` replies.
    """

    kind: ReplyKind
    raw: bytes


class ReplyScanner:
    """Feed it what the printer sends; it finds its step again after lost bytes."""

    def __init__(self) -> None:
        self._held = bytearray()

    @property
    def pending(self) -> bytes:
        """The start of a reply that is not whole yet."""
        return bytes(self._held)

    def feed(self, data: bytes) -> list[Reply]:
        """The replies that are whole now."""
        replies: list[Reply] = []
        for byte in data:
            if byte not in (_XON, _XOFF):
                self._take(byte, replies)
        return replies

    def _take(self, byte: int, replies: list[Reply]) -> None:
        held = self._held
        if held and not self._goes_on(byte):
            self._give("unknown", replies)  # it lost its end: this byte starts anew
        held.append(byte)
        if held[0] in BLOCK_HEADS:
            if byte == 0:
                self._give("block", replies)
        elif len(held) == _ASB_SIZE:
            self._give("asb", replies)
        elif len(held) == 1:
            kind = _kind(byte)
            if kind is not None:
                self._give(kind, replies)

    def _goes_on(self, byte: int) -> bool:
        """Whether this byte can be the next of the reply that is held."""
        held = self._held
        if held[0] not in BLOCK_HEADS:
            return byte & 0x90 == 0
        longest = _LENGTHS.get(bytes(held[:2]), MAX_BLOCK)
        return byte == 0 or (byte >= _FIRST_IN_BLOCK and len(held) < longest - 1)

    def _give(self, kind: ReplyKind, replies: list[Reply]) -> None:
        replies.append(Reply(kind, bytes(self._held)))
        self._held.clear()


def _kind(byte: int) -> ReplyKind | None:
    """What a first byte is, or None when it needs the bytes after it."""
    if byte in BLOCK_HEADS or byte & 0x93 == 0x10:
        return None
    if byte & 0x93 == 0x12:
        return "realtime"
    return "status" if byte & 0x90 == 0 else "unknown"
