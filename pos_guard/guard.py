"""The heart: context in, one judgement, one durable record, then the caller may act.

Links, the decision socket and the SDK all come through here. The guard does no I/O but the
store's; whatever it returned is durable.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from pos_guard import records
from pos_guard.answers import Answering
from pos_guard.clock import Clock
from pos_guard.consoles.callback import Console, converse
from pos_guard.decision import Decision, RefusedError, unrecordable
from pos_guard.desk import Desk
from pos_guard.errors import StoreError
from pos_guard.failing import failed
from pos_guard.frames.codes import Code
from pos_guard.frames.decoded import Json
from pos_guard.hearing import Hearing
from pos_guard.judging import SAME_REQUEST, Judging
from pos_guard.leftover import Leftovers
from pos_guard.lowering import Lowering
from pos_guard.management import Management
from pos_guard.model import (
    MONEY_OUT,
    Context,
    Intent,
    Outcome,
    Receipt,
    Result,
    Scan,
    Source,
    Words,
)
from pos_guard.money import MAX_AMOUNT
from pos_guard.outcomes import Outcomes
from pos_guard.own_codes import OwnCodes
from pos_guard.payer_codes import PayerCodes
from pos_guard.policy import engine
from pos_guard.policy.policy import Policy
from pos_guard.policy.request import Person
from pos_guard.policy.verdict import Finding, Level, Reason, Verdict
from pos_guard.shared import Shared, View
from pos_guard.snapshot import Snapshots
from pos_guard.stickers import Stickers
from pos_guard.store.ledger import Entry, Phase
from pos_guard.store.store import Store
from pos_guard.waiting import Asked, WaitingRoom

__all__ = ["Decision", "Guard", "RefusedError"]

_NO_AMOUNT = Words(
    "金额无效，已拒绝。请核对金额后重新输入。",
    "That is no amount that can be moved. Check it and enter it again.",
)


class Guard(Hearing):
    """Judges intents, scans and receipts; keeps what was judged."""

    def __init__(
        self, store: Store, policy: Policy, clock: Clock, *, shared: Shared | None = None
    ) -> None:
        self.store = store
        self.policy = policy
        self.clock = clock
        self.shared = shared
        self.own_codes = OwnCodes(store.keys)
        self.stickers = Stickers(store, clock)
        desk = Desk(store, policy, clock)
        self.codes = PayerCodes(store, desk, self.stickers)
        self._snapshots = Snapshots(store, policy, clock)
        self._outcomes = Outcomes(store, policy, desk)
        room = WaitingRoom(store, clock)
        self._leftovers = Leftovers(store, policy)
        self._judging = Judging(store, policy, clock, self._snapshots, self.codes)
        self._lowering = Lowering(store, clock, self._judging)
        answers = Answering(store, policy, clock, room, desk, self._judging)
        management = Management(store, policy, self._snapshots)
        super().__init__(desk, room, management, answers)

    def tell_original(self, sale_id: str, source: Source) -> bool:
        """The sale that is to be undone, here or at another terminal. False: no such sale."""
        here = self.store.ledger.sale(sale_id) is not None
        elsewhere = not here and self.shared is not None and self.shared.knows(sale_id)
        return self._desk.tell_original(sale_id, source, elsewhere=elsewhere)

    def token(self, secret: str) -> str:
        """The keyed hash of a payment code: equal codes, equal tokens; nothing else leaks."""
        return self.codes.token(secret)

    def scanner_serves(self) -> None:
        """A scanner link works here: from now on a code that no scanner saw counts as typed."""
        self._snapshots.scanner_serves = True

    def device_side(self, link: str, *, up: bool) -> None:
        """The device of a money link (terminal, provider) was reached, or is gone.

        All of them gone: offline; some: degraded. See ``pos_guard.network``.
        """
        self._snapshots.networks.device(link, up=up)

    # -- judgements --------------------------------------------------------------------------

    def judge(self, intent: Intent, *, link: str, frame: bytes = b"") -> Decision:
        """Judge one money frame and make verdict and reservation durable in one transaction.

        Allowed: the entry is RESERVED, the caller must submit now and then ``settle``.
        Needs a person: the entry is WAITING, see ``rejudge``. Denied: the entry is REFUSED.
        The same refund under the same number is the same request: its first entry is returned,
        nothing is reserved twice. ``frame`` is hashed into the request, never stored. An amount
        below 0 or above ``MAX_AMOUNT`` is refused without a judgement, and without an entry.
        """
        self._leftovers.pay()
        if intent.amount is not None and not 0 <= intent.amount <= MAX_AMOUNT:
            return self.refuse(link=link, reason=Reason.AMOUNT, say=_NO_AMOUNT, frame=frame)
        frame_hash = records.frame_hash(frame)
        asked = None
        try:
            view = self._look(intent, None, link)
            with self.store.transaction():
                context = self.context()
                bound_to = records.request_hash(intent, context, link, frame_hash)
                asked = Asked(intent, context, link, frame_hash, bound_to, view)
                decision = self._judging.first(asked)
                if decision.needs_person:
                    self._room.add(decision.id, asked, decision.needs)
            decision = self._confirmed(decision, view)
        except Exception as error:  # noqa: BLE001 - fail closed: see failing.py
            if asked is not None:
                self._room.forget(asked)
            judged = failed(self.store, link, error, frame_hash)
            self._leftovers.pay()
            return judged
        self._judging.remember(asked, decision)
        return decision

    def rejudge(self, decision: int) -> Decision:
        """Judge a WAITING request again, with all that people gave for it by then.

        All rules run again over the state of now; an approval is used up in the same transaction.
        Where something is missing (refused, expired) the request is denied, the entry REFUSED.

        :raises StoreError: nothing by that number waits.
        """
        self._leftovers.pay()
        held = self._room.take(decision)
        asked = held.asked
        try:
            view = self._look(asked.intent, asked.context, asked.link, held.approver)
            held = replace(held, asked=replace(asked, view=view))
            with self.store.transaction():
                approver = self._room.approver(decision, held)
                judged = self._judging.again(decision, held, approver)
            judged = self._confirmed(judged, view)
        except Exception as error:  # noqa: BLE001 - fail closed: see failing.py
            return self._not_judged(asked, error, decision)
        self._judging.remember(held.asked, judged)
        return judged

    def abandon(self, decision: int) -> None:
        """The till went away, or gave up, while its request was WAITING: never to be forwarded."""
        self._room.drop(decision)
        self._outcomes.abandon(decision)

    def over(self, decision: int) -> bool:
        """Nobody may answer for this request any more, though the ledger may say that it waits."""
        return decision in self._leftovers

    def settle(self, decision: int, outcome: Outcome) -> Words | None:
        """Record what came of a RESERVED or UNKNOWN request, durably: POSTED, FAILED or UNKNOWN.

        Returns words for the cashier when the outcome does not fit the request (another amount,
        another terminal id): the link is frozen then.
        """
        entry, words = self._outcomes.settle(decision, outcome)
        answered = outcome.result is not Result.UNKNOWN
        self._snapshots.networks.submitted(entry.link, decision, answered=answered)
        return words

    def revoke(self, decision: int) -> None:
        """The till or host undid an approved payment by itself (84 66, 0400): void, open a case."""
        self._outcomes.revoke(decision)

    def lower(self, decision: int, amount: int, *, frame: bytes = b"") -> Decision:
        """The till lowers an approved sale: judged anew; see ``Lowering.lower``."""
        return self._lowering.lower(decision, amount, self.context(), frame)

    def refuse(self, *, link: str, reason: Reason, say: Words, frame: bytes = b"") -> Decision:
        """Record a refusal that needed no rule: a frame that is not valid, glued, not canonical."""
        verdict = Verdict((Finding(f"link.{reason}", Level.DENY_LOCKED, reason, say),))
        self._judging.reentry.forget(link)
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
        except Exception as error:  # noqa: BLE001 - fail closed: see failing.py
            return failed(self.store, link, error)
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
                details = records.scan_json(scan)
                seq = self._judging.record("scan", link, request, verdict, details)
                self.codes.shown(scan, request, verdict)
        except Exception as error:  # noqa: BLE001 - fail closed: see failing.py
            return failed(self.store, link, error)
        return Decision(seq, link, verdict, scan.token)

    def judge_receipt(self, receipt: Receipt, *, link: str) -> Decision:
        """Judge one print job that claims payment; counts the copy and declares cash, recorded.

        Call it for every receipt-like job; a bill without a claim is told by ``tell_order``.
        """
        try:
            with self.store.transaction():
                request = self._snapshots.of_receipt(receipt, self.context(), link)
                verdict = engine.judge(request, self.policy)
                details = records.receipt_json(receipt)
                seq = self._judging.record("receipt", link, request, verdict, details)
                sale_id, copy = None, 0
                if verdict.allowed and receipt.claims_paid and request.paid is not None:
                    copy = self.store.ledger.count_copy(request.paid.order_key)
                    self._judging.declare_cash(receipt, request, request.paid, link)
                    sale_id = self.store.ledger.sale_of_order(request.paid.order_key)
        except Exception as error:  # noqa: BLE001 - fail closed: see failing.py
            return failed(self.store, link, error, receipt.fingerprint)
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

    # -- in one call -------------------------------------------------------------------------

    def submit(
        self,
        intent: Intent,
        send: Callable[[Intent], Outcome],
        *,
        link: str,
        console: Console | None = None,
    ) -> Decision:
        """Judge, record, reserve, call ``send``, record the result: the SDK's one call.

        ``console`` asks people where their answer is needed. When ``send`` raises, the outcome is
        unknown, is recorded so, and the error goes on. A refund repeated under its own number is
        sent again only to a provider that knows the number, and only while its result is open:
        ``unresolved`` says whether it still is.

        :raises RefusedError: when the verdict is not ALLOW or WARN.
        """
        decision = self.judge(intent, link=link)
        if decision.needs_person and console is not None:
            decision = converse(self, decision, intent, console)
        if not decision.allowed:
            if decision.needs_person:
                self.abandon(decision.id)
            raise RefusedError(decision)
        if decision.verdict.decisive.rule == SAME_REQUEST and not self._may_resend(decision.id):
            return decision
        outcome = Outcome(Result.UNKNOWN)
        try:
            outcome = send(intent)
        finally:
            self.settle(decision.id, outcome)
        return decision

    def _may_resend(self, number: int) -> bool:
        """What the provider has answered for good is not asked again."""
        return self.store.ledger.entry(number).phase is not Phase.POSTED

    # -- the shared ledger -------------------------------------------------------------------

    def _look(
        self, intent: Intent, context: Context | None, link: str, approver: Person | None = None
    ) -> View | None:
        """Ask the shared ledger about a refund; None: there is no ledger, or it is no refund."""
        if self.shared is None or intent.kind not in MONEY_OUT:
            return None
        context = context or self.context()
        sums = partial(self._snapshots.sums, intent, context, approver)
        sale = self._snapshots.sale(intent, context, link)
        return self.shared.look(intent, context, sale, sums)

    def _confirmed(self, decision: Decision, view: View | None) -> Decision:
        """Have an allowed refund reserved by the shared ledger before anybody sends it."""
        if self.shared is None:
            return decision
        try:
            return self.shared.confirm(decision, view)
        except Exception:
            if decision.verdict.decisive.rule != SAME_REQUEST:
                # Nobody sends it: the reservation of this request must not stay.
                self._leftovers.owe(decision.id, Phase.FAILED)
            raise

    def _not_judged(self, asked: Asked, error: Exception, number: int) -> Decision:
        """A request that waited could not be judged: it is over, on record once that can be."""
        reserved = number in self._leftovers  # judged and written, but not confirmed
        waiting = None if reserved else number
        decision = failed(self.store, asked.link, error, asked.frame_hash, waiting)
        if not reserved:
            self._leftovers.owe(number, Phase.ABANDONED)
        self._leftovers.pay()
        return replace(decision, id=number) if decision.id else decision
