"""Memory that nothing uses any more goes back to the system, at the start and all day long.

A daemon runs for months. What it holds stays the same, but what it once held leaves gaps: in the
C library's heap, and in the interpreter's lists of objects kept for reuse, which only a collection
of all generations empties.
"""

from __future__ import annotations

import ctypes
import gc
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Literal

EVERY = 20
"""Collections of young objects between two times of tidying: some 500 payments, then 4 ms."""

Later = Callable[[Callable[[], None]], object]
"""Has something done soon, outside of what is going on; may be called in any thread."""


@contextmanager
def tidy(later: Later, every: int = EVERY) -> Generator[None]:
    """Inside, what is free goes back: once at the start, later whenever much has been done.

    The measure of work is the interpreter's own: one collection for each 700 objects that are new.
    So it takes no alarm, and who does nothing is not woken. What is there at the start (modules,
    settings) is not looked through again.
    """
    count = 0

    def collected(phase: Literal["start", "stop"], info: dict[str, int]) -> None:
        nonlocal count
        del info
        count += phase == "stop"
        if count >= every:
            count = 0
            later(give_back)

    gc.collect()
    gc.freeze()
    give_back()
    gc.callbacks.append(collected)
    try:
        yield
    finally:
        gc.callbacks.remove(collected)
        gc.unfreeze()


def give_back() -> None:
    """Collect what is garbage, and let the C library return free pages.

    Only glibc has a call for that (malloc_trim(3)); elsewhere it does so by itself or not at all.
    """
    gc.collect()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
