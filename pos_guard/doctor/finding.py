"""One thing that the doctor looked at, and what it found."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from pos_guard.frames.decoded import Json
from pos_guard.model import Words


class Grade(StrEnum):
    """How a finding is meant."""

    OK = "ok"
    WARNING = "warning"
    """It works, and somebody should know; or it could not be checked."""
    PROBLEM = "problem"
    """The guard does not work, or a till can go past it."""


@dataclass(frozen=True, slots=True)
class Finding:
    """``check`` is a stable name, ``subject`` what was looked at; ``do`` says what helps."""

    check: str
    grade: Grade
    subject: str
    say: Words
    do: Words | None = None

    def as_json(self) -> dict[str, Json]:
        """The object that is printed for machines."""
        return {
            "check": self.check,
            "grade": str(self.grade),
            "subject": self.subject,
            "say": _words(self.say),
            "do": None if self.do is None else _words(self.do),
        }


def _words(words: Words) -> dict[str, Json]:
    return {"zh": words.zh, "en": words.en}


def ok(check: str, subject: str, zh: str, en: str) -> Finding:
    """Nothing to do."""
    return Finding(check, Grade.OK, subject, Words(zh, en))


def warning(check: str, subject: str, say: Words, do: Words) -> Finding:
    """It works, and somebody should know."""
    return Finding(check, Grade.WARNING, subject, say, do)


def problem(check: str, subject: str, say: Words, do: Words) -> Finding:
    """Somebody must do something."""
    return Finding(check, Grade.PROBLEM, subject, say, do)
