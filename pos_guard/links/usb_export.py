"""The till's side of a link over USB: the guard plugs a device of its own into the kernel.

The real device is claimed by the link's device side; what it shows of itself is copied, so that a
till finds the same device there and needs no change.
"""

from __future__ import annotations

import asyncio
import logging
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import replace
from typing import Generic, Protocol, TypeVar

from pos_guard.errors import PortClosedError, PortError
from pos_guard.links.shell import Connect
from pos_guard.ports import vhci
from pos_guard.ports.aio_port import PortStream
from pos_guard.ports.base import Port, Stream
from pos_guard.ports.hid_facts import HidFacts
from pos_guard.ports.usb_device import UsbDevice
from pos_guard.ports.usb_export import ExportedDevice
from pos_guard.ports.usb_facts import UsbPrinterFacts, UsbSerialFacts

LOG = logging.getLogger(__name__)

Ended = Callable[[], None]

Ids = tuple[int, int, str]
"""Vendor, product and serial number; an empty one is the real device's."""


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
    """One conversation with the till; ends when the till resets or the kernel drops the device."""

    def __init__(self, device: ExportedDevice, more: asyncio.Event, ended: Ended) -> None:
        self._device = device
        self._more = more
        self._ended = ended
        self._closed = False

    async def receive(self, limit: int = 65536) -> bytes:
        """Some bytes, of one transfer at most; ``b""`` when this conversation is over."""
        while not self._over:
            self._more.clear()
            data = self._device.read(limit)
            if data:
                return data
            await self._more.wait()
        return b""

    async def send(self, data: bytes) -> None:
        """Hand over ``data``; what a till does not read is lost there, oldest first.

        :raises PortClosedError: when this conversation is over.
        """
        if self._over:
            raise PortClosedError("what the till was shown over USB was reset or removed")
        self._device.answer(data)

    async def close(self) -> None:
        """End it; the device stays plugged in."""
        if self._closed:
            return
        self._closed = True
        self._more.set()
        if not self._device.reset:  # what follows a reset is the next conversation's
            self._device.forget()
        self._ended()

    @property
    def _over(self) -> bool:
        return self._closed or self._device.reset or not self._device.present


Facts = TypeVar("Facts", UsbPrinterFacts, UsbSerialFacts, HidFacts)
Exported = TypeVar("Exported", bound=ExportedDevice)


class ExportAcceptor(ABC, Generic[Facts, Exported]):
    """Plugs in a device once it is known what it looks like, and serves the till on it.

    ``ids`` are shown instead of the real device's.
    """

    def __init__(self, ids: Ids | None = None, plug: Plug | None = None) -> None:
        """Get ready at once.

        :raises PortError: when this machine or user cannot plug in virtual devices; says why.
        """
        if plug is None:
            vhci.check()
        self._ids = ids
        self._plug: Plug = plug or vhci.attach
        self._loop = asyncio.get_running_loop()
        self._known: asyncio.Future[Facts] = self._loop.create_future()
        self._more = asyncio.Event()
        self._free = asyncio.Event()
        self._free.set()
        self._device: Exported | None = None
        self._plugged: Plugged | None = None

    async def accept(self) -> Stream:
        """The next conversation with the till, once the former is closed.

        :raises PortError: when the device cannot be plugged in.
        """
        await asyncio.shield(self._known)
        await self._free.wait()
        device = self._current(self._known.result())
        device.reset = False
        self._free.clear()
        return ExportStream(device, self._more, self._free.set)

    def close(self) -> None:
        """Pull the device out."""
        self._pull()

    def watching(self, connect: Connect) -> Connect:
        """The same device side, which tells this one what the device looks like and how it is."""

        async def connect_and_learn() -> Stream:
            self._leaving()
            stream = await connect()
            try:
                await self._watch(stream.port if isinstance(stream, PortStream) else None)
            except (PortError, asyncio.CancelledError):
                await stream.close()
                raise
            return stream

        return connect_and_learn

    # -- what a kind of device does -----------------------------------------------------------

    @abstractmethod
    async def _watch(self, port: Port | None) -> None:
        """Learn what is connected from its port; None: it has no port that could tell.

        :raises PortError: when it cannot be shown.
        """

    @abstractmethod
    def _export(self, facts: Facts) -> Exported:
        """The device to plug in."""

    def _leaving(self) -> None:
        """The device is not connected now."""

    def _same(self, facts: Facts, shown: Facts) -> Facts:
        """What is to be shown of a device that was connected again; equal: nothing changes."""
        del shown
        return facts

    # -- common -------------------------------------------------------------------------------

    def _learn(self, facts: Facts) -> None:
        facts = _under(facts, self._ids)
        if self._known.done():
            shown = self._known.result()
            facts = self._same(facts, shown)
            if facts != shown:
                self._pull()  # another device was connected: the till must see another, too
            self._known = self._loop.create_future()
        self._known.set_result(facts)

    def _current(self, facts: Facts) -> Exported:
        """The device that is plugged in, now if need be."""
        if self._device is not None and self._plugged is not None and self._plugged.alive:
            return self._device
        self._pull()
        device = self._export(facts)
        self._plugged = self._plug(device, device.unplug)
        self._device = device
        return device

    def _pull(self) -> None:
        if self._device is not None:
            self._device.unplug()
        if self._plugged is not None:
            self._plugged.close()
        self._device = self._plugged = None

    def _heard(self) -> None:
        try:
            self._loop.call_soon_threadsafe(self._more.set)
        except RuntimeError:  # the loop has ended: nobody reads any more
            LOG.debug("a till wrote while the guard stopped")


def _under(facts: Facts, ids: Ids | None) -> Facts:
    """The same device under chosen ids."""
    if ids is None:
        return facts
    vendor, product, serial = ids
    return replace(facts, vendor=vendor, product=product, serial=serial or facts.serial)
