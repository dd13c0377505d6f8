"""A simulated Caisse-AP terminal, without I/O: bytes and timers in, effects out.

It keeps a journal, answers cancellations and credits from it, and does by amount what its script
says: decline, stay silent, answer late, or answer wrongly. A transaction that has begun is
completed although the till is gone. ``ToApp`` is "to the till".
"""

from __future__ import annotations

from collections.abc import Callable
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
from pos_guard.links.session import CloseApp, Effect, Effects, SetTimer, ToApp
from pos_guard_simulator.zvt_book import Book, Script, Transaction

REFUSED, FORMAT, SELECTION, UNKNOWN_ACTION = "04", "09", "10", "12"

WORDS = (
    "approve[:AMOUNT], decline[:AF], late:MS, taken, silent-before, silent-after, reset, "
    "split, twice, foreign, length, garbage"
)
"""What the terminal can do. ``approve:AMOUNT`` pays only a part; ``late:MS`` approves after so
many milliseconds; ``taken`` moves the money and answers "taken into account"; ``silent-before``
moves nothing and says nothing, ``silent-after`` moves it and says nothing; ``reset`` moves it and
hangs up. Wrong answers to what was approved: in ``split`` pieces, ``twice``, for a ``foreign``
till, with a wrong ``length``, ``garbage``."""

_KINDS = {table.DEBIT: "sale", table.CREDIT: "refund", table.CANCEL: "void"}
_TIMER = "work"


@dataclass(frozen=True, slots=True)
class CaisseSettings:
    """``contract`` is the merchant's contract (tag CG), ``work_s`` how long a customer takes."""

    contract: str = "1999403"
    work_s: float = 0.0


DEFAULT = CaisseSettings()
DEFAULT_SCRIPT = Script()


class CaisseTerminal:
    """The twin. ``heard`` holds every byte that ever arrived, ``book`` what was moved."""

    def __init__(self, settings: CaisseSettings = DEFAULT, script: Script = DEFAULT_SCRIPT) -> None:
        self.settings = settings
        self.script = script
        self.book = Book()
        self.heard = bytearray()
        self._framer = CaisseFramer(table.MAX_REQUEST)
        self._out: list[Effect] = []
        self._connected = False
        self._work: Callable[[], None] | None = None

    @property
    def moved(self) -> list[Transaction]:
        """Transactions that stand."""
        return [transaction for transaction in self.book.transactions if not transaction.reversed]

    @property
    def idle(self) -> bool:
        """No customer is at the terminal."""
        return self._work is None

    def connected(self) -> Effects:
        """A till is there."""
        self._connected = True
        self._framer.drop()
        return []

    def closed(self) -> Effects:
        """The till is gone: a running transaction goes on; its answer is not said."""
        self._connected = False
        return []

    def data(self, data: bytes) -> Effects:
        """Bytes of the till. Like the terminals, it takes what is whole for the message."""
        self.heard += data
        try:
            messages = self._framer.feed(data)
        except FrameError:
            self._say(refusal_of_anything(self._framer.drop(), FORMAT))
            return self._taken()
        if self._framer.pending and self._framer.whole:
            messages.append(self._framer.drop())
        for message in messages:
            self._request(message)
        return self._taken()

    def timer(self, name: str) -> Effects:
        """The customer is done."""
        work, self._work = self._work, None
        if name == _TIMER and work is not None:
            work()
        return self._taken()

    def _taken(self) -> Effects:
        out, self._out = self._out, []
        return out

    def _say(self, *pieces: bytes) -> None:
        if self._connected:
            self._out += [ToApp(piece) for piece in pieces]

    # -- requests ------------------------------------------------------------------------------

    def _request(self, data: bytes) -> None:
        try:
            request = parse_request(data)
        except FrameError:
            self._say(refusal_of_anything(data, FORMAT))
            return
        action = request.get(table.ACTION)
        if action == table.IDENTIFY:
            self._say(_answer(request, ((table.STATUS, table.DONE),)))
        elif action not in _KINDS or not self.idle:
            self._say(refusal(data, UNKNOWN_ACTION if self.idle else SELECTION))
        else:
            self._transact(request, _KINDS[action])

    def _transact(self, request: Message, kind: str) -> None:
        amount = int(request.get(table.AMOUNT) or "0")
        sale = self._cancelled(request, amount) if kind == "void" else None
        if kind == "void" and sale is None:
            self._say(refusal(request.raw, SELECTION))
            return
        word, rest = self.script.behaviour(amount)
        if word == "silent-before":
            return

        def work() -> None:
            if word == "decline":
                self._say(refusal(request.raw, rest or REFUSED))
                return
            self._approve(request, kind, sale, (word, rest))

        wait = int(rest) / 1000 if word == "late" else self.settings.work_s
        if wait > 0:
            self._work = work
            self._out.append(SetTimer(_TIMER, wait))
        else:
            work()

    def _cancelled(self, request: Message, amount: int) -> Transaction | None:
        """The sale that a cancellation means: by the terminal's number, else the last one."""
        number = request.get(table.NUMBER)
        if number is None:
            last = self.book.last
            return last if last is not None and last.kind == "sale" else None
        sale = self.book.sale(int(number)) if number.isdecimal() else None
        return sale if sale is not None and sale.amount == amount else None

    def _approve(
        self, request: Message, kind: str, sale: Transaction | None, behaviour: tuple[str, str]
    ) -> None:
        word, rest = behaviour
        amount = int(request.get(table.AMOUNT) or "0")
        partly = int(rest) if word == "approve" and rest else amount
        done = self.book.move(kind, partly, int(request.get(table.CURRENCY) or "978"))
        if sale is not None:
            sale.reversed = True
        status = table.TAKEN if word == "taken" else table.DONE
        facts = self._facts(done, status, cheque=request.get(table.APPLICATION) == "00C")
        self._spoken(word, _answer(request, facts, str(partly).zfill(2)))

    def _facts(
        self, done: Transaction, status: str, *, cheque: bool
    ) -> tuple[tuple[str, str], ...]:
        if status == table.TAKEN:
            return ((table.STATUS, status),)
        number = (table.NUMBER, f"{done.receipt:06}"), (table.CONTRACT, self.settings.contract)
        if cheque:
            return (table.STATUS, status), *number
        return (
            (table.STATUS, status),
            (table.APPLICATION, "001"),
            ("CI", "1"),
            (table.AUTHORISATION, f"{done.trace:06}"),
            (table.CARD, "497010######0000"),
            *number,
        )

    def _spoken(self, word: str, answer: bytes) -> None:
        if word == "silent-after":
            return
        if word == "reset":
            self._out.append(CloseApp("the terminal hangs up"))
            return
        wrong: dict[str, tuple[bytes, ...]] = {
            "split": (answer[:9], answer[9:25], answer[25:]),
            "twice": (answer + answer,),
            "foreign": (answer.replace(b"CA002", b"CA00299CX002", 1),),
            "length": (answer.replace(b"AE002", b"AE009", 1),),
            "garbage": (b"\x00\xff?" + answer[:8],),
        }
        self._say(*wrong.get(word, (answer,)))


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
