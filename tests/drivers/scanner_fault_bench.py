"""Three codes, the second under a fault: what the driver delivered, and what it reported."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, field

from pos_guard.errors import DeviceError
from pos_guard.frames.scanner_models import scanner_model
from pos_guard.scanners.make import LanguageSettings
from pos_guard_drivers.device_power import PowerState
from pos_guard_drivers.scanner import BarcodeScanner, LostScanError, ScannerSettings
from pos_guard_simulator.usb_scanner import HidFault
from tests.drivers.scanner_fault_case import (
    EXTRA_SECONDS,
    FIRST,
    IDLE_SECONDS,
    NEVER,
    NEXT,
    PATIENCE_SECONDS,
    REPLY_SECONDS,
    STRUCK,
    TRIES,
    Case,
    LineTrouble,
)
from tests.drivers.scanner_fault_places import Place, placed


@dataclass
class Outcome:
    """``got``: delivered; ``lost``: reports of the struck code; ``heard``: so much of it came."""

    case: Case
    got: Counter[str] = field(default_factory=Counter[str])
    lost: int = 0
    heard: int = 0
    shown: Counter[str] = field(default_factory=Counter[str])
    typed: set[str] = field(default_factory=set[str])

    @property
    def strange(self) -> list[str]:
        """Delivered, and never shown."""
        return [text for text in self.got if self.got[text] and text not in self.shown]

    @property
    def all_typed(self) -> bool:
        """And all of that is marked as typed by a person."""
        return {*self.strange} <= self.typed


class Run:
    """One driver at one place."""

    def __init__(self, case: Case, scanner: BarcodeScanner, place: Place) -> None:
        self.outcome = Outcome(case)
        self._scanner = scanner
        self._place = place

    def go(self) -> Outcome:
        outcome, case = self.outcome, self.outcome.case
        self._there()
        self.show(FIRST, case.window)
        NEVER.wait(EXTRA_SECONDS)  # until nothing is due any more
        before = outcome.lost
        outcome.shown[STRUCK] += 2 if case.trouble is HidFault.DOUBLE else 1
        outcome.shown[NEXT] += case.trouble is LineTrouble.MERGED
        self._place.strike()
        self.listen(case.window)
        outcome.heard = self._place.heard
        self._place.mend()
        self._there()
        self.listen(EXTRA_SECONDS)
        outcome.lost -= before
        reported = outcome.lost
        for _ in range(TRIES):
            had = outcome.got[NEXT]
            self.show(NEXT, case.window)
            if outcome.got[NEXT] > had:
                break
        outcome.lost = max(reported, 0)
        return outcome

    def show(self, code: str, seconds: float) -> None:
        self.outcome.shown[code] += 1
        self._place.show(code)
        self.listen(seconds)

    def listen(self, seconds: float) -> None:
        """Until something comes; then whether more does."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            try:
                scan = self._scanner.read(left)
            except LostScanError:
                self.outcome.lost += 1
            except DeviceError:
                continue
            else:
                text = scan.text or "?"
                self.outcome.got[text] += 1
                self.outcome.typed |= {text} if scan.typed else set()
            end = min(end, time.monotonic() + EXTRA_SECONDS)

    def _there(self) -> None:
        end = time.monotonic() + PATIENCE_SECONDS
        while self._scanner.power is not PowerState.ONLINE and time.monotonic() < end:
            NEVER.wait(0.01)


def run_case(case: Case) -> Outcome:
    """The codes, and the fault."""
    line = case.transport != "usb"
    language = LanguageSettings(
        idle_seconds=IDLE_SECONDS if line and case.language != "ssi" else None,
        reply_seconds=REPLY_SECONDS if line else None,
    )
    with placed(case) as place:
        settings = ScannerSettings(language=language)
        with BarcodeScanner(place.connect, scanner_model(case.model), settings) as scanner:
            return Run(case, scanner, place).go()
