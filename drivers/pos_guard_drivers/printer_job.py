"""What became of a print job, and what that rests on. The same for every printer language."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class JobState(StrEnum):
    """What became of a job."""

    PRINTED = "printed"
    NOT_PRINTED = "not_printed"
    UNKNOWN = "unknown"


class Proof(StrEnum):
    """What a result rests on.

    ``PROCESS_ID``, ``STATUS``, ``ASB``, ``ETB``: the printer's own answer, asked for behind the
    last byte (each explained in ``escpos_markers``). ``NOTHING_SENT``: not one byte of the job
    left. ``NOT_STARTED``: what left cannot print anything, or the printer never came to it, and
    it has since confirmed that its buffer is empty. ``NONE``: nothing shows it either way.
    """

    PROCESS_ID = "process-id"
    STATUS = "status"
    ASB = "asb"
    ETB = "etb"
    NOTHING_SENT = "nothing-sent"
    NOT_STARTED = "not-started"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class JobResult:
    """``how`` says in plain words what the state rests on, for the log and the cashier.

    ``sent`` counts the job's bytes that the system took; ``output_id`` names the job in events.
    """

    state: JobState
    how: str
    proof: Proof = Proof.NONE
    sent: int = 0
    output_id: int = 0
