"""What every simulated USB device has beside the standard requests: faults of the bus."""

from __future__ import annotations

import threading

from pos_guard.ports.usb_descriptors import Configuration, UsbIdentity
from pos_guard.ports.usb_device import Speed
from pos_guard.ports.usb_standard import StandardDevice


class UsbFunction(StandardDevice):
    """A device on the bus; a subclass says what its class requests and endpoints do.

    Faults: ``halt`` (STALL until the host clears it), ``mute`` (NAK until ``unmute``),
    ``packet_limit`` (shorter packets than the descriptor promises) and ``unplug``.
    """

    def __init__(
        self, identity: UsbIdentity, configuration: Configuration, speed: Speed = Speed.FULL
    ) -> None:
        super().__init__(identity, configuration, speed)
        self.packet_limit: int | None = None
        self._muted: set[int] = set()
        self._leave_after: int | None = None

    def halt(self, endpoint: int) -> None:
        """Refuse this endpoint's transfers until the host clears the halt."""
        with self._lock:
            self._halted.add(endpoint)
        self.changed()

    def mute(self, endpoint: int) -> None:
        """Answer NAK on this endpoint until ``unmute``."""
        with self._lock:
            self._muted.add(endpoint)

    def unmute(self, endpoint: int) -> None:
        """The endpoint works again."""
        with self._lock:
            self._muted.discard(endpoint)
        self.changed()

    def unplug(self, *, after: int = 0) -> None:
        """Leave the bus, now or once ``after`` more bytes were taken on OUT endpoints."""
        if not after:
            super().unplug()
            return
        with self._lock:
            self._leave_after = after

    def plug(self) -> None:
        """Be on the bus, configured and with no endpoint halted, as after any connection."""
        self._leave_after = None
        super().plug()

    def plug_after(self, seconds: float) -> None:
        """Be on the bus again after so long, as what enumerates anew."""
        timer = threading.Timer(seconds, self.plug)
        timer.daemon = True
        timer.start()

    def out(self, endpoint: int, data: bytes | memoryview) -> int:
        """Bytes taken now; 0 is NAK."""
        with self._lock:
            if not self._ready(endpoint):
                return 0
            piece = bytes(data[: self._leave_after])
            taken = self.take(endpoint, piece[: self.packet_limit])
            if self._leave_after is not None:
                self._leave_after -= taken
                self._present = self._leave_after > 0
        if taken:
            self.changed()
        return taken

    def in_(self, endpoint: int, size: int) -> bytes | None:
        """One packet, or None: NAK."""
        return super().in_(endpoint, min(size, self.packet_limit or size))

    def _ready(self, endpoint: int) -> bool:
        return super()._ready(endpoint) and endpoint not in self._muted
