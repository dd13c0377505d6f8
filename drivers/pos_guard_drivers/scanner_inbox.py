"""What waits for a scanner's user: in order, bounded, each for one taker."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from pos_guard.errors import DeviceError
from pos_guard_drivers.device_power import PowerState
from pos_guard_drivers.scanner_scan import FULL, LostScanError, Scan

_LOG = logging.getLogger(__name__)

Event = Scan | DeviceError | PowerState


class Inbox:
    """A queue between the driver's thread and whoever takes. Thread-safe."""

    def __init__(self, device: str, limit: int) -> None:
        self._device = device
        self._limit = limit
        self._changed = threading.Condition()
        self._waiting: deque[Event] = deque()
        self._overflow = self._closed = False

    @property
    def closed(self) -> bool:
        """Nothing comes any more."""
        return self._closed

    def put(self, event: Event) -> bool:
        """Add it; when there is no room the taker finds a ``LostScanError`` in its place: False."""
        with self._changed:
            if self._closed:
                return False
            fits = len(self._waiting) < self._limit
            if fits:
                self._waiting.append(event)
            elif not self._overflow:
                self._overflow = True
                self._waiting.append(LostScanError(self._device, FULL))
            self._changed.notify()
            return fits

    def take(self, seconds: float) -> Event | None:
        """The oldest; None when none came in so many seconds, or all is over."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._closed, seconds)
            if not self._waiting:
                return None
            event = self._waiting.popleft()
            self._overflow = self._overflow and len(self._waiting) >= self._limit
            return event

    def close(self) -> None:
        """Drop what waits, and let everybody go who does."""
        with self._changed:
            self._closed = True
            self._waiting.clear()
            self._changed.notify_all()


def _nothing(_: object) -> None:
    """Nobody wants to know."""


@dataclass(frozen=True, slots=True)
class Callbacks:
    """Called one after the other in a thread of the driver; what they raise is logged.

    ``on_scan``: each scan, once. ``on_error``: a ``LostScanError``, or why the scanner is not
    there, or does not do what it was set to. ``on_power``: it is there (again), or it is not.
    """

    on_scan: Callable[[Scan], None]
    on_error: Callable[[DeviceError], None] = _nothing
    on_power: Callable[[PowerState], None] = _nothing

    def tell(self, event: Event) -> None:
        """Call the one whose event it is."""
        try:
            if isinstance(event, Scan):
                self.on_scan(event)
            elif isinstance(event, PowerState):
                self.on_power(event)
            else:
                self.on_error(event)
        except Exception:  # noqa: BLE001 - other people's code; its traceback is logged
            _LOG.exception("a scanner's callback failed")


class Delivery:
    """The thread that calls back."""

    def __init__(self, inbox: Inbox, callbacks: Callbacks) -> None:
        self._inbox = inbox
        self._callbacks = callbacks
        self._thread = threading.Thread(target=self._run, name="scanner-events", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self, seconds: float) -> None:
        """Wait for the callback that runs, unless it is the one that calls this."""
        if self._thread is not threading.current_thread():
            self._thread.join(seconds)

    def _run(self) -> None:
        while not self._inbox.closed:
            event = self._inbox.take(IDLE_SECONDS)
            if event is not None:
                self._callbacks.tell(event)


IDLE_SECONDS = 60.0
"""Between two looks for nothing; whatever comes wakes the thread."""
