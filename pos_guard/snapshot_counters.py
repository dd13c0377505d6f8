"""What limits and patterns count: totals, recent requests, the payer, the operator, the usual."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from pos_guard.clock import SECOND, Clock
from pos_guard.ledger.values import Scope, Sum
from pos_guard.model import Intent, IntentKind
from pos_guard.policy.history import payer_token
from pos_guard.policy.policy import Limit, Per, Policy, Window
from pos_guard.policy.request import (
    OperatorState,
    PayerState,
    Person,
    Request,
    Total,
    Usual,
    operation_of,
)
from pos_guard.snapshot_time import day_start_us
from pos_guard.store.counters import Whose
from pos_guard.store.store import Store

_ERRORS_US = 1800 * SECOND
"""Errors of the last half hour say how somebody is doing now."""


Scopes = type[Per] | tuple[Per, ...]

_OWN = (Per.OPERATOR,)

_ALL = tuple(per for per in Per if per is not Per.TERMINAL)
"""What terminals add up together."""


@dataclass(frozen=True, slots=True)
class Sums:
    """For each limit, by its id, what is to be added up: for the operator and for the approver."""

    own: dict[str, Sum]
    approver: dict[str, Sum]


class CounterSnapshots:
    """Adds to a request what the store has counted."""

    def __init__(self, store: Store, policy: Policy, clock: Clock) -> None:
        self._store = store
        self._counters = store.counters
        self._policy = policy
        self._clock = clock

    def counted(self, request: Request, intent: Intent) -> Request:
        """The same request with everything that is counted around it."""
        if intent.kind is IntentKind.BALANCE:
            return request
        token = payer_token(request)
        operator = request.operator
        return replace(
            request,
            totals=self._totals(request, operator, token, Per),
            approver_totals=self._totals(request, request.approver, token, _OWN),
            recent=self._counters.recent(
                None if operator is None else operator.id,
                token,
                None if request.order is None else request.order.key,
                None if request.sale is None else request.sale.sale_id,
                intent.kind,
            ),
            payer=None if token is None else self._payer(token),
            desk=None if operator is None else self._desk(operator.id),
            usual=self._usual(intent.kind),
        )

    def sums(self, request: Request) -> Sums:
        """What other terminals are asked about the limits that concern a request.

        They add nothing to a limit per terminal: that is this one.
        """
        token = payer_token(request)
        return Sums(
            {
                limit.id: _sum(limit, whose, since_us)
                for limit, whose, since_us in self._wanted(request, request.operator, token, _ALL)
            },
            {
                limit.id: _sum(limit, whose, since_us)
                for limit, whose, since_us in self._wanted(request, request.approver, token, _OWN)
            },
        )

    def _totals(
        self, request: Request, person: Person | None, token: str | None, scopes: Scopes
    ) -> dict[str, Total]:
        """What each limit that may concern the request has added up; nothing where nobody can."""
        return {
            limit.id: self._counters.total(whose, limit.operations, since_us)
            for limit, whose, since_us in self._wanted(request, person, token, scopes)
        }

    def _wanted(
        self, request: Request, person: Person | None, token: str | None, scopes: Scopes
    ) -> Iterator[tuple[Limit, Whose, int]]:
        """Each limit that may concern the request, whose requests it adds up, and since when."""
        operation = operation_of(request)
        for limit in self._policy.limits:
            if operation not in limit.operations or limit.per not in scopes:
                continue
            whose = _whose(limit, request, person, token)
            since_us = None if whose is None else self._since_us(limit, person)
            if whose is not None and since_us is not None:
                yield limit, whose, since_us

    def _since_us(self, limit: Limit, person: Person | None) -> int | None:
        """The first instant that counts, by the wall clock."""
        now = self._clock.wall_us()
        if limit.window is Window.ROLLING:
            return now - limit.seconds * SECOND + 1
        if limit.window is Window.DAY:
            return day_start_us(self._policy.hours, now)
        if limit.window is Window.SHIFT and person is not None:
            shift = self._store.shifts.current(person.id)
            return None if shift is None else shift.wall_us
        return None

    def _payer(self, token: str) -> PayerState:
        return replace(self._counters.payer(token), staff=self._store.tokens.owner(token))

    def _desk(self, operator: str) -> OperatorState:
        sold, refunded = self._counters.sold_and_refunded(operator)
        spread = self._counters.spread()
        return OperatorState(
            tier=self._store.people.tier(operator),
            on_shift_us=self._store.shifts.on_shift_us(operator),
            errors=self._counters.errors(operator, _ERRORS_US),
            sold=sold,
            refunded=refunded,
            shop_ppm=spread.mean_ppm,
            spread_ppm=spread.deviation_ppm,
            peers=spread.operators,
        )

    def _usual(self, kind: IntentKind) -> Usual | None:
        usual = self._counters.usual(kind)
        return usual if usual.count else None


def _whose(
    limit: Limit, request: Request, person: Person | None, token: str | None
) -> Whose | None:
    """Whose requests a limit adds up; None where that one is not known."""
    if limit.window is Window.TRANSACTION:
        return None
    if limit.per is Per.OPERATOR:
        return None if person is None else Whose(operator=person.id)
    if limit.per is Per.SALE:
        return None if request.sale is None else Whose(sale_id=request.sale.sale_id)
    if limit.per is Per.PAYER:
        return None if token is None else Whose(payer_token=token)
    # This store is one terminal; what others of the shop did, the shared ledger adds.
    return Whose()


def _sum(limit: Limit, whose: Whose, since_us: int) -> Sum:
    """The same question to the shared ledger."""
    scope, name = Scope.SHOP, ""
    if whose.operator is not None:
        scope, name = Scope.OPERATOR, whose.operator
    elif whose.sale_id is not None:
        scope, name = Scope.SALE, whose.sale_id
    elif whose.payer_token is not None:
        scope, name = Scope.PAYER, whose.payer_token
    return Sum(scope=scope, name=name, since_us=since_us, operations=limit.operations)
