"""Newland's unified commands: hand scanners and FM engines of today.

``~ SOH 0000``, a storage mark (``@`` kept, ``#`` until power is off), settings of a tag, a subtag
and data, ``; ETX``. ``,`` goes on with another subtag of the same tag, ``;`` with another tag;
``*``, ``&`` and ``^`` in place of data ask for value, default and range. The answer begins with
``STX SOH 0000`` and has a status before each mark: 06 done; 15 and 05 as Honeywell has them (not
seen by us). Capital letters only.

Sources: NLS-HR52 manual p. 35 and 234, FM530 manual p. 131, FM430 manual UM10054 p. 35-47 (after
the fm430 driver of JKAbrams), Programming Guide Based on Newland Unified Commands Set 1.0.0 p. 8.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from pos_guard.errors import FrameError, LocalError
from pos_guard.frames.honeywell import MenuItem, Status
from pos_guard.frames.reply_search import Finding, Found, find_framed

MAX_REPLY: Final = 4096
"""Bytes of one answer: all that a scanner tells of itself is a dozen lines."""

_HOST, _SCANNER, _TAIL = b"~\x010000", b"\x02\x010000", b";\x03"
_SETTING = re.compile(rb"[0-9A-Z]{6}[ -~]{0,200}|[0-9A-Z]{3}[*&^]")
_COMMAND = re.compile(rb"~\x010000([@#])([ -~]{3,1024}?);\x03")
_ITEM = re.compile(rb"([^\x05\x06\x15]{1,4096})([\x05\x06\x15])(?:[,;]|\Z)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Unified:
    """One message: its settings as they stand, and the status of each in an answer."""

    settings: tuple[bytes, ...] = field(repr=False)
    permanent: bool
    statuses: tuple[Status, ...] = ()

    @property
    def ok(self) -> bool:
        """Every setting was taken."""
        return all(status is Status.ACK for status in self.statuses)


def build_command(settings: Sequence[str], *, permanent: bool = False) -> bytes:
    """The command for these settings, such as ``["SCNTRG1"]`` or ``["C11*"]``.

    :raises LocalError: for a setting that no command can hold.
    """
    parts = [setting.encode("ascii", "replace") for setting in settings]
    for part in parts:
        if not _SETTING.fullmatch(part) or b";" in part:
            raise LocalError(f"no unified command: {part.decode('ascii')!r}")
    if not parts:
        raise LocalError("a unified command has at least one setting")
    return _HOST + (b"@" if permanent else b"#") + b";".join(parts) + _TAIL


def parse_command(raw: bytes) -> Unified:
    """Read one whole command.

    :raises FrameError: ``not-command`` for anything else.
    """
    match = _COMMAND.fullmatch(raw)
    if match is None:
        raise FrameError("not-command", "no ~ SOH 0000 … ; ETX", 0)
    return Unified(tuple(re.split(rb"[,;]", match[2])), match[1] == b"@")


def find_commands(data: bytes) -> tuple[list[Unified], bytes]:
    """The whole commands in what a host sends, and the start of one at its end."""
    commands, at = list[Unified](), 0
    for match in _COMMAND.finditer(data):
        commands.append(parse_command(match[0]))
        at = match.end()
    rest = data[at:]
    start = rest.rfind(b"~")
    return commands, rest[start:][:MAX_REPLY] if start >= 0 else b""


def build_reply(items: Sequence[MenuItem], *, permanent: bool = False) -> bytes:
    """The answer that a scanner gives."""
    body = b";".join(item.text + bytes((item.status,)) for item in items)
    return _SCANNER + (b"@" if permanent else b"#") + body + _TAIL


def parse_reply(raw: bytes) -> Unified:
    """Read one whole answer.

    :raises FrameError: ``not-reply`` without its head, ``cut`` without ``; ETX``, ``no-status``
        where a setting has none, ``length`` for too many bytes.
    """
    head = len(_SCANNER)
    if len(raw) > MAX_REPLY:
        raise FrameError("length", "longer than any answer", MAX_REPLY)
    if not raw.startswith(_SCANNER) or raw[head : head + 1] not in (b"@", b"#"):
        raise FrameError("not-reply", "no STX SOH 0000 and storage mark", 0)
    if not raw.endswith(_TAIL):
        raise FrameError("cut", "no ; ETX", len(raw))
    at, stop = head + 1, len(raw) - len(_TAIL)
    settings, statuses = list[bytes](), list[Status]()
    while at < stop:
        match = _ITEM.match(raw, at, stop)
        if match is None:
            raise FrameError("no-status", "a setting without its status", at)
        settings.append(match[1])
        statuses.append(Status(match[2][0]))
        at = match.end()
    if not settings:
        raise FrameError("no-status", "an answer to nothing", at)
    return Unified(tuple(settings), raw[head : head + 1] == b"@", tuple(statuses))


_framed: Final = find_framed(_SCANNER, _TAIL, MAX_REPLY)


def find_reply(data: bytes, fresh: bool) -> Finding:
    """The search for the answer to any unified command, wherever it stands."""
    finding = _framed(data, fresh)
    if not isinstance(finding, Found):
        return finding
    try:
        reply = parse_reply(data[finding.start : finding.stop])
    except FrameError:
        # Framed like an answer, but none: the scanner answered, and nothing was done.
        return Found(finding.start, finding.stop, ok=False)
    return Found(finding.start, finding.stop, reply.ok, b";".join(reply.settings))
