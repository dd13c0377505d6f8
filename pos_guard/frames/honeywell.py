"""Honeywell scanners: trigger, beep, menu commands and their answers.

A menu command is SYN M CR, settings and a storage mark: ``.`` keeps them, ``!`` does not. A
setting is a tag of three characters, a subtag of three, and data; ``,`` goes on with another
subtag of the same tag, ``;`` with another tag. In place of data, ``?`` asks for the value, ``^``
for the default, ``*`` for the range. The answer repeats it with one status before each mark.

Sources: Honeywell 2020/4820 manual p. 12-4, 2700 manual p. 13-1, NCR 7837 p. 138, Canmax CM-2D202
p. 191-193; the reports in github:HenkVanAsselt/python_hon_usbhid.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Final

from pos_guard.errors import FrameError, LocalError
from pos_guard.frames.reply_search import Finding, Found, Perhaps, Scan, Search, find_texts, overlap

TRIGGER: Final = b"\x16T\r"
"""SYN T CR: read now. The scanner must be in serial trigger mode."""
UNTRIGGER: Final = b"\x16U\r"
BEEP: Final = b"\x16\x07\r"
"""SYN BEL CR."""
MENU: Final = b"\x16M\r"
"""What begins a menu command."""

MAX_REPLY: Final = 4096
"""Bytes of one answer: REVINF of a Voyager has about 500."""

MAX_LINES: Final = 60
"""Lines of a status report: that of a Voyager 1602g has about twenty."""

MAX_ITEMS: Final = 40
"""Settings of one answer: all those of the tag CBR are seven, a serial line has some twenty."""

_KEEP, _VOLATILE = b".", b"!"
_COMMAND = re.compile(rb"\x16M\r([ -~]{3,512}[.!])")
_SETTING = re.compile(rb"[A-Za-z0-9]{3}[ -~]{0,120}")
_ITEM = re.compile(rb"([ -~]{1,300}?)([\x05\x06\x15])([,;.!])")
# One line of a status report, such as "Boot Revision: : 8992", or an empty one; the start of one.
_TOLD = re.compile(rb"(?:[A-Z][^:\x00-\x1f]{0,60}:[^\x00-\x1f]{0,300})?\r\n")
_TOLD_PART = re.compile(
    rb"(?:[A-Z][^:\x00-\x1f]{0,60}|[A-Z][^:\x00-\x1f]{0,60}:[^\x00-\x1f]{0,300}\r?|\r?)\Z"
)
_STATUS = re.compile(rb"[\x05\x06\x15]")
_PROGRAM = re.compile(rb"\x02[0-9]{6}\x03")
_LINE_END = re.compile(rb"[\r\n]")
_TELLS: Final = frozenset({b"REV"})
"""Tags whose answer is text before the repeated command."""


class Status(IntEnum):
    """How the scanner took one setting."""

    ENQ = 0x05
    """No such tag or subtag."""
    ACK = 0x06
    NAK = 0x15
    """The tag is good, its data is not."""


@dataclass(frozen=True, slots=True)
class MenuItem:
    """One setting of an answer: the text before its status (``CBRENA1``, then ``SSX0``)."""

    text: bytes
    status: Status


@dataclass(frozen=True, slots=True)
class MenuReply:
    """The answer to a menu command. ``permanent``: it ends with ``.``; ``text``: what it told."""

    items: tuple[MenuItem, ...]
    permanent: bool
    text: bytes = b""

    @property
    def ok(self) -> bool:
        """Every setting was taken."""
        return all(item.status is Status.ACK for item in self.items)


@dataclass(frozen=True, slots=True)
class MenuCommand:
    """A menu command: its settings as they stand between SYN M CR and the storage mark."""

    settings: bytes
    permanent: bool = False
    raw: bytes = field(default=b"", repr=False)

    @property
    def tag(self) -> bytes:
        """The tag of the first setting, upper case: with it the answer begins."""
        return self.settings[:3].upper()


def build_menu(settings: Sequence[str], *, permanent: bool = False) -> bytes:
    """The command for these settings, such as ``["232BAD9", "CBRENA?"]``.

    :raises LocalError: for a setting that no menu can hold.
    """
    parts = [setting.encode("ascii", "replace") for setting in settings]
    for part in parts:
        if not _SETTING.fullmatch(part) or re.search(rb"[.!;]", part):
            raise LocalError(f"no menu setting: {part.decode('ascii')!r}")
    if not parts:
        raise LocalError("a menu command has at least one setting")
    return MENU + b";".join(parts) + (_KEEP if permanent else _VOLATILE)


def parse_menu(raw: bytes) -> MenuCommand:
    """Read one whole menu command, as a host sends it.

    :raises FrameError: ``not-menu`` for anything else.
    """
    match = _COMMAND.fullmatch(raw)
    if match is None:
        raise FrameError("not-menu", "no menu command of SYN M CR … . or !", 0)
    return MenuCommand(match[1][:-1], match[1].endswith(_KEEP), raw)


def find_menus(data: bytes) -> tuple[list[MenuCommand], bytes]:
    """The whole menu commands in what a host sends, and the start of one at its end."""
    commands, at = list[MenuCommand](), 0
    for match in re.finditer(rb"\x16M\r[ -~]{2,512}?[.!]", data):
        at = match.end()
        if _COMMAND.fullmatch(match[0]):
            commands.append(parse_menu(match[0]))
    rest = data[at:]
    start = rest.rfind(MENU)
    if start < 0:
        start = next((len(rest) - n for n in (2, 1) if rest.endswith(MENU[:n])), len(rest))
    return commands, rest[start:][:MAX_REPLY]


def count_programs(data: bytes) -> tuple[int, bytes]:
    """How many set-up codes of old Metrologic scanners a host sends, and the start of one.

    STX, six digits, ETX; the scanner answers each with 06 or 15 (MS9520 manual p. 23-2).
    """
    found = _PROGRAM.findall(data)
    rest = data[data.rfind(b"\x02") :] if b"\x02" in data else b""
    return len(found), rest if len(rest) < 8 and not rest.endswith(b"\x03") else b""


find_program_reply: Final = find_texts(b"\x06", b"\x15")
"""The search for the answer to one of them."""


def build_reply(items: Sequence[MenuItem], *, permanent: bool = True, text: bytes = b"") -> bytes:
    """The answer that a scanner gives; ``text`` comes before it."""
    body = b",".join(item.text + bytes((item.status,)) for item in items)
    return text + body + (_KEEP if permanent else _VOLATILE)


def parse_reply(raw: bytes) -> MenuReply:
    """Read one whole answer; what stands in lines before it is its text.

    :raises FrameError: ``no-status`` without one status before each mark, ``cut`` without a
        storage mark at the end, ``trailing`` for bytes after it, ``length`` for too many.
    """
    if len(raw) > MAX_REPLY:
        raise FrameError("length", "longer than any answer", MAX_REPLY)
    at = raw.rfind(b"\n") + 1
    text, items = raw[:at], list[MenuItem]()
    while match := _ITEM.match(raw, at):
        items.append(MenuItem(match[1], Status(match[2][0])))
        at = match.end()
        if match[3] in (_KEEP, _VOLATILE):
            if at != len(raw):
                raise FrameError("trailing", "bytes after the storage mark", at)
            return MenuReply(tuple(items), match[3] == _KEEP, text)
    if at == len(raw):
        raise FrameError("cut", "no storage mark at the end", at)
    raise FrameError("no-status", "no status byte before a mark", at)


def find_reply(tag: bytes) -> Search:
    """A search for the answer to a menu command whose first tag is ``tag``.

    Only settings with a status before every mark count. Where the tag is one that tells something
    (REV), the lines of a status report right before them belong to the answer.
    """
    return _find_report(tag.upper()) if tag.upper() in _TELLS else _find_settings(tag)


def _find_settings(tag: bytes) -> Search:
    head = re.compile(re.escape(tag), re.IGNORECASE)

    def search(data: bytes, fresh: bool) -> Finding:
        del fresh  # an answer is too long and too odd to be a part of a code
        for match in head.finditer(data):
            stop = _reply_end(data, match.start())
            if stop is not None:
                at = match.start() if stop < 0 else _last_head(head, data, match.start())
                return _found(data, at, stop)
        part = max(overlap(data.upper(), tag.upper()), overlap(data, MENU))
        start = len(data) - part
        if data[:start].endswith(MENU):
            start -= len(MENU)
        return Perhaps(start) if start < len(data) else Scan(len(data))

    return search


def _last_head(head: re.Pattern[bytes], data: bytes, at: int) -> int:
    """The last tag before the first status: what is before it is a scan without an end."""
    status = _STATUS.search(data, at)
    starts = [match.start() for match in head.finditer(data, at, status.start() if status else at)]
    return starts[-1] if starts else at


def _find_report(tag: bytes) -> Search:
    def search(data: bytes, fresh: bool) -> Finding:
        line = _LINE_END.search(data)
        skip = Scan(len(data) if line is None else line.end())
        if not fresh:
            return skip
        at = _told_end(data)
        if data[at : at + 3].upper() == tag:
            stop = _reply_end(data, at)
            if stop is not None and stop <= MAX_REPLY:
                return _found(data, 0, stop)
        goes_on = data[:1].isupper() and _TOLD_PART.match(data, at) and len(data) < MAX_REPLY
        return Perhaps(0) if goes_on else skip

    return search


def _told_end(data: bytes) -> int:
    """Where the lines of a status report end that begin ``data``; the first is not empty."""
    at = 0
    for _ in range(MAX_LINES if data[:1].isupper() else 0):
        told = _TOLD.match(data, at)
        if told is None:
            break
        at = told.end()
    return at


def _found(data: bytes, start: int, stop: int) -> Finding:
    # Mindeo's scanners of this kind (ES4650 manual p. 13) repeat the head of the command too.
    echo = start - len(MENU) if data[:start].endswith(MENU) else start
    if stop < 0:
        return Perhaps(echo)
    reply = parse_reply(data[start:stop])
    told = reply.text or b",".join(item.text for item in reply.items)
    return Found(echo, stop, reply.ok, told)


def _reply_end(data: bytes, at: int) -> int | None:
    """Where the settings at ``at`` end; -1: not yet; None: there are none."""
    begin = at
    for _ in range(MAX_ITEMS):
        match = _ITEM.match(data, at)
        if match is None:
            break
        at = match.end()
        if match[3] in (_KEEP, _VOLATILE):
            return at if at - begin <= MAX_REPLY else None
    else:
        return None
    part = re.fullmatch(rb"[ -~]{0,300}[\x05\x06\x15]?", data[at:])
    return None if part is None else -1
