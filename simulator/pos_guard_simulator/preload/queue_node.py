"""Nodes that give whole records: ``/dev/hidraw0`` and ``/dev/input/event5``.

Each program that has one open gets every record that comes after that. Unlike the kernel's, such a
node is one thing to poll() for all of them: who has nothing to read is woken with the others.
"""

from __future__ import annotations

import errno
import threading
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field

from pos_guard_simulator.preload.caller import Caller, Readiness

MAX_RECORDS = 64
"""Kept for a program that does not read: HIDRAW_BUFFER_SIZE, and evdev's for a keyboard."""

BLOCKED_S = 0.5
"""How often a blocked call looks whether its program is still there."""


@dataclass(eq=False, slots=True)
class _Reader:
    records: deque[bytes] = field(default_factory=deque[bytes])


class QueueNode:
    """Records for whoever has the node open; ``max_records`` for each.

    ``read_when_gone`` is the error of a read once the device has left.
    """

    read_when_gone = errno.ENODEV

    def __init__(self, ready: Readiness, max_records: int = MAX_RECORDS) -> None:
        self._ready = ready
        self._max = max_records
        self._readers: dict[Caller, _Reader] = {}
        self._changed = threading.Condition(threading.RLock())
        self._gone = False
        ready.readable(False)

    @property
    def in_use(self) -> bool:
        """Some program has it open."""
        with self._changed:
            return bool(self._readers)

    def close(self) -> None:
        """The device has left: reading says so at once."""
        with self._changed:
            self._gone = True
            self._show()
            self._changed.notify_all()

    def opened(self, caller: Caller) -> None:
        """What comes from now on is its."""
        with self._changed:
            self._readers[caller] = _Reader()

    def closed(self, caller: Caller) -> None:
        """What it did not read is gone."""
        with self._changed:
            self._readers.pop(caller, None)
            self._show()

    def put(self, records: Iterable[bytes]) -> None:
        """Something came from the device: what belongs together is read together."""
        with self._changed:
            hearing = [reader for caller, reader in self._readers.items() if self.hears(caller)]
            for record in records:
                for reader in hearing:
                    self._append(reader.records, record)
            self._show()
            self._changed.notify_all()

    def hears(self, caller: Caller) -> bool:
        """Whether this program gets it; false for all but one where that one has a grab."""
        del caller
        return True

    def check_present(self) -> None:
        """Raise ``ENODEV`` once the device has left."""
        if self._gone:
            raise OSError(errno.ENODEV, "unplugged")

    def take(self, caller: Caller, size: int) -> bytes:
        """The records for one read.

        :raises OSError: ``EAGAIN``, ``read_when_gone``, and ``EINVAL`` where none fits.
        """
        with self._changed:
            reader = self._readers.get(caller) or _Reader()
            waits = not reader.records and caller.waits
            while waits and not reader.records and not self._gone and not caller.gone:
                self._changed.wait(BLOCKED_S)
            if self._gone:
                raise OSError(self.read_when_gone, "unplugged")
            if not reader.records:
                raise OSError(errno.EAGAIN, "nothing there")
            data = self.fit(reader.records, size)
            self._show()
            return data

    def fit(self, records: deque[bytes], size: int) -> bytes:
        """Take from ``records`` what one read of ``size`` bytes gives. For subclasses."""
        raise NotImplementedError

    def _append(self, records: deque[bytes], record: bytes) -> None:
        if len(records) < self._max:
            records.append(record)

    def _show(self) -> None:
        self._ready.readable(self._gone or any(item.records for item in self._readers.values()))
