"""The till's side of a printer link over USB: the guard plugs a printer of its own into the kernel.

The real printer is claimed by the link's device side; what it shows of itself is copied, so that a
till on /dev/usb/lp0 or libusb finds the same printer there and needs no change.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

from pos_guard.errors import PortClosedError, PortError, PortTimeoutError
from pos_guard.links.shell import Connect
from pos_guard.ports import vhci
from pos_guard.ports.aio_port import PortStream
from pos_guard.ports.base import Stream
from pos_guard.ports.printer_class import PortStatus
from pos_guard.ports.usb import UsbPort
from pos_guard.ports.usb_device import UsbDevice
from pos_guard.ports.usb_export import UNKNOWN_STATUS, ExportedPrinter
from pos_guard.ports.usb_facts import UsbPrinterFacts
from pos_guard.ports.usblp import UsbLpPort

LOG = logging.getLogger(__name__)

STATUS_SECONDS = 1.0
"""How often a claimed printer is asked for its port status: the bus is answered from the last."""

USUAL_STATUS = PortStatus(paper_empty=False, selected=True, error=False)
"""Of a printer that is connected in a way that has no port status."""

Ended = Callable[[], None]


class Plugged(Protocol):
    """A device in a port of the kernel; see :class:`~pos_guard.ports.vhci.Attachment`."""

    @property
    def alive(self) -> bool:
        """The kernel still has it."""
        ...

    def close(self) -> None:
        """Pull it out."""
        ...


Plug = Callable[[UsbDevice, Ended], Plugged]
"""Plugs a device in; raises PortError."""


class ExportStream:
    """One conversation with the till; ends when the till resets or the kernel drops the printer."""

    def __init__(self, printer: ExportedPrinter, more: asyncio.Event, ended: Ended) -> None:
        self._printer = printer
        self._more = more
        self._ended = ended
        self._closed = False

    async def receive(self, limit: int = 65536) -> bytes:
        """Some bytes; ``b""`` when this conversation is over."""
        while not self._over:
            self._more.clear()
            data = self._printer.read(limit)
            if data:
                return data
            await self._more.wait()
        return b""

    async def send(self, data: bytes) -> None:
        """Hand over ``data``; what a till does not read is lost there, oldest first.

        :raises PortClosedError: when this conversation is over.
        """
        if self._over:
            raise PortClosedError("the till's USB printer was reset or removed")
        self._printer.answer(data)

    async def close(self) -> None:
        """End it; the printer stays plugged in."""
        if self._closed:
            return
        self._closed = True
        self._more.set()
        if not self._printer.reset:  # what follows a reset is the next conversation's
            self._printer.forget()
        self._ended()

    @property
    def _over(self) -> bool:
        return self._closed or self._printer.reset or not self._printer.present


class UsbAcceptor:
    """Plugs in a printer once it is known what it looks like, and serves the till on it.

    ``ids`` are vendor, product and serial number to show instead of the real printer's; with them
    a printer that is no USB printer can be shown, too.
    """

    def __init__(self, ids: tuple[int, int, str] | None = None, plug: Plug | None = None) -> None:
        """Get ready at once.

        :raises PortError: when this machine or user cannot plug in virtual devices; says why.
        """
        if plug is None:
            vhci.check()
        self._ids = ids
        self._plug: Plug = plug or vhci.attach
        self._loop = asyncio.get_running_loop()
        self._known: asyncio.Future[UsbPrinterFacts] = self._loop.create_future()
        self._more = asyncio.Event()
        self._free = asyncio.Event()
        self._free.set()
        self._printer: ExportedPrinter | None = None
        self._plugged: Plugged | None = None
        self._status = UNKNOWN_STATUS
        self._poll: asyncio.Task[None] | None = None
        if ids:
            self._learn(UsbPrinterFacts(*ids[:2], serial=ids[2]))

    async def accept(self) -> Stream:
        """The next conversation with the till, once the former is closed.

        :raises PortError: when the printer cannot be plugged in.
        """
        await asyncio.shield(self._known)
        await self._free.wait()
        printer = self._current(self._known.result())
        printer.reset = False
        self._free.clear()
        return ExportStream(printer, self._more, self._free.set)

    def close(self) -> None:
        """Pull the printer out."""
        if self._poll is not None:
            self._poll.cancel()
        self._pull()

    def watching(self, connect: Connect) -> Connect:
        """The same device side, which tells this one what the printer looks like and how it is."""

        async def connect_and_learn() -> Stream:
            self._show(UNKNOWN_STATUS)
            stream = await connect()
            try:
                await self._watch(stream)
            except (PortError, asyncio.CancelledError):
                await stream.close()
                raise
            return stream

        return connect_and_learn

    async def _watch(self, stream: Stream) -> None:
        port = stream.port if isinstance(stream, PortStream) else None
        if isinstance(port, UsbPort):
            facts = await asyncio.to_thread(port.facts)
            if self._ids:
                vendor, product, serial = self._ids
                serial = serial or facts.serial
                facts = replace(facts, vendor=vendor, product=product, serial=serial)
            self._learn(facts)
        elif not self._ids:
            raise PortError("only a USB printer can be copied: write app = usb:VENDOR:PRODUCT")
        if self._poll is not None:
            self._poll.cancel()
        if isinstance(port, UsbPort | UsbLpPort):
            self._poll = self._loop.create_task(self._ask(port))
        else:
            self._show(status_byte(USUAL_STATUS))

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

    def _learn(self, facts: UsbPrinterFacts) -> None:
        if self._printer is not None:
            shown = self._printer.facts
            if not facts.device_id:  # a busy printer may not tell it in time: it is still the same
                facts = replace(facts, device_id=shown.device_id)
            if facts != shown:
                self._pull()  # another printer was connected: the till must see another, too
        if self._known.done():
            self._known = self._loop.create_future()
        self._known.set_result(facts)

    def _show(self, status: int) -> None:
        self._status = status
        if self._printer is not None:
            self._printer.port_status = status

    def _current(self, facts: UsbPrinterFacts) -> ExportedPrinter:
        """The printer that is plugged in, now if need be."""
        if self._printer is not None and self._plugged is not None and self._plugged.alive:
            return self._printer
        self._pull()
        printer = ExportedPrinter(facts, self._heard)
        printer.port_status = self._status
        self._plugged = self._plug(printer, printer.unplug)
        self._printer = printer
        return printer

    def _pull(self) -> None:
        if self._printer is not None:
            self._printer.unplug()
        if self._plugged is not None:
            self._plugged.close()
        self._printer = self._plugged = None

    def _heard(self) -> None:
        try:
            self._loop.call_soon_threadsafe(self._more.set)
        except RuntimeError:  # the loop has ended: nobody reads any more
            LOG.debug("a till wrote while the guard stopped")


def status_byte(status: PortStatus) -> int:
    """GET_PORT_STATUS (USB Printing Devices 1.1, 4.2.2); the error bit is low active."""
    return status.paper_empty << 5 | status.selected << 4 | (not status.error) << 3
