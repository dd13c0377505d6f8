"""Rules about sums, counts and patterns over many requests. In the order of their findings."""

from __future__ import annotations

from pos_guard.policy.rule import Rule
from pos_guard.policy.rules import (
    duplicate_window,
    fatigue,
    limits,
    payer_net,
    payer_repeats,
    probation,
    refund_ratio,
    self_refund,
    split_under_limit,
    void_after_tender,
)

PATTERN_RULES: tuple[Rule, ...] = (
    Rule(limits.ID, limits.check, "sums and counts stay within the policy's limits"),
    Rule(
        duplicate_window.ID,
        duplicate_window.check,
        "the same again a moment later is meant",
        duplicate_window.OPTIONS,
    ),
    Rule(
        self_refund.ID,
        self_refund.check,
        "no refund to oneself, none to staff unseen",
        self_refund.OPTIONS,
    ),
    Rule(
        payer_net.ID,
        payer_net.check,
        "nobody gets back more than he was charged",
        payer_net.OPTIONS,
    ),
    Rule(
        payer_repeats.ID,
        payer_repeats.check,
        "one payer is not refunded again and again",
        payer_repeats.OPTIONS,
    ),
    Rule(
        split_under_limit.ID,
        split_under_limit.check,
        "a large refund is not split under the limit",
        split_under_limit.OPTIONS,
    ),
    Rule(
        void_after_tender.ID,
        void_after_tender.check,
        "paid sales are not voided late or often",
        void_after_tender.OPTIONS,
    ),
    Rule(
        refund_ratio.ID,
        refund_ratio.check,
        "an operator's refunds are in proportion to his sales",
        refund_ratio.OPTIONS,
    ),
    Rule(probation.ID, probation.check, "newcomers have a lower limit", probation.OPTIONS),
    Rule(fatigue.ID, fatigue.check, "tired people look twice", fatigue.OPTIONS),
)
