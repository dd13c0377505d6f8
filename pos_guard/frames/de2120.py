"""The DE2120 engine (SparkFun): commands in printable text, answers of one byte.

Sources: PyPI de2120-barcode-scanner 0.0.1, github:sparkfun/SparkFun_DE2120_Arduino_Library.
"""

from __future__ import annotations

import re
from typing import Final

from pos_guard.errors import FrameError, LocalError
from pos_guard.frames.reply_search import find_texts

ACK: Final = 0x06
NACK: Final = 0x15

_HEAD = b"^_^"
_WORD = re.compile(rb"\x04?[0-9A-Z]{3,12}")
_COMMAND = re.compile(rb"\^_\^(\x04?[0-9A-Z]{3,12})\.")

MAX_COMMAND: Final = 17
"""Bytes of the longest command: head, EOT, twelve letters, full stop."""

find_reply: Final = find_texts(bytes((ACK,)), bytes((NACK,)))
"""The search for the answer to any command: 06 done, 15 not."""


def build_command(word: str) -> bytes:
    """The command for ``SCAN``, ``232BAD9`` and the like.

    :raises LocalError: for what is no such word.
    """
    text = word.encode("ascii", "replace")
    if not _WORD.fullmatch(text):
        raise LocalError(f"no DE2120 command: {word!r}")
    return _HEAD + text + b"."


def parse_command(raw: bytes) -> str:
    """The word of one whole command.

    :raises FrameError: ``not-command`` for anything else.
    """
    match = _COMMAND.fullmatch(raw)
    if match is None:
        raise FrameError("not-command", "no ^_^ … .", 0)
    return match[1].decode("ascii")


def find_commands(data: bytes) -> tuple[list[str], bytes]:
    """The words of the whole commands in what a host sends, and what may be the start of one."""
    words, at = list[str](), 0
    for match in _COMMAND.finditer(data):
        words.append(match[1].decode("ascii"))
        at = match.end()
    return words, data[max(at, len(data) - MAX_COMMAND + 1) :]
