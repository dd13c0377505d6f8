"""A simulated WeChat Pay v3 behind one connection at a time, sans-IO: HTTP in, HTTP out.

It answers without signatures and without TLS; the book behind it holds the money.
"""

from __future__ import annotations

from pos_guard.clock import Clock
from pos_guard.errors import FrameError
from pos_guard.frames import wechat
from pos_guard.frames.http import HttpReply, HttpRequest, RequestReader, build_reply
from pos_guard.frames.wechat_reply import error_body
from pos_guard.links.session import CloseApp, Effects, ToApp
from pos_guard_simulator.wechat_book import Answer, Book, Move, Script

__all__ = ["Move", "Script", "WechatTwin"]

_JSON = (b"Content-Type", b"application/json; charset=utf-8")


class WechatTwin:
    """The provider. ``heard`` has method and target of all that arrived, ``book`` the money."""

    def __init__(self, clock: Clock, merchants: frozenset[str]) -> None:
        self.book = Book(clock, merchants)
        self.heard: list[str] = []
        self._reader: RequestReader | None = None

    @property
    def moved(self) -> list[Move]:
        """All money that really moved, in order."""
        return self.book.moved

    def connected(self) -> Effects:
        """Somebody opened the port."""
        self._reader = RequestReader()
        return []

    def data(self, data: bytes) -> Effects:
        """Bytes of the client."""
        reader = self._reader
        if reader is None:
            return []
        try:
            request = reader.feed(data)
        except FrameError as error:
            self._reader = None
            self.heard.append(f"garbage: {error.code}")
            return self._say(Answer(400, error_body("PARAM_ERROR", str(error))), close=True)
        if request is None:
            interim = reader.take_interim()
            return [ToApp(interim)] if interim else []
        self._reader = RequestReader() if request.keep_alive else None
        return self._answer(request)

    def closed(self) -> Effects:
        """The client hung up."""
        self._reader = None
        return []

    def timer(self, name: str) -> Effects:
        """It sets no timers."""
        del name
        return []

    def _answer(self, request: HttpRequest) -> Effects:
        self.heard.append(f"{request.method} {request.target}")
        authorization = request.header(b"authorization")
        answer: Answer | None
        try:
            meaning = wechat.read(request.method, request.target, authorization, request.body)
        except FrameError as error:
            answer = Answer(400, error_body("PARAM_ERROR", str(error)))
        else:
            answer = self.book.answer(meaning)
        return [] if answer is None else self._say(answer, close=not request.keep_alive)

    def _say(self, answer: Answer, *, close: bool) -> Effects:
        request_id = (b"Request-ID", b"SIM%08d" % len(self.heard))
        headers = (request_id, _JSON) if answer.body else (request_id,)
        reply = build_reply(HttpReply(answer.status, headers, answer.body), close=close)
        return [ToApp(reply), CloseApp("answered")] if close else [ToApp(reply)]
