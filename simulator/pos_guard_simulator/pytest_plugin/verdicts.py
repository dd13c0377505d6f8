"""``pos.guard.verdicts``: what the guard decided; to ask for one that is not there explains why."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import overload

from pos_guard_simulator.guarded.verdicts import GuardVerdict


class NoVerdictError(AssertionError, IndexError):
    """The verdict that a test asks for was not given; the message shows which were."""


class GuardVerdicts(Sequence[GuardVerdict]):
    """Verdicts, oldest first."""

    def __init__(self, verdicts: Sequence[GuardVerdict], frames: list[str]) -> None:
        self._verdicts = verdicts
        self._frames = frames

    @overload
    def __getitem__(self, index: int) -> GuardVerdict: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[GuardVerdict]: ...
    def __getitem__(self, index: int | slice) -> GuardVerdict | Sequence[GuardVerdict]:
        """One of them.

        :raises NoVerdictError: there were not so many.
        """
        try:
            return self._verdicts[index]
        except IndexError:
            raise NoVerdictError(self.explained()) from None

    def __len__(self) -> int:
        return len(self._verdicts)

    def __iter__(self) -> Iterator[GuardVerdict]:
        """Ends where they end, not by asking for one too many."""
        return iter(self._verdicts)

    def __repr__(self) -> str:
        return f"<{len(self)} verdicts>"

    def explained(self) -> str:
        """All of them, and what went over the lines."""
        lines = [f"the guard gave {len(self)} verdicts:", *map(shown, self._verdicts)]
        return "\n".join([*lines, "the lines:", *(self._frames or ["(nothing was sent)"])])


def shown(verdict: GuardVerdict) -> str:
    """One verdict in a line."""
    what = verdict.operation or verdict.kind
    amount = "" if verdict.amount is None else f" {verdict.amount}"
    return f"{verdict.link}: {what}{amount}: {verdict.level} {verdict.reason} ({verdict.rule})"
