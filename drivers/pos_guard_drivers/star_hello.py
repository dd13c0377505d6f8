"""What comes before a job: is the Star there, well, and counting its ETB.

The status in real time does not show that it takes commands: a printer inside somebody's
unfinished picture answers it as well. So an ETB goes through the buffer too, and while it is not
counted the picture is filled up with NUL, which is white there and nothing elsewhere.
"""

from __future__ import annotations

from pos_guard.errors import DeviceError, PortTimeoutError
from pos_guard.frames.escpos_status import PrinterStatus
from pos_guard_drivers.deadline import Deadline
from pos_guard_drivers.printer_errors import complaint
from pos_guard_drivers.star_dialogue import StarDialogue
from pos_guard_drivers.star_output import ETB, MAX_MARKS

STATUS_SECONDS = 1.0
"""Most that is spent on one status: 10 ms at 9600 baud, also from a busy printer."""

COUNT_SECONDS = 1.0
"""How long an ETB may stay uncounted before the printer is held to be inside a picture."""

FLUSH_SECONDS = 10.0
FLUSH_BYTES = (512, 2048, 8192)
"""NUL bytes in each round, the last for all further rounds: short first, for slow lines."""

STARTS = (9, 20)
"""The counts that a job begins at, of which one is out of an open job's reach. Both are above
MAX_MARKS, so that a printer that was off in between, and began again at 0, does not come there."""

_GREETING = b"\x1b*rB\x1b@\x1b\x1ea\x01\x1b\x1eE\x00"
"""Out of raster mode, reset, automatic status on, counter to 0 [3-71, 3-83]."""


def hello(dialogue: StarDialogue, missing: int, deadline: Deadline) -> int:
    """Reset the printer and see it count; gives its count. ``missing``: what a cut job lacks.

    :raises DeviceError: why it is not ready: ``complaint``'s codes, or ``E_BUSY`` when it is well
        but takes no commands.
    :raises PortError: when the connection fails.
    """
    problem = complaint(dialogue.status(deadline.at_most(STATUS_SECONDS)))
    if problem is not None:
        raise problem
    if missing:
        dialogue.send(bytes(missing), deadline)
    count = _counted(dialogue, deadline, COUNT_SECONDS)
    if count is not None:
        return count
    end = deadline.at_most(FLUSH_SECONDS)
    sizes = iter(FLUSH_BYTES)
    while end.left:
        try:
            dialogue.send(bytes(next(sizes, FLUSH_BYTES[-1])), end)
            count = _counted(dialogue, end, COUNT_SECONDS)
        except PortTimeoutError:
            count = None
        if count is not None:
            return count
        found = dialogue.ask(end.at_most(STATUS_SECONDS))
        problem = complaint(found.state if found is not None else PrinterStatus())
        if problem is not None:
            raise problem
    raise DeviceError("E_BUSY", "the printer is well, but takes no commands")


def _counted(dialogue: StarDialogue, deadline: Deadline, seconds: float) -> int | None:
    """Reset, send some ETB, and wait for a count that an earlier job does not come to."""
    dialogue.listen()
    before = dialogue.count or 0
    start = next(start for start in STARTS if not before <= start <= before + MAX_MARKS)
    dialogue.send(_GREETING + ETB * start, deadline)
    end = deadline.at_most(seconds)
    while True:
        found = dialogue.next(end)
        if found is None:
            return None
        if found.count is None and found.etb:
            raise DeviceError("E_FAILURE", "this printer does not count: its jobs stay unknown")
        if found.count == start:
            return start
