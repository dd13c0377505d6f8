"""The words of a request and answer link: its states, its limits, and what is under way."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from enum import Enum, auto

from pos_guard.links.dialect import Ask, Units

MAX_LATER = 4
"""Units that may wait for their turn. A till sends one at a time; more is abuse."""

MAX_PAST = 64
"""Requests whose fate is remembered by number: a till takes back its last one, or few more."""

MAX_PROGRESS = 600
"""Signs of life of a device in one request: one a second for ten minutes, longer than any card."""

REPEAT_S = 60.0
"""How long a till that did not acknowledge an answer gets it again for the same bytes; also after
the guard died and came back."""

TOLD_S = 5.0
"""How long after its answer an exchange goes on record as closed: a till that did not hear it
says so within seconds, and what is recorded later keeps nobody waiting."""


class State(Enum):
    """Where the link is."""

    IDLE = auto()
    """Nobody waits for anybody."""
    HELD = auto()
    """The till's request waits for a person; the device knows nothing of it."""
    RELAY = auto()
    """The till's request is with the device."""
    SILENT = auto()
    """The till may still wait, and nobody knows what became of its request."""
    RESOLVING = auto()
    """The guard asks the device what became of a request."""


@dataclass(slots=True)
class Job:
    """A request of the till.

    ``decision`` is the ledger entry of one that moves money. ``waits``: the till expects an
    answer. ``undone``: the till has asked to take it back, and the device was told so. ``asked``:
    we asked the device about it, which may be a reversal of our own. ``late``: the approval that
    came after that; the till hears it only once the question has been answered.
    """

    ask: Ask
    decision: int | None = None
    waits: bool = True
    undone: bool = False
    asked: bool = False
    late: bytes | None = None
    progress: int = 0


@dataclass(slots=True)
class Undo:
    """A UNDOES that the device has; ``entry`` is the request that it takes back, if known."""

    ask: Ask
    entry: int | None
    waits: bool = True


@dataclass(slots=True)
class Given:
    """The last answer to the till. ``heard`` is False once it is known that it was not taken."""

    unit: bytes
    units: Units
    order: str | None
    heard: bool = True


class Past:
    """What became of numbered requests: forwarded, or answered here. Bounded, newest stay."""

    def __init__(self) -> None:
        self._fates: OrderedDict[str, int | None] = OrderedDict()
        self.newest: int | None = None
        """The entry of the request that was forwarded last, also without a number."""

    def forwarded(self, key: str, entry: int) -> None:
        """The device has it."""
        self.newest = entry
        if key:
            self._put(key, entry)

    def kept(self, key: str) -> None:
        """It was answered here; what was forwarded under the same number before still counts."""
        if key and self._fates.get(key) is None:
            self._put(key, None)

    def was_kept(self, key: str) -> bool:
        """It is known that the device never had it."""
        return key in self._fates and self._fates[key] is None

    def entry(self, key: str) -> int | None:
        """The ledger entry of a forwarded request."""
        return self._fates.get(key)

    def _put(self, key: str, entry: int | None) -> None:
        self._fates[key] = entry
        self._fates.move_to_end(key)
        if len(self._fates) > MAX_PAST:
            self._fates.popitem(last=False)
