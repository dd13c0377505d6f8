"""How a rule asks people: a second person (or the owner alone), or the amount once more."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pos_guard.clock import SECOND
from pos_guard.model import Words
from pos_guard.policy.approval import REFUSALS, Approval, Owner, alone_of, approval, owner_rule
from pos_guard.policy.policy import Policy
from pos_guard.policy.request import Request
from pos_guard.policy.rule import allow, amount_text, deny, require
from pos_guard.policy.verdict import Finding, Input, Need, Reason


@dataclass(frozen=True, slots=True)
class Concern:
    """What a rule found that people have to answer for.

    ``say`` is said while nobody has answered yet, and asks for what is needed.
    """

    rule: str
    reason: Reason
    say: Words
    inputs: Mapping[str, Input]


def ask_second_person(concern: Concern, request: Request, policy: Policy, amount: int) -> Finding:
    """Hold until a second person agrees to ``amount``, or the owner rule is fulfilled.

    An approver who does not count denies, whatever the owner rule says: nobody is asked twice
    until one fits.
    """
    answer = approval(request, policy, amount)
    if answer is Approval.MISSING:
        return _alone(concern, request, policy, amount)
    who = None if request.approver is None else request.approver.id
    if answer is Approval.VALID:
        zh, en = "经理已批准。", "A manager approved it."
        return allow(concern.rule, zh, en, approver=who, **concern.inputs)
    return deny(concern.rule, concern.reason, REFUSALS[answer], approver=who, **concern.inputs)


def _alone(concern: Concern, request: Request, policy: Policy, amount: int) -> Finding:
    rule, inputs = concern.rule, concern.inputs
    answer = owner_rule(request, policy, amount)
    if answer is Owner.NOT_HIS:
        return require(rule, Need.APPROVAL, concern.reason, concern.say, **inputs)
    if answer is Owner.ASKED:
        return require(rule, Need.OWNER, concern.reason, _owner_words(request, policy), **inputs)
    zh, en = "店主本人已验证。", "The owner proved himself."
    return allow(rule, zh, en, owner=str(answer), **inputs)


def _owner_words(request: Request, policy: Policy) -> Words:
    alone = alone_of(request, policy)
    parts: list[tuple[str, str]] = []
    if alone is not None and alone.totp:
        parts.append(
            ("输入您的 PIN 和动态口令", "enter your PIN and the code of your authenticator")
        )
    if alone is not None and alone.delay_s > 0:
        left_us = alone.delay_s * SECOND - request.answers.waited_us
        left_s = -(-left_us // SECOND)
        parts.append((f"{left_s} 秒后再次提交", f"ask again in {left_s} seconds"))
    zh, en = "，或".join(part[0] for part in parts), ", or ".join(part[1] for part in parts)
    return Words(f"须店主本人验证：请{zh}。", f"The owner has to stand for this: {en}.")


def ask_amount_again(concern: Concern, request: Request, policy: Policy, amount: int) -> Finding:
    """Hold until the amount was entered once more, and is the same."""
    rule, inputs, confirmed = concern.rule, concern.inputs, request.answers.confirmed
    if confirmed is None:
        return require(rule, Need.CONFIRMATION, concern.reason, concern.say, **inputs)
    if confirmed == amount:
        return allow(rule, "金额已再次确认。", "The amount was confirmed.", **inputs)
    words = _other_amount(confirmed, amount, policy)
    return deny(rule, Reason.AMOUNT, words, confirmed=confirmed, **inputs)


def _other_amount(confirmed: int, amount: int, policy: Policy) -> Words:
    again, first = amount_text(confirmed, policy), amount_text(amount, policy)
    return Words(
        f"再次输入的 {again} 与 {first} 不同，请核对后重新开始。",
        f"{again} was entered again, but {first} was asked for. Check it and start over.",
    )
