"""The request and answer links, each as a small shop of one seed: till, guard, device, people.

Every profile has its turn (seed modulo). The rules are checked from outside: against what the
twin's book says, what the till sent and heard, and what is committed on disk at that very moment.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from pos_guard.clock import ManualClock
from pos_guard.guard import Decision, Guard
from pos_guard.links.dialect import Ask
from pos_guard.links.exchange import ExchangeSession
from pos_guard.links.exchange_model import Job
from pos_guard.model import Intent, Outcome, Result, Source, Words
from pos_guard.money import Money
from pos_guard.store.store import Store
from tests import shop
from tests.simulation.exchange_desk import LINK, Desk, MakeGuard, MakeSession
from tests.simulation.exchange_profiles import AMOUNTS
from tests.simulation.exchange_till import PATIENCE_S
from tests.simulation.facts import Row
from tests.simulation.rules import BrokenRuleError, hold
from tests.simulation.test_seeded_bugs import TakesSilenceForNo
from tests.simulation.world import World

STEPS = 14


def ready(desk: Desk) -> bool:
    till = desk.till
    if not till.connected and not desk.kept:
        till.attach(desk.line.dial())
        desk.run(0.05)
    if till.busy and desk.world.chance(92):
        desk.run(PATIENCE_S, lambda: not till.busy)
    return till.connected


def say(desk: Desk, kind: str, amount: int, of: str = "") -> None:
    desk.number += 1
    desk.till.manner = desk.world.dice.choice(["ack"] * 10 + ["mute", "nak"])
    unit = desk.profile.build(kind, amount, desk.number, of)
    desk.world.note(f"till asks {kind} {amount} {of}")
    desk.till.command(unit)
    desk.run(desk.world.dice.choice([0.01, 1.0, 3.0, 3.0, 40.0]))


def pay(desk: Desk) -> None:
    """Bill and sale; sometimes another amount."""
    dice, amount = desk.world.dice, desk.world.dice.choice(AMOUNTS)
    currency = desk.profile.currency
    desk.with_guard(lambda g: g.tell_order(None, Money(amount, currency), Source.BILL))
    if ready(desk):
        say(desk, "sale", amount if dice.random() < 0.93 else amount + 1)


def back(desk: Desk) -> None:
    """A refund, void or reversal of some sale, by somebody who may or may not."""
    dice, profile = desk.world.dice, desk.profile
    person = dice.choice(["anna", "ben", "ben", "maya"])
    desk.with_guard(lambda g: g.tell_operator(person, Source.SCAN))
    rows = [r for r in desk.disk.entries().values() if r.kind == "sale" and r.sale_id]
    if not profile.kinds or not rows or not ready(desk):
        return
    row, kind = dice.choice(rows), dice.choice(profile.kinds)
    sale_id = row.sale_id or ""
    if dice.random() < 0.8:
        desk.with_guard(lambda g: g.tell_original(sale_id, source=Source.SCAN))
    amount = (row.amount or 0) if dice.random() < 0.7 else (row.amount or 0) // 2
    say(desk, kind, amount, receipt(desk, row) or "77")


def receipt(desk: Desk, row: Row) -> str:
    """What the till's paper says of a sale; at ISO 8583 its own trace."""
    if desk.profile.protocol == "iso8583":
        return (row.reference or "").split("-")[-1]
    made = [m.made.receipt for m in desk.device.moves if m.entry == row.id]
    return str(made[-1]) if made else ""


def again(desk: Desk) -> None:
    """The till says its last words once more, at once or on a new connection."""
    if desk.till.asked and ready(desk):
        desk.till.command(desk.till.asked[-1].ask.unit)
        desk.run(3.0)


def early(desk: Desk) -> None:
    """A second request while the first is open."""
    if desk.till.connected:
        say(desk, "sale", desk.world.dice.choice(AMOUNTS))


def noise(desk: Desk) -> None:
    desk.till.send(desk.world.dice.randbytes(desk.world.dice.choice([1, 9, 300])))
    if desk.till.asked:
        desk.till.asked[-1].clear = False
    desk.run(desk.world.dice.choice([0.1, 12.0]))


def hang_up(desk: Desk) -> None:
    if not desk.kept:
        desk.till.hang_up()
    desk.run(0.5)


def decide(desk: Desk) -> None:
    if not desk.asked:
        return
    decision, session = desk.asked.pop(), desk.line.session
    yes = desk.world.chance(80)

    def answer(guard: Guard) -> None:
        desk.approved |= {decision} if yes else set()
        if yes:
            guard.approve(decision, "maya", shop.PINS["maya"])
        else:
            guard.decline(decision, "maya")
        if session is not None:
            desk.line.call(lambda: session.answered(decision))

    desk.with_guard(answer)
    desk.run(3.0)


def resolve(desk: Desk) -> None:
    """A manager reads the device's own slip once nothing is under way any more."""
    desk.run(60.0)
    if desk.guard is None or not desk.device.twin.idle:
        return
    for entry in desk.guard.unresolved(LINK):
        stands = desk.stands(entry.id)
        if stands in (0, entry.amount):
            result = Result.APPROVED if stands else Result.DECLINED
            _say_so(desk, entry.id, result)
            desk.world.count(f"resolved: {result}")


def _say_so(desk: Desk, number: int, result: Result) -> None:
    desk.with_guard(lambda guard: guard.resolve(number, result, "maya", shop.PINS["maya"]))


def unplug(desk: Desk) -> None:
    desk.line.plugged = False
    desk.line.device.pull()
    desk.run(desk.world.dice.choice([0.5, 20.0]))
    desk.line.plugged = True


def misbehave(desk: Desk) -> None:
    """The next words of the device go wrong."""
    twin = desk.device.twin
    twin.misbehave(desk.world.dice.choice(sorted(twin.wrongs.known)))


