"""One judgement: snapshot, rules, ledger entry and audit record, in the open transaction."""

from __future__ import annotations

from dataclasses import replace

from pos_guard import records
from pos_guard.clock import Clock
from pos_guard.decision import Decision
from pos_guard.entries import new_entry
from pos_guard.frames.decoded import Json
from pos_guard.model import MONEY_IN, MONEY_OUT, Cart, Intent, IntentKind, Receipt, Tender, Words
from pos_guard.payer_codes import PayerCodes
from pos_guard.policy import engine
from pos_guard.policy.policy import Policy
from pos_guard.policy.request import Answers, PaidState, Person, Request
from pos_guard.policy.request_json import recordable
from pos_guard.policy.verdict import Finding, Input, Level, Reason, Verdict
from pos_guard.reentry import Patience, Reentry
from pos_guard.snapshot import Snapshots
from pos_guard.store.ledger import Entry, NewEntry, Phase
from pos_guard.store.store import Store
from pos_guard.waiting import Asked, Held

# A refund repeated under its own number while it is one of these is the same refund.
_LIVE = frozenset({Phase.RESERVED, Phase.UNKNOWN, Phase.POSTED})

SAME_REQUEST = "engine.same-request"

_SAME_WORDS = Words(
    "同一退款请求，沿用原结果。", "The same refund again: its first request counts."
)
_DONE_WORDS = Words(
    "此退款号已提交过，请勿再次退款。请先查询原结果。",
    "A refund under this number was submitted already. Do not pay it again: look at its result.",
)
_ANSWERED_AGAIN = frozenset({Tender.WECHAT, Tender.ALIPAY})
"""Providers know a refund's number and answer as before; a terminal or a drawer pays again."""


