"""The words of a Hypercom ECR or Credibanco terminal for the session that guards it."""

from __future__ import annotations

from dataclasses import replace

from pos_guard.errors import FrameError
from pos_guard.frames import stx_hypercom as frames
from pos_guard.frames.stx_hypercom import Message, Variant, parse, parse_request
from pos_guard.links.dialect import Ask, Asks, ExchangeTiming, QuietDialect, Say, Says, Units
from pos_guard.model import IntentKind, Outcome, Result, Words
from pos_guard.policy.verdict import Reason
from pos_guard.store.ledger import Entry

TIMING = ExchangeTiming(answer_s=90.0, decide_s=25.0, resolve_s=15.0)
"""Programs wait two minutes for an answer, and nothing keeps them waiting: a person has less."""

TRANSPORT = "6000000000"
NOT_DONE = "ND"
CANCELLED = "TXN CANCELLED"
APPROVED = "APPROVED"
NUMBER_WIDTH = 6
TEXT_WIDTH = 40

_LISTED = {
    Reason.AMOUNT: "13",
    Reason.OVER_LIMIT: "61",
    Reason.DUPLICATE: "94",
    Reason.PAYEE: "03",
    Reason.MALFORMED: "30",
    Reason.DECLINED_BY_PERSON: "05",
    Reason.GUARD: "96",
}
_NOT_PERMITTED = "58"
"""Response codes of ISO 8583, which Credibanco's field 48 carries."""


class HypercomDialect(QuietDialect):
    """Requests of a till and responses of a terminal. It remembers the terminal's last trace.

    A void is answered with the trace of its sale, and the inquiry then tells the void's own, which
    nobody knew, with the same amount.
    """

    tells_kind = False

    def __init__(self, variant: Variant) -> None:
        self.name = variant.name
        self._variant = variant
        self._last: str | None = None

    def read(self, unit: bytes) -> Ask:
        """What the till asks.

        :raises FrameError: as ``parse_request``.
        """
        request = parse_request(unit, self._variant)
        transaction = frames.transaction_of(request, self._variant)
        if transaction is None:
            return Ask(Asks.UNKNOWN, unit, f"transaction {request.code}")
        if transaction.kind is None:
            return Ask(Asks.PASSES, unit, transaction.name, closes=transaction.closes)
        intent = frames.intent_of(request, self._variant)
        return Ask(Asks.MONEY, unit, transaction.name, intent=intent)

    def hear(self, unit: bytes, asked: Ask | None) -> Say:
        """What the terminal says: the response to that very transaction, or a stray one.

        :raises FrameError: as ``parse``, and for one that contradicts itself.
        """
        message = parse(unit, self._variant)
        payees = _payees(message)
        if asked is None or message.rri != frames.RESPONSE:
            return Say(Says.STRAY, unit, payees=payees)
        if message.code != parse(asked.unit, self._variant).code:
            return Say(Says.STRAY, unit, payees=payees)
        if asked.kind is not Asks.MONEY:
            closed = self._outcome(message, asked) if asked.closes else None
            return Say(Says.FINAL, unit, closed, payees)
        outcome = self._outcome(message, asked)
        if outcome.result is Result.APPROVED:
            self._last = outcome.receipt or self._last
        return Say(Says.FINAL, unit, outcome, payees)

    def refuse(self, ask: Ask, reason: Reason, say: Words) -> Units:
        """ND, "TXN CANCELLED"; Credibanco: a response code in field 48."""
        del say
        return (self._no(parse(ask.unit, self._variant), reason),)

    def malformed(self, unit: bytes, error: FrameError) -> Units:
        """The same no, where at least the headers can be read; else the line says NAK."""
        del error
        code = unit[12:14].decode("latin-1")
        if unit[10:12] != b"10" or not (code.isascii() and code.isdigit()):
            return ()
        return (self._no(Message(TRANSPORT, "0", code, "00", {}), Reason.MALFORMED),)

    def paid(self, ask: Ask, entry: Entry) -> Units:
        """Approved, with the terminal's own number; what only it knows of the card is left out."""
        number = entry.receipt or ""
        fields = [(frames.TEXT, APPROVED.ljust(TEXT_WIDTH).encode())]
        if entry.amount is not None:
            fields.append((frames.AMOUNT, f"{entry.amount:012d}".encode()))
        if self._variant.results:
            fields.append((frames.RESULT, frames.APPROVED.encode()))
        if len(number) == NUMBER_WIDTH and number.isdigit():
            name = frames.RECEIPT if self._variant.results else frames.TRACE
            fields.append((name, number.encode()))
        request = parse(ask.unit, self._variant)
        return (frames.response(request, frames.APPROVED, fields, self._variant),)

    def question(self, entry: Entry) -> bytes | None:
        """Hypercom's inquiry of the last transaction; it does not tell a void from its sale."""
        if self._variant.results or entry.kind is IntentKind.VOID:
            return None
        return frames.build(Message(TRANSPORT, "0", frames.LAST, "00", {}), self._variant)

    def found(self, entry: Entry, unit: bytes) -> Outcome | None:
        """The last transaction is this one when its amount is the same and its trace is new.

        Or when a late answer has made that trace its own.

        :raises FrameError: as ``parse``.
        """
        message = parse(unit, self._variant)
        if message.rri != frames.RESPONSE or message.code != frames.LAST:
            return None
        trace = message.text(frames.TRACE)
        if not frames.approved(message, self._variant) or trace is None:
            return None
        if trace == self._last != entry.receipt:
            return Outcome(Result.DECLINED, code="nothing newer")
        return self._approved(message, entry.payee) if message.amount == entry.amount else None

    def _outcome(self, message: Message, asked: Ask) -> Outcome:
        if frames.approved(message, self._variant):
            outcome = self._approved(message, asked.intent.payee if asked.intent else None)
            # A void is answered with the number of its sale, which is no receipt of the void.
            own = asked.intent is None or outcome.receipt != asked.intent.original
            return outcome if own else replace(outcome, receipt=None)
        return Outcome(Result.DECLINED, code=message.text(frames.RESULT) or message.response)

    def _approved(self, message: Message, merchant: str | None) -> Outcome:
        """A merchant that the request named is not compared: terminals answer with a number."""
        names = (frames.TRACE, frames.RECEIPT, frames.APPROVAL)
        receipt = next((text for name in names if (text := message.text(name))), None)
        return Outcome(
            Result.APPROVED,
            message.amount,
            self._variant.currency,
            receipt,
            None if merchant else message.text(frames.TERMINAL),
            message.response,
        )

    def _no(self, request: Message, reason: Reason) -> bytes:
        text = (frames.TEXT, CANCELLED.ljust(TEXT_WIDTH).encode())
        if not self._variant.results:
            return frames.response(request, NOT_DONE, (text,), self._variant)
        code = _LISTED.get(reason, _NOT_PERMITTED)
        fields = (text, (frames.RESULT, code.encode()))
        return frames.response(request, code, fields, self._variant)


def _payees(message: Message) -> tuple[str, ...]:
    names = (frames.TERMINAL, frames.MERCHANT_ID, frames.MERCHANT)
    return tuple(text for name in names if (text := message.text(name)))
