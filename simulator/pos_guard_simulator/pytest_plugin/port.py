"""What every device of the terminal has: an address that the app opens, and a cable."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pos_guard_simulator.pytest_plugin.memory import SCHEME
from pos_guard_simulator.pytest_plugin.place import Place

if TYPE_CHECKING:
    from serial import Serial


class PosPort:
    """One device at its port."""

    def __init__(self, name: str, place: Place) -> None:
        self.name = name
        self.place = place

    @property
    def address(self) -> str:
        """What the app opens: a path (pty), ``host:port`` (tcp), ``rfc2217://…``, ``usb:…``, ``sim://…``."""
        return self.place.address

    @property
    def host(self) -> str:
        """The host of a TCP address.

        :raises ValueError: it is at another level.
        """
        return self._tcp()[0]

    @property
    def port(self) -> int:
        """The port number of a TCP address.

        :raises ValueError: it is at another level.
        """
        return int(self._tcp()[1])

    def open(self, *, timeout: float = 1.0) -> Serial:
        """The device as an open pyserial port, for apps that are given one.

        :raises ValueError: it is at another level.
        """
        import serial

        if self.address.startswith(SCHEME):
            register_urls()
        elif not self.address.startswith(("/", "rfc2217://")):
            raise ValueError(f"{self.address} is no serial port")
        return serial.serial_for_url(self.address, timeout=timeout)

    def unplug(self) -> None:
        """Pull the cable."""
        self.place.unplug()

    def plug(self) -> None:
        """Put it back in, at the same address."""
        self.place.plug()

    def _tcp(self) -> tuple[str, str]:
        host, colon, port = self.address.rpartition(":")
        if not colon or not port.isdecimal() or "/" in host or host.startswith("usb"):
            raise ValueError(f"the {self.name} is at {self.address}, not on the network")
        return host.strip("[]"), port


def register_urls() -> None:
    """Let pyserial know ``sim://``; once is enough."""
    import serial

    package = "pos_guard_simulator.pytest_plugin.urls"
    if package not in serial.protocol_handler_packages:
        serial.protocol_handler_packages.append(package)
