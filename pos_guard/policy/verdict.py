"""The verdict lattice: every rule says its finding, the strictest one decides.

``ALLOW < WARN < REQUIRE < DENY_OVERRIDABLE < DENY < DENY_LOCKED``. A verdict is a value that is
returned, never thrown; it keeps all findings, so that anyone can read why.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from types import MappingProxyType
from typing import NamedTuple

from pos_guard.model import Words

Input = str | int | bool | None
"""A value that a finding may show: what it used, never a secret."""


class Level(IntEnum):
    """How strict a finding is."""

    ALLOW = 0
    WARN = 1
    REQUIRE = 2
    DENY_OVERRIDABLE = 3
    DENY = 4
    DENY_LOCKED = 5


class Mode(StrEnum):
    """What a rule's finding does: be recorded, warn, or decide."""

    OBSERVE = "observe"
    WARN = "warn"
    ENFORCE = "enforce"


class Need(StrEnum):
    """What a finding of level REQUIRE asks for; a verdict may need several at once."""

    APPROVAL = "approval"
    """A second, different person's yes."""
    CONFIRMATION = "confirmation"
    """The amount entered once more, or the same request again (re-entry)."""
    OWNER = "owner"
    """The owner of a one-person shop: PIN and TOTP, or waiting out a delay."""
    REASON = "reason"
    """A reason code, a purpose, or another piece of context that is missing."""


class Reason(StrEnum):
    """Why, in a closed vocabulary that each link translates into its protocol's own refusal."""

    OK = "ok"
    NOT_SIGNED_IN = "not-signed-in"
    NOT_PERMITTED = "not-permitted"
    OVER_LIMIT = "over-limit"
    AMOUNT = "amount"
    CURRENCY = "currency"
    DUPLICATE = "duplicate"
    ORIGINAL = "original"
    REMAINING = "remaining"
    PAYEE = "payee"
    CODE = "code"
    UNRESOLVED = "unresolved"
    FROZEN = "frozen"
    NOT_PAID = "not-paid"
    MALFORMED = "malformed"
    DECLINED_BY_PERSON = "declined-by-person"
    NEEDS_REASON = "needs-reason"
    UNCONFIRMED = "unconfirmed"
    PATTERN = "pattern"
    TIME = "time"
    OFFLINE = "offline"
    GUARD = "guard"


_NOTHING: Mapping[str, Input] = MappingProxyType({})


class Finding(NamedTuple):
    """What one rule found: how strict, why, with which inputs, and the words for the cashier.

    A verdict is made of dozens: a tuple takes a third of the time that a frozen dataclass does.
    ``need``: what would lift a finding of level REQUIRE. ``lifted``: the id of the override or
    break-glass under which it only warns.
    """

    rule: str
    level: Level
    reason: Reason
    say: Words
    inputs: Mapping[str, Input] = _NOTHING
    mode: Mode = Mode.ENFORCE
    need: Need = Need.APPROVAL
    lifted: str | None = None

    @property
    def effective(self) -> Level:
        """The level that counts, after the rule's mode and after what lifts it."""
        if self.level is Level.DENY_LOCKED:
            return self.level
        if self.lifted is not None:
            return min(self.level, Level.WARN)
        if self.mode is Mode.ENFORCE:
            return self.level
        return min(self.level, Level.WARN) if self.mode is Mode.WARN else Level.ALLOW


@dataclass(frozen=True, slots=True)
class Verdict:
    """All findings of one judgement, in the order in which the rules stand.

    ``decisive``: the strictest of them, the first of equals.
    """

    findings: tuple[Finding, ...]
    decisive: Finding = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        # A verdict is asked a dozen times what decided it.
        strictest = max(self.findings, key=lambda finding: finding.effective)
        object.__setattr__(self, "decisive", strictest)

    @property
    def level(self) -> Level:
        """The strictest effective level."""
        return self.decisive.effective

    @property
    def would_be(self) -> Level:
        """The level if every rule were enforced."""
        return max(finding.level for finding in self.findings)

    @property
    def allowed(self) -> bool:
        """May be submitted now."""
        return self.level <= Level.WARN

    @property
    def needs_person(self) -> bool:
        """May be submitted once somebody gives all that ``needs`` names."""
        return self.level is Level.REQUIRE

    @property
    def needs(self) -> frozenset[Need]:
        """All that has to be given before this may be submitted; empty when that is no use."""
        if self.level is not Level.REQUIRE:
            return frozenset()
        return frozenset(item.need for item in self.findings if item.effective is Level.REQUIRE)
