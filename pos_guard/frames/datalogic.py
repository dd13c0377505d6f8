"""Datalogic scanners: commands of one byte, and the answers to three of them.

Sources: Magellan 800i PRG p. 153 and 167, Magellan 9300i PRG p. 481, PowerScan PRG p. 381,
QuickScan QD2300 PRG p. 179.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Final

from pos_guard.errors import FrameError
from pos_guard.frames.reply_search import find_framed

MAX_REPLY: Final = 2048
"""Bytes of one answer: identification and health are a few lines of text."""

_HEAD, _TAIL = b"\x01\x02", b"\x03\x04"


class Byte(IntEnum):
    """The commands."""

    FORCE_BEEP = 0x01
    BELL = 0x07
    GOOD_READ = 0x42
    """``B``: the good-read beep."""
    DISABLE = 0x44
    ENABLE = 0x45
    NOT_ON_FILE = 0x46
    """``F``: the code is not known; a long beep. A PowerScan then reads no more until ``E``."""
    RESET = 0x52
    PULL = 0x54
    """``T``: the trigger is pulled (PowerScan)."""
    RELEASE = 0x58
    HEALTH = 0x68
    IDENTIFY = 0x69
    STATUS = 0x73


TELLS: Final = frozenset({Byte.HEALTH, Byte.IDENTIFY, Byte.STATUS})
"""The commands that are answered."""


def build_reply(text: bytes) -> bytes:
    """The answer SOH STX … ETX EOT."""
    return _HEAD + text + _TAIL


def parse_reply(raw: bytes) -> bytes:
    """What an answer tells.

    :raises FrameError: ``not-reply`` without SOH STX at its start, ``cut`` without ETX EOT at its
        end, ``trailing`` for bytes after them.
    """
    if not raw.startswith(_HEAD):
        raise FrameError("not-reply", "no SOH STX", 0)
    stop = raw.find(_TAIL, len(_HEAD))
    if stop < 0:
        raise FrameError("cut", "no ETX EOT", len(raw))
    if stop + len(_TAIL) != len(raw):
        raise FrameError("trailing", "bytes after ETX EOT", stop + len(_TAIL))
    return raw[len(_HEAD) : stop]


find_reply: Final = find_framed(_HEAD, _TAIL, MAX_REPLY)
"""The search for the answer to any of ``TELLS``."""
