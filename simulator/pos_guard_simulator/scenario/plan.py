"""A scenario as it is played: its steps, and what is expected, ready for the clock."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pos_guard.frames.decoded import Json
from pos_guard_simulator.scenario.checks import Check, Happened
from pos_guard_simulator.scenario.moments import Moment
from pos_guard_simulator.scenario.tables import Ends


@dataclass(frozen=True, slots=True)
class Step:
    """What is done ``at_ms`` after the begin, or after ``moment``.

    ``signal`` goes to the app; else ``op`` with its ``fields`` is asked of the device.
    """

    number: int
    title: str
    at_ms: int = 0
    moment: Moment | None = None
    device: str = ""
    op: str = ""
    fields: Mapping[str, Json] = field(default_factory=dict[str, Json])
    signal: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Expectation:
    """What has to be so at the end, or for once ``within_ms`` of the begin or of ``moment``.

    ``happened``: the events that are counted, from ``moment`` on; it is one of ``checks``.
    """

    number: int
    title: str
    device: str
    checks: Sequence[Check]
    within_ms: int | None = None
    moment: Moment | None = None
    happened: Happened | None = None


@dataclass(frozen=True, slots=True)
class App:
    """The program under test, started in ``folder`` (None: where we are).

    ``exit_code`` is what it has to end with.
    """

    command: Sequence[str]
    env: Mapping[str, str] = field(default_factory=dict[str, str])
    exit_code: int = 0
    folder: Path | None = None


@dataclass(frozen=True, slots=True)
class GuardPlan:
    """``devices`` and their kinds (``terminal zvt``), which the guard stands before.

    ``policy`` is the whole text of one, or (with ``is_text`` false) the name of one. ``operator``
    works at the till from the beginning; empty: nobody does.
    """

    devices: Mapping[str, str]
    policy: str
    is_text: bool
    currency: str
    operator: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """All of it. Times are milliseconds; ``limit_ms`` None: there is no limit.

    ``currency`` is that of amounts on receipts.
    """

    name: str
    steps: Sequence[Step]
    expectations: Sequence[Expectation]
    ends: Ends
    limit_ms: int | None
    settle_ms: int
    app: App | None = None
    guard: GuardPlan | None = None
    currency: str = "EUR"
