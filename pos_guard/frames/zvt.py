"""ZVT commands and replies as values: strict where money moves, lenient for a terminal's words.

A money command is read so that no two readers can differ: known BMPs only, each once, digits
where digits belong, shortest lengths, nothing left over, and the value builds the same bytes
again. A reply with an unknown BMP is read up to it (``rest``); one that says a deciding field
twice is an error.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from construct import Byte, Bytes, ConstructError, GreedyBytes, Struct

from pos_guard.errors import FrameError
from pos_guard.frames import bcd
from pos_guard.frames.zvt_apdu import Apdu
from pos_guard.frames.zvt_bmp import Field, read_bmps
from pos_guard.frames.zvt_strict import read_strictly
from pos_guard.frames.zvt_table import (
    ABORT,
    BMP,
    BOOKING,
    COMPLETION,
    INTERMEDIATE,
    NAMES,
    NO_RECEIPT,
    ONCE,
    PRINT_LINE,
    REGISTRATION,
    STRICT,
    TLV_TAG,
    Kind,
)

_WITH_PASSWORD = frozenset({0x0610, 0x061B, 0x0693, 0x0650, 0x0620})
_MAYBE_PASSWORD = frozenset({0x0501})
_BYTE_FIRST = frozenset({0x06C0, 0x0830, 0x0850})
"""Read card begins with a time-out, select language with the language, the reader with on or off;
none has a tag."""

_HEADS: dict[str, Any] = {
    "password": Struct("password" / Bytes(3), "rest" / GreedyBytes),
    "registration": Struct("password" / Bytes(3), "config" / Byte, "rest" / GreedyBytes),
    "status": Struct("status" / Byte, "rest" / GreedyBytes),
}


@dataclass(frozen=True, slots=True)
class Command:
    """One unit, read.

    ``status`` is the byte in front: config byte of a registration, result of an abort, state of a
    completion, kind of an intermediate status, attribute of a print line. ``text`` is what stands
    untagged behind it, or in front: the product and way of paying of a top-up. ``rest`` holds what
    an unknown BMP made unreadable. Secrets are kept out of the repr.
    """

    code: int
    name: str
    raw: bytes = field(repr=False)
    password: bytes | None = field(default=None, repr=False)
    status: int | None = None
    currency_code: bytes | None = None
    text: bytes = field(default=b"", repr=False)
    fields: tuple[Field, ...] = field(default=(), repr=False)
    rest: bytes = field(default=b"", repr=False)

    def get(self, tag: int) -> bytes | None:
        """The payload of the first BMP with that tag."""
        return next((item.value for item in self.fields if item.tag == tag), None)

    @property
    def amount(self) -> int | None:
        """BMP 04 in minor units."""
        return self._number(0x04)

    @property
    def currency(self) -> int | None:
        """The ISO 4217 number: BMP 49, or behind the config byte of a registration."""
        if self.currency_code is not None:
            return bcd.to_int(self.currency_code)
        return self._number(0x49)

    @property
    def receipt(self) -> str | None:
        """BMP 87 as four digits; None also where it says that there is none (FF FF)."""
        value = self.get(0x87)
        return None if value is None or value == NO_RECEIPT else bcd.digits(value)

    @property
    def open_reservations(self) -> bool:
        """It only asks which reservations are open; see ``asks_for_reservations``."""
        return self.code == BOOKING and self.get(0x87) == NO_RECEIPT

    @property
    def trace(self) -> str | None:
        """BMP 0B as six digits."""
        value = self.get(0x0B)
        return None if value is None else bcd.digits(value)

    @property
    def result(self) -> int | None:
        """The result code: BMP 27, or the first byte of an abort. 0 is success."""
        if self.code == ABORT:
            return self.status
        value = self.get(0x27)
        return None if value is None else value[0]

    @property
    def terminal_id(self) -> str | None:
        """BMP 29 as eight digits."""
        value = self.get(0x29)
        return None if value is None else bcd.digits(value)

    @property
    def vu_number(self) -> str | None:
        """BMP 2A, the merchant's contract number, as text."""
        value = self.get(0x2A)
        return None if value is None else value.decode("ascii", "replace").strip()

    def _number(self, tag: int) -> int | None:
        value = self.get(tag)
        return None if value is None else bcd.to_int(value)


def parse(apdu: Apdu) -> Command:
    """Read one unit: a money command strictly, anything else as far as it can be read.

    :raises FrameError: ``duplicate-field``, ``unknown-field``, ``not-bcd``, ``not-canonical``,
        ``trailing``, ``truncated``, ``length``, ``missing-field``; see the module's docstring.
    """
    if apdu.code in STRICT and not asks_for_reservations(apdu):
        return _strict(apdu)
    command = _lenient(apdu)
    _deciding_fields(command)
    return command


def name_of(code: int) -> str:
    """The standard's name of a command or reply; ``unknown`` when it has none."""
    if code >> 8 == 0x84:
        return "negative_acknowledgement"
    return NAMES.get(code, "unknown")


