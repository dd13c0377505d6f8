"""Macros: commands recorded between two GS : and run by GS ^ [gs_colon, gs_caret]."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from pos_guard.errors import FrameError
from pos_guard.frames.escpos_layout import MacroRun
from pos_guard.frames.escpos_parse import parse
from pos_guard.frames.escpos_scan import Token

MAX_BYTES = 2048
"""What a macro holds; what is recorded beyond is not stored [gs_colon]."""


class MacroRecorder:
    """Sits before the commands: gives what is to be run now. ESC @ does not clear the macro."""

    def __init__(self) -> None:
        self._macro: list[Token] = []
        self._recording = False
        self._size = 0

    def take(self, token: Token) -> Iterable[Token]:
        """The tokens to act on for this one; none while a macro is defined."""
        if token.name == "GS :":
            self._switch()
            return ()
        if token.name == "GS ^":
            return self._run(token)
        if not self._recording:
            return (token,)
        self._size += len(token.raw)
        if self._size <= MAX_BYTES:
            self._macro.append(token)
        return ()

    def _switch(self) -> None:
        """Two GS : in a row leave no macro."""
        self._recording = not self._recording
        if self._recording:
            self._macro, self._size = [], 0

    def _run(self, token: Token) -> Iterator[Token]:
        """Runs follow each other at once; one that waits for the feed button is not run.

        A GS ^ inside a definition ends and clears it.
        """
        if self._recording:
            self._recording, self._macro = False, []
        try:
            command = parse(token)
        except FrameError:
            return
        if isinstance(command, MacroRun) and not command.on_button:
            for _ in range(command.times):
                yield from self._macro
