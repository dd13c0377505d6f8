"""What came of submitted requests, and whom the devices say they pay.

An outcome is durable before anybody acknowledges it. One that does not fit its request, or a
device with a strange id, freezes its link until a person looks.
"""

from __future__ import annotations

from pos_guard import lowered, records
from pos_guard.desk import ORDER, ORIGINAL, Desk
from pos_guard.frames.decoded import Json
from pos_guard.model import MONEY_IN, MONEY_OUT, Outcome, Result, Tender, Words
from pos_guard.money import format_amount
from pos_guard.policy.payees import Match, PayeeKind
from pos_guard.policy.policy import Policy
from pos_guard.policy.verdict import Mode
from pos_guard.store.ledger import Entry, Phase
from pos_guard.store.store import Store

PHASE_OF = {
    Result.APPROVED: Phase.POSTED,
    Result.DECLINED: Phase.FAILED,
    Result.UNKNOWN: Phase.UNKNOWN,
}


class Outcomes:
    """Records outcomes and reported ids."""

    def __init__(self, store: Store, policy: Policy, desk: Desk) -> None:
        self._store = store
        self._policy = policy
        self._desk = desk

    def settle(self, number: int, outcome: Outcome) -> tuple[Entry, Words | None]:
        """Move an entry to POSTED, FAILED or UNKNOWN; words when the outcome does not fit.

        A no that names receipt and amount of the payment that this one was to lower proves that
        the lowering was never heard: that payment is POSTED again, with a case. The entry is
        returned as it was before.
        """
        with self._store.transaction():
            entry = self._store.ledger.entry(number)
            phase = PHASE_OF[outcome.result]
            moved = outcome.amount if phase is Phase.POSTED else None
            if moved == 0 and entry.kind in MONEY_OUT:
                moved = None  # an approved refund of nothing: what was asked counts as gone
            if entry.phase is not phase:
                self._store.ledger.advance(
                    entry, phase, amount=moved, receipt=outcome.receipt, payee=outcome.payee
                )
            self._record("outcome", entry, records.outcome_json(number, entry.link, outcome))
            if phase is Phase.POSTED:
                self._used_up(entry)
            elif phase is Phase.FAILED and outcome.receipt is not None:
                self._not_lowered(number, outcome)
            words = self._misfit(entry, outcome)
        if outcome.payee is not None and entry.tender is Tender.CARD:
            words = self.payee_reported(entry.link, outcome.payee) or words
        return entry, words

    def abandon(self, number: int) -> None:
        """Nobody waits for this request any more."""
        with self._store.transaction():
            entry = self._store.ledger.move(number, Phase.ABANDONED)
            self._record("abandon", entry, {"entry": number, "link": entry.link})

    def revoke(self, number: int) -> None:
        """An approved payment was undone by the till or the host: it is void, and a case."""
        with self._store.transaction():
            entry = self._store.ledger.move(number, Phase.VOIDED)
            self._record("case", entry, {"entry": number, "why": "revoked-after-approval"})

    def payee_reported(self, link: str, payee: str) -> Words | None:
        """The device says which id it has; words when it is not on the list."""
        match = self._policy.payees.check(PayeeKind.TERMINALS, payee)
        if match is Match.MATCH and self._store.links.payee(link) == payee:
            return None
        words = None if match is Match.MATCH else _stranger(payee)
        with self._store.transaction():
            self._store.links.set_payee(link, payee)
            self._store.audit.append("payee", {"link": link, "payee": payee, "match": str(match)})
            if words is not None and self._policy.setting("payee-known").mode is Mode.ENFORCE:
                self._stranger_freezes(link, payee, words)
        return words

    def _stranger_freezes(self, link: str, payee: str, words: Words) -> None:
        """One case for a person, however often the device repeats its id."""
        if self._store.links.frozen(link) is None:
            case: dict[str, Json] = {"link": link, "payee": payee, "why": "strange-payee"}
            self._store.audit.append("case", case)
        self._freeze(link, words.en)

    def _not_lowered(self, number: int, outcome: Outcome) -> None:
        before = lowered.former(self._store, number)
        if before is not None and lowered.proved(before, outcome):
            lowered.counts_again(self._store, self._policy, number, Phase.POSTED)

    def _record(self, kind: str, entry: Entry, body: dict[str, Json]) -> None:
        """With the people of the request, and the policy and shift of now."""
        around = records.around_json(self._store, self._policy, entry.operator)
        self._store.audit.append(kind, body | around, actor=entry.operator, approver=entry.approver)

    def _freeze(self, link: str, why: str) -> None:
        self._store.links.freeze(link, why)
        self._store.audit.append("freeze", {"link": link, "why": why})

    def _used_up(self, entry: Entry) -> None:
        """What was told for this request alone is over: the next one is told anew."""
        if entry.kind in MONEY_OUT:
            self._desk.done(ORIGINAL)
        elif entry.kind in MONEY_IN and not self._still_owed(entry):
            self._desk.done(ORDER)

    def _still_owed(self, entry: Entry) -> bool:
        order = None if entry.order_key is None else self._store.ledger.order(entry.order_key)
        if order is None:
            return False
        return self._store.ledger.order_state(order.key).posted < order.total.amount

    def _misfit(self, entry: Entry, outcome: Outcome) -> Words | None:
        """Compare an answer with what was asked; where they differ it is a case.

        An approval that differs freezes the link as well. Of an answer that settles nothing only
        the number is compared: it is about another request.
        """
        if outcome.result is Result.DECLINED:
            return None
        approved = outcome.result is Result.APPROVED
        differs = [
            name
            for name in (("amount", "currency", "payee", "reference") if approved else _NUMBER)
            if getattr(outcome, name) not in (None, getattr(entry, name))
            and (name == "amount" or getattr(entry, name) is not None)
        ]
        if not differs:
            return None
        words = self._differs(entry, outcome, differs[0])
        case: dict[str, Json] = {
            "entry": entry.id,
            "why": "outcome-differs",
            "differs": list[Json](differs),
        }
        self._store.audit.append("case", case, actor=entry.operator)
        if approved:
            self._freeze(entry.link, words.en)
        return words

    def _differs(self, entry: Entry, outcome: Outcome, what: str) -> Words:
        if what != "amount":
            asked, said = getattr(entry, what), getattr(outcome, what)
            zh, en = _NAMES[what]
            return Words(
                f"结果中的{zh}是 {said}，请求的是 {asked}。请立即通知经理。",
                f"The answer names {en} {said}, but {asked} was asked. Call the manager now.",
            )
        currency = entry.currency or self._policy.currency
        asked_text = format_amount(entry.amount or 0, currency)
        moved_text = format_amount(outcome.amount or 0, currency)
        return Words(
            f"终端实际处理金额 {moved_text}，请求金额 {asked_text}。请立即通知经理。",
            f"The terminal moved {moved_text}, but {asked_text} was asked. Call the manager now.",
        )


_NUMBER = ("reference",)

_NAMES = {
    "currency": ("币种", "the currency"),
    "payee": ("收款方号", "the payee"),
    "reference": ("单号", "the number"),
}


def _stranger(payee: str) -> Words:
    return Words(
        f"终端号 {payee} 不在本店名单内，可能被调换。请停止使用并通知经理。",
        f"Terminal id {payee} is not on this shop's list: it may have been swapped. "
        "Stop using it and call the manager.",
    )
