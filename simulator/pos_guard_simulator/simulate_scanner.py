"""``pos-guard simulate scanner``: codes from standard input, or from the control socket."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
from collections.abc import Callable
from enum import StrEnum

from pos_guard.frames.decoded import Json
from pos_guard.links.session import Effects
from pos_guard_simulator.bench import Bench
from pos_guard_simulator.scanner import Scanner, ScannerTwinSettings
from pos_guard_simulator.simulate_device import Device, Fields, Reply, RequestError

MAX_CODE = 8_192
"""Bytes of one code: the largest QR code holds 7,089 digits."""

PROFILES = {
    "cr": ScannerTwinSettings(),
    "lf": ScannerTwinSettings(terminator=b"\n"),
    "crlf": ScannerTwinSettings(terminator=b"\r\n"),
    "aim": ScannerTwinSettings(aim=True),
}
"""Line ends, and ``aim``: each code begins with its AIM symbology identifier."""


class ScannerFault(StrEnum):
    """What can be wrong with a scanner."""

    CUT = "cut"
    """Each scan breaks off in its middle, without a line end: a loose cable."""


class FaultyScanner:
    """Scans as the faults of the moment let it."""

    def __init__(self, scanner: Scanner, faults: frozenset[ScannerFault]) -> None:
        self.scanner = scanner
        self.faults = faults

    def scan(self, payload: str | bytes, symbology: str = "]Q1") -> Effects:
        """Somebody shows it a code."""
        if ScannerFault.CUT in self.faults:
            return self.scanner.cut(payload, len(self.scanner.line(payload)) // 2)
        return self.scanner.scan(payload, symbology)


def scanner_device(profile: str, faults: frozenset[ScannerFault]) -> Device:
    """A serial scanner of that profile."""
    scanner = Scanner(PROFILES[profile])
    shown = FaultyScanner(scanner, faults)

    def fault(fields: Fields) -> Reply:
        shown.faults |= {fields.choice("name", ScannerFault)}
        return Reply()

    def clear(fields: Fields) -> Reply:
        shown.faults -= {fields.choice("name", ScannerFault)}
        return Reply()

    def state(_: Fields) -> Reply:
        names: list[Json] = [str(fault) for fault in sorted(shown.faults)]
        return Reply({"faults": names, "scans": scanner.scans, "beeps": scanner.beeps})

    return Device(
        "scanner",
        scanner,
        {
            "scan": lambda fields: _scan(shown, fields),
            "fault": fault,
            "clear": clear,
            "state": state,
        },
        {"profile": profile},
        scan=shown.scan,
    )


def _scan(shown: FaultyScanner, fields: Fields) -> Reply:
    payload = fields.long_text("payload", MAX_CODE)
    symbology = fields.maybe_text("symbology") or "]Q1"
    if not symbology.isascii():
        raise RequestError("bad-request", "'symbology' is an AIM identifier such as ]E0")
    return Reply(effects=shown.scan(payload, symbology))


def read_codes(descriptor: int, scan: Callable[[bytes], None]) -> None:
    """Read codes, one a line, until the end of the input; blank lines are none.

    A line that is too long is cut to ``MAX_CODE`` bytes. Blocks: run it in a thread of its own.
    It reads the descriptor itself, as a thread inside ``sys.stdin`` could not be left behind.
    """
    rest = b""
    while True:
        try:
            data = os.read(descriptor, 65_536)
        except OSError:  # a terminal that is not ours, or was closed
            data = b""
        *lines, rest = (rest + data).split(b"\n")
        rest = rest[:MAX_CODE]
        if not data:
            lines.append(rest)
        for code in (line.strip(b"\r")[:MAX_CODE] for line in lines):
            if code:
                scan(code)
        if not data:
            return


def scan_stdin(bench: Bench, name: str, scan: Callable[[bytes], Effects]) -> None:
    """Show each line of standard input to the scanner of that name, in the background."""
    # Without standard input descriptor 0 may be anything by now.
    if sys.__stdin__ is None:
        return
    # In the background of a terminal: an error to read, not a stopped process.
    signal.signal(signal.SIGTTIN, signal.SIG_IGN)

    def show(code: bytes) -> None:
        with contextlib.suppress(RuntimeError):  # the bench is being taken down
            bench.call(name, lambda: scan(code))

    # A daemon: nothing can wake a thread that waits for a person's keys.
    threading.Thread(target=read_codes, args=(0, show), name="stdin", daemon=True).start()
