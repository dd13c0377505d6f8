"""The ZVT units that a guard, a till or a terminal sends. All are canonical.

The units that a guard sends by itself are tried against an unmodified client (see the golden
dialogues): a refusal is ``06 1E``, never ``06 0F``, which that client takes for a payment.
"""

from __future__ import annotations

from collections.abc import Iterable

from pos_guard.frames import bcd
from pos_guard.frames.zvt_apdu import Apdu
from pos_guard.frames.zvt_bmp import TlvObject, build_bmps, build_tlv
from pos_guard.frames.zvt_table import (
    ABORT,
    ABORT_COMMAND,
    ACK,
    AUTHORISATION,
    BOOKING,
    COMPLETION,
    END_OF_DAY,
    INTERMEDIATE,
    NO_RECEIPT,
    NOT_AUTHENTIC,
    PREPAID,
    PRINT_BLOCK,
    PRINT_LINE,
    REDUCE,
    REFUND,
    REGISTRATION,
    REPEAT_RECEIPT,
    RESERVATION,
    REVERSAL,
    STATUS_ENQUIRY,
    STATUS_INFORMATION,
    TELEPHONIC,
    TIP,
    TLV_TAG,
)
from pos_guard.money import number_of_currency

CONFIG_PRINTS = 0x02
"""Registration: the till prints payment receipts (the terminal sends them as 06 D1)."""

CONFIG_INTERMEDIATE = 0x08
"""Registration: the till wants intermediate status (04 FF)."""

WAITING_FOR_CASHIER = 0xC8
"""Intermediate status: the terminal waits for the cashier."""

WRONG_CURRENCY = 0x6F

ack = Apdu.of(ACK).raw
"""``80 00 00``: understood."""

not_authentic = Apdu.of(NOT_AUTHENTIC).raw
"""``84 66 00``: the till's answer to a result that it does not want; the terminal reverses."""


def negative(code: int) -> bytes:
    """``84 xx 00``: a command that is not carried out."""
    return Apdu.of(0x8400 | code).raw


def abort(result: int, currency: str | None = None) -> bytes:
    """``06 1E``: it ended without success. Code 6F carries the currency that would be right."""
    tail = b""
    if result == WRONG_CURRENCY and currency is not None:
        tail = bcd.from_int(number_of_currency(currency), 2)
    return Apdu.of(ABORT, bytes([result]) + tail).raw


def abort_with(result: int, fields: tuple[tuple[int, bytes], ...]) -> bytes:
    """``06 1E`` with elements behind its code, such as the number of an open reservation."""
    return Apdu.of(ABORT, bytes([result]) + build_bmps(fields)).raw


def completion(fields: tuple[tuple[int, bytes], ...] = ()) -> bytes:
    """``06 0F``: it ended with success."""
    return Apdu.of(COMPLETION, build_bmps(fields)).raw


def intermediate(status: int, minutes: int = 1) -> bytes:
    """``04 FF``: still at it."""
    return Apdu.of(INTERMEDIATE, bytes([status, minutes])).raw


def status_information(fields: tuple[tuple[int, bytes], ...]) -> bytes:
    """``04 0F``: the result of a transaction."""
    return Apdu.of(STATUS_INFORMATION, build_bmps(fields)).raw


def print_line(text: str, attribute: int = 0) -> bytes:
    """``06 D1``: one line for the till's printer."""
    return Apdu.of(PRINT_LINE, bytes([attribute]) + text.encode("cp437", "replace")).raw


def print_block(lines: Iterable[str]) -> bytes:
    """``06 D3``: lines for the till's printer in one unit (container 25, one object 07 each)."""
    texts = tuple(TlvObject(0x07, line.encode("cp437", "replace")) for line in lines)
    block = build_tlv((TlvObject(0x25, b"", texts),))
    return Apdu.of(PRINT_BLOCK, build_bmps(((TLV_TAG, block),))).raw


def registration(password: str, config: int, currency: str | None = None) -> bytes:
    """``06 00``: the till says who it is and what it wants."""
    code = b"" if currency is None else bcd.from_int(number_of_currency(currency), 2)
    return Apdu.of(REGISTRATION, bytes.fromhex(password) + bytes([config]) + code).raw


def authorisation(amount: int, currency: str | None = None) -> bytes:
    """``06 01``: a sale."""
    return Apdu.of(AUTHORISATION, build_bmps(_money(amount, currency))).raw


def refund(password: str, amount: int, currency: str | None = None) -> bytes:
    """``06 31``: money back without naming a sale."""
    return Apdu.of(REFUND, bytes.fromhex(password) + build_bmps(_money(amount, currency))).raw


def reversal(password: str, receipt: int) -> bytes:
    """``06 30``: the transaction with that receipt number is undone."""
    fields = [(0x87, bcd.from_int(receipt, 2))]
    return Apdu.of(REVERSAL, bytes.fromhex(password) + build_bmps(fields)).raw


def prepaid(product: int, mode: int, amount: int) -> bytes:
    """``06 09``: a top-up of a prepaid product (four digits), paid in that way."""
    head = bcd.from_int(product, 2) + bytes([mode])
    return Apdu.of(PREPAID, head + build_bmps(_money(amount, None))).raw


def telephonic(amount: int, code: bytes) -> bytes:
    """``06 21``: a sale that was authorised by phone; ``code`` (8 bytes) is what was told there."""
    return Apdu.of(TELEPHONIC, build_bmps([*_money(amount, None), (0x3B, code)])).raw


def reservation(amount: int, currency: str | None = None) -> bytes:
    """``06 22``: an amount is held for later."""
    return Apdu.of(RESERVATION, build_bmps(_money(amount, currency))).raw


def tip(password: str, receipt: int, amount: int) -> bytes:
    """``06 0C``: a tip on the payment with that receipt number."""
    fields = [(0x87, bcd.from_int(receipt, 2)), *_money(amount, None)]
    return Apdu.of(TIP, bytes.fromhex(password) + build_bmps(fields)).raw


def of_reservation(command: int, receipt: int, amount: int | None = None) -> bytes:
    """``06 23``, ``06 24``, ``06 25``: a part is booked, all is booked, or all is let go."""
    fields = [(0x87, bcd.from_int(receipt, 2))]
    return Apdu.of(
        command, build_bmps(fields if amount is None else [*fields, *_money(amount, None)])
    ).raw


def open_reservations() -> bytes:
    """``06 23 87 FF FF``: asks which reservations are open."""
    return Apdu.of(BOOKING, build_bmps([(0x87, NO_RECEIPT)])).raw


def reduce(amount: int) -> bytes:
    """``84 9D``: the till's answer to an approval of which it wants less."""
    return Apdu.of(REDUCE, build_bmps(_money(amount, None))).raw


def repeat_receipt(password: str) -> bytes:
    """``06 20``: what became of the last transaction."""
    return Apdu.of(REPEAT_RECEIPT, bytes.fromhex(password)).raw


def status_enquiry(password: str) -> bytes:
    """``05 01``: how are you."""
    return Apdu.of(STATUS_ENQUIRY, bytes.fromhex(password)).raw


def end_of_day(password: str) -> bytes:
    """``06 50``: close the batch."""
    return Apdu.of(END_OF_DAY, bytes.fromhex(password)).raw


def abort_command() -> bytes:
    """``06 B0``: stop what you are doing."""
    return Apdu.of(ABORT_COMMAND).raw


def _money(amount: int, currency: str | None) -> list[tuple[int, bytes]]:
    fields = [(0x04, bcd.from_int(amount, 6))]
    if currency is not None:
        fields.append((0x49, bcd.from_int(number_of_currency(currency), 2)))
    return fields
