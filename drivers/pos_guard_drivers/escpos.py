"""A driver for ESC/POS receipt printers: what it does not know, it calls unknown.

UnifiedPOS life cycle, a deadline on every call, connections made again after a loss, and a job
that counts as printed only when the printer itself said so behind its last byte. A receipt is one
job, whole or not at all (UnifiedPOS TransactionPrint). Nothing is ever printed twice by this
driver: ``resume`` and ``clear`` are the caller's decisions, and so is printing again.
"""

from __future__ import annotations

from collections.abc import Sequence

from pos_guard.errors import DeviceError, LocalError, PortError, PortTimeoutError
from pos_guard.frames import escpos_build as build
from pos_guard.frames.escpos_replies import Reply
from pos_guard.frames.escpos_scan import OVERSIZE, TEXT, EscPosScanner
from pos_guard.frames.printer_models import PrinterModel
from pos_guard_drivers.deadline import Deadline
from pos_guard_drivers.device_line import Connect
from pos_guard_drivers.escpos_device import EscPosDevice
from pos_guard_drivers.escpos_dialogue import Dialogue
from pos_guard_drivers.escpos_hello import STATUS_SECONDS, Before, hello
from pos_guard_drivers.escpos_markers import Identities, markers
from pos_guard_drivers.escpos_output import Output, dialect_of
from pos_guard_drivers.printer_errors import complaint
from pos_guard_drivers.printer_events import Listener, OutputComplete
from pos_guard_drivers.printer_job import JobResult, JobState, Proof

PATIENCE_SECONDS = 3.0
"""How long a printer that stopped in a job is waited for before the answer is "unknown":
``resume`` waits on, after somebody has seen to it."""

CLEAR = b"\x10\x14\x08\x01\x03\x14\x01\x06\x02\x08"
CLEARED = b"\x37\x25\x00"
_RESUME = b"\x10\x05\x01"


