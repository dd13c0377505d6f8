"""Rule 11: how many bytes a session keeps, counted from outside over everything it refers to."""

from __future__ import annotations

import types
from collections import deque
from collections.abc import Iterable, Mapping

from pos_guard.guard import Guard

MAX_KEPT = 5 << 20
"""More than the longest print job (2 MiB) with its text; anything above has no limit at all."""

_LEAVES = (Guard, type, types.ModuleType, types.FunctionType, types.MethodType)


def kept_bytes(session: object) -> int:
    """Bytes and characters that hang on a session; the guard and code do not count."""
    seen: set[int] = set()
    todo: deque[object] = deque([session])
    total = 0
    while todo:
        thing = todo.popleft()
        if id(thing) in seen or isinstance(thing, _LEAVES):
            continue
        seen.add(id(thing))
        if isinstance(thing, bytes | bytearray | str | memoryview):
            total += len(thing)
        else:
            todo.extend(_parts(thing))
    return total


def _parts(thing: object) -> Iterable[object]:
    if isinstance(thing, Mapping):
        return [*thing.keys(), *thing.values()]
    if isinstance(thing, list | tuple | set | frozenset | deque):
        return list(thing)
    slots = [name for kind in type(thing).__mro__ for name in getattr(kind, "__slots__", ())]
    held = [getattr(thing, name, None) for name in slots]
    return [*held, *getattr(thing, "__dict__", {}).values()]
