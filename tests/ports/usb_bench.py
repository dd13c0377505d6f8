"""A USB device of class 7 whose other end is a port: what the host writes can be read there."""

from __future__ import annotations

import threading

from pos_guard.errors import PortClosedError, PortTimeoutError
from pos_guard.ports.usb_descriptors import Configuration, Endpoint, Interface
from pos_guard.ports.usb_device import Speed
from pos_guard_simulator.usb_function import UsbFunction
from pos_guard_simulator.usb_printer import EPSON_TM

CAPACITY = 4096


class PipeDevice(UsbFunction):
    """Bounded both ways. ``far`` is the port inside the device; closing it unplugs the cable."""

    def __init__(self, *interfaces: Interface) -> None:
        ends = (Endpoint(0x01, 64), Endpoint(0x82, 64))
        chosen = interfaces or (Interface(0, (7, 1, 2), ends),)
        super().__init__(EPSON_TM, Configuration(chosen), Speed.FULL)
        self.written = bytearray()
        self.answers = bytearray()
        self.far = DeviceEnd(self)

    def take(self, endpoint: int, data: bytes) -> int:
        del endpoint
        piece = data[: CAPACITY - len(self.written)]
        self.written += piece
        return len(piece)

    def give(self, endpoint: int, size: int) -> bytes | None:
        del endpoint
        packet = bytes(self.answers[:size])
        del self.answers[:size]
        return packet or None


class DeviceEnd:
    """A port as the device sees it."""

    def __init__(self, device: PipeDevice) -> None:
        self._device = device
        self._changed = threading.Condition()
        self._closed = False
        device.listen(self._wake)

    def read(self, limit: int, seconds: float) -> bytes:
        with self._changed:
            if not self._changed.wait_for(lambda: self._device.written or self._closed, seconds):
                raise PortTimeoutError("nothing came")
            self._check()
            data = bytes(self._device.written[:limit])
            del self._device.written[:limit]
        self._device.changed()
        return data

    def write(self, data: bytes, seconds: float) -> None:
        sent = 0
        while sent < len(data):
            with self._changed:
                room = self._changed.wait_for(lambda: self._room() or self._closed, seconds)
                self._check()
                if not room:
                    raise PortTimeoutError("no room", sent=sent)
                piece = data[sent : sent + self._room()]
                self._device.answers += piece
                sent += len(piece)
            self._device.changed()

    def close(self) -> None:
        with self._changed:
            self._closed = True
        self._device.unplug()

    def _room(self) -> int:
        return CAPACITY - len(self._device.answers)

    def _check(self) -> None:
        if self._closed or not self._device.present:
            raise PortClosedError("closed")

    def _wake(self) -> None:
        with self._changed:
            self._changed.notify_all()
