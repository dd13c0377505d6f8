"""What must never be, as formulas over one request; asked of the packs and of broken rules."""

from __future__ import annotations

import z3

from pos_guard.clock import SECOND
from pos_guard.model import MONEY_OUT
from pos_guard.policy.policy import REFUND_UNREFERENCED, Alone, Limit, Per, Policy, Role, Window
from pos_guard.policy.request import Network
from pos_guard.policy.rules import offline
from tests.proofs.prover import Prover, chosen, instead, kind_is, number, there
from tests.proofs.symbols import Formula

SAME_PERSON = 1
"""Place of the operator's own id, in other letters, among the approver's."""


def over_refund() -> Formula:
    """Given back, on the way, unknown and asked for together are more than was paid."""
    before = number("sale.posted") + number("sale.reserved") + number("sale.unknown")
    asked = z3.If(there("amount"), number("amount"), number("sale.paid"))
    return z3.And(kind_is(*MONEY_OUT), there("sale"), before + asked > number("sale.paid"))


def self_approval(prover: Prover) -> Formula:
    """One's own yes lets something pass that would not pass without any."""
    own = z3.And(z3.Not(chosen("approver", 0)), chosen("approver.id", SAME_PERSON))
    alone = instead(prover.allowed, approver=0)
    return z3.And(own, z3.Not(chosen("operator", 0)), prover.allowed, z3.Not(alone))


def second_person(policy: Policy) -> Formula:
    """Somebody else agreed who may, up to his own limit."""
    approving = [role for role in policy.roles.values() if role.may_approve]
    agreed = [
        z3.And(chosen("approver", place), number("amount") <= role.approve_limit)
        for place, role in enumerate(approving, start=1)
        if role.approve_limit is not None
    ]
    return z3.And(z3.Not(chosen("approver.id", SAME_PERSON)), z3.Or(agreed))


def owner_stands(policy: Policy) -> Formula:
    """The owner of a one-person shop proved himself, within his limit."""
    return z3.Or(
        [
            z3.And(chosen("operator", place), _owner(role.alone))
            for place, role in _roles(policy)
            if role.alone is not None
        ]
    )


def _owner(alone: Alone) -> Formula:
    waited = number("answers.waited_us") >= alone.delay_s * SECOND
    proofs = [chosen("answers.totp", 1)] if alone.totp else []
    proofs += [waited] if alone.delay_s else []
    return z3.And(number("amount") <= alone.limit, z3.Or(proofs))


def unseen_above_own_limit(policy: Policy) -> Formula:
    """Money out above the operator's limit, or by nobody, and nobody else who counts agreed."""
    known = [
        z3.And(chosen("operator", place), number("amount") > (role.refund_limit or 0))
        for place, role in _roles(policy)
    ]
    stranger = chosen("operator", 0, len(policy.roles) + 1)
    agreed = z3.Or(second_person(policy), owner_stands(policy))
    above = z3.Or(stranger, z3.Not(there("amount")), z3.And(z3.Or(known), z3.Not(agreed)))
    return z3.And(kind_is(*MONEY_OUT), above)


def unseen_without_its_sale(policy: Policy) -> Formula:
    """Money out for a sale that nobody knows, above the cap or without a second person."""
    above = [
        z3.And(chosen("operator", place), number("amount") > (role.unreferenced_limit or 0))
        for place, role in _roles(policy)
    ]
    bad = z3.Or(*above, z3.Not(second_person(policy)))
    return z3.And(kind_is(*MONEY_OUT), z3.Not(there("sale")), bad)


def offline_beyond_its_limit(policy: Policy) -> Formula:
    """Money out without the network: not at home, no sale, or more than may be."""
    options = policy.setting(offline.ID).options
    most = int(options.get("offline_amount", offline.OPTIONS["offline_amount"].default))
    roles = [
        z3.And(chosen("operator", place), number("amount") > (role.refund_limit or 0))
        for place, role in _roles(policy)
    ]
    elsewhere = z3.Or(z3.Not(there("sale")), chosen("sale.home", 1))
    bad = z3.Or(elsewhere, number("amount") > most, *roles)
    network = chosen("network", list(Network).index(Network.OFFLINE))
    return z3.And(kind_is(*MONEY_OUT), network, bad)


def over_limit(limit: Limit, policy: Policy) -> Formula:
    """State and this request are above a limit, or not known, and nobody else agreed."""
    before = limit.window is not Window.TRANSACTION
    amount = number(f"{limit.id}.amount") if before else z3.IntVal(0)
    count = number(f"{limit.id}.count") if before else z3.IntVal(0)
    over = [z3.Not(there(limit.id))] if before else []
    if limit.amount is not None:
        over.append(amount + number("amount") > limit.amount)
    if limit.count is not None:
        over.append(count + 1 > limit.count)
    agreed = z3.Or(second_person(policy), owner_stands(policy))
    return z3.And(_concerned(limit), there("amount"), z3.Or(over), z3.Not(agreed))


def _concerned(limit: Limit) -> Formula:
    kinds = [chosen("kind", *_places(limit.operations - {REFUND_UNREFERENCED}))]
    refund = _places(frozenset({"refund"}))
    if REFUND_UNREFERENCED in limit.operations:
        kinds.append(z3.And(chosen("kind", *refund), z3.Not(there("sale"))))
    known = [z3.Or(z3.Not(chosen("kind", *refund)), there("sale"))]
    referenced = known if REFUND_UNREFERENCED not in limit.operations else []
    whose = []
    if limit.per is Per.SALE:
        whose.append(there("sale"))
    if limit.per is Per.PAYER:
        whose.append(z3.Not(chosen("payer_token", 0)))
    return z3.And(chosen("subject", 0), z3.Or(kinds), *referenced, *whose)


def _places(operations: frozenset[str]) -> list[int]:
    from pos_guard.model import IntentKind

    return [place for place, kind in enumerate(IntentKind) if str(kind) in operations]


def _roles(policy: Policy) -> list[tuple[int, Role]]:
    return list(enumerate(policy.roles.values(), start=1))
