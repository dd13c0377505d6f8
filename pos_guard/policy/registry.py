"""All rules, in the order in which their findings stand (and equals are decided by the first)."""

from __future__ import annotations

from collections.abc import Iterable

from pos_guard.errors import LocalError
from pos_guard.model import Receipt, Scan
from pos_guard.policy.rule import Rule
from pos_guard.policy.rules import (
    amount_matches_order,
    cash_declared,
    clock_trusted,
    code_amount,
    code_channel,
    code_deviations,
    code_fresh,
    code_kind,
    code_lookalike,
    code_one_attempt,
    code_own,
    code_typed,
    currency,
    drawer_reason,
    link_resolved,
    link_trusted,
    not_paid_twice,
    operation_permitted,
    operator_signed_in,
    original_tender,
    payee_known,
    receipt_copies,
    receipt_paid,
    receipt_payees,
    receipt_refunded,
    receipt_total,
    refund_window,
    remaining,
    unreferenced,
    within_limit,
)
from pos_guard.policy.rules_patterns import PATTERN_RULES
from pos_guard.policy.rules_state import STATE_RULES

RULES: tuple[Rule, ...] = (
    Rule(link_trusted.ID, link_trusted.check, "a frozen device moves no money"),
    Rule(clock_trusted.ID, clock_trusted.check, "no money out under a clock that is not trusted"),
    Rule(operator_signed_in.ID, operator_signed_in.check, "money out needs a signed-in operator"),
    Rule(operation_permitted.ID, operation_permitted.check, "the operator's role may do this"),
    Rule(currency.ID, currency.check, "the currency is the shop's"),
    Rule(not_paid_twice.ID, not_paid_twice.check, "one order is paid once"),
    Rule(link_resolved.ID, link_resolved.check, "an unknown outcome is resolved first"),
    Rule(payee_known.ID, payee_known.check, "the payee is on the list", payee_known.OPTIONS),
    Rule(
        amount_matches_order.ID,
        amount_matches_order.check,
        "the amount is what the order owes",
        amount_matches_order.OPTIONS,
    ),
    Rule(remaining.ID, remaining.check, "never more back than was paid"),
    Rule(
        refund_window.ID,
        refund_window.check,
        "a wallet's refunds keep to its limits",
        refund_window.OPTIONS,
    ),
    Rule(original_tender.ID, original_tender.check, "money goes back the way it came"),
    Rule(unreferenced.ID, unreferenced.check, "a refund without its sale has a cap and two people"),
    Rule(within_limit.ID, within_limit.check, "above the limit a second person agrees"),
    # These two say what a code is more exactly than its kind does: their words come first.
    Rule(code_own.ID, code_own.check, "our own sticker is not the customer's code", subjects=Scan),
    Rule(
        code_lookalike.ID,
        code_lookalike.check,
        "an address that imitates a wallet is fraud",
        subjects=Scan,
    ),
    Rule(code_kind.ID, code_kind.check, "only a payment code is charged"),
    Rule(
        code_deviations.ID,
        code_deviations.check,
        "a merchant code keeps to its format",
        code_deviations.OPTIONS,
        subjects=Scan,
    ),
    Rule(
        code_amount.ID,
        code_amount.check,
        "a merchant code asks for what the order owes",
        code_amount.OPTIONS,
        subjects=Scan,
    ),
    Rule(code_channel.ID, code_channel.check, "the code belongs to the chosen channel"),
    # Before the code's age: a fresh code would be refused, too, while the attempt is open.
    Rule(
        code_one_attempt.ID,
        code_one_attempt.check,
        "no second code while one is open",
        subjects=Scan,
    ),
    Rule(code_fresh.ID, code_fresh.check, "a code is new and young", code_fresh.OPTIONS),
    Rule(code_typed.ID, code_typed.check, "a typed code takes a right", code_typed.OPTIONS),
    Rule(receipt_payees.ID, receipt_payees.check, "a printed code pays the shop", subjects=Receipt),
    Rule(
        cash_declared.ID,
        cash_declared.check,
        "cash on paper went through the drawer",
        cash_declared.OPTIONS,
        subjects=Receipt,
    ),
    Rule(receipt_paid.ID, receipt_paid.check, "no PAID before the payment", subjects=Receipt),
    Rule(
        receipt_total.ID,
        receipt_total.check,
        "the paper states what was paid",
        receipt_total.OPTIONS,
        subjects=Receipt,
    ),
    Rule(
        receipt_refunded.ID,
        receipt_refunded.check,
        "a refund slip says what was given back",
        receipt_refunded.OPTIONS,
        subjects=Receipt,
    ),
    Rule(receipt_copies.ID, receipt_copies.check, "copies are counted", subjects=Receipt),
    Rule(
        drawer_reason.ID,
        drawer_reason.check,
        "the drawer opens for a reason",
        drawer_reason.OPTIONS,
        subjects=Receipt,
    ),
    *STATE_RULES,
    *PATTERN_RULES,
)


def check_rules(names: Iterable[str]) -> None:
    """Check that there are rules by these names.

    :raises LocalError: naming those that are none.
    """
    strange = set(names) - {rule.id for rule in RULES}
    if strange:
        raise LocalError(f"no such rule: {', '.join(sorted(strange))}")
