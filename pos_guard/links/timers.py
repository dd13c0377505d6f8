"""The named timers of one link, over one timer of the loop.

A session sets and cancels half a dozen timers for each frame, and nearly none of them ever runs
out: the loop is asked only when one is due before what it waits for already. A timer that was
cancelled may wake the loop once, for nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable


class Timers:
    """Calls ``due`` with the name of each timer that ran out, earliest first.

    Create and use it inside a running event loop. ``due`` may set and cancel timers.
    """

    def __init__(self, due: Callable[[str], None]) -> None:
        self._loop = asyncio.get_running_loop()
        self._due = due
        self._when: dict[str, float] = {}
        self._alarm: asyncio.TimerHandle | None = None

    def set(self, name: str, seconds: float) -> None:
        """Call in ``seconds``, in place of when it was set for before."""
        when = self._when[name] = self._loop.time() + seconds
        if self._alarm is None or when < self._alarm.when():
            self._wake_at(when)

    def cancel(self, name: str) -> None:
        """Do not call; nothing happens where none is set."""
        self._when.pop(name, None)

    def stop(self) -> None:
        """Cancel all of them."""
        self._when.clear()
        if self._alarm is not None:
            self._alarm.cancel()

    def _wake_at(self, when: float) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
        self._alarm = self._loop.call_at(when, self._wake, when)

    def _wake(self, when: float) -> None:
        # The loop may call a little early, by the resolution of its clock.
        until = max(when, self._loop.time())
        self._alarm = None
        while self._when:
            name = min(self._when, key=self._when.__getitem__)
            if self._when[name] > until:
                break
            del self._when[name]
            self._due(name)
        if self._when:
            first = min(self._when.values())
            if self._alarm is None or first < self._alarm.when():
                self._wake_at(first)
