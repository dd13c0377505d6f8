"""The heart: context in, one judgement, one durable record, then the caller may act.

Links, the decision socket and the SDK all come through here. The guard does no I/O but the
store's; whatever it returned is durable.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from pos_guard import records
from pos_guard.clock import Clock
from pos_guard.decision import Decision, RefusedError, unrecordable
from pos_guard.desk import Desk
from pos_guard.entries import new_entry
from pos_guard.errors import NotPermittedError, StoreError
from pos_guard.frames.codes import Code
from pos_guard.frames.decoded import Json
from pos_guard.model import (
    MONEY_IN,
    MONEY_OUT,
    Context,
    Intent,
    IntentKind,
    Order,
    Outcome,
    Receipt,
    Result,
    Scan,
    Source,
    Tender,
    Words,
)
from pos_guard.money import Money
from pos_guard.outcomes import PHASE_OF, Outcomes
from pos_guard.own_codes import OwnCodes
from pos_guard.payer_codes import PayerCodes
from pos_guard.policy import engine
from pos_guard.policy.policy import Policy
from pos_guard.policy.request import PaidState, Request
from pos_guard.policy.verdict import Finding, Level, Reason, Verdict
from pos_guard.snapshot import Snapshots
from pos_guard.stickers import Stickers
from pos_guard.store.ledger import Entry, NewEntry, Phase
from pos_guard.store.store import Store
from pos_guard.waiting import Asked, WaitingRoom

__all__ = ["Decision", "Guard", "RefusedError"]

# A refund repeated under its own number while it is one of these is the same refund.
_LIVE = frozenset({Phase.RESERVED, Phase.UNKNOWN, Phase.POSTED})

_SAME_REQUEST = Words(
    "同一退款请求，沿用原结果。", "The same refund again: its first request counts."
)


class Guard:
    """Judges intents, scans and receipts; keeps what was judged."""

    def __init__(self, store: Store, policy: Policy, clock: Clock) -> None:
        self.store = store
        self.policy = policy
        self.clock = clock
        self.own_codes = OwnCodes(store.keys)
        self.stickers = Stickers(store, clock)
        self._desk = Desk(store, policy, clock)
        self.codes = PayerCodes(store, self._desk, self.stickers)
        self._snapshots = Snapshots(store, clock)
        self._outcomes = Outcomes(store, policy)
        self._waiting = WaitingRoom(store, policy, clock)

    # -- context: what the till, the scanner and people tell ---------------------------------

    def tell_operator(self, operator: str, source: Source) -> bool:
        """Say who is at the till now (badge or app). False: nobody known by that id."""
        return self._desk.tell_operator(operator, source)

    def tell_order(self, order_id: str | None, total: Money, source: Source) -> Order:
        """The till said what the customer owes (bill, display, app). Returns the order."""
        return self._desk.tell_order(order_id, total, source)

    def tell_original(self, sale_id: str, source: Source) -> bool:
        """The sale that is to be undone. False: no such sale."""
        return self._desk.tell_original(sale_id, source)

    def tell_tender(self, tender: Tender, source: Source) -> None:
        """The cashier chose a channel."""
        self._desk.tell_tender(tender, source)

    def context(self) -> Context:
        """What is known now; pieces older than policy allows are gone."""
        return self._desk.context()

    def token(self, secret: str) -> str:
        """The keyed hash of a payment code: equal codes, equal tokens; nothing else leaks."""
        return self.codes.token(secret)

    def scanner_serves(self) -> None:
        """A scanner link works here: from now on a code that no scanner saw counts as typed."""
        self._snapshots.scanner_serves = True

    # -- judgements --------------------------------------------------------------------------

    def judge(self, intent: Intent, *, link: str, frame: bytes = b"") -> Decision:
        """Judge one money frame and make verdict and reservation durable in one transaction.

        Allowed: the entry is RESERVED, the caller must submit now and then ``settle``.
        Needs a person: the entry is WAITING, see ``rejudge``. Denied: the entry is REFUSED.
        The same refund under the same number is the same request: its first entry is returned,
        nothing is reserved twice. ``frame`` is hashed into the request, never stored.
        """
        frame_hash = records.frame_hash(frame)
        try:
            with self.store.transaction():
                context = self.context()
                bound_to = records.request_hash(intent, context, link, frame_hash)
                asked = Asked(intent, context, link, frame_hash, bound_to)
                return self._retry_of(asked) or self._judge(asked, None)
        except StoreError as error:
            return unrecordable(link, error)

    def rejudge(self, decision: int) -> Decision:
        """Judge a WAITING request again, with the approval stored for it by then.

        All rules run again over the state of now; the approval is used up in the same transaction.
        Without one (refused, expired) the request is denied and the entry REFUSED.
        """
        asked = self._waiting.take(decision)
        try:
            with self.store.transaction():
                return self._judge(asked, decision)
        except StoreError as error:
            return unrecordable(asked.link, error)

    def abandon(self, decision: int) -> None:
        """The till went away, or gave up, while its request was WAITING: never to be forwarded."""
        self._waiting.drop(decision)
        with self.store.transaction():
            self.store.ledger.move(decision, Phase.ABANDONED)
            self.store.audit.append("abandon", {"entry": decision})

    def settle(self, decision: int, outcome: Outcome) -> Words | None:
        """Record what came of a RESERVED or UNKNOWN request, durably: POSTED, FAILED or UNKNOWN.

        Returns words for the cashier when the outcome does not fit the request (another amount,
        another terminal id): the link is frozen then.
        """
        return self._outcomes.settle(decision, outcome)

    def revoke(self, decision: int) -> None:
        """The till or host undid an approved payment by itself (84 66, 0400): void, open a case."""
        self._outcomes.revoke(decision)

    def refuse(self, *, link: str, reason: Reason, say: Words, frame: bytes = b"") -> Decision:
        """Record a refusal that needed no rule: a frame that is not valid, glued, not canonical."""
        verdict = Verdict((Finding(f"link.{reason}", Level.DENY_LOCKED, reason, say),))
        frame_hash = records.frame_hash(frame)
        body: dict[str, Json] = {"link": link, "frame": frame_hash, "bytes": len(frame)}
        try:
            with self.store.transaction():
                seq = self.store.audit.append("refusal", body | records.verdict_json(verdict))
        except StoreError as error:
            return unrecordable(link, error)
        return Decision(seq, link, verdict, frame_hash)

    def judge_code(self, code: Code, *, link: str, typed: bool = False) -> Decision:
        """Judge one classified code, as a scanner read it or as somebody ``typed`` it; recorded."""
        try:
            scan = self.codes.scan_of(code, typed=typed)
        except StoreError as error:
            return unrecordable(link, error)
        return self.judge_scan(scan, link=link)

    def judge_scan(self, scan: Scan, *, link: str) -> Decision:
        """Judge one scanned code; recorded. An allowed payment code becomes context.

        For whoever classified it himself; ``judge_code`` is the usual way.
        """
        if not scan.typed:
            self.scanner_serves()
        try:
            with self.store.transaction():
                request = self._snapshots.of_scan(scan, self.context(), link)
                verdict = engine.judge(request, self.policy)
                seq = self._record("scan", link, request, verdict, records.scan_json(scan))
                self.codes.shown(scan, request, verdict)
        except StoreError as error:
            return unrecordable(link, error)
        return Decision(seq, link, verdict, scan.token)

    def judge_receipt(self, receipt: Receipt, *, link: str) -> Decision:
        """Judge one print job that claims payment; counts the copy and declares cash, recorded.

        Call it for every receipt-like job; a bill without a claim is told by ``tell_order``.
        """
        try:
            with self.store.transaction():
                request = self._snapshots.of_receipt(receipt, self.context(), link)
                verdict = engine.judge(request, self.policy)
                seq = self._record("receipt", link, request, verdict, records.receipt_json(receipt))
                sale_id, copy = None, 0
                if verdict.allowed and receipt.claims_paid and request.paid is not None:
                    copy = self.store.ledger.count_copy(request.paid.order_key)
                    self._declare_cash(receipt, request, request.paid, link)
                    sale_id = self.store.ledger.sale_of_order(request.paid.order_key)
        except StoreError as error:
            return unrecordable(link, error)
        return Decision(seq, link, verdict, receipt.fingerprint, sale_id, copy)

    # -- links -------------------------------------------------------------------------------

    def unresolved(self, link: str) -> tuple[Entry, ...]:
        """Requests of this link whose outcome is UNKNOWN, oldest first."""
        return self.store.ledger.unresolved(link)

    def payee_reported(self, link: str, payee: str) -> Words | None:
        """The device says which terminal or merchant id it has.

        Not on the list: the link is frozen, and the words for the cashier are returned.
        """
        return self._outcomes.payee_reported(link, payee)

    def thaw(self, link: str, person: str, pin: str) -> None:
        """A person with the right lets a frozen link work again.

        :raises NotPermittedError: wrong id or PIN, locked out, no such right.
        """
        self.demand_resolver(person, pin)
        with self.store.transaction():
            self.store.links.thaw(link)
            self.store.audit.append("thaw", {"link": link}, actor=person)

    def trust_clock(self, person: str, pin: str) -> None:
        """A person with the right says that the clock, which was ahead before, is right now.

        :raises NotPermittedError: wrong id or PIN, locked out, no such right.
        """
        self.demand_resolver(person, pin)
        with self.store.transaction():
            self.store.audit.forget_highest_wall()
            self.store.audit.append("clock", {"trusted": True}, actor=person)

    # -- people ------------------------------------------------------------------------------

    def approve(self, decision: int, approver: str, pin: str) -> None:
        """A second person says yes to exactly this WAITING request, for 60 s of boot time.

        :raises NotPermittedError: wrong id or PIN, locked out, the operator himself, no such right.
        :raises StoreError: nothing by that number waits.
        """
        self._waiting.approve(decision, approver, pin)

    def decline(self, decision: int, person: str) -> None:
        """A person says no to a WAITING request; nobody's yes counts after that.

        :raises StoreError: nothing by that number waits.
        """
        self._waiting.decline(decision, person)

    def resolve(self, decision: int, result: Result, person: str, pin: str) -> None:
        """A person with the right says what came of an UNKNOWN request, slip in hand.

        :raises NotPermittedError: wrong id or PIN, locked out, no such right.
        :raises StoreError: nothing by that number is unknown.
        """
        self.demand_resolver(person, pin)
        entry = self.store.ledger.entry(decision)
        if entry.phase is not Phase.UNKNOWN or result is Result.UNKNOWN:
            raise StoreError(f"request {decision} has no unknown outcome: it is {entry.phase}")
        with self.store.transaction():
            self.store.ledger.move(decision, PHASE_OF[result])
            self.store.audit.append(
                "resolved", {"entry": decision, "result": str(result)}, actor=person
            )

    def demand_resolver(self, person: str, pin: str) -> None:
        """Check that a person may decide what only a manager may (``may_resolve``).

        :raises NotPermittedError: wrong id or PIN, locked out, no such right.
        """
        role = self.policy.role(self.store.people.verify(person, pin).role)
        if role is None or not role.may_resolve:
            raise NotPermittedError(f"{person} may not decide this: ask a manager")

    # -- in one call -------------------------------------------------------------------------

    def submit(self, intent: Intent, send: Callable[[Intent], Outcome], *, link: str) -> Decision:
        """Judge, record, reserve, call ``send``, record the result: the SDK's one call.

        When ``send`` raises, the outcome is unknown, is recorded so, and the error goes on.

        :raises RefusedError: when the verdict is not ALLOW or WARN.
        """
        decision = self.judge(intent, link=link)
        if not decision.allowed:
            if decision.needs_person:
                self.abandon(decision.id)
            raise RefusedError(decision)
        outcome = Outcome(Result.UNKNOWN)
        try:
            outcome = send(intent)
        finally:
            self.settle(decision.id, outcome)
        return decision

    # -- inside ------------------------------------------------------------------------------

    def _judge(self, asked: Asked, waiting: int | None) -> Decision:
        """Judge, reserve and record; ``waiting`` is the entry that waited for a person."""
        approver = None if waiting is None else self._waiting.approver(waiting, asked)
        request = self._snapshots.of_intent(asked.intent, asked.context, asked.link, approver)
        verdict = engine.judge(request, self.policy)
        phase = _phase(verdict)
        if waiting is not None and phase is Phase.WAITING:
            phase = Phase.REFUSED  # a person was asked already, and the answer was no yes
        if waiting is None:
            entry = self._entry(asked, request, phase)
            number, sale_id = self.store.ledger.add(entry), entry.sale_id
        else:
            number, sale_id = waiting, self._advance(waiting, phase, request)
        self.codes.charged(asked.intent, request, verdict, phase)
        details = records.intent_json(asked.intent) | {"entry": number, "phase": str(phase)}
        self._record("verdict", asked.link, request, verdict, details)
        if phase is Phase.WAITING:
            self._waiting.add(number, asked)
        return Decision(number, asked.link, verdict, asked.request_hash, sale_id)

    def _advance(self, waiting: int, phase: Phase, request: Request) -> str | None:
        """Take a waiting entry on. A void asks for what is left of its sale by now."""
        amount = request.subject.amount if isinstance(request.subject, Intent) else None
        by = None if request.approver is None else request.approver.id
        return self.store.ledger.move(waiting, phase, approver=by, amount=amount).sale_id

    def _entry(self, asked: Asked, request: Request, phase: Phase) -> NewEntry:
        kind = asked.intent.kind
        sale_id = None if request.sale is None else request.sale.sale_id
        if kind in MONEY_IN and phase is not Phase.REFUSED:
            sale_id = self.store.ledger.next_sale_id()
        return new_entry(asked, request, phase, sale_id, self.clock)

    def _retry_of(self, asked: Asked) -> Decision | None:
        """The open or done entry that this refund repeats under its own number, if it does."""
        intent = asked.intent
        if intent.kind not in MONEY_OUT or intent.reference is None:
            return None
        entry = self.store.ledger.same_reference(asked.link, intent.reference)
        if entry is None or (entry.kind, entry.amount) != (intent.kind, intent.amount):
            return None
        sale = self._snapshots.sale(intent, asked.context, asked.link)
        if entry.phase not in _LIVE or entry.sale_id != (None if sale is None else sale.sale_id):
            return None
        finding = Finding("engine.same-request", Level.ALLOW, Reason.OK, _SAME_REQUEST)
        verdict = Verdict((finding,))
        body: dict[str, Json] = {"entry": entry.id, "link": asked.link}
        self.store.audit.append("retry", body | records.verdict_json(verdict), actor=entry.operator)
        return Decision(entry.id, asked.link, verdict, entry.request_hash, entry.sale_id)

    def _declare_cash(self, receipt: Receipt, request: Request, paid: PaidState, link: str) -> None:
        """Book the cash that the first copy of a receipt states, up to what was owed."""
        due = paid.total - paid.cash - sum(amount for _, amount in paid.electronic)
        stated = sum(line.amount for line in receipt.tenders if line.tender is Tender.CASH)
        amount = min(stated, due)
        if amount <= 0 or not receipt.drawer:
            return
        intent = Intent(IntentKind.SALE, Tender.CASH, amount, self.policy.currency)
        asked = Asked(intent, request.context, link, receipt.fingerprint, receipt.fingerprint)
        entry = self._entry(asked, replace(request, subject=intent), Phase.POSTED)
        number = self.store.ledger.add(replace(entry, order_key=paid.order_key))
        self.store.audit.append(
            "cash", {"entry": number, "amount": amount, "order": paid.order_key}
        )

    def _record(
        self, kind: str, link: str, request: Request, verdict: Verdict, details: dict[str, Json]
    ) -> int:
        body: dict[str, Json] = {
            "link": link,
            "policy": self.policy.hash,
            "sources": records.sources_json(request),
        }
        return self.store.audit.append(
            kind,
            body | details | records.verdict_json(verdict),
            actor=None if request.operator is None else request.operator.id,
            approver=None if request.approver is None else request.approver.id,
        )


def _phase(verdict: Verdict) -> Phase:
    if verdict.allowed:
        return Phase.RESERVED
    return Phase.WAITING if verdict.needs_person else Phase.REFUSED
