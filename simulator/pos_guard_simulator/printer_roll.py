"""The paper under the head: what is set moves out one motion at a time, and each takes its time.

What waits here is in the print buffer: a power cut or DLE ENQ 2 loses it, an error keeps it, and
a motion that was broken off starts again from its first dot line.
"""

from __future__ import annotations

from collections import deque

from pos_guard_simulator.paper_items import Feed, Item, Picture
from pos_guard_simulator.paper_slip import Paper

DOTS_PER_MM = 8
"""203 dpi heads."""

CUT_US = 500_000
"""A cut takes about half a second, the motor's way there and back."""

_TORN = "torn"


class Roll(Paper):
    """Paper whose new items wait for their motion. What has moved out is as in any Paper."""

    def __init__(self, width: int) -> None:
        super().__init__(width)
        self._waiting: deque[Item | str] = deque()
        self._credit = 0

    @property
    def moving(self) -> bool:
        """Something is set that has not come out yet."""
        return bool(self._waiting)

    def add(self, item: Item) -> None:
        """Set one item: it comes out after those before it."""
        self._waiting.append(item)

    def cut(self, how: str) -> None:
        """Cut, once everything before has come out."""
        if how == _TORN:  # the slip's own bound, found while an item comes out
            super().cut(how)
        else:
            self._waiting.append(how)

    def advance(self, dots: int) -> None:
        """So many dots of a picture that is still arriving have come out already."""
        self._credit += dots

    def motion_us(self, speed: int) -> int:
        """How long the next motion takes at ``speed`` mm a second."""
        head = self._waiting[0]
        if isinstance(head, str):
            return CUT_US
        done = self._credit if isinstance(head, Picture) else 0
        return rows_us(max(abs(head.advance) - done, 0), speed)

    def settle(self) -> int:
        """The next motion is done: how many lines came out by it."""
        head = self._waiting.popleft()
        if isinstance(head, str):
            super().cut(head)
            return 0
        if isinstance(head, Picture):
            self._credit = 0
        super().add(head)
        return head.lines if isinstance(head, Feed) else 1

    def drop(self) -> None:
        """The print buffer is lost."""
        self._waiting.clear()
        self._credit = 0


def rows_us(dots: int, speed: int) -> int:
    """How long paper needs for so many dot rows, at ``speed`` mm a second."""
    return dots * 1_000_000 // (speed * DOTS_PER_MM)
