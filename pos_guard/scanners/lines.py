"""Scanners that send lines and answer nothing: the plain serial scanner."""

from __future__ import annotations

from collections.abc import Mapping

from pos_guard.frames.lines import LineSettings
from pos_guard.scanners.asking import AskingLines, Order, Timing
from pos_guard.scanners.language import Command


class LineLanguage(AskingLines):
    """See :class:`~pos_guard.scanners.language.ScannerLanguage`.

    ``commands``: the bytes that tell this scanner something, as its owner found them.
    """

    def __init__(
        self,
        settings: LineSettings | None = None,
        commands: Mapping[Command, bytes] | None = None,
        timing: Timing | None = None,
    ) -> None:
        orders = {command: Order(data) for command, data in (commands or {}).items()}
        super().__init__(settings, orders, timing)
