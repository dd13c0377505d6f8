"""Link events as JSON, and the hub that passes them to whoever listens."""

from __future__ import annotations

import asyncio
from collections import deque

from pos_guard.api.message import words
from pos_guard.frames.decoded import Json
from pos_guard.links.events import Asked, LinkEvent, LinkFailed, SideChanged, Told

MAX_BEHIND = 256
"""Events that a listener may be behind: a shift has hundreds; one that far behind is stuck."""


MAX_ANSWERED = 64
"""Answers that are remembered for a program that asks late; at most 16 requests wait at a time."""


class Hub:
    """Passes events to listeners. A listener that does not keep up is dropped, never waited for."""

    def __init__(self) -> None:
        self._listeners: set[asyncio.Queue[dict[str, Json] | None]] = set()
        self._waiting: dict[int, asyncio.Event] = {}
        self._answered: deque[int] = deque(maxlen=MAX_ANSWERED)

    def listen(self) -> asyncio.Queue[dict[str, Json] | None]:
        """Events from now on; None at the end."""
        queue: asyncio.Queue[dict[str, Json] | None] = asyncio.Queue(MAX_BEHIND + 1)
        self._listeners.add(queue)
        return queue

    def leave(self, queue: asyncio.Queue[dict[str, Json] | None]) -> None:
        """Listen no more."""
        self._listeners.discard(queue)

    def publish(self, event: dict[str, Json]) -> None:
        """Tell every listener."""
        for queue in tuple(self._listeners):
            if queue.qsize() >= MAX_BEHIND:
                self._listeners.discard(queue)
                queue.put_nowait(None)
            else:
                queue.put_nowait(event)

    def answered(self, decision: int) -> None:
        """A person answered: wake who waits for this decision."""
        self.publish({"event": "answered", "decision": decision})
        self._answered.append(decision)
        if decision in self._waiting:
            self._waiting[decision].set()

    async def wait(self, decision: int, seconds: float) -> bool:
        """Wait for a person's answer; False when none came in time."""
        if decision in self._answered:
            return True  # the person was faster than the program
        event = self._waiting.setdefault(decision, asyncio.Event())
        try:
            async with asyncio.timeout(seconds):
                return await event.wait()
        except TimeoutError:
            return False
        finally:
            self._waiting.pop(decision, None)


def event_body(event: LinkEvent) -> dict[str, Json]:
    """One link event as JSON."""
    body: dict[str, Json] = {"link": event.link}
    match event:
        case Asked(decision=decision, say=say):
            return {"event": "asked", **body, "decision": decision, "say": words(say)}
        case Told(level=level, say=say):
            return {"event": "told", **body, "level": level, "say": words(say)}
        case SideChanged(side=side, up=up, reason=reason):
            return {"event": "side", **body, "side": str(side), "up": up, "reason": reason}
        case LinkFailed(error=error):
            return {"event": "failed", **body, "error": error}
