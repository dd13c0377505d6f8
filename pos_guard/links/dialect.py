"""The words of one payment protocol, for the one session that guards all of request and answer.

``links.exchange`` owns the order of things: what is judged, made durable, forwarded, acknowledged,
found out. A ``Dialect`` owns what its units mean and how a no is said; a ``Line`` owns how units
travel on one side (frames, acknowledgements, repeats). All three are sans-IO and never raise for
what a peer sent, but for the ``FrameError`` that is named here.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Protocol

from pos_guard.errors import FrameError
from pos_guard.links.session import Effect, Effects
from pos_guard.model import Intent, Outcome, Words
from pos_guard.policy.verdict import Reason
from pos_guard.store.ledger import Entry

Units = tuple[bytes, ...]
"""Whole messages without their frames, in the order in which they are sent."""


class Asks(Enum):
    """What a unit of the till is."""

    MONEY = auto()
    """It moves money, or may: judged before anything is forwarded."""
    PASSES = auto()
    """It only asks, sets up or closes the day: forwarded as it is."""
    STOPS = auto()
    """It gives the open request up: forwarded if that was, else answered here."""
    UNDOES = auto()
    """It takes an earlier request back (0400): always forwarded if that was, else answered here."""
    UNKNOWN = auto()
    """No request that is known to be harmless: never forwarded."""


@dataclass(frozen=True, slots=True)
class Ask:
    """One unit of the till, read.

    ``name`` is the standard's, for the log. ``key`` ties a request to its answer, its repeats and
    what undoes it (a trace number, a ticket); "" where the protocol has none and only one request
    can be open. ``undoes`` is the key of what a UNDOES takes back. ``answered``: the device answers
    with a unit of its own; without, the acknowledgement of the line is all there is. ``closes``:
    it closes the day, and what was taken before is settled once the answer to it is APPROVED.
    """

    kind: Asks
    unit: bytes = field(repr=False)
    name: str
    key: str = ""
    intent: Intent | None = None
    undoes: str | None = None
    answered: bool = True
    closes: bool = False


class Says(Enum):
    """What a unit of the device is."""

    PROGRESS = auto()
    """It goes on: shown to the till, the wait begins anew."""
    FINAL = auto()
    """The answer to what was asked."""
    STRAY = auto()
    """Nothing that was asked for: acknowledged, never shown to the till."""


@dataclass(frozen=True, slots=True)
class Say:
    """One unit of the device, read.

    ``outcome`` is what a FINAL says of a money request. ``payees`` are the terminal and merchant
    ids that it names, best first: each is held against the list.
    """

    kind: Says
    unit: bytes = field(repr=False)
    outcome: Outcome | None = None
    payees: tuple[str, ...] = ()


class Dialect(Protocol):
    """One protocol, or one profile of it. Holds no state of a request.

    ``tells_kind``: the answer to ``question`` says whether it is about a sale or a void.
    """

    name: str
    tells_kind: bool

    def read(self, unit: bytes) -> Ask:
        """What the till asks.

        :raises FrameError: for a unit that is not exactly one valid message: duplicate or unknown
            fields, wrong digits, slack, not the shortest form. It is refused, never forwarded.
        """
        ...

    def hear(self, unit: bytes, asked: Ask | None) -> Say:
        """What the device says; ``asked``: the open request, None when nothing is.

        :raises FrameError: for a unit that cannot be read: its request becomes unknown.
        """
        ...

    def refuse(self, ask: Ask, reason: Reason, say: Words) -> Units:
        """The no to a request, in words that no till takes for a yes; () where there are none."""
        ...

    def malformed(self, unit: bytes, error: FrameError) -> Units:
        """The answer to what could not be read; (): the line says no, or the till is hung up on."""
        ...

    def alive(self, ask: Ask) -> bytes | None:
        """Keeps a till waiting while a person decides; None: this protocol has no such word."""
        ...

    def stopped(self, stop: Ask, held: Ask | None) -> Units:
        """The answer to STOPS, and to the request that it ended, when nothing was forwarded."""
        ...

    def undone(self, undo: Ask) -> Units:
        """The answer to UNDOES for a request that was never forwarded: it is undone."""
        ...

    def late(self, ask: Ask) -> Units:
        """What the till hears of a request whose outcome is not known; () is silence.

        Never a yes, and never a no after which a till charges again without asking.
        """
        ...

    def paid(self, ask: Ask, entry: Entry) -> Units:
        """The yes to a request that is on record as approved, when the device's words are gone.

        () where it cannot be said without inventing what only the device knows.
        """
        ...

    def question(self, entry: Entry) -> bytes | None:
        """Asks the device what became of a request; None: only a person can find out."""
        ...

    def found(self, entry: Entry, unit: bytes) -> Outcome | None:
        """What the answer to ``question`` says of that request; None: nothing certain.

        :raises FrameError: for an answer that cannot be read.
        """
        ...


class QuietDialect:
    """A protocol that has no word for anything but its requests: override what it has."""

    tells_kind = True

    def malformed(self, unit: bytes, error: FrameError) -> Units:
        """The line says no, or the till is hung up on."""
        del unit, error
        return ()

    def alive(self, ask: Ask) -> bytes | None:
        """Nothing keeps a till waiting."""
        del ask
        return None

    def stopped(self, stop: Ask, held: Ask | None) -> Units:
        """No request stops another."""
        del stop, held
        return ()

    def undone(self, undo: Ask) -> Units:
        """No request takes another back: a void is a request of its own."""
        del undo
        return ()

    def late(self, ask: Ask) -> Units:
        """Silence: whatever is no approval is taken for a no, and a till charges again."""
        del ask
        return ()

    def paid(self, ask: Ask, entry: Entry) -> Units:
        """No yes without the device's own words."""
        del ask, entry
        return ()

    def question(self, entry: Entry) -> bytes | None:
        """The device cannot be asked: a person looks at the slip."""
        del entry
        return None

    def found(self, entry: Entry, unit: bytes) -> Outcome | None:
        """Nothing was asked."""
        del entry, unit
        return None