class Judging:
    """Judges requests and writes down what was judged. Everything needs an open transaction."""

    def __init__(
        self, store: Store, policy: Policy, clock: Clock, snapshots: Snapshots, codes: PayerCodes
    ) -> None:
        self._store = store
        self._policy = policy
        self._clock = clock
        self._snapshots = snapshots
        self._codes = codes
        self._patience = Patience(clock)
        self.reentry = Reentry(policy, clock)

    def first(self, asked: Asked) -> Decision:
        """Judge a request that was just asked; the one that it repeats, if it does."""
        known = self._retry_of(asked)
        if known is not None:
            return known
        confirmed = self.reentry.confirmed(asked)
        answers = Answers(confirmed=confirmed, waited_us=self._patience.waited_us(asked))
        request = self._request(asked, None, answers)
        verdict = engine.judge(request, self._policy)
        offered = self.reentry.offered(asked, verdict)
        phase = Phase.REFUSED if offered else _phase(verdict)
        entry = self._entry(asked, request, phase)
        if phase is Phase.REFUSED:
            entry = replace(entry, refused_for=str(verdict.decisive.reason))
        number = self._store.ledger.add(entry, _goods(asked))
        self._written(number, asked, request, verdict, phase)
        return Decision(
            number,
            asked.link,
            verdict,
            asked.request_hash,
            entry.sale_id,
            reentry=offered,
            steps=len(verdict.needs) + (confirmed is not None) + (answers.waited_us > 0),
        )

    def again(self, number: int, held: Held, approver: Person | None) -> Decision:
        """Judge a request that waited, with all that was given for it by then."""
        asked = held.asked
        request = self._request(asked, approver, self._answers(held))
        verdict = engine.judge(request, self._policy)
        # People were asked already: what is still missing now was not given.
        phase = Phase.RESERVED if verdict.allowed else Phase.REFUSED
        amount = request.subject.amount if isinstance(request.subject, Intent) else None
        by = None if request.approver is None else request.approver.id
        # A void asks for what is left of its sale by now.
        why = str(verdict.decisive.reason) if phase is Phase.REFUSED else None
        moved = self._store.ledger.move(number, phase, approver=by, amount=amount, refused_for=why)
        self._written(number, asked, request, verdict, phase)
        return Decision(
            number,
            asked.link,
            verdict,
            asked.request_hash,
            moved.sale_id,
            over=True,
            steps=len(held.asked_for),
        )

    def remember(self, asked: Asked, decision: Decision) -> None:
        """Once a decision is durable: what the next request of the same kind has to go by."""
        self.reentry.judged(asked, offered=decision.reentry)
        self._patience.judged(asked, decision.verdict)

    def outlook(self, held: Held) -> Verdict:
        """How it would be judged now, with what was given so far.

        Nothing is written, and no approval is used up.
        """
        in_time = self._clock.boot_us() < held.approved_until_us
        request = self._request(held.asked, held.approver if in_time else None, self._answers(held))
        return engine.judge(request, self._policy)

    def record(
        self, kind: str, link: str, request: Request, verdict: Verdict, details: dict[str, Json]
    ) -> int:
        """Write one judgement to the audit log; its number there."""
        actor = None if request.operator is None else request.operator.id
        body: dict[str, Json] = {
            "link": link,
            **records.around_json(self._store, self._policy, actor),
            "sources": records.sources_json(request),
            "request": recordable(request),  # what policy replay judges again
            **records.said_json(request.context),
        }
        number = self._store.audit.append(
            kind,
            body | details | records.verdict_json(verdict),
            actor=actor,
            approver=None if request.approver is None else request.approver.id,
        )
        self._record_gap(number, link, request, verdict)
        return number

    def declare_cash(self, receipt: Receipt, request: Request, paid: PaidState, link: str) -> None:
        """Book the cash that the first copy of a receipt states, up to what was owed."""
        due = paid.total - paid.cash - sum(amount for _, amount in paid.electronic)
        stated = sum(line.amount for line in receipt.tenders if line.tender is Tender.CASH)
        amount = min(stated, due)
        if amount <= 0 or not receipt.drawer:
            return
        intent = Intent(IntentKind.SALE, Tender.CASH, amount, self._policy.currency)
        asked = Asked(intent, request.context, link, receipt.fingerprint, receipt.fingerprint)
        entry = self._entry(asked, replace(request, subject=intent), Phase.POSTED)
        number = self._store.ledger.add(replace(entry, order_key=paid.order_key))
        who = entry.operator
        cash: dict[str, Json] = {"entry": number, "amount": amount, "order": paid.order_key}
        cash |= records.around_json(self._store, self._policy, who)
        self._store.audit.append("cash", {"link": link, **cash}, actor=who)

    def _request(self, asked: Asked, approver: Person | None, answers: Answers) -> Request:
        request = self._snapshots.uncounted(
            asked.intent, asked.context, asked.link, approver, answers=answers
        )
        if asked.view is None:
            return self._snapshots.counted(request)
        return asked.view.counted(self._snapshots.counted(asked.view.seen(request)))

    def _answers(self, held: Held) -> Answers:
        return replace(held.answers, waited_us=self._patience.waited_us(held.asked))

    def _written(
        self, number: int, asked: Asked, request: Request, verdict: Verdict, phase: Phase
    ) -> None:
        """What follows from a verdict on a charge or refund, and its record."""
        self._codes.charged(asked.intent, request, verdict, phase)
        details = records.intent_json(asked.intent) | {
            "entry": number,
            "phase": str(phase),
            **records.answers_json(request.answers),
        }
        self.record("verdict", asked.link, request, verdict, details)

    def _entry(self, asked: Asked, request: Request, phase: Phase) -> NewEntry:
        kind = asked.intent.kind
        sale_id = None if request.sale is None else request.sale.sale_id
        if kind in MONEY_IN and phase is not Phase.REFUSED:
            sale_id = self._store.ledger.next_sale_id()
        entry = new_entry(asked, request, phase, sale_id, self._clock)
        # Some terminals' frames name no currency: theirs is the shop's (rule currency), and what
        # comes of the request, now or as a refund in a year, is held against that.
        return replace(entry, currency=entry.currency or self._policy.currency)

    def _retry_of(self, asked: Asked) -> Decision | None:
        """The open or done entry that this refund repeats under its own number, if it does."""
        intent = asked.intent
        if intent.kind not in MONEY_OUT or intent.reference is None:
            return None
        entry = self._store.ledger.same_reference(asked.link, intent.reference)
        if entry is None or entry.phase not in _LIVE or not _same(entry, asked):
            return None
        sale = self._snapshots.sale(intent, asked.context, asked.link)
        sale_id = None if sale is None else sale.sale_id
        if entry.sale_id != (sale_id if asked.view is None else asked.view.sale_id):
            return None
        verdict = Verdict((_repeated(entry),))
        body: dict[str, Json] = {"entry": entry.id, "link": asked.link}
        body |= records.around_json(self._store, self._policy, entry.operator)
        self._store.audit.append(
            "retry",
            body | records.verdict_json(verdict),
            actor=entry.operator,
            approver=entry.approver,
        )
        return Decision(entry.id, asked.link, verdict, entry.request_hash, entry.sale_id)

    def _record_gap(self, number: int, link: str, request: Request, verdict: Verdict) -> None:
        """What passed only because the glass was broken is a gap in the protection, and a case."""
        glass = request.break_glass
        lifted = [item.rule for item in verdict.findings if glass and item.lifted == glass]
        if not lifted or not verdict.allowed:
            return
        actor = None if request.operator is None else request.operator.id
        gap: dict[str, Json] = {"link": link, "verdict": number, "break_glass": glass}
        self._store.audit.append("gap", gap | {"lifted": list[Json](lifted)}, actor=actor)
        self._store.audit.append("case", gap | {"why": "break-glass"}, actor=actor)


def _repeated(entry: Entry) -> Finding:
    """The same refund again: harmless where its number is known, a second payment elsewhere."""
    inputs: dict[str, Input] = {"entry": entry.id, "phase": str(entry.phase)}
    if entry.tender in _ANSWERED_AGAIN:
        return Finding(SAME_REQUEST, Level.ALLOW, Reason.OK, _SAME_WORDS, inputs)
    return Finding(SAME_REQUEST, Level.DENY, Reason.DUPLICATE, _DONE_WORDS, inputs)


def _same(entry: Entry, asked: Asked) -> bool:
    """Whether the payload is that of the entry: the number alone proves nothing.

    Who repeats it does not matter: the approver stays the one whose yes was used up, and nothing
    new is reserved. A till repeats by itself, whoever is signed in by then.
    """
    intent = asked.intent
    return (
        (entry.kind, entry.amount, entry.tender) == (intent.kind, intent.amount, intent.tender)
        and intent.currency in (None, entry.currency)
        and intent.payee in (None, entry.payee)
        and intent.payer_token in (None, entry.payer_token)
    )


def _phase(verdict: Verdict) -> Phase:
    if verdict.allowed:
        return Phase.RESERVED
    return Phase.WAITING if verdict.needs_person else Phase.REFUSED


def _goods(asked: Asked) -> Cart | None:
    """The goods that are bought, or come back with a refund.

    With a void or reversal all of the sale comes back; what lies in the cart is for somebody else.
    """
    cart = asked.context.cart
    kept = asked.intent.kind in MONEY_IN or asked.intent.kind is IntentKind.REFUND
    return cart.value if kept and cart is not None else None
