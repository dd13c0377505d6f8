"""A driver for Star printers in Line Mode: what it does not know, it calls unknown.

The life cycle, deadlines, reconnection and promises are those of the ESC/POS driver (escpos.py).
A job counts as printed only when the printer has counted the ETB behind its last byte.
"""

from __future__ import annotations

from collections.abc import Sequence

from pos_guard.errors import DeviceError, PortError, PortTimeoutError
from pos_guard.frames.escpos_status import PrinterStatus
from pos_guard.frames.printer_models import PrinterModel, printer_model
from pos_guard.ports.base import Port
from pos_guard_drivers.deadline import Deadline
from pos_guard_drivers.device_line import Connect
from pos_guard_drivers.printer_errors import complaint
from pos_guard_drivers.printer_events import Listener, OutputComplete
from pos_guard_drivers.printer_job import JobResult, JobState, Proof
from pos_guard_drivers.printer_talk import TalkingPrinter
from pos_guard_drivers.star_dialogue import StarDialogue
from pos_guard_drivers.star_hello import STATUS_SECONDS, hello
from pos_guard_drivers.star_output import StarOutput, tokens_of
from pos_guard_drivers.star_receipt import drawer

DEFAULT_MODEL = "star-line"

PATIENCE_SECONDS = 3.0
"""How long a printer that stopped in a job is waited for before the answer is "unknown"."""

SLICE_SECONDS = 1.0
POLL_SECONDS = 1.0


