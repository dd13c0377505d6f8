"""Hypercom ECR messages, and Credibanco's TEF II which is made the same way.

A transport header of ten characters, a presentation header of seven, and typed fields. Hypercom
closes each field with FS and counts its length in BCD; Credibanco opens each with FS and counts in
binary. Sources: protocol notes 3.2; the programs vm-link2500 (Go) and a TEF II client (JavaScript),
whose algorithms the golden file's frames were computed with.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any, Literal, Protocol

from construct import Bytes, Const, ConstructError, ExprAdapter, Int16ub, Prefixed, Struct
from construct import GreedyBytes as Rest

from pos_guard.errors import FrameError
from pos_guard.frames import bcd
from pos_guard.frames.decoded import Decoded, Json
from pos_guard.frames.stx import StxFormat
from pos_guard.frames.stx_shown import Shown, show_stream
from pos_guard.model import Intent, IntentKind, Tender

FORMAT = StxFormat("bcd2", lrc_start=0, lrc_from_stx=False, max_body=2048)
"""Clients read answers into 1024 or 2048 bytes."""

MAX_FIELDS = 64
"""Fields of one message: the longest answer that is known has 16."""

FS = 0x1C
APPROVED = "00"
REQUEST, RESPONSE = "0", "1"

SALE, VOID, REFUND, SETTLEMENT = "20", "26", "27", "50"
QR_SALE, BY_TRACE, LAST = "70", "71", "74"
PURCHASE, ANNUL, CLOSE, BALANCE = "00", "02", "15", "22"

AMOUNT, MERCHANT, TRACE, APPROVAL, TEXT = "40", "45", "65", "01", "02"
TERMINAL, MERCHANT_ID, RESULT, RECEIPT = "16", "D1", "48", "43"

SECRET = frozenset({"30", "31", "35", "D5"})
"""Card number, expiry, track 2, the holder's name."""

_NUMBER12 = re.compile(rb"[0-9]{12}")
_PLAIN = re.compile(rb"[ -~]{1,40}")
_NUMBER6 = re.compile(rb"[0-9]{6}")
_TEN = re.compile(rb"[ -~]{10}")
_TWELVE = re.compile(rb"[ -~]{12}")
_REFERENCES = {"R1": _PLAIN, "R2": _PLAIN}
_WHO = {MERCHANT: re.compile(rb"[0-9A-Za-z ]{1,15}"), **_REFERENCES}
_SHOP = {"42": _TEN, "53": _TEN, "83": _TWELVE, "84": _TWELVE}


@dataclass(frozen=True, slots=True)
class Transaction:
    """One transaction code: what it means, the fields that it must and may have.

    ``closes``: it closes the day, and what was taken before is settled.
    """

    name: str
    kind: IntentKind | None = None
    must: Mapping[str, re.Pattern[bytes]] = field(default_factory=dict[str, re.Pattern[bytes]])
    may: Mapping[str, re.Pattern[bytes]] = field(default_factory=dict[str, re.Pattern[bytes]])
    closes: bool = False


_HYPERCOM: Mapping[str, Transaction] = {
    SALE: Transaction("sale", IntentKind.SALE, {AMOUNT: _NUMBER12}, _WHO),
    REFUND: Transaction(
        "refund", IntentKind.REFUND, {AMOUNT: _NUMBER12}, {TRACE: _NUMBER6, **_WHO}
    ),
    VOID: Transaction("void", IntentKind.VOID, {TRACE: _NUMBER6}, _WHO),
    QR_SALE: Transaction(
        "QR sale", IntentKind.SALE, {AMOUNT: _NUMBER12}, {"A1": re.compile(rb"[0-9]{2}"), **_WHO}
    ),
    SETTLEMENT: Transaction("settlement", closes=True),
    BY_TRACE: Transaction("retrieve by trace"),
    LAST: Transaction("inquiry"),
}

_CREDIBANCO: Mapping[str, Transaction] = {
    **_HYPERCOM,
    PURCHASE: Transaction(
        "purchase",
        IntentKind.SALE,
        {AMOUNT: _NUMBER12},
        {"41": _NUMBER12, "81": _NUMBER12, "82": _NUMBER12, **_SHOP},
    ),
    ANNUL: Transaction("annulment", IntentKind.VOID, {RECEIPT: _NUMBER6}, _SHOP),
    CLOSE: Transaction("close", closes=True),
    BALANCE: Transaction("balance"),
}


@dataclass(frozen=True, slots=True)
class Variant:
    """What differs. ``closes``: FS stands behind each field and before the first, else before each.

    ``currency`` where it is known: no message names one. ``results``: requests may leave the
    response code blank, and responses repeat it in field 48.
    """

    name: str
    length: Literal["bcd", "binary"]
    closes: bool
    transactions: Mapping[str, Transaction]
    currency: str | None = None
    results: bool = False


