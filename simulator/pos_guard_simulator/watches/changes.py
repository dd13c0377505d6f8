"""What a device has done since somebody last looked, as news for a journal."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from pos_guard.frames.decoded import Json
from pos_guard_simulator.simulate_device import News

Rows = Callable[[], Sequence[Mapping[str, Json]]]


class MoneyWatch:
    """Rows of a journal that are new, or were taken back since (``reversed``)."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        self._known: list[dict[str, Json]] = [dict(row) for row in rows()]

    def fresh(self) -> Iterator[News]:
        """News since the last call."""
        now = [dict(row) for row in self._rows()]
        for number, row in enumerate(now):
            if number >= len(self._known):
                yield News("moved", row)
            elif row != self._known[number]:
                yield News("changed", row)
        self._known = now


class StateWatch:
    """Whatever of a device's state is another than at the last look."""

    def __init__(self, state: Callable[[], Mapping[str, Json]], kinds: Sequence[str]) -> None:
        self._state = state
        self._kinds = kinds
        self._last = self._now()

    def fresh(self) -> Iterator[News]:
        """News since the last call."""
        now = self._now()
        for kind, value in now.items():
            if value != self._last[kind]:
                yield News(kind, {"now": value})
        self._last = now

    def _now(self) -> dict[str, Json]:
        state = self._state()
        return {kind: state[kind] for kind in self._kinds if kind in state}
