"""A simulated ZVT payment terminal, without I/O: bytes and timers in, effects out.

It speaks over TCP or a serial line, keeps a journal, prints over the till when that asked for it,
and can decline, fall silent or take a payment back, by amount. A transaction that has begun is
completed although the till is gone. ``ToApp`` is "to the till".
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from pos_guard.errors import FrameError
from pos_guard.frames import bcd, zvt_build
from pos_guard.frames.zvt import Command, parse
from pos_guard.frames.zvt_apdu import Apdu
from pos_guard.frames.zvt_table import (
    ABORT_COMMAND,
    AUTHORISATION,
    BOOK_TOTAL,
    BOOKING,
    END_OF_DAY,
    LOG_OFF,
    NO_RECEIPT,
    PREPAID,
    PRINT_CONFIGURATION,
    REFUND,
    REGISTRATION,
    RELEASE,
    REPEAT_RECEIPT,
    RESERVATION,
    REVERSAL,
    STATUS_ENQUIRY,
    TELEPHONIC,
    TIP,
    TURNOVER_TOTALS,
    WAIT,
)
from pos_guard.links.session import CancelTimer, CloseApp, Effects, SetTimer
from pos_guard.links.zvt_wire import Received
from pos_guard_simulator.payment_screen import ASK_MS, Key, Screen, Shows
from pos_guard_simulator.payment_teller import REVERSED_MS, SLOW_MS
from pos_guard_simulator.payment_words import LATE_MS, Outcome, Wrong
from pos_guard_simulator.zvt_book import Book, Script, Transaction
from pos_guard_simulator.zvt_script import VOCABULARY
from pos_guard_simulator.zvt_slip import (
    EUR,
    KINDS,
    TerminalSettings,
    journal_of,
    printed,
    receipt_of,
    status_of,
    total_of,
)
from pos_guard_simulator.zvt_talk import ABORTED, Talk
from pos_guard_simulator.zvt_wrongs import LATE, OF_ACKS

__all__ = ["EUR", "TerminalSettings", "ZvtTerminal"]

NOT_POSSIBLE = 0x83
PROTOCOL_ERROR = 0x9A
NO_REVERSAL = 0xB5
CARD_PLEASE = 0x0A

NO_RESERVATION = 0xB8

_JUST_DONE = frozenset({0x0603, 0x0612, 0x0670, 0x0679, 0x0693})
"""What is answered with its end alone: balance, receipts, diagnosis, self-test, initialisation."""


DEFAULT = TerminalSettings()
DEFAULT_SCRIPT = Script()


_USUAL_MS: Mapping[str, int] = {
    Outcome.ASK: ASK_MS,
    Outcome.SLOW: SLOW_MS,
    Outcome.LATE: LATE_MS,
}

BACK = "back"
"""The timer of a reversal that comes after the approval."""


class ZvtTerminal(Talk):
    """The twin. ``heard`` holds every byte that ever arrived, ``book`` what was moved.

    ``wrongs.next(wrong)`` makes it say its next words wrongly; ``script`` what an amount does.
    """

    def __init__(
        self, settings: TerminalSettings = DEFAULT, script: Script = DEFAULT_SCRIPT
    ) -> None:
        super().__init__(settings)
        self.script = script
        self.book = Book(settings.first_receipt)
        self.heard = bytearray()
        self.commands: list[int] = []
        self.screen = Screen()
        self._config = 0
        self._work: Callable[[str], None] | None = None
        self._back: Callable[[], None] | None = None
        self._handlers = self._commands()

    @property
    def moved(self) -> list[Transaction]:
        """Transactions that stand."""
        return [transaction for transaction in self.book.transactions if not transaction.reversed]

    @property
    def idle(self) -> bool:
        """No exchange is open."""
        return self._work is None and self._back is None and self._asked is None

    # -- driven by a shell ---------------------------------------------------------------------

    def connected(self) -> Effects:
        """A till is there."""
        self._connected = True
        self._reset()
        return self._taken()

    def closed(self) -> Effects:
        """The till is gone: a running transaction goes on; what is to be said is not."""
        self._connected = False
        self._reset()
        if self._asked is not None:
            self._unheard()
        return self._taken()

    def data(self, data: bytes) -> Effects:
        """Bytes of the till."""
        self.heard += data
        self._received(self._wire.receive(data))
        return self._taken()

    def timer(self, name: str) -> Effects:
        """Time passed."""
        if name == "work":
            work, self._work = self._work, None
            if work is not None:
                work("")
        elif name == BACK:
            back, self._back = self._back, None
            if back is not None:
                back()
        elif name == "ack":
            self._unheard()
        elif name == LATE:
            self._out += self.wrongs.late()
        else:
            got = self._wire.timer(name)
            if got is not None:
                self._received(got)
        return self._taken()

    def press(self, key: Key) -> tuple[bool, Effects]:
        """Somebody presses a key: whether anything waited for it, and what is done then.

        Whoever is asked decides; ``stop`` ends whatever the customer has not done yet.
        """
        work = self._work
        if work is None or not (key is Key.STOP or self.screen.shows is Shows.ASKS):
            return False, []
        if key is Key.STOP:
            self._give_up()
        else:
            self._work = None
            self._out.append(CancelTimer("work"))
            work(Outcome.APPROVE if key is Key.OK else Outcome.DECLINE)
        return True, self._taken()

    def _received(self, got: Received) -> None:
        self._out += got.effects
        for apdu in got.apdus:
            if apdu.code >> 8 in (0x80, 0x84):
                self._answered(apdu)
            else:
                self._command(apdu)

    # -- commands ------------------------------------------------------------------------------

    def _command(self, apdu: Apdu) -> None:
        self.commands.append(apdu.code)
        if apdu.code == ABORT_COMMAND:
            self._stop()
            return
        if not self.idle:
            self._send(zvt_build.negative(WAIT & 0xFF))
            return
        try:
            command = parse(apdu)
        except FrameError:
            self._send(zvt_build.negative(PROTOCOL_ERROR))
            return
        handler = self._handlers.get(apdu.code)
        if handler is None:
            self._send(zvt_build.negative(NOT_POSSIBLE))
        else:
            handler(command)

    def _commands(self) -> Mapping[int, Callable[[Command], None]]:
        pays = dict.fromkeys((AUTHORISATION, PREPAID, TELEPHONIC, RESERVATION, REFUND), self._pay)
        done: dict[int, Callable[[Command], None]] = dict.fromkeys(
            _JUST_DONE, lambda _: self._say(zvt_build.completion())
        )
        return {
            **pays,
            **done,
            REGISTRATION: self._register,
            STATUS_ENQUIRY: lambda _: self._say(Apdu.of(0x060F, b"\x00").raw),
            REPEAT_RECEIPT: self._repeat,
            END_OF_DAY: self._end_of_day,
            LOG_OFF: lambda _: self._say(),
            TURNOVER_TOTALS: self._totals,
            PRINT_CONFIGURATION: self._configuration,
            REVERSAL: self._reverse,
            TIP: self._tip,
            BOOKING: self._book_reservation,
            BOOK_TOTAL: self._book_reservation,
            RELEASE: self._book_reservation,
        }

    def _register(self, command: Command) -> None:
        self._config = command.status or 0
        tid = bytes.fromhex(self.settings.terminal_id)
        self._say(
            zvt_build.completion(((0x19, b"\x00"), (0x29, tid), (0x49, bcd.from_int(EUR, 2))))
        )

    def _repeat(self, _: Command) -> None:
        last = self.book.last
        if last is None:
            self._say(zvt_build.abort(NOT_POSSIBLE))
        else:
            self._say(*self._told(last), zvt_build.completion())

    def _end_of_day(self, _: Command) -> None:
        self._say(total_of(self.book), zvt_build.completion())

    def _totals(self, _: Command) -> None:
        journal = self._printed(journal_of(self.moved))
        self._say(total_of(self.book), *journal, zvt_build.completion())

    def _configuration(self, _: Command) -> None:
        lines = [f"TERMINAL-ID {self.settings.terminal_id}", f"VU {self.settings.vu_number}"]
        self._say(*self._printed(lines), zvt_build.completion())

    def _stop(self) -> None:
        self._send(zvt_build.ack)
        if self._work is not None:
            self._give_up()

    def _give_up(self) -> None:
        """The customer has not paid yet, and will not."""
        self._work = None
        self.screen = self.screen.now(Shows.DECLINED)
        self._out.append(CancelTimer("work"))
        self._lines.append(zvt_build.abort(ABORTED))
        self._next()

    # -- transactions --------------------------------------------------------------------------

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
        self._out.append(SetTimer("work", seconds))
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
