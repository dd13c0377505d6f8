"""What a printer has done since it was opened."""

from __future__ import annotations

from typing import Literal, get_args

from pos_guard_drivers.device_counters import Counters
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


class Statistics(Counters[Counter]):
    """Counters from zero; retrieve, reset, count. Thread-safe."""

    def __init__(self) -> None:
        super().__init__(get_args(Counter))

    def job(self, state: JobState) -> None:
        """A job ended so."""
        self.count(_BY_STATE[state])
