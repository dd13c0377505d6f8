"""After a code that broke off the next line may be a code of its own, or the rest of that one.

Lines have no checksums. A network or a busy device may hold the rest of a code longer than any
time-out that a cashier would bear, and then it looks like a code of its own.
"""

from __future__ import annotations

import time

DOUBT_SECONDS = 30.0
"""What a live connection held back has come by then."""

ENOUGH = 6
"""Bytes that two codes do not begin with by chance."""

_ENDS = (b"\r", b"\n", b"\t")


class Doubt:
    """One line after a cut is no scan, unless it begins as the cut one did: it was shown again."""

    def __init__(self) -> None:
        self._head = b""
        self._until = 0.0

    def cut(self, raw: bytes, data: bytes) -> None:
        """A code broke off; with an end it was the rest of one, and no more is to come."""
        self._head = data
        self._until = 0.0 if raw.endswith(_ENDS) else time.monotonic() + DOUBT_SECONDS

    def clear(self) -> None:
        """The connection is another one."""
        self._until = 0.0

    def holds(self, data: bytes) -> bool:
        """Whether this line must not be believed; the one after it may be again."""
        doubtful = time.monotonic() < self._until
        self._until = 0.0
        again = len(self._head) >= ENOUGH and data.startswith(self._head)
        return doubtful and not again
