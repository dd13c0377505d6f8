"""Older set-up commands of Newland: the FM100 on RS-232 and the BS80.

FM100: ``$$$$`` enters set-up (``@@@@`` is the answer; it leaves by itself after five seconds),
``%%%%`` leaves it (``^^^^``), ``#99900030;`` sets (``!99900030;`` done, ``?99900030;`` not).
BS80: ``$$%^`` and a number of digits, answered by ``$$%~OK`` or ``$$%~ER`` on a line of its own.
Sources: Newland's FM100 and BS80 manuals, as shared notes on scanners report them; that the answer
to ``#`` repeats its digits has not been seen by us.
"""

from __future__ import annotations

import re
from typing import Final

from pos_guard.frames.reply_search import Search, find_texts

MAX_COMMAND: Final = 40
"""Bytes of the longest command: a few marks and at most 32 digits."""

_COMMAND = re.compile(rb"\$\$%\^[0-9]{4,32}|\$\$\$\$|%%%%|#([0-9]{8});")
_BS80 = find_texts(b"\r\n$$%~OK\r\n", b"\r\n$$%~ER\r\n")


def find_commands(data: bytes) -> tuple[list[Search], bytes]:
    """The answers that are due to what a host sends, and what may be the start of a command.

    A BS80 command has no mark at its end: it is complete with its fourth digit.
    """
    answers, at = list[Search](), 0
    for match in _COMMAND.finditer(data):
        answers.append(_answer(match))
        at = match.end()
    rest = data[max(at, len(data) - MAX_COMMAND) :]
    start = re.search(rb"[$%#]", rest)
    return answers, rest[start.start() :] if start else b""


def _answer(match: re.Match[bytes]) -> Search:
    if match[0] == b"$$$$":
        return find_texts(b"@@@@")
    if match[0] == b"%%%%":
        return find_texts(b"^^^^")
    if match[1]:
        return find_texts(b"!%s;" % match[1], b"?%s;" % match[1])
    return _BS80
