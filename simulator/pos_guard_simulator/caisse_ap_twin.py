"""A simulated Caisse-AP terminal, without I/O: bytes and timers in, effects out.

It keeps a journal, answers cancellations and credits from it, and does by amount what its script
says.
"""

from __future__ import annotations

from dataclasses import dataclass

from pos_guard.errors import FrameError
from pos_guard.frames import caisse_ap_table as table
from pos_guard.frames.caisse_ap import (
    CaisseFramer,
    Message,
    build_tags,
    parse_request,
    refusal,
    refusal_of_anything,
)
from pos_guard_simulator.payment_teller import Job
from pos_guard_simulator.payment_twin import PaymentTwin
from pos_guard_simulator.payment_words import Vocabulary, Wrong
from pos_guard_simulator.payment_wrongs import Spoil, Wrongs
from pos_guard_simulator.zvt_book import Book, Script, Transaction

REFUSED, FORMAT, SELECTION, UNKNOWN_ACTION = "04", "09", "10", "12"

_KINDS = {table.DEBIT: "sale", table.CREDIT: "refund", table.CANCEL: "void"}
_TAKEN = "taken"


def _foreign(answer: bytes) -> bytes:
    """For another till than the one that asked."""
    return answer.replace(b"CA002", b"CA00299CX002", 1)


_SPOILS: dict[Wrong, Spoil] = {
    Wrong.GLUE: lambda answer: (_foreign(answer) + answer,),
    Wrong.FOREIGN: lambda answer: (_foreign(answer),),
    Wrong.BAD_LENGTH: lambda answer: (answer.replace(b"AE002", b"AE009", 1),),
    # Nothing in this protocol says where an answer begins: what is garbled stays so.
    Wrong.GARBAGE: lambda answer: (b"\x00\xff?" + answer[:8],),
}

VOCABULARY = Vocabulary(
    r"\d{2}",
    "AF",
    frozenset({*_SPOILS, Wrong.SPLIT, Wrong.DUPLICATE, Wrong.LOST}),
    {_TAKEN: ""},
)
"""``taken`` moves the money and answers "taken into account". There is no ACK and no checksum."""


@dataclass(frozen=True, slots=True)
class CaisseSettings:
    """``contract`` is the merchant's contract (tag CG), ``work_s`` how long a customer takes."""

    contract: str = "1999403"
    work_s: float = 0.0


DEFAULT = CaisseSettings()
DEFAULT_SCRIPT = Script()


class CaisseTerminal(PaymentTwin[Transaction]):
    """The twin. ``heard`` holds every byte that ever arrived, ``book`` what was moved."""

    more = frozenset({_TAKEN})

    def __init__(self, settings: CaisseSettings = DEFAULT, script: Script = DEFAULT_SCRIPT) -> None:
        super().__init__(script, settings.work_s, Wrongs(_SPOILS))
        self.settings = settings
        self.book = Book()
        self.heard = bytearray()
        self._framer = CaisseFramer(table.MAX_REQUEST)

    @property
    def moved(self) -> list[Transaction]:
        """Transactions that stand."""
        return [transaction for transaction in self.book.transactions if not transaction.reversed]

    def say(self, unit: bytes) -> None:
        """An answer is its own frame."""
        self._send(unit)

    def _reset(self) -> None:
        self._framer.drop()

    def _received(self, data: bytes) -> None:
        """Like the terminals, it takes what is whole for the message."""
        self.heard += data
        try:
            messages = self._framer.feed(data)
        except FrameError:
            self.say(refusal_of_anything(self._framer.drop(), FORMAT))
            return
        if self._framer.pending and self._framer.whole:
            messages.append(self._framer.drop())
        for message in messages:
            self._request(message)

    # -- requests ------------------------------------------------------------------------------

    def _request(self, data: bytes) -> None:
        try:
            request = parse_request(data)
        except FrameError:
            self.say(refusal_of_anything(data, FORMAT))
            return
        action = request.get(table.ACTION)
        if action == table.IDENTIFY:
            self.say(_answer(request, ((table.STATUS, table.DONE),)))
        elif action not in _KINDS or not self.idle:
            self.say(refusal(data, UNKNOWN_ACTION if self.idle else SELECTION))
        else:
            self._transact(request, _KINDS[action])

    def _transact(self, request: Message, kind: str) -> None:
        amount = int(request.get(table.AMOUNT) or "0")
        sale = self._cancelled(request, amount) if kind == "void" else None

        def move(moved: int) -> Transaction | str:
            if kind == "void" and sale is None:
                return SELECTION
            done = self.book.move(kind, moved, int(request.get(table.CURRENCY) or "978"))
            if sale is not None:
                sale.reversed = True
            return done

        def yes(done: Transaction) -> bytes:
            taken = self.script.behaviour(amount)[0] == _TAKEN
            facts = self._facts(request, done, table.TAKEN if taken else table.DONE)
            return _answer(request, facts, str(done.amount).zfill(2))

        self._begin(Job(amount, move, yes, lambda code: refusal(request.raw, code or REFUSED)))

    def _cancelled(self, request: Message, amount: int) -> Transaction | None:
        """The sale that a cancellation means: by the terminal's number, else the last one."""
        number = request.get(table.NUMBER)
        if number is None:
            last = self.book.last
            return last if last is not None and last.kind == "sale" else None
        sale = self.book.sale(int(number)) if number.isdecimal() else None
        return sale if sale is not None and sale.amount == amount else None

    def _facts(
        self, request: Message, done: Transaction, status: str
    ) -> tuple[tuple[str, str], ...]:
        if status == table.TAKEN:
            return ((table.STATUS, status),)
        number = (table.NUMBER, f"{done.receipt:06}"), (table.CONTRACT, self.settings.contract)
        if request.get(table.APPLICATION) == "00C":  # a cheque
            return (table.STATUS, status), *number
        return (
            (table.STATUS, status),
            (table.APPLICATION, "001"),
            ("CI", "1"),
            (table.AUTHORISATION, f"{done.trace:06}"),
            (table.CARD, "497010######0000"),
            *number,
        )


def _answer(
    request: Message, facts: tuple[tuple[str, str], ...], amount: str | None = None
) -> bytes:
    """The request's tags with what became of it; ``amount`` if less was paid than asked."""
    known = dict(facts)
    tags = [(tag.name, tag.value) for tag in request.tags if tag.name not in known]
    paid = [
        (name, amount if name == table.AMOUNT and amount and int(amount) != int(value) else value)
        for name, value in tags
    ]
    return build_tags((*paid, *facts))
