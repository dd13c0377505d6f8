"""What a cell of a campaign is, and what can come of it."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from enum import StrEnum

from pos_guard.frames.decoded import Json
from pos_guard.model import Words


class Outcome(StrEnum):
    """From the best to the worst."""

    SURVIVED = "survived"
    """Everything that was asked for was done."""
    REFUSED = "refused"
    """Something was not done, nothing moved for it, and the till was told so."""
    UNKNOWN = "unknown"
    """Nobody can know what came of it, and nobody claims to: an open entry or case, or a line
    without any check."""
    BROKEN = "broken"
    """Money, paper or ledger say what is not so, or a program crashed or hung."""


OUTCOME_WORDS = {
    Outcome.SURVIVED: Words("通过", "survived"),
    Outcome.REFUSED: Words("拒绝", "refused"),
    Outcome.UNKNOWN: Words("未知", "unknown"),
    Outcome.BROKEN: Words("破坏", "BROKEN"),
}

_ORDER = tuple(Outcome)


def worst(*outcomes: Outcome) -> Outcome:
    """The worst of them; without any nothing was asked for."""
    return max(outcomes, key=_ORDER.index, default=Outcome.SURVIVED)


@dataclass(frozen=True, slots=True)
class Usual:
    """What is so in a file's scenario without a fault.

    ``moved``: money; ``uncovered``: how much of what papers call paid nobody has. ``moments``:
    events behind which a fault can strike. ``traffic``: bytes that each device is sent and says.
    """

    moved: int = 0
    uncovered: int = 0
    moments: tuple[str, ...] = ()
    traffic: tuple[tuple[str, int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Cell:
    """One scenario with one fault. ``scenario`` is a built-in's name or a file's path.

    ``device`` has the fault; ``fault`` is its name as the request takes it. ``seed`` decides where
    it strikes. Of a file's scenario: ``normal`` is what is so without a fault, ``limit_ms`` how
    long it may take with one. The fault strikes behind the event ``after``; empty: it is there
    from the start. ``key``: the fault's in the catalogue.
    """

    scenario: str
    device: str
    fault: str
    seed: int = 0
    normal: Usual = Usual()
    limit_ms: int = 60_000
    after: str = ""
    key: str = ""

    @property
    def again(self) -> str:
        """The words that play this cell alone again, in the same way."""
        words = [self.scenario, "--device", self.device, "--fault", self.key or self.fault]
        words += ["--seed", str(self.seed)] if self.seed else []
        return shlex.join(["pos-guard", "campaign", *words])


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a cell; ``why`` is one line for people. ``seconds``: how long it took.

    Of a file's scenario: ``seen`` is what was so in it, ``by_ledger``: a guard's ledger was asked
    too.
    """

    cell: Cell
    outcome: Outcome
    why: str
    seconds: float
    seen: Usual = Usual()
    by_ledger: bool = True

    def as_json(self) -> dict[str, Json]:
        """For programs."""
        return {
            "scenario": self.cell.scenario,
            "device": self.cell.device,
            "fault": self.cell.fault,
            "seed": self.cell.seed,
            "after": self.cell.after,
            "by": "ledger" if self.by_ledger else "books",
            "again": self.cell.again,
            "outcome": str(self.outcome),
            "why": self.why,
            "ms": round(self.seconds * 1000),
        }
