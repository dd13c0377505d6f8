"""What comes before a job: is the printer there, well, and listening for commands.

Real-time status alone does not show the last: a printer in the middle of somebody's unfinished
picture answers it and takes the next receipt for pixels. So a marker goes through the buffer
too, and while it stays silent the picture is filled up with NUL, which is white there and nothing
elsewhere (receiptio's way). Nothing in here moves paper that an earlier job has not claimed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pos_guard.errors import DeviceError, PortTimeoutError
from pos_guard.frames import escpos_build as build
from pos_guard.frames.printer_models import PrinterModel
from pos_guard_drivers.deadline import Deadline
from pos_guard_drivers.escpos_dialogue import Dialogue
from pos_guard_drivers.escpos_markers import ASB_OFF, Identities, Marker, markers
from pos_guard_drivers.printer_errors import complaint
from pos_guard_drivers.printer_job import Proof

STATUS_SECONDS = 1.0
"""Most that is spent on asking whether the printer is ready: four real-time answers take about
10 ms each at 9600 baud, also from a busy printer."""

MARKER_SECONDS = 1.0
"""How long a marker may stay silent before the printer is held to be inside a picture."""

FLUSH_SECONDS = 10.0
"""Longest flush. Epson's largest picture (72 bytes by 2303 rows) takes 6 s over USB or TCP."""

FLUSH_BYTES = (512, 2048, 8192)
"""NUL bytes in each round, the last for all further rounds: short first, for slow lines."""

FLUSH_PAUSE = 0.25
"""How long each round is waited for; an answer to an earlier one counts as well."""

SETTLE_SECONDS = 0.3
"""Silence after which no answer of an earlier job is on its way any more."""


@dataclass(frozen=True, slots=True)
class Before:
    """What is known from earlier.

    ``proof``: the kind of marker that the printer answers (None: not tried yet). ``missing``:
    bytes that an earlier job's last command is short of. ``owing``: it may still answer for an
    earlier job. ``fresh``: the connection is new, so silence is the printer's.
    """

    proof: Proof | None = None
    missing: int = 0
    owing: bool = False
    fresh: bool = True


def hello(
    dialogue: Dialogue,
    model: PrinterModel,
    identities: Identities,
    before: Before,
    deadline: Deadline,
) -> Proof:
    """Reset the printer and see it answer; gives the kind of marker that it answers.

    ``Proof.NONE`` is for a printer that answers none.

    :raises DeviceError: why it is not ready: ``complaint``'s codes, or ``E_BUSY`` when it is well
        but takes no commands.
    :raises PortError: when the connection fails.
    """
    if before.missing:
        dialogue.send(bytes(before.missing), deadline)
    if not model.answers:
        dialogue.listen()  # it says nothing, but a connection that it closed does
        dialogue.send(build.INIT, deadline)
        return Proof.NONE
    problem = complaint(dialogue.status(deadline.at_most(STATUS_SECONDS)))
    if problem is not None and (problem.code != "E_TIMEOUT" or not before.fresh):
        raise problem
    if not _fresh(model, identities, None):
        if problem is not None:
            raise problem
        dialogue.send(build.INIT, deadline)
        return Proof.NONE
    found = None
    if problem is None:
        found = _greeted(dialogue, _fresh(model, identities, before.proof), deadline)
    if found is None:
        _flush(dialogue, model, identities, deadline)
        # Part of the last round may have been the picture's: reset once more, cleanly.
        found = _greeted(dialogue, _fresh(model, identities, before.proof), deadline)
    if found is None:
        raise DeviceError("E_BUSY", "the printer stopped taking commands")
    if before.owing or found.proof is not Proof.PROCESS_ID:
        _settle(dialogue, found, deadline, wait=before.owing)
    return found.proof


def _greeted(dialogue: Dialogue, choice: list[Marker], deadline: Deadline) -> Marker | None:
    """The best marker that is answered.

    It may take a moment longer than a worse one, and one lost byte must not cost it for as long as
    this connection lasts: it is asked twice.
    """
    found = _answered(dialogue, choice, deadline)
    if found is None or found is choice[0]:
        return found
    better = dialogue.wait(choice[0].answer, deadline.at_most(SETTLE_SECONDS))
    if better is None:
        dialogue.send(build.INIT + choice[0].question, deadline)
        better = dialogue.wait(choice[0].answer, deadline.at_most(SETTLE_SECONDS))
    return choice[0] if better is not None else found


def _fresh(model: PrinterModel, identities: Identities, proof: Proof | None) -> list[Marker]:
    choice = markers(model.confirm, identities)
    return [marker for marker in choice if proof in (None, Proof.NONE, marker.proof)]


def _answered(
    dialogue: Dialogue, choice: list[Marker], deadline: Deadline, seconds: float = MARKER_SECONDS
) -> Marker | None:
    """Reset, ask every marker, and take the first that is answered in time."""
    dialogue.forget("status")
    dialogue.forget("asb")
    questions = b"".join(marker.question for marker in choice)
    dialogue.send(build.INIT + questions, deadline)
    return _first(dialogue, choice, deadline.at_most(seconds))


def _first(dialogue: Dialogue, choice: list[Marker], deadline: Deadline) -> Marker | None:
    reply = dialogue.wait(lambda reply: any(marker.answer(reply) for marker in choice), deadline)
    if reply is None:
        return None
    return next(marker for marker in choice if marker.answer(reply))


def _flush(
    dialogue: Dialogue, model: PrinterModel, identities: Identities, deadline: Deadline
) -> None:
    """Fill up whatever swallows our commands, until a marker comes through.

    :raises DeviceError: the printer's own complaint, or ``E_BUSY``/``E_TIMEOUT`` at the end.
    """
    end = deadline.at_most(FLUSH_SECONDS)
    problem: DeviceError | None = None
    asked: list[Marker] = []
    for size in _sizes():
        fresh = _fresh(model, identities, None)
        asked += fresh
        try:
            dialogue.send(bytes(size), end)
            if _answered(dialogue, fresh, end, 0) or _first(
                dialogue, asked, end.at_most(FLUSH_PAUSE)
            ):
                return
            problem = complaint(dialogue.status(end.at_most(STATUS_SECONDS)))
        except PortTimeoutError:
            problem = DeviceError("E_TIMEOUT", "the printer takes no data")
        if problem is not None and problem.code != "E_TIMEOUT":
            raise problem
        if not end.left:
            break
    raise problem or DeviceError("E_BUSY", "the printer is well, but takes no commands")


def _sizes() -> Iterator[int]:
    yield from FLUSH_BYTES
    while True:
        yield FLUSH_BYTES[-1]


def _settle(dialogue: Dialogue, found: Marker, deadline: Deadline, *, wait: bool) -> None:
    """Answers without a number: see to it that none is left from before."""
    quiet = SETTLE_SECONDS if wait else 0.0
    while dialogue.wait(found.answer, deadline.at_most(quiet)) is not None:
        continue
    if found.proof is Proof.ASB:
        dialogue.send(ASB_OFF, deadline)
