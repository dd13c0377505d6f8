"""What a program may ask over the decision socket, as one function an operation. No I/O.

A program that asks has a link name of its own (``app`` or ``app:lane-2``): it can settle only what
it asked, never a request that came through a terminal's or provider's link.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from pos_guard import __version__
from pos_guard.api import answer_ops, case_ops, code_ops, context_ops, grant_ops, people_ops
from pos_guard.api.answer_ops import Answered
from pos_guard.api.bodies import Body, entry_body, verdict_body
from pos_guard.api.message import VERSION, Fields, RequestError, words
from pos_guard.guard import Guard
from pos_guard.model import Intent, IntentKind, Outcome, Result, Tender
from pos_guard.store.ledger import Phase

_LINK = re.compile(r"app(:[A-Za-z0-9_-]{1,32})?")


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
            reference=fields.maybe_text("reference"),
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

    def tell(self, op: str, fields: Fields) -> Body:
        """What needs the guard alone."""
        return _GUARD_OPERATIONS[op](self._guard, fields)

    def answer(self, op: str, fields: Fields) -> Body:
        """What people answer for a request of any link."""
        return _ANSWERS[op](self._guard, fields, self._on_answered)

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


_GUARD_OPERATIONS: Mapping[str, Callable[[Guard, Fields], Body]] = {
    "context": context_ops.context,
    "pending": answer_ops.pending,
    "resolve": people_ops.resolve,
    "thaw": people_ops.thaw,
    "trust_clock": people_ops.trust_clock,
    "freeze": people_ops.freeze,
    "unfreeze": people_ops.unfreeze,
    "shift": people_ops.shift,
    "batch_closed": people_ops.batch_closed,
    "network": people_ops.network,
    **grant_ops.OPERATIONS,
    **case_ops.OPERATIONS,
}

_ANSWERS: Mapping[str, Callable[[Guard, Fields, Answered], Body]] = {
    "approve": answer_ops.approve,
    "confirm": answer_ops.confirm,
    "prove": answer_ops.prove,
    "explain": answer_ops.explain,
    "decline": answer_ops.decline,
}

_Operation = Callable[["AppDesk", Fields], Body]


def _named(group: Callable[[AppDesk, str, Fields], Body], op: str) -> _Operation:
    return lambda desk, fields: group(desk, op, fields)


OPERATIONS: Mapping[str, _Operation] = {
    "hello": AppDesk.hello,
    "ask": AppDesk.ask,
    "again": AppDesk.again,
    "abandon": AppDesk.abandon,
    "result": AppDesk.result,
    "query": AppDesk.query,
    **{op: _named(AppDesk.tell, op) for op in _GUARD_OPERATIONS},
    **{op: _named(AppDesk.answer, op) for op in _ANSWERS},
    **{op: _named(AppDesk.codes, op) for op in _CODE_OPERATIONS},
}
"""Every operation that is answered at once; those that take time are the server's: ``SLOW``."""
