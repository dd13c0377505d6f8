"""Concert E+: what a till and a French terminal say to each other, for the exchange session.

A no is the terminal's own "not completed" (7). An answer that comes before the payment (delay
``A011``) says nothing of it, and neither does "not verified" (9): only a person, with the slip in
hand, can say what became of such a request.
"""

from __future__ import annotations

from pos_guard.errors import FrameError
from pos_guard.frames import stx_concert
from pos_guard.links.dialect import Ask, Asks, Says, Units
from pos_guard.links.dialect import Say as Said
from pos_guard.model import Outcome, Result, Words
from pos_guard.policy.verdict import Reason
from pos_guard.store.ledger import Entry


class ConcertDialect:
    """The words of Concert E+."""

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

    def malformed(self, unit: bytes, error: FrameError) -> Units:
        """The line's NAK: a till takes it for "not accepted"."""
        del unit, error
        return ()

    def alive(self, ask: Ask) -> bytes | None:
        """The protocol has no such word: a till waits 120 s."""
        del ask
        return None

    def stopped(self, stop: Ask, held: Ask | None) -> Units:
        """No request of this protocol stops another."""
        del stop, held
        return ()

    def undone(self, undo: Ask) -> Units:
        """No request of this protocol takes another back."""
        del undo
        return ()

    def late(self, ask: Ask) -> Units:
        """Silence: "not verified" is no for the libraries in use, and a till would charge again."""
        del ask
        return ()

    def question(self, entry: Entry) -> bytes | None:
        """The protocol has none."""
        del entry
        return None

    def found(self, entry: Entry, unit: bytes) -> Outcome | None:
        """Nothing was asked."""
        del entry, unit
        return None


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