@dataclass(slots=True)
class Heard:
    """What some bytes, or a timer, came to on one side.

    ``effects`` are carried out first. ``error``: what came is no unit (``cut`` are its bytes), or
    the stream cannot be followed any more, if ``lost``. ``lost`` without ``error``: the other side
    does not acknowledge any more; ``untaken`` is then the unit to whose every sending it said no,
    if it did: it is certain that it never took it.
    """

    units: list[bytes] = field(default_factory=list[bytes])
    effects: Effects = field(default_factory=list[Effect])
    error: FrameError | None = None
    cut: bytes = b""
    lost: bool = False
    untaken: bytes | None = None


class Fate(Enum):
    """What had become of a unit when it was withdrawn."""

    KEPT = auto()
    """Not a byte of it left, and none will."""
    OPEN = auto()
    """It left, and was not acknowledged; it is not repeated any more."""
    LEFT = auto()
    """It left."""


class Line(Protocol):
    """How units travel on one side of a link."""

    def receive(self, data: bytes) -> Heard:
        """Bytes came. Nothing is acknowledged yet, but what opens a conversation (ENQ)."""
        ...

    def took(self) -> Effects:
        """Acknowledge the unit that was heard last: its reader has it, durably where it matters."""
        ...

    def rejected(self) -> Effects:
        """Say no to what was heard last, where the line has a word for it (NAK)."""
        ...

    def send(self, unit: bytes) -> Effects:
        """Send one unit, as soon as the line allows; repeated until it is acknowledged."""
        ...

    def withdraw(self, unit: bytes) -> Fate:
        """Nobody waits for what comes of this unit any more: no byte of it leaves after this."""
        ...

    def timer(self, name: str) -> Heard | None:
        """A timer ran out; None when it is none of this line's."""
        ...

    def reset(self) -> Effects:
        """The connection is new or gone: forget everything unfinished."""
        ...


@dataclass(frozen=True, slots=True)
class ExchangeTiming:
    """Times of a link, in seconds.

    ``answer_s``: the longest silence of a device before the outcome counts as unknown.
    ``decide_s``: how long a person may think: the till's patience minus the longest that a device
    takes. ``alive_s``: between two signs of life while a person thinks. ``resolve_s``: an answer
    to our own question; ``again_s``: the pauses before each.
    """

    answer_s: float = 120.0
    decide_s: float = 60.0
    alive_s: float = 10.0
    resolve_s: float = 15.0
    again_s: tuple[float, ...] = (1.0, 10.0, 30.0)


@dataclass(frozen=True, slots=True)
class Parts:
    """What a session is made of: the words, and how they travel on either side."""

    dialect: Dialect
    app: Line
    device: Line
    timing: ExchangeTiming
