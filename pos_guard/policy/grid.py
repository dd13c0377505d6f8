"""Requests at the boundaries of policies: below, at and above every threshold that they state.

One base request per operation and role, in which nothing is wrong; then one thing at a time is
varied, and amounts together with who approves. What two policies decide differently shows here
where a threshold, a right, a mode or an option differs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product

from pos_guard.clock import SECOND
from pos_guard.model import (
    MONEY_IN,
    MONEY_OUT,
    Context,
    Intent,
    IntentKind,
    Known,
    Order,
    Purpose,
    Source,
    Tender,
)
from pos_guard.money import MAX_AMOUNT, Money
from pos_guard.policy.grid_moments import moments
from pos_guard.policy.payees import kind_of_tender
from pos_guard.policy.policy import Limit, Policy
from pos_guard.policy.registry import RULES
from pos_guard.policy.request import (
    Answers,
    Disk,
    LinkState,
    Moment,
    Network,
    OperatorState,
    OrderState,
    PayerState,
    Person,
    Recent,
    RefundPace,
    Request,
    SaleState,
    Tier,
    Total,
    Usual,
    operation_of,
)

MAX_CASES = 60_000
"""More than this would take minutes, and says no more."""

_DAY_US = 86_400 * SECOND
_WORKDAY = Moment(2, 12 * 60, "2026-03-04")
_TOKEN = "grid-payer"  # noqa: S105 - stands for a payer; hides nothing


@dataclass(frozen=True, slots=True)
class Case:
    """One request and what is special about it."""

    operation: str
    role: str
    what: str
    request: Request


def cases(policies: Sequence[Policy]) -> Iterator[Case]:
    """At most ``MAX_CASES`` requests that touch every threshold of these policies."""
    grid = _Grid(policies)
    for number, case in enumerate(grid.cases()):
        if number >= MAX_CASES:
            return
        yield case


class _Grid:
    def __init__(self, policies: Sequence[Policy]) -> None:
        self._policies = policies
        self._roles = sorted({name for policy in policies for name in policy.roles})
        self._limits = [limit for policy in policies for limit in policy.limits]
        codes = {code for policy in policies for code in policy.reasons}
        # One that all accept comes first: the base request gives it.
        self._reasons = sorted(codes, key=lambda code: (not self._all_accept(code), code))
        self._approvers = [None, *self._who_may_approve()]
        self._options = _options(policies)

    def cases(self) -> Iterator[Case]:
        for kind in IntentKind:
            for known in (True, False) if kind is IntentKind.REFUND else (True,):
                for role in self._roles:
                    yield from self._of(kind, role, known=known)

    def _of(self, kind: IntentKind, role: str, *, known: bool) -> Iterator[Case]:
        for amount in self._amounts():
            base = self._base(kind, role, amount, known=known)
            for approver in self._approvers:
                person = None if approver is None else Person("approver", approver)
                yield self._case(base, role, f"approved by {approver}", approver=person)
        base = self._base(kind, role, 100, known=known)
        for what, request in self._varied(base):
            yield Case(operation_of(request) or "", role, what, request)

    def _case(self, base: Request, role: str, what: str, approver: Person | None) -> Case:
        shown = what if approver is not None else ""
        return Case(operation_of(base) or "", role, shown, replace(base, approver=approver))

    def _varied(self, base: Request) -> Iterator[tuple[str, Request]]:
        yield from self._tenders(base)
        yield from self._sums(base)
        for tender in (Tender.CARD, Tender.WECHAT, Tender.CASH):
            for what, request in self._ages(self._paid_by(base, tender)):
                yield f"by {tender}, {what}", request
        yield from self._contexts(base)
        yield from _states(base)
        for policy in self._policies:
            for moment in moments(policy.hours):
                what = f"on {moment.date} at {moment.minute // 60:02}:{moment.minute % 60:02}"
                yield what, replace(base, moment=moment)

    def _tenders(self, base: Request) -> Iterator[tuple[str, Request]]:
        for tender in Tender:
            yield f"by {tender}", self._paid_by(base, tender)

    def _paid_by(self, base: Request, tender: Tender) -> Request:
        intent = replace(_intent(base), tender=tender, payee=self._payee(tender))
        sale = base.sale and replace(base.sale, tender=tender, payee=intent.payee)
        link = replace(base.link, payee=intent.payee)
        return replace(base, subject=intent, sale=sale, link=link)

    def _sums(self, base: Request) -> Iterator[tuple[str, Request]]:
        operation = operation_of(base)
        approvers = self._approvers[:: max(len(self._approvers) - 1, 1)]
        for limit in self._limits:
            if operation not in limit.operations:
                continue
            sums = _totals(limit, _intent(base).amount or 0)
            for (what, total), approver in product(sums, approvers):
                person = None if approver is None else Person("approver", approver)
                by = "" if approver is None else f", approved by {approver}"
                totals = {**base.totals, limit.id: total}
                yield what + by, replace(base, totals=totals, approver=person)

    def _ages(self, base: Request) -> Iterator[tuple[str, Request]]:
        """Ages and counts around every option of a rule, by what its name says that it counts."""
        intent = _intent(base)
        for seconds in self._near("_s"):
            past = Recent(seconds * SECOND, intent.kind, intent.tender, intent.amount or 0)
            past = replace(past, operator="operator", payer_token=_TOKEN, sale_id="T1-000001")
            yield f"the same {seconds} s ago", replace(base, recent=(past,))
            yield f"three like it {seconds} s ago", replace(base, recent=(past,) * 3)
            pace = RefundPace(_DAY_US, 1, seconds * SECOND)
            yield f"refunded {seconds} s ago", replace(base, pace=_pace(base, pace))
            waited = Answers(waited_us=seconds * SECOND)
            yield f"waited {seconds} s", replace(base, answers=waited)
        for days in self._near("_days"):
            sale = base.sale and replace(base.sale, age_us=days * _DAY_US)
            pace = RefundPace(days * _DAY_US)
            yield f"sold {days} days ago", replace(base, sale=sale, pace=_pace(base, pace))
        for hours in self._near("hours"):
            desk = OperatorState(on_shift_us=hours * 3600 * SECOND + 1)
            yield f"on shift for {hours} h", replace(base, desk=desk)
        for count in self._near("refunds") | self._near("errors"):
            yield f"{count} errors", replace(base, desk=OperatorState(errors=count))
            pace = RefundPace(_DAY_US, count)
            yield f"refunded {count} times", replace(base, pace=_pace(base, pace))

    def _contexts(self, base: Request) -> Iterator[tuple[str, Request]]:
        context = base.context
        for code in (None, *self._reasons):
            known = None if code is None else Known(code, Source.APP, 0)
            yield f"reason {code}", replace(base, context=replace(context, reason=known))
        for purpose in Purpose:
            known_purpose = Known(purpose, Source.APP, 0)
            told = replace(context, purpose=known_purpose)
            yield f"purpose {purpose}", replace(base, context=told)
        yield "no order", replace(base, order=None, context=replace(context, order=None))

    def _all_accept(self, code: str) -> bool:
        return all(code in policy.reasons for policy in self._policies)

    def _near(self, suffix: str) -> set[int]:
        found = {value for name, value in self._options if name.endswith(suffix)}
        return {value + step for value in found for step in (-1, 0, 1) if value + step >= 0}

    def _amounts(self) -> list[int]:
        stated: set[int] = {100}
        for policy in self._policies:
            for role in policy.roles.values():
                alone = None if role.alone is None else role.alone.limit
                known = (role.refund_limit, role.unreferenced_limit, role.approve_limit, alone)
                stated.update(value for value in known if value is not None)
        stated.update(limit.amount for limit in self._limits if limit.amount is not None)
        stated.update(value for name, value in self._options if _is_amount(name))
        near = {value + step for value in stated for step in (-1, 0, 1)}
        return sorted(value for value in near if 0 < value <= MAX_AMOUNT)

    def _who_may_approve(self) -> list[str]:
        return sorted(
            {
                role.name
                for policy in self._policies
                for role in policy.roles.values()
                if role.may_approve
            }
        )

    def _payee(self, tender: Tender) -> str | None:
        kind = kind_of_tender(tender)
        lists = () if kind is None else (policy.payees.of(kind) for policy in self._policies)
        return next((ids[0] for ids in lists if ids), None)

    def _base(self, kind: IntentKind, role: str, amount: int, *, known: bool) -> Request:
        """A request in which nothing is wrong but, perhaps, its amount."""
        currency, payee = self._policies[0].currency, self._payee(Tender.CARD)
        intent = Intent(kind, Tender.CARD, amount, currency, payee=payee)
        owed = Known(Order("A1", Money(amount, currency)), Source.APP, 0)
        reason = Known(self._reasons[0], Source.APP, 0) if self._reasons else None
        out = kind in MONEY_OUT or kind is IntentKind.PREAUTH_VOID
        return Request(
            subject=intent,
            context=Context(order=owed if kind in MONEY_IN else None, reason=reason),
            link=LinkState("grid", payee=payee),
            operator=Person("operator", role),
            order=OrderState("A1", amount, currency) if kind in MONEY_IN else None,
            sale=_sale(kind, amount, currency, payee) if out and known else None,
            pace=RefundPace(_DAY_US) if out and known else None,
            totals={limit.id: Total() for limit in self._limits},
            payer=PayerState(charged=MAX_AMOUNT),
            desk=OperatorState(on_shift_us=3600 * SECOND),
            usual=Usual(count=100, median=amount, p99=amount, highest=amount),
            moment=_WORKDAY,
        )


def _sale(kind: IntentKind, amount: int, currency: str, payee: str | None) -> SaleState:
    undone = kind is not IntentKind.REFUND
    paid = amount if undone else min(2 * amount, MAX_AMOUNT)
    return SaleState(
        "T1-000001",
        paid,
        currency,
        Tender.CARD,
        payee,
        age_us=3600 * SECOND if undone else _DAY_US,
        settled=not undone,
        operator="operator",
        order_key="A1",
    )


def _pace(base: Request, pace: RefundPace) -> RefundPace | None:
    return None if base.sale is None else pace


def _states(base: Request) -> Iterator[tuple[str, Request]]:
    """What may be wrong around a request."""
    yield "nobody signed in", replace(base, operator=None)
    yield "clock not trusted", replace(base, clock_trusted=False)
    yield "link frozen", replace(base, link=replace(base.link, frozen="tampered"))
    yield "outcome unknown", replace(base, link=replace(base.link, unresolved=1))
    yield "no terminal id yet", replace(base, link=replace(base.link, payee=None))
    yield "payee not listed", replace(base, subject=replace(_intent(base), payee="stranger"))
    yield "newcomer", replace(base, desk=OperatorState(Tier.PROBATION, on_shift_us=SECOND))
    yield "to himself", replace(base, payer=PayerState(charged=MAX_AMOUNT, staff="operator"))
    yield "to staff", replace(base, payer=PayerState(charged=MAX_AMOUNT, staff="colleague"))
    yield "payer never charged", replace(base, payer=PayerState())
    yield "amount entered again", replace(base, answers=Answers(_intent(base).amount))
    yield "owner's code", replace(base, answers=Answers(totp=True))
    yield "unusual amount", replace(base, usual=Usual(100, 1, 2, 3))
    for network in (Network.DEGRADED, Network.OFFLINE):
        yield f"network {network}", replace(base, network=network)
    for disk in (Disk.LOW, Disk.BAD):
        yield f"disk {disk}", replace(base, disk=disk)
    if base.sale is not None:
        yield "another terminal's sale", replace(base, sale=replace(base.sale, home=False))
        settled = replace(base.sale, settled=not base.sale.settled)
        yield f"settled {settled.settled}", replace(base, sale=settled)


def _totals(limit: Limit, amount: int) -> Iterator[tuple[str, Total]]:
    for step in (-1, 0, 1):
        if limit.amount is not None and limit.amount - amount + step >= 0:
            before = limit.amount - amount + step
            yield f"{limit.id}: sum before {before}", Total(before, 0)
        if limit.count is not None and limit.count - 1 + step >= 0:
            count = limit.count - 1 + step
            yield f"{limit.id}: {count} before", Total(0, count)


def _options(policies: Iterable[Policy]) -> set[tuple[str, int]]:
    """Every whole number that a rule's option has in one of the policies, by its name."""
    found: set[tuple[str, int]] = set()
    for policy in policies:
        for rule in RULES:
            stated = policy.setting(rule.id).options
            values = ((name, stated.get(name, kind.default)) for name, kind in rule.options.items())
            found |= {(name, value) for name, value in values if isinstance(value, int)}
    return found


def _is_amount(name: str) -> bool:
    """Options that hold minor units are named so."""
    return name in ("above", "from_amount") or name.endswith(("amount", "_cap"))


def _intent(request: Request) -> Intent:
    if not isinstance(request.subject, Intent):
        raise TypeError("the grid is made of intents")
    return request.subject
