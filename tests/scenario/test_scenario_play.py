"""The heart of a scenario on a clock of the test's own: steps in time, expectations decided."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pos_guard.frames.decoded import Json
from pos_guard.model import Words
from pos_guard_simulator.scenario.checks import Happened, Receipts, Text
from pos_guard_simulator.scenario.moments import Moment, fits
from pos_guard_simulator.scenario.plan import App, Expectation, Plan, Step
from pos_guard_simulator.scenario.play import MAX_SETTLE_MS, Play, Why
from pos_guard_simulator.scenario.seen import Look
from pos_guard_simulator.scenario.tables import Ends
from pos_guard_simulator.scenario.timeline import Timeline
from pos_guard_simulator.stage.journal import Event

BEGIN = 1_000


def event(at_ms: int, device: str, kind: str, body: Mapping[str, Json] | None = None) -> Event:
    return Event(at_ms, BEGIN + at_ms, device, kind, body or {})


def receipt(at_ms: int, text: str = "PAID") -> Event:
    return event(at_ms, "printer", "receipt", {"number": 1, "text": text})


def blind(name: str) -> Look:
    raise AssertionError(f"nobody had to ask {name}")


class Run:
    """A play, told of times from its own beginning."""

    def __init__(
        self,
        *expectations: Expectation,
        steps: tuple[Step, ...] = (),
        ends: Ends = "timeline",
        limit_ms: int | None = None,
        app: App | None = None,
    ) -> None:
        plan = Plan("run", steps, expectations, ends, limit_ms, 300, app)
        self.play = Play(plan, ["printer"], BEGIN)

    def steps(self, at_ms: int) -> list[str]:
        """What is due then, all of it done."""
        titles: list[str] = []
        while (step := self.play.due(BEGIN + at_ms)) is not None:
            titles.append(step.title)
            self.play.done(step, BEGIN + at_ms)
        return titles

    def over(self, at_ms: int) -> str | None:
        return self.play.over(BEGIN + at_ms, blind)

    def next_ms(self, at_ms: int) -> int | None:
        found = self.play.next_ms(BEGIN + at_ms)
        return None if found is None else found - BEGIN

    def end(self, at_ms: int, why: Why = "app") -> dict[str, list[str]]:
        """Titles, and the English words of what is not met."""
        outcomes = self.play.end(BEGIN + at_ms, why, blind)
        return {one.title: [problem.en for problem in one.problems] for one in outcomes}


def expect(*checks: Text | Receipts, within: int | None = None, after: str = "") -> Expectation:
    return Expectation(1, "it", "printer", checks, within, Moment.parse(after) if after else None)


def test_steps_come_in_their_time() -> None:
    run = Run(
        steps=(
            Step(1, "late", at_ms=900),
            Step(2, "soon", at_ms=100),
            Step(3, "second receipt", at_ms=50, moment=Moment("printer", "receipt", 2)),
        )
    )
    assert run.steps(99) == []
    assert run.next_ms(99) == 100
    run.play.heard(receipt(120))
    assert run.steps(150) == ["soon"]
    run.play.heard(receipt(160))
    assert run.next_ms(160) == 210
    assert run.steps(209) == []
    assert run.steps(1000) == ["second receipt", "late"]
    assert run.steps(9999) == []


def test_a_step_can_wait_for_another() -> None:
    run = Run(
        steps=(
            Step(1, "b", moment=Moment.parse("step no paper"), at_ms=500),
            Step(2, "a", name="no paper"),
        )
    )
    assert run.steps(0) == ["a"]
    run.play.heard(event(10, "", "step", {"name": "no paper"}))
    assert run.steps(509) == []
    assert run.steps(510) == ["b"]


def test_steps_that_were_not_done_are_not_met() -> None:
    run = Run(
        steps=(Step(1, "a", at_ms=900), Step(2, "b", moment=Moment("printer", "receipt", 2))),
    )
    assert run.end(100) == {
        "a": ["the run ended before it was due"],
        "b": ["it waited for this in vain: printer receipt 2"],
    }


def test_a_step_that_could_not_be_done() -> None:
    run = Run(steps=(Step(1, "a"),))
    step = run.play.due(BEGIN)
    assert step is not None
    run.play.done(step, BEGIN, Words("没有", "no such fault"))
    assert run.end(0) == {"a": ["no such fault"]}


def test_within_is_decided_once_and_for_all() -> None:
    run = Run(expect(Receipts(1), within=500))
    assert run.play.look(BEGIN + 10, blind) == []
    run.play.heard(receipt(20))
    (outcome,) = run.play.look(BEGIN + 20, blind)
    assert (outcome.met, outcome.at_ms) == (True, 20)
    run.play.heard(receipt(30))  # a second one takes nothing back
    assert run.play.look(BEGIN + 40, blind) == []
    assert run.end(1000) == {"it": []}


def test_within_is_over_at_its_end() -> None:
    run = Run(expect(Receipts(1), within=500))
    assert run.next_ms(400) == 501
    assert run.play.look(BEGIN + 500, blind) == []
    (outcome,) = run.play.look(BEGIN + 501, blind)
    assert not outcome.met
    run.play.heard(receipt(501))
    assert run.end(1000) == {"it": ["1 receipts were expected, 0 were cut off"]}


def test_within_counts_from_what_it_comes_after() -> None:
    run = Run(expect(Receipts(2), within=100, after="printer receipt"))
    assert run.next_ms(301) is None
    run.play.heard(receipt(5000))
    assert run.next_ms(5000) == 5101
    run.play.heard(receipt(5050))
    (outcome,) = run.play.look(BEGIN + 5050, blind)
    assert outcome.met


def test_what_it_comes_after_never_happened() -> None:
    run = Run(expect(Receipts(0), after="printer receipt"))
    assert run.end(10) == {"it": ["this never happened: printer receipt"]}


def test_without_within_the_end_decides() -> None:
    run = Run(expect(Receipts(1)))
    run.play.heard(receipt(20))
    run.play.heard(receipt(30))
    assert run.end(1000) == {"it": ["1 receipts were expected, 2 were cut off"]}


def test_events_are_counted_from_their_moment_on() -> None:
    happened = Happened("drawer", {}, 1)
    one = Expectation(1, "it", "printer", [happened], None, Moment("printer", "receipt"), happened)
    run = Run(one)
    run.play.heard(event(1, "printer", "drawer", {"now": 1}))
    run.play.heard(receipt(2))
    run.play.heard(event(3, "printer", "drawer", {"now": 2}))
    run.play.heard(event(4, "scanner", "drawer", {"now": 3}))
    assert run.end(10) == {"it": []}


def test_the_time_line_ends_when_all_is_done_met_and_quiet() -> None:
    run = Run(expect(Receipts(1)), steps=(Step(1, "a", at_ms=100),))
    assert run.over(5000) is None
    assert run.steps(5000) == ["a"]
    assert run.over(5000) is None  # no receipt yet
    run.play.heard(receipt(5100))
    assert run.over(5399) is None  # something may still come
    assert run.next_ms(5399) == 5400
    assert run.over(5400) == "timeline"


def test_the_app_ends_it_when_nothing_more_comes() -> None:
    run = Run(ends="app", app=App(["till"]))
    assert run.over(9999) is None
    run.play.app_ended(0, BEGIN + 10_000)
    assert run.over(10_299) is None
    run.play.heard(receipt(10_200))  # was still on its way
    assert run.over(10_300) is None
    assert run.next_ms(10_300) == 10_500
    assert run.over(10_500) == "app"


def test_a_step_that_has_its_time_soon_is_awaited_however_slow_the_machine_is() -> None:
    run = Run(steps=(Step(1, "soon", at_ms=10_400),), ends="app", app=App(["till"]))
    run.play.app_ended(0, BEGIN + 10_000)
    assert run.over(10_399) is None  # quiet for long enough, but not for this step
    assert run.steps(10_450) == ["soon"]
    assert run.over(10_450) == "app"


def test_a_step_far_off_does_not_keep_it() -> None:
    run = Run(steps=(Step(1, "later", at_ms=99_000),), ends="app", app=App(["till"]))
    run.play.app_ended(0, BEGIN)
    assert run.over(300) == "app"


def test_devices_that_never_fall_silent_do_not_keep_it() -> None:
    run = Run(ends="app", app=App(["till"]))
    run.play.app_ended(0, BEGIN)
    for at_ms in range(0, MAX_SETTLE_MS, 100):
        run.play.heard(receipt(at_ms))
        assert run.over(at_ms) is None
    assert run.over(MAX_SETTLE_MS) == "app"


def test_the_limit_ends_it() -> None:
    run = Run(expect(Receipts(1)), limit_ms=2000)
    assert run.over(1999) is None
    assert run.over(2000) == "limit"
    assert run.end(2000, "limit") == {
        "it": ["1 receipts were expected, 0 were cut off"],
        "ends in time": ["it took longer than 2 seconds"],
    }


def test_a_run_that_nothing_ends_may_come_to_its_limit() -> None:
    run = Run(ends="never", limit_ms=2000)
    assert run.over(2000) == "limit"
    assert run.end(2000, "limit") == {}


EXITS: list[tuple[Ends, int, int | None, list[str]]] = [
    ("app", 0, 0, []),
    ("app", 3, 3, []),
    ("app", 0, 143, ["the app ended with 143"]),
    ("app", 0, None, ["the app has not ended by itself"]),
    ("timeline", 0, None, []),
    ("never", 0, 1, ["the app ended with 1"]),
]


@pytest.mark.parametrize(("ends", "wanted", "code", "problems"), EXITS)
def test_how_the_app_has_to_end(
    ends: Ends, wanted: int, code: int | None, problems: list[str]
) -> None:
    run = Run(ends=ends, app=App(["till"], exit_code=wanted))
    if code is not None:
        run.play.app_ended(code, BEGIN)
    assert run.end(10) == {f"the app ends with {wanted}": problems}


def test_an_app_that_ends_does_not_end_a_time_line() -> None:
    run = Run(expect(Receipts(1)), app=App(["daemon"]))
    run.play.app_ended(0, BEGIN)
    assert run.over(5000) is None
    run.play.heard(receipt(5000))
    assert run.over(5300) == "timeline"


FITS: list[tuple[Json, Json, bool]] = [
    ({"a": 1}, {"a": 1, "b": 2}, True),
    ({"a": 1}, {"b": 2}, False),
    ({"a": {"b": [1]}}, {"a": {"b": [1], "c": 1}}, True),
    ([1], [1, 2], False),
    ([], [], True),
    ({}, {"a": 1}, True),
    (1, True, False),
    ("1", 1, False),
    ({}, "text", False),
    ([1], 1, False),
]


@pytest.mark.parametrize(("wanted", "found", "so"), FITS)
def test_what_fits(wanted: Json, found: Json, so: bool) -> None:
    assert fits(wanted, found) is so


MOMENTS = st.sampled_from([None, *(Moment("d", kind, n) for kind in "xy" for n in (1, 2, 3))])
STEPS = st.lists(st.tuples(st.integers(0, 50), MOMENTS), max_size=6)
HAPPENS = st.lists(st.tuples(st.integers(0, 9), st.sampled_from(["x", "y", "-"])), max_size=12)


@given(STEPS, HAPPENS)
def test_each_step_once_in_its_order_and_never_before_its_time(
    steps: list[tuple[int, Moment | None]], happens: list[tuple[int, str]]
) -> None:
    made = [Step(number, str(number), at, moment) for number, (at, moment) in enumerate(steps)]
    line = Timeline(made, BEGIN)
    due_at: dict[int, int] = {one.number: one.at_ms for one in made if one.moment is None}
    counted = {"x": 0, "y": 0}
    now, given_out = 0, list[int]()
    for wait, kind in [*happens, (100, "-")]:
        now += wait
        if kind in counted:
            counted[kind] += 1
            line.heard(event(now, "d", kind))
            for one in made:
                if one.moment == Moment("d", kind, counted[kind]):
                    due_at[one.number] = now + one.at_ms
        together: list[tuple[int, int]] = []
        while (step := line.due(BEGIN + now)) is not None:
            together.append((due_at[step.number], step.number))
        assert together == sorted(together)
        assert all(due <= now for due, _ in together)
        given_out += [number for _, number in together]
        assert line.next_ms is None or line.next_ms > BEGIN + now
    assert sorted(given_out) == sorted(due_at)  # every one whose time has come, and once
    assert {one.number for one in line.left} == {one.number for one in made} - set(given_out)


@given(
    wanted=st.integers(0, 4),
    within=st.integers(0, 40),
    waits=st.lists(st.integers(0, 15), max_size=6),
    after=st.sampled_from([None, 1, 2]),
)
def test_within_is_met_exactly_if_it_was_so_for_once(
    wanted: int, within: int, waits: list[int], after: int | None
) -> None:
    moment = None if after is None else Moment("printer", "receipt", after)
    run = Run(Expectation(1, "it", "printer", [Receipts(wanted)], within, moment))
    times = [sum(waits[: number + 1]) for number in range(len(waits))]
    outcomes = list(run.play.look(BEGIN, blind))
    for at_ms in times:
        # Somebody looks whenever it is time to, and after each thing that happens.
        while (due := run.next_ms(-1)) is not None and due <= at_ms:
            outcomes += run.play.look(BEGIN + due, blind)
        run.play.heard(receipt(at_ms))
        outcomes += run.play.look(BEGIN + at_ms, blind)
    outcomes += run.play.look(BEGIN + 1_000, blind)

    begun = 0 if after is None else times[after - 1] if len(times) >= after else None
    if begun is None:
        assert outcomes == []  # its time never began
        assert run.end(1_000)["it"] == [f"this never happened: {moment}"]
        return
    # How many there were at each moment of its time: at its begin, and whenever one came.
    first = 0 if after is None else after
    counts = {first, *(n for n, at in enumerate(times, 1) if n > first and at <= begun + within)}
    assert [one.met for one in outcomes] == [wanted in counts]
    assert (run.end(1_000)["it"] == []) is (wanted in counts)
