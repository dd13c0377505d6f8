"""What came of submitted requests, and whom the devices say they pay.

An outcome is durable before anybody acknowledges it. One that does not fit its request, or a
device with a strange id, freezes its link until a person looks.
"""

from __future__ import annotations

from pos_guard import records
from pos_guard.desk import ORIGINAL
from pos_guard.frames.decoded import Json
from pos_guard.model import MONEY_OUT, Outcome, Result, Tender, Words
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

    def __init__(self, store: Store, policy: Policy) -> None:
        self._store = store
        self._policy = policy

    def settle(self, number: int, outcome: Outcome) -> Words | None:
        """Move an entry to POSTED, FAILED or UNKNOWN; words when the outcome does not fit."""
        with self._store.transaction():
            entry = self._store.ledger.entry(number)
            phase = PHASE_OF[outcome.result]
            moved = outcome.amount if phase is Phase.POSTED else None
            if entry.phase is not phase:
                self._store.ledger.move(
                    number, phase, amount=moved, receipt=outcome.receipt, payee=outcome.payee
                )
            self._store.audit.append("outcome", records.outcome_json(number, entry.link, outcome))
            if phase is Phase.POSTED and entry.kind in MONEY_OUT:
                # A scanned sale id stands for one refund: the next one is scanned anew.
                self._store.context.clear(ORIGINAL)
            words = self._misfit(entry, moved)
            if words is not None:
                self._freeze(entry.link, words.en)
        if outcome.payee is not None and entry.tender is Tender.CARD:
            words = self.payee_reported(entry.link, outcome.payee) or words
        return words

    def revoke(self, number: int) -> None:
        """An approved payment was undone by the till or the host: it is void, and a case."""
        with self._store.transaction():
            entry = self._store.ledger.move(number, Phase.VOIDED)
            why: dict[str, Json] = {"entry": number, "why": "revoked-after-approval"}
            self._store.audit.append("case", why, actor=entry.operator)

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
                self._freeze(link, words.en)
        return words

    def _freeze(self, link: str, why: str) -> None:
        self._store.links.freeze(link, why)
        self._store.audit.append("freeze", {"link": link, "why": why})

    def _misfit(self, entry: Entry, moved: int | None) -> Words | None:
        if moved is None or moved == entry.amount:
            return None
        currency = entry.currency or self._policy.currency
        asked_text = format_amount(entry.amount or 0, currency)
        moved_text = format_amount(moved, currency)
        return Words(
            f"终端实际处理金额 {moved_text}，请求金额 {asked_text}。请立即通知店长。",
            f"The terminal moved {moved_text}, but {asked_text} was asked. Call the manager now.",
        )


def _stranger(payee: str) -> Words:
    return Words(
        f"终端号 {payee} 不在本店名单内，可能被调换。请停止使用并通知店长。",
        f"Terminal id {payee} is not on this shop's list: it may have been swapped. "
        "Stop using it and call the manager.",
    )
