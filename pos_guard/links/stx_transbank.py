"""The words of a Transbank terminal for the session that guards it. Moves no bytes."""

from __future__ import annotations

from pos_guard.errors import FrameError
from pos_guard.frames import stx_transbank as frames
from pos_guard.frames import stx_transbank_table as table
from pos_guard.frames.stx_transbank import Reply, Request, parse_reply, parse_request
from pos_guard.links.dialect import Ask, Asks, ExchangeTiming, QuietDialect, Say, Says, Units
from pos_guard.model import IntentKind, Outcome, Result, Words
from pos_guard.policy.verdict import Reason
from pos_guard.store.ledger import Entry

TIMING = ExchangeTiming(answer_s=90.0, decide_s=55.0, alive_s=10.0, resolve_s=15.0)
"""The vendor's libraries wait 150 s: a person's time and the terminal's together stay below."""

POLLS = frozenset({table.POLL.encode(), table.NORMAL_MODE.encode()})
"""What may come twice in a row and mean it."""

CANCELLED = "07"
NO_ORIGINAL = "05"
NOT_SUPPORTED = "12"
NO_SALE = "11"
REFUND_NOT_ALLOWED = "21"
ASKING_AMOUNT = 79

_REFUND_CODES = {Reason.ORIGINAL: NO_ORIGINAL, Reason.DECLINED_BY_PERSON: CANCELLED}

_MONEY_REPLIES = frozenset({table.SALE_REPLY, table.MULTICODE_REPLY, table.REFUND_REPLY})
_REMEMBERED = 64
"""Sales whose tickets are kept to know their answer again: a till has one open at a time."""


