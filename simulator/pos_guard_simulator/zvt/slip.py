"""How a simulated ZVT terminal is set up, and what it says of a transaction."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from pos_guard.frames import bcd, zvt_build
from pos_guard.frames.zvt_table import (
    AUTHORISATION,
    BOOK_TOTAL,
    BOOKING,
    PREPAID,
    REFUND,
    RELEASE,
    RESERVATION,
    REVERSAL,
    TELEPHONIC,
    TIP,
)
from pos_guard.links.zvt_wire import Framing
from pos_guard_simulator.zvt_book import Book, Transaction

EUR = 978

KINDS = {
    AUTHORISATION: "sale",
    PREPAID: "sale",
    TELEPHONIC: "sale",
    RESERVATION: "reservation",
    REFUND: "refund",
    BOOKING: "booking",
    BOOK_TOTAL: "booking",
    RELEASE: "release",
    REVERSAL: "reversal",
    TIP: "tip",
}
"""What the book calls a transaction, by the command that began it."""


@dataclass(frozen=True, slots=True)
class TerminalSettings:
    """How this terminal is set up.

    ``work_s``: how long customer and host take. ``ack_s``: how long it waits for the till's
    answer. ``auto_reverse``: a result that the till did not acknowledge is taken back.
    ``waits``: how often the till may ask it to wait (84 9C). ``tells_reduction``: a result with the
    lower amount follows on 84 9D. ``vu_number``: BMP 2A of its results. ``tlv``: the container that
    closes them. ``prints_blocks``: receipts come as 06 D3.
    """

    terminal_id: str = "52001233"
    framing: Framing = Framing.TCP
    work_s: float = 0.0
    ack_s: float = 5.0
    auto_reverse: bool = False
    waits: int = 5
    tells_reduction: bool = False
    vu_number: str | None = None
    tlv: bytes = b""
    prints_blocks: bool = False
    first_receipt: int = 1


def status_of(settings: TerminalSettings, transaction: Transaction) -> bytes:
    """``04 0F``: its result."""
    fields = [
        (0x27, b"\x00"),
        (0x04, bcd.from_int(transaction.amount, 6)),
        (0x49, bcd.from_int(transaction.currency, 2)),
        (0x0B, bcd.from_int(transaction.trace, 3)),
        (0x29, bytes.fromhex(settings.terminal_id)),
        (0x87, bcd.from_int(transaction.receipt, 2)),
    ]
    if settings.vu_number is not None:
        fields.append((0x2A, settings.vu_number.encode("ascii").ljust(15)))
    if settings.tlv:
        fields.append((0x06, settings.tlv))
    return zvt_build.status_information(tuple(fields))


def total_of(book: Book) -> bytes:
    """``04 0F``: what it took in all."""
    fields = ((0x27, b"\x00"), (0x04, bcd.from_int(max(book.total, 0), 6)))
    return zvt_build.status_information(fields)


def receipt_of(settings: TerminalSettings, transaction: Transaction) -> tuple[str, ...]:
    """The lines of its receipt."""
    return (
        f"TERMINAL-ID {settings.terminal_id}",
        f"RECEIPT {transaction.receipt:04d}",
        f"{transaction.kind.upper()} {euros(transaction.amount)}",
    )


def printed(settings: TerminalSettings, lines: Iterable[str]) -> list[bytes]:
    """Lines for the till's printer: ``06 D3``, or ``06 D1`` for each."""
    if settings.prints_blocks:
        return [zvt_build.print_block(lines)]
    return [zvt_build.print_line(line) for line in lines]


def journal_of(moved: Iterable[Transaction]) -> list[str]:
    """The lines of a journal."""
    return [f"{one.receipt:04d} {one.kind.upper()} {euros(one.amount)}" for one in moved]


def euros(amount: int) -> str:
    """Minor units as people read them."""
    return f"{amount // 100}.{amount % 100:02d}"
