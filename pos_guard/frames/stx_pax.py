"""Commands and replies of PAX terminals (POSLink), as values.

Fields are separated by FS, the parts of a field by US. Layout after Global Payments' SDKs
(``AmountRequest``, ``AccountRequest``, ``TraceRequest``, ``PAX_MSG_ID``, ``PAX_TXN_TYPE``) and the
public tables of response codes. A command may leave its version out. No message names a currency.

One amount only: a tip, cash back or fee beside it would move more than was judged, so a command
with one is refused, as is whatever lets the terminal's user choose.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from construct import ExprAdapter, GreedyBytes, Struct, Terminated

from pos_guard.errors import FrameError
from pos_guard.frames.stx import StxFormat
from pos_guard.frames.stx_fixed import digits, printable
from pos_guard.model import Intent, IntentKind, Tender

FORMAT = StxFormat("none", lrc_start=0, lrc_from_stx=False, max_body=100_000)
"""Longest: a part of a signature (A09), 90,000 characters in the SDKs."""

FS, US = 0x1C, 0x1F
VERSION = "1.28"
CREDIT, DEBIT = "T00", "T02"
STOP, CLOSE = "A14", "B00"
PASSES = frozenset(
    {
        "A00", "A02", "A08", "A10", "A12", "A16", "A20", "A24", "A56", CLOSE, "R00", "R02", "R04",
        "R08", "R10",
    }
)  # fmt: skip
"""Commands that ask, show or close the day. What sets up, loads or reads bare cards is not here."""

KINDS: Mapping[str, IntentKind] = {
    "01": IntentKind.SALE,
    "02": IntentKind.REFUND,
    "03": IntentKind.PREAUTH,
    "04": IntentKind.COMPLETION,
    "16": IntentKind.VOID,
    "17": IntentKind.VOID,
    "19": IntentKind.PREAUTH_VOID,
    "20": IntentKind.COMPLETION_VOID,
    "23": IntentKind.BALANCE,
    "99": IntentKind.REVERSAL,
}
"""Transaction types that are read. Forced sales, adjustments, voids of returns and the terminal's
own menu (00) are not: they are refused."""

_NAMES = {
    "01": "sale", "02": "return", "03": "auth", "04": "postauth", "16": "void", "17": "void_sale",
    "19": "void_auth", "20": "void_postauth", "23": "balance", "99": "reversal",
}  # fmt: skip
_NEEDS_AMOUNT = frozenset({"01", "02", "03", "04"})
_NEEDS_ORIGINAL = frozenset({"16", "17", "19", "20"})

MAX_FIELDS = 24
"""FS fields of a message; the longest command has eleven, the longest report twenty."""
MAX_PARTS = 40
"""US parts of a field; the longest group (account of a reply) has about twenty."""

_COMMAND = re.compile(rb"[A-Z]\d\d", re.ASCII)
_VERSION = re.compile(rb"\d\.\d\d", re.ASCII)
_AMOUNT = re.compile(rb"\d{1,12}", re.ASCII)
_HARMLESS = frozenset(
    {
        "TABLE", "GUEST", "SIGN", "TICKET", "HREF", "SIGNUPLOAD", "REPORTSTATUS", "CARDTYPE",
        "CARDTYPEBITMAP", "TOKENREQUEST", "MM_ID", "MM_NAME", "RETURNREASON", "ORIGTRANSDATE",
    }
)  # fmt: skip
"""Additional data that changes neither amount nor payer."""

_SEPARATOR = bytes([FS])


def _joined(values: list[bytes], _: object) -> bytes:
    return _SEPARATOR.join(values)


# construct's values are untyped; they end in ``split``.
_LIST: Any = ExprAdapter(GreedyBytes, lambda data, _: data.split(_SEPARATOR), _joined)
_FIELDS: Any = Struct("fields" / _LIST, Terminated)


@dataclass(frozen=True, slots=True)
class Command:
    """One command of the till.

    ``type`` and what follows it are there for T00 and T02 only. ``amount`` in minor units;
    ``original`` the transaction number of what is undone, or the host's reference (``HREF``).
    ``reference`` is the till's own number, which many tills never change.
    """

    code: str
    version: str | None
    fields: tuple[bytes, ...] = field(repr=False)
    type: str = ""
    amount: int | None = None
    original: str | None = None
    reference: str | None = None
    merchant: str | None = None

    @property
    def name(self) -> str:
        """The transaction's name, or the command's."""
        return _NAMES.get(self.type, self.code)


def split(body: bytes) -> tuple[bytes, ...]:
    """The FS fields of a message.

    :raises FrameError: ``count``: more than any message has.
    """
    if body.count(_SEPARATOR) >= MAX_FIELDS:
        raise FrameError("count", f"more than {MAX_FIELDS} fields", 0)
    parsed = _FIELDS.parse(body)
    fields: list[bytes] = parsed["fields"]
    return tuple(fields)


def parse_command(body: bytes) -> Command:
    """Read a command of the till: credit and debit transactions strictly.

    :raises FrameError: ``count``, ``unknown-field``, ``not-digits``, ``not-text``,
        ``missing-field``, ``duplicate-field``, ``trailing``.
    """
    fields = split(body)
    if not _COMMAND.fullmatch(fields[0]):
        raise FrameError("unknown-field", "no command of three characters", 0)
    code = fields[0].decode("ascii")
    at = 1
    version = None
    if len(fields) > 1 and _VERSION.fullmatch(fields[1]):
        version, at = fields[1].decode("ascii"), 2
    if code not in (CREDIT, DEBIT):
        return Command(code, version, fields)
    return _transaction(code, version, fields, at)


def intent_of(command: Command) -> Intent | None:
    """What a credit or debit command means; None for any other, and for types that are not read."""
    kind = KINDS.get(command.type)
    if kind is None:
        return None
    return Intent(
        kind,
        Tender.CARD,
        command.amount,
        original=command.original,
        payee=command.merchant,
    )


def build(*fields: str) -> bytes:
    """A body of these fields."""
    return bytes([FS]).join(value.encode("ascii") for value in fields)


# -- credit and debit transactions ---------------------------------------------------------------


def _transaction(code: str, version: str | None, fields: tuple[bytes, ...], at: int) -> Command:
    values = list(fields[at:])
    most = 9 if code == CREDIT else 6
    if len(values) > most:
        raise FrameError("trailing", f"{len(values)} fields where {code} has {most}", None)
    values += [b""] * (most - len(values))
    kind = digits(values[0], 0)
    if len(kind) != 2:
        raise FrameError("unknown-field", f"transaction type {kind!r}", 0)
    amount = _amount(values[1])
    trace = _parts(values[3])
    extra = _extra(values[-1])
    original = _original(trace, extra)
    if kind in _NEEDS_AMOUNT and not amount:
        raise FrameError("missing-field", "a transaction without an amount", None)
    if kind in _NEEDS_ORIGINAL and original is None:
        raise FrameError("missing-field", "a void that names no transaction", None)
    for value in values:
        _text(value)
    reference = trace[0] if trace and trace[0] else None
    return Command(code, version, fields, kind, amount, original, reference, extra.get("MM_ID"))


def _amount(value: bytes) -> int | None:
    """The one amount. The fifth part is tax, which the amount contains."""
    parts = value.split(bytes([US]))
    if len(parts) > 6:
        raise FrameError("trailing", "more amounts than a command has", None)
    for index, part in enumerate(parts):
        if part and not _AMOUNT.fullmatch(part):
            raise FrameError("not-digits", "an amount that is no number of cents", None)
        if index not in (0, 4) and int(part or b"0"):
            raise FrameError("unknown-field", "a second amount: tip, cash back, fee or fuel", None)
    return int(parts[0]) if parts[0] else None


def _parts(value: bytes) -> list[str]:
    parts = value.split(bytes([US]))
    if len(parts) > MAX_PARTS:
        raise FrameError("count", f"more than {MAX_PARTS} parts in a field", None)
    return [printable(part, 0) for part in parts]


def _extra(value: bytes) -> dict[str, str]:
    found: dict[str, str] = {}
    for part in _parts(value):
        if not part:
            continue
        key, mark, text = part.partition("=")
        if not mark or key not in _HARMLESS:
            raise FrameError("unknown-field", f"additional data {key!r} in a transaction", None)
        if key in found:
            raise FrameError("duplicate-field", f"additional data {key} stands twice", None)
        found[key] = text
    return found


def _original(trace: list[str], extra: Mapping[str, str]) -> str | None:
    """Transaction number (fourth of the trace), original till number (seventh), or ``HREF``."""
    if len(trace) > 7:
        raise FrameError("trailing", "more parts than a trace has", None)
    padded = [*trace, *[""] * (7 - len(trace))]
    if padded[4] and not (len(padded[4]) == 14 and padded[4].isdigit()):
        raise FrameError("not-digits", "a time stamp has 14 digits", None)
    named = {name for name in (padded[3], padded[6], extra.get("HREF", "")) if name}
    if len(named) > 1:
        raise FrameError("duplicate-field", "two different transactions are named", None)
    return named.pop() if named else None


def _text(value: bytes) -> None:
    printable(value.replace(bytes([US]), b""), 0)