HYPERCOM = Variant("hypercom-ecr", "bcd", closes=True, transactions=_HYPERCOM)
CREDIBANCO = Variant(
    "credibanco", "binary", closes=False, transactions=_CREDIBANCO, currency="COP", results=True
)


@dataclass(frozen=True, slots=True)
class Message:
    """One message. ``fields`` in their order; ``places`` where each stands in the body."""

    transport: str
    rri: str
    code: str
    response: str
    fields: Mapping[str, bytes] = field(repr=False)
    places: Mapping[str, tuple[int, int]] = field(default_factory=dict[str, tuple[int, int]])

    def text(self, name: str) -> str | None:
        """A field's text without the blanks around it; None where it is not there or blank."""
        value = self.fields.get(name)
        return None if value is None else value.decode("latin-1").strip(" \x00") or None

    @property
    def amount(self) -> int | None:
        """Field 40, in minor units."""
        value = self.fields.get(AMOUNT, b"")
        return int(value) if _NUMBER12.fullmatch(value) else None


# -- construct: its values are untyped, and end in the next functions ----------------------------


class _Layout(Protocol):
    def parse_stream(self, stream: BytesIO) -> Mapping[str, Any]: ...

    def build(self, obj: dict[str, Any]) -> bytes: ...


def _bcd_to_int(data: bytes, _: object) -> int:
    return bcd.to_int(data)


def _int_to_bcd(value: int, _: object) -> bytes:
    return bcd.from_int(value, 2)


_HEADER: _Layout = Struct(
    "transport" / Bytes(10),
    "format" / Const(b"1"),
    "rri" / Bytes(1),
    "code" / Bytes(2),
    "response" / Bytes(2),
    "more" / Const(b"0"),
)
_FIELD: Mapping[str, _Layout] = {
    "bcd": Struct(
        "type" / Bytes(2), "value" / Prefixed(ExprAdapter(Bytes(2), _bcd_to_int, _int_to_bcd), Rest)
    ),
    "binary": Struct("type" / Bytes(2), "value" / Prefixed(Int16ub, Rest)),
}


def parse(body: bytes, variant: Variant) -> Message:
    """One message of either side.

    :raises FrameError: ``truncated``, ``trailing``, ``duplicate-field``, ``not-bcd``, ``header``.
    """
    stream = BytesIO(body)
    try:
        head = _HEADER.parse_stream(stream)
    except ConstructError as error:
        raise FrameError("header", "no presentation header of format 1", 10) from error
    texts = {name: head[name] for name in ("transport", "rri", "code", "response")}
    if not all(0x20 <= byte < 0x7F for value in texts.values() for byte in value):
        raise FrameError("header", "a header is printable text", 0)
    if head["rri"] not in (b"0", b"1"):
        raise FrameError("header", "neither request nor response", 11)
    fields: dict[str, bytes] = {}
    places: dict[str, tuple[int, int]] = {}
    if variant.closes:
        _separator(stream)
    while stream.tell() < len(body):
        start = stream.tell()
        name, value = _field(stream, variant)
        if name in fields or len(fields) >= MAX_FIELDS:
            raise FrameError("duplicate-field", f"field {name} stands twice, or too many", start)
        fields[name], places[name] = value, (start, stream.tell())
    plain = {name: str(value, "ascii") for name, value in texts.items()}
    return Message(**plain, fields=fields, places=places)


def _field(stream: BytesIO, variant: Variant) -> tuple[str, bytes]:
    at = stream.tell()
    if not variant.closes:
        _separator(stream)
    try:
        found = _FIELD[variant.length].parse_stream(stream)
    except ConstructError as error:
        raise FrameError("truncated", "a field is longer than the message", at) from error
    name: bytes = found["type"]
    if not name.isalnum():
        raise FrameError("unknown-field", "a field's type is two letters or digits", at)
    value: bytes = found["value"]
    if variant.closes:
        _separator(stream)
    return str(name, "ascii"), value


def _separator(stream: BytesIO) -> None:
    at = stream.tell()
    if stream.read(1) != bytes([FS]):
        raise FrameError("framing", "no field separator where one must stand", at)


def build(message: Message, variant: Variant) -> bytes:
    """The body of a message."""
    head = {name: getattr(message, name).encode() for name in ("transport", "rri", "code")}
    parts = [_HEADER.build({**head, "response": message.response.encode()})]
    separator = bytes([FS])
    if variant.closes:
        parts.append(separator)
    for name, value in message.fields.items():
        coded = _FIELD[variant.length].build({"type": name.encode(), "value": value})
        parts.append(coded + separator if variant.closes else separator + coded)
    return b"".join(parts)


# -- meaning -------------------------------------------------------------------------------------


