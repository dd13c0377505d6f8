"""A port to a USB printer: its bulk endpoints, and the requests of its class."""

from __future__ import annotations

from pos_guard.errors import PortClosedError, PortError
from pos_guard.ports.printer_class import MAX_DEVICE_ID, PortStatus, device_id_text
from pos_guard.ports.usb_facts import UsbPrinterFacts
from pos_guard.ports.usb_find import Backend, Request, UsbPlace, load_backend
from pos_guard.ports.usb_find_printer import claim_printer, printer_facts
from pos_guard.ports.usb_stream import BulkPort

_DEVICE_ID, _PORT_STATUS, _SOFT_RESET = (0xA1, 0), (0xA1, 1), (0x21, 2)


class UsbPort(BulkPort):
    """A :class:`~pos_guard.ports.base.Port` over a claimed printer, which it takes over."""

    @classmethod
    def open(
        cls,
        place: UsbPlace,
        *,
        library: str = "",
        backend: Backend = None,
        give_back: bool = True,
    ) -> UsbPort:
        """Find and claim a printer; ``library`` is the path of libusb, ``backend`` a pyusb one.

        ``give_back``: on ``close`` the kernel's driver gets the printer again, as it was before.

        :raises LocalError: when pyusb or libusb is missing; says what to install.
        :raises PortClosedError: when the printer is not there.
        :raises PortBusyError: when another program holds it.
        :raises PortError: without permission (says the udev rule), or when several printers fit.
        """
        return cls(claim_printer(place, backend or load_backend(library), give_back=give_back))

    def device_id(self) -> str:
        """The printer's IEEE 1284 id, such as ``MFG:EPSON;CMD:ESC/POS;MDL:TM-T20II;``.

        :raises PortError: when the printer has none.
        """
        channel = self._claimed.channel
        index = channel.interface << 8 | channel.alternate
        return device_id_text(self._ask(Request(*_DEVICE_ID, 0, index, MAX_DEVICE_ID)))

    def port_status(self) -> PortStatus:
        """What the printer's USB interface says of its state, also while it takes no data.

        :raises PortError: when the printer does not say.
        """
        answer = self._ask(Request(*_PORT_STATUS, 0, self._claimed.channel.interface, 1))
        if not answer:
            raise PortError(f"{self._claimed.name} gave an empty status")
        return PortStatus.from_byte(answer[0])

    def soft_reset(self) -> None:
        """Flush the printer's buffers, and what was read of its answers.

        :raises PortError: when the printer refuses.
        """
        self._ask(Request(*_SOFT_RESET, 0, self._claimed.channel.interface))
        if self._reading.acquire(blocking=False):  # under a reader nothing is held
            self._held.clear()
            self._reading.release()

    def facts(self) -> UsbPrinterFacts:
        """What the printer shows of itself; without a device id where it has none.

        :raises PortClosedError: when it is gone.
        """
        try:
            identity = self.device_id().encode("ascii")
        except PortClosedError:
            raise
        except PortError:
            identity = b""
        return printer_facts(self._claimed, identity)
