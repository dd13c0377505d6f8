"""The till of a USB printer: on /dev/usb/lp0 or libusb it finds the guard's printer."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace

from pos_guard.errors import PortClosedError, PortError, PortTimeoutError
from pos_guard.links.usb_export import ExportAcceptor, Ids, Plug
from pos_guard.ports.base import Port
from pos_guard.ports.printer_class import PortStatus
from pos_guard.ports.usb import UsbPort
from pos_guard.ports.usb_export_printer import UNKNOWN_STATUS, ExportedPrinter
from pos_guard.ports.usb_facts import UsbPrinterFacts
from pos_guard.ports.usblp import UsbLpPort

LOG = logging.getLogger(__name__)

STATUS_SECONDS = 1.0
"""How often a claimed printer is asked for its port status: the bus is answered from the last."""

USUAL_STATUS = PortStatus(paper_empty=False, selected=True, error=False)
"""Of a printer that is connected in a way that has no port status."""


class UsbAcceptor(ExportAcceptor[UsbPrinterFacts, ExportedPrinter]):
    """See :class:`~pos_guard.links.usb_export.ExportAcceptor`.

    With ``ids`` a printer that is no USB printer can be shown, too.
    """

    def __init__(self, ids: Ids | None = None, plug: Plug | None = None) -> None:
        """Get ready at once; raises PortError as every ExportAcceptor does."""
        super().__init__(ids, plug)
        self._status = UNKNOWN_STATUS
        self._poll: asyncio.Task[None] | None = None
        if ids:
            self._learn(UsbPrinterFacts(*ids[:2]))

    def close(self) -> None:
        """Pull the printer out."""
        self._leave_poll()
        super().close()

    async def _watch(self, port: Port | None) -> None:
        if isinstance(port, UsbPort):
            self._learn(await asyncio.to_thread(port.facts))
        elif not self._ids:
            raise PortError("only a USB printer can be copied: write app = usb:VENDOR:PRODUCT")
        self._leave_poll()
        if isinstance(port, UsbPort | UsbLpPort):
            self._poll = self._loop.create_task(self._ask(port))
        else:
            self._show(status_byte(USUAL_STATUS))

    def _leave_poll(self) -> None:
        if self._poll is not None:
            self._poll.cancel()

    def _leaving(self) -> None:
        self._show(UNKNOWN_STATUS)

    async def _ask(self, port: UsbPort | UsbLpPort) -> None:
        """Keep the port status fresh until the printer is gone."""
        while True:
            try:
                status = await asyncio.to_thread(port.port_status)
            except PortClosedError:
                break
            except PortTimeoutError:  # too busy to say; it may say so later
                self._show(UNKNOWN_STATUS)
            except PortError as error:
                LOG.info("the printer has no port status: %s", error)
                self._show(status_byte(USUAL_STATUS))
                return
            else:
                self._show(status_byte(status))
            pause = asyncio.Event()
            self._loop.call_later(STATUS_SECONDS, pause.set)
            await pause.wait()
        self._show(UNKNOWN_STATUS)

    def _same(self, facts: UsbPrinterFacts, shown: UsbPrinterFacts) -> UsbPrinterFacts:
        if facts.device_id:
            return facts
        # A busy printer may not tell it in time: it is still the same.
        return replace(facts, device_id=shown.device_id)

    def _show(self, status: int) -> None:
        self._status = status
        if self._device is not None:
            self._device.port_status = status

    def _export(self, facts: UsbPrinterFacts) -> ExportedPrinter:
        printer = ExportedPrinter(facts, self._heard)
        printer.port_status = self._status
        return printer


def status_byte(status: PortStatus) -> int:
    """GET_PORT_STATUS (USB Printing Devices 1.1, 4.2.2); the error bit is low active."""
    return status.paper_empty << 5 | status.selected << 4 | (not status.error) << 3
