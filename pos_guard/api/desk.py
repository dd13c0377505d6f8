"""What a program may ask over the decision socket, as one function an operation. No I/O.

A program that asks has a link name of its own (``app`` or ``app:lane-2``): it can settle only what
it asked, never a request that came through a terminal's or provider's link.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from pos_guard import __version__
from pos_guard.api import code_ops
from pos_guard.api.bodies import Body, entry_body, verdict_body
from pos_guard.api.message import VERSION, Fields, RequestError, words
from pos_guard.guard import Guard
from pos_guard.model import Intent, IntentKind, Outcome, Result, Source, Tender
from pos_guard.money import Money
from pos_guard.store.ledger import Phase

_LINK = re.compile(r"app(:[A-Za-z0-9_-]{1,32})?")

Answered = Callable[[int], None]
"""Told when a person approved or refused a decision."""


class AppDesk:
    """The operations of one connection."""

    def __init__(self, guard: Guard, on_answered: Answered) -> None:
        self._guard = guard
        self._on_answered = on_answered
        self._link = "app"
        self._open: set[int] = set()

    def do(self, op: str, fields: Fields) -> Body:
        """Carry out one operation.

        :raises RequestError: unknown operation, wrong fields, or nothing by that number.
        :raises NotPermittedError: a person may not do this.
        :raises StoreError: the store says no, or cannot be written.
        """
        if op not in OPERATIONS:
            raise RequestError("unknown-op", f"no such operation: {op}")
        return OPERATIONS[op](self, fields)

    def hang_up(self) -> None:
        """The program is gone: what waits is never submitted, what it may have sent is unknown."""
        for number in sorted(self._open):
            phase = self._guard.store.ledger.entry(number).phase
            if phase is Phase.WAITING:
                self._guard.abandon(number)
            elif phase is Phase.RESERVED:
                self._guard.settle(number, Outcome(Result.UNKNOWN))
        self._open.clear()

    @property
    def link(self) -> str:
        """The name under which this connection asks."""
        return self._link

    def check_waiting(self, number: int) -> None:
        """Check that a request is ours and waits for a person.

        :raises RequestError: ``not-yours`` or ``not-waiting``.
        """
        self._mine(number)
        if self._guard.store.ledger.entry(number).phase is not Phase.WAITING:
            raise RequestError("not-waiting", f"request {number} does not wait for anybody")

    # -- operations ---------------------------------------------------------------------------

    def hello(self, fields: Fields) -> Body:
        """Say who is here; choose the link name."""
        link = fields.maybe_text("link")
        fields.end()
        if link is not None:
            if not _LINK.fullmatch(link):
                raise RequestError("bad-request", "a program's link is app or app:NAME")
            if self._open:
                raise RequestError("bad-request", "say hello before the first question")
            self._link = link
        return {
            "name": "pos-guard",
            "version": __version__,
            "protocol": VERSION,
            "terminal": self._guard.store.terminal_id,
            "currency": self._guard.policy.currency,
            "link": self._link,
        }

    def context(self, fields: Fields) -> Body:
        """Tell what is known around the next payment. Stops at the first piece nobody knows."""
        operator, original = fields.maybe_text("operator"), fields.maybe_text("original")
        tender, order = fields.maybe_choice("tender", Tender), fields.maybe_object("order")
        fields.end()
        body: Body = {}
        if operator is not None and not self._guard.tell_operator(operator, Source.APP):
            raise RequestError("unknown-operator", "no operator by that id")
        if order is not None:
            order_id = order.maybe_text("id")
            total = Money(order.number("total"), order.text("currency"))
            order.end()
            body["order"] = self._guard.tell_order(order_id, total, Source.APP).key
        if original is not None and not self._guard.tell_original(original, Source.APP):
            raise RequestError("unknown-sale", "no sale by that id")
        if tender is not None:
            self._guard.tell_tender(tender, Source.APP)
        return body

    def ask(self, fields: Fields) -> Body:
        """Judge an intent. Allowed: reserved, submit it now and report the result."""
        code, typed = fields.maybe_text("payment_code"), fields.flag("typed")
        intent = Intent(
            kind=fields.choice("kind", IntentKind),
            tender=fields.choice("tender", Tender),
            amount=fields.maybe_number("amount"),
            currency=fields.maybe_text("currency"),
            original=fields.maybe_text("original"),
            payee=fields.maybe_text("payee"),
            reference=fields.maybe_text("reference"),
        )
        fields.end()
        if code is not None:
            intent = self._guard.codes.charging(intent, code, typed=typed)
        decision = self._guard.judge(intent, link=self._link)
        if decision.allowed or decision.needs_person:
            self._open.add(decision.id)
        return verdict_body(decision)

    def again(self, fields: Fields) -> Body:
        """Judge a waiting request again, after a person answered."""
        number = fields.number("decision")
        fields.end()
        self._mine(number)
        return verdict_body(self._guard.rejudge(number))

    def abandon(self, fields: Fields) -> Body:
        """Give a waiting request up."""
        number = fields.number("decision")
        fields.end()
        self._mine(number)
        self._guard.abandon(number)
        return {}

    def result(self, fields: Fields) -> Body:
        """Report what came of an allowed request."""
        number = fields.number("decision")
        outcome = Outcome(
            result=fields.choice("result", Result),
            amount=fields.maybe_number("amount"),
            currency=fields.maybe_text("currency"),
            receipt=fields.maybe_text("receipt"),
            payee=fields.maybe_text("payee"),
            code=fields.maybe_text("code"),
        )
        fields.end()
        self._mine(number)
        warning = self._guard.settle(number, outcome)
        self._open.discard(number)
        return {"warning": None if warning is None else words(warning)}

    def query(self, fields: Fields) -> Body:
        """What the ledger knows of a decision, an order or a sale."""
        number = fields.maybe_number("decision")
        order, sale = fields.maybe_text("order"), fields.maybe_text("sale")
        fields.end()
        body: Body = {}
        ledger = self._guard.store.ledger
        if number is not None:
            body["decision"] = entry_body(ledger.entry(number))
        if order is not None:
            sums = ledger.order_state(order)
            body["order"] = {
                "posted": sums.posted,
                "reserved": sums.reserved,
                "unknown": sums.unknown,
            }
        if sale is not None:
            found = ledger.sale(sale)
            if found is None:
                raise RequestError("unknown-sale", "no sale by that id")
            body["sale"] = {
                "paid": found.paid,
                "remaining": found.remaining,
                "currency": found.currency,
                "tender": str(found.tender),
            }
        return body

    def pending(self, fields: Fields) -> Body:
        """What waits for a second person, and what has no known outcome."""
        fields.end()
        ledger = self._guard.store.ledger
        return {
            "waiting": [entry_body(entry) for entry in ledger.waiting()],
            "unknown": [entry_body(entry) for entry in ledger.unresolved()],
        }

    def approve(self, fields: Fields) -> Body:
        """A second person says yes."""
        number, person = fields.number("decision"), fields.text("approver")
        pin = fields.text("pin")
        fields.end()
        self._guard.approve(number, person, pin)
        self._on_answered(number)
        return {}

    def decline(self, fields: Fields) -> Body:
        """A person says no."""
        number, person = fields.number("decision"), fields.text("person")
        fields.end()
        self._guard.decline(number, person)
        self._on_answered(number)
        return {}

    def resolve(self, fields: Fields) -> Body:
        """A person says what came of an unknown request."""
        number, result = fields.number("decision"), fields.choice("result", Result)
        person, pin = fields.text("person"), fields.text("pin")
        fields.end()
        self._guard.resolve(number, result, person, pin)
        return {}

    def thaw(self, fields: Fields) -> Body:
        """A person lets a frozen link work again, after looking at its device."""
        link, person, pin = fields.text("link"), fields.text("person"), fields.text("pin")
        fields.end()
        self._guard.thaw(link, person, pin)
        return {}

    def trust_clock(self, fields: Fields) -> Body:
        """A person says that the clock is right now."""
        person, pin = fields.text("person"), fields.text("pin")
        fields.end()
        self._guard.trust_clock(person, pin)
        return {}

    def codes(self, op: str, fields: Fields) -> Body:
        """What concerns codes and stickers."""
        return _CODE_OPERATIONS[op](self._guard, self._link, fields)

    def _mine(self, number: int) -> None:
        link = self._guard.store.ledger.entry(number).link
        if link != self._link:
            raise RequestError("not-yours", f"request {number} came through link {link}")


_CODE_OPERATIONS: Mapping[str, Callable[[Guard, str, Fields], Body]] = {
    "scan": code_ops.scan,
    "payees": code_ops.payees,
    "payees_add": code_ops.payees_add,
    "payees_remove": code_ops.payees_remove,
    "payees_check": code_ops.payees_check,
}


def _of_codes(op: str) -> Callable[[AppDesk, Fields], Body]:
    return lambda desk, fields: desk.codes(op, fields)


OPERATIONS: Mapping[str, Callable[[AppDesk, Fields], Body]] = {
    "hello": AppDesk.hello,
    "context": AppDesk.context,
    "ask": AppDesk.ask,
    "again": AppDesk.again,
    "abandon": AppDesk.abandon,
    "result": AppDesk.result,
    "query": AppDesk.query,
    "pending": AppDesk.pending,
    "approve": AppDesk.approve,
    "decline": AppDesk.decline,
    "resolve": AppDesk.resolve,
    "thaw": AppDesk.thaw,
    "trust_clock": AppDesk.trust_clock,
    **{op: _of_codes(op) for op in _CODE_OPERATIONS},
}
"""Every operation that is answered at once; those that take time are the server's: ``SLOW``."""
