"""A console inside the app: the app gives a function, which gets each question and answers it.

The app shows what it likes; here stands what may be answered, and how often.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from pos_guard.decision import Decision
from pos_guard.errors import LocalError
from pos_guard.model import Intent, Purpose, Words
from pos_guard.money import format_amount
from pos_guard.policy.daxie import daxie
from pos_guard.policy.verdict import Need

MAX_QUESTIONS = 8
"""Questions for one request: each need once, and a few wrong PINs; the lock-out does the rest."""


@dataclass(frozen=True, slots=True)
class Question:
    """What a person is asked about one request.

    ``amount`` is None, and both texts empty, where the request states none. ``capitals`` is the
    amount in Chinese capital numerals. ``trouble``: why the last answer did not count.
    """

    decision: int
    needs: frozenset[Need]
    say: Words
    amount: int | None = None
    digits: str = ""
    capitals: str = ""
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class Approve:
    """A second person's yes; ``approver`` None: whose badge was scanned. ``code``: his TOTP."""

    approver: str | None
    pin: str = field(repr=False)
    code: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Confirm:
    """The amount, entered again, in minor units."""

    amount: int


@dataclass(frozen=True, slots=True)
class Prove:
    """The operator himself, with PIN and, where he has one, TOTP code."""

    person: str
    pin: str = field(repr=False)
    code: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Explain:
    """Why."""

    reason: str | None = None
    purpose: Purpose | None = None
    customer: str | None = None


@dataclass(frozen=True, slots=True)
class Decline:
    """No; ``person`` says so."""

    person: str


Answer = Approve | Confirm | Prove | Explain | Decline

Console = Callable[[Question], Answer | None]
"""Answers a question; None: nobody does."""

Needs = frozenset[Need]


class Answered(Protocol):
    """The guard, as far as a console needs it."""

    def approve(
        self, decision: int, approver: str | None, pin: str, code: str | None = None
    ) -> Needs:
        """Take a yes."""
        ...

    def confirm(self, decision: int, amount: int) -> Needs:
        """Take an amount."""
        ...

    def prove(self, decision: int, person: str, pin: str, code: str | None) -> Needs:
        """Take a proof."""
        ...

    def explain(
        self,
        decision: int,
        *,
        reason: str | None = None,
        purpose: Purpose | None = None,
        customer: str | None = None,
    ) -> Needs:
        """Take a reason."""
        ...

    def decline(self, decision: int, person: str) -> None:
        """Take a no."""
        ...

    def rejudge(self, decision: int) -> Decision:
        """Judge with all answers."""
        ...


def converse(guard: Answered, decision: Decision, intent: Intent, console: Console) -> Decision:
    """Ask until nothing is missing, somebody says no or nobody answers; then judge again."""
    needs, trouble = decision.needs, ""
    for _ in range(MAX_QUESTIONS):
        answer = console(_question(decision, needs, intent, trouble))
        if answer is None:
            break
        try:
            needs, trouble = answer_to(guard, decision.id, answer), ""
        except LocalError as error:  # a wrong PIN, a text that is none: asked again
            trouble = str(error)
        if not needs:
            break
    return guard.rejudge(decision.id)


def answer_to(guard: Answered, number: int, answer: Answer) -> Needs:
    """Give the guard one answer; what is still needed.

    :raises NotPermittedError: wrong id, PIN or code, locked out, no such right.
    :raises LocalError: a reason that cannot be kept.
    :raises StoreError: nothing by that number waits.
    """
    match answer:
        case Approve(approver=approver, pin=pin, code=code):
            return guard.approve(number, approver, pin, code)
        case Confirm(amount=amount):
            return guard.confirm(number, amount)
        case Prove(person=person, pin=pin, code=code):
            return guard.prove(number, person, pin, code)
        case Explain(reason=reason, purpose=purpose, customer=customer):
            return guard.explain(number, reason=reason, purpose=purpose, customer=customer)
        case Decline(person=person):
            guard.decline(number, person)
            return frozenset()


def _question(decision: Decision, needs: Needs, intent: Intent, trouble: str) -> Question:
    money = intent.money
    if money is None:
        return Question(decision.id, needs, decision.say, trouble=trouble)
    return Question(
        decision.id,
        needs,
        decision.say,
        money.amount,
        f"{format_amount(money.amount, money.currency)} {money.currency}",
        daxie(money.amount, money.currency),
        trouble,
    )
