"""What came of one thing that was to be done or expected."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from pos_guard.frames.decoded import Json
from pos_guard.model import Words

Subject = Literal["expect", "step", "app", "run"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """Met when there are no ``problems``; ``detail`` shows what was there instead."""

    subject: Subject
    title: str
    at_ms: int
    problems: Sequence[Words] = ()
    detail: Sequence[str] = ()
    device: str = ""

    @property
    def met(self) -> bool:
        """It is as it should be."""
        return not self.problems

    def as_json(self) -> dict[str, Json]:
        """As it stands in ``verdict.json``."""
        return {
            "subject": self.subject,
            "title": self.title,
            "device": self.device,
            "met": self.met,
            "at_ms": self.at_ms,
            "problems": [{"zh": one.zh, "en": one.en} for one in self.problems],
            "detail": list(self.detail),
        }
