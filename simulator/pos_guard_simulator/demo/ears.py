"""What the guard tells while a scene plays, and how a scene waits for the part that is its own.

Events come in the guard's order, but not at the till's pace: an answer may be read before the
words that belong to it. So a scene waits for the very event that it caused, never for the next one.
"""

from __future__ import annotations

import contextlib
import queue
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from typing import TypeVar, cast

from pos_guard.api.client import DecisionClient
from pos_guard.errors import PosGuardError
from pos_guard.frames.decoded import Json
from pos_guard_simulator.till_lines import Deadline, TillTimeoutError

T = TypeVar("T")

Event = dict[str, Json]

# How long a scene waits for something that must happen; all of it takes milliseconds.
SOON = 5.0

# Longer than any shift: the guard hangs up first.
_SHIFT_SECONDS = 3600.0


class StageError(PosGuardError):
    """The demo cannot be set up, or a scene cannot go on; the message says why."""


class Ears:
    """Hears the guard's events. ``said`` holds all its words of the shift, for what goes wrong."""

    def __init__(self, lang: str) -> None:
        self._lang = lang
        self._events: queue.Queue[Event] = queue.Queue()
        self._last: dict[str, str] = {}
        self.said: list[str] = []

    def listen(self, client: DecisionClient) -> None:
        """Hear everything that is told from now on, until the guard hangs up."""
        events = client.events(_SHIFT_SECONDS)  # the guard knows of us when this returns
        threading.Thread(
            target=self._pump, args=(client, events), name="events", daemon=True
        ).start()

    def hear(self, event: Event) -> None:
        """One event."""
        kind, link = str(event["event"]), str(event.get("link", "app"))
        if "say" in event:
            self.said.append(f"{link} {event.get('level', kind)}: {self._words_of(event)}")
        elif kind == "failed":
            self.said.append(f"{link} failed: {event['error']}")
        if kind in {"told", "asked"}:
            self._last[link] = self._words_of(event)
        self._events.put(event)

    def forget(self) -> None:
        """What was told so far is of no interest."""
        while not self._events.empty():
            self._events.get_nowait()

    def last_words(self, link: str) -> str:
        """What the guard told the cashier last on this link."""
        return self._last.get(link, "(no words)")

    def words(self, link: str) -> str:
        """The words of the next refusal on this link.

        :raises StageError: when there is none.
        """
        event = self._next(lambda event: _refuses(event, link))
        if event is None:
            raise StageError(f"the guard gave no reason on the {link} link")
        return self._words_of(event)

    def refused(self, link: str) -> bool:
        """Whether a refusal on this link has been told by now."""
        while not self._events.empty():
            if _refuses(self._events.get_nowait(), link):
                return True
        return False

    def taken(self, link: str, own_id: str) -> None:
        """Wait until the guard says that it took its own code with this id on this link.

        :raises StageError: when it refuses it, or says nothing.
        """
        event = self._next(lambda event: _names(event, link, own_id) or _refuses(event, link))
        if event is None:
            raise StageError(f"the guard did not take {own_id} on the {link} link")
        if _refuses(event, link):
            raise StageError(f"the guard did not take {own_id}: {self._words_of(event)}")

    def asked(self, link: str, act: Future[T]) -> int:
        """The number under which ``act`` waits for a second person.

        An act that is refused outright ends, and is told of, in any order: both belong to it, and
        what comes after this is none of its words.

        :raises StageError: when it ended, or nothing happened, without anybody being asked.
        """
        over: Event = {"event": "over"}
        act.add_done_callback(lambda _: self._events.put(over))
        ends: set[bool] = set()

        def settles(event: Event) -> bool:
            if event is over or _refuses(event, link):
                ends.add(event is over)
            return len(ends) > 1 or _asks(event, link)

        event = self._next(settles)
        if event is not None and _asks(event, link):
            return cast("int", event["decision"])
        raise StageError(f"nobody was asked: {act.result()}" if act.done() else "nobody was asked")

    def _next(self, wanted: Callable[[Event], bool]) -> Event | None:
        """The next event that is wanted; None when none came soon."""
        deadline = Deadline(SOON)
        with contextlib.suppress(queue.Empty, TillTimeoutError):
            while True:
                event = self._events.get(timeout=deadline.left())
                if wanted(event):
                    return event
        return None

    def _words_of(self, event: Event) -> str:
        return cast("dict[str, str]", event["say"])[self._lang]

    def _pump(self, client: DecisionClient, events: Iterator[Event]) -> None:
        with contextlib.suppress(PosGuardError), client:
            for event in events:
                self.hear(event)


def _told(event: Event, link: str) -> str | None:
    """The level of words on this link; None for any other event."""
    mine = (event["event"], event.get("link")) == ("told", link)
    return str(event["level"]) if mine else None


def _refuses(event: Event, link: str) -> bool:
    return (_told(event, link) or "").startswith("DENY")


def _names(event: Event, link: str, own_id: str) -> bool:
    if _told(event, link) != "ALLOW":
        return False
    return all(own_id in words for words in cast("dict[str, str]", event["say"]).values())


def _asks(event: Event, link: str) -> bool:
    return (event["event"], event.get("link")) == ("asked", link)
