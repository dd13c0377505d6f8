"""Answers datagrams of SNMP v1 and v2c from a view of objects. Read only, sans-IO.

What makes no sense, and another community, is not answered, as RFC 1157 4.1 and RFC 3584 5.2.1
say; nor is a device that is switched off.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from pos_guard.errors import FrameError
from pos_guard_simulator.snmp.ber import Oid, Tag
from pos_guard_simulator.snmp.message import (
    MAX_MESSAGE,
    V1,
    Request,
    Status,
    Value,
    binding,
    parse_request,
    response,
)
from pos_guard_simulator.snmp.view import View

PUBLIC = b"public"
"""The community that queues ask with unless they are told another."""

_EXCEPTIONS = frozenset({Tag.NO_SUCH_OBJECT, Tag.NO_SUCH_INSTANCE, Tag.END_OF_VIEW})

_Bound = tuple[Oid, Value]


class Agent:
    """``view`` gives the objects as they are now; None: the device is off."""

    def __init__(self, view: Callable[[], View | None]) -> None:
        self._view = view

    def answer(self, datagram: bytes) -> bytes | None:
        """The answer to one datagram, of at most ``MAX_MESSAGE`` bytes; None: no answer."""
        try:
            request = parse_request(datagram)
        except FrameError:
            return None
        view = self._view() if request.community == PUBLIC else None
        if view is None:
            return None
        if request.kind is Tag.SET:
            return _refused(request)
        if request.kind is Tag.GET_BULK:
            return _many(request, view)
        if request.kind is Tag.GET_NEXT:
            return _each(request, [view.after(name) for name in request.names])
        return _each(request, [(name, view.get(name)) for name in request.names])


def _refused(request: Request) -> bytes:
    """A SET: nothing here can be written (RFC 1157 4.1.5, RFC 3416 4.2.5)."""
    if not request.names:
        return response(request, b"")
    status = Status.NO_SUCH_NAME if request.version == V1 else Status.NOT_WRITABLE
    return response(request, request.bindings, status, 1)


def _each(request: Request, found: list[_Bound]) -> bytes:
    """GET and GETNEXT: one value for each name."""
    if request.version == V1:
        for index, (_, value) in enumerate(found, start=1):
            if value.tag in _EXCEPTIONS:  # which v1 does not have
                return response(request, request.bindings, Status.NO_SUCH_NAME, index)
    answer = response(request, b"".join(binding(*bound) for bound in found))
    if len(answer) <= MAX_MESSAGE:
        return answer
    return response(request, request.bindings if request.version == V1 else b"", Status.TOO_BIG)


def _many(request: Request, view: View) -> bytes:
    """GETBULK: as many as were asked for and fit (RFC 3416 4.2.3)."""
    room = MAX_MESSAGE - len(response(request, b"")) - 2 * _LONG_LENGTHS
    told = b""
    for bound in _bulk(request, view):
        one = binding(*bound)
        if len(told) + len(one) > room:
            break
        told += one
    return response(request, told)


_LONG_LENGTHS = 3
"""Three lengths grow by two bytes each when a message is long."""


def _bulk(request: Request, view: View) -> Iterator[_Bound]:
    once = max(request.once, 0)
    for name in request.names[:once]:
        yield view.after(name)
    names = list(request.names[once:])
    for _ in range(request.times):
        found = [view.after(name) for name in names]
        yield from found
        if all(value.tag is Tag.END_OF_VIEW for _, value in found):
            return
        names = [name for name, _ in found]
