"""Simulated scanners with short commands: Datalogic, DE2120 and the EM3000 engine."""

from __future__ import annotations

import re
from collections.abc import Mapping

from pos_guard.frames import datalogic, de2120, newland_em3000
from pos_guard.frames.datalogic import Byte
from pos_guard.frames.newland_em3000 import Em3000Frame
from pos_guard.links.session import Effects, ToApp
from pos_guard_simulator.scanner import ScannerTwinSettings
from pos_guard_simulator.scanner_menu_session import SessionScanner


class DatalogicScanner(SessionScanner):
    """Commands of one byte. ``powerscan``: with a trigger, and F disables it.

    ``good_beeps`` and ``error_beeps`` count what the cashier heard.
    """

    def __init__(
        self,
        settings: ScannerTwinSettings | None = None,
        *,
        free: bool = True,
        powerscan: bool = False,
    ) -> None:
        super().__init__(settings, free=free)
        self.powerscan = powerscan
        self.good_beeps = 0
        self.error_beeps = 0
        self.reports: dict[int, bytes] = {
            Byte.IDENTIFY: b"Datalogic scanner",
            Byte.HEALTH: b"healthy",
            Byte.STATUS: b"scans",
        }

    def data(self, data: bytes) -> Effects:
        """The host sent bytes, each a command."""
        super().data(data)
        effects: Effects = []
        for byte in data:
            effects += self._obey(byte)
        return effects

    def _obey(self, byte: int) -> Effects:
        match byte:
            case Byte.ENABLE | Byte.RESET:
                self.enabled = True
            case Byte.DISABLE:
                self.enabled = False
            case Byte.GOOD_READ | Byte.FORCE_BEEP | Byte.BELL:
                self.good_beeps += 1
            case Byte.NOT_ON_FILE:
                self.error_beeps += 1
                self.enabled = self.enabled and not self.powerscan
            case Byte.PULL if self.powerscan:
                return self.start()
            case Byte.RELEASE if self.powerscan:
                return self.stop()
            case _ if byte in self.reports:
                return [ToApp(datalogic.build_reply(self.reports[byte]))]
            case _:
                pass
        return []


_DE2120_WORDS = re.compile(r"SCAN|SLEEP|DEFALT|232BAD[2-9]")
_YES, _NO = bytes([de2120.ACK]), bytes([de2120.NACK])


class De2120Scanner(SessionScanner):
    """``^_^`` commands, each answered by 06 or 15. ``baud`` is the digit of its rate."""

    def __init__(self, settings: ScannerTwinSettings | None = None, *, free: bool = True) -> None:
        super().__init__(settings, free=free)
        self.baud = "9"
        self._told = b""

    def data(self, data: bytes) -> Effects:
        """The host sent bytes."""
        super().data(data)
        words, self._told = de2120.find_commands(self._told + data)
        effects: Effects = []
        for word in words:
            effects += self._obey(word)
        return effects

    def _obey(self, word: str) -> Effects:
        if not _DE2120_WORDS.fullmatch(word):
            return [ToApp(_NO)]
        done: Effects = []
        if word == "SCAN":
            done = self.start()
        elif word == "SLEEP":
            done = self.stop()
        else:
            self.baud = word[6:] if word.startswith("232BAD") else "9"
        return [ToApp(_YES), *done]


_EM3000_ANSWERS = {b"H020": b"0213SW058383KH-56"}
"""Question and answer of the specification, p. 29 and 30."""


class Em3000Scanner(SessionScanner):
    """Answers questions; to one that it does not know it says nothing."""

    def __init__(
        self,
        settings: ScannerTwinSettings | None = None,
        *,
        answers: Mapping[bytes, bytes] | None = None,
    ) -> None:
        super().__init__(settings)
        self.answers = dict(_EM3000_ANSWERS if answers is None else answers)
        self._told = b""

    def data(self, data: bytes) -> Effects:
        """The host sent bytes."""
        super().data(data)
        frames, self._told = newland_em3000.find_frames(self._told + data)
        asked = [frame.data for frame in frames if frame.type == newland_em3000.QUERY]
        return [ToApp(self._answer(self.answers[one])) for one in asked if one in self.answers]

    def _answer(self, text: bytes) -> bytes:
        frame = Em3000Frame(from_host=False, type=newland_em3000.ANSWER, data=text)
        return newland_em3000.build_frame(frame)
