"""The ZVT units that a guard, a till or a terminal sends. All are canonical.

The units that a guard sends by itself are tried against an unmodified client (see the golden
dialogues): a refusal is ``06 1E``, never ``06 0F``, which that client takes for a payment.
"""

from __future__ import annotations

from pos_guard.frames import bcd
from pos_guard.frames.zvt_apdu import Apdu
from pos_guard.frames.zvt_bmp import build_bmps
from pos_guard.frames.zvt_table import (
    ABORT,
    ABORT_COMMAND,
    ACK,
    AUTHORISATION,
    COMPLETION,
    END_OF_DAY,
    INTERMEDIATE,
    NOT_AUTHENTIC,
    PRINT_LINE,
    REFUND,
    REGISTRATION,
    REPEAT_RECEIPT,
    REVERSAL,
    STATUS_ENQUIRY,
    STATUS_INFORMATION,
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
