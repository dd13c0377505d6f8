"""An ESC/POS printer without jobs: its life cycle, its conversation, its status, its drawer."""

from __future__ import annotations

from pos_guard.errors import DeviceError, PortError
from pos_guard.frames import escpos_build as build
from pos_guard.frames.escpos_status import PrinterStatus
from pos_guard.frames.printer_models import PrinterModel, printer_model
from pos_guard.ports.base import Port
from pos_guard_drivers.deadline import Deadline
from pos_guard_drivers.device_line import Connect
from pos_guard_drivers.escpos_dialogue import Dialogue
from pos_guard_drivers.printer_events import Listener
from pos_guard_drivers.printer_job import Proof
from pos_guard_drivers.printer_talk import TalkingPrinter

DEFAULT_MODEL = "epson-80"


class EscPosDevice(TalkingPrinter[Dialogue]):
    """One ESC/POS printer, as far as it is only asked."""

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
        self._proof: Proof | None = None

    def status(self, seconds: float) -> PrinterStatus:
        """Ask the printer now: DLE EOT 1 to 4; see ``TalkingPrinter``."""
        with self._using(seconds) as deadline:
            return self._ask(deadline)

    def _pulse(self, pin: int) -> bytes:
        return build.drawer(pin)

    def _talk(self, port: Port) -> Dialogue:
        self._proof = None
        return Dialogue(port, self._saw)

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
