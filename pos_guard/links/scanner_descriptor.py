"""How the report descriptor of a HID scanner reaches its language: by whoever connects it."""

from __future__ import annotations

from pos_guard.links.shell import Connect
from pos_guard.ports.aio_port import PortStream
from pos_guard.ports.base import Stream
from pos_guard.ports.devices import report_descriptor


class DescriptorOf:
    """The descriptor of the device that is connected now; empty for any that has none."""

    def __init__(self) -> None:
        self._descriptor = b""

    def __call__(self) -> bytes:
        """The report descriptor."""
        return self._descriptor

    def watching(self, connect: Connect) -> Connect:
        """The same connection, which tells this one what it found."""

        async def connect_and_look() -> Stream:
            stream = await connect()
            port = stream.port if isinstance(stream, PortStream) else None
            self._descriptor = b"" if port is None else report_descriptor(port)
            return stream

        return connect_and_look