def kill(desk: Desk) -> None:
    if desk.faults.countdown is None:
        desk.faults.countdown = desk.world.dice.choice([0, 1, 2, 3, 5, 8, 13])


def cut_power(desk: Desk) -> None:
    desk.power_cut()
    desk.run(5.0)


def wait(desk: Desk) -> None:
    desk.run(desk.world.dice.choice([1.0, 20.0, 130.0, 400.0]))


WEIGHTS = {pay: 30, back: 20, again: 6, early: 3, noise: 3, hang_up: 3, decide: 9, resolve: 9,
           unplug: 4, misbehave: 4, kill: 14, cut_power: 2, wait: 6}  # fmt: skip


class FailedError(AssertionError):
    """A seed broke something; the message holds its trace."""

    def __init__(self, seed: int, error: BaseException, trace: list[str]) -> None:
        self.error = error
        super().__init__(f"seed {seed}: {type(error).__name__}: {error}\n" + "\n".join(trace[-60:]))


def play(seed: int, template: Path, directory: Path, make_guard: MakeGuard = Guard,
         make_session: MakeSession = ExchangeSession) -> World:  # fmt: skip
    """Play one seed.

    :raises FailedError: when a rule breaks, or anything else goes wrong.
    """
    desk = Desk(seed, template, directory, make_guard, make_session)
    try:
        with desk:
            desk.run(1.0)
            for _ in range(STEPS):
                step = desk.world.dice.choices(list(WEIGHTS), list(WEIGHTS.values()))[0]
                desk.world.note(f"--- {step.__name__}")
                step(desk)
                desk.check()
            _rest(desk)
    except Exception as error:
        raise FailedError(seed, error, desk.world.trace) from error
    return desk.world


def _rest(desk: Desk) -> None:
    """Everything comes to rest, and what nobody knows is found out."""
    desk.world.note("--- rest")
    desk.faults.countdown, desk.line.plugged = None, True
    desk.run(700.0)
    desk.faults.countdown = None
    desk.run(100.0)
    for _ in range(2):
        resolve(desk)
        desk.run(200.0)
    cut_power(desk)
    desk.run(100.0)
    desk.check()
    assert desk.store is not None
    desk.store.audit.verify()
    for row in desk.disk.entries().values():
        what = f"at rest entry {row.id} ({row.kind} {row.amount}) is {row.phase}"
        hold("5-unknown", row.phase not in ("reserved", "waiting"), what)
        stands = desk.stands(row.id)
        settled = row.phase != "voided" or stands == 0
        hold("5-unknown", settled, f"{what}, {stands} stands at the device")


@pytest.fixture(scope="module")
def counters(memory: Path) -> Path:
    """A store with its people, copied for every seed."""
    state = memory / "exchange-template"
    store = Store.create(state, clock=ManualClock(), terminal_id="T1", durable=False,
                         scrypt_log2n=1)  # fmt: skip
    with store:
        for person, role in (("anna", "cashier"), ("ben", "senior"), ("maya", "manager")):
            store.people.add(person, person.title(), role, shop.PINS[person])
    return state


def test_the_rules_hold_on_every_link(seeds: range, counters: Path, memory: Path) -> None:
    for seed in seeds:
        play(seed, counters, memory)


class AcknowledgesFirst(Guard):
    """Records an outcome only before it judges the next request."""

    owed: tuple[int, Outcome] | None = None

    def settle(self, decision: int, outcome: Outcome) -> Words | None:
        self.owed = (decision, outcome)
        return None

    def judge(self, intent: Intent, *, link: str, frame: bytes = b"") -> Decision:
        owed, self.owed = self.owed, None
        if owed is not None:
            super().settle(*owed)
        return super().judge(intent, link=link, frame=frame)


class ForwardsWhatWasRefused(ExchangeSession):
    """Takes every verdict for a yes."""

    def _judged(self, ask: Ask, decision: Decision) -> None:
        self._forward(Job(ask, decision.id))


@pytest.mark.parametrize(
    ("make_guard", "make_session", "rule"),
    [
        (AcknowledgesFirst, ExchangeSession, "5-durable-first"),
        (TakesSilenceForNo, ExchangeSession, "5-unknown"),
        (Guard, ForwardsWhatWasRefused, "1-recorded-first"),
    ],
)
def test_a_mistake_is_found(
    make_guard: MakeGuard, make_session: MakeSession, rule: str, counters: Path, memory: Path
) -> None:
    with pytest.raises(FailedError) as failed:
        _play_all(200, counters, memory, make_guard, make_session)
    assert isinstance(failed.value.error, BrokenRuleError), failed.value
    assert failed.value.error.rule == rule, failed.value


def _play_all(
    count: int, counters: Path, memory: Path, make_guard: MakeGuard, make_session: MakeSession
) -> None:
    for seed in range(count):
        play(seed, counters, memory, make_guard, make_session)


MUST_HAPPEN = {
    *(f"heard {kind}" for kind in ("sale", "refund", "void")),
    *(f"till: {result}" for result in ("approved", "declined")),
    *(f"sale {phase}" for phase in ("posted", "failed", "unknown", "refused")),
    *(f"killed before-{point}" for point in ("transaction", "commit", "ToDevice", "ToApp")),
    "killed after-commit",
    "resolved: approved",
    "resolved: declined",
    "ACK after the record",
}


def test_enough_happens(counters: Path, memory: Path) -> None:
    """So that nothing is green because nothing happens."""
    seen: Counter[str] = Counter()
    for seed in range(300):
        seen += play(seed, counters, memory).seen
        if seen.keys() >= MUST_HAPPEN:
            return
    assert not MUST_HAPPEN - seen.keys()
