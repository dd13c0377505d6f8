"""The shell around a play: what it takes in late, and what is too much for it."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

from pos_guard.clock import ManualClock
from pos_guard_simulator.scenario.checks import Receipts
from pos_guard_simulator.scenario.conduct import MAX_BACKLOG, Conductor, Times
from pos_guard_simulator.scenario.plan import Expectation, Plan
from pos_guard_simulator.scenario.play import Play
from pos_guard_simulator.stage.journal import Event
from pos_guard_simulator.stage.perform import opened


@contextmanager
def conducting(*expectations: Expectation) -> Generator[tuple[Conductor, list[Event]], None, None]:
    """A conductor of a play, and the events that it noted."""
    play = Play(Plan("run", (), expectations, "never", None, 300), ["printer"], 0)
    times = Times(ManualClock(), Event(0, 0, "", "ready", {}))
    noted: list[Event] = []
    with opened(()) as stage:
        yield Conductor(stage, play, times, noted.append), noted


def receipt(at_ms: int) -> Event:
    return Event(1, at_ms, "printer", "receipt", {"number": 1, "text": ""})


def test_frames_that_come_too_fast_are_counted() -> None:
    with conducting() as (conductor, noted):
        for _ in range(MAX_BACKLOG + 3):
            conductor.heard(Event(1, 0, "printer", "frame", {}))
        conductor.heard(receipt(0))
        conductor.drain()
    assert conductor.lost == 3
    assert len(noted) == MAX_BACKLOG + 1
    assert noted[-1].kind == "receipt"


def test_what_came_too_late_is_late_even_if_nobody_looked_in_time() -> None:
    expected = Expectation(1, "it", "printer", [Receipts(1)], within_ms=100)
    for at_ms, met in ((100, True), (101, False)):
        with conducting(expected) as (conductor, _):
            conductor.heard(receipt(at_ms))
            conductor.drain()
            conductor.play.look(500, conductor.eyes)
        assert [one.met for one in conductor.play.decided()] == [met]
