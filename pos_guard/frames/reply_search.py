"""What may be found when one looks for an answer among the bytes of scans.

Scanners put answers into the same stream as scans. Each protocol says where in a buffer an answer
is; what stands before it stays scan data.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Found:
    """An answer is ``[start:stop]`` of the buffer.

    ``ok`` is None where the scanner only tells something; ``text`` is what it told.
    """

    start: int
    stop: int
    ok: bool | None
    text: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class Perhaps:
    """From ``start`` on there may be an answer that is not whole yet."""

    start: int


@dataclass(frozen=True, slots=True)
class Scan:
    """The first ``size`` bytes are scan data for certain; look again behind them."""

    size: int


Finding = Found | Perhaps | Scan

Search = Callable[[bytes, bool], Finding]
"""Looks into a buffer, never empty; the flag says that no scan has begun before it."""


def find_texts(yes: bytes, no: bytes | None = None) -> Search:
    """A search for an answer that is one of two texts: accepted only where no scan has begun."""
    texts = {yes: True} if no is None else {yes: True, no: False}

    def search(data: bytes, fresh: bool) -> Finding:
        if not fresh:
            return Scan(1)
        for text, ok in texts.items():
            if data.startswith(text):
                return Found(0, len(text), ok)
        return Perhaps(0) if any(text.startswith(data) for text in texts) else Scan(1)

    return search


def find_framed(head: bytes, tail: bytes, most: int) -> Search:
    """A search for an answer between two marks, at most so long, wherever it stands."""

    def search(data: bytes, fresh: bool) -> Finding:
        del fresh  # the marks are no part of a code
        start = data.find(head)
        if start < 0:
            part = overlap(data, head)
            return Perhaps(len(data) - part) if part else Scan(len(data))
        stop = data.find(tail, start + len(head), start + most)
        if stop >= 0:
            return Found(start, stop + len(tail), None, data[start + len(head) : stop])
        return Perhaps(start) if len(data) - start < most else Scan(start + len(head))

    return search


def overlap(data: bytes, head: bytes) -> int:
    """How many bytes at the end of ``data`` are the start of ``head``, but not all of it."""
    sizes = range(min(len(head) - 1, len(data)), 0, -1)
    return next((size for size in sizes if data.endswith(head[:size])), 0)
