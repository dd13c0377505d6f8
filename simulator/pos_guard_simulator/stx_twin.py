"""The speech of terminals that answer each request with one message: a yes, a no, or the last.

``stx_*_twin`` say how that sounds in each protocol.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from pos_guard.frames.decoded import Json
from pos_guard.frames.stx import StxFormat
from pos_guard.links.dialect import Line
from pos_guard_simulator.payment_teller import Job
from pos_guard_simulator.stx_terminal import Plan
from pos_guard_simulator.zvt_book import Book, Transaction


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a money request asks of the terminal.

    ``original`` names what a void undoes: a receipt number, 0 for the last transaction.
    """

    kind: str
    amount: int
    currency: int
    original: int | None = None


class TwinWords(Protocol):
    """One protocol, from the terminal's side."""

    @property
    def facts(self) -> Mapping[str, Json]:
        """The ids that its messages name."""
        ...

    def read(self, unit: bytes) -> Wanted | None:
        """A money request; None for any other.

        :raises FrameError: nothing that the terminal understands.
        """
        ...

    def yes(self, unit: bytes, done: Transaction) -> bytes:
        """The answer to what was done."""
        ...

    def no(self, unit: bytes, code: str) -> bytes:
        """The answer to what was not; "" is the usual code."""
        ...

    def other(self, unit: bytes, book: Book, last: bytes | None) -> tuple[bytes, ...]:
        """The answers to what moves no money; ``last`` is the last result that there was."""
        ...


class OneAnswer:
    """A ``Speech`` of such words. It keeps its last result, told or not."""

    def __init__(self, words: TwinWords, form: StxFormat, line: Callable[[], Line]) -> None:
        self.words = words
        self.form = form
        self.open_line = line
        self._last: bytes | None = None

    @property
    def facts(self) -> Mapping[str, Json]:
        """The ids that its messages name."""
        return self.words.facts

    def plan(self, unit: bytes, book: Book) -> Plan:
        """Money is a job, all else is answered at once.

        :raises FrameError: nothing that the terminal understands.
        """
        wanted = self.words.read(unit)
        if wanted is None:
            return Plan(self.words.other(unit, book, self._last), anytime=True)
        sale = None if wanted.original is None else _undone(book, wanted.original)
        amount = wanted.amount if sale is None else wanted.amount or sale.amount

        def move(moved: int) -> Transaction | str:
            if wanted.original is not None and sale is None:
                return ""  # nothing to undo: the usual no
            done = book.move(wanted.kind, moved, wanted.currency)
            if sale is not None:
                sale.reversed = True
            return done

        return Plan(
            job=Job(
                amount,
                move,
                lambda done: self._kept(self.words.yes(unit, done)),
                lambda code: self._kept(self.words.no(unit, code)),
                back=self._forget,
            )
        )

    def _kept(self, answer: bytes) -> bytes:
        self._last = answer
        return answer

    def _forget(self) -> None:
        self._last = None


def _undone(book: Book, number: int) -> Transaction | None:
    if number:
        return book.sale(number)
    last = book.last
    return last if last is not None and last.kind == "sale" else None
