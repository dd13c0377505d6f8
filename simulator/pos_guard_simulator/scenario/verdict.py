"""The end of a run: met or not, as JSON for programs and as words for people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from pos_guard.frames.decoded import Json
from pos_guard.model import Words
from pos_guard_simulator.scenario.outcome import Outcome
from pos_guard_simulator.scenario.play import Why

MET, UNMET = 0, 1
"""Exit codes. A file that is wrong is 2."""

Lang = Literal["zh", "en"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of a whole scenario. ``addresses`` are those that the app was given."""

    scenario: str
    outcomes: Sequence[Outcome]
    why: Why
    took_ms: int
    began_us: int
    addresses: Mapping[str, Mapping[str, str]]

    @property
    def met(self) -> bool:
        """Everything was as expected."""
        return all(one.met for one in self.outcomes)

    @property
    def exit_code(self) -> int:
        """For a shell."""
        return MET if self.met else UNMET

    def as_json(self) -> dict[str, Json]:
        """As ``verdict.json`` and ``--json`` have it."""
        return {
            "scenario": self.scenario,
            "met": self.met,
            "ended_by": self.why,
            "took_ms": self.took_ms,
            "devices": {name: dict(places) for name, places in self.addresses.items()},
            "outcomes": [one.as_json() for one in self.outcomes],
        }

    def lines(self, lang: Lang) -> Iterator[str]:
        """For people: what is met in a line each, what is not with all that explains it."""
        met = sum(one.met for one in self.outcomes)
        head = _HEAD.zh if lang == "zh" else _HEAD.en
        yield head.format(self.scenario, met, len(self.outcomes), f"{self.took_ms / 1000:.1f}")
        if self.why == "stopped":
            yield _STOPPED.zh if lang == "zh" else _STOPPED.en
        for one in self.outcomes:
            yield f"  {_mark(one, lang)}  {one.title}"
            if not one.met:
                yield from (f"      {line}" for line in explained(one, lang))


_HEAD = Words("场景 {0}：{2} 项中 {1} 项符合预期（{3} 秒）", "{0}: {1} of {2} as expected ({3} s)")
_STOPPED = Words("运行被中止", "the run was stopped")


def explained(outcome: Outcome, lang: Lang = "en") -> Iterator[str]:
    """Why it is not met, line by line."""
    for problem in outcome.problems:
        yield from (problem.zh if lang == "zh" else problem.en).split("\n")
    yield from outcome.detail


def _mark(outcome: Outcome, lang: Lang) -> str:
    if lang == "zh":
        return "符合" if outcome.met else "不符"
    return "ok  " if outcome.met else "FAIL"
