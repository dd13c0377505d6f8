"""A simulated terminal of the STX/ETX family, without I/O: bytes and timers in, effects out.

What it says is a ``Speech``'s; how its frames travel is the line's; here is how both come together
and how its frames are spoiled on demand.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from pos_guard.errors import FrameError
from pos_guard.frames.decoded import Json
from pos_guard.frames.stx import ETX, STX, Control, StxFormat, StxFrame, StxFramer, build, lrc
from pos_guard.links.dialect import Heard, Line
from pos_guard_simulator.payment_teller import Job
from pos_guard_simulator.payment_twin import PaymentTwin
from pos_guard_simulator.payment_words import Vocabulary, Wrong
from pos_guard_simulator.payment_wrongs import Spoil, Wrongs
from pos_guard_simulator.zvt_book import Book, Script, Transaction

DEFAULT_SCRIPT = Script()

WRONGS = frozenset(
    {
        Wrong.LATE_ACK,
        Wrong.NO_ACK,
        Wrong.NAK,
        Wrong.SPLIT,
        Wrong.GLUE,
        Wrong.DUPLICATE,
        Wrong.BAD_CHECK,
        Wrong.BAD_LENGTH,
        Wrong.GARBAGE,
        Wrong.LOST,
    }
)


def vocabulary(code: str, shown: str) -> Vocabulary:
    """The words of a terminal whose refusals have such codes."""
    return Vocabulary(code, shown, WRONGS)


@dataclass(frozen=True, slots=True)
class Plan:
    """What follows from a unit of the till: an answer, or a job.

    ``anytime``: it is answered also while a customer is at the terminal.
    """

    answer: tuple[bytes, ...] = ()
    job: Job[Transaction] | None = None
    anytime: bool = False


class Speech(Protocol):
    """The words of one kind of terminal. ``facts`` are the ids that its messages name."""

    @property
    def form(self) -> StxFormat:
        """How its frames are made."""
        ...

    @property
    def facts(self) -> Mapping[str, Json]:
        """Its ids, by name."""
        ...

    def open_line(self) -> Line:
        """How its frames travel."""
        ...

    def plan(self, unit: bytes, book: Book) -> Plan:
        """What to do about a unit.

        :raises FrameError: for one that this terminal does not understand: it says NAK.
        """
        ...


class StxTerminal(PaymentTwin[Transaction]):
    """The twin. ``heard`` holds every byte that ever arrived, ``book`` what was moved."""

    def __init__(
        self, speech: Speech, script: Script = DEFAULT_SCRIPT, work_s: float = 0.0
    ) -> None:
        form = speech.form
        spoils: dict[Wrong, Spoil] = {
            Wrong.BAD_CHECK: lambda data: (data[:-1] + bytes([data[-1] ^ 0x40]),),
            Wrong.BAD_LENGTH: lambda data: (_wrong_length(form, data),),
        }
        ack = Control.ACK.on_line(form)
        super().__init__(script, work_s, Wrongs(spoils, ack, lambda data: data[:1] == _stx(form)))
        self.speech = speech
        self.book = Book()
        self.heard = bytearray()
        self.units: list[bytes] = []
        self._line = speech.open_line()

    @property
    def moved(self) -> list[Transaction]:
        """Transactions that stand."""
        return [item for item in self.book.transactions if not item.reversed]

    def took(self) -> None:
        """ACK."""
        self._emit(*self._line.took())

    def rejected(self) -> None:
        """NAK."""
        self._emit(*self._line.rejected())

    def say(self, unit: bytes) -> None:
        """A unit, as soon as the line allows."""
        if self._connected:
            self._emit(*self._line.send(unit))

    def _reset(self) -> None:
        self._emit(*self._line.reset())

    def _received(self, data: bytes) -> None:
        self.heard += data
        self._act(self._line.receive(data))

    def _rang(self, name: str) -> None:
        heard = self._line.timer(name)
        if heard is not None:
            self._act(heard)

    def _act(self, heard: Heard) -> None:
        self._emit(*heard.effects)
        for unit in heard.units:
            self._unit(unit)
        if heard.error is not None:
            self.rejected()

    def _unit(self, unit: bytes) -> None:
        self.units.append(unit)
        if self.wrongs.refuses():
            self.rejected()
            return
        try:
            plan = self.speech.plan(unit, self.book)
        except FrameError:
            self.rejected()
            return
        if not (self.idle or plan.anytime):
            self.rejected()  # busy
        elif plan.job is not None:
            self._begin(plan.job)
        else:
            self.took()
            for answer in plan.answer:
                self.say(answer)


def _stx(form: StxFormat) -> bytes:
    """STX as it travels: with parity its eighth bit may be set."""
    return bytes([STX | 0x80]) if form.parity7 else bytes([STX])


def _wrong_length(form: StxFormat, frame: bytes) -> bytes:
    """The frame with a body one byte short, or another length in front of it; its LRC is right."""
    framer = StxFramer(form)
    framer.feed(frame)
    whole = framer.take()
    if not isinstance(whole, StxFrame):
        raise TypeError("a twin says whole frames")
    if form.length == "none":
        return build(form, whole.body[:-1] or b"?")
    high, low = whole.raw[1:3]
    covered = bytes([high, low ^ 1]) + whole.body + bytes([ETX])
    return bytes([STX]) + covered + bytes([lrc(form, covered)])
