"""Concert E+: what a till and a French terminal say to each other, for the exchange session.

A no is the terminal's own "not completed" (7). An answer that comes before the payment (delay
``A011``) says nothing of it, and neither does "not verified" (9): only a person, with the slip in
hand, can say what became of such a request.
"""

from __future__ import annotations

from pos_guard.frames import stx_concert
from pos_guard.links.dialect import Ask, Asks, QuietDialect, Says, Units
from pos_guard.links.dialect import Say as Said
from pos_guard.model import Outcome, Result, Words
from pos_guard.policy.verdict import Reason
from pos_guard.store.ledger import Entry

PRIVATE = 10
"""Characters of the field in which terminals put the number of a transaction."""


class ConcertDialect(QuietDialect):
    """The words of Concert E+. Its "not verified" is no for the libraries in use: never said."""

    name = "concert-e+"

    def read(self, unit: bytes) -> Ask:
        """A request; a type that is not read is never forwarded."""
        request = stx_concert.parse_request(unit)
        intent = stx_concert.intent_of(request)
        return Ask(Asks.UNKNOWN if intent is None else Asks.MONEY, unit, request.name, "", intent)

    def hear(self, unit: bytes, asked: Ask | None) -> Said:
        """An answer."""
        answer = stx_concert.parse_answer(unit)
        if asked is None:
            return Said(Says.STRAY, unit)
        request = stx_concert.parse_request(asked.unit)
        if answer.pos_number != request.pos_number:
            return Said(Says.STRAY, unit)
        return Said(Says.FINAL, unit, _outcome(request, answer))

    def refuse(self, ask: Ask, reason: Reason, say: Words) -> Units:
        """The answer "not completed", as long as the till asked for."""
        del reason, say
        request = stx_concert.parse_request(ask.unit)
        return (stx_concert.answer(request, stx_concert.NOT_COMPLETED),)

    def paid(self, ask: Ask, entry: Entry) -> Units:
        """Accepted, with the terminal's own number, if that is known."""
        request = stx_concert.parse_request(ask.unit)
        number = entry.receipt or ""
        private = number if len(number) == PRIVATE and number.isascii() else "0" * PRIVATE
        return (stx_concert.answer(request, stx_concert.ACCEPTED, private),)


def _outcome(request: stx_concert.Request, answer: stx_concert.Answer) -> Outcome:
    if answer.result == stx_concert.NOT_COMPLETED:
        return Outcome(Result.DECLINED, code=answer.result)
    if answer.result != stx_concert.ACCEPTED or request.immediate:
        return Outcome(Result.UNKNOWN, code=answer.result)
    number = answer.private.strip()
    receipt = number if number.strip("0") and answer.private != request.private else None
    return Outcome(
        Result.APPROVED, answer.amount, answer.currency, receipt=receipt, code=answer.result
    )