class TransbankDialect(QuietDialect):
    """Requests of a till and replies of a POS Integrado.

    It remembers of the terminal: its ids, for refusals that look like its own, and its last
    operation; of sales: their tickets, which the ledger does not keep.
    """

    name = "transbank"

    def __init__(self) -> None:
        self._commerce = "0" * 12
        self._terminal = "0" * 8
        self._last: str | None = None
        self._tickets: dict[int, str] = {}

    def read(self, unit: bytes) -> Ask:
        """What the till asks.

        :raises FrameError: as ``parse_request``.
        """
        request = parse_request(unit)
        if request.money:
            self._keep(request)
            return Ask(Asks.MONEY, unit, request.name, intent=frames.intent_of(request))
        if not request.known:
            return Ask(Asks.UNKNOWN, unit, request.name)
        answered = request.command not in table.UNANSWERED
        closes = request.command == table.CLOSE
        return Ask(Asks.PASSES, unit, request.name, answered=answered, closes=closes)

    def hear(self, unit: bytes, asked: Ask | None) -> Say:
        """What the terminal says.

        :raises FrameError: as ``parse_reply``.
        """
        reply = parse_reply(unit)
        payees = tuple(item for item in (reply.terminal, reply.commerce) if item)
        self._commerce = reply.values.get("commerce") or self._commerce
        self._terminal = reply.values.get("terminal") or self._terminal
        if asked is None:
            return Say(Says.STRAY, unit, payees=payees)
        if reply.command == table.PROGRESS:
            return Say(Says.PROGRESS, unit)
        if asked.kind is not Asks.MONEY:
            return Say(_answers(asked, reply), unit, _closed(asked, reply), payees)
        request = parse_request(asked.unit)
        if reply.command not in table.REPLIES[request.command]:
            return Say(Says.STRAY, unit, payees=payees)
        if reply.approved and request.command != table.REFUND:
            self._last = reply.operation
        return Say(Says.FINAL, unit, _outcome(reply, request), payees)

    def refuse(self, ask: Ask, reason: Reason, say: Words) -> Units:
        """Refund: 21, not allowed. Sale, and a person's no: 07, cancelled. Else: 12."""
        del say
        request = parse_request(ask.unit)
        if request.command == table.REFUND:
            code = _REFUND_CODES.get(reason, REFUND_NOT_ALLOWED)
            return (self._refund(code, request.params[0]),)
        if request.money:
            return (self._sale(CANCELLED, request),)
        return (self._no(request.command),)

    def malformed(self, unit: bytes, error: FrameError) -> Units:
        """A no in the form of the command, where that can be read; else the line says NAK."""
        del error
        command = unit[:4].decode("latin-1")
        if not (command.isascii() and command.isdigit() and len(command) == 4):
            return ()
        if command == table.REFUND:
            return (self._refund(REFUND_NOT_ALLOWED, ""),)
        if command in table.MONEY:
            return (self._sale(NOT_SUPPORTED, Request(command, (), 0)),)
        return (self._no(command),)

    def alive(self, ask: Ask) -> bytes | None:
        """Says that the amount is being confirmed, to a till that asked to hear how it goes on."""
        request = parse_request(ask.unit)
        return frames.progress(ASKING_AMOUNT) if request.status else None

    def paid(self, ask: Ask, entry: Entry) -> Units:
        """Approved, with the terminal's own number; what only it knows of the card stays empty."""
        request = parse_request(ask.unit)
        if request.command == table.REFUND:
            return (self._refund(frames.APPROVED, request.params[0]),)
        return (self._sale(frames.APPROVED, request, entry.receipt or ""),)

    def question(self, entry: Entry) -> bytes | None:
        """The last sale tells of a sale; of a refund nothing tells."""
        return frames.build(table.LAST_SALE, "") if entry.kind is IntentKind.SALE else None

    def found(self, entry: Entry, unit: bytes) -> Outcome | None:
        """The last sale is this one when amount and ticket are the same and its operation is new.

        The operation that was the last one already: nothing newer happened, unless a late answer
        has made it this sale's own.

        :raises FrameError: as ``parse_reply``.
        """
        reply = parse_reply(unit)
        if reply.command != table.LAST_SALE_REPLY:
            return None
        if reply.code == NO_SALE:
            return Outcome(Result.DECLINED, code=reply.code)
        if not reply.approved or reply.operation is None:
            return None
        if reply.operation == self._last != entry.receipt:
            return Outcome(Result.DECLINED, code="nothing newer")
        ticket = self._tickets.get(entry.amount or 0)
        other = ticket is not None and ticket != reply.values.get("ticket", "").strip()
        if reply.amount != entry.amount or other:
            return None
        return _approved(reply, entry.payee)

    def _keep(self, request: Request) -> None:
        if request.amount is not None:
            self._tickets.pop(request.amount, None)
            self._tickets[request.amount] = request.ticket.strip()
            if len(self._tickets) > _REMEMBERED:
                del self._tickets[next(iter(self._tickets))]

    def _sale(self, code: str, request: Request, operation: str = "") -> bytes:
        values = {
            "response_code": code,
            "commerce": self._commerce,
            "terminal": self._terminal,
            "ticket": request.ticket,
            "amount": str(request.amount or 0),
            "operation": operation,
            "shares": "0",
            "tip": "0",
        }
        if request.command == table.SALE:
            return frames.sale_reply(values)
        values |= {"change": "0", "provider": request.commerce or ""}
        return frames.sale_reply(values, table.MULTICODE_REPLY)

    def _refund(self, code: str, operation: str) -> bytes:
        return frames.refund_reply(code, self._commerce, self._terminal, operation)

    def _no(self, command: str) -> bytes:
        reply = f"{(int(command) + 10) % 10_000:04d}"
        return frames.build(reply, NOT_SUPPORTED, self._commerce, self._terminal, "")


def _answers(asked: Ask, reply: Reply) -> Says:
    """A reply to what moves no money. Details come one by one; one without authorisation ends."""
    if reply.command in _MONEY_REPLIES:
        return Says.STRAY  # a late answer to something else
    if reply.command != table.DETAIL:
        return Says.FINAL
    printed = asked.unit.split(b"|")[1:2] == [b"0"]
    more = reply.values.get("authorisation", "").strip()
    return Says.PROGRESS if more and not printed else Says.FINAL


def _closed(asked: Ask, reply: Reply) -> Outcome | None:
    """What came of a close; None of anything else."""
    if not asked.closes or reply.command != table.CLOSE_REPLY:
        return None
    return Outcome(Result.APPROVED if reply.approved else Result.DECLINED, code=reply.code)


def _outcome(reply: Reply, request: Request) -> Outcome:
    if not reply.approved:
        return Outcome(Result.DECLINED, code=reply.code)
    if request.command == table.REFUND:
        # The number may be the sale's own, which is no receipt of the refund.
        own = reply.operation if reply.operation != request.operation else None
        return Outcome(Result.APPROVED, None, None, own, reply.terminal, reply.code)
    return _approved(reply, request.commerce)


def _approved(reply: Reply, payee: str | None) -> Outcome:
    """A sale for one of several merchants names that one; else the terminal is who was paid."""
    paid = reply.terminal if payee is None else reply.values.get("provider", "").strip() or None
    return Outcome(
        Result.APPROVED, reply.amount, frames.CURRENCY, reply.operation, paid, reply.code
    )
