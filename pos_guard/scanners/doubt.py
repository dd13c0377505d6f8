"""After a code that broke off the next one may be a code of its own, or the rest of that one.

Lines have no checksums. A network or a busy device may hold the rest of a code longer than any
time-out that a cashier would bear, and then it looks like a code of its own.
"""

from __future__ import annotations

from typing import Final

DOUBT_SECONDS: Final = 30.0
"""What a live connection held back has come by then."""

ENOUGH: Final = 6
"""Bytes that two codes do not begin with by chance."""

_ENDS: Final = (b"\r", b"\n", b"\t")


class Doubt:
    """One code after a cut is no scan, unless it begins as the cut one did: it was shown again."""

    def __init__(self) -> None:
        self._head = b""
        self._left = 0.0

    @property
    def left(self) -> float | None:
        """Seconds of silence after which nothing is doubted any more; None: nothing is."""
        return self._left if self._left > 0 else None

    def cut(self, raw: bytes, data: bytes) -> None:
        """A code broke off; with an end it was the rest of one, and no more is to come."""
        self._head = data
        self._left = 0.0 if raw.endswith(_ENDS) else DOUBT_SECONDS

    def passed(self, seconds: float) -> None:
        """So long nothing came."""
        self._left -= seconds

    def clear(self) -> None:
        """The connection is another one, or nothing came for so long."""
        self._left = 0.0

    def holds(self, data: bytes) -> bool:
        """Whether this code must not be believed; the one after it may be again."""
        doubtful = self._left > 0
        self._left = 0.0
        return doubtful and not self._again(data)

    def _again(self, data: bytes) -> bool:
        """It was shown again. Where the beginning repeats itself the rest may begin so, too."""
        head = self._head
        repeats = head in (head + head)[1:-1]
        return len(head) >= ENOUGH and not repeats and data.startswith(head)
