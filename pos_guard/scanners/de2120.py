"""The DE2120 engine on a serial line: lines, commands in text, one byte for an answer."""

from __future__ import annotations

from collections.abc import Mapping

from pos_guard.frames.de2120 import build_command, find_commands, find_reply
from pos_guard.frames.lines import LineSettings
from pos_guard.scanners.asking import AskingLines, Heard, Order, Timing
from pos_guard.scanners.language import Command


class De2120Language(AskingLines):
    """See :class:`~pos_guard.scanners.language.ScannerLanguage`.

    ``commands``: bytes for further commands, each answered with 06 or 15. It can neither beep at
    will nor turn its set-up codes off, and how it tells its version is not published.
    """

    def __init__(
        self,
        settings: LineSettings | None = None,
        commands: Mapping[Command, bytes] | None = None,
        timing: Timing | None = None,
    ) -> None:
        known = {
            Command.TRIGGER: build_command("SCAN"),
            Command.STOP: build_command("SLEEP"),
            **(commands or {}),
        }
        orders = {command: Order(data, find_reply) for command, data in known.items()}
        super().__init__(settings, orders, timing)

    def _overhear(self, told: bytes) -> Heard:
        words, rest = find_commands(told)
        return Heard((find_reply,) * len(words), rest)
