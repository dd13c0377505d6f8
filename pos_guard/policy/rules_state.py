"""Rules about the moment, the sale and what is known of both. In the order of their findings."""

from __future__ import annotations

from pos_guard.policy.rule import Rule
from pos_guard.policy.rules import (
    amount_confirmed,
    amount_usual,
    cart_adds_up,
    customer_matches,
    disk_trusted,
    frozen_scope,
    items_returned,
    offline,
    opening_hours,
    operation_fits_state,
    original_payee,
    original_payer,
    reason_given,
    reference_reused,
    tender_chosen,
)

STATE_RULES: tuple[Rule, ...] = (
    Rule(frozen_scope.ID, frozen_scope.check, "what somebody stopped stays stopped"),
    Rule(disk_trusted.ID, disk_trusted.check, "no money out above a failing disk"),
    Rule(offline.ID, offline.check, "offline only what is surely ours", offline.OPTIONS),
    Rule(
        operation_fits_state.ID,
        operation_fits_state.check,
        "what is asked fits the state of the sale",
        operation_fits_state.OPTIONS,
    ),
    Rule(items_returned.ID, items_returned.check, "nothing comes back more often than it was sold"),
    Rule(
        original_payer.ID,
        original_payer.check,
        "money goes back to who paid",
        original_payer.OPTIONS,
    ),
    Rule(
        original_payee.ID,
        original_payee.check,
        "money comes from the account that took it",
        original_payee.OPTIONS,
    ),
    Rule(
        opening_hours.ID,
        opening_hours.check,
        "money goes out in business hours",
        opening_hours.OPTIONS,
    ),
    Rule(
        tender_chosen.ID,
        tender_chosen.check,
        "the customer pays as was chosen",
        tender_chosen.OPTIONS,
    ),
    Rule(cart_adds_up.ID, cart_adds_up.check, "the goods add up to the amount"),
    Rule(reason_given.ID, reason_given.check, "whoever gives money back says why"),
    Rule(
        customer_matches.ID,
        customer_matches.check,
        "the customer knows the sale",
        customer_matches.OPTIONS,
    ),
    Rule(
        amount_usual.ID,
        amount_usual.check,
        "an unusual amount is entered again",
        amount_usual.OPTIONS,
    ),
    Rule(
        amount_confirmed.ID,
        amount_confirmed.check,
        "a large amount is read back and entered again",
        amount_confirmed.OPTIONS,
    ),
    Rule(reference_reused.ID, reference_reused.check, "a request number stands for one request"),
)
