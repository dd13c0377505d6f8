"""What every session that guards money says: timers, words for the cashier, refusals on record.

Effects are collected in order; a public method of the session hands them over with ``_taken``.
"""

from __future__ import annotations

from pos_guard.guard import Guard
from pos_guard.links.session import CancelTimer, Effect, Effects, QuietSession, SetTimer, Tell
from pos_guard.model import Words
from pos_guard.policy.verdict import Level, Reason


class Speaking(QuietSession):
    """A link by its name, the guard that judges for it, and the effects to come."""

    def __init__(self, name: str, guard: Guard) -> None:
        self.name = name
        self._guard = guard
        self._out: list[Effect] = []

    def _taken(self) -> Effects:
        out, self._out = self._out, []
        return out

    def _set(self, timer: str, seconds: float) -> None:
        self._out.append(SetTimer(timer, seconds))

    def _cancel(self, *timers: str) -> None:
        self._out += [CancelTimer(timer) for timer in timers]

    def _tell(self, say: Words | None, level: Level = Level.DENY) -> None:
        if say is not None:
            self._out.append(Tell(level.name, say))

    def _refused(self, reason: Reason, say: Words, frame: bytes) -> None:
        """Record a refusal that needed no rule, and tell the cashier."""
        self._guard.refuse(link=self.name, reason=reason, say=say, frame=frame)
        self._tell(say)
