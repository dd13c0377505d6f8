"""One direction of a faulty line, and how fast a slow device takes its bytes. Sans-IO."""

from __future__ import annotations

from collections.abc import Callable

from pos_guard.links.session import Effects, SetTimer
from pos_guard_simulator.line_faults import Wire

FLOW = "line-flow"
"""The timer of a slow device."""

SWAP_SECONDS = 0.5
"""How long a piece waits for the one that is to overtake it."""

PORTIONS = 20
"""In so many portions a second a slow device takes its bytes."""

Bend = Callable[[bytes], bytes]


class LineSide:
    """One direction: its wire, and what waits while it is delayed or stalled."""

    def __init__(self, seed: int, name: str) -> None:
        self.wire = Wire(seed)
        self.name = name
        self.held = bytearray()
        self.delayed = False
        self.stalled = False
        self.cut = 0
        self.swap = False
        self.aside = b""
        self.bend: Bend | None = None

    @property
    def waits(self) -> bool:
        """Nothing passes now."""
        return self.delayed or self.stalled

    def shaped(self, data: bytes) -> tuple[list[bytes], Effects]:
        """What becomes of one piece: cut, overtaken, misread; and a timer for one that waits."""
        if self.cut:
            data, self.cut = data[: max(len(data) - self.cut, 0)], 0
        if self.swap:
            self.swap, self.aside = False, data
            return [], [SetTimer(f"{self.name}-swap", SWAP_SECONDS)]
        aside, self.aside = self.aside, b""
        pieces = (data, aside)
        return [self.bend(one) if self.bend else one for one in pieces if one], []

    def forget(self) -> None:
        """The connection is gone, and what was in the line with it."""
        self.held.clear()
        self.aside = b""


class Flow:
    """How fast the device takes bytes; 0: as they come."""

    def __init__(self) -> None:
        self.rate = 0
        self.room = 0

    def tick(self) -> Effects:
        """Another portion may come."""
        if not self.rate:
            return []
        self.room = max(self.rate // PORTIONS, 1)
        return [SetTimer(FLOW, self.room / self.rate)]
