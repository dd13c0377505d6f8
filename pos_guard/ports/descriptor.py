"""A blocking port over any non-blocking file descriptor: what serial, TCP and pty share.

The write loop is our own: it counts the bytes that the system took, waits without burning the
processor, and ends at its deadline. pyserial's does none of the three when the buffer is full.
"""

from __future__ import annotations

import errno
import os
import select
import threading
import time
from collections.abc import Callable

from pos_guard.errors import PortClosedError, PortError, PortTimeoutError

CLOSE_SECONDS = 1.0
"""The longest that ``close`` blocks: cdc_acm drains for 30 s, nobody shall wait for that."""

GONE = frozenset(
    {
        errno.EIO,
        errno.ENXIO,
        errno.ENODEV,
        errno.EPIPE,
        errno.ECONNRESET,
        errno.ECONNABORTED,  # as Windows says it of a peer that does not answer (WSAECONNABORTED)
        errno.ESHUTDOWN,
    }
)
"""What the system says when the other side was unplugged or hung up."""


def port_error(error: OSError, *, sent: int = 0) -> PortError:
    """Our error for one of the system's, with the bytes that were taken before it."""
    text = error.strerror or str(error)
    if error.errno in GONE:
        return PortClosedError(f"the other side is gone: {text}", sent=sent)
    return PortError(text, sent=sent)


class DescriptorPort:
    """A :class:`~pos_guard.ports.base.Port` over a descriptor in non-blocking mode.

    ``release`` closes the descriptor. It runs once, after readers and writers in other threads
    have left, because a descriptor closed under a reader may be somebody else's by then.
    """

    def __init__(self, fd: int, release: Callable[[], None]) -> None:
        self._fd = fd
        self._release = release
        self._reading = threading.Lock()
        self._writing = threading.Lock()
        self._closing = threading.Lock()
        self._closed = False
        self._wake_read, self._wake_write = os.pipe()

    def read(self, limit: int, seconds: float) -> bytes:
        """At least one byte, at most ``limit``; see :class:`~pos_guard.ports.base.Port`."""
        deadline = time.monotonic() + seconds
        with self._reading:
            while True:
                self._wait(deadline, reading=True, sent=0)
                try:
                    data = os.read(self._fd, limit)
                except BlockingIOError:
                    continue
                except OSError as error:
                    raise port_error(error) from error
                if data:
                    return data
                self._read_nothing(deadline)

    def write(self, data: bytes, seconds: float) -> None:
        """Hand over all of ``data``; see :class:`~pos_guard.ports.base.Port`."""
        deadline = time.monotonic() + seconds
        sent = 0
        rest = memoryview(data)
        with self._writing:
            while sent < len(rest):
                self._wait(deadline, reading=False, sent=sent)
                try:
                    sent += os.write(self._fd, rest[sent:])
                except BlockingIOError:
                    continue
                except OSError as error:
                    raise port_error(error, sent=sent) from error

    def close(self) -> None:
        """Close at once; a reader or writer in another thread gets PortClosedError."""
        with self._closing:
            if self._closed:
                return
            self._closed = True
            os.write(self._wake_write, b"x")
        # Not joined for ever: the thread ends when the system lets go of the device.
        closer = threading.Thread(target=self._close, name="port-close", daemon=True)
        closer.start()
        closer.join(CLOSE_SECONDS)

    def _read_nothing(self, deadline: float) -> None:
        """A read gave no bytes: the end, for all but a few devices."""
        del deadline
        raise PortClosedError("the other side is gone")

    def _close(self) -> None:
        with self._reading, self._writing:
            self._release()
            os.close(self._wake_read)
            os.close(self._wake_write)

    def _wait(self, deadline: float, *, reading: bool, sent: int) -> None:
        """Until the descriptor is ready; raises when closed, or at the deadline."""
        if self._closed:
            raise PortClosedError("this port is closed", sent=sent)
        poll = select.poll()
        poll.register(self._wake_read, select.POLLIN)
        poll.register(self._fd, select.POLLIN if reading else select.POLLOUT)
        ready = dict(poll.poll(max(0.0, deadline - time.monotonic()) * 1000))
        if self._wake_read in ready:
            raise PortClosedError("this port was closed", sent=sent)
        if self._fd not in ready:
            raise PortTimeoutError("nothing moved before the deadline", sent=sent)
