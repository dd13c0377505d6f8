"""The words of a ZVT link: its states, what can happen, its times, and the exchange under way."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

from pos_guard.frames.zvt_apdu import Apdu
from pos_guard.frames.zvt_table import (
    ABORT,
    ABORT_COMMAND,
    ACK,
    COMPLETION,
    MONEY,
    STATUS_INFORMATION,
    TERMINAL_SAYS,
)
from pos_guard.model import Intent

MAX_LATER = 4
"""Commands that may wait while an exchange is open. A till sends one at a time; more is abuse."""

MAX_STRANGE = 8
"""Units of a terminal that mean nothing, in a row: one is a slip, more is another device."""


class State(Enum):
    """Where the link is."""

    IDLE = auto()
    """Nobody waits for anybody."""
    SAYING = auto()
    """The guard tells the till something of its own; the till's answers stay here."""
    HELD = auto()
    """The till's request waits for a person; the terminal knows nothing of it."""
    RELAY = auto()
    """The till's command is with the terminal; what the terminal says goes to the till."""
    ENDING = auto()
    """The terminal's last word is with the till; its answer is due."""
    SILENT = auto()
    """The till still waits, and nobody knows what became of its request."""
    RESOLVING = auto()
    """The guard asks the terminal what became of it (06 20)."""


class Event(Enum):
    """What a unit from one of the sides is."""

    COMMAND = auto()
    STOP = auto()
    ANSWER = auto()
    YES = auto()
    NO = auto()
    RESULT = auto()
    PROGRESS = auto()
    DONE = auto()
    FAILED = auto()
    STRANGE = auto()


BUSY_CODES = frozenset({0x8400, 0x849C})
"""Negative in form, but tills take both for "go on": never a no."""


def from_till(apdu: Apdu) -> Event:
    """What the till's unit is."""
    if apdu.code >> 8 in (0x80, 0x84):
        return Event.ANSWER
    return Event.STOP if apdu.code == ABORT_COMMAND else Event.COMMAND


def from_terminal(apdu: Apdu) -> Event:
    """What the terminal's unit is."""
    if apdu.code == ACK or apdu.code in BUSY_CODES:
        return Event.YES
    if apdu.code >> 8 == 0x84:
        return Event.NO
    ends = {COMPLETION: Event.DONE, ABORT: Event.FAILED, STATUS_INFORMATION: Event.RESULT}
    if apdu.code not in TERMINAL_SAYS:
        return Event.STRANGE
    return ends.get(apdu.code, Event.PROGRESS)


class Due(Enum):
    """Whose the till's next answer is."""

    NOBODY = auto()
    TERMINAL = auto()
    GUARD = auto()


@dataclass(slots=True)
class Job:
    """The till's exchange.

    ``decision`` is the ledger entry of a money command. ``owed_yes``: the till got its 80 00 00
    from the guard, so the terminal's is kept. ``accepted``: the terminal answered, if only with
    84 9C, which says that it is still at something else. ``begun``: it answered with 80 00 00, and
    what it says from then on is about this request. ``posted``: an approval is durable.
    ``unheard``: that approval has not been acknowledged to the terminal yet. ``unwanted``: the till
    answered it with 84 66, and the terminal has not said yet that it took it back. ``declined``:
    the result code of a no before the end. ``stops``: forwarded 06 B0 that wait for their answer.
    """

    apdu: Apdu
    intent: Intent | None = None
    decision: int | None = None
    owed_yes: bool = False
    accepted: bool = False
    begun: bool = False
    posted: bool = False
    unheard: bool = False
    unwanted: bool = False
    revoked: bool = False
    receipt: str | None = None
    declined: int | None = None
    stops: int = 0

    def lowered_to(self, decision: int) -> None:
        """The till lowered the amount: a smaller sale, whose result is not known yet."""
        self.decision = decision
        self.posted = self.unheard = self.unwanted = False
        self.declined = None

    @property
    def money(self) -> bool:
        """It moves money, and has a ledger entry."""
        return self.decision is not None and self.apdu.code in MONEY

    @property
    def busy(self) -> bool:
        """All that the terminal said to it was 84 9C: it is at something else, and drops this."""
        return self.accepted and not self.begun

    @property
    def in_doubt(self) -> bool:
        """Without the terminal's last word nobody knows whether money moved, and stayed."""
        return self.money and not self.revoked


@dataclass(frozen=True, slots=True)
class ZvtTiming:
    """Times of a link, in seconds.

    ``answer_s``: T4, the longest silence of a terminal before the outcome counts as unknown.
    ``till_s``: T3, the till's time to answer. ``decide_s``: how long a person may think: the
    till's T4 of 180 s minus the longest a terminal takes. ``alive_s``: 04 FF while a person
    thinks. ``resolve_s``: an answer to our own 06 20; ``again_s``: the pauses before each.
    ``half_s``: silence within a unit. ``frame_ack_s``: the ACK byte of a serial line.
    """

    answer_s: float = 180.0
    till_s: float = 5.0
    decide_s: float = 110.0
    alive_s: float = 10.0
    resolve_s: float = 15.0
    again_s: tuple[float, ...] = (1.0, 10.0, 30.0)
    half_s: float = 2.0
    frame_ack_s: float = 5.0
