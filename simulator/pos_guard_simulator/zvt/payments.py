"""How money moves at a simulated ZVT terminal: by script, by key, and what is said of it.

Sans-IO; knows nothing of how commands come in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from pos_guard.frames import bcd, zvt_build
from pos_guard.frames.zvt import Command
from pos_guard.frames.zvt_table import NO_RECEIPT
from pos_guard.links.session import CancelTimer, CloseApp, SetTimer
from pos_guard_simulator.payment_screen import ASK_MS, Screen, Shows
from pos_guard_simulator.payment_teller import REVERSED_MS, SLOW_MS
from pos_guard_simulator.payment_words import LATE_MS, Outcome, Wrong
from pos_guard_simulator.zvt.slip import (
    EUR,
    KINDS,
    TerminalSettings,
    printed,
    receipt_of,
    status_of,
)
from pos_guard_simulator.zvt.talk import ABORTED, Talk
from pos_guard_simulator.zvt.wrongs import OF_ACKS
from pos_guard_simulator.zvt_book import Book, Script, Transaction
from pos_guard_simulator.zvt_script import VOCABULARY

NO_REVERSAL = 0xB5
CARD_PLEASE = 0x0A
NO_RESERVATION = 0xB8

_USUAL_MS: Mapping[str, int] = {
    Outcome.ASK: ASK_MS,
    Outcome.SLOW: SLOW_MS,
    Outcome.LATE: LATE_MS,
}

WORK = "work"
"""The timer of customer and host."""

BACK = "back"
"""The timer of a reversal that comes after the approval."""


class Payments(Talk):
    """A terminal's money. ``book``: what was moved; ``script``: what an amount does."""

    def __init__(self, settings: TerminalSettings, script: Script) -> None:
        super().__init__(settings)
        self.script = script
        self.book = Book(settings.first_receipt)
        self.screen = Screen()
        self._config = 0
        self._work: Callable[[str], None] | None = None
        self._back: Callable[[], None] | None = None

    def _pay(self, command: Command) -> None:
        amount = command.amount or 0
        currency = command.currency or EUR
        self._transact(
            Screen(Shows.WORKING, amount, currency),
            lambda moved: self.book.move(KINDS[command.code], moved, currency),
        )

    def _reverse(self, command: Command) -> None:
        sale = self.book.sale(int(command.receipt or 0))
        if sale is None:
            self._say(zvt_build.abort(NO_REVERSAL))
            return

        def undo(_: int) -> Transaction:
            sale.reversed = True
            return self.book.move("reversal", sale.amount, sale.currency)

        self._transact(Screen(Shows.WORKING, sale.amount, sale.currency), undo)

    def _tip(self, command: Command) -> None:
        sale = self.book.sale(int(command.receipt or 0), "sale", "booking")
        if sale is None:
            self._say(zvt_build.abort(NO_REVERSAL))
        else:
            self._pay(command)

    def _book_reservation(self, command: Command) -> None:
        if command.open_reservations or command.receipt is None:
            self._open_reservations()
            return
        held = self.book.sale(int(command.receipt), "reservation")
        if held is None:
            self._say(zvt_build.abort_with(NO_RESERVATION, ((0x87, NO_RECEIPT),)))
            return

        def use(amount: int) -> Transaction:
            held.reversed = True
            return self.book.move(KINDS[command.code], amount, held.currency)

        amount = command.amount or held.amount
        self._transact(Screen(Shows.WORKING, amount, held.currency), use)

    def _open_reservations(self) -> None:
        """06 23 87 FF FF: the number of one, or FF FF for none."""
        held = self.book.reservations
        number = bcd.from_int(held[-1].receipt, 2) if held else NO_RECEIPT
        self._say(zvt_build.abort_with(NO_RESERVATION, ((0x87, number),)))

    def _transact(self, shown: Screen, move: Callable[[int], Transaction]) -> None:
        """Money is to move; ``shown``: how much of what."""
        amount = shown.amount or 0
        word, rest = self.script.behaviour(amount)
        if word == Outcome.HANG:
            return
        if word in OF_ACKS:
            self._goes_wrong(Wrong(word))
        if word == "refuse" or self.wrongs.refuses():
            self._send(zvt_build.negative(int(rest or "9A", 16)))
            return
        self._send(zvt_build.ack)
        self._waits = self.settings.waits
        if word == Outcome.SILENT_BEFORE:
            return
        self.screen = shown.now(Shows.ASKS) if word == Outcome.ASK else shown

        def work(key: str) -> None:
            self._decide(key or word, "" if key else rest, amount, move)

        self._begin(self._work_s(word, rest), work)

    def _work_s(self, word: str, rest: str) -> float:
        """How long customer and host take."""
        usual = _USUAL_MS.get(word)
        return self.settings.work_s if usual is None else int(rest or usual) / 1000

    def _begin(self, seconds: float, work: Callable[[str], None]) -> None:
        """Do it in so many seconds; ``work`` takes the word that a key stands for, if any."""
        if seconds <= 0:
            work("")
            return
        self._work = work
        self._out.append(SetTimer(WORK, seconds))
        if self._config & zvt_build.CONFIG_INTERMEDIATE:
            self._lines.append(zvt_build.intermediate(CARD_PLEASE))
            self._next()

    def _decide(
        self, word: str, rest: str, amount: int, move: Callable[[int], Transaction]
    ) -> None:
        if word in (Outcome.DECLINE, Outcome.ASK):  # asked, and nobody came
            code = int(rest if word == Outcome.DECLINE and rest else "6C", 16)
            self.screen = self.screen.now(Shows.DECLINED)
            fields = ((0x27, bytes([code])), (0x04, bcd.from_int(amount, 6)))
            self._lines += [zvt_build.status_information(fields), zvt_build.abort(code)]
            self._next()
            return
        done = move(int(rest) if word == Outcome.APPROVE and rest else amount)
        self.screen = Screen(Shows.APPROVED, done.amount, done.currency)
        if word == Outcome.RESET:
            self._out.append(CloseApp("the terminal hangs up"))
        elif word != Outcome.SILENT_AFTER:
            self._approve(done, word, rest)

    def _approve(self, done: Transaction, word: str, rest: str) -> None:
        if word in VOCABULARY.wrongs and word not in OF_ACKS:
            self._goes_wrong(Wrong(word))
        self._result = done
        self._lines += self._told(done)
        if word == "abort":
            done.reversed = True
            self._lines.append(zvt_build.abort(int(rest or "6C", 16)))
        elif word == Outcome.REVERSED:
            self._later(done, int(rest or REVERSED_MS))
        else:
            self._lines.append(zvt_build.completion())
        self._next()

    def _later(self, done: Transaction, wait_ms: int) -> None:
        """The end comes later, and is none: the payment was taken back."""

        def take_back() -> None:
            done.reversed = True
            self.screen = self.screen.now(Shows.TAKEN_BACK)
            self._lines.append(zvt_build.abort(ABORTED))
            self._next()

        self._back = take_back
        self._out.append(SetTimer(BACK, wait_ms / 1000))

    def _told(self, done: Transaction) -> list[bytes]:
        return [status_of(self.settings, done), *self._printed(receipt_of(self.settings, done))]

    def _printed(self, lines: Iterable[str]) -> list[bytes]:
        """For the till's printer, if it said that it has one."""
        prints = self._config & zvt_build.CONFIG_PRINTS
        return printed(self.settings, lines) if prints else []

    def _give_up(self) -> None:
        """The customer has not paid yet, and will not."""
        self._work = None
        self.screen = self.screen.now(Shows.DECLINED)
        self._out.append(CancelTimer(WORK))
        self._lines.append(zvt_build.abort(ABORTED))
        self._next()
