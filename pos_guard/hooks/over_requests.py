"""``requests`` behind the guard: mount the adapter, and nothing leaves unjudged.

::

    hook = ProviderHook("wechat", guard, profile("wechat-v3"))
    session.mount("https://api.mch.weixin.qq.com/", GuardedAdapter(hook))
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import cast
from urllib.parse import urlsplit

from pos_guard.errors import LocalError
from pos_guard.frames.http import HttpReply
from pos_guard.hooks.provider import Outgoing, ProviderHook

try:
    import requests
    from requests.adapters import HTTPAdapter
    from requests.structures import CaseInsensitiveDict
    from urllib3.exceptions import MaxRetryError, NewConnectionError
except ImportError as error:
    raise LocalError("this hook needs requests: pip install requests") from error

Proxies = Mapping[str, str] | None
Verify = bool | str
Cert = bytes | str | tuple[bytes | str, bytes | str] | None
Timeout = float | tuple[float, float] | tuple[float, None] | None


class GuardedAdapter(HTTPAdapter):
    """Judges each request, sends it if it may, and settles its answer. It never repeats one."""

    def __init__(self, hook: ProviderHook) -> None:
        super().__init__(max_retries=0)
        self._hook = hook

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: Timeout = None,
        verify: Verify = True,
        cert: Cert = None,
        proxies: Proxies = None,
    ) -> requests.Response:
        """Send one request, or answer it with the provider's own kind of refusal."""
        del stream  # the answer is read whole before the app may have it
        passed = self._hook.before(_outgoing(request))
        if isinstance(passed, HttpReply):
            return _refused(request, passed)
        try:
            response = super().send(request, False, timeout, verify, cert, proxies)
            body = response.content
        except BaseException as error:
            if _never_left(error):
                self._hook.unsent(passed)
            else:
                self._hook.lost(passed, type(error).__name__)
            raise
        self._hook.after(passed, HttpReply(response.status_code, (), body))
        return response


def _outgoing(request: requests.PreparedRequest) -> Outgoing:
    parts = urlsplit(request.url or "")
    body = cast("object", request.body)  # whatever the app gave: also a file, or a generator
    if isinstance(body, str):
        body = body.encode("utf-8")
    return Outgoing(
        request.method or "",
        parts.hostname or "",
        request.path_url,
        [(_text(name), _text(value)) for name, value in request.headers.items()],
        b"" if body is None else body if isinstance(body, bytes) else None,
    )


def _text(value: str | bytes) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else value


def _refused(request: requests.PreparedRequest, reply: HttpReply) -> requests.Response:
    response = requests.Response()
    response.status_code = reply.status
    pairs = {name.decode(): value.decode() for name, value in reply.headers}
    response.headers = CaseInsensitiveDict(pairs)
    response.encoding = "utf-8"
    response.raw = io.BytesIO(reply.body)
    response.url = request.url or ""
    response.request = request
    return response


def _never_left(error: BaseException) -> bool:
    """No connection was made: surely nothing left."""
    if isinstance(error, requests.ConnectTimeout):
        return True
    cause = error.args[0] if isinstance(error, requests.ConnectionError) and error.args else None
    return isinstance(cause, MaxRetryError) and isinstance(cause.reason, NewConnectionError)
