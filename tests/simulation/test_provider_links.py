"""Providers over HTTP, each as a small shop of one seed: till, guard, provider, people, network.

Every provider has its turn (seed modulo): WeChat Pay v3 and v2, Alipay in UTF-8 and GBK, and the
aggregator of the template. The rules are checked from outside: against the provider's book, what
the till sent and heard, and what is committed on disk at that very moment.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from pos_guard.clock import ManualClock
from pos_guard.guard import Decision, Guard
from pos_guard.links.provider import ProviderSession, Task
from pos_guard.links.session import Effects
from pos_guard.model import Intent, Outcome, Result, Source, Words
from pos_guard.money import Money
from pos_guard.store.store import Store
from tests import shop
from tests.simulation.facts import Row
from tests.simulation.provider_desk import LINK, Desk, MakeGuard, MakeSession
from tests.simulation.provider_profiles import AMOUNTS
from tests.simulation.provider_till import PATIENCE_S
from tests.simulation.rules import BrokenRuleError, hold
from tests.simulation.test_seeded_bugs import TakesSilenceForNo
from tests.simulation.world import World

STEPS = 16


def say(desk: Desk, what: str, raw: bytes) -> None:
    """The till asks; mostly it waits for the answer."""
    if desk.till.busy and desk.world.chance(85):
        desk.run(PATIENCE_S, lambda: not desk.till.busy)
    desk.world.note(f"till asks {what}")
    desk.till.command(raw)
    if desk.world.chance(10):  # the network goes while request or answer is on its way
        desk.run(desk.world.dice.uniform(0.001, 0.02))
        unplug(desk)
    desk.run(desk.world.dice.choice([0.01, 1.0, 3.0, 3.0, 40.0]))


def pay(desk: Desk) -> None:
    """Bill and sale; sometimes another amount, sometimes the last request of its connection."""
    dice, amount = desk.world.dice, desk.world.dice.choice(AMOUNTS)
    desk.with_guard(lambda g: g.tell_order(None, Money(amount, "CNY"), Source.BILL))
    desk.number += 1
    order = f"ORDER-{desk.number:04d}"
    fen = amount if dice.random() < 0.93 else amount + 1
    raw = desk.speech.pay(fen, order, desk.world.seed % 1000 * 1000 + desk.number)
    if desk.world.chance(20):
        raw = raw.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n", 1)
    say(desk, f"sale {fen} {order}", raw)


def some_sale(desk: Desk) -> Row | None:
    rows = [row for row in desk.disk.entries().values() if row.kind == "sale" and row.reference]
    return desk.world.dice.choice(rows[-4:]) if rows else None


def sign_in(desk: Desk) -> None:
    person = desk.world.dice.choice(["anna", "ben", "ben", "maya"])
    desk.with_guard(lambda g: g.tell_operator(person, Source.SCAN))


def refund(desk: Desk) -> None:
    """The whole or a part back, by somebody who may or may not."""
    row = some_sale(desk)
    if row is None:
        return
    sign_in(desk)
    desk.number += 1
    total = row.amount or 0
    fen = total if desk.world.chance(50) else total // 2
    order = row.reference or ""
    raw = desk.speech.refund(fen, f"BACK-{desk.number}", order, total)
    say(desk, f"refund {fen} of {order}", raw)


def query(desk: Desk) -> None:
    row = some_sale(desk)
    if row is not None:
        say(desk, f"query {row.reference}", desk.speech.dialect.query(row.reference or ""))


def query_refund(desk: Desk) -> None:
    rows = [row for row in desk.disk.entries().values() if row.kind == "refund"]
    if rows:
        row = desk.world.dice.choice(rows)
        sale = next((r for r in desk.disk.entries().values()
                     if r.kind == "sale" and r.sale_id == row.sale_id), None)  # fmt: skip
        order = "ORDER-0001" if sale is None else sale.reference or ""
        say(desk, f"refund query {row.reference}",
            desk.speech.query_refund(row.reference or "", order))  # fmt: skip


def reverse(desk: Desk) -> None:
    """Undo an order, whatever became of it."""
    row = some_sale(desk)
    if row is not None:
        sign_in(desk)
        say(desk, f"reverse {row.reference}", desk.speech.dialect.reverse(row.reference or ""))


def again(desk: Desk) -> None:
    """The till says its last words once more."""
    if desk.till.asked:
        say(desk, "the same again", desk.till.asked[-1].raw)


def early(desk: Desk) -> None:
    """Bytes of a second request while the first is open, or any bytes at all."""
    dice = desk.world.dice
    if desk.world.chance(40):
        desk.till.command(desk.speech.dialect.query())
    else:
        desk.till.noise(dice.choice([b"G", dice.randbytes(40)]))
    desk.run(dice.choice([0.1, 12.0]))


def knock(desk: Desk) -> None:
    """Another connection waits."""
    session = desk.line.session
    if session is not None:
        desk.with_guard(lambda _: desk.line.call(session.app_waiting))
        desk.run(0.5)


def hang_up(desk: Desk) -> None:
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
        held = session
        if held is not None:
            desk.line.call(lambda: held.answered(decision))

    desk.with_guard(answer)
    desk.run(3.0)


def resolve(desk: Desk) -> None:
    """A manager reads the provider's own list once nothing is under way any more."""
    desk.run(60.0)
    if desk.guard is None:
        return
    for entry in desk.guard.unresolved(LINK):
        stands = desk.stands(entry.id)
        if desk.settled(entry.id) and (stands in (0, entry.amount) or entry.amount is None):
            result = Result.APPROVED if stands else Result.DECLINED
            _say_so(desk, entry.id, result)
            desk.world.count(f"resolved: {result}")


