"""Plays for the tests of a campaign's workers: a process imports them by name."""

from __future__ import annotations

import os
import signal
import threading
from pathlib import Path

from pos_guard_simulator.campaign.outcome import Cell, Outcome, Result


def play(cell: Cell, folder: Path) -> Result:
    """What the fault's name says: an outcome, a crash, or a wait for ever."""
    (folder / "here").write_text(cell.fault, encoding="utf-8")
    if cell.fault == "dies":
        os.kill(os.getpid(), signal.SIGKILL)
    if cell.fault == "hangs":
        threading.Event().wait()
    return Result(cell, Outcome(cell.fault), "said so", 0.5)
