"""Transbank "POS Integrado" (Chile): commands of four digits and fields between ``|``.

Amounts are whole pesos. A refund names the operation, never an amount. A reply repeats the
request's command plus ten; any response code but 00 is a no. Sources: ``stx_transbank_table``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from construct import Bytes, ConstructError, ExprAdapter, GreedyBytes, Struct, Terminated

from pos_guard.errors import FrameError
from pos_guard.frames.decoded import Decoded, Json
from pos_guard.frames.stx import StxFormat
from pos_guard.frames.stx_shown import Shown, show_stream
from pos_guard.frames.stx_transbank_table import (
    HARMLESS,
    LAST_SALE_REPLY,
    MONEY,
    PROGRESS,
    REFUND,
    REFUND_REPLY,
    REPLY_FIELDS,
    REPLY_NAMES,
    REQUEST_NAMES,
    REQUESTS,
    SALE_FIELDS,
    SALE_REPLY,
    Slot,
)
from pos_guard.model import Intent, IntentKind, Tender

FORMAT = StxFormat("none", lrc_start=0, lrc_from_stx=False, max_body=4096)
"""The longest message is a last sale with its voucher, some 60 lines of 40 columns."""

CURRENCY = "CLP"
"""The protocol names none: amounts are pesos."""

MAX_FIELDS = 32
"""Fields of one message: the longest reply has 22."""

APPROVED = "00"

_SEPARATOR = b"|"


@dataclass(frozen=True, slots=True)
class Request:
    """What the till asks. ``amount`` in pesos; ``operation`` without leading zeros.

    ``status``: the till wants to hear how it goes on. ``commerce``: who is paid, of several.
    """

    command: str
    params: tuple[str, ...]
    amount: int | None = None
    ticket: str = ""
    operation: str | None = None
    commerce: str | None = None
    status: bool = False

    @property
    def known(self) -> bool:
        """Nobody needs to judge it, or it can be judged."""
        return self.command in REQUEST_NAMES

    @property
    def money(self) -> bool:
        """It moves money."""
        return self.command in MONEY

    @property
    def name(self) -> str:
        """The documentation's name."""
        return REQUEST_NAMES.get(self.command, "unknown")


@dataclass(frozen=True, slots=True)
class Reply:
    """What the terminal says. ``values`` are its fields by name, as text; "" where left out."""

    command: str
    params: tuple[str, ...] = field(repr=False)
    values: Mapping[str, str] = field(repr=False)

    @property
    def name(self) -> str:
        """The documentation's name."""
        return REPLY_NAMES.get(self.command, "unknown")

    @property
    def code(self) -> str:
        """The response code, two digits."""
        return self.values.get("response_code", "")

    @property
    def approved(self) -> bool:
        """It was done. Every other code is a no, says the documentation."""
        return self.code == APPROVED

    @property
    def amount(self) -> int | None:
        """What was moved, in pesos."""
        text = self.values.get("amount", "")
        return int(text) if text else None

    @property
    def operation(self) -> str | None:
        """The terminal's number of it, without leading zeros."""
        text = self.values.get("operation", "")
        return str(int(text)) if text else None

    @property
    def terminal(self) -> str | None:
        """The terminal's id."""
        return self.values.get("terminal", "").strip() or None

    @property
    def commerce(self) -> str | None:
        """The merchant's code; of several, the one that was paid."""
        provider = self.values.get("provider", "").strip(" 0")
        return self.values.get("provider" if provider else "commerce", "").strip() or None


# -- construct: its values are untyped, and end in the next functions ----------------------------


class _Layout(Protocol):
    def parse(self, data: bytes) -> Mapping[str, Any]: ...


def _split(data: bytes, _: object) -> list[bytes]:
    # Anything behind the last that is allowed stays in one piece, which no field takes.
    return data.split(_SEPARATOR, MAX_FIELDS)[1:] if data.startswith(_SEPARATOR) else [data]


def _join(fields: list[bytes], _: object) -> bytes:
    return b"".join(_SEPARATOR + item for item in fields)


_TEXT = bytes((*range(0x20, 0x7F), *range(0xA0, 0x100)))

_MESSAGE: _Layout = Struct(
    "command" / Bytes(4), "fields" / ExprAdapter(GreedyBytes, _split, _join), Terminated
)


def _read(body: bytes) -> tuple[str, tuple[str, ...]]:
    wrong = body.translate(None, _TEXT)
    if wrong:
        at = body.index(wrong[0])
        raise FrameError("not-text", f"{wrong[0]:02X} in a message that is text", at)
    try:
        found = _MESSAGE.parse(body)
    except ConstructError as error:
        raise FrameError("truncated", "a command has four digits", len(body)) from error
    command = str(found["command"], "latin-1")
    if not (command.isascii() and command.isdigit()):
        raise FrameError("unknown-field", "a command has four digits", 0)
    params = tuple(str(item, "latin-1") for item in found["fields"])
    if params == ("",) and len(body) == len(command):
        return command, ()
    if not body.startswith(_SEPARATOR, 4) or len(params) >= MAX_FIELDS:
        raise FrameError("field-count", f"more than {MAX_FIELDS - 1} fields, or no |", 4)
    return command, params


# -- requests ------------------------------------------------------------------------------------


def parse_request(body: bytes) -> Request:
    """What the till asks; a command that is not known has ``known`` false.

    :raises FrameError: for a command that is known and not exactly in its form.
    """
    command, params = _read(body)
    if command in MONEY:
        return _money(command, params, body)
    pattern = HARMLESS.get(command)
    if pattern is not None and pattern.fullmatch(str(body, "latin-1")) is None:
        raise FrameError("field-count", f"not the fields of {REQUEST_NAMES[command]}", 4)
    return Request(command, params)


