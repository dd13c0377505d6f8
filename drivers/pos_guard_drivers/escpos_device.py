"""An ESC/POS printer without jobs: its life cycle, its conversation, its status, its drawer."""

from __future__ import annotations

from pos_guard.errors import DeviceError, PortError, PortTimeoutError
from pos_guard.frames import escpos_build as build
from pos_guard.frames.escpos_status import PrinterStatus
from pos_guard.frames.printer_models import PrinterModel, printer_model
from pos_guard_drivers.deadline import Deadline
from pos_guard_drivers.escpos_dialogue import Dialogue
from pos_guard_drivers.printer_errors import complaint
from pos_guard_drivers.printer_events import Listener, PowerState
from pos_guard_drivers.printer_job import Proof
from pos_guard_drivers.printer_lifecycle import PrinterDevice
from pos_guard_drivers.printer_line import Connect

DEFAULT_MODEL = "epson-80"


class EscPosDevice(PrinterDevice):
    """What all calls on one printer share: the conversation of the present connection."""

    def __init__(
        self,
        connect: Connect,
        model: PrinterModel | None = None,
        *,
        name: str = "printer",
        device: str | None = None,
        listener: Listener | None = None,
    ) -> None:
        super().__init__(connect, name=name, device=device, listener=listener)
        self.model = model or printer_model(DEFAULT_MODEL)
        self._dialogue: Dialogue | None = None
        self._generation = 0
        self._proof: Proof | None = None

    def status(self, seconds: float) -> PrinterStatus:
        """Ask the printer now. What it does not answer stays None: unknown.

        A printer that cannot be reached is offline, and nothing else is known of it.

        :raises DeviceError: ``E_DISABLED`` before ``enable``, ``E_BUSY`` when a call in another
            thread does not end in time, ``E_CLOSED`` when one closes the printer.
        """
        with self._using(seconds) as deadline:
            return self._ask(deadline)

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
        with self._using(seconds) as deadline:
            dialogue = self._linked(deadline)
            try:
                dialogue.send(build.drawer(pin), deadline)
            except PortError as error:
                if not isinstance(error, PortTimeoutError):
                    self._lost()
                raise
            self.statistics.count("drawer_pulses")

    def _linked(self, deadline: Deadline) -> Dialogue:
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
            self._dialogue = Dialogue(port, self._saw)
            self._generation = self._line.generation
            self._proof = None
            self.statistics.count("connections")
        return self._dialogue

    @property
    def _same_connection(self) -> bool:
        """Whether the last job's answers can still come."""
        return self._line.connected and self._generation == self._line.generation

    def _ask(self, deadline: Deadline) -> PrinterStatus:
        for fresh in (not self._line.connected, True):
            try:
                dialogue = self._linked(deadline)
                if not self.model.answers:
                    return PrinterStatus()
                status = dialogue.status(deadline)
                self._heard(dialogue)
            except DeviceError as error:
                if error.code == "E_CLOSED":
                    raise
                return PrinterStatus(online=None if error.code == "E_CLAIMED" else False)
            except PortError:
                self._lost()
                if fresh:
                    break
            else:
                return status
        return PrinterStatus()

    def _heard(self, dialogue: Dialogue) -> None:
        """Something came in: for those who wait for more than a status."""
