"""The ``alipay-sdk-python`` client behind the guard.

``DefaultAlipayClient`` has no place for a transport of one's own, but sends everything through two
functions that its module names: they are replaced, for all its clients in this process.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from types import ModuleType
from urllib.parse import urlsplit

from pos_guard.errors import LocalError
from pos_guard.frames.http import HttpReply
from pos_guard.hooks.provider import Outgoing, ProviderHook

_CLIENT = "alipay.aop.api.DefaultAlipayClient"
_NEEDED = ("do_post", "do_multipart_post", "url_encode", "RequestException", "ResponseException")


def guard_alipay(hook: ProviderHook) -> Callable[[], None]:
    """Put every ``DefaultAlipayClient`` of this process behind the guard.

    Returns what takes it away again. A refusal is raised as the SDK's own ``ResponseException``,
    with the provider's kind of error as its text; uploads (multipart) are always refused.

    :raises LocalError: alipay-sdk-python is not installed, or is not built as it was.
    """
    try:
        client = importlib.import_module(_CLIENT)
    except ImportError as error:
        raise LocalError("this hook needs alipay-sdk-python: pip install it") from error
    if not all(hasattr(client, name) for name in _NEEDED):
        raise LocalError("this alipay-sdk-python sends its requests in another way: use the link")
    kept: dict[str, object] = {name: getattr(client, name) for name in _NEEDED[:2]}
    guarded = dict(zip(kept, (_Post(client, hook), _no_uploads(client)), strict=True))
    for name, function in guarded.items():
        setattr(client, name, function)

    def undo() -> None:
        for name, function in kept.items():
            setattr(client, name, function)

    return undo


class _Post:
    """The SDK's ``do_post``, judged first."""

    def __init__(self, client: ModuleType, hook: ProviderHook) -> None:
        self._post: Callable[..., bytes] = client.do_post
        self._encode: Callable[[Mapping[str, object], str], str] = client.url_encode
        self._refused: Callable[[str], Exception] = client.ResponseException
        self._unconnected: type[Exception] = client.RequestException
        self._hook = hook

    def __call__(
        self,
        url: str,
        query_string: str,
        headers: Mapping[str, str],
        params: Mapping[str, object] | None,
        charset: str = "utf-8",
        timeout: float = 15,
    ) -> bytes:
        parts = urlsplit(url)
        # The SDK encodes the same fields by the same function once more when it sends them.
        body = self._encode(params, charset).encode("ascii") if params else b""
        target = f"{parts.path}?{query_string}"
        outgoing = Outgoing("POST", parts.hostname or "", target, list(headers.items()), body)
        passed = self._hook.before(outgoing)
        if isinstance(passed, HttpReply):
            raise self._refused(passed.body.decode("utf-8"))
        try:
            reply = self._post(url, query_string, headers, params, charset, timeout)
        except BaseException as error:
            if isinstance(error, self._unconnected) and "connect failed" in str(error):
                self._hook.unsent(passed)
            else:
                self._hook.lost(passed, type(error).__name__)
            raise
        self._hook.after(passed, HttpReply(200, (), reply))
        return reply


def _no_uploads(client: ModuleType) -> Callable[..., bytes]:
    refused: Callable[[str], Exception] = client.ResponseException

    def post(*_args: object, **_named: object) -> bytes:
        raise refused("pos-guard: uploads cannot be judged")

    return post
