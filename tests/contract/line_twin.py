"""A serial machine that says what a check has it say, and keeps what it was sent."""

from __future__ import annotations

from pos_guard.links.session import Effects

ROOM = 65_536
"""Bytes that it takes at once while it takes any."""


class LineTwin:
    """``heard`` is all that came; ``open``: somebody is there; ``room`` is 0 while it stalls."""

    def __init__(self) -> None:
        self.heard = bytearray()
        self.open = False
        self.room = ROOM

    def connected(self) -> Effects:
        """Somebody opened the line."""
        self.open = True
        return []

    def data(self, data: bytes) -> Effects:
        """Bytes arrived."""
        self.heard += data
        return []

    def closed(self) -> Effects:
        """They hung up."""
        self.open = False
        return []

    def timer(self, name: str) -> Effects:
        """It sets none."""
        raise LookupError(name)