def _say_so(desk: Desk, number: int, result: Result) -> None:
    desk.with_guard(lambda guard: guard.resolve(number, result, "maya", shop.PINS["maya"]))


def unplug(desk: Desk) -> None:
    """The network goes, perhaps with bytes on their way."""
    desk.line.plugged = False
    desk.line.device.pull()
    desk.run(desk.world.dice.choice([0.5, 20.0]))
    desk.line.plugged = True


def kill(desk: Desk) -> None:
    if desk.faults.countdown is None:
        desk.faults.countdown = desk.world.dice.choice([0, 1, 2, 3, 5, 8, 13])


def cut_power(desk: Desk) -> None:
    desk.power_cut()
    desk.run(5.0)


def wait(desk: Desk) -> None:
    desk.run(desk.world.dice.choice([1.0, 20.0, 70.0, 400.0]))


WEIGHTS = {pay: 30, refund: 18, query: 12, query_refund: 6, reverse: 9, again: 6, early: 3,
           knock: 3, hang_up: 3, decide: 9, resolve: 5, unplug: 5, kill: 14, cut_power: 2,
           wait: 6}  # fmt: skip


class FailedError(AssertionError):
    """A seed broke something; the message holds its trace."""

    def __init__(self, seed: int, error: BaseException, trace: list[str]) -> None:
        self.error = error
        super().__init__(f"seed {seed}: {type(error).__name__}: {error}\n" + "\n".join(trace[-60:]))


def play(seed: int, template: Path, directory: Path, make_guard: MakeGuard = Guard,
         make_session: MakeSession = ProviderSession) -> World:  # fmt: skip
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
    """Everything comes to rest: the till asks after what is open, people say the rest."""
    desk.world.note("--- rest")
    desk.faults.countdown, desk.line.plugged = None, True
    desk.run(300.0)
    for row in [r for r in desk.disk.entries().values() if r.phase == "unknown"]:
        if row.kind == "sale":
            say(desk, f"reverse {row.reference}", desk.speech.dialect.reverse(row.reference or ""))
            desk.run(40.0)
    resolve(desk)
    cut_power(desk)
    desk.run(100.0)
    desk.check()
    assert desk.store is not None
    desk.store.audit.verify()
    for row in desk.disk.entries().values():
        what = f"at rest entry {row.id} ({row.kind} {row.amount}) is {row.phase}"
        hold("5-unknown", row.phase not in ("reserved", "waiting"), what)


@pytest.fixture(scope="module")
def counters(memory: Path) -> Path:
    """A store with its people, copied for every seed."""
    state = memory / "provider-template"
    store = Store.create(state, clock=ManualClock(), terminal_id="T1", durable=False,
                         scrypt_log2n=1)  # fmt: skip
    with store:
        for person, role in (("anna", "cashier"), ("ben", "senior"), ("maya", "manager")):
            store.people.add(person, person.title(), role, shop.PINS[person])
    return state


def test_the_rules_hold_at_every_provider(seeds: range, counters: Path, memory: Path) -> None:
    for seed in seeds:
        play(seed, counters, memory)


class AnswersFirst(Guard):
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


class ForwardsWhatWasRefused(ProviderSession):
    """Takes every verdict for a yes."""

    def _refuse(self, task: Task, decision: Decision) -> Effects:
        task.decision = decision.id
        return self._send(task)


class SendsTwice(ProviderSession):
    """Sends everything once more when its connection breaks."""

    def _lost(self, task: Task, code: str) -> Effects:
        if code == "truncated" and not task.again:
            return self._ask_again(task)
        return super()._lost(task, code)

    def _judge(self, task: Task) -> Effects:
        # Judged again, it would be refused: the ledger knows its number.
        return self._send(task) if task.again else super()._judge(task)


@pytest.mark.parametrize(
    ("make_guard", "make_session", "rule"),
    [
        (AnswersFirst, ProviderSession, "5-durable-first"),
        (TakesSilenceForNo, ProviderSession, "5-unknown"),
        (Guard, ForwardsWhatWasRefused, "1-recorded-first"),
        (Guard, SendsTwice, "5-unknown"),
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
    *(f"heard {kind}" for kind in ("sale", "refund", "reversal")),
    *(f"till: {op} {result}" for op in ("sale", "refund") for result in ("approved", "declined")),
    *(f"sale {phase}" for phase in ("posted", "failed", "unknown", "refused")),
    *(f"killed before-{point}" for point in ("transaction", "commit", "ToDevice", "ToApp")),
    "killed after-commit",
    "stopped what was unknown",
    "resolved: approved",
    "resolved: declined",
    "refund unknown",
    "power cut",
}


def test_enough_happens(counters: Path, memory: Path) -> None:
    """So that nothing is green because nothing happens."""
    seen: Counter[str] = Counter()
    for seed in range(300):
        seen += play(seed, counters, memory).seen
        if seen.keys() >= MUST_HAPPEN:
            return
    assert not MUST_HAPPEN - seen.keys()
