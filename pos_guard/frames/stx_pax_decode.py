"""``pos-guard decode stx --profile pax-poslink``: commands and replies, shown."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pos_guard.frames.decoded import Decoded, Json
from pos_guard.frames.stx_pax import CREDIT, DEBIT, FORMAT, FS, Command, intent_of, parse_command
from pos_guard.frames.stx_pax_reply import PROGRESS, Reply, parse_reply
from pos_guard.frames.stx_shown import Shown, show_stream

_REQUEST = re.compile(rb"[A-Z]\d\d(\x1c|\Z)", re.ASCII)
_ACCOUNT_OF_REPLY = 8


def decode(data: bytes) -> Iterator[Decoded]:
    """Each frame and signal of a connection."""
    return show_stream(data, FORMAT, _show)


def _show(body: bytes, raw: bytes) -> Shown:
    del raw
    if _REQUEST.match(body):
        return _show_command(parse_command(body))
    return _show_reply(parse_reply(body))


def _show_command(command: Command) -> Shown:
    fields: dict[str, Json] = {"fields": _texts(command.fields), "command": command.code}
    if command.version is not None:
        fields["version"] = command.version
    if command.code not in (CREDIT, DEBIT):
        return Shown(command.code, fields)
    fields["transaction_type"] = command.type
    if command.amount is not None:
        fields["amount"] = command.amount
    account = 3 + (command.version is not None)
    secret = len(command.fields) > account and bool(command.fields[account])
    names, ranges = _secrets(command.fields, account) if secret else (frozenset[str](), ())
    return Shown(command.name, fields, intent_of(command), names, ranges)


def _show_reply(reply: Reply) -> Shown:
    name = "report_status" if reply.command == PROGRESS else "response"
    fields: dict[str, Json] = {"fields": _texts(reply.fields), "response_code": reply.code}
    told = {
        "command": reply.command or None,
        "text": reply.text or None,
        "authorisation": reply.authorisation or None,
        "host_reference": reply.host,
        "amount": reply.amount,
        "transaction": reply.transaction,
    }
    fields.update({key: value for key, value in told.items() if value is not None})
    if len(reply.fields) <= _ACCOUNT_OF_REPLY:
        return Shown(name, fields)
    names, ranges = _secrets(reply.fields, _ACCOUNT_OF_REPLY)
    return Shown(name, fields, masked=names, ranges=ranges)


def _texts(fields: tuple[bytes, ...]) -> list[Json]:
    return [value.decode("ascii", "replace") for value in fields]


def _secrets(
    fields: tuple[bytes, ...], account: int
) -> tuple[frozenset[str], tuple[tuple[int, int], ...]]:
    """The account field holds a card number: it and the list that repeats it are blanked.

    What stands behind it may hold a token or an address, and is blanked with it.
    """
    start = len(bytes([FS]).join(fields[:account])) + 1
    stop = len(bytes([FS]).join(fields))
    return frozenset({"fields"}), ((start, stop),)
