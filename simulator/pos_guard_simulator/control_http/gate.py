"""Who may use the API: whoever has its token, under a name of its own, from a page of its own.

A web page anywhere can make a browser send requests here. So the Host must be one of ours (no DNS
name can be turned towards us), an Origin must be ours too, and nothing is done without the token.
"""

from __future__ import annotations

import hmac
import ipaddress
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pos_guard_simulator.control_http.failures import ApiError
from pos_guard_simulator.control_http.option import is_local

API = "/v1"
_BEARER = "bearer "
_TOKEN = "token"  # noqa: S105 - the name of a parameter
_COMMON = (
    ("Cache-Control", "no-store"),
    ("Referrer-Policy", "no-referrer"),
    ("X-Content-Type-Options", "nosniff"),
)
_ASK = (
    "This page needs its token: open the whole address that the simulator printed.\n"
    "请打开模拟器给出的完整网址(其中带有 token)。\n"
)


@dataclass(frozen=True, slots=True)
class Door:
    """What opens it. ``host``: as it was asked for; empty behind a Unix socket, where any will do.

    ``public``: other machines may come, by any address. ``cookie`` has a name of its own at every
    port, as browsers send the cookies of all ports of a host.
    """

    token: str
    host: str = ""
    public: bool = False
    cookie: str = "pos-guard"

    def knows(self, host: str) -> bool:
        """Whether a client that was not misled calls us by this Host."""
        if not self.host:
            return True
        name = _name(host)
        if name == self.host.lower() or is_local(name):
            return True
        return self.public and _is_address(name)

    def opens(self, token: str) -> bool:
        """Whether that is the token; takes as long for any."""
        return hmac.compare_digest(token.encode(), self.token.encode())


class Gate:
    """ASGI middleware around the whole application, the page included."""

    def __init__(self, app: ASGIApp, door: Door) -> None:
        self._app = app
        self._door = door

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request pass, or answer it here."""
        if scope["type"] != "http":  # there are no web sockets here
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _COMMON:
                    headers.setdefault(name, value)
            await send(message)

        answer = self._answer(Request(scope))
        await (answer or self._app)(scope, receive, with_headers)

    def _answer(self, request: Request) -> Response | None:
        """What ends it here; None: go on."""
        headers = request.headers
        host = headers.get("host", "")
        if not self._door.knows(host):
            return _refused(403, "unknown-host", "call it by its address, or by localhost")
        if headers.get("origin", f"http://{host}") != f"http://{host}":
            return _refused(403, "other-origin", "a page of another origin may not ask")
        page = not request.url.path.startswith(f"{API}/") and request.url.path != API
        given = request.query_params.get(_TOKEN)
        if page and given is not None and request.method in ("GET", "HEAD"):
            return self._login(request, given)
        if self._door.opens(self._token(request)):
            return None
        if page:
            return PlainTextResponse(_ASK, 401)
        return _refused(401, "unauthorized", "send 'Authorization: Bearer TOKEN'")

    def _login(self, request: Request, given: str) -> Response:
        """The token goes from the address into a cookie, and out of sight."""
        if not self._door.opens(given):
            return PlainTextResponse(_ASK, 401)
        pairs = parse_qsl(request.url.query, keep_blank_values=True)
        rest = urlencode([(name, value) for name, value in pairs if name != _TOKEN])
        # One slash: two would name another host.
        path = "/" + request.url.path.lstrip("/")
        answer = RedirectResponse(f"{path}?{rest}" if rest else path, 303)
        answer.set_cookie(self._door.cookie, given, httponly=True, samesite="strict")
        return answer

    def _token(self, request: Request) -> str:
        told = request.headers.get("authorization", "")
        if told:
            return told[len(_BEARER) :].strip() if told.lower().startswith(_BEARER) else ""
        return request.cookies.get(self._door.cookie, "")


def _refused(status: int, code: str, message: str) -> Response:
    headers = {"WWW-Authenticate": "Bearer"} if status == 401 else None
    return JSONResponse(dict(ApiError(status, code, message).body), status, headers)


def _name(host: str) -> str:
    """A Host without its port and brackets."""
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0].lower()


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
