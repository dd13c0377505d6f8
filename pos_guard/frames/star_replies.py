"""Tells a Star printer's replies apart as they come: bytes in, replies out.

Source: Star Line Mode Command Specifications, 5-11 "Status identification method": a status begins
with ``0xx0xxx1`` and goes on with ``0xx0xxx0``; XON and XOFF may stand anywhere. Answers to
questions begin with ESC, as their questions do. A lost byte costs the reply it was in, and at most
what follows until the next byte that can only begin one.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from pos_guard.frames.star_status import MIN_ASB, asb_length

MAX_EXTRA = 0x200
"""Most bytes that a status may announce behind itself on networks (manual, 5-7)."""

MAX_ANSWER = 128
"""Bytes of the longest answer: a model's name and version are under 40."""

_XON, _XOFF, _ESC = 0x11, 0x13, 0x1B
_END = b"\n\x00"
_SIZE_ANSWERS = (b"\x1b\x1dx", b"\x1b\x1dy")
_SIZE_ANSWER = 6

StarReplyKind = Literal["asb", "answer", "status", "unknown"]


class StarReply(NamedTuple):
    """``asb``: a status; ``answer``: begins with ESC; ``status``: one byte, to ENQ or EOT.

    Bytes that a status announces behind itself (network printers) are part of its ``raw``.
    """

    kind: StarReplyKind
    raw: bytes


class StarReplyScanner:
    """Feed it what the printer sends; it finds its step again after lost bytes."""

    def __init__(self) -> None:
        self._held = bytearray()

    @property
    def pending(self) -> bytes:
        """The start of a reply that is not whole yet."""
        return bytes(self._held)

    def feed(self, data: bytes) -> list[StarReply]:
        """The replies that are whole now."""
        replies: list[StarReply] = []
        for byte in data:
            if byte not in (_XON, _XOFF) or self._in_extra() or self._in_size():
                self._take(byte, replies)
        return replies

    def _take(self, byte: int, replies: list[StarReply]) -> None:
        held = self._held
        if held and not self._goes_on(byte):
            self._give("unknown", replies)  # it lost its end: this byte starts anew
        held.append(byte)
        if held[0] == _ESC:
            if self._answer_whole():
                self._give("answer", replies)
        elif held[0] & 0x91 == 0x01:
            if self._status_whole():
                self._give("asb", replies)
        else:
            self._give("status", replies)

    def _goes_on(self, byte: int) -> bool:
        held = self._held
        if held[0] == _ESC:
            return len(held) < MAX_ANSWER and (byte != _ESC or self._in_size())
        if len(held) == 1:
            return byte & 0x11 == 0 and asb_length(held[0], byte) >= MIN_ASB
        return self._in_extra() or byte & 0x91 == 0

    def _in_extra(self) -> bool:
        """Within the length field of a network printer's status, or what that counts."""
        held = self._held
        if len(held) < MIN_ASB or held[0] == _ESC or not held[1] & 0x80:
            return False
        return len(held) >= asb_length(held[0], 0)

    def _in_size(self) -> bool:
        """Within the two bytes of a symbol's size, which may be any."""
        return len(self._held) > len(_SIZE_ANSWERS[0]) and bytes(self._held[:3]) in _SIZE_ANSWERS

    def _status_whole(self) -> bool:
        held = self._held
        if len(held) < MIN_ASB:
            return False
        size = asb_length(held[0], held[1])
        if len(held) < size or not held[1] & 0x80:
            return len(held) >= size
        extra = int.from_bytes(held[size - 2 : size], "big")
        return len(held) >= size + (extra if extra <= MAX_EXTRA else 0)

    def _answer_whole(self) -> bool:
        held = self._held
        if bytes(held[:3]) in _SIZE_ANSWERS:
            return len(held) == _SIZE_ANSWER
        return held.endswith(_END)

    def _give(self, kind: StarReplyKind, replies: list[StarReply]) -> None:
        replies.append(StarReply(kind, bytes(self._held)))
        self._held.clear()


def model_of(answer: bytes) -> str:
    """The model and version in an answer to ESC # *; empty when it is another answer."""
    head = b"\x1b#*,"
    if not answer.startswith(head) or not answer.endswith(_END):
        return ""
    return answer[len(head) : -len(_END)].decode("ascii", errors="replace")
