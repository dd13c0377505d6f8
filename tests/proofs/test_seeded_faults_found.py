"""A fault that is put into a rule gives a counter-example, and the engine with it confirms it.

Each fault is one that other systems had, or one that a change of a rule might bring.
"""

from __future__ import annotations

import pytest

from pos_guard.model import IntentKind, Words
from pos_guard.policy.limits import tallies
from pos_guard.policy.policy import Policy
from pos_guard.policy.request import Request
from pos_guard.policy.rule import Check, Rule, allow, deny, money_out, require
from pos_guard.policy.rules import limits, remaining, within_limit
from pos_guard.policy.verdict import Finding, Level, Need, Reason
from tests.proofs.prover import Prover, kind_is, passes, there
from tests.proofs.questions import (
    over_limit,
    over_refund,
    self_approval,
    unseen_above_own_limit,
)
from tests.proofs.shops import proved
from tests.proofs.symbols import Assignment
from tests.proofs.test_packs_proved import eases

SAY = Words("须批准。", "Ask a supervisor.")


def broken(rule: str, check: Check) -> Prover:
    """The retail pack with one rule that does something else."""
    return proved("retail").with_rule(Rule(rule, check, "a fault"))


def confirmed(prover: Prover, found: Assignment | None) -> Request:
    """The counter-example as a request, which the engine with the fault lets pass."""
    assert found is not None
    assert prover.judge(found).allowed
    assert not proved("retail").judge(found).allowed
    return prover.request(found)


def any_approver(request: Request, policy: Policy) -> Finding | None:
    """Above the limit whoever may approve does, the operator himself included."""
    intent, operator = money_out(request), request.operator
    if intent is None or operator is None:
        return None
    role = policy.role(operator.role)
    own = 0 if role is None or role.refund_limit is None else role.refund_limit
    second = None if request.approver is None else policy.role(request.approver.role)
    agreed = second is not None and second.may_approve
    if intent.amount is not None and (intent.amount <= own or agreed):
        return allow(within_limit.ID, "可以。", "Fine.")
    return require(within_limit.ID, Need.APPROVAL, Reason.OVER_LIMIT, SAY)


def test_self_approval_is_found() -> None:
    prover = broken(within_limit.ID, any_approver)
    request = confirmed(prover, prover.witness(passes, self_approval(prover)))
    assert request.operator is not None
    assert request.approver is not None
    assert request.approver.id.casefold() == request.operator.id.casefold()


def test_an_approver_without_a_limit_of_his_own_is_found() -> None:
    prover = broken(within_limit.ID, any_approver)
    wanted = unseen_above_own_limit(prover.policy)
    request = confirmed(prover, prover.witness(passes, prover.allowed, wanted))
    assert request.approver is not None


def state_alone(request: Request, policy: Policy) -> Finding | None:
    """CORE-POS #455: what came before is compared, this request is not counted in."""
    for tally in tallies(request, policy):
        before = request.totals.get(tally.limit.id)
        most = tally.limit.amount
        if before is not None and most is not None and before.amount > most:
            return require(limits.ID, Need.APPROVAL, Reason.OVER_LIMIT, SAY)
    return allow(limits.ID, "可以。", "Fine.")


def test_a_limit_that_leaves_this_request_out_is_found() -> None:
    prover = broken(limits.ID, state_alone)
    limit = next(one for one in prover.policy.limits if one.id == "refunds-of-a-shift")
    found = prover.witness(
        passes, prover.allowed, over_limit(limit, prover.policy), there(limit.id)
    )
    request = confirmed(prover, found)
    before = request.totals.get(limit.id)
    assert before is not None
    assert before.amount <= (limit.amount or 0)


def forgets_the_unknown(request: Request, policy: Policy) -> Finding | None:
    """What is not known is taken for not done: it may be given back once more."""
    del policy
    intent, sale = money_out(request), request.sale
    if intent is None or sale is None:
        return None
    before = sale.posted + sale.reserved
    if intent.amount is None or intent.amount <= 0 or before + intent.amount > sale.paid:
        return deny(remaining.ID, Reason.REMAINING, SAY)
    return allow(remaining.ID, "可以。", "Fine.")


def test_an_unknown_refund_that_is_not_counted_is_found() -> None:
    prover = broken(remaining.ID, forgets_the_unknown)
    request = confirmed(prover, prover.witness(passes, prover.allowed, over_refund()))
    assert request.sale is not None
    assert request.sale.unknown > 0


def never(request: Request, policy: Policy) -> Finding | None:
    """A limit in the wrong direction: nothing is below nothing."""
    del policy
    intent = money_out(request)
    if intent is None or intent.amount is None:
        return None
    if intent.amount > 5_000 and intent.amount < 5_000:
        return deny(within_limit.ID, Reason.OVER_LIMIT, SAY)
    return allow(within_limit.ID, "可以。", "Fine.")


def test_a_dead_rule_is_found() -> None:
    prover = broken(within_limit.ID, never)
    assert prover.find(prover.finds(within_limit.ID, Level.WARN)) is None
    assert proved("retail").find(proved("retail").finds(within_limit.ID, Level.WARN)) is not None


def large_ones_are_somebody_elses(request: Request, policy: Policy) -> Finding | None:
    """Above some amount head office is told by telephone, so the rule looks away."""
    intent = money_out(request)
    if intent is not None and intent.amount is not None and intent.amount > 90_000:
        return allow(within_limit.ID, "可以。", "Fine.")
    return within_limit.check(request, policy)


def test_a_rule_that_is_looser_for_larger_amounts_is_found() -> None:
    prover = broken(within_limit.ID, large_ones_are_somebody_elses)
    assert prover.find(*eases(prover.finds(within_limit.ID, Level.REQUIRE))) is not None
    own = proved("retail").finds(within_limit.ID, Level.REQUIRE)
    assert proved("retail").find(*eases(own)) is None


def test_a_rule_that_forbids_everything_makes_the_policy_vacuous() -> None:
    def no(request: Request, policy: Policy) -> Finding | None:
        del policy
        return None if money_out(request) is None else deny(within_limit.ID, Reason.GUARD, SAY)

    prover = broken(within_limit.ID, no)
    refund = (kind_is(IntentKind.REFUND), there("sale"))
    assert prover.find(prover.allowed, *refund) is None
    assert proved("retail").find(proved("retail").allowed, *refund) is not None


def test_a_rule_that_raises_is_a_failure_of_the_proof_and_no_finding() -> None:
    def raises(request: Request, policy: Policy) -> Finding | None:
        raise RuntimeError(str(policy.version) + request.link.name)

    with pytest.raises(AssertionError, match="RuntimeError"):
        broken(within_limit.ID, raises)
