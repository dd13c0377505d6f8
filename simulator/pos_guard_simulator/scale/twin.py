"""A scale as a twin: the bytes of its line, and a hand that puts things on it. Sans-IO."""

from __future__ import annotations

from typing import Protocol

from pos_guard.links.session import CancelTimer, Effects, SetTimer, ToApp
from pos_guard_simulator.scale.platter import Platter

REPEAT, SETTLE = "repeat", "settle"

SETTLE_S = 0.5
"""Until a platter that was touched is at rest."""


class Speech(Protocol):
    """A language that a till asks a scale in."""

    @property
    def repeats_s(self) -> float | None:
        """How long until it speaks by itself again; None: it does not."""
        ...

    def opened(self) -> None:
        """A host opened the line."""
        ...

    def receive(self, data: bytes) -> bytes:
        """What it answers to these bytes."""
        ...

    def repeat(self) -> bytes:
        """What it says by itself."""
        ...

    def settled(self) -> bytes:
        """What it says because the platter came to rest."""
        ...


class ScaleTwin:
    """A scale. ``heard`` counts the bytes that a till ever sent."""

    def __init__(self, platter: Platter, speech: Speech) -> None:
        self.platter = platter
        self.heard = 0
        self._speech = speech

    def connected(self) -> Effects:
        """A till opened the line."""
        self._speech.opened()
        return [CancelTimer(REPEAT)]

    def data(self, data: bytes) -> Effects:
        """A till asked."""
        self.heard += len(data)
        return [*_said(self._speech.receive(data)), *self._again()]

    def closed(self) -> Effects:
        """The till hung up."""
        self._speech.opened()
        return [CancelTimer(REPEAT)]

    def timer(self, name: str) -> Effects:
        """It speaks by itself, or has come to rest."""
        if name == REPEAT:
            return [*_said(self._speech.repeat()), *self._again()]
        self.platter.moving = False
        return _said(self._speech.settled())

    def weigh(self, grams: int, *, stable: bool) -> Effects:
        """Put so much on it in all; not ``stable``: it moves for half a second."""
        self.platter.weigh(grams, moving=not stable)
        if stable:
            return [CancelTimer(SETTLE), *_said(self._speech.settled())]
        return [SetTimer(SETTLE, SETTLE_S)]

    def _again(self) -> Effects:
        wait = self._speech.repeats_s
        return [CancelTimer(REPEAT) if wait is None else SetTimer(REPEAT, wait)]


def _said(data: bytes) -> Effects:
    return [ToApp(data)] if data else []
