"""One transfer with an endpoint of a simulated device, in as many steps as the device needs."""

from __future__ import annotations

from typing import Protocol

from pos_guard.ports.usb_device import UsbDevice


class TooLongError(Exception):
    """The device sent a packet that does not fit what the host has asked for."""


class Transfer(Protocol):
    """``step`` moves what moves now; it is True once the transfer is over.

    It raises ``Stalled``, ``Unplugged`` and ``TooLongError``.
    """

    @property
    def count(self) -> int:
        """Bytes that have passed."""
        ...

    def step(self) -> bool:
        """Move on."""
        ...


class Out:
    """To the device."""

    def __init__(self, device: UsbDevice, endpoint: int, data: bytes | memoryview) -> None:
        self.count = 0
        self._device = device
        self._endpoint = endpoint
        self._data = memoryview(data)

    def step(self) -> bool:
        """Give what it takes."""
        self.count += self._device.out(self._endpoint, self._data[self.count :])
        return self.count >= len(self._data)


class In:
    """From the device, into ``data``: ends at a short packet, or when ``size`` bytes are there."""

    def __init__(self, device: UsbDevice, endpoint: int, size: int, packet: int) -> None:
        self.data = bytearray()
        self._device = device
        self._endpoint = endpoint
        self._size = size
        self._packet = packet

    @property
    def count(self) -> int:
        """Bytes that have come."""
        return len(self.data)

    def step(self) -> bool:
        """Take what it gives."""
        while len(self.data) < self._size:
            piece = self._device.in_(self._endpoint, self._packet)
            if piece is None:
                return False
            if len(piece) > self._size - len(self.data):
                raise TooLongError
            self.data += piece
            if len(piece) < self._packet:
                break
        return True
