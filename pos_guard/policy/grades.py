"""How strict a rule is, where the policy may choose: one word for each level of a finding."""

from __future__ import annotations

from dataclasses import replace

from pos_guard.model import Words
from pos_guard.policy.asks import Concern, ask_second_person
from pos_guard.policy.policy import Policy
from pos_guard.policy.request import Request
from pos_guard.policy.rule import Choice, Tighter, deny, graded, intent_of, overridable
from pos_guard.policy.verdict import Finding, Level

GRADES = ("allow", "warn", "require", "override", "deny")
"""``require``: a second person. ``override``: refused, unless a signed override lifts it."""


# What follows from a concern, which itself says what is wrong and what would be right.
_THEN = {
    "warn": Words("请留意。", "Please note it."),
    "require": Words(
        "要继续办理，请经理批准。", "To go on all the same, ask a manager to approve."
    ),
    "override": Words("确有必要，请经理授权。", "A manager may permit an exception."),
}


def grade(default: str, lowest: str = "allow") -> Choice:
    """An option of ``GRADES`` from ``lowest`` on."""
    return Choice(GRADES[GRADES.index(lowest) :], default, Tighter.HIGHER)


def found(word: str, concern: Concern, request: Request, policy: Policy) -> Finding:
    """The finding that a word of ``GRADES`` makes of a concern.

    ``concern.say`` holds for each of them: what is wrong, and what would be right. What the word
    means for the cashier is added here.
    """
    then = _THEN.get(word)
    if then is not None:
        say = Words(concern.say.zh + then.zh, f"{concern.say.en} {then.en}")
        concern = replace(concern, say=say)
    rule, reason, say, inputs = concern.rule, concern.reason, concern.say, concern.inputs
    if word == "require":
        intent = intent_of(request)
        amount = 0 if intent is None or intent.amount is None else intent.amount
        return ask_second_person(concern, request, policy, amount)
    if word == "override":
        return overridable(rule, reason, say, **inputs)
    if word in ("allow", "warn"):
        return graded(rule, Level[word.upper()], reason, say, **inputs)
    return deny(rule, reason, say, **inputs)
