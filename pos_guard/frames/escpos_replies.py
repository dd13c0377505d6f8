"""Tells a printer's replies apart by their fixed bits, as they come: bytes in, replies out.

Source: Citizen CBM-1000 manual, appendix 3 "Identification of send status". XON and XOFF may
stand anywhere. A reply says what it is, not which request it answers.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

MAX_BLOCK = 255
"""Bytes of the longest answer block, its NUL included: identities are under 80 bytes."""

BLOCK_HEADS = frozenset(b"\x35\x37\x3b\x3d\x5f")
"""First bytes of the blocks that end at NUL: recovery, process, power off, info 2, info."""

_XON, _XOFF = 0x11, 0x13

ReplyKind = Literal["realtime", "status", "asb", "block", "unknown"]


class Reply(NamedTuple):
    """``realtime``: to DLE EOT; ``status``: to GS r or GS I; ``asb``: four bytes; ``block``."""

    kind: ReplyKind
    raw: bytes


class ReplyScanner:
    """Feed it what the printer sends; it finds its step again after lost bytes."""

    def __init__(self) -> None:
        self._held = bytearray()

    def feed(self, data: bytes) -> list[Reply]:
        """The replies that are whole now."""
        replies: list[Reply] = []
        for byte in data:
            if byte not in (_XON, _XOFF):
                self._take(byte, replies)
        return replies

    def _take(self, byte: int, replies: list[Reply]) -> None:
        held = self._held
        if held and held[0] in BLOCK_HEADS:
            held.append(byte)
            if byte == 0 or len(held) >= MAX_BLOCK:
                self._give("block" if byte == 0 else "unknown", replies)
            return
        if held and byte & 0x90:
            self._give("unknown", replies)  # an ASB lost its end: this byte starts anew
        held.append(byte)
        if len(held) > 1:
            if len(held) == 4:
                self._give("asb", replies)
            return
        kind = _kind(byte)
        if kind is not None:
            self._give(kind, replies)

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
