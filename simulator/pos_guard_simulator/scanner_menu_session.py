"""What simulated scanners with a trigger share: a code is seen only while they read."""

from __future__ import annotations

from pos_guard.links.session import CancelTimer, Effects, SetTimer
from pos_guard_simulator.scanner import Scanner, ScannerTwinSettings

READING = "reading"
"""The timer of a reading session."""

READ_SECONDS = 5.0
"""How long one lasts (Hamlet HBCS2D100W manual p. 14; others have a setting)."""


class SessionScanner(Scanner):
    """``free``: it reads all the time, as a presentation scanner; else when it is triggered.

    ``enabled``: off, it sees nothing at all. ``missed`` counts codes that were shown in vain.
    """

    def __init__(self, settings: ScannerTwinSettings | None = None, *, free: bool = True) -> None:
        super().__init__(settings)
        self.reading = False
        self.enabled = True
        self.missed = 0
        self._free = free

    @property
    def free(self) -> bool:
        """It reads without a trigger."""
        return self._free

    def scan(self, payload: str | bytes, symbology: str = "]Q1") -> Effects:
        """Somebody shows it a code."""
        if not self.enabled or not (self.reading or self.free):
            self.missed += 1
            return []
        ends: Effects = self.stop() if self.reading else []
        return [*super().scan(payload, symbology), *ends]

    def start(self, seconds: float = READ_SECONDS) -> Effects:
        """A session begins; 0 seconds: without end."""
        self.reading = True
        return [SetTimer(READING, seconds) if seconds else CancelTimer(READING)]

    def stop(self) -> Effects:
        """The session is over."""
        self.reading = False
        return [CancelTimer(READING)]

    def timer(self, name: str) -> Effects:
        """Nobody showed a code."""
        if name == READING:
            self.reading = False
        return []
