"""A small USB device for tests of transports: endpoint 1 takes, endpoint 2 gives what was put."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from pos_guard.ports.usb_descriptors import Configuration, Endpoint, Interface, UsbIdentity
from pos_guard.ports.usb_device import Setup, Speed, Stalled, Unplugged

IDENTITY = UsbIdentity(0x04B8, 0x0E15, "EPSON", "TM-T20II", "G1")
PRINTER = Configuration((Interface(0, (7, 1, 2), (Endpoint(0x01, 64), Endpoint(0x82, 64))),))


class Gadget:
    """Takes ``room`` bytes, and gives the packets in ``packets``."""

    def __init__(self, room: int = 1 << 30) -> None:
        self.speed = Speed.FULL
        self.room = room
        self.took = b""
        self.packets: deque[bytes] = deque()
        self.halted: set[int] = set()
        self.present = True
        self.asked: list[Setup] = []
        self.listeners: list[Callable[[], None]] = []

    @property
    def device_descriptor(self) -> bytes:
        return IDENTITY.to_bytes()

    @property
    def configuration_descriptor(self) -> bytes:
        return PRINTER.to_bytes()

    def control(self, setup: Setup, data: bytes) -> bytes:
        self._check(0)
        self.asked.append(setup)
        if setup.request == 0xFF:
            raise Stalled
        return data or b"\x18\x00 and more"

    def out(self, endpoint: int, data: bytes | memoryview) -> int:
        self._check(endpoint)
        taken = bytes(data[: self.room])
        self.room -= len(taken)
        self.took += taken
        return len(taken)

    def in_(self, endpoint: int, size: int) -> bytes | None:
        self._check(endpoint)
        assert size == 64
        return self.packets.popleft() if self.packets else None

    def listen(self, changed: Callable[[], None]) -> Callable[[], None]:
        self.listeners.append(changed)
        return lambda: self.listeners.remove(changed)

    def changed(self) -> None:
        for listener in tuple(self.listeners):
            listener()

    def _check(self, endpoint: int) -> None:
        if not self.present:
            raise Unplugged
        if endpoint in self.halted:
            raise Stalled
