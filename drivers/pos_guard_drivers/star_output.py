"""One job for a Star printer: its pieces, and the counts of ETB that only its end brings about.

A printer counts every ETB that it comes to, modulo 32, once all before it is on paper, and tells
the count with each status. A job is printed when the count is one that it had at no place before
the job's end: not at its start, and not after any reset or ETB within it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import dropwhile

from pos_guard.errors import LocalError
from pos_guard.frames.escpos_scan import OVERSIZE, TEXT, Token
from pos_guard.frames.star_status import MAX_COUNT
from pos_guard.frames.star_table import star_scanner

ETB = b"\x17"
ASB_ON = b"\x1b\x1ea\x01"
"""ESC RS a 1, which a reset in the job may have undone."""

PIECE_BYTES = 512
"""Sent at once, cut between commands: half a second at 9600 baud."""

MAX_MARKS = 8
"""ETB behind a job at most: a job that needs more has dozens of its own."""

_FIRST = frozenset({"ESC @", "CAN"})
"""Left out at the start of a job, in front of which the printer was reset already."""

_RESETS = frozenset({"ESC @", "CAN", "ESC ?", "ESC RS E"})
_SETTING = frozenset(
    {"ESC @", "CAN", "NUL", "ETB", "ESC R", "ESC RS a", "ESC RS F", "ESC RS E", "ESC GS t"}
    | {"ESC GS a", "ESC E", "ESC F", "ESC -", "ESC 4", "ESC 5", "ESC i", "ESC l", "ESC Q"}
    | {"ESC 0", "ESC z", "ESC SP", "ESC s", "ESC t", "ESC $", "DC2", "SI"}
)
"""Commands that only set something: as long as nothing else arrived, the paper has not moved."""

HEADER_BYTES = 4
"""An unfinished command of up to this many bytes has brought no dot yet."""


class StarOutput:
    """One job, its marks behind it. ``start``: the count that the printer has before it.

    :raises LocalError: when the job is empty or ends inside a command.
    """

    def __init__(self, output_id: int, job: bytes, start: int) -> None:
        self.output_id = output_id
        tokens = list(dropwhile(lambda token: token.name in _FIRST, tokens_of(job)))
        last = b"\n" if tokens and tokens[-1].name == TEXT else b""
        self._marks = marks_of(tokens, start)
        self.data = (
            b"".join(token.raw for token in tokens) + last + ASB_ON + ETB * self._marks.number
        )
        self.sent = self.perhaps = 0

    @property
    def expected(self) -> frozenset[int]:
        """The counts that show that it is on paper."""
        return self._marks.ends

    def forgotten(self, count: int | None) -> bool:
        """A count that this job does not come by: the printer began anew in the middle of it."""
        way = self._marks.way
        return count is not None and way is not None and count not in way | self._marks.ends

    @property
    def whole(self) -> bool:
        """Whether every byte of it left."""
        return self.sent == len(self.data)

    @property
    def harmless(self) -> bool:
        """Whether nothing of it that left can print."""
        scanner = star_scanner()
        names = {token.name for token in scanner.feed(self.data[: self.sent + self.perhaps])}
        return names <= _SETTING and len(scanner.pending) <= HEADER_BYTES

    @property
    def missing(self) -> int:
        """Bytes by which the last command that left is short: the printer waits for them."""
        for token in star_scanner().feed(self.data):
            if token.name != TEXT and token.at < self.sent < token.at + len(token.raw):
                return token.at + len(token.raw) - self.sent
        return 0

    def pieces(self) -> Iterator[bytes]:
        """The bytes in pieces that end where a command ends."""
        piece = b""
        for token in star_scanner().feed(self.data):
            if piece and len(piece) + len(token.raw) > PIECE_BYTES:
                yield piece
                piece = b""
            piece += token.raw
        yield piece


def tokens_of(job: bytes) -> list[Token]:
    """The commands of a finished job.

    :raises LocalError: when it is empty or ends inside a command.
    """
    scanner = star_scanner()
    tokens = scanner.feed(job)
    if scanner.pending or not tokens or OVERSIZE in {token.name for token in tokens}:
        raise LocalError("the receipt is empty, or ends inside a Star command")
    return tokens


@dataclass(frozen=True, slots=True)
class Marks:
    """``number`` of ETB behind a job, and the counts that it is over with (``ends``).

    ``way``: the counts before that; any other tells of a printer that was switched off in
    between. None where resets of the job's own could bring about others too.
    """

    number: int
    ends: frozenset[int]
    way: frozenset[int] | None


def marks_of(tokens: Sequence[Token], start: int) -> Marks:
    """The marks of a job that begins at this count.

    No manual says that every reset clears the counter, so both possibilities are followed.

    :raises LocalError: when the job has so many ETB of its own that no count is left.
    """
    kept = cleared = start
    way = {start}
    seen = {start, 0}
    reset = any(token.name in _RESETS for token in tokens)
    for token in tokens:
        if token.name == "ETB":
            kept, cleared = (kept + 1) % MAX_COUNT, (cleared + 1) % MAX_COUNT
        elif token.name in _RESETS:
            cleared = 0
        way.add(kept)
        seen |= {kept, cleared}
    for number in range(1, MAX_MARKS + 1):
        kept, cleared = (kept + 1) % MAX_COUNT, (cleared + 1) % MAX_COUNT
        ends = frozenset({kept, cleared})
        # A printer that was switched off meanwhile begins at 0, and comes to the marks alone. That
        # cannot be told from a reset in the job itself.
        off = set[int]() if reset else set(range(number + 1))
        if not ends & (seen | off):
            return Marks(number, ends, None if reset else frozenset(way))
        way.add(kept)
        seen |= ends
    raise LocalError("the receipt uses ETB itself too often: its end cannot be told")
