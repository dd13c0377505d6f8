"""The ``wechatpayv3`` client behind the guard.

It has no place for a transport of one's own, but sends everything through ``requests`` as its
module ``core`` names it: that name is replaced, for all its clients in this process.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable

from pos_guard.errors import LocalError
from pos_guard.hooks.over_requests import GuardedAdapter
from pos_guard.hooks.provider import ProviderHook

try:
    import requests
except ImportError as error:
    raise LocalError("this hook needs wechatpayv3: pip install wechatpayv3") from error

_NAME = "requests"


class _Guarded:
    """What ``wechatpayv3.core`` uses of ``requests``, every call through the guard."""

    def __init__(self, hook: ProviderHook) -> None:
        self._hook = hook

    def _send(self, method: str, url: str, **options: object) -> requests.Response:
        with requests.Session() as session:
            session.mount("https://", GuardedAdapter(self._hook))
            session.mount("http://", GuardedAdapter(self._hook))
            request: Callable[..., requests.Response] = session.request
            return request(method, url, **options)

    def get(self, url: str, **options: object) -> requests.Response:
        """As ``requests.get``."""
        return self._send("GET", url, **options)

    def post(self, url: str, **options: object) -> requests.Response:
        """As ``requests.post``."""
        return self._send("POST", url, **options)

    def put(self, url: str, **options: object) -> requests.Response:
        """As ``requests.put``: no profile knows it, so it is refused."""
        return self._send("PUT", url, **options)

    def patch(self, url: str, **options: object) -> requests.Response:
        """As ``requests.patch``: no profile knows it, so it is refused."""
        return self._send("PATCH", url, **options)

    def delete(self, url: str, **options: object) -> requests.Response:
        """As ``requests.delete``: no profile knows it, so it is refused."""
        return self._send("DELETE", url, **options)


def guard_wechatpayv3(hook: ProviderHook) -> Callable[[], None]:
    """Put every ``wechatpayv3.WeChatPay`` of this process behind the guard.

    Returns what takes it away again. A refusal comes back as the status and body of an HTTP
    error, as the provider's own errors do. ``AsyncWeChatPay`` uses httpx: see ``over_httpx``.

    :raises LocalError: wechatpayv3 is not installed, or is not built as it was.
    """
    try:
        core = importlib.import_module("wechatpayv3.core")
    except ImportError as error:
        raise LocalError("this hook needs wechatpayv3: pip install wechatpayv3") from error
    before: object = getattr(core, _NAME, None)
    if before is None:
        raise LocalError("this wechatpayv3 sends its requests in another way: use the link")
    setattr(core, _NAME, _Guarded(hook))
    return lambda: setattr(core, _NAME, before)
