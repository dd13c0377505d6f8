"""What a provider's answer settles: the request itself, and older ones of unknown outcome.

The till's own queries, reversals and closings resolve what was unknown, so that the shop goes on
as the provider's documents say (query, then reverse); only definite answers settle anything.
"""

from __future__ import annotations

from pos_guard.frames.http import HttpReply
from pos_guard.frames.provider_profile import Op, Profile
from pos_guard.frames.provider_reply import order_number, outcome_of, reversed_outcome
from pos_guard.frames.provider_request import Meaning, intent_of, reversal_reference
from pos_guard.guard import Guard
from pos_guard.model import Intent, IntentKind, Outcome, Result, Words
from pos_guard.store.ledger import Entry, Phase

_OPEN = frozenset({Phase.RESERVED, Phase.UNKNOWN})

_NOT_KEPT = {Op.REVERSE: "REVOKED", Op.CLOSE: "CLOSED"}
"""Done to an order whose payment was unknown, these leave it unpaid."""


class Money:
    """The guard, as one provider link uses it."""

    def __init__(self, name: str, guard: Guard, profile: Profile) -> None:
        self._name = name
        self._guard = guard
        self._profile = profile

    def intent(self, request: Meaning) -> Intent | None:
        """What must be judged before it is forwarded; None where it may pass.

        A reversal of a payment whose outcome is unknown only stops what is unfinished, and so is
        the repetition of a reversal whose outcome is: both pass.
        """
        intent = intent_of(self._profile, request)
        if intent is None:
            return None
        if request.op is Op.REVERSE and self._unfinished(request.sale):
            return None
        if request.code is not None:
            return self._guard.codes.charging(intent, request.code)
        return intent

    def settle(self, decision: int, outcome: Outcome) -> Words | None:
        """Record an outcome durably, unless a repeated request already has a final one.

        An entry that is unknown already is that of a repetition: when that is declined, or never
        left, the first one may have moved money all the same (a provider turns requests away for
        their rate or signature before it looks at their number).
        """
        phase = self._guard.store.ledger.entry(decision).phase
        repeated = phase is Phase.UNKNOWN
        if phase not in _OPEN or (repeated and outcome.result is not Result.APPROVED):
            return None
        return self._guard.settle(decision, outcome)

    def answered(self, request: Meaning, decision: int | None, reply: HttpReply) -> Words | None:
        """Settle everything that this reply settles; words when something does not fit."""
        words = None
        outcome = outcome_of(self._profile, request, reply.status, reply.body)
        if decision is not None:
            words = self.settle(decision, outcome)
        for entry in self._guard.unresolved(self._name):
            said = self._of_entry(entry, request, outcome, reply)
            if entry.id != decision and said.result is not Result.UNKNOWN:
                words = self._guard.settle(entry.id, said) or words
        return words

    def _unfinished(self, order: str | None) -> bool:
        if order is None:
            return False
        wanted = {(IntentKind.SALE, order), (IntentKind.REVERSAL, reversal_reference(order))}
        entries = self._guard.unresolved(self._name)
        return any((entry.kind, entry.reference) in wanted for entry in entries)

    def _of_entry(
        self, entry: Entry, request: Meaning, outcome: Outcome, reply: HttpReply
    ) -> Outcome:
        """What a reply says of an older request; UNKNOWN where nothing."""
        about = (entry.kind, entry.reference)
        if request.op is Op.QUERY:
            return self._of_order(about, request, outcome, reply)
        if request.op is Op.REFUND_QUERY and request.refund is not None:
            if about == (IntentKind.REFUND, request.refund):
                return outcome
        elif request.op in _NOT_KEPT and request.sale is not None:
            return _after_stop(about, request, outcome)
        return Outcome(Result.UNKNOWN)

    def _of_order(
        self,
        about: tuple[IntentKind, str | None],
        request: Meaning,
        outcome: Outcome,
        reply: HttpReply,
    ) -> Outcome:
        number = request.order or order_number(self._profile, request, reply.body)
        if number is None:
            return Outcome(Result.UNKNOWN)
        if about == (IntentKind.SALE, number):
            return outcome
        if about == (IntentKind.REVERSAL, reversal_reference(number)):
            return reversed_outcome(self._profile, request, reply.status, reply.body)
        return Outcome(Result.UNKNOWN)


def _after_stop(
    about: tuple[IntentKind, str | None], request: Meaning, outcome: Outcome
) -> Outcome:
    if outcome.result is not Result.APPROVED:
        return Outcome(Result.UNKNOWN)
    if about == (IntentKind.SALE, request.order):
        return Outcome(Result.DECLINED, code=_NOT_KEPT[request.op])
    if about == (IntentKind.REVERSAL, reversal_reference(request.sale or "")):
        return outcome
    return Outcome(Result.UNKNOWN)
