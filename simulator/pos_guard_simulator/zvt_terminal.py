"""A simulated ZVT payment terminal, without I/O: bytes and timers in, effects out.

It speaks over TCP or a serial line, keeps a journal, prints over the till when that asked for it,
and can decline, fall silent or take a payment back, by amount. A transaction that has begun is
completed although the till is gone. ``ToApp`` is "to the till".
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from pos_guard.errors import FrameError
from pos_guard.frames import bcd, zvt_build
from pos_guard.frames.zvt import Command, parse
from pos_guard.frames.zvt_apdu import Apdu
from pos_guard.frames.zvt_table import (
    ABORT_COMMAND,
    AUTHORISATION,
    END_OF_DAY,
    LOG_OFF,
    NOT_AUTHENTIC,
    REDUCE,
    REFUND,
    REGISTRATION,
    REPEAT_RECEIPT,
    REVERSAL,
    STATUS_ENQUIRY,
    WAIT,
)
from pos_guard.links.session import CancelTimer, Effect, Effects, SetTimer, ToApp
from pos_guard.links.zvt_wire import Framing, Received, WireSettings, open_wire
from pos_guard_simulator.zvt_book import Book, Script, Transaction

EUR = 978
ABORTED = 0x6C
NOT_POSSIBLE = 0x83
PROTOCOL_ERROR = 0x9A
NO_REVERSAL = 0xB5
CARD_PLEASE = 0x0A

_KINDS = {AUTHORISATION: "sale", REFUND: "refund", REVERSAL: "reversal"}


@dataclass(frozen=True, slots=True)
class TerminalSettings:
    """How this terminal is set up.

    ``work_s``: how long customer and host take. ``ack_s``: how long it waits for the till's
    answer. ``auto_reverse``: a result that the till did not acknowledge is taken back.
    ``waits``: how often the till may ask it to wait (84 9C).
    """

    terminal_id: str = "52001233"
    framing: Framing = Framing.TCP
    work_s: float = 0.0
    ack_s: float = 5.0
    auto_reverse: bool = False
    waits: int = 5
    first_receipt: int = 1


DEFAULT = TerminalSettings()
DEFAULT_SCRIPT = Script()


class ZvtTerminal:
    """The twin. ``heard`` holds every byte that ever arrived, ``book`` what was moved."""

    def __init__(
        self, settings: TerminalSettings = DEFAULT, script: Script = DEFAULT_SCRIPT
    ) -> None:
        self.settings = settings
        self.script = script
        self.book = Book(settings.first_receipt)
        self.heard = bytearray()
        self.commands: list[int] = []
        self._wire = open_wire(settings.framing, "ecr", ToApp, WireSettings(2.0, settings.ack_s))
        self._connected = False
        self._config = 0
        self._out: list[Effect] = []
        # What is still to be said, each line after the till's answer to the one before.
        self._lines: deque[bytes] = deque()
        self._asked: bytes | None = None
        self._result: Transaction | None = None
        self._waits = 0
        self._work: Callable[[], None] | None = None

    @property
    def moved(self) -> list[Transaction]:
        """Transactions that stand."""
        return [transaction for transaction in self.book.transactions if not transaction.reversed]

    @property
    def idle(self) -> bool:
        """No exchange is open."""
        return self._work is None and self._asked is None

    # -- driven by a shell ---------------------------------------------------------------------

    def connected(self) -> Effects:
        """A till is there."""
        self._connected = True
        self._out += self._wire.reset()
        return self._taken()

    def closed(self) -> Effects:
        """The till is gone: a running transaction goes on; what is to be said is not."""
        self._connected = False
        self._out += self._wire.reset()
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
                work()
        elif name == "ack":
            self._unheard()
        else:
            got = self._wire.timer(name)
            if got is not None:
                self._received(got)
        return self._taken()

    def _taken(self) -> Effects:
        out, self._out = self._out, []
        return out

    def _received(self, got: Received) -> None:
        self._out += got.effects
        for apdu in got.apdus:
            if apdu.code >> 8 in (0x80, 0x84):
                self._answered(apdu)
            else:
                self._command(apdu)

    def _send(self, apdu: bytes) -> None:
        if self._connected:
            self._out += self._wire.send(apdu)

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
        handlers: dict[int, Callable[[Command], None]] = {
            REGISTRATION: self._register,
            STATUS_ENQUIRY: lambda _: self._say(Apdu.of(0x060F, b"\x00").raw),
            REPEAT_RECEIPT: self._repeat,
            END_OF_DAY: self._end_of_day,
            LOG_OFF: lambda _: self._say(),
            AUTHORISATION: self._pay,
            REFUND: self._pay,
            REVERSAL: self._reverse,
        }
        handler = handlers.get(apdu.code)
        if handler is None:
            self._send(zvt_build.negative(NOT_POSSIBLE))
        else:
            handler(command)

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
            self._say(self._status(last), *self._receipt(last), zvt_build.completion())

    def _end_of_day(self, _: Command) -> None:
        total = max(self.book.total, 0)
        fields = ((0x27, b"\x00"), (0x04, bcd.from_int(total, 6)))
        self._say(zvt_build.status_information(fields), zvt_build.completion())

    def _stop(self) -> None:
        self._send(zvt_build.ack)
        if self._work is not None:  # the customer has not paid yet
            self._work = None
            self._out.append(CancelTimer("work"))
            self._lines.append(zvt_build.abort(ABORTED))
            self._next()

    # -- transactions --------------------------------------------------------------------------

    def _pay(self, command: Command) -> None:
        amount = command.amount or 0
        currency = command.currency or EUR
        self._transact(amount, lambda moved: self.book.move(_KINDS[command.code], moved, currency))

    def _reverse(self, command: Command) -> None:
        sale = self.book.sale(int(command.receipt or 0))
        if sale is None:
            self._say(zvt_build.abort(NO_REVERSAL))
            return

        def undo(_: int) -> Transaction:
            sale.reversed = True
            return self.book.move("reversal", sale.amount, sale.currency)

        self._transact(sale.amount, undo)

    def _transact(self, amount: int, move: Callable[[int], Transaction]) -> None:
        word, rest = self.script.behaviour(amount)
        if word == "hang":
            return
        if word == "refuse":
            self._send(zvt_build.negative(int(rest, 16)))
            return
        self._send(zvt_build.ack)
        self._waits = self.settings.waits
        if word == "silent-before":
            return

        def work() -> None:
            self._decide(word, rest, amount, move)

        if self.settings.work_s > 0:
            self._work = work
            self._out.append(SetTimer("work", self.settings.work_s))
            if self._config & zvt_build.CONFIG_INTERMEDIATE:
                self._lines.append(zvt_build.intermediate(CARD_PLEASE))
                self._next()
        else:
            work()

    def _decide(
        self, word: str, rest: str, amount: int, move: Callable[[int], Transaction]
    ) -> None:
        if word == "decline":
            code = int(rest or "6C", 16)
            fields = ((0x27, bytes([code])), (0x04, bcd.from_int(amount, 6)))
            self._lines += [zvt_build.status_information(fields), zvt_build.abort(code)]
        else:
            done = move(int(rest) if word == "approve" and rest else amount)
            if word == "silent-after":
                return
            self._result = done
            last = zvt_build.abort(int(rest or "6C", 16)) if word == "abort" else None
            if last is not None:
                done.reversed = True
            self._lines += [self._status(done), *self._receipt(done)]
            self._lines.append(last or zvt_build.completion())
        self._next()

    def _status(self, transaction: Transaction) -> bytes:
        return zvt_build.status_information(
            (
                (0x27, b"\x00"),
                (0x04, bcd.from_int(transaction.amount, 6)),
                (0x49, bcd.from_int(transaction.currency, 2)),
                (0x0B, bcd.from_int(transaction.trace, 3)),
                (0x29, bytes.fromhex(self.settings.terminal_id)),
                (0x87, bcd.from_int(transaction.receipt, 2)),
            )
        )

    def _receipt(self, transaction: Transaction) -> list[bytes]:
        if not self._config & zvt_build.CONFIG_PRINTS:
            return []
        amount = f"{transaction.amount // 100}.{transaction.amount % 100:02d}"
        lines = (
            f"TERMINAL-ID {self.settings.terminal_id}",
            f"RECEIPT {transaction.receipt:04d}",
            f"{transaction.kind.upper()} {amount}",
        )
        return [zvt_build.print_line(line) for line in lines]

    # -- saying one thing after the other ------------------------------------------------------

    def _say(self, *lines: bytes) -> None:
        self._send(zvt_build.ack)
        self._lines += lines
        self._next()

    def _next(self) -> None:
        if self._asked is not None or not self._lines:
            return
        if not self._connected:
            self._lines.clear()
            self._lose_result()
            return
        self._asked = self._lines.popleft()
        self._send(self._asked)
        self._out.append(SetTimer("ack", self.settings.ack_s))

    def _answered(self, apdu: Apdu) -> None:
        asked, self._asked = self._asked, None
        if asked is None:
            return
        self._out.append(CancelTimer("ack"))
        result = self._result
        if result is not None and asked[:2] == b"\x04\x0f":
            self._result = None
            self._result_answered(apdu, asked, result)
        self._next()

    def _result_answered(self, apdu: Apdu, asked: bytes, result: Transaction) -> None:
        if apdu.code == WAIT and self._waits > 0:
            self._waits -= 1
            self._result = result
            self._lines.appendleft(asked)
        elif apdu.code == NOT_AUTHENTIC:
            self._take_back(result)
        elif apdu.code == REDUCE:
            lower = parse(apdu).amount
            if lower is None or lower > result.amount:
                self._take_back(result)
            else:
                result.amount = lower

    def _take_back(self, result: Transaction) -> None:
        result.reversed = True
        self._lines.clear()
        self._lines.append(zvt_build.abort(ABORTED))

    def _unheard(self) -> None:
        """The till did not answer: the rest is not said; the result may be taken back."""
        self._asked = None
        self._lines.clear()
        self._out.append(CancelTimer("ack"))
        self._lose_result()

    def _lose_result(self) -> None:
        result, self._result = self._result, None
        if result is not None and self.settings.auto_reverse:
            result.reversed = True
