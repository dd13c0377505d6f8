"""What every transport needs of a simulated machine on a byte line: TCP, pty, USB.

No I/O and no time of its own: it has a clock, and says when it wants to be called again.
"""

from __future__ import annotations

from typing import Protocol


class ByteDevice(Protocol):
    """A machine that takes bytes into a buffer, works on them, and answers.

    Whatever makes it speak returns what it says; nothing is kept back for the caller to fetch.
    """

    @property
    def room(self) -> int:
        """Bytes that fit into its buffer now. A transport hands over no more than that."""
        ...

    @property
    def deadline_us(self) -> int | None:
        """When, on its clock's boot time, ``tick`` has something to do; None: not by itself."""
        ...

    def data(self, data: bytes) -> bytes:
        """The host sent bytes: what goes back. Bytes that do not fit are lost."""
        ...

    def tick(self) -> bytes:
        """Time has passed: what goes back. Too early or too often does no harm."""
        ...
