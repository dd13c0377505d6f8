"""A simulated ZVT payment terminal, without I/O: bytes and timers in, effects out.

It speaks over TCP or a serial line, keeps a journal, prints over the till when that asked for it,
and can decline, fall silent or take a payment back, by amount. A transaction that has begun is
completed although the till is gone. ``ToApp`` is "to the till".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

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
from pos_guard.links.session import CancelTimer, Effects
from pos_guard.links.zvt_wire import Received
from pos_guard_simulator.payment_screen import Key, Shows
from pos_guard_simulator.payment_words import Outcome
from pos_guard_simulator.zvt.payments import BACK, WORK, Payments
from pos_guard_simulator.zvt.slip import EUR, TerminalSettings, journal_of, total_of
from pos_guard_simulator.zvt.wrongs import LATE
from pos_guard_simulator.zvt_book import Script, Transaction

__all__ = ["EUR", "TerminalSettings", "ZvtTerminal"]

NOT_POSSIBLE = 0x83
PROTOCOL_ERROR = 0x9A

_JUST_DONE = frozenset({0x0603, 0x0612, 0x0670, 0x0679, 0x0693})
"""What is answered with its end alone: balance, receipts, diagnosis, self-test, initialisation."""


DEFAULT = TerminalSettings()
DEFAULT_SCRIPT = Script()


class ZvtTerminal(Payments):
    """The twin. ``heard`` holds every byte that ever arrived, ``book`` what was moved.

    ``wrongs.next(wrong)`` makes it say its next words wrongly; ``script`` what an amount does.
    """

    def __init__(
        self, settings: TerminalSettings = DEFAULT, script: Script = DEFAULT_SCRIPT
    ) -> None:
        super().__init__(settings, script)
        self.heard = bytearray()
        self.commands: list[int] = []
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
        if name == WORK:
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
            self._out.append(CancelTimer(WORK))
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
