"""What a backend tells cupsd: its exit code, and prefixed lines on standard error.

Source: CUPS manual, backend(7) "Exit status" and filter(7) "Log messages".
"""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from enum import IntEnum
from typing import TextIO

from pos_guard.model import Words

MAX_CHARACTERS = 500
"""Of one message: with up to four bytes each it stays below CUPS' 2,048 bytes a line."""

OFFLINE, PAPER_END, NEAR_END = "offline-report", "media-empty-error", "media-low-warning"
COVER, FAULT, CONNECTING = "cover-open-error", "other-error", "connecting-to-device"

REASONS = frozenset({OFFLINE, PAPER_END, NEAR_END, COVER, FAULT, CONNECTING})
"""The printer-state-reasons that this backend sets and takes back (RFC 8011, 5.4.12)."""


class Exit(IntEnum):
    """What cupsd does with the job afterwards.

    RETRY and RETRY_CURRENT are not among them: a receipt is never printed again without the word
    of a person, or of the error policy when nothing of it was sent.
    """

    OK = 0
    FAILED = 1  # the queue's printer-error-policy decides
    HOLD = 3  # until a person releases or cancels it
    STOP = 4  # the queue, until an administrator has looked
    CANCEL = 5


class Reporter:
    """Writes the lines. ``lang`` is CUPS' LANG for the job, such as ``zh_CN.UTF-8``."""

    def __init__(self, out: TextIO, lang: str) -> None:
        self._out = out
        self._lang = lang
        self._reasons: AbstractSet[str] | None = None

    def error(self, say: Words) -> None:
        """Why the job is not printed; CUPS shows it as the printer's state."""
        self._line("ERROR", say.to(self._lang))

    def warning(self, say: Words) -> None:
        """What somebody should look at."""
        self._line("WARNING", say.to(self._lang))

    def info(self, say: Words) -> None:
        """What goes on."""
        self._line("INFO", say.to(self._lang))

    def debug(self, text: str) -> None:
        """For CUPS' error log."""
        self._line("DEBUG", text)

    def page(self, number: int) -> None:
        """One more copy is on paper."""
        self._line("PAGE", f"{number} 1")

    def reasons(self, now: AbstractSet[str]) -> None:
        """What is wrong with the printer now; what was before and is not any more is taken back."""
        before = REASONS if self._reasons is None else self._reasons
        for reason in sorted(before - now):
            self._line("STATE", f"-{reason}")
        for reason in sorted(now - (self._reasons or frozenset())):
            self._line("STATE", f"+{reason}")
        self._reasons = frozenset(now)

    def _line(self, prefix: str, text: str) -> None:
        plain = "".join(char if char.isprintable() else " " for char in text)
        self._out.write(f"{prefix}: {plain[:MAX_CHARACTERS]}\n")
        self._out.flush()
