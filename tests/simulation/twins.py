"""The simulated devices with a recorder: what they heard and what really moved, in their books.

The invariants are checked against these records, never against what the guard believes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from pos_guard.clock import Clock
from pos_guard.frames.printer_models import printer_model
from pos_guard.frames.zvt import Command
from pos_guard.frames.zvt_apdu import Apdu
from pos_guard.frames.zvt_table import MONEY, REDUCE
from pos_guard.links.session import Effects, ToApp
from pos_guard_simulator.printer import ReceiptPrinter
from pos_guard_simulator.wechat import WechatTwin
from pos_guard_simulator.zvt_book import Book, Script, Transaction
from pos_guard_simulator.zvt_terminal import TerminalSettings, ZvtTerminal


@dataclass(slots=True, eq=False)
class Heard:
    """One money frame that arrived at a device. ``entry`` is the ledger's, found by its hash."""

    link: str
    raw: bytes
    at_us: int
    entry: int = 0
    moved: int = 0
    """What the device moved for it, in minor units; 0 as long as it did not."""
    taken_back: bool = False
    """It moved, and the device undid it on its own account (no 06 30, no refund)."""


OnMoney = Callable[["RecordingTerminal | RecordingProvider", bytes], Heard]


class _Journal(Book):
    """The terminal's book, with the frame that each transaction came from."""

    def __init__(self, first_receipt: int, causes: Callable[[Transaction], None]) -> None:
        super().__init__(first_receipt)
        self._causes = causes

    def move(self, kind: str, amount: int, currency: int) -> Transaction:
        """Money moves now."""
        transaction = super().move(kind, amount, currency)
        self._causes(transaction)
        return transaction


class RecordingTerminal(ZvtTerminal):
    """A terminal that tells of each money command before it carries it out."""

    def __init__(self, settings: TerminalSettings, script: Script, on_money: OnMoney) -> None:
        super().__init__(settings, script)
        self.link = "zvt"
        self.book = _Journal(settings.first_receipt, self._caused)
        Book.move(self.book, "sale", 100, 156)  # of the days before the guard came
        self.reported = False
        self.causes: dict[int, Heard] = {}
        self._on_money = on_money
        self._current: Heard | None = None
        self._voided: set[int] = set()
        self._target: int | None = None

    def refresh(self) -> None:
        """Bring the records up to what the book says now."""
        for number, heard in self.causes.items():
            transaction = self.book.transactions[number]
            heard.moved = transaction.amount
            heard.taken_back = transaction.reversed and number not in self._voided

    def _command(self, apdu: Apdu) -> None:
        if apdu.code in MONEY:
            heard = self._on_money(self, apdu.raw)
            if self.idle:
                self._current = heard
        super()._command(apdu)

    def _caused(self, transaction: Transaction) -> None:
        assert self._current is not None, "money moved without any money command"
        self.causes[len(self.book.transactions) - 1] = self._current
        if transaction.kind == "reversal" and self._target is not None:
            self._voided.add(self._target)

    def _lowered(self, apdu: Apdu, result: Transaction) -> None:
        """84 9D: the smaller sale is a request of its own, and stands for the money from now on."""
        numbers = [n for n, known in enumerate(self.book.transactions) if known is result]
        before = self.causes[numbers[0]]
        self.causes[numbers[0]] = self._on_money(self, apdu.raw)
        before.moved, before.taken_back = result.amount, True

    def _reverse(self, command: Command) -> None:
        sale = self.book.sale(int(command.receipt or 0))
        numbers = [n for n, known in enumerate(self.book.transactions) if known is sale]
        self._target = numbers[0] if numbers else None
        super()._reverse(command)

    def _answered(self, apdu: Apdu) -> None:
        asked, result = self._asked, self._result
        reported = asked is not None and asked[:2] == b"\x04\x0f"
        if apdu.code == REDUCE and result is not None and reported:
            self._lowered(apdu, result)
        # A report of the terminal id counts as understood once it was answered.
        if asked is not None and asked[:2] in (b"\x04\x0f", b"\x06\x0f") and b"\x29" in asked:
            self.reported = True
        super()._answered(apdu)


class RecordingProvider(WechatTwin):
    """WeChat that tells of each money request before it carries it out."""

    def __init__(self, clock: Clock, merchants: frozenset[str], on_money: OnMoney) -> None:
        super().__init__(clock, merchants)
        self.link = "wechat"
        self.requests: list[Heard] = []
        self._on_money = on_money
        self._raw = bytearray()

    def connected(self) -> Effects:
        """The guard opened a connection."""
        self._raw.clear()
        return super().connected()

    def data(self, data: bytes) -> Effects:
        """Bytes of the guard: whole requests are noted before they are carried out."""
        self._raw += data
        while (request := _whole(bytes(self._raw))) is not None:
            del self._raw[: len(request)]
            if request.startswith(b"POST"):
                self._carry_out(request)
        before = len(self.book.moved)
        effects = super().data(data)
        for move in self.book.moved[before:]:
            # A payment that a query completed belongs to the request that opened it.
            owner = self._owner(move.what, move.number)
            if move.what == "reversed" and not owner.entry:
                self._owner("paid", move.number).taken_back = True
            else:
                owner.moved = move.fen
        return effects

    def _carry_out(self, request: bytes) -> None:
        self.requests.append(self._on_money(self, request))

    def _owner(self, what: str, number: str) -> Heard:
        needle = {
            "paid": b'"out_trade_no": "%s"',
            "refunded": b'"out_refund_no": "%s"',
            "reversed": b"/%s/reverse",
        }[what] % number.encode()
        paths = {"paid": b"codepay", "refunded": b"refunds", "reversed": b"/reverse"}
        fitting = [h for h in self.requests if needle in h.raw and paths[what] in h.raw]
        assert fitting, f"{what} {number} without a request"
        return fitting[0] if what == "refunded" else fitting[-1]


def _whole(data: bytes) -> bytes | None:
    """The first whole request in ``data``: head, and as much body as it says."""
    head, end, _ = data.partition(b"\r\n\r\n")
    if not end:
        return None
    size = 0
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            size = int(value)
    whole = len(head) + len(end) + size
    return data[:whole] if len(data) >= whole else None


class PrinterSeatTwin:
    """The receipt printer, as a bench would hold it."""

    def __init__(self) -> None:
        self.printer = ReceiptPrinter(printer_model("china"))
        self.on_slip: Callable[[str], None] = lambda _text: None
        self._slips = 0

    @property
    def room(self) -> int:
        """Bytes that the printer takes now: the line to it has a handshake, and loses none."""
        return self.printer.room

    def connected(self) -> Effects:
        """The guard opened the port."""
        return []

    def data(self, data: bytes) -> Effects:
        """Bytes to print; each slip that comes out is shown."""
        answer = self.printer.data(data)
        self.look()
        return [ToApp(answer)] if answer else []

    def look(self) -> None:
        """Read the slips that came out since the last look."""
        slips = self.printer.paper.receipts
        for slip in slips[self._slips :]:
            self.on_slip(slip.text)
        self._slips = len(slips)

    def closed(self) -> Effects:
        """The guard hung up."""
        return []

    def timer(self, name: str) -> Effects:
        """It sets none."""
        del name
        return []
