"""All rules, in the order in which their findings stand (and equals are decided by the first)."""

from __future__ import annotations

from pos_guard.policy.rule import Rule
from pos_guard.policy.rules import (
    amount_matches_order,
    cash_declared,
    clock_trusted,
    code_channel,
    code_fresh,
    code_kind,
    currency,
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
    receipt_total,
    remaining,
    unreferenced,
    within_limit,
)

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
    Rule(original_tender.ID, original_tender.check, "money goes back the way it came"),
    Rule(unreferenced.ID, unreferenced.check, "a refund without its sale has a cap and two people"),
    Rule(within_limit.ID, within_limit.check, "above the limit a second person agrees"),
    Rule(code_kind.ID, code_kind.check, "only a payment code is charged"),
    Rule(code_channel.ID, code_channel.check, "the code belongs to the chosen channel"),
    Rule(code_fresh.ID, code_fresh.check, "a code is new and young", code_fresh.OPTIONS),
    Rule(receipt_payees.ID, receipt_payees.check, "a printed code pays the shop"),
    Rule(
        cash_declared.ID,
        cash_declared.check,
        "cash on paper went through the drawer",
        cash_declared.OPTIONS,
    ),
    Rule(receipt_paid.ID, receipt_paid.check, "no PAID before the payment"),
    Rule(
        receipt_total.ID,
        receipt_total.check,
        "the paper states what was paid",
        receipt_total.OPTIONS,
    ),
    Rule(receipt_copies.ID, receipt_copies.check, "copies are counted"),
)
