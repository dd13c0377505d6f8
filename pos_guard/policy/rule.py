"""What a rule is made of, and the few questions that several rules ask of a request."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from typing import Protocol

from pos_guard.model import MONEY_IN, MONEY_OUT, Intent, IntentKind, Receipt, Scan, Subject, Words
from pos_guard.money import format_amount
from pos_guard.policy.policy import Policy
from pos_guard.policy.request import Request
from pos_guard.policy.verdict import Finding, Input, Level, Need, Reason

Check = Callable[[Request, Policy], Finding | None]
"""A total function: a finding, or None where the rule does not apply."""


class Tighter(StrEnum):
    """Which value of an option is the stricter one, for layers that may only tighten."""

    LOWER = "lower"
    HIGHER = "higher"
    FIXED = "fixed"
    """No value is stricter than another: a locked option keeps its value."""


class OptionKind(Protocol):
    """One option that a rule declares: its default, and what it accepts."""

    @property
    def default(self) -> str | int:
        """The value where the policy is silent."""
        ...

    def accepts(self, value: object) -> bool:
        """Whether this is a value of the option."""
        ...

    def expected(self) -> str:
        """What would be accepted, for an error message."""
        ...

    def loosens(self, value: str | int, locked: str | int) -> bool:
        """Whether ``value`` is less strict than ``locked``, both being values of the option."""
        ...


@dataclass(frozen=True, slots=True)
class Choice:
    """An option that is one of a few words; ``HIGHER``: each is stricter than those before it."""

    values: tuple[str, ...]
    default: str
    tighter: Tighter = Tighter.FIXED

    def accepts(self, value: object) -> bool:
        """One of the words, exactly."""
        return type(value) is str and value in self.values

    def expected(self) -> str:
        """The words."""
        return "one of " + ", ".join(f'"{value}"' for value in self.values)

    def loosens(self, value: str | int, locked: str | int) -> bool:
        """By the order of the words."""
        if str(value) not in self.values or str(locked) not in self.values:
            return True
        return _loosens(self.values.index(str(value)), self.values.index(str(locked)), self.tighter)


@dataclass(frozen=True, slots=True)
class Whole:
    """An option that is a whole number between two bounds.

    ``zero_is_off``: 0 switches the check off, and is so the least strict value of all.
    """

    lowest: int
    highest: int
    default: int
    tighter: Tighter = Tighter.FIXED
    zero_is_off: bool = False

    def accepts(self, value: object) -> bool:
        """An integer (never a bool) within the bounds."""
        return type(value) is int and self.lowest <= value <= self.highest

    def expected(self) -> str:
        """The bounds."""
        return f"a whole number from {self.lowest} to {self.highest}"

    def loosens(self, value: str | int, locked: str | int) -> bool:
        """By size; a check that is off is looser than one that is on."""
        if self.zero_is_off and 0 in (value, locked):
            return value == 0 != locked
        return _loosens(int(value), int(locked), self.tighter)


@dataclass(frozen=True, slots=True)
class Names:
    """An option that lists names, with blanks between them."""

    default: str

    def accepts(self, value: object) -> bool:
        """Lower-case names of letters, digits, ``-``, ``:`` and ``.``; or nothing."""
        return type(value) is str and all(map(_NAME.fullmatch, value.split()))

    def expected(self) -> str:
        """The shape."""
        return f'names with blanks between them, such as "{self.default}"'

    def loosens(self, value: str | int, locked: str | int) -> bool:
        """What names permit is not comparable: a locked list stays."""
        return set(str(value).split()) != set(str(locked).split())


def _loosens(value: int, locked: int, tighter: Tighter) -> bool:
    if tighter is Tighter.LOWER:
        return value > locked
    return value < locked if tighter is Tighter.HIGHER else value != locked


_NAME = re.compile(r"[a-z0-9][a-z0-9.:-]*")

LEVELS = ("allow", "warn", "require", "deny")
"""The words of an option that says how strict a missing piece is."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: its id as policies name it, its check, its options, what it is for.

    ``subjects``: what it has anything to say of; it is not asked about anything else.
    """

    id: str
    check: Check
    purpose: str
    options: Mapping[str, OptionKind] = field(default_factory=dict[str, OptionKind])
    subjects: type[Subject] | tuple[type[Subject], ...] = (Intent, Scan, Receipt)


def level_option(policy: Policy, rule: str, option: str, default: str) -> Level:
    """An option made of ``LEVELS``, as the level that it means."""
    value = policy.setting(rule).options.get(option, default)
    return Level[str(value).upper()]


def allow(rule: str, zh: str, en: str, **inputs: Input) -> Finding:
    """The rule holds; the words go to the record."""
    return Finding(rule, Level.ALLOW, Reason.OK, _words(zh, en), inputs)


@lru_cache(maxsize=256)
def _words(zh: str, en: str) -> Words:
    """What holds is said in the same words every time: they are made once."""
    return Words(zh, en)


def deny(rule: str, reason: Reason, words: Words, **inputs: Input) -> Finding:
    """The rule forbids it; the words tell the cashier what to do next."""
    return Finding(rule, Level.DENY, reason, words, inputs)


def require(rule: str, need: Need, reason: Reason, words: Words, **inputs: Input) -> Finding:
    """The rule holds once somebody gives what is needed; the words ask for it."""
    return Finding(rule, Level.REQUIRE, reason, words, inputs, need=need)


def overridable(rule: str, reason: Reason, words: Words, **inputs: Input) -> Finding:
    """The rule forbids it, but a signed override may lift it."""
    return Finding(rule, Level.DENY_OVERRIDABLE, reason, words, inputs)


def graded(rule: str, level: Level, reason: Reason, words: Words, **inputs: Input) -> Finding:
    """A finding whose level a policy option chose."""
    return Finding(rule, level, Reason.OK if level is Level.ALLOW else reason, words, inputs)


def intent_of(request: Request) -> Intent | None:
    """The intent, when the subject is one."""
    return request.subject if isinstance(request.subject, Intent) else None


def money_in(request: Request) -> Intent | None:
    """The intent, when it takes money from the payer."""
    intent = intent_of(request)
    return intent if intent is not None and intent.kind in MONEY_IN else None


def money_out(request: Request) -> Intent | None:
    """The intent, when it gives money back."""
    intent = intent_of(request)
    return intent if intent is not None and intent.kind in MONEY_OUT else None


def moves_money(request: Request) -> Intent | None:
    """The intent, when it does more than ask."""
    intent = intent_of(request)
    return None if intent is None or intent.kind is IntentKind.BALANCE else intent


def shows_code(request: Request) -> bool:
    """A payment code is shown to the scanner, or charged."""
    subject = request.subject
    if isinstance(subject, Intent):
        return subject.payer_token is not None and subject.kind not in MONEY_OUT
    return isinstance(subject, Scan) and subject.payable


def amount_text(amount: int, policy: Policy) -> str:
    """An amount as people write it, in the policy's currency."""
    return format_amount(amount, policy.currency)
