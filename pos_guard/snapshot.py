"""Fills the immutable request that rules judge, from the store, inside the open transaction."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from pos_guard.clock import Clock
from pos_guard.model import MONEY_OUT, Context, Intent, Receipt, Scan
from pos_guard.network import NetworkWatch
from pos_guard.policy.policy import Policy
from pos_guard.policy.request import (
    NO_ANSWERS,
    Answers,
    CodeState,
    Freeze,
    LinkState,
    Override,
    Person,
    Request,
    SaleState,
)
from pos_guard.snapshot_counters import CounterSnapshots, Sums
from pos_guard.snapshot_sale import SaleSnapshots
from pos_guard.snapshot_time import moment
from pos_guard.store.disk import DiskWatch, probe
from pos_guard.store.store import Store

# A clock before this program was written is a clock without a battery.
_EARLIEST_WALL_US = 1_767_225_600 * 1_000_000  # 2026-01-01

# NTP may slew a running clock; a step back of more is somebody setting it.
_WALL_SLACK_US = 2_000_000


class Snapshots:
    """Takes snapshots of the state around a subject.

    ``networks``: how the outside is reached, as links see it and as it was told.
    """

    def __init__(self, store: Store, policy: Policy, clock: Clock) -> None:
        self._store = store
        self._policy = policy
        self._clock = clock
        self._sales = SaleSnapshots(store, policy, clock)
        self._counters = CounterSnapshots(store, policy, clock)
        self.disk = DiskWatch(partial(probe, store.directory), clock)
        self.networks = NetworkWatch(clock)
        self.scanner_serves = False
        """A scanner serves this terminal: a code that it did not see was typed."""

    def of_intent(
        self,
        intent: Intent,
        context: Context,
        link: str,
        approver: Person | None,
        answers: Answers = NO_ANSWERS,
    ) -> Request:
        """The request for one money frame.

        :raises StoreError: when any of the state cannot be read: the request is denied then.
        """
        return self.counted(self.uncounted(intent, context, link, approver, answers))

    def uncounted(
        self,
        intent: Intent,
        context: Context,
        link: str,
        approver: Person | None,
        answers: Answers = NO_ANSWERS,
    ) -> Request:
        """The same without what limits and patterns count, which depends on the sale."""
        sale = self.sale(intent, context, link) if intent.kind in MONEY_OUT else None
        if sale is not None and intent.amount is None:
            # A void names no amount: it takes back all that is left.
            intent = replace(intent, amount=sale.remaining, currency=sale.currency)
        operator = self._person(context)
        return Request(
            subject=intent,
            context=context,
            link=self._link(link),
            operator=operator,
            approver=approver,
            order=self._sales.order(context),
            sale=sale,
            pace=None if sale is None else self._store.ledger.pace(sale.sale_id),
            code=self._charged_code(intent, context),
            same_reference=self._same_reference(intent, link),
            clock_trusted=self.clock_trusted(),
            moment=moment(self._policy.hours, self._clock.wall_us()),
            network=self.networks.state(),
            disk=self.disk.state(),
            freezes=self._freezes(operator, approver, sale),
            answers=answers,
            overrides=self._overrides(),
            break_glass=self._break_glass(),
            original_kind=None if sale else self._sales.original_kind(intent, link),
            reused=self._sales.reused(intent, link, sale, approver),
        )

    def counted(self, request: Request) -> Request:
        """A request for a money frame with everything that is counted around it."""
        intent = request.subject
        return self._counters.counted(request, intent) if isinstance(intent, Intent) else request

    def sums(
        self, intent: Intent, context: Context, approver: Person | None, sale: SaleState | None
    ) -> Sums:
        """What other terminals are asked about the limits that concern a money frame."""
        link, operator = LinkState(""), self._person(context)
        request = Request(intent, context, link, operator, approver=approver, sale=sale)
        return self._counters.sums(request)

    def of_scan(self, scan: Scan, context: Context, link: str) -> Request:
        """The request for one scanned code."""
        return Request(
            subject=scan,
            context=context,
            link=self._link(link),
            operator=self._person(context),
            order=self._sales.order(context),
            code=self._shown_code(scan, context),
            open_attempts=self._open_attempts(context) if scan.payable else 0,
            own_codes=() if scan.payable else self._store.stickers.payees(),
            clock_trusted=self.clock_trusted(),
        )

    def of_receipt(self, receipt: Receipt, context: Context, link: str) -> Request:
        """The request for one print job."""
        return Request(
            subject=receipt,
            context=context,
            link=self._link(link),
            operator=self._person(context),
            order=self._sales.order(context),
            paid=self._sales.paid(receipt, context),
            refunded=self._sales.refunded(receipt) if receipt.refund else 0,
            own_codes=self._store.stickers.payees() if receipt.payees else (),
            clock_trusted=self.clock_trusted(),
        )

    def sale(self, intent: Intent, context: Context, link: str) -> SaleState | None:
        """The known sale that an intent undoes."""
        return self._sales.sale(intent, context, link)

    def clock_trusted(self) -> bool:
        """Wall time is plausible and not behind what is already recorded."""
        now = self._clock.wall_us()
        return now >= max(_EARLIEST_WALL_US, self._store.audit.highest_wall_us() - _WALL_SLACK_US)

    def _person(self, context: Context) -> Person | None:
        return None if context.operator is None else self._store.people.get(context.operator.value)

    def _overrides(self) -> tuple[Override, ...]:
        active = self._store.overrides.active()
        return tuple(one for one in active if one.by is not None and self._may_resolve(one.by))

    def _break_glass(self) -> str | None:
        opened = self._store.glass.open()
        return None if opened is None or not self._may_resolve(opened.person) else opened.name

    def _may_resolve(self, person_id: str) -> bool:
        """Whoever lost the right, or left, leaves no exception behind."""
        person = self._store.people.get(person_id)
        role = None if person is None else self._policy.role(person.role)
        return role is not None and role.may_resolve

    def _freezes(
        self, operator: Person | None, approver: Person | None, sale: SaleState | None
    ) -> tuple[Freeze, ...]:
        return self._store.freezes.concerning(
            terminal=self._store.terminal_id,
            operator=None if operator is None else operator.id,
            approver=None if approver is None else approver.id,
            sale=None if sale is None else sale.sale_id,
        )

    def _link(self, name: str) -> LinkState:
        frozen, payee = self._store.links.state(name)
        unresolved = len(self._store.ledger.unresolved(name))
        return LinkState(name=name, frozen=frozen, unresolved=unresolved, payee=payee)

    def _open_attempts(self, context: Context) -> int:
        key = None if context.order is None else context.order.value.key
        return self._store.ledger.open_attempts(key)

    def _shown_code(self, scan: Scan, context: Context) -> CodeState | None:
        if not scan.payable:
            return None
        seen = self._store.codes.seen(scan.token)
        scanned = not scan.typed or (seen is not None and seen.scanned)
        return CodeState(
            used=seen is not None and seen.used,
            scanned=scanned,
            age_us=0 if seen is None else seen.age_us,
            scheme=scan.scheme,
            typed=not scanned,
            rescans=context.rescans,
        )

    def _charged_code(self, intent: Intent, context: Context) -> CodeState | None:
        if intent.payer_token is None:
            return None
        payer, seen = intent.payer, self._store.codes.seen(intent.payer_token)
        scanned = seen is not None and seen.scanned
        typed = self.scanner_serves or seen is not None or (payer is not None and payer.typed)
        return CodeState(
            used=seen is not None and seen.used,
            scanned=scanned,
            age_us=0 if seen is None else seen.age_us,
            scheme=None if payer is None else payer.scheme,
            typed=typed and not scanned,
            rescans=context.rescans,
        )

    def _same_reference(self, intent: Intent, link: str) -> bool:
        if intent.reference is None:
            return False
        return self._store.ledger.same_reference(link, intent.reference) is not None