class EscPosPrinter(EscPosDevice):
    """One ESC/POS printer. Use it as a context manager: opens, claims, enables, and closes.

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
        super().__init__(connect, model, name=name, device=device, listener=listener)
        self.patience = PATIENCE_SECONDS
        self._identities = Identities()
        self._last: Output | None = None

    def print_receipt(self, receipt: bytes | Sequence[str], seconds: float) -> JobResult:
        """Print one receipt: finished ESC/POS bytes, or lines of text (then cut).

        ``printed`` only when the printer confirmed it; ``not_printed`` only when nothing of it
        can come on paper; everything else is ``unknown``, and the paper may still come out later:
        ``OutputComplete`` then tells. Ends within ``seconds``; sooner when the printer stops for
        longer than ``patience``.

        :raises LocalError: when the bytes end inside a command: it would swallow what follows.
        :raises DeviceError: as ``status``.
        """
        job = _finished(receipt, self.model) if isinstance(receipt, bytes) else self._set(receipt)
        with self._using(seconds) as deadline:
            self._outputs += 1
            return self._noted(self._print(self._outputs, job, deadline))

    def resume(self, seconds: float) -> JobResult:
        """Somebody has seen to the printer: wait on for the last job, without sending it again.

        A printer in a recoverable error is told to go on from the line of the error (DLE ENQ 1).

        :raises DeviceError: ``E_ILLEGAL`` when no job is open, or it did not leave whole, or its
            connection is gone: ``clear`` is what is left then. Also as ``status``.
        """
        with self._using(seconds) as deadline:
            output = self._last
            if output is None or not self._unresolved:
                raise DeviceError("E_ILLEGAL", "no job is open")
            if not output.whole or not self._same_connection:
                raise DeviceError("E_ILLEGAL", "the job was cut: clear the printer, then decide")
            return self._resumed(output, deadline)

    def clear(self, seconds: float) -> JobResult | None:
        """Empty the printer; gives what is known of an open job now.

        What it holds is dropped where the model can do that (DLE DC4 8); else an unfinished
        command is filled up, and what was held comes out before this returns. A printer that
        never answers is only sent a reset.

        :raises DeviceError: when it is not known to be empty: ``E_TIMEOUT``, or the printer's
            complaint. Also as ``status``.
        """
        with self._using(seconds) as deadline:
            try:
                return self._cleared(deadline)
            except PortError as error:
                self._lost()
                raise DeviceError("E_OFFLINE", f"not cleared: {error}") from error

    def _heard(self, dialogue: Dialogue) -> None:
        """Take note of a confirmation that came late."""
        if self._last is not None and self._unresolved and self._last.completed(dialogue):
            self._unresolved = False
            self.statistics.count("jobs_confirmed_late")
            self._events.append(OutputComplete(self._last.output_id))

    def _ready(self, deadline: Deadline) -> Dialogue:
        """A printer that is well and takes commands; an old connection may be replaced once.

        :raises DeviceError: why not.
        :raises PortError: when a new connection breaks.
        """
        for fresh in (not self._line.connected, True):
            dialogue = self._linked(deadline)
            owing = self._unresolved and self._proof is not Proof.PROCESS_ID
            before = Before(self._proof, self._missing, owing, fresh)
            try:
                self._proof = hello(dialogue, self.model, self._identities, before, deadline)
            except PortError:
                self._lost()
                if fresh:
                    raise
            except DeviceError as error:
                if error.code == "E_TIMEOUT":
                    self._lost()
                if fresh or error.code != "E_TIMEOUT":
                    raise
            else:
                return dialogue
        raise DeviceError("E_TIMEOUT", "the printer does not answer")

    @property
    def _missing(self) -> int:
        return self._last.missing if self._last is not None and self._unresolved else 0

    def _print(self, output_id: int, job: bytes, deadline: Deadline) -> JobResult:
        try:
            self._finish_earlier(deadline)
            dialogue = self._ready(deadline.less(STATUS_SECONDS))
        except (DeviceError, PortError) as error:
            how = f"nothing was sent: {error}"
            return JobResult(JobState.NOT_PRINTED, how, Proof.NOTHING_SENT, 0, output_id)
        self._heard(dialogue)
        chosen = [
            marker
            for marker in markers(self.model.confirm, self._identities)
            if marker.proof is self._proof
        ]
        asb = "asb" in self.model.confirm and self._proof not in (Proof.ASB, Proof.NONE)
        marker = chosen[0] if chosen else None
        output = Output(output_id, job, marker=marker, asb=asb, dialect=dialect_of(self.model))
        self._last, self._unresolved = output, True  # also if we are interrupted in here
        try:
            self._send(output, dialogue, deadline)
        except PortError as error:
            return self._cut(output, error, deadline)
        return self._concluded(output, dialogue, deadline)

    def _send(self, output: Output, dialogue: Dialogue, deadline: Deadline) -> None:
        try:
            output.send(dialogue, deadline.less(STATUS_SECONDS))
        except PortTimeoutError:
            output.ask_why(dialogue, deadline)
            raise

    def _finish_earlier(self, deadline: Deadline) -> None:
        """Wait for an earlier job's confirmation: a new process id would take its place."""
        output = self._last
        if output is None or not self._unresolved or not output.whole:
            return
        if self._same_connection and output.marker is not None and output.marker.certain:
            self._resumed(output, deadline.at_most(deadline.left / 2))

    def _concluded(self, output: Output, dialogue: Dialogue, deadline: Deadline) -> JobResult:
        try:
            result = output.conclude(dialogue, deadline, self.patience)
        except PortError as error:
            self._lost()
            result = output.unknown(f"sent whole, then: {error}")
        self._unresolved = result.state is JobState.UNKNOWN and output.marker is not None
        return result

    def _cut(self, output: Output, error: PortError, deadline: Deadline) -> JobResult:
        """It did not leave whole; perhaps nothing that can print did, and that is reset now."""
        problem = complaint(self._seen) if self._seen.ready is False else None
        if not isinstance(error, PortTimeoutError):
            self._lost()
        result = output.cut(str(problem or error))
        self._unresolved = result.state is JobState.UNKNOWN
        if not self._unresolved or not output.harmless or not deadline.left:
            return result
        try:
            self._ready(deadline)
        except (DeviceError, PortError):
            return result
        if self._proof is Proof.NONE:
            return result
        self._unresolved = False
        how = f"only settings were sent ({output.sent} bytes), and the printer was reset since"
        return output.not_printed(how, Proof.NOT_STARTED)

    def _resumed(self, output: Output, deadline: Deadline) -> JobResult:
        dialogue = self._linked(deadline)
        try:
            status = dialogue.status(deadline.at_most(STATUS_SECONDS))
            self._heard(dialogue)
            if not self._unresolved:
                return output.result
            if status.error:
                dialogue.send(_RESUME, deadline)
        except PortError as error:
            self._lost()
            return output.unknown(f"sent whole, then: {error}")
        result = self._concluded(output, dialogue, deadline)
        if result.state is JobState.PRINTED:
            self.statistics.count("jobs_confirmed_late")
            self._events.append(OutputComplete(output.output_id))
        return result

    def _cleared(self, deadline: Deadline) -> JobResult | None:
        output = self._last if self._unresolved else None
        if not self._can_clear:
            self._ready(deadline)
        else:
            dialogue = self._linked(deadline)
            dialogue.listen()
            dialogue.take(_is_cleared)
            dialogue.send(CLEAR, deadline)
            if dialogue.wait(_is_cleared, deadline) is None:
                raise DeviceError("E_TIMEOUT", "the printer did not confirm that it is empty")
            self._heard(dialogue)
        still_open, self._unresolved = self._unresolved, False
        if output is not None and still_open and output.harmless:
            how = "only settings were sent, and the printer's buffers are empty"
            output.not_printed(how, Proof.NOT_STARTED)
        return output.result if output else None

    @property
    def _can_clear(self) -> bool:
        """DLE DC4 8 came to Epson's models with GS ( H; to others it is control bytes."""
        model = self.model
        return model.answers and model.dialect == "epson" and "process-id" in model.confirm


def _is_cleared(reply: Reply) -> bool:
    return reply.raw == CLEARED


def _finished(receipt: bytes, model: PrinterModel) -> bytes:
    """The receipt with its last line printed.

    :raises LocalError: when it ends inside a command.
    """
    scanner = EscPosScanner(dialect_of(model))
    tokens = scanner.feed(receipt)
    if scanner.pending or not tokens or OVERSIZE in {token.name for token in tokens}:
        raise LocalError("the receipt is empty, or ends inside an ESC/POS command")
    return receipt + (build.LF if tokens[-1].name == TEXT else b"")
