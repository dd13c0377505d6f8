"""Serves one USB device over one socket, in a thread of its own.

The thread alone talks to the session: a device that tells of a change only wakes it, so that no
device code ever runs inside itself.
"""

from __future__ import annotations

import logging
import os
import select
import socket
import threading
from collections.abc import Callable

from pos_guard.ports.usb_device import UsbDevice
from pos_guard.ports.usbip import UsbIpSession

LOG = logging.getLogger(__name__)

CHUNK = 256 * 1024
"""Bytes read at a time."""

HIGH_WATER = 1024 * 1024
"""Unsent bytes at which a host is read no further: one that asks and never listens."""

CLOSE_SECONDS = 1.0
"""The longest that ``close`` waits for the thread, which never waits for the device."""


class UsbIpConnection:
    """A device that a host has imported. Takes the socket over.

    ``ended`` is called once, at the end, from the serving thread.
    """

    def __init__(
        self,
        device: UsbDevice,
        connection: socket.socket,
        ended: Callable[[], None] = lambda: None,
    ) -> None:
        connection.setblocking(False)
        self._device = device
        self._connection = connection
        self._ended = ended
        self._session = UsbIpSession(device)
        self._unsent = bytearray()
        self._wake_lock = threading.Lock()
        self._wake_read, self._wake_write = os.pipe()
        os.set_blocking(self._wake_write, False)
        os.set_blocking(self._wake_read, False)
        self._closing = False
        self._open = True
        self._forget = device.listen(self._wake)
        self._thread = threading.Thread(target=self._run, name="usbip", daemon=True)
        self._thread.start()

    @property
    def alive(self) -> bool:
        """The host still has the device."""
        return self._open

    def close(self) -> None:
        """Unplug it from the host; closing twice is fine."""
        self._closing = True
        self._wake()
        if threading.current_thread() is not self._thread:
            self._thread.join(CLOSE_SECONDS)

    def _wake(self) -> None:
        with self._wake_lock:
            if self._open:
                try:
                    os.write(self._wake_write, b"x")
                except BlockingIOError:  # it is being woken already
                    return

    def _run(self) -> None:
        try:
            while not self._closing and not self._session.over:
                self._turn()
        except OSError as error:
            LOG.info("USB/IP: the host is gone: %s", error)
        finally:
            self._forget()
            with self._wake_lock:
                self._open = False
                os.close(self._wake_read)
                os.close(self._wake_write)
            self._connection.close()
            self._ended()

    def _turn(self) -> None:
        """Wait for anything, and do it."""
        wanted = select.POLLIN if len(self._unsent) < HIGH_WATER else 0
        poll = select.poll()
        poll.register(self._wake_read, select.POLLIN)
        poll.register(self._connection, wanted | (select.POLLOUT if self._unsent else 0))
        ready = dict(poll.poll())
        if self._wake_read in ready:
            os.read(self._wake_read, CHUNK)
            self._unsent += self._session.changed()
        if ready.get(self._connection.fileno(), 0) & ~select.POLLOUT:
            data = self._connection.recv(CHUNK)
            if not data:
                raise ConnectionResetError("it hung up")
            self._unsent += self._session.feed(data)
        if self._unsent:
            self._send()

    def _send(self) -> None:
        try:
            sent = self._connection.send(self._unsent)
        except BlockingIOError:
            return
        del self._unsent[:sent]
