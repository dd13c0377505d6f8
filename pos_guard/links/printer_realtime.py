"""Real-time commands where none should be: inside pictures, or made of other commands' ends.

A printer acts on such bytes as they arrive, wherever they stand: a picture can open the drawer
[dle_dc4]. One dot of a picture is no loss, so there the sequence is broken by a dot; anywhere
else it has no honest reason.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from pos_guard.frames.escpos_realtime import MAX_REALTIME, find_realtime
from pos_guard.frames.escpos_scan import Token

MAX_ROUNDS = 4
"""Breaking one sequence may make another one with its neighbours, at most this often in a row."""

_HEADS = {"GS v 0": 8, "GS ( L": 15, "GS 8 L": 17, "ESC *": 5, "GS *": 4, "FS q": 7}
_DLE = 0x10
_START = re.compile(rb"\x10[\x04\x05\x14]")
_THIRD = {
    0x04: frozenset(b"\x00\x01\x02\x03\x04\x05\x06\x07\x08\x12"),
    0x05: frozenset(b"\x00\x01\x02\x03"),
    0x14: frozenset(b"\x01\x02\x03\x07\x08"),
}
"""Third bytes of real-time commands. They are looked up only where the first two stand: one long
expression for all three bytes takes twice the time."""
_LONGEST_QUESTION = 4

LONG = 4096
"""Bytes of a piece that is not copied to be sent with its neighbours."""


def may_act(data: bytes) -> bool:
    """Whether a real-time command can be in these bytes; the search for one byte is far quicker."""
    return _DLE in data and any(
        match.end() == len(data) or data[match.end()] in _THIRD[data[match.end() - 1]]
        for match in _START.finditer(data)
    )


@dataclass(frozen=True, slots=True)
class RealTime:
    """What one language's printers act on as it arrives, wherever it stands.

    ``lead`` is the first byte of all of it. ``find`` gives every command there is, named as the
    command of ESC/POS that does the same: ``DLE EOT`` is a question, all others act. ``may_act``
    is quicker, and true also where one may begin. ``heads``: commands that draw, and how many
    bytes stand before their first dot.
    """

    lead: int
    may_act: Callable[[bytes], bool]
    find: Callable[[bytes], list[Token]]
    heads: Mapping[str, int]


ESCPOS = RealTime(_DLE, may_act, find_realtime, MappingProxyType(_HEADS))


class LiveQuestions:
    """Finds status requests (DLE EOT) in a stream as they arrive, also inside other commands.

    ``quiet(at)``: no real-time command at all stands in the stream from ``at`` to here.
    """

    def __init__(self, live: RealTime = ESCPOS) -> None:
        self._lead = live.lead
        self._may_act = live.may_act
        self._find = live.find
        self.at = 0
        self._quiet_since = 0
        self._tail = b""

    def forget(self) -> None:
        """Another till: nothing of the last one is continued."""
        self._tail = b""

    def quiet(self, at: int) -> bool:
        """Whether that is known, looking at the stream once: a picture need not be searched."""
        return at >= self._quiet_since

    def feed(self, data: bytes) -> list[Token]:
        """Those that are whole now; ``at`` counts from the stream's start."""
        start = self.at - len(self._tail)
        self.at += len(data)
        window = self._tail + data if self._lead in self._tail else data
        start += len(self._tail) if window is data else 0
        self._tail = window[1 - _LONGEST_QUESTION :]
        if not self._may_act(window):
            return []
        self._quiet_since = self.at
        found = [token for token in self._find(window) if token.name == "DLE EOT"]
        if found:
            done = found[-1].at + len(found[-1].raw)
            self._tail = window[max(done, len(window) - _LONGEST_QUESTION + 1) :]
        return [Token(token.name, token.raw, start + token.at) for token in found]


def harmless_picture(token: Token, live: RealTime = ESCPOS) -> bytes:
    """The picture without real-time commands in its dots; the same bytes if it has none.

    The first byte of a command (10h) becomes 00h: a dot is white. Where that byte is not a dot (the
    command starts in the picture's size), the top bit of its next one is flipped.
    """
    head = live.heads.get(token.name)
    raw = token.raw
    if head is None or not live.may_act(raw):
        return raw
    for _ in range(MAX_ROUNDS):
        found = live.find(raw)
        if not found:
            break
        dots = bytearray(raw)
        for command in found:
            _break(dots, command, head)
        raw = bytes(dots)
    return raw


def _break(dots: bytearray, command: Token, head: int) -> None:
    if command.at >= head:
        dots[command.at] = 0
        return
    place = max(command.at + 1, head)
    if place < command.at + 3:
        dots[place] ^= 0x80


def strays(
    before: bytes, pieces: Iterable[bytes], meant: Collection[int], live: RealTime = ESCPOS
) -> list[Token]:
    """Real-time commands in ``pieces`` other than those that stand at the offsets ``meant``.

    ``before`` is what was sent last: a command may begin there, or in any piece, and end in
    another one.
    """
    found = list[Token]()
    at = 0
    for piece in pieces:
        if live.may_act(piece) or live.may_act(before + piece[: MAX_REALTIME - 1]):
            start = at - len(before)
            found += [
                Token(command.name, command.raw, start + command.at)
                for command in live.find(before + piece)
                if start + command.at + len(command.raw) > at and start + command.at not in meant
            ]
        before = _end(before, piece)
        at += len(piece)
    return found


def _end(before: bytes, piece: bytes) -> bytes:
    return (before + piece if len(piece) < MAX_REALTIME else piece)[1 - MAX_REALTIME :]


class Outlet:
    """What goes to the printer, in order; nothing while it is away.

    :meth:`clean` says whether bytes would make the printer do more than the commands in them say.
    """

    def __init__(self, send: Callable[[bytes], None], live: RealTime = ESCPOS) -> None:
        self.there = False
        self._live = live
        self._send = send
        self._last = b""

    def clean(self, pieces: Iterable[bytes], meant: Collection[int] = ()) -> bool:
        """No real-time command but a question hides there, or begins in what went before."""
        found = strays(self._last, pieces, meant, self._live)
        return all(stray.name == "DLE EOT" for stray in found)

    def put(self, pieces: Iterable[bytes]) -> None:
        """Send bytes: short pieces together, long ones as they are."""
        short: list[bytes] = []
        for piece in pieces if self.there else ():
            if len(piece) < LONG:
                short.append(piece)
                continue
            self._put(b"".join(short))
            self._put(piece)
            short = []
        self._put(b"".join(short))

    def _put(self, data: bytes) -> None:
        if data:
            self._last = _end(self._last, data)
            self._send(data)