class StarPrinter(TalkingPrinter[StarDialogue]):
    """One Star printer. Use it as a context manager: opens, claims, enables, and closes.

    ``connect`` opens its port within so many seconds (``connector`` makes one of an address).
    """

    def __init__(
        self,
        connect: Connect,
        model: PrinterModel | None = None,
        *,
        name: str = "printer",
        device: str | None = None,
        listener: Listener | None = None,
    ) -> None:
        model = model or printer_model(DEFAULT_MODEL)
        super().__init__(connect, model, name=name, device=device, listener=listener)
        self.patience = PATIENCE_SECONDS
        self._last: StarOutput | None = None

    def status(self, seconds: float) -> PrinterStatus:
        """Ask the printer now: ESC ACK SOH; see ``TalkingPrinter``."""
        with self._using(seconds) as deadline:
            try:
                status = self._linked(deadline).status(deadline)
            except DeviceError as error:
                if error.code == "E_CLOSED":
                    raise
                return PrinterStatus(online=None if error.code == "E_CLAIMED" else False)
            except PortError:
                self._lost()
                return PrinterStatus()
            self._told_late()
            return status

    def print_receipt(self, receipt: bytes | Sequence[str], seconds: float) -> JobResult:
        """Print one receipt: finished Star bytes, or lines of text (then cut).

        ``printed`` only when the printer confirmed it; ``not_printed`` only when nothing of it
        can come on paper; everything else is ``unknown``, and the paper may still come out later:
        ``OutputComplete`` then tells.

        :raises LocalError: when the bytes end inside a command: it would swallow what follows.
        :raises DeviceError: as ``status``.
        """
        job = receipt if isinstance(receipt, bytes) else self._set(receipt)
        tokens_of(job)
        with self._using(seconds) as deadline:
            self._outputs += 1
            return self._noted(self._print(self._outputs, job, deadline))

    def resume(self, seconds: float) -> JobResult:
        """Somebody has seen to the printer: wait on for the last job, without sending it again.

        :raises DeviceError: ``E_ILLEGAL`` when no job is open, or it did not leave whole, or its
            connection is gone. Also as ``status``.
        """
        with self._using(seconds) as deadline:
            output = self._last
            if output is None or not self._unresolved:
                raise DeviceError("E_ILLEGAL", "no job is open")
            if not output.whole or not self._same_connection or self._dialogue is None:
                raise DeviceError("E_ILLEGAL", "the job was cut: clear the printer, then decide")
            try:
                self._dialogue.ask(deadline.at_most(STATUS_SECONDS))
            except PortError as error:
                self._lost()
                return self._unknown(output, f"sent whole, then: {error}")
            result = self._concluded(output, self._dialogue, deadline)
            if result.state is JobState.PRINTED:
                self._late(output)
            return result

    def clear(self, seconds: float) -> None:
        """Give up an open job: what the printer holds of it comes out before this returns.

        :raises DeviceError: when the printer is not known to be empty. Also as ``status``.
        """
        with self._using(seconds) as deadline:
            try:
                self._ready(deadline)
            except PortError as error:
                self._lost()
                raise DeviceError("E_OFFLINE", f"not cleared: {error}") from error
            self._unresolved = False

    def _pulse(self, pin: int) -> bytes:
        return drawer(pin)

    def _talk(self, port: Port) -> StarDialogue:
        return StarDialogue(port, self._saw)

    def _ready(self, deadline: Deadline) -> tuple[StarDialogue, int]:
        """A printer that is well and takes commands, and its count.

        :raises DeviceError: why not.
        :raises PortError: when a new connection breaks.
        """
        missing = self._last.missing if self._last is not None and self._unresolved else 0
        for fresh in (not self._line.connected, True):
            dialogue = self._linked(deadline)
            try:
                return dialogue, hello(dialogue, missing, deadline)
            except PortError:
                self._lost()
                if fresh:
                    raise
            except DeviceError as error:
                if fresh or error.code != "E_TIMEOUT":
                    raise
                self._lost()
        raise DeviceError("E_TIMEOUT", "the printer does not answer")

    def _ask_late(self, deadline: Deadline) -> None:
        """See whether an earlier job is over by now; an old connection may be gone.

        :raises DeviceError: when there is no connection in time.
        """
        try:
            self._linked(deadline).ask(deadline.at_most(STATUS_SECONDS))
        except PortError:
            self._lost()
        self._told_late()

    def _print(self, output_id: int, job: bytes, deadline: Deadline) -> JobResult:
        try:
            if self._unresolved:  # the count that it waits for would be passed over afterwards
                self._ask_late(deadline)
            dialogue, count = self._ready(deadline.less(STATUS_SECONDS))
        except (DeviceError, PortError) as error:
            how = f"nothing was sent: {error}"
            return JobResult(JobState.NOT_PRINTED, how, Proof.NOTHING_SENT, 0, output_id)
        output = self._last = StarOutput(output_id, job, count)
        try:
            self._send(output, dialogue, deadline.less(STATUS_SECONDS))
        except PortError as error:
            return self._cut(output, error, deadline)
        return self._concluded(output, dialogue, deadline)

    def _send(self, output: StarOutput, dialogue: StarDialogue, deadline: Deadline) -> None:
        for piece in output.pieces():
            rest = piece
            while rest:
                try:
                    dialogue.send(rest, deadline.at_most(SLICE_SECONDS))
                    taken = len(rest)
                except PortError as error:
                    taken = error.sent
                    if not isinstance(error, PortTimeoutError) or not deadline.left:
                        output.sent += taken
                        output.perhaps = error.perhaps
                        raise
                output.sent += taken
                rest = rest[taken:]
                dialogue.listen()

    def _concluded(
        self, output: StarOutput, dialogue: StarDialogue, deadline: Deadline
    ) -> JobResult:
        try:
            problem = self._awaited(output, dialogue, deadline)
        except PortError as error:
            self._lost()
            return self._unknown(output, f"sent whole, then: {error}")
        if dialogue.count not in output.expected:
            return self._unknown(output, f"sent whole, not confirmed: {problem or 'it is ready'}")
        self._unresolved = False
        how = f"confirmed by the printer ({Proof.ETB})"
        return JobResult(JobState.PRINTED, how, Proof.ETB, output.sent, output.output_id)

    def _awaited(
        self, output: StarOutput, dialogue: StarDialogue, deadline: Deadline
    ) -> DeviceError | None:
        """Wait for the count; gives what was wrong for too long."""
        stopped: Deadline | None = None
        problem: DeviceError | None = None
        while dialogue.count not in output.expected and deadline.left:
            if output.forgotten(dialogue.count):
                return DeviceError("E_FAILURE", "the printer was switched off in the job")
            if stopped is not None and not stopped.left:
                break
            pause = POLL_SECONDS if stopped is None else min(POLL_SECONDS, stopped.left)
            found = dialogue.next(deadline.at_most(pause))
            if found is None:
                found = dialogue.ask(deadline.at_most(STATUS_SECONDS))
            problem = complaint(found.state if found is not None else PrinterStatus())
            if problem is None:
                stopped = None
            elif stopped is None:
                stopped = Deadline(self.patience)
        return problem

    def _cut(self, output: StarOutput, error: PortError, deadline: Deadline) -> JobResult:
        """It did not leave whole; perhaps nothing that can print did, and that is reset now."""
        problem = complaint(self._seen) if self._seen.ready is False else None
        if not isinstance(error, PortTimeoutError):
            self._lost()
        why = str(problem or error)
        if not output.sent + output.perhaps:
            how = f"nothing was sent: {why}"
            return JobResult(JobState.NOT_PRINTED, how, Proof.NOTHING_SENT, 0, output.output_id)
        more = f", perhaps {output.perhaps} more" if output.perhaps else ""
        how = f"{output.sent} of {len(output.data)} bytes were sent{more}: {why}"
        result = self._unknown(output, how)
        if not output.harmless or not deadline.left:
            return result
        try:
            self._ready(deadline)
        except (DeviceError, PortError):
            return result
        self._unresolved = False
        how = f"only settings were sent ({output.sent} bytes), and the printer was reset since"
        return JobResult(
            JobState.NOT_PRINTED, how, Proof.NOT_STARTED, output.sent, output.output_id
        )

    def _unknown(self, output: StarOutput, how: str) -> JobResult:
        self._unresolved = True
        return JobResult(JobState.UNKNOWN, how, Proof.NONE, output.sent, output.output_id)

    def _told_late(self) -> None:
        """A status may bring the count that an open job waits for."""
        output, dialogue = self._last, self._dialogue
        if output is None or dialogue is None or not self._unresolved or not output.whole:
            return
        if dialogue.count in output.expected:
            self._unresolved = False
            self._late(output)

    def _late(self, output: StarOutput) -> None:
        self.statistics.count("jobs_confirmed_late")
        self._events.append(OutputComplete(output.output_id))
