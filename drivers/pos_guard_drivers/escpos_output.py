"""One job on its way to an ESC/POS printer: sent once, watched, and concluded from evidence."""

from __future__ import annotations

from collections.abc import Iterator

from pos_guard.errors import DeviceError, PortError, PortTimeoutError
from pos_guard.frames import escpos_build as build
from pos_guard.frames.escpos_replies import Reply
from pos_guard.frames.escpos_scan import EscPosScanner, Token
from pos_guard.frames.escpos_table import CHINA, EPSON, Dialect
from pos_guard.frames.printer_models import PrinterModel
from pos_guard_drivers.deadline import Deadline
from pos_guard_drivers.escpos_dialogue import Dialogue
from pos_guard_drivers.escpos_hello import STATUS_SECONDS
from pos_guard_drivers.escpos_markers import ASB_OFF, ASB_ON, Marker, whole_state
from pos_guard_drivers.printer_errors import complaint
from pos_guard_drivers.printer_job import JobResult, JobState, Proof

PIECE_BYTES = 512
"""Sent at once, cut between commands: half a second at 9600 baud. Between two pieces the printer
is listened to, and asked for a sign of life: none of these may be missing in the end."""

SLICE_SECONDS = 1.0
"""A stopped printer takes no data; it is listened to this often meanwhile."""

POLL_SECONDS = 1.0
"""How often a printer that has not confirmed yet is asked what is wrong."""

_SETTING = frozenset(
    {"ESC @", "ESC t", "ESC R", "ESC a", "ESC E", "ESC G", "ESC !", "ESC -", "ESC M", "ESC 2"}
    | {"ESC 3", "ESC SP", "GS !", "GS B", "GS L", "GS W", "GS h", "GS w", "GS H", "GS f", "GS a"}
    | {"GS r", "GS ( H", "FS &", "FS .", "FS !", "FS -", "FS W", "FS S", "FS C", "NUL"}
)
"""Commands that only set something: as long as nothing else arrived, the paper has not moved."""


HEADER_BYTES = 5
"""An unfinished command of up to this many bytes has brought no pixel yet (ESC *: five)."""


def dialect_of(model: PrinterModel) -> Dialect:
    """The commands of a model, by which its jobs are cut into pieces."""
    return CHINA if model.dialect == "china" else EPSON


def prints(data: bytes, dialect: Dialect = EPSON) -> bool:
    """Whether these bytes, or any shorter part of them, can put something on paper.

    Text counts, although it waits for the end of its line: a long one wraps. So does the begun
    data of a picture: some printers print its rows as they come.
    """
    scanner = EscPosScanner(dialect)
    names = {token.name for token in scanner.feed(data)}
    return not names <= _SETTING or len(scanner.pending) > HEADER_BYTES