def transaction_of(message: Message, variant: Variant) -> Transaction | None:
    """What a code means, None for one that is not known.

    A Credibanco purchase without any field only announces itself.
    """
    if message.code == PURCHASE and not message.fields and PURCHASE in variant.transactions:
        return _HELLO
    return variant.transactions.get(message.code)


_HELLO = Transaction("hello")


def parse_request(body: bytes, variant: Variant) -> Message:
    """A request; of a money request every field is known and in its form.

    :raises FrameError: as ``parse``, and ``unknown-field``, ``missing-field``, ``field-value``.
    """
    message = parse(body, variant)
    if message.rri != REQUEST:
        raise FrameError("header", "a response where a request belongs", 11)
    if message.response != APPROVED and not (variant.results and message.response == "  "):
        raise FrameError("header", "a request with a response code", 14)
    transport = message.transport
    if not (transport.startswith("60") and transport.isdigit()):
        raise FrameError("header", "no transport header of type 60", 0)
    transaction = transaction_of(message, variant)
    if transaction is not None and transaction.kind is not None:
        _check(message, transaction)
    return message


def _check(message: Message, transaction: Transaction) -> None:
    known = {**transaction.must, **transaction.may}
    for name, value in message.fields.items():
        at = message.places[name][0]
        pattern = known.get(name)
        if pattern is None:
            raise FrameError("unknown-field", f"field {name} in a {transaction.name}", at)
        if pattern.fullmatch(value) is None:
            raise FrameError("field-value", f"field {name} is not in its form", at)
    missing = [name for name in transaction.must if name not in message.fields]
    if missing:
        raise FrameError("missing-field", f"field {missing[0]} is missing", None)
    if message.amount == 0:
        raise FrameError("field-value", "an amount of nothing", message.places[AMOUNT][0])


def intent_of(message: Message, variant: Variant) -> Intent | None:
    """What a request means; None for what moves no money."""
    transaction = transaction_of(message, variant)
    if message.rri != REQUEST or transaction is None or transaction.kind is None:
        return None
    original = message.text(TRACE) or message.text(RECEIPT)
    return Intent(
        transaction.kind,
        Tender.CARD,
        message.amount,
        variant.currency,
        original=original,
        payee=message.text(MERCHANT),
    )


def approved(message: Message, variant: Variant) -> bool:
    """The response is a yes.

    :raises FrameError: ``mismatch``: it says yes in one place and no in another, or nothing.
    """
    if not variant.results:
        return message.response == APPROVED
    result = message.text(RESULT)
    if result is None:
        raise FrameError("missing-field", f"a response without field {RESULT}")
    if result == APPROVED and message.response not in (APPROVED, "  "):
        raise FrameError("mismatch", "the header says no and field 48 yes", 14)
    return result == APPROVED


def response(
    request: Message, code: str, fields: Sequence[tuple[str, bytes]], variant: Variant
) -> bytes:
    """The body of the answer to a request."""
    message = Message(request.transport, RESPONSE, request.code, code, dict(fields))
    return build(message, variant)


# -- shown ---------------------------------------------------------------------------------------


def decode(data: bytes) -> Iterator[Decoded]:
    """Each frame and signal of a Hypercom line, for ``pos-guard decode``."""
    return show_stream(data, FORMAT, lambda body, raw: _show(body, raw, HYPERCOM))


def decode_credibanco(data: bytes) -> Iterator[Decoded]:
    """Each frame and signal of a Credibanco line, for ``pos-guard decode``."""
    return show_stream(data, FORMAT, lambda body, raw: _show(body, raw, CREDIBANCO))


def _show(body: bytes, raw: bytes, variant: Variant) -> Shown:
    message = parse(body, variant)
    if message.rri == REQUEST:
        message = parse_request(body, variant)
    transaction = transaction_of(message, variant)
    if transaction is None:
        raise FrameError("unknown-command", f"no transaction has the code {message.code}", 12)
    values: dict[str, Json] = {
        name: str(value, "latin-1") for name, value in message.fields.items()
    }
    hidden: dict[str, Json] = {f"field_{name}": values.pop(name) for name in SECRET & {*values}}
    fields: dict[str, Json] = {
        "length_bcd": int(raw[1:3].hex()),
        "transport_header": message.transport,
        "format": "1",
        "rri": message.rri,
        "transaction_code": message.code,
        "response_code": message.response,
        "more": "0",
        "fields": values,
        **hidden,
    }
    if message.amount is not None:
        fields["amount"] = message.amount
    name = transaction.name if message.rri == REQUEST else f"{transaction.name} response"
    ranges = tuple(message.places[item] for item in message.fields if item in SECRET)
    return Shown(name, fields, intent_of(message, variant), frozenset(hidden), ranges)
