"""The till's side of a provider link: one connection, one request after another (HTTP/1.1).

Requests are served in turn. Bytes that follow a request before its answer (pipelining) are never
read as a request: the answer says ``Connection: close``, and nothing behind it is served.
"""

from __future__ import annotations

from pos_guard.errors import FrameError
from pos_guard.frames.http import HttpReply, HttpRequest, RequestReader, build_reply
from pos_guard.links.session import CancelTimer, CloseApp, Effects, SetTimer, ToApp

MAX_REQUESTS = 100
"""Of one connection: a payment with its queries needs about ten; nginx long closed after 100."""

GRACE_S = 0.1
"""What an idle connection may still bring once another waits: one that was just opened, or taken
out of a pool, brings its request within milliseconds. Below the shell's wait for a handover."""

_ERROR = 400
"""Statuses from here on are errors."""

IDLE, REQUEST = "idle", "request"
"""Timers: for the first byte of a request, and for the rest of it."""


class TillSide:
    """One connection of the till at a time. ``idle_s``, ``request_s``: how long each wait lasts."""

    def __init__(self, idle_s: float, request_s: float) -> None:
        self._idle_s = idle_s
        self._request_s = request_s
        self._reader: RequestReader | None = None
        self._served = 0
        self._last = False
        self._overtaken = False

    @property
    def reading(self) -> bool:
        """A request may come now; while one is answered, none may."""
        return self._reader is not None

    def connected(self) -> Effects:
        """The till opened a connection."""
        self._reader = RequestReader()
        self._served = 0
        self._last = self._overtaken = False
        return [SetTimer(IDLE, self._idle_s)]

    def closed(self) -> Effects:
        """The till hung up, with or without a half-closed line: it hears nothing any more."""
        self._reader = None
        return [CancelTimer(IDLE), CancelTimer(REQUEST)]

    def feed(self, data: bytes) -> tuple[HttpRequest | None, Effects]:
        """Bytes of a request; the request as soon as it is whole.

        :raises FrameError: no plain request, or more than one; answer with :meth:`refused`.
        """
        reader = self._reader
        if reader is None:
            raise FrameError("pipelined", "another request came before the answer")
        begun = reader.started
        try:
            request = reader.feed(data)
        except FrameError:
            self._reader = None
            raise
        if request is None:
            interim = reader.take_interim()
            effects: Effects = [ToApp(interim)] if interim else []
            if not begun:
                effects += [CancelTimer(IDLE), SetTimer(REQUEST, self._request_s)]
            return None, effects
        self._reader = None
        self._served += 1
        self._last = self._last or not request.keep_alive or self._served >= MAX_REQUESTS
        return request, [CancelTimer(IDLE), CancelTimer(REQUEST)]

    def overtaken(self) -> bool:
        """Bytes came before the answer: the answer will be the last. True: for the first time."""
        first = not self._overtaken
        self._last = self._overtaken = True
        return first

    def answer(self, reply: HttpReply) -> Effects:
        """Answer; the next request may come, unless this was the last one.

        An error is always the last: clients that raise (alipay-sdk-python) leave its body unread
        and its connection open, and would hold up everybody else.
        """
        if self._last or reply.status >= _ERROR:
            return [ToApp(build_reply(reply, close=True)), CloseApp("answered")]
        self._reader = RequestReader()
        return [ToApp(build_reply(reply)), SetTimer(IDLE, self._idle_s)]

    def refused(self, reply: HttpReply, reason: str) -> Effects:
        """Answer what is no request, and hang up: where the next one would begin is not known."""
        timers = self.closed()
        return [*timers, ToApp(build_reply(reply, close=True)), CloseApp(f"refused: {reason}")]

    def idle(self) -> Effects:
        """Nothing came for a while: hang up, unless something began."""
        if self._reader is None or self._reader.started:
            return []
        return [*self.closed(), CloseApp("idle")]

    def yielding(self) -> Effects:
        """Another connection waits: this one ends after its answer, or soon if nothing comes."""
        self._last = True
        if self._reader is None or self._reader.started:
            return []
        return [SetTimer(IDLE, GRACE_S)]
