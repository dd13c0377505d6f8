"""What a printer has done since it was opened: UnifiedPOS statistics, as plain counters."""

from __future__ import annotations

import threading
from typing import Literal, get_args

from pos_guard_drivers.printer_job import JobState

Counter = Literal[
    "jobs_printed",
    "jobs_not_printed",
    "jobs_unknown",
    "jobs_confirmed_late",
    "bytes_sent",
    "drawer_pulses",
    "communication_errors",
    "connections",
]

_BY_STATE: dict[JobState, Counter] = {
    JobState.PRINTED: "jobs_printed",
    JobState.NOT_PRINTED: "jobs_not_printed",
    JobState.UNKNOWN: "jobs_unknown",
}


class Statistics:
    """Counters from zero; retrieve, reset, count. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: dict[Counter, int] = dict.fromkeys(get_args(Counter), 0)

    def retrieve(self) -> dict[Counter, int]:
        """All counters now."""
        with self._lock:
            return dict(self._counts)

    def reset(self) -> None:
        """All to zero."""
        with self._lock:
            self._counts = dict.fromkeys(self._counts, 0)

    def count(self, counter: Counter, more: int = 1) -> None:
        """Add to one."""
        with self._lock:
            self._counts[counter] += more

    def job(self, state: JobState) -> None:
        """A job ended so."""
        self.count(_BY_STATE[state])
