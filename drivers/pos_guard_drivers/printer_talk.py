"""A printer that is spoken with: one conversation for each connection, whatever the language."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Generic, Protocol, TypeVar

from pos_guard.errors import DeviceError, PortError, PortTimeoutError
from pos_guard.frames.escpos_status import PrinterStatus
from pos_guard.frames.printer_models import PrinterModel
from pos_guard.ports.base import Port
from pos_guard_drivers.deadline import Deadline
from pos_guard_drivers.device_line import Connect
from pos_guard_drivers.device_power import PowerState
from pos_guard_drivers.printer_errors import complaint
from pos_guard_drivers.printer_events import Listener, OutputComplete
from pos_guard_drivers.printer_job import JobResult, JobState
from pos_guard_drivers.printer_lifecycle import PrinterDevice
from pos_guard_drivers.receipt import Receipt


class Conversation(Protocol):
    """What is said over one connection, in one language."""

    def send(self, data: bytes, deadline: Deadline) -> None:
        """Hand over all bytes.

        :raises PortError: with ``sent``, the bytes already taken.
        """
        ...


TalkT = TypeVar("TalkT", bound=Conversation)


class TalkingPrinter(PrinterDevice, ABC, Generic[TalkT]):
    """What all calls on one printer share: the conversation of the present connection."""

    def __init__(
        self,
        connect: Connect,
        model: PrinterModel,
        *,
        name: str = "printer",
        device: str | None = None,
        listener: Listener | None = None,
    ) -> None:
        super().__init__(connect, name=name, device=device, listener=listener)
        self.model = model
        self._dialogue: TalkT | None = None
        self._generation = self._outputs = 0

    @abstractmethod
    def status(self, seconds: float) -> PrinterStatus:
        """Ask the printer now. What it does not answer stays None: unknown.

        A printer that cannot be reached is offline, and nothing else is known of it.

        :raises DeviceError: ``E_DISABLED`` before ``enable``, ``E_BUSY`` when a call in another
            thread does not end in time, ``E_CLOSED`` when one closes the printer.
        """

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

    def open_drawer(self, seconds: float, *, pin: int = 2) -> None:
        """Send a pulse to the cash drawer on connector pin 2 or 5; that it opened is not known.

        :raises DeviceError: as ``status``, or when there is no connection.
        :raises PortError: when the bytes could not be sent.
        """
        pulse = self._pulse(pin)
        with self._using(seconds) as deadline:
            dialogue = self._linked(deadline)
            try:
                dialogue.send(pulse, deadline)
            except PortError as error:
                if not isinstance(error, PortTimeoutError):
                    self._lost()
                raise
            self.statistics.count("drawer_pulses")

    @abstractmethod
    def _pulse(self, pin: int) -> bytes:
        """The command that opens the drawer."""

    @abstractmethod
    def _talk(self, port: Port) -> TalkT:
        """A conversation over a new connection."""

    def _linked(self, deadline: Deadline) -> TalkT:
        """The conversation, on a connection made anew where needed.

        :raises DeviceError: when there is none in time.
        """
        try:
            port = self._line.port(deadline)
        except DeviceError as error:
            if error.code != "E_CLAIMED":
                self._power(PowerState.OFF_OFFLINE)
            raise
        if self._dialogue is None or self._generation != self._line.generation:
            self._dialogue = self._talk(port)
            self._generation = self._line.generation
            self.statistics.count("connections")
        return self._dialogue

    @property
    def _same_connection(self) -> bool:
        """Whether the last job's answers can still come."""
        return self._line.connected and self._generation == self._line.generation

    def _noted(self, result: JobResult) -> JobResult:
        """The end of a job, as statistics and listeners learn of it."""
        self.statistics.job(result.state)
        self.statistics.count("bytes_sent", result.sent)
        if result.state is JobState.PRINTED:
            self._events.append(OutputComplete(result.output_id))
        return result

    def _set(self, lines: Sequence[str]) -> bytes:
        """Plain lines as this model prints them; what it cannot print becomes ``?``."""
        receipt = Receipt(self.model, replacement="?")
        for line in lines:
            receipt.text(line)
        return receipt.cut().bytes()
