"""``httpx`` behind the guard: wrap the transport, and nothing leaves unjudged.

::

    hook = ProviderHook("wechat", guard, profile("wechat-v3"))
    client = httpx.Client(transport=GuardedTransport(httpx.HTTPTransport(), hook))
"""

from __future__ import annotations

from pos_guard.errors import LocalError
from pos_guard.frames.http import HttpReply
from pos_guard.hooks.provider import Outgoing, Passed, ProviderHook

try:
    import httpx
except ImportError as error:
    raise LocalError("this hook needs httpx: pip install httpx") from error

_UNSENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
"""Errors that come before the first byte of a request."""


class GuardedTransport(httpx.BaseTransport):
    """Judges each request, sends it through ``inner`` if it may, and settles its answer."""

    def __init__(self, inner: httpx.BaseTransport, hook: ProviderHook) -> None:
        self._inner = inner
        self._hook = hook

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request, or answer it with the provider's own kind of refusal."""
        request.read()
        passed = self._hook.before(_outgoing(request))
        if isinstance(passed, HttpReply):
            return _refused(request, passed)
        try:
            response = self._inner.handle_request(request)
            response.read()
        except BaseException as error:
            _failed(self._hook, passed, error)
            raise
        self._hook.after(passed, HttpReply(response.status_code, (), response.content))
        return response

    def close(self) -> None:
        """Close the inner transport."""
        self._inner.close()


class AsyncGuardedTransport(httpx.AsyncBaseTransport):
    """The same for ``httpx.AsyncClient``. Judging takes the event loop for some milliseconds."""

    def __init__(self, inner: httpx.AsyncBaseTransport, hook: ProviderHook) -> None:
        self._inner = inner
        self._hook = hook

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request, or answer it with the provider's own kind of refusal."""
        await request.aread()
        passed = self._hook.before(_outgoing(request))
        if isinstance(passed, HttpReply):
            return _refused(request, passed)
        try:
            response = await self._inner.handle_async_request(request)
            await response.aread()
        except BaseException as error:
            _failed(self._hook, passed, error)
            raise
        self._hook.after(passed, HttpReply(response.status_code, (), response.content))
        return response

    async def aclose(self) -> None:
        """Close the inner transport."""
        await self._inner.aclose()


def _outgoing(request: httpx.Request) -> Outgoing:
    return Outgoing(
        request.method,
        request.url.host,
        request.url.raw_path.decode("ascii"),
        [(name.decode("latin-1"), value.decode("latin-1")) for name, value in request.headers.raw],
        request.content,
    )


def _refused(request: httpx.Request, reply: HttpReply) -> httpx.Response:
    return httpx.Response(
        reply.status, headers=list(reply.headers), content=reply.body, request=request
    )


def _failed(hook: ProviderHook, passed: Passed, error: BaseException) -> None:
    """An error of the transport, or the app gave the wait up: what is left is not known."""
    if isinstance(error, _UNSENT):
        hook.unsent(passed)
    else:
        hook.lost(passed, type(error).__name__)
