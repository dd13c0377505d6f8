"""What a provider's answer settles: the request itself, and older ones of unknown outcome.

The till's own queries, reversals and closings resolve what was unknown, so that the shop goes on
as the provider's documents say (query, then reverse); only definite answers settle anything.
"""

from __future__ import annotations

from pos_guard.frames import wechat
from pos_guard.frames.http import HttpReply
from pos_guard.frames.wechat_reply import order_number, outcome_of, reversed_outcome
from pos_guard.guard import Guard
from pos_guard.model import Intent, IntentKind, Outcome, Result, Words
from pos_guard.store.ledger import Entry, Phase

_OPEN = frozenset({Phase.RESERVED, Phase.UNKNOWN})

_NOT_KEPT = {wechat.Reverse: "REVOKED", wechat.Close: "CLOSED"}
"""Done to an order whose payment was unknown, these leave it unpaid."""


class Money:
    """The guard, as one provider link uses it."""

    def __init__(self, name: str, guard: Guard) -> None:
        self._name = name
        self._guard = guard

    def intent(self, request: wechat.Request) -> Intent | None:
        """What must be judged before it is forwarded; None where it may pass.

        A reversal of a payment whose outcome is unknown only stops what is unfinished, and so is
        the repetition of a reversal whose outcome is: both pass.
        """
        intent = wechat.intent_of(request)
        if intent is None:
            return None
        if isinstance(request, wechat.Reverse) and self._unfinished(request.out_trade_no):
            return None
        if isinstance(request, wechat.CodePay):
            return self._guard.codes.charging(intent, request.auth_code)
        return intent

    def settle(self, decision: int, outcome: Outcome) -> Words | None:
        """Record an outcome durably, unless a repeated request already has a final one."""
        if self._guard.store.ledger.entry(decision).phase not in _OPEN:
            return None
        return self._guard.settle(decision, outcome)

    def answered(
        self, request: wechat.Request, decision: int | None, reply: HttpReply
    ) -> Words | None:
        """Settle everything that this reply settles; words when something does not fit."""
        words = None
        outcome = outcome_of(request, reply.status, reply.body)
        if decision is not None:
            words = self.settle(decision, outcome)
        for entry in self._guard.unresolved(self._name):
            said = _of_entry(entry, request, outcome, reply)
            if entry.id != decision and said.result is not Result.UNKNOWN:
                words = self._guard.settle(entry.id, said) or words
        return words

    def _unfinished(self, out_trade_no: str) -> bool:
        wanted = {
            (IntentKind.SALE, out_trade_no),
            (IntentKind.REVERSAL, wechat.reversal_reference(out_trade_no)),
        }
        entries = self._guard.unresolved(self._name)
        return any((entry.kind, entry.reference) in wanted for entry in entries)


def _of_entry(entry: Entry, request: wechat.Request, outcome: Outcome, reply: HttpReply) -> Outcome:
    """What a reply says of an older request; UNKNOWN where nothing."""
    nothing = Outcome(Result.UNKNOWN)
    about = (entry.kind, entry.reference)
    match request:
        case wechat.QueryOrder():
            number = request.out_trade_no or order_number(reply.body)
            if number is None:
                return nothing
            if about == (IntentKind.SALE, number):
                return outcome
            if about == (IntentKind.REVERSAL, wechat.reversal_reference(number)):
                return reversed_outcome(reply.status, reply.body)
        case wechat.QueryRefund() if about == (IntentKind.REFUND, request.out_refund_no):
            return outcome
        case wechat.Reverse() | wechat.Close():
            return _after_stop(about, request, outcome)
        case _:
            pass
    return nothing


def _after_stop(
    about: tuple[IntentKind, str | None],
    request: wechat.Reverse | wechat.Close,
    outcome: Outcome,
) -> Outcome:
    if outcome.result is not Result.APPROVED:
        return Outcome(Result.UNKNOWN)
    if about == (IntentKind.SALE, request.out_trade_no):
        return Outcome(Result.DECLINED, code=_NOT_KEPT[type(request)])
    if about == (IntentKind.REVERSAL, wechat.reversal_reference(request.out_trade_no)):
        return outcome
    return Outcome(Result.UNKNOWN)
