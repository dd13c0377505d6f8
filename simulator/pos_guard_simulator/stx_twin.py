"""A simulated terminal of the STX family, without I/O: bytes and timers in, effects out.

What it says is in its words (``stx_*_twin``); how its frames travel is the line's. It keeps a
journal, can decline, fall silent, be late, and answer wrongly, by amount. ``ToApp`` is "to the
till".
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from pos_guard.errors import FrameError
from pos_guard.frames.stx import STX
from pos_guard.links.dialect import Heard, Line
from pos_guard.links.session import CloseApp, Effect, Effects, SetTimer, ToApp
from pos_guard_simulator.zvt_book import Book, Script, Transaction

WORDS = (
    "approve[:AMOUNT], decline[:CODE], late:MS, silent-before, silent-after, reset, nak, bad-lrc, "
    "split, twice, noise"
)
"""What the terminal can do. ``approve:AMOUNT`` moves only a part; ``late:MS`` approves after so
many milliseconds; ``silent-before`` moves nothing and says nothing, ``silent-after`` moves it and
says nothing; ``reset`` moves it and hangs up; ``nak`` takes no request. What was approved is
answered with a ``bad-lrc`` at first, ``split``, ``twice``, or behind ``noise``."""

_TIMER = "work"
_FAULTS = frozenset({"bad-lrc", "split", "twice", "noise"})


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
        """The answers to what moves no money; ``last`` is the last result that was said."""
        ...


@dataclass(frozen=True, slots=True)
class StxSettings:
    """``work_s``: how long customer and host take."""

    work_s: float = 0.0
    first_receipt: int = 1


DEFAULT = StxSettings()
DEFAULT_SCRIPT = Script()


class StxTwin:
    """The twin. ``heard`` holds every byte that ever arrived, ``book`` what was moved."""

    def __init__(
        self,
        words: TwinWords,
        line: Line,
        settings: StxSettings = DEFAULT,
        script: Script = DEFAULT_SCRIPT,
    ) -> None:
        self.settings = settings
        self.script = script
        self.book = Book(settings.first_receipt)
        self.heard = bytearray()
        self.units: list[bytes] = []
        self._words = words
        self._line = line
        self._out: list[Effect] = []
        self._connected = False
        self._work: Callable[[], None] | None = None
        self._last: bytes | None = None
        self._fault = ""

    @property
    def moved(self) -> list[Transaction]:
        """Transactions that stand."""
        return [transaction for transaction in self.book.transactions if not transaction.reversed]

    @property
    def idle(self) -> bool:
        """No customer is at the terminal."""
        return self._work is None

    def connected(self) -> Effects:
        """A till is there."""
        self._connected = True
        self._out += self._line.reset()
        return self._taken()

    def closed(self) -> Effects:
        """The till is gone: a running transaction goes on; its answer is not said."""
        self._connected = False
        self._out += self._line.reset()
        return self._taken()

    def data(self, data: bytes) -> Effects:
        """Bytes of the till."""
        self.heard += data
        self._received(self._line.receive(data))
        return self._taken()

    def timer(self, name: str) -> Effects:
        """Time passed."""
        if name == _TIMER:
            work, self._work = self._work, None
            if work is not None:
                work()
        elif (got := self._line.timer(name)) is not None:
            self._received(got)
        return self._taken()

    # -- requests ------------------------------------------------------------------------------

    def _received(self, got: Heard) -> None:
        self._out += got.effects
        for unit in got.units:
            self._unit(unit)
        if got.error is not None:
            self._out += self._line.rejected()

    def _unit(self, unit: bytes) -> None:
        self.units.append(unit)
        try:
            wanted = self._words.read(unit)
        except FrameError:
            self._out += self._line.rejected()
            return
        if wanted is None:
            self._out += self._line.took()
            for said in self._words.other(unit, self.book, self._last):
                self._say(said)
        elif not self.idle:
            self._out += self._line.rejected()
        else:
            self._transact(unit, wanted)

    def _transact(self, unit: bytes, wanted: Wanted) -> None:
        sale = None
        if wanted.original is not None:
            sale = self._undone(wanted.original)
        amount = wanted.amount if sale is None else wanted.amount or sale.amount
        word, rest = self.script.behaviour(amount)
        if word == "nak":
            self._out += self._line.rejected()
            return
        self._out += self._line.took()
        if wanted.original is not None and sale is None:
            self._result(self._words.no(unit, ""))
            return
        if word == "silent-before":
            return

        def work() -> None:
            if word == "decline":
                self._result(self._words.no(unit, rest))
                return
            part = int(rest) if word == "approve" and rest else amount
            done = self.book.move(wanted.kind, part, wanted.currency)
            if sale is not None:
                sale.reversed = True
            self._approved(self._words.yes(unit, done), word)

        wait = int(rest) / 1000 if word == "late" else self.settings.work_s
        if wait > 0:
            self._work = work
            self._out.append(SetTimer(_TIMER, wait))
        else:
            work()

    def _undone(self, number: int) -> Transaction | None:
        if number:
            return self.book.sale(number)
        last = self.book.last
        return last if last is not None and last.kind == "sale" else None

    # -- answers -------------------------------------------------------------------------------

    def _approved(self, answer: bytes, word: str) -> None:
        self._last = answer
        if word == "silent-after":
            return
        if word == "reset":
            self._out.append(CloseApp("the terminal hangs up"))
            return
        if word in _FAULTS:
            self._fault = word
        self._say(answer)

    def _result(self, answer: bytes) -> None:
        self._last = answer
        self._say(answer)

    def _say(self, unit: bytes) -> None:
        if self._connected:
            self._out += self._line.send(unit)

    def _taken(self) -> Effects:
        out, self._out = self._out, []
        spoiled: list[Effect] = []
        for effect in out:
            if self._fault and isinstance(effect, ToApp) and effect.data[:1] == bytes([STX]):
                spoiled += [ToApp(piece) for piece in _spoil(effect.data, self._fault)]
                self._fault = ""
            else:
                spoiled.append(effect)
        return spoiled


def _spoil(frame: bytes, fault: str) -> tuple[bytes, ...]:
    if fault == "bad-lrc":
        return (frame[:-1] + bytes([frame[-1] ^ 0x55]),)
    if fault == "split":
        return (frame[:3], frame[3:-1], frame[-1:])
    if fault == "twice":
        return (frame, frame)
    return (b"~~~", frame)
