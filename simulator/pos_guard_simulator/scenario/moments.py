"""What must happen before something is due: an event of a device, the so-manieth of its kind."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from pos_guard.frames.decoded import Json
from pos_guard_simulator.scenario.values import STEP
from pos_guard_simulator.stage.journal import Event

MAX_NUMBER = 100_000
"""Of one event: more than any test has."""

_TEXT = re.compile(
    r"(?P<who>[a-z][a-z0-9-]*) (?P<kind>[a-z][a-z0-9_-]*)(?: (?P<number>\d{1,6}))?", re.ASCII
)
_STEP = re.compile(rf"{STEP} (?P<name>\S.{{0,99}})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Moment:
    """The ``number``-th event of a ``kind`` at ``who``, or the step of that name (``kind``)."""

    who: str
    kind: str
    number: int = 1

    @classmethod
    def parse(cls, text: str) -> Moment:
        """``printer receipt 2``, ``terminal moved``, ``step NAME``.

        :raises ValueError: it is neither.
        """
        step = _STEP.fullmatch(text)
        if step is not None:
            return cls(STEP, step["name"])
        found = _TEXT.fullmatch(text)
        number = int(found["number"] or 1) if found else 0
        if found is None or not 0 < number <= MAX_NUMBER:
            raise ValueError(
                'write a device, what it does, and which time: "printer receipt 2", or "step NAME"'
            )
        return cls(found["who"], found["kind"], number)

    def __str__(self) -> str:
        """As it is written."""
        which = "" if self.number == 1 else f" {self.number}"
        return f"{self.who} {self.kind}{which}"

    def is_like(self, event: Event) -> bool:
        """Whether this event counts."""
        if self.who == STEP:
            return event.kind == STEP and not event.device and event.body.get("name") == self.kind
        return event.device == self.who and event.kind == self.kind


@dataclass(slots=True)
class Awaited:
    """A moment that may have come: ``at_ms``, in the journal's time."""

    moment: Moment | None
    at_ms: int | None = None
    left: int = 0

    def __post_init__(self) -> None:
        if self.moment is not None:
            self.left = self.moment.number

    def heard(self, event: Event) -> None:
        """One more event."""
        if self.at_ms is None and self.moment is not None and self.moment.is_like(event):
            self.left -= 1
            if self.left == 0:
                self.at_ms = event.at_ms


def fits(wanted: Json, found: Json) -> bool:
    """Whether everything that is wanted is found; tables may have more in them than is wanted."""
    if isinstance(wanted, Mapping):
        return isinstance(found, Mapping) and all(
            key in found and fits(value, found[key]) for key, value in wanted.items()
        )
    if isinstance(wanted, list):
        return (
            isinstance(found, list) and len(wanted) == len(found) and all(map(fits, wanted, found))
        )
    return type(wanted) is type(found) and wanted == found
