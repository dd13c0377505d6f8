"""What a device has said and no host has read yet. Pure.

A scanner's codes must not wait long: a code that was shown to nobody is no code of the next
customer.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

KEPT_SECONDS = 2.0
"""How long a code waits for a till that does not read: one that is busy reads sooner, and one that
is opened later has other customers."""

MAX_UNREAD = 64 * 1024
"""Bytes kept; of more the oldest are lost. A code has some hundred."""


class Unread:
    """Pieces in order; ``clock`` gives seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._pieces: deque[tuple[float, bytes]] = deque()
        self._size = 0
        self._read = clock()

    def put(self, piece: bytes) -> None:
        """Keep a piece; what nobody wanted before goes."""
        self._age()
        self._pieces.append((self._clock(), piece))
        self._size += len(piece)
        while self._size > MAX_UNREAD and len(self._pieces) > 1:
            self._drop()

    def take(self, size: int) -> bytes | None:
        """At most ``size`` bytes of the oldest piece; None: there is none."""
        self._age()
        if not self._pieces:
            return None
        since, piece = self._pieces.popleft()
        if len(piece) > size:
            self._pieces.appendleft((since, piece[size:]))
        self._read = self._clock()
        self._size -= min(size, len(piece))
        return piece[:size]

    def clear(self) -> None:
        """Keep nothing."""
        self._pieces.clear()
        self._size = 0

    def _age(self) -> None:
        """While somebody reads, everything waits its turn."""
        oldest = self._clock() - KEPT_SECONDS
        while self._pieces and max(self._pieces[0][0], self._read) < oldest:
            self._drop()

    def _drop(self) -> None:
        self._size -= len(self._pieces.popleft()[1])
