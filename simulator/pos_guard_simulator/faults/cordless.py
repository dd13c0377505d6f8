"""What becomes of scans when a cordless scanner's battery or radio fails.

Sources: Metrologic MS6130 manual, page 23 (low battery: both lamps blink and "the scanner quietly
beeps twice while scanning"); Honeywell 2020/4820 user's guide, page 3-2 (a scan out of range: "a
triple beep indicating no communication with the base", and nothing is stored unless it is set up
for that).
"""

from __future__ import annotations

from pos_guard_simulator.scanner_faults import ScannerFault

LOW_BEEPS, OUT_OF_RANGE_BEEPS = 2, 3

SCANS_LEFT = 3
"""What a low battery is good for here: a test need not scan for an hour."""


class Cordless:
    """Counts the beeps of trouble, and the scans that the battery has left."""

    def __init__(self) -> None:
        self.beeps = 0
        self._left = SCANS_LEFT

    def charge(self) -> None:
        """Back from its charger."""
        self._left = SCANS_LEFT

    def refuses(self, faults: frozenset[ScannerFault]) -> str:
        """Why this scan does not reach the base; empty: it does."""
        if ScannerFault.BATTERY in faults:
            if not self._left:
                return str(ScannerFault.BATTERY)
            self._left -= 1
            self.beeps += LOW_BEEPS
        if ScannerFault.OUT_OF_RANGE in faults:
            self.beeps += OUT_OF_RANGE_BEEPS
            return str(ScannerFault.OUT_OF_RANGE)
        return ""
