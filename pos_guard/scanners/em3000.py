"""The EM3000 engine of Newland on a serial line: lines, and questions with an LRC."""

from __future__ import annotations

from collections.abc import Mapping

from pos_guard.frames.lines import LineSettings
from pos_guard.frames.newland_em3000 import QUERY, Em3000Frame, build_frame, find_frames, find_reply
from pos_guard.scanners.asking import AskingLines, Heard, Order, Timing
from pos_guard.scanners.language import Command


class Em3000Language(AskingLines):
    """See :class:`~pos_guard.scanners.language.ScannerLanguage`.

    ``commands``: bytes for further commands; those that are questions (``7E 00``) are answered.
    The specification names questions only: no trigger, no beep, no LOCK.
    """

    def __init__(
        self,
        settings: LineSettings | None = None,
        commands: Mapping[Command, bytes] | None = None,
        timing: Timing | None = None,
    ) -> None:
        identify = build_frame(Em3000Frame(True, QUERY, b"H020"))
        known = {Command.IDENTIFY: identify, **(commands or {})}
        orders = {
            command: Order(data, find_reply if find_frames(data)[0] else None)
            for command, data in known.items()
        }
        super().__init__(settings, orders, timing)

    def _overhear(self, told: bytes) -> Heard:
        frames, rest = find_frames(told)
        return Heard((find_reply,) * len(frames), rest)
