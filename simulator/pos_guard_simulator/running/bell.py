"""Wakes the main thread: other threads ring, and every signal does. Nothing comes unheard."""

from __future__ import annotations

import signal
import socket
from collections.abc import Generator
from contextlib import contextmanager, suppress

_AT_ONCE = 4_096
"""Rings that are taken with one look; how many there were does not matter."""


class Bell:
    """Remembers a ring that nobody has waited for yet. Use ``rung_by_signals``."""

    def __init__(self, hears: socket.socket, rings: socket.socket) -> None:
        self._hears = hears
        self._rings = rings

    def ring(self) -> None:
        """Of any thread."""
        with suppress(BlockingIOError):  # full: whoever waits is woken anyway
            self._rings.send(b"\0")

    def wait(self) -> None:
        """Until somebody rings, or a signal has come; its handler has run or is about to."""
        self._hears.recv(_AT_ONCE)


@contextmanager
def rung_by_signals() -> Generator[Bell, None, None]:
    """A bell that each signal with a handler of ours rings. Of the main thread.

    A handler runs between two steps of the main thread, and wakes it from a wait only if that has
    begun. A signal that comes in the moment before, or that the system gave to another thread,
    would be handled when the wait is over. The descriptor of ``signal.set_wakeup_fd`` is written
    to when the signal comes, so there is no such moment.
    """
    hears, rings = socket.socketpair()
    with hears, rings:
        rings.setblocking(False)  # as set_wakeup_fd wants it
        former = signal.set_wakeup_fd(rings.fileno(), warn_on_full_buffer=False)
        try:
            yield Bell(hears, rings)
        finally:
            signal.set_wakeup_fd(former)
