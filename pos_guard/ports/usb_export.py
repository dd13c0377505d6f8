"""A device that the guard shows to a till over USB in place of the real one.

What the till writes waits here until the guard reads it; a till that writes faster meets NAK, as
at a device whose buffer is full. Control requests are answered at once from what is known of the
real device: the bus never waits for it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import replace

from pos_guard.ports.usb_descriptors import Configuration, UsbIdentity
from pos_guard.ports.usb_device import Speed
from pos_guard.ports.usb_facts import MARK, MARK_TEXT, Shown
from pos_guard.ports.usb_standard import StandardDevice

HIGH_WATER = 64 * 1024
"""Unread bytes at which the next transfer must wait: as much as a link holds for its device.
A transfer below it is taken whole, because a host cannot be told of a part that was taken when it
gives one up: it would send that part again."""

MAX_TRANSFERS = 4096
"""Unread transfers at which the next must wait, however small they are."""

_MARK_INDEX = 4


class ExportedDevice(StandardDevice):
    """A :class:`~pos_guard.ports.usb_device.UsbDevice`, and the guard's side of it.

    ``heard`` is called, from any thread, when there is something to read, when ``reset`` became
    true, and when it was unplugged. The guard's methods may be called from any thread.
    """

    def __init__(
        self, shown: Shown, configuration: Configuration, heard: Callable[[], None]
    ) -> None:
        identity = UsbIdentity(
            shown.vendor,
            shown.product,
            shown.manufacturer,
            shown.name,
            shown.serial,
            release=shown.release,
            more=(MARK_TEXT,),
        )
        marked = replace(configuration, extra=MARK, text=_MARK_INDEX)
        super().__init__(identity, marked, bus_speed(shown))
        self._configured = 0  # its host does that
        self.reset = False
        """The till asked for a reset; the guard sets it back once it has acted on it."""
        self._heard = heard
        self._unread: deque[memoryview] = deque()
        self._size = 0

    # -- the guard's side ---------------------------------------------------------------------

    def read(self, limit: int) -> bytes:
        """At most ``limit`` bytes of what the till wrote, of one transfer; ``b""``: nothing now."""
        with self._lock:
            if not self._unread:
                return b""
            was_full = self._full
            first = self._unread.popleft()
            data = bytes(first[:limit])
            if len(first) > limit:
                self._unread.appendleft(first[limit:])
            self._size -= len(data)
            made_room = was_full and not self._full
        if made_room:
            self.changed()
        return data

    def answer(self, data: bytes) -> None:
        """Bytes for the till, which gets them when it reads."""
        with self._lock:
            self.keep(data)
        self.changed()

    def forget(self) -> None:
        """What is unread in either direction is nobody's any more."""
        with self._lock:
            self._forget()
        self.changed()

    def unplug(self) -> None:
        """Off the bus."""
        super().unplug()
        self._heard()

    # -- what a subclass does -------------------------------------------------------------------

    def keep(self, data: bytes) -> None:
        """Keep this for the till to read; under the lock."""
        raise NotImplementedError

    def clear(self) -> None:
        """Keep nothing for the till any more; under the lock."""
        raise NotImplementedError

    # -- the till's side ----------------------------------------------------------------------

    def out(self, endpoint: int, data: bytes | memoryview) -> int:
        """Takes all of it, or nothing: NAK."""
        taken = super().out(endpoint, data)
        if taken:
            self._heard()
        return taken

    def take(self, endpoint: int, data: bytes) -> int:
        """For the guard to read."""
        del endpoint
        if self._full:
            return 0
        if data:
            self._unread.append(memoryview(data))
            self._size += len(data)
        return len(data)

    def _forget(self) -> None:
        self._unread.clear()
        self._size = 0
        self.clear()

    @property
    def _full(self) -> bool:
        return self._size >= HIGH_WATER or len(self._unread) >= MAX_TRANSFERS


def bus_speed(shown: Shown) -> Speed:
    """The speed at which a device is shown: a low speed one is none the worse for more."""
    return Speed.HIGH if shown.speed is Speed.HIGH else Speed.FULL