class Output:
    """One job.

    ``marker`` stands behind its last byte (None: this printer confirms nothing); ``asb``:
    automatic status is on meanwhile, so that a printer that stops says why.
    """

    def __init__(
        self,
        output_id: int,
        job: bytes,
        *,
        marker: Marker | None,
        asb: bool,
        dialect: Dialect = EPSON,
    ) -> None:
        self.output_id = output_id
        self._dialect = dialect
        self._asb = asb
        self.marker = marker
        # The job's own reset would switch automatic status off again: there is one reset.
        self._data = build.INIT + (ASB_ON if asb else b"") + job.removeprefix(build.INIT)
        self._data += (marker.question if marker else b"") + (ASB_OFF if asb else b"")
        self.sent = self.perhaps = 0
        self.result = self._unknown("not sent yet")

    @property
    def whole(self) -> bool:
        """Whether every byte of it left."""
        return self.sent == len(self._data)

    @property
    def harmless(self) -> bool:
        """Whether nothing of it that left can print."""
        return not prints(self._data[: self.sent + self.perhaps], self._dialect)

    @property
    def missing(self) -> int:
        """Bytes by which the last command that left is short: the printer waits for them."""
        for token in EscPosScanner(self._dialect).feed(self._data):
            if token.at < self.sent < token.at + len(token.raw):
                return token.at + len(token.raw) - self.sent
        return 0

    def send(self, dialogue: Dialogue, deadline: Deadline) -> None:
        """Send all of it.

        :raises PortError: at the deadline or when the printer is gone; ``sent`` then tells how
            far it came.
        """
        dialogue.forgive()
        for piece in _pieces(self._data, self._dialect):
            if self.sent and self.marker is not None:
                dialogue.ping(deadline)
            self._piece(dialogue, piece, deadline)

    def _piece(self, dialogue: Dialogue, piece: bytes, deadline: Deadline) -> None:
        while piece:
            try:
                dialogue.send(piece, deadline.at_most(SLICE_SECONDS))
                taken = len(piece)
            except PortTimeoutError as error:
                taken = error.sent
                if not deadline.left:
                    self.sent += taken
                    self._listen(dialogue)  # it may have said meanwhile why it stopped
                    raise
            except PortError as error:
                self.sent += error.sent
                self.perhaps = error.perhaps
                raise
            self.sent += taken
            piece = piece[taken:]
            self._listen(dialogue)

    def _listen(self, dialogue: Dialogue) -> None:
        dialogue.listen()
        if self.marker is None or self.marker.proof is not Proof.ASB:  # then it is news
            dialogue.automatic()

    def ask_why(self, dialogue: Dialogue, deadline: Deadline) -> None:
        """It does not leave: what stops the printer may be said a moment after it stopped.

        :raises PortClosedError: when the printer is gone.
        """
        while self._asb and dialogue.seen.ready is not False:
            said = dialogue.wait(lambda reply: reply.kind == "asb", deadline)
            if said is None:
                return
            dialogue.noticed(whole_state(said))

    def conclude(self, dialogue: Dialogue, deadline: Deadline, patience: float) -> JobResult:
        """Wait for the printer's own word on a job that was sent whole.

        ``patience``: seconds for which trouble is waited out before the answer is "unknown".

        :raises PortError: when the printer is gone.
        """
        if self.marker is None:
            return self._unknown("sent whole; this printer cannot confirm")
        reply, problem = _answered(dialogue, self.marker, deadline, patience)
        if reply is None:
            return self._unknown(f"sent whole, not confirmed: {problem or 'it is ready'}")
        if dialogue.unanswered or dialogue.take(_power_notice):
            return self._unknown("confirmed, but the printer was silent for a while in the job")
        if self.marker.certain:
            return self._printed()
        return self._confirmed(dialogue, self.marker, reply, deadline)

    def _confirmed(
        self, dialogue: Dialogue, marker: Marker, reply: Reply, deadline: Deadline
    ) -> JobResult:
        """The marker was executed: that counts together with a clean bill of health."""
        status, said = dialogue.status(deadline), marker.state(reply)
        problem = complaint(status) or (complaint(said) if said.ready is False else None)
        if problem is not None:
            return self._unknown(f"executed, but then: {problem}")
        if dialogue.take(marker.answer):
            return self._unknown("the printer answered more often than it was asked")
        return self._printed()

    def _printed(self) -> JobResult:
        proof = self.marker.proof if self.marker else Proof.NONE
        how = f"confirmed by the printer ({proof})"
        self.result = JobResult(JobState.PRINTED, how, proof, self.sent, self.output_id)
        return self.result

    def _unknown(self, how: str) -> JobResult:
        self.result = JobResult(JobState.UNKNOWN, how, Proof.NONE, self.sent, self.output_id)
        return self.result

    def cut(self, why: str) -> JobResult:
        """It did not leave whole."""
        total = len(self._data)
        if not self.sent + self.perhaps:
            return self.not_printed(f"nothing was sent: {why}", Proof.NOTHING_SENT)
        more = f", perhaps {self.perhaps} more" if self.perhaps else ""
        return self._unknown(f"{self.sent} of {total} bytes were sent{more}: {why}")

    def not_printed(self, how: str, proof: Proof) -> JobResult:
        """It is shown that nothing of it came, or can come, on paper."""
        self.result = JobResult(JobState.NOT_PRINTED, how, proof, self.sent, self.output_id)
        return self.result

    def unknown(self, how: str) -> JobResult:
        """It left whole, and then something happened."""
        return self._unknown(how)

    def completed(self, dialogue: Dialogue) -> bool:
        """Whether a confirmation that names this job has come by now."""
        if self.marker is None or not self.marker.certain or not self.whole:
            return False
        if not dialogue.take(self.marker.answer):
            return False
        self._printed()
        return True


def _answered(
    dialogue: Dialogue, marker: Marker, deadline: Deadline, patience: float
) -> tuple[Reply | None, DeviceError | None]:
    """The marker's answer, or what has been wrong for too long."""
    stopped: Deadline | None = None
    problem: DeviceError | None = None
    end = deadline.less(STATUS_SECONDS)
    while end.left and (stopped is None or stopped.left):
        pause = POLL_SECONDS if stopped is None else min(POLL_SECONDS, stopped.left)
        reply = dialogue.wait(
            lambda reply: marker.answer(reply) or reply.kind == "asb", end.at_most(pause)
        )
        if reply is not None and marker.answer(reply):
            return reply, None
        problem = _trouble(dialogue, reply, deadline)
        if problem is None:
            stopped = None
        elif stopped is None:
            stopped = Deadline(patience)
    return dialogue.wait(marker.answer, Deadline(0)), problem


def _trouble(dialogue: Dialogue, automatic: Reply | None, deadline: Deadline) -> DeviceError | None:
    """What is wrong now: told by automatic status, or asked for.

    A printer that has stopped reading cannot answer; then what it said last counts.
    """
    if automatic is not None:
        return complaint(dialogue.noticed(whole_state(automatic)))
    status = dialogue.status(deadline.at_most(STATUS_SECONDS))
    problem = complaint(status)
    if problem is not None and problem.code == "E_TIMEOUT":
        return complaint(dialogue.seen) or problem
    return problem


def _power_notice(reply: Reply) -> bool:
    """Header 3Bh: it was switched off or on (Epson TM-U230 manual, page 578)."""
    return reply.kind == "block" and reply.raw[:1] == b"\x3b"


def _pieces(data: bytes, dialect: Dialect) -> Iterator[bytes]:
    """The same bytes in pieces that end where a command ends."""
    scanner = EscPosScanner(dialect)
    tokens = [*scanner.feed(data), *scanner.flush()]
    held: list[Token] = []
    size = 0
    for token in tokens:
        if size and size + len(token.raw) > PIECE_BYTES:
            yield b"".join(item.raw for item in held)
            held, size = [], 0
        held.append(token)
        size += len(token.raw)
    if held:
        yield b"".join(item.raw for item in held)
