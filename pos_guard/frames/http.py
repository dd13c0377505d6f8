"""HTTP/1.1 messages as whole values, over h11: bytes in, one request or one reply out.

One object reads one message. A second request behind the first (pipelining) is refused, and so
is whatever ``http_head`` refuses. This module knows nothing of JSON or of any provider.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import h11

from pos_guard.errors import FrameError
from pos_guard.frames.http_head import MAX_HEAD, Headers, find_end, parse_head, value_of

MAX_BODY = 65_536
"""Request bodies: documented ones stay below 16 KiB."""

MAX_REPLY_BODY = 1_048_576
"""Reply bodies: fifty refunds of one order are below 100 KiB; bill downloads go elsewhere."""

MAX_INTERIM = 8
"""1xx replies before the real one: servers send at most a few, an endless row is an attack."""

_HOP_BY_HOP = frozenset(
    {
        b"connection",
        b"keep-alive",
        b"proxy-authenticate",
        b"proxy-authorization",
        b"proxy-connection",
        b"te",
        b"trailer",
        b"transfer-encoding",
        b"upgrade",
        b"http2-settings",
        b"content-length",
    }
)
"""RFC 9110, 7.6.1, and the length, which is written anew from the very body."""

_REPLACED = frozenset({b"host", b"expect", b"accept-encoding"})
"""Of a request: the next hop has another name, and its answer must be readable here."""


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """One whole request. ``body`` is without transfer coding; header names are as sent."""

    method: str
    target: str
    headers: Headers = field(repr=False)
    body: bytes = field(default=b"", repr=False)

    def header(self, name: bytes) -> bytes | None:
        """The value of the header of that lower-case name, or None."""
        return value_of(self.headers, name)

    @property
    def keep_alive(self) -> bool:
        """The sender will use its connection again."""
        return b"close" not in (self.header(b"connection") or b"").lower()


@dataclass(frozen=True, slots=True)
class HttpReply:
    """One whole reply. ``body`` is without transfer coding."""

    status: int
    headers: Headers = field(default=(), repr=False)
    body: bytes = field(default=b"", repr=False)
    reason: bytes = b""


class RequestReader:
    """Reads one request from a client."""

    def __init__(self, *, max_body: int = MAX_BODY) -> None:
        self._max_body = max_body
        self._head = bytearray()
        self._connection: h11.Connection | None = None
        self._request: HttpRequest | None = None
        self._body = bytearray()
        self._continued = False

    @property
    def started(self) -> bool:
        """Something of a request is there."""
        return bool(self._head) or self._connection is not None

    def feed(self, data: bytes) -> HttpRequest | None:
        """Take bytes; the request as soon as it is whole.

        :raises FrameError: not a plain HTTP/1.1 request, too long, or more than one. After an
            error the connection is of no more use.
        """
        if self._connection is None:
            self._head += data
            end = find_end(self._head)
            if end is None:
                return None
            data = bytes(self._head)
            head = parse_head(data[:end])
            self._request = HttpRequest(head.method, head.target, head.headers)
            self._connection = h11.Connection(h11.SERVER, max_incomplete_event_size=MAX_HEAD)
        return self._feed(self._connection, data)

    def take_interim(self) -> bytes:
        """What to tell a client that waits for leave to send its body (100 Continue); once."""
        connection = self._connection
        if (
            connection is None
            or self._continued
            or not connection.they_are_waiting_for_100_continue
        ):
            return b""
        self._continued = True
        return b"HTTP/1.1 100 Continue\r\n\r\n"

    def _feed(self, connection: h11.Connection, data: bytes) -> HttpRequest | None:
        try:
            connection.receive_data(data)
            while True:
                event = connection.next_event()
                if event is h11.NEED_DATA:
                    return None
                if isinstance(event, h11.Data):
                    _extend(self._body, bytes(event.data), self._max_body)
                elif isinstance(event, h11.EndOfMessage):
                    return self._finish(connection, event)
                elif not isinstance(event, h11.Request):
                    raise FrameError("pipelined", "more follows a whole request")
        except h11.RemoteProtocolError as error:
            raise FrameError("http", "not an HTTP/1.1 request") from error

    def _finish(self, connection: h11.Connection, end: h11.EndOfMessage) -> HttpRequest:
        if connection.trailing_data[0]:
            raise FrameError("pipelined", "another request follows before the answer")
        if list(end.headers):
            raise FrameError("framing", "headers behind the body")
        head = self._request
        if head is None or (head.method == "GET" and self._body):
            raise FrameError("framing", "a GET with a body")
        return HttpRequest(head.method, head.target, head.headers, bytes(self._body))


class Exchange:
    """One request to a server, and its reply. ``to_send`` holds the bytes of the request.

    :raises FrameError: the request holds what cannot be passed on.
    """

    def __init__(self, request: HttpRequest, host: str) -> None:
        headers: list[tuple[bytes, bytes]] = [(b"Host", host.encode())]
        headers += _kept(request.headers, _HOP_BY_HOP | _REPLACED)
        # Without a coding, the judged reply is the sent reply.
        headers.append((b"Accept-Encoding", b"identity"))
        if request.body or request.method != "GET":
            headers.append((b"Content-Length", b"%d" % len(request.body)))
        self._connection = h11.Connection(h11.CLIENT, max_incomplete_event_size=MAX_HEAD)
        try:
            event = h11.Request(method=request.method, target=request.target, headers=headers)
            self.to_send = _written(self._connection, event, request.body)
        except h11.LocalProtocolError as error:
            raise FrameError("http", "this request cannot be written anew") from error
        self._response: h11.Response | None = None
        self._body = bytearray()
        self._interim = 0
        self._done = False

    @property
    def reusable(self) -> bool:
        """After the reply: the server keeps the connection, and nothing follows on it."""
        connection = self._connection
        quiet = connection.their_state is h11.DONE and not connection.trailing_data[0]
        return self._done and quiet

    def feed(self, data: bytes) -> HttpReply | None:
        """Take bytes from the server; the reply as soon as it is whole.

        :raises FrameError: not an HTTP/1.1 reply, or too long.
        """
        try:
            if data:
                self._connection.receive_data(data)
            return self._read()
        except h11.RemoteProtocolError as error:
            raise FrameError("http", "not an HTTP/1.1 reply") from error

    def closed(self) -> HttpReply:
        """Hear that the server hung up, which ends a reply without a length.

        :raises FrameError: the reply is cut, or there is none.
        """
        try:
            self._connection.receive_data(b"")
            reply = self._read()
        except h11.RemoteProtocolError as error:
            raise FrameError("truncated", "the server hung up within its reply") from error
        if reply is None:
            raise FrameError("truncated", "the server hung up without a reply")
        return reply

    def _read(self) -> HttpReply | None:
        while True:
            event = self._connection.next_event()
            if isinstance(event, h11.InformationalResponse):
                self._interim += 1
                if self._interim > MAX_INTERIM:
                    raise FrameError("http", "too many interim replies")
            elif isinstance(event, h11.Response):
                self._response = event
            elif isinstance(event, h11.Data):
                _extend(self._body, bytes(event.data), MAX_REPLY_BODY)
            elif isinstance(event, h11.EndOfMessage) and self._response is not None:
                self._done = True
                return self._reply(self._response)
            else:
                return None

    def _reply(self, response: h11.Response) -> HttpReply:
        headers = tuple(response.headers.raw_items())
        return HttpReply(response.status_code, headers, bytes(self._body), bytes(response.reason))


def build_reply(reply: HttpReply, *, close: bool = False) -> bytes:
    """Write a reply: its status, headers and body as they are, the framing anew."""
    headers = _kept(reply.headers, _HOP_BY_HOP)
    bare = reply.status in {204, 304}
    if not bare:
        headers.append((b"Content-Length", b"%d" % len(reply.body)))
    if close:
        headers.append((b"Connection", b"close"))
    connection = h11.Connection(h11.SERVER)
    event = h11.Response(status_code=reply.status, headers=headers, reason=reply.reason)
    return _written(connection, event, b"" if bare else reply.body)


def _written(connection: h11.Connection, head: h11.Request | h11.Response, body: bytes) -> bytes:
    parts = (head, h11.Data(data=body), h11.EndOfMessage())
    return b"".join(connection.send(part) or b"" for part in parts)


def _kept(headers: Headers, dropped: frozenset[bytes]) -> list[tuple[bytes, bytes]]:
    return [(name, value) for name, value in headers if name.lower() not in dropped]


def _extend(body: bytearray, data: bytes, limit: int) -> None:
    body += data
    if len(body) > limit:
        raise FrameError("length", f"the body is longer than {limit} bytes", limit)