def asks_for_reservations(apdu: Apdu) -> bool:
    """``06 23 03 87 FF FF``: which reservations are open? It books nothing (2.10.1)."""
    return apdu.code == BOOKING and apdu.body == b"\x87" + NO_RECEIPT


# -- money commands -----------------------------------------------------------------------------


def _strict(apdu: Apdu) -> Command:
    name = name_of(apdu.code)
    read = read_strictly(apdu, name)
    return Command(apdu.code, name, apdu.raw, read.password, text=read.product, fields=read.fields)


# -- everything else ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Known:
    """What stood in front of the BMPs."""

    password: bytes | None = field(default=None, repr=False)
    status: int | None = None
    currency_code: bytes | None = None
    text: bytes = b""


_NOTHING = _Known()


def _lenient(apdu: Apdu) -> Command:
    body, at, code = apdu.body, apdu.header, apdu.code
    if code == COMPLETION:
        return _completion(apdu)
    if code == REGISTRATION:
        return _registration(apdu)
    if code in _WITH_PASSWORD or (code in _MAYBE_PASSWORD and body):
        head = _head("password", body, at)
        password: bytes = head["password"]
        return _with_fields(apdu, head["rest"], _Known(password=password))
    if code in (ABORT, INTERMEDIATE) or (code in _BYTE_FIRST and body):
        return _status_first(apdu)
    if code == PRINT_LINE:
        head = _head("status", body, at)
        return Command(code, name_of(code), apdu.raw, status=head["status"], text=head["rest"])
    return _with_fields(apdu, body)


def _registration(apdu: Apdu) -> Command:
    head = _head("registration", apdu.body, apdu.header)
    rest: bytes = head["rest"]
    # The currency has no tag: it is there when what follows is no BMP that a registration may have.
    has_currency = len(rest) >= 2 and rest[0] not in (0x03, TLV_TAG) and bcd.is_bcd(rest[:2])
    currency = rest[:2] if has_currency else None
    rest = rest[2:] if has_currency else rest
    password: bytes = head["password"]
    config: int = head["config"]
    return _with_fields(
        apdu, rest, _Known(password=password, status=config, currency_code=currency)
    )


def _status_first(apdu: Apdu) -> Command:
    head = _head("status", apdu.body, apdu.header)
    status: int = head["status"]
    rest: bytes = head["rest"]
    if apdu.code == INTERMEDIATE:  # behind the status stands the time-out in minutes
        return _with_fields(apdu, rest[1:], _Known(status=status, text=rest[:1]))
    if status == 0x6F and len(rest) >= 2:  # wrong currency: the right one follows without a tag
        return _with_fields(
            apdu, rest[2:], _Known(status=status, currency_code=_currency(rest[:2], apdu))
        )
    return _with_fields(apdu, rest, _Known(status=status))


def _currency(value: bytes, apdu: Apdu) -> bytes:
    bcd.digits(value, at=apdu.header + 1)
    return value


def _completion(apdu: Apdu) -> Command:
    """06 0F: an optional software version (LLL), an optional state byte, and BMPs, none tagged."""
    body = apdu.body
    version = b""
    if len(body) >= 3 and all(0xF0 <= byte <= 0xF9 for byte in body[:3]):
        size = int("".join(str(byte & 0x0F) for byte in body[:3]))
        if len(body) < 3 + size:
            raise FrameError("truncated", "the software version ends behind the data", apdu.header)
        version, body = body[3 : 3 + size], body[3 + size :]
    elif _all_bmps(body):
        return _with_fields(apdu, body)
    if not body:
        return _with_fields(apdu, b"", _Known(text=version))
    return _with_fields(apdu, body[1:], _Known(status=body[0], text=version))


def _all_bmps(body: bytes) -> bool:
    try:
        return not read_bmps(body)[1]
    except FrameError:
        return False


def _with_fields(apdu: Apdu, data: bytes, known: _Known = _NOTHING) -> Command:
    fields, rest = read_bmps(data, len(apdu.raw) - len(data))
    return Command(
        apdu.code,
        name_of(apdu.code),
        apdu.raw,
        known.password,
        known.status,
        known.currency_code,
        known.text,
        fields,
        rest,
    )


def _deciding_fields(command: Command) -> None:
    seen: set[int] = set()
    for item in command.fields:
        if item.tag not in ONCE:
            continue
        if item.tag in seen:
            raise FrameError("duplicate-field", f"BMP {item.tag:02X} stands twice", item.at)
        seen.add(item.tag)
        none = item.tag == 0x87 and item.value == NO_RECEIPT
        if BMP[item.tag][1] in (Kind.NUMBER, Kind.DIGITS) and not none:
            bcd.digits(item.value, at=item.at + 1)


def _head(name: str, body: bytes, at: int) -> Mapping[str, Any]:
    try:
        parsed: Mapping[str, Any] = _HEADS[name].parse(body)
    except ConstructError as error:
        raise FrameError("truncated", "the unit is shorter than its fixed part", at) from error
    return parsed
