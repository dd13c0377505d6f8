"""What simulated payment terminals and hosts can be told to do: one vocabulary for all protocols.

An *outcome* is what becomes of a request of some amount; a *wrong* is how its answer goes wrong on
the way. Both are words of ``--script AMOUNT=DO``, of ``--fault DO`` and of the control socket;
docs/simulator.md has them as tables.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

LATE_MS = 300_000
"""Later than any till waits, where the script does not say: five minutes."""

MAX_AMOUNT = 10**12 - 1
"""Amounts have at most twelve digits in these protocols; nobody pays more."""


class Outcome(StrEnum):
    """What becomes of a request."""

    APPROVE = "approve"
    DECLINE = "decline"
    ASK = "ask"
    SLOW = "slow"
    LATE = "late"
    SILENT_BEFORE = "silent-before"
    SILENT_AFTER = "silent-after"
    HANG = "hang"
    RESET = "reset"
    REVERSED = "reversed"


class Wrong(StrEnum):
    """What goes wrong with the next ACK, or with the next message; what it was about is done."""

    LATE_ACK = "late-ack"
    NO_ACK = "no-ack"
    NAK = "nak"
    SPLIT = "split"
    GLUE = "glue"
    DUPLICATE = "duplicate"
    BAD_CHECK = "bad-check"
    BAD_LENGTH = "bad-length"
    GARBAGE = "garbage"
    LOST = "lost"
    FOREIGN = "foreign"
    WRONG_TRACE = "wrong-trace"
    WRONG_TPDU = "wrong-tpdu"


_MS = r"(:\d{1,6})?"


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The words of one protocol: all outcomes, and the wrongs that it can have.

    ``code`` is the pattern of a refusal's code, ``shown`` how help writes it. ``more``: words that
    only this protocol has, with the pattern of what may stand behind them.
    """

    code: str
    shown: str
    wrongs: frozenset[Wrong]
    more: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def words(self) -> str:
        """All of them, as help shows them."""
        outcomes = (
            f"approve[:AMOUNT], decline[:{self.shown}], ask[:MS], slow[:MS], late[:MS], "
            "silent-before, silent-after, hang, reset, reversed[:MS]"
        )
        more = (f"{name}{self._behind(pattern)}" for name, pattern in self.more.items())
        return ", ".join([outcomes, *more, *sorted(self.wrongs)])

    def _behind(self, pattern: str) -> str:
        """What help writes behind a word: nothing, a code, or one that may be left out."""
        if not pattern:
            return ""
        return f"[:{self.shown}]" if pattern.endswith("?") else f":{self.shown}"

    def check(self, word: str) -> str:
        """Something that such a device can do.

        :raises ValueError: it is not; the message names what is.
        """
        behind: dict[str, str] = {
            **dict.fromkeys(map(str, Outcome), ""),
            **dict.fromkeys(map(str, self.wrongs), ""),
            Outcome.APPROVE: r"(:\d{1,12})?",
            Outcome.DECLINE: f"(:{self.code})?",
            Outcome.ASK: _MS,
            Outcome.SLOW: _MS,
            Outcome.LATE: _MS,
            Outcome.REVERSED: _MS,
            **self.more,
        }
        name = word.partition(":")[0]
        pattern = behind.get(name)
        if pattern is None or not re.fullmatch(re.escape(name) + pattern, word, re.ASCII):
            raise ValueError(f"{word!r} is none of: {self.words}")
        return word

    def wrong(self, word: str) -> Wrong:
        """Something that can go wrong here.

        :raises ValueError: it is not; the message names what is.
        """
        if word not in self.wrongs:
            raise ValueError(f"{word!r} is none of: {', '.join(sorted(self.wrongs))}")
        return Wrong(word)


def parse_amount(text: str) -> int:
    """An amount in minor units.

    :raises ValueError: it is none.
    """
    if not (text.isascii() and text.isdecimal() and len(text) <= len(str(MAX_AMOUNT))):
        raise ValueError(f"{text!r} is no amount in minor units: write 12.50 without its point")
    return int(text)
