"""What a PAX terminal (POSLink) replies: how it ended, and the numbers of the transaction.

Two forms are read: ``status FS command FS version FS code FS text FS …``, and the short one that
begins with the code. Codes after the public tables (BridgePay, Payrix); a code that is not listed
there as a yes or a no says nothing certain.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from pos_guard.errors import FrameError
from pos_guard.frames.stx_pax import MAX_PARTS, US, Command, build, split

YES = frozenset({"000000", "000001", "000002", "000003"})
"""Approved: online, offline, in part, without the surcharge."""

NO = frozenset({"000100", "000200", "100001", "100002", "100003"})
"""Declined, card read but nothing charged, nobody at the terminal, aborted, not understood."""

OK = "000000"
ABORTED = "100002"
"""The code of our own no. Never one that begins with 00: a client in the field took those for
approved."""

_CODE = re.compile(rb"\d{6}", re.ASCII)
_REPLY = re.compile(rb"[A-Z]\d\d", re.ASCII)
PROGRESS = "A35"


@dataclass(frozen=True, slots=True)
class Reply:
    """One reply. ``command`` is "" in the short form.

    ``amount``: approved, in minor units. ``transaction`` is the terminal's number, which a void
    names; ``host`` the host's reference.
    """

    command: str
    code: str
    text: str = ""
    authorisation: str = ""
    host: str | None = None
    amount: int | None = None
    transaction: str | None = None
    reference: str | None = None
    type: str = ""
    fields: tuple[bytes, ...] = field(default=(), repr=False)


def parse_reply(body: bytes) -> Reply:
    """Read a reply.

    :raises FrameError: ``missing-field``, ``not-digits``, ``count``: not in either form.
    """
    fields = split(body)
    if _CODE.fullmatch(fields[0]):
        return _short(fields)
    if len(fields) < 4 or not _REPLY.fullmatch(fields[1]) or not _CODE.fullmatch(fields[3]):
        if len(fields) > 1 and fields[1] == PROGRESS.encode("ascii"):
            return Reply(PROGRESS, "", fields=fields)
        raise FrameError("missing-field", "no response code where a reply has it", 0)
    command = fields[1].decode("ascii")
    host, amounts, trace = _group(fields, 5), _group(fields, 7), _group(fields, 9)
    return Reply(
        command,
        fields[3].decode("ascii"),
        _plain(fields, 4),
        _at(host, 2),
        _at(host, 3) or None,
        _amount(_at(amounts, 0)),
        _at(trace, 0) or None,
        _at(trace, 1) or None,
        _plain(fields, 6),
        fields,
    )


def refusal(command: Command, text: str) -> bytes:
    """The no to a command, in the form in which it was asked."""
    if command.version is None:
        return build(ABORTED, text)
    return build("0", reply_to(command.code), command.version, ABORTED, text)


def approval(command: Command, amount: int | None, transaction: str | None) -> bytes:
    """The yes to a command that is known to be approved, in the form in which it was asked."""
    number = transaction or ""
    if command.version is None:
        return build(OK, "", number)
    said = ("0", reply_to(command.code), command.version, OK, "OK")
    return build(*said, "", "", "" if amount is None else str(amount), "", number)


def reply_to(code: str) -> str:
    """The command of the reply: the next number."""
    return f"{code[0]}{int(code[1:]) + 1:02d}"


def _short(fields: tuple[bytes, ...]) -> Reply:
    return Reply(
        "",
        fields[0].decode("ascii"),
        authorisation=_plain(fields, 1),
        transaction=_plain(fields, 2) or None,
        fields=fields,
    )


def _plain(fields: tuple[bytes, ...], index: int) -> str:
    return fields[index].decode("ascii", "replace").strip() if index < len(fields) else ""


def _group(fields: tuple[bytes, ...], index: int) -> list[bytes]:
    parts = fields[index].split(bytes([US])) if index < len(fields) else []
    if len(parts) > MAX_PARTS:
        raise FrameError("count", f"more than {MAX_PARTS} parts in a field", None)
    return parts


def _at(parts: list[bytes], index: int) -> str:
    return parts[index].decode("ascii", "replace").strip() if index < len(parts) else ""


def _amount(text: str) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 12):
        raise FrameError("not-digits", "an approved amount that is no number of cents", None)
    return int(text)
