"""How a run stands, for whoever asks from another thread: the control API's ``/v1/verdict``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pos_guard.frames.decoded import Json
from pos_guard_simulator.scenario.play import Play
from pos_guard_simulator.scenario.verdict import Verdict


@dataclass(slots=True)
class Board:
    """Empty before the run; then what is decided up to now; at the end the verdict."""

    play: Play | None = None
    verdict: Verdict | None = None

    def told(self) -> Mapping[str, Json] | None:
        """As JSON; ``met`` is null as long as the run goes on. None: it has not begun."""
        if self.verdict is not None:
            return self.verdict.as_json()
        if self.play is None:
            return None
        outcomes: list[Json] = [{**one.as_json()} for one in self.play.decided()]
        return {"met": None, "outcomes": outcomes}
