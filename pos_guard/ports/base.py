"""What a port is: a byte transport with deadlines. Blocking for drivers, awaitable for links.

Every call ends: a deadline is seconds from now, and it is never None. A port does not know what
the bytes mean.
"""

from __future__ import annotations

from typing import Protocol


class Port(Protocol):
    """A byte transport for drivers, blocking and thread-safe, as pyserial users expect one."""

    def read(self, limit: int, seconds: float) -> bytes:
        """At least one byte and at most ``limit``, as soon as any are there.

        :raises PortTimeoutError: when nothing came within ``seconds``.
        :raises PortClosedError: when the other side is gone.
        """
        ...

    def write(self, data: bytes, seconds: float) -> None:
        """Hand all of ``data`` to the operating system.

        :raises PortTimeoutError: with ``sent``, the bytes already taken: they may still arrive.
        :raises PortClosedError: when the other side is gone.
        """
        ...

    def close(self) -> None:
        """Close at once; closing twice is fine; never blocks longer than a second."""
        ...


class Stream(Protocol):
    """A byte transport for links, on asyncio."""

    async def receive(self, limit: int = 65536) -> bytes:
        """Some bytes; ``b""`` when the other side is gone."""
        ...

    async def send(self, data: bytes) -> None:
        """Hand all of ``data`` to the operating system, waiting while it is full.

        :raises PortClosedError: when the other side is gone.
        """
        ...

    async def close(self) -> None:
        """Close at once; closing twice is fine."""
        ...
