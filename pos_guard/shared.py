"""The guard's side of the shared ledger: ask before money goes out.

Without a configured ledger everything passes unchanged. With one, a refund is recorded here,
reserved there, noted here, and only then sent. What cannot be asked about is denied, unless this
store holds the sale; everything else is told later, in order (``telling_shared``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from pos_guard.clock import Clock
from pos_guard.decision import Decision
from pos_guard.frames.decoded import Json
from pos_guard.ledger.port import LEASE_GRACE_US, LedgerError, SharedLedger
from pos_guard.ledger.values import Answer, Case, RefundPhase, Reservation, SharedSale, Sum
from pos_guard.model import MONEY_OUT, Context, Intent, Words
from pos_guard.policy.request import Network, Request, SaleState, Total
from pos_guard.policy.verdict import Finding, Input, Level, Reason, Verdict
from pos_guard.snapshot_counters import Sums
from pos_guard.store.ledger import Phase
from pos_guard.store.outbox import Owed
from pos_guard.store.store import Store
from pos_guard.telling_shared import FORKED_WORDS, Teller

RULE = "engine.shared-ledger"

_OFFLINE = Words(
    "总账无法连接，此单不能退款。请待网络恢复后再试。",
    "The shared ledger cannot be reached, so this is not refunded. Try again when it is back.",
)
_ANSWERS = {
    Answer.NOT_ENOUGH: (
        Reason.REMAINING,
        Words(
            "此单在别处已退款，余额不足。请核对原单。",
            "Too much of this sale was refunded already, perhaps at another till. Check the sale.",
        ),
    ),
    Answer.UNKNOWN_SALE: (
        Reason.ORIGINAL,
        Words(
            "总账中没有此单，不能退款。请到原门店办理。",
            "The shared ledger does not know this sale. Refund it where it was made.",
        ),
    ),
    Answer.OTHER_CURRENCY: (
        Reason.CURRENCY,
        Words(
            "退款币种与原单不同。请核对原单。",
            "The refund is in another currency than the sale. Check the sale.",
        ),
    ),
    Answer.HELD: (
        Reason.ORIGINAL,
        Words(
            "此单由原门店保留，暂不能在此退款。请到原门店办理。",
            "This sale is still held by the store that made it. Refund it there.",
        ),
    ),
    Answer.CONFLICT: (
        Reason.DUPLICATE,
        Words(
            "退款编号已用于另一笔请求，已拦下。请通知经理。",
            "This refund's number was used for another request. Call the manager.",
        ),
    ),
}


@dataclass(frozen=True, slots=True)
class View:
    """What the shared ledger said before a request was judged.

    ``sale``: as all terminals together know it. ``held``: this store alone may refund it now,
    whatever the network does. ``others``: what other terminals add to each limit of ``operator``;
    ``approver_others``: to those of the approver.
    """

    network: Network
    sale_id: str | None = None
    sale: SaleState | None = None
    held: bool = False
    operator: str | None = None
    others: Mapping[str, Total] = field(default_factory=dict[str, Total])
    approver_others: Mapping[str, Total] = field(default_factory=dict[str, Total])

    def counted(self, request: Request) -> Request:
        """The request with what other terminals add to its limits."""
        return replace(
            request,
            totals=_together(request.totals, self.others),
            approver_totals=_together(request.approver_totals, self.approver_others),
        )

    def seen(self, request: Request) -> Request:
        """The request with what all terminals together know of its sale."""
        sale = request.sale
        other_sale = sale is not None and sale.sale_id != self.sale_id
        if other_sale or self.operator != _operator_of(request.context):
            # Somebody else came, or something else was scanned meanwhile: that was not asked about.
            home = None if sale is None else replace(sale, home=False)
            return replace(request, sale=home, network=Network.OFFLINE)
        if self.network is Network.OFFLINE:
            home = None if sale is None else replace(sale, home=self.held)
            return replace(request, sale=home, network=Network.OFFLINE)
        if self.sale is None or sale is None:
            return replace(request, sale=sale or self.sale)
        # What other terminals gave back of it counts as ours does.
        missing = max(0, sale.remaining - self.sale.remaining)
        return replace(request, sale=replace(sale, posted=sale.posted + missing))


class Shared:
    """Asks one shared ledger.

    Every call to the ledger is bounded by its own deadline (two seconds unless set otherwise).
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        ledger: SharedLedger,
        *,
        merchant: str,
        lease_us: int = 0,
    ) -> None:
        self._store = store
        self._clock = clock
        self._ledger = ledger
        self.teller = Teller(store, clock, ledger, lease_us=lease_us)
        with store.transaction():
            store.outbox.configure(merchant, lease_us)

    def look(
        self,
        intent: Intent,
        context: Context,
        known: SaleState | None,
        sums: Callable[[SaleState | None], Sums],
    ) -> View | None:
        """Ask for the sale that an intent undoes, and for limits; None: there is nothing to ask.

        ``known``: that sale, if this store made it. ``sums``: what the limits add up, once the sale
        is known. Call it outside of a transaction: it may wait for the network, twice at most.
        """
        if intent.kind not in MONEY_OUT:
            return None
        sale_id = None if known is None else known.sale_id
        if known is None and intent.original is None and context.original is not None:
            sale_id = context.original.value
        held = sale_id is not None and self._holds(sale_id)
        operator = _operator_of(context)
        offline = View(Network.OFFLINE, sale_id, held=held, operator=operator)
        if not self.teller.caught_up():
            return offline
        try:
            found = None if sale_id is None else self._ledger.sale(sale_id)
            sale = None if found is None else self._state(found)
            asked = sums(known or sale)
            others = self._totals(asked.own)
            approver_others = self._totals(asked.approver)
        except LedgerError as error:
            self.teller.down(error)
            return offline
        return View(Network.ONLINE, sale_id, sale, held, operator, others, approver_others)

    def knows(self, sale_id: str) -> bool:
        """Some terminal told of this sale; False also when the ledger cannot be asked."""
        try:
            return self._ledger.sale(sale_id) is not None
        except LedgerError as error:
            self.teller.down(error)
            return False

    def confirm(self, decision: Decision, view: View | None) -> Decision:
        """The last word on an allowed refund: reserved there, or ours alone to give.

        Its entry is durable by now. When this returns an allowed decision the caller may send;
        otherwise it was not sent, and a new entry has failed, durably. Outside of a transaction.

        :raises StoreError: when that cannot be recorded; nothing may be sent then.
        """
        if view is None or not decision.allowed:
            return decision
        owed = self._store.outbox.reservation(decision.id)
        entry = self._store.ledger.entry(decision.id)
        if owed is None or owed.offline or entry.phase is not Phase.RESERVED:
            return self._again(decision, view)
        if view.network is Network.OFFLINE:
            return self._alone(decision, owed, view)
        try:
            ask = self.teller.ask(entry, owed.amount)
            given = self._ledger.reserve(ask, self._clock.wall_us())
        except LedgerError as error:
            self.teller.down(error)
            return self._failed(decision, None)
        with self._store.transaction():
            self._store.outbox.told(owed.seq)
            self._log(decision, "asked", given)
        if not given.granted:
            return self._failed(decision, given)
        return decision if self._submitted(decision) else self._failed(decision, None)

    def cases(self) -> tuple[Case, ...]:
        """The open cases of all terminals.

        :raises LedgerError: when the ledger cannot be asked.
        """
        return self._ledger.cases()

    def close_case(self, name: str, person: str) -> Case | None:
        """Close one for all terminals; None: none is open by that name.

        :raises LedgerError: when the ledger cannot be asked.
        """
        return self._ledger.close_case(name, person, self._clock.wall_us())

    def take_over(self, sale_id: str, until_us: int) -> bool:
        """Become the store that may refund a sale offline. Only online; False: it is not free.

        :raises LedgerError: when the ledger cannot be asked, or does not know the sale.
        """
        terminal = self._store.terminal_id
        lease = self._ledger.take_over(sale_id, terminal, until_us, self._clock.wall_us())
        if lease.granted:
            with self._store.transaction():
                self._store.outbox.hold(sale_id, lease.until_us)
                body: dict[str, Json] = {"sale": sale_id, "until_us": lease.until_us}
                self._store.audit.append("lease", body)
        return lease.granted

    def _again(self, decision: Decision, view: View) -> Decision:
        """The same request under its own number, judged before: its reservation must stand."""
        if view.network is Network.OFFLINE:
            alone = view.held and not self.teller.forked
            return decision if alone else _denied(decision, *self._unreached(), "unreachable")
        try:
            phase = self._ledger.refund(self.teller.name(decision.id))
        except LedgerError as error:
            self.teller.down(error)
            return _denied(decision, *self._unreached(), "unreachable")
        stands = phase in (RefundPhase.SUBMITTED, RefundPhase.UNKNOWN, RefundPhase.POSTED)
        if stands or (phase is RefundPhase.RESERVED and self._submitted(decision)):
            return decision
        return _denied(decision, *_ANSWERS[Answer.NOT_ENOUGH], str(phase))

    def _submitted(self, decision: Decision) -> bool:
        try:
            return self._ledger.submitted(self.teller.name(decision.id), self._clock.wall_us())
        except LedgerError as error:
            self.teller.down(error)
            return False

    def _alone(self, decision: Decision, owed: Owed, view: View) -> Decision:
        """Without the ledger only the holder of a sale may go on."""
        if not view.held or self.teller.forked or decision.sale_id != view.sale_id:
            return self._failed(decision, None)
        with self._store.transaction():
            self._store.outbox.went_offline(owed.seq)
            self._log(decision, "offline", None)
        return decision

    def _failed(self, decision: Decision, given: Reservation | None) -> Decision:
        """It was never sent. What the ledger may hold for it is released by its outcome."""
        with self._store.transaction():
            self._store.ledger.move(decision.id, Phase.FAILED)
            self._log(decision, "not-sent", given)
        if given is not None and given.answer is Answer.CONFLICT:
            # The number is another's: to tell of it would be to settle that one's refund.
            self.teller.fork({"refund": self.teller.name(decision.id)})
        if given is None or given.answer not in _ANSWERS:
            return _denied(decision, *self._unreached(), "unreachable")
        return _denied(decision, *_ANSWERS[given.answer], str(given.answer))

    def _unreached(self) -> tuple[Reason, Words]:
        return Reason.OFFLINE, FORKED_WORDS if self.teller.forked else _OFFLINE

    def _log(self, decision: Decision, how: str, given: Reservation | None) -> None:
        body: dict[str, Json] = {"entry": decision.id, "link": decision.link, "how": how}
        if given is not None:
            body |= {"answer": str(given.answer), "remaining": given.remaining}
        self._store.audit.append("shared", body)

    def _totals(self, sums: Mapping[str, Sum]) -> dict[str, Total]:
        if not sums:
            return {}
        found = self._ledger.totals(tuple(sums.values()), self._store.terminal_id)
        return dict(zip(sums, found, strict=True))

    def _holds(self, sale_id: str) -> bool:
        # The margin is on both sides: here a lease ends early, for all others late.
        until = self._store.outbox.held_until_us(sale_id)
        return self._clock.wall_us() + LEASE_GRACE_US < until

    def _state(self, theirs: SharedSale) -> SaleState:
        facts = theirs.facts
        return SaleState(
            sale_id=facts.sale_id,
            paid=theirs.paid,
            currency=facts.currency,
            tender=facts.tender,
            payee=facts.payee,
            posted=theirs.posted,
            reserved=theirs.reserved,
            unknown=theirs.unknown,
            age_us=self._clock.wall_us() - facts.sold_us,
            payer_token=facts.payer,
            operator=facts.operator,
            home=theirs.holder == self._store.terminal_id,
        )


def _operator_of(context: Context) -> str | None:
    return None if context.operator is None else context.operator.value


def _together(here: Mapping[str, Total], others: Mapping[str, Total]) -> dict[str, Total]:
    nothing = Total()
    return {
        name: Total(
            total.amount + others.get(name, nothing).amount,
            total.count + others.get(name, nothing).count,
        )
        for name, total in here.items()
    }


def _denied(decision: Decision, reason: Reason, say: Words, answer: str) -> Decision:
    inputs: dict[str, Input] = {"answer": answer}
    finding = Finding(RULE, Level.DENY_LOCKED, reason, say, inputs)
    return replace(decision, verdict=Verdict((*decision.verdict.findings, finding)))