def _money(command: str, params: tuple[str, ...], body: bytes) -> Request:
    slots = next((s for s in REQUESTS[command] if len(s) == len(params)), None)
    if slots is None:
        raise FrameError("field-count", f"{len(params)} fields in a {REQUEST_NAMES[command]}", 4)
    found = _filled(slots, params, body)
    return Request(
        command,
        params,
        int(found["amount"]) if "amount" in found else None,
        found.get("ticket", ""),
        str(int(found["operation"])) if "operation" in found else None,
        found.get("commerce") or None,
        found.get("status") == "1",
    )


def _filled(slots: tuple[Slot, ...], params: tuple[str, ...], body: bytes) -> dict[str, str]:
    at = 5
    found: dict[str, str] = {}
    for (name, pattern), text in zip(slots, params, strict=True):
        if pattern.fullmatch(text) is None:
            message = f"{name} has {len(text)} characters that it may not have"
            raise FrameError("field-value", message, min(at, len(body)))
        found[name] = text
        at += len(text) + 1
    return found


def intent_of(request: Request) -> Intent | None:
    """What a money request means; None for any other."""
    if not request.money:
        return None
    if request.command == REFUND:
        return Intent(IntentKind.REFUND, Tender.CARD, None, CURRENCY, original=request.operation)
    return Intent(IntentKind.SALE, Tender.CARD, request.amount, CURRENCY, payee=request.commerce)


# -- replies -------------------------------------------------------------------------------------


def parse_reply(body: bytes) -> Reply:
    """What the terminal says. A no may leave out fields; a yes has all that count.

    Behind the operation versions differ by a blank field or two: those are not counted.

    :raises FrameError: when it cannot be read, or is a yes with something missing.
    """
    command, params = _read(body)
    names = REPLY_FIELDS.get(command)
    if names is None:
        return Reply(command, params, {})
    values = dict(zip(names, params, strict=False))
    reply = Reply(command, params, values)
    code = reply.code
    if not (len(code) == 2 and code.isascii() and code.isdigit()):
        raise FrameError("field-value", "a response code has two digits", 5)
    _check_numbers(values)
    if reply.approved:
        _check_complete(reply)
    return reply


def _check_numbers(values: Mapping[str, str]) -> None:
    for name, most in (("amount", 9), ("operation", 6)):
        text = values.get(name, "")
        if text and not (text.isascii() and text.isdigit() and len(text) <= most):
            raise FrameError("field-value", f"{name} is no number of {most} digits")


def _check_complete(reply: Reply) -> None:
    if reply.command == REFUND_REPLY and reply.operation is None:
        raise FrameError("missing-field", "an approved refund without its operation")
    if reply.command in (SALE_REPLY, "0271", "0280", "0260") and reply.amount is None:
        raise FrameError("missing-field", "an approved sale without its amount")


def build(command: str, *params: str) -> bytes:
    """A message from its fields. A text that holds a separator gets a space there."""
    fields = [item.replace("|", " ").encode("latin-1", "replace") for item in params]
    return command.encode("ascii") + _join(fields, None)


def sale_reply(values: Mapping[str, str], command: str = SALE_REPLY) -> bytes:
    """The answer to a sale, or to the question for the last one, from its fields by name."""
    names = SALE_FIELDS if command == LAST_SALE_REPLY else REPLY_FIELDS[command]
    return build(command, *(values.get(name, "") for name in names), "")


def refund_reply(code: str, commerce: str, terminal: str, operation: str, auth: str = "") -> bytes:
    """The answer to a refund."""
    return build(REFUND_REPLY, code, commerce, terminal, auth, operation)


def progress(code: int) -> bytes:
    """How it goes on: 78 card, 79 amount, 80 shares, 81 PIN, 82 sending."""
    return build(PROGRESS, f"{code:02d}")


# -- shown ---------------------------------------------------------------------------------------


def decode(data: bytes) -> Iterator[Decoded]:
    """Each frame and signal of a line, for ``pos-guard decode``."""
    return show_stream(data, FORMAT, _show)


def _show(body: bytes, raw: bytes) -> Shown:
    del raw
    command, params = _read(body)
    if command in MONEY or _is_request(command, body):
        return _show_request(parse_request(body))
    if command not in REPLY_NAMES:
        raise FrameError("unknown-command", f"no command or reply is called {command}", 0)
    reply = parse_reply(body)
    fields: dict[str, Json] = {"command": command, "params": list(params[1:]), **reply.values}
    if reply.amount is not None:
        fields["amount"] = reply.amount
    return _hidden(reply.name, fields, body)


def _is_request(command: str, body: bytes) -> bool:
    pattern = HARMLESS.get(command)
    if pattern is None:
        return False
    return command not in REPLY_NAMES or pattern.fullmatch(str(body, "latin-1")) is not None


def _show_request(request: Request) -> Shown:
    fields: dict[str, Json] = {"command": request.command, "params": list(request.params)}
    if request.money:
        named: dict[str, Json] = {
            "amount": request.amount,
            "ticket": request.ticket or None,
            "operation": request.operation,
            "commerce": request.commerce,
        }
        fields |= {name: value for name, value in named.items() if value is not None}
    return Shown(request.name, fields, intent_of(request))


def _hidden(name: str, fields: dict[str, Json], body: bytes) -> Shown:
    """An account number is masked wherever it stands; a voucher may print one."""
    secret = frozenset(item for item in ("account", "voucher") if fields.get(item))
    if not secret:
        return Shown(name, fields)
    return Shown(name, fields, None, secret | {"params"}, ((4, len(body)),))
