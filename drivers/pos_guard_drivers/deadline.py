"""Deadlines, and calls that end at one even when the system does not let go."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from typing import TypeVar

from pos_guard.errors import PortTimeoutError

T = TypeVar("T")


class Deadline:
    """A moment from now; ``left`` is never negative."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    @property
    def left(self) -> float:
        """Seconds until then."""
        return max(self._end - time.monotonic(), 0.0)

    def at_most(self, seconds: float) -> Deadline:
        """The earlier of this deadline and one so many seconds from now."""
        return Deadline(min(seconds, self.left))

    def less(self, seconds: float) -> Deadline:
        """The moment so much earlier, but no sooner than half of what is left."""
        return Deadline(max(self.left - seconds, self.left / 2))


def bounded(work: Callable[[], T], seconds: float, undo: Callable[[T], object]) -> T:
    """``work()`` in a thread of its own, waited for no longer than ``seconds``.

    Opening and closing a device can hang in the kernel (cdc_acm drains for 30 s at close). A
    result that comes too late is given to ``undo``.

    :raises PortTimeoutError: when it took too long; whatever ``work`` raises otherwise.
    """
    done: Future[T] = Future()
    threading.Thread(target=_run, args=(work, undo, done), name="printer-call", daemon=True).start()
    try:
        return done.result(seconds)
    except FutureTimeoutError as error:
        if not done.cancel():  # it came this very moment
            return done.result()
        raise PortTimeoutError(f"the system did not let go within {seconds:.1f} s") from error


def _run(work: Callable[[], T], undo: Callable[[T], object], done: Future[T]) -> None:
    try:
        result = work()
    except Exception as error:  # noqa: BLE001 - it is raised again in the caller's thread
        if done.set_running_or_notify_cancel():
            done.set_exception(error)
        return
    if done.set_running_or_notify_cancel():
        done.set_result(result)
    else:
        undo(result)
