"""Plays one seed: so many steps, the eleven rules after each, and the shop at rest at the end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from pos_guard.guard import Guard
from pos_guard.model import Result
from tests.simulation import steps_pay as pay
from tests.simulation import steps_people as people
from tests.simulation import steps_trouble as trouble
from tests.simulation.bounds import MAX_KEPT, kept_bytes
from tests.simulation.facts import PINS
from tests.simulation.floor import Floor, MakeGuard
from tests.simulation.rules import hold
from tests.simulation.saying import begin_shift
from tests.simulation.tamper import edited

STEPS = 50
VERIFY_EVERY = 20

Step = Callable[[Floor], None]

WEIGHTS: Mapping[Step, int] = {
    pay.card_sale: 16,
    pay.card_refund: 9,
    pay.card_reversal: 3,
    pay.cash_sale: 3,
    pay.copy: 3,
    pay.sign_in: 3,
    pay.scan: 3,
    pay.wechat_sale: 8,
    pay.wechat_after: 8,
    trouble.ask_terminal: 4,
    trouble.stop_terminal: 2,
    trouble.bad_bytes: 5,
    trouble.resend: 3,
    trouble.hang_up: 2,
    trouble.decide: 8,
    trouble.resolve: 5,
    trouble.thaw: 4,
    trouble.wait: 3,
    trouble.set_clock: 1,
    trouble.kill: 7,
    trouble.cut_power: 1,
    trouble.fill_disk: 1,
    trouble.unplug: 2,
    trouble.swap_terminal: 1,
    trouble.paper_out: 1,
    trouble.night_shift: 3,
}

WITH_PEOPLE: Mapping[Step, int] = {
    **WEIGHTS,
    people.shift: 3,
    people.refund_with_all: 10,
    people.wait_out: 3,
    people.goods: 5,
    people.freeze: 2,
    people.network: 2,
    people.bad_disk: 2,
    people.override: 3,
    people.break_glass: 1,
    people.close_batch: 2,
    people.night: 2,
    people.clock_back: 2,
    people.same_number: 2,
}
"""For the shops whose policy has reasons, limits and shifts."""


@dataclass(frozen=True, slots=True)
class Played:
    """What one seed came to."""

    seed: int
    seen: Counter[str]
    trace: tuple[str, ...]


class SeedFailedError(AssertionError):
    """A seed broke something; the message holds the end of its trace and how to replay it."""

    def __init__(self, seed: int, error: BaseException, trace: list[str]) -> None:
        self.error, self.trace = error, trace
        tail = "\n".join(trace[-60:])
        super().__init__(
            f"seed {seed}: {type(error).__name__}: {error}\n"
            f"replay: pytest tests/simulation --seed={seed}\n{tail}"
        )


def play(seed: int, template: Path, directory: Path, make_guard: MakeGuard = Guard) -> Played:
    """Play one seed.

    :raises SeedFailedError: when a rule breaks, or anything else goes wrong.
    """
    floor = Floor(seed, template, directory, make_guard)
    try:
        with floor:
            _play(floor)
    except Exception as error:
        raise SeedFailedError(seed, error, floor.world.trace) from error
    return Played(seed, floor.world.seen, tuple(floor.world.trace))


def _play(floor: Floor) -> None:
    dice = floor.world.dice
    chosen = WITH_PEOPLE if floor.terms.with_people else WEIGHTS
    steps, weights = list(chosen), list(chosen.values())
    if floor.terms.with_people:
        begin_shift(floor, floor.terms.badges[0])
    floor.run(1.0)
    for number in range(STEPS):
        step = dice.choices(steps, weights)[0]
        floor.world.note(f"--- {number}: {step.__name__}")
        floor.world.count(f"step {step.__name__}")
        step(floor)
        floor.invariants.step()
        if number % VERIFY_EVERY == VERIFY_EVERY - 1 and floor.store is not None:
            floor.invariants.log.verified(floor.store)
    _rest(floor)


def _rest(floor: Floor) -> None:
    """Put everything right, wait, and let a manager resolve what nobody could find out."""
    floor.world.note("--- the shop comes to rest")
    floor.faults.countdown, floor.faults.full = None, False
    for line in floor.lines.values():
        line.plugged = True
    trouble.paper_in(floor)
    floor.run(500.0)
    floor.faults.countdown = None
    floor.run(100.0)
    guard = floor.guard
    assert guard is not None, "the guard does not come up any more"
    for _ in range(2):
        _resolve_all(floor, guard)
        floor.run(400.0)
    for line in floor.lines.values():
        hold("11-bounded", kept_bytes(line.session) < MAX_KEPT, f"{line.name} keeps too much")
    reserved = [row.id for row in floor.disk.entries().values() if row.phase == "reserved"]
    hold("5-unknown-stays-unknown", not reserved, f"{reserved} are reserved for ever")
    floor.power_cut()  # a start settles what is left: requests that nobody waits for any more
    floor.run(100.0)
    assert floor.store is not None
    floor.invariants.finish(floor.store, floor.directory)
    edit = edited(floor.directory, floor.world.clock, floor.world.dice)
    floor.world.count(f"file edited: {edit}")


def _resolve_all(floor: Floor, guard: Guard) -> None:
    for _ in range(floor.provider.book.polls):
        for entry in guard.unresolved("wechat"):
            pay.query(floor, entry.reference or "")
            floor.run(40.0)
    for link in ("zvt", "wechat"):
        for entry in guard.unresolved(link):
            result = trouble.truth(floor, entry)
            if result is not Result.UNKNOWN:
                guard.resolve(entry.id, result, floor.terms.boss, PINS[floor.terms.boss])
