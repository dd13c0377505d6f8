"""Which limits of a policy concern a request, and what they come to with it.

Always state *and* this request (CORE-POS #455): no limit is ever compared with the state alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from pos_guard.policy.history import payer_token
from pos_guard.policy.policy import Limit, Per, Policy, Window
from pos_guard.policy.request import Person, Request, Total, operation_of
from pos_guard.policy.rule import intent_of


class Tally(NamedTuple):
    """One limit and what it comes to with this request; None: that cannot be told."""

    limit: Limit
    total: Total | None

    @property
    def over(self) -> bool:
        """Above the limit, or nobody knows."""
        if self.total is None:
            return True
        limit = self.limit
        too_much = limit.amount is not None and self.total.amount > limit.amount
        return too_much or (limit.count is not None and self.total.count > limit.count)


def concerns(limit: Limit, request: Request, person: Person | None) -> bool:
    """Whether a limit counts for this request, asked for (or approved) by ``person``.

    Nobody known: the limits of every role count. A limit per sale or per payer concerns only
    requests that have one.
    """
    return operation_of(request) in limit.operations and _counts_for(limit, request, person)


def _counts_for(limit: Limit, request: Request, person: Person | None) -> bool:
    if limit.roles and person is not None and person.role not in limit.roles:
        return False
    if limit.window is Window.TRANSACTION:
        return True
    if limit.per is Per.SALE:
        return request.sale is not None
    return limit.per is not Per.PAYER or payer_token(request) is not None


def tallies(request: Request, policy: Policy) -> Iterator[Tally]:
    """Every limit that concerns the operator's request, with this request counted in."""
    operation = operation_of(request)
    for limit in policy.limits:
        if operation in limit.operations and _counts_for(limit, request, request.operator):
            yield tally(limit, request, request.totals)


def approver_tallies(request: Request, policy: Policy) -> Iterator[Tally]:
    """The limits that name the approver's role: he lends nobody more than he has himself.

    A limit for everybody is not among them: its second person is the approver.
    """
    approver = request.approver
    if approver is None:
        return
    for limit in policy.limits:
        if approver.role in limit.roles and concerns(limit, request, approver):
            own = limit.per is Per.OPERATOR
            yield tally(limit, request, request.approver_totals if own else request.totals)


def tally(limit: Limit, request: Request, totals: Mapping[str, Total]) -> Tally:
    """State and this request together, in minor units and in requests."""
    intent = intent_of(request)
    before = Total() if limit.window is Window.TRANSACTION else totals.get(limit.id)
    amount = None if intent is None else intent.amount
    if before is None or (limit.amount is not None and amount is None):
        return Tally(limit, None)
    # An amount below zero takes nothing off a sum.
    asked = amount if amount is not None and amount > 0 else 0
    return Tally(limit, Total(before.amount + asked, before.count + 1))
