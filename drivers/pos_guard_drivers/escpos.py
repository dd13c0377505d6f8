"""A driver for ESC/POS receipt printers: what it does not know, it calls unknown.

UnifiedPOS life cycle (claim, enable, disable, release, close), a deadline on every call, and a
job counts as printed only when the printer itself said so after the job's last byte. Nothing is
ever printed twice by this driver: whether to print again is the caller's decision.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Sequence
from types import TracebackType

from pos_guard.errors import DeviceError, LocalError, PortError
from pos_guard.frames import escpos_build as build
from pos_guard.frames.escpos_scan import OVERSIZE, TEXT, EscPosScanner
from pos_guard.frames.escpos_status import PrinterStatus
from pos_guard.ports.base import Port
from pos_guard_drivers.escpos_dialogue import Deadline, Dialogue
from pos_guard_drivers.escpos_job import EscPosProfile, JobResult, JobState, complaint

STATUS_SECONDS = 1.0
"""Most that a job spends on asking whether the printer is ready: four real-time answers take
about 10 ms each at 9600 baud, also from a busy printer."""

_CONFIRM_ID, _CONFIRM_STATUS = "process-id", "status"


class EscPosPrinter:
    """One printer behind a port. Thread-safe: calls wait for each other.

    Use it as a context manager, which claims, enables and closes.
    """

    def __init__(
        self, port: Port, profile: EscPosProfile | None = None, *, name: str = "printer"
    ) -> None:
        self.name = name
        self.profile = profile or EscPosProfile()
        self._dialogue = Dialogue(port)
        self._lock = threading.RLock()
        self._claimed = self._enabled = self._closed = False
        # Starts anywhere, so that a late answer to a job of an earlier run is not taken for ours.
        self._job = secrets.randbelow(10_000)

    def __enter__(self) -> EscPosPrinter:
        self.claim()
        self.enable()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        self.close()

    def claim(self) -> None:
        """Take the printer for this user.

        :raises DeviceError: ``E_CLAIMED`` when somebody in this process has it, ``E_CLOSED``.
        """
        with self._lock:
            if self._closed:
                raise DeviceError("E_CLOSED", f"{self.name} is closed")
            if self._claimed:
                raise DeviceError("E_CLAIMED", f"{self.name} is in use")
            self._claimed = True

    def enable(self, on: bool = True) -> None:
        """Let jobs through from now on, or not.

        :raises DeviceError: ``E_NOTCLAIMED`` without ``claim``.
        """
        with self._lock:
            if not self._claimed:
                raise DeviceError("E_NOTCLAIMED", f"claim {self.name} first")
            self._enabled = on

    def release(self) -> None:
        """Give the printer back."""
        with self._lock:
            self._claimed = self._enabled = False

    def close(self) -> None:
        """Release, and close the port; closing twice is fine."""
        with self._lock:
            self.release()
            self._closed = True
            self._dialogue.close()

    def status(self, seconds: float) -> PrinterStatus:
        """Ask the printer now. What it does not answer in time stays None: unknown.

        :raises DeviceError: ``E_DISABLED`` before ``enable``.
        :raises PortClosedError: when the printer is gone.
        """
        with self._lock:
            self._require_enabled()
            return self._dialogue.status(Deadline(seconds))

    def require_ready(self, seconds: float) -> PrinterStatus:
        """The same, but anything that is not known to be ready raises.

        :raises DeviceError: ``E_TIMEOUT`` (no answer), ``E_OFFLINE``, ``E_FAILURE``, or
            ``E_EXTENDED`` with ``EPTR_COVER_OPEN`` or ``EPTR_REC_EMPTY``.
        """
        status = self.status(seconds)
        problem = complaint(status)
        if problem is not None:
            raise problem
        return status

    def print_receipt(self, receipt: bytes | Sequence[str], seconds: float) -> JobResult:
        """Print one receipt: finished ESC/POS bytes, or lines of text (then cut).

        ``printed`` only when the printer confirmed it; ``not_printed`` only when not one byte
        left; everything else is ``unknown``, and the paper may still come out later.

        :raises LocalError: when the bytes end inside a command: it would swallow what follows.
        :raises DeviceError: ``E_DISABLED`` before ``enable``.
        """
        job = _finished(receipt) if isinstance(receipt, bytes) else self._set(receipt)
        with self._lock:
            self._require_enabled()
            deadline = Deadline(seconds)
            refusal = self._before(deadline)
            if refusal is not None:
                return refusal
            return self._send(build.INIT + job, deadline)

    def open_drawer(self, seconds: float) -> None:
        """Send a pulse to the cash drawer; that it opened is not known.

        :raises DeviceError: ``E_DISABLED`` before ``enable``.
        :raises PortError: when the bytes could not be sent.
        """
        with self._lock:
            self._require_enabled()
            self._dialogue.send(build.drawer(self.profile.drawer_pin), Deadline(seconds))

    def _require_enabled(self) -> None:
        if not self._enabled:
            raise DeviceError("E_DISABLED", f"enable {self.name} first")

    def _set(self, lines: Sequence[str]) -> bytes:
        profile = self.profile
        start = build.KANJI_ON if profile.kanji_on else b""
        if profile.code_page is not None:
            start += build.code_page(profile.code_page)
        body = b"".join(build.text(line, profile.encoding) + build.LF for line in lines)
        return start + body + build.cut()

    def _before(self, deadline: Deadline) -> JobResult | None:
        """What speaks against sending a job at all."""
        if not self.profile.answers:
            return None
        try:
            status = self._dialogue.status(deadline.at_most(STATUS_SECONDS))
        except PortError as error:
            return JobResult(JobState.NOT_PRINTED, f"nothing was sent: {error}")
        problem = complaint(status)
        if problem is None:
            return None
        return JobResult(JobState.NOT_PRINTED, f"nothing was sent: {problem}")

    def _send(self, job: bytes, deadline: Deadline) -> JobResult:
        self._job = (self._job + 1) % 10_000
        identity = b"%04d" % self._job
        confirm = self.profile.confirm if self.profile.answers else "none"
        question = {_CONFIRM_ID: build.process_id(identity), _CONFIRM_STATUS: b"\x1dr\x01"}
        try:
            self._dialogue.drain()
            self._dialogue.send(job + question.get(confirm, b""), deadline)
        except PortError as error:
            state = JobState.UNKNOWN if error.sent else JobState.NOT_PRINTED
            return JobResult(state, f"{error.sent} bytes were sent: {error}")
        if confirm not in question:
            return JobResult(JobState.UNKNOWN, "sent whole; this printer cannot confirm")
        return self._confirmed(confirm, identity, deadline)

    def _confirmed(self, confirm: str, identity: bytes, deadline: Deadline) -> JobResult:
        """Wait for the printer's own word; at the end ask it what is wrong."""
        wanted = b'\x37"' + identity + b"\x00"
        try:
            if confirm == _CONFIRM_ID:
                done = self._dialogue.wait("block", deadline.less(STATUS_SECONDS), wanted)
            else:
                done = self._dialogue.wait("status", deadline.less(STATUS_SECONDS))
            if done is not None:
                return JobResult(JobState.PRINTED, f"confirmed by the printer ({confirm})")
            problem = complaint(self._dialogue.status(deadline))
        except PortError as error:
            return JobResult(JobState.UNKNOWN, f"sent whole, then: {error}")
        return JobResult(JobState.UNKNOWN, f"sent whole, not confirmed: {problem or 'it is ready'}")


def _finished(receipt: bytes) -> bytes:
    """The receipt with its last line printed.

    :raises LocalError: when it ends inside a command.
    """
    scanner = EscPosScanner()
    tokens = scanner.feed(receipt)
    if scanner.pending or not tokens or OVERSIZE in {token.name for token in tokens}:
        raise LocalError("the receipt is empty, or ends inside an ESC/POS command")
    return receipt + (build.LF if tokens[-1].name == TEXT else b"")
