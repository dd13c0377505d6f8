"""What a tape says as a play: to each thing that an app sent, the device's answers and times."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from pos_guard.frames.decoded import Decoded
from pos_guard_simulator.tape.lines import Happened, Line, Said, Tape
from pos_guard_simulator.tape.protocols import BY_SILENCE, FRAMED, PAPER, PAYMENTS, cut, last_unit


@dataclass(frozen=True, slots=True)
class Answer:
    """What the device said, so long after what came before. ``data`` None: it hung up."""

    after_us: int
    data: bytes | None = field(repr=False)


@dataclass(slots=True)
class Step:
    """One unit of the app, and all that the device said until the next.

    ``said`` is empty where the app opened its port, and None where the tape does not tell.

    ``meaning``: what kind of message it is, and about which money; the same for units that differ
    in a time or a counter only.
    """

    said: bytes | None = field(repr=False)
    meaning: object = None
    answers: list[Answer] = field(default_factory=list[Answer])


ASKING = frozenset(
    {"DLE EOT", "DLE ENQ", "GS r", "GS I", "GS a", "GS ( H", "ESC v", "ESC u", "GS g 2", "GS ( E"}
    | {"ESC ACK", "ESC RS a", "ETB", "ENQ", "EOT", "ESC # *"}
)
"""What a printer answers, in ESC/POS and on a Star. The rest of a print job is taken in silence."""


@dataclass(frozen=True, slots=True)
class Play:
    """All steps, in order; ``withheld`` counts the device's bytes that nobody can say again."""

    steps: tuple[Step, ...]
    withheld: int


def is_framed(protocol: str) -> bool:
    """Whether the end of a message stands in the message."""
    return protocol in FRAMED | PAPER and protocol not in BY_SILENCE


def answered(protocol: str, unit: Decoded) -> bool:
    """Whether the device has something to say to it."""
    return protocol not in PAPER or unit.name in ASKING


def meaning_of(protocol: str, unit: Decoded) -> object:
    """Which message it is, and about what money; None where that does not tell what is answered."""
    if protocol not in PAYMENTS or unit.error is not None:
        return None
    return unit.name, unit.intent


def units(protocol: str, data: bytes) -> tuple[list[Decoded], int]:
    """Whole units, and how many bytes wait for more."""
    found = cut(protocol, data)
    if found.lost:
        return [Decoded(protocol, "unknown", data)], 0
    return list(found.units), found.pending


def play_of(tape: Tape) -> Play:
    """Read a tape as a play."""
    protocol = tape.header.protocol
    maker = _Maker(protocol, framed=is_framed(protocol))
    for line in tape.lines:
        maker.take(line)
    maker.end_unit()
    return Play(tuple(maker.steps), maker.withheld)


class _Maker:
    def __init__(self, protocol: str, *, framed: bool) -> None:
        self.steps: list[Step] = []
        self.withheld = 0
        self._protocol = protocol
        self._framed = framed
        self._pending = b""
        self._last_us = 0

    def take(self, line: Line) -> None:
        if isinstance(line, Happened):
            self._happened(line)
        elif line.to == "device":
            self._from_app(line)
        elif line.data is None:
            self.withheld += line.size
        else:
            self.end_turn()
            self._answer(line.at_us, line.data)

    def end_turn(self) -> None:
        """The device spoke: without frames, that is where the app's words end."""
        if not self._framed:
            self.end_unit()

    def end_unit(self) -> None:
        """What waits is a unit of its own."""
        if self._pending:
            unit = last_unit(self._protocol, self._pending)
            meaning = None if unit is None else meaning_of(self._protocol, unit)
            self.steps.append(Step(self._pending, meaning))
            self._pending = b""

    def _happened(self, line: Happened) -> None:
        if line.what == "connect":
            self.end_unit()
            self.steps.append(Step(b""))
            self._last_us = line.at_us
        elif line.what == "hang-up":
            self._answer(line.at_us, None)

    def _from_app(self, line: Said) -> None:
        if line.data is None:
            self._unknown(line.at_us)
            return
        self._pending += line.data
        if not self._framed:
            self._last_us = line.at_us
            return
        found, waiting = units(self._protocol, self._pending)
        self._pending = self._pending[len(self._pending) - waiting :]
        asked = [unit for unit in found if answered(self._protocol, unit)]
        self.steps += [Step(unit.raw, meaning_of(self._protocol, unit)) for unit in asked]
        if asked:
            self._last_us = line.at_us

    def _unknown(self, at_us: int) -> None:
        """What a printer was given is answered by nothing; of any other device nobody knows."""
        self._pending = b""
        if self._protocol not in PAPER:
            self.steps.append(Step(None))
            self._last_us = at_us

    def _answer(self, at_us: int, data: bytes | None) -> None:
        if not self.steps:  # it spoke before anybody came
            self.steps.append(Step(b""))
        self.steps[-1].answers.append(Answer(max(0, at_us - self._last_us), data))
        self._last_us = at_us


def answers_in(steps: tuple[Step, ...]) -> Iterator[bytes]:
    """Everything that the device said."""
    for step in steps:
        yield from (answer.data for answer in step.answers if answer.data is not None)
