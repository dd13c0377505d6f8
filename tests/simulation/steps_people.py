"""What else issue 5 brings to a shop: shifts, goods, freezes, exceptions, nights, bad disks."""

from __future__ import annotations

from functools import partial

from pos_guard.frames import zvt_build
from pos_guard.guard import Guard
from pos_guard.model import Source
from pos_guard.policy.request import Disk as DiskState
from pos_guard.policy.request import Network
from pos_guard.store.overrides import Wanted
from pos_guard.store.permit import Credentials, permitted
from tests.simulation.facts import MERCHANT, PINS
from tests.simulation.floor import AMOUNTS, Floor
from tests.simulation.said import Pass
from tests.simulation.saying import begin_shift, end_shift, say_why, tell_cart
from tests.simulation.steps_pay import (
    CURRENCY,
    PASSWORD,
    badge,
    bill,
    card_reversal,
    card_sale,
    known_sale,
    last_sale,
    paid_sale,
    pause,
    ready,
    receipt,
)
from tests.simulation.steps_trouble import decide

SECOND = 1_000_000
SKUS = ("coffee", "cake")


def shift(floor: Floor) -> None:
    """Somebody begins a shift, or ends one."""
    person = floor.world.dice.choice(floor.terms.badges)
    if floor.world.chance(75):
        begin_shift(floor, person)
    else:
        end_shift(floor, person)


def refund_with_all(floor: Floor) -> None:
    """A refund as it should be: badge, shift, sale, reason, answers; perhaps several times."""
    dice = floor.world.dice
    person = dice.choice(floor.terms.badges[:3])
    badge(floor, person)
    begin_shift(floor, person)
    known = paid_sale(floor)
    code, total = known or ("", 1250)
    first = dice.choice([total, total // 2, 400, 400, min(total, 6000)])
    for number in range(dice.choice([1, 2, 3, 4])):
        amount = first if number == 0 else dice.choice([first, 100 + number])
        if code:
            floor.scanner_seat.do(floor.scanner.scan(code))
            floor.run(0.3)
        say_why(floor)
        if not ready(floor):
            return
        floor.zvt_till.command(zvt_build.refund(PASSWORD, max(amount, 1), CURRENCY))
        floor.run(1.0)
        decide(floor)
        pause(floor)


def _what_it_stops(floor: Floor) -> None:
    """Right after something that stops money: whoever tries all the same."""
    if floor.world.chance(75):
        floor.world.dice.choice([refund_with_all, refund_with_all, card_sale])(floor)


def wait_out(floor: Floor) -> None:
    """The owner asks for much, waits a quarter of an hour, and asks for the same again."""
    if not floor.terms.alone or known_sale(floor) is None:
        return
    amount = floor.world.dice.choice([6000, 9000])
    badge(floor, "olga")
    reason = sorted(floor.terms.reasons)[0]
    code = known_sale(floor)
    for seconds in (floor.world.dice.choice([600.0, 910.0]), 1.0):
        if code is not None:
            floor.scanner_seat.do(floor.scanner.scan(code))
            floor.run(0.3)
        floor.facts.said.reasons.append((floor.world.now_us, reason))
        floor.with_guard(lambda guard: guard.tell_reason(reason, Source.APP))
        if not ready(floor):
            return
        floor.zvt_till.command(zvt_build.refund(PASSWORD, amount, CURRENCY))
        floor.run(seconds)


def goods(floor: Floor) -> None:
    """Two of something are bought; one and one comes back, and sometimes more."""
    dice = floor.world.dice
    sku, order = dice.choice(SKUS), bill(floor)
    price = order.due // 2
    tell_cart(floor, sku, 2, price)
    if not ready(floor):
        return
    floor.zvt_till.command(zvt_build.authorisation(order.due, CURRENCY))
    floor.run(5.0)
    if not floor.zvt_till.exchanges[-1].approved:
        return
    order.due = 0
    receipt(floor, order)
    code = last_sale(floor)
    for _ in range(dice.choice([1, 2, 3])):
        if code is not None:
            _bring_back(floor, code, sku, price)


def _bring_back(floor: Floor, code: str, sku: str, price: int) -> None:
    badge(floor, floor.terms.badges[0])
    begin_shift(floor, floor.terms.badges[0])
    floor.scanner_seat.do(floor.scanner.scan(code))
    floor.run(0.3)
    tell_cart(floor, sku, floor.world.dice.choice([1, 1, 2]), price)
    say_why(floor)
    if ready(floor):
        floor.zvt_till.command(zvt_build.refund(PASSWORD, price, CURRENCY))
        floor.run(1.0)
        decide(floor)
        floor.world.count("goods brought back")


def freeze(floor: Floor) -> None:
    """Somebody stops a till, a person or a sale; a little later it is let go."""
    dice, said = floor.world.dice, floor.facts.said
    sales = [row.sale_id for row in floor.disk.entries().values() if row.sale_id]
    scopes = [("terminal", "T1"), ("operator", floor.terms.badges[0])]
    scope = dice.choice([*scopes, *(("sale", sale) for sale in sales[-2:])])
    boss = floor.terms.boss

    def stop(guard: Guard) -> None:
        guard.freeze(*scope, "a second look", boss, PINS[boss])
        said.frozen[scope] = floor.disk.last_record()
        floor.world.count(f"{scope[0]} frozen")

    floor.with_guard(stop)
    _what_it_stops(floor)
    floor.world.after(dice.choice([5.0, 60.0, 300.0]), lambda: unfreeze(floor))


def unfreeze(floor: Floor) -> None:
    """Everything works again. What may be thawed counts as thawed at once."""
    boss = floor.terms.boss
    for scope in list(floor.facts.said.frozen):
        if floor.guard is not None:
            del floor.facts.said.frozen[scope]
            floor.with_guard(partial(_thaw, scope, boss))


def _thaw(scope: tuple[str, str], boss: str, guard: Guard) -> None:
    guard.unfreeze(*scope, boss, PINS[boss])


def network(floor: Floor) -> None:
    """The line to the acquirer is down, or up again."""
    said = floor.facts.said
    state = floor.world.dice.choice([Network.OFFLINE, Network.OFFLINE, Network.DEGRADED])
    state = Network.ONLINE if said.offline is not None else state
    said.offline = None

    def tell(guard: Guard) -> None:
        guard.tell_network(state)
        said.offline = floor.disk.last_record() if state is Network.OFFLINE else None

    floor.with_guard(tell)
    if said.offline is not None:
        _what_it_stops(floor)


def bad_disk(floor: Floor) -> None:
    """The disk is nearly full, or fails, for a few minutes."""
    dice, said = floor.world.dice, floor.facts.said
    floor.disk_state = dice.choice([DiskState.LOW, DiskState.BAD])
    said.disk_bad_us = floor.world.now_us if floor.disk_state is DiskState.BAD else None
    floor.world.count(f"disk {floor.disk_state}")

    def mended() -> None:
        floor.disk_state, said.disk_bad_us = DiskState.GOOD, None

    floor.world.after(dice.choice([60.0, 200.0, 500.0]), mended)
    floor.run(41.0)
    _what_it_stops(floor)


def override(floor: Floor) -> None:
    """The boss makes an exception: a higher limit, or a refund at night."""
    rule = floor.world.dice.choice(["limits", "opening-hours", "within-limit"])
    give_override(floor, frozenset({rule}))


def give_override(floor: Floor, rules: frozenset[str]) -> None:
    """An exception for these rules, for five minutes."""
    clock, up_to = floor.world.clock, floor.world.dice.choice([None, 9000])
    wanted = Wanted(rules=rules, reason="this customer", up_to=up_to, life_s=300)
    given = Pass(rules, clock.boot_id, clock.boot_us() + 300 * SECOND, up_to)

    def add(guard: Guard) -> None:
        who = _boss(floor, guard)
        floor.facts.said.overrides.append(given)
        guard.store.overrides.add(who, wanted)
        floor.world.count("override given")

    floor.with_guard(add)


def break_glass(floor: Floor) -> None:
    """Sales go on for a while, whatever the guard finds."""
    clock = floor.world.clock
    given = Pass(frozenset(), clock.boot_id, clock.boot_us() + 300 * SECOND)

    def broken(guard: Guard) -> None:
        who = _boss(floor, guard)
        floor.facts.said.glass.append(given)
        guard.store.glass.start(who, "the guard stops every sale", 300)
        floor.world.count("glass broken")

    floor.with_guard(broken)
    if floor.world.chance(30):
        freeze(floor)
    _what_it_stops(floor)


def _boss(floor: Floor, guard: Guard) -> str:
    boss = floor.terms.boss
    return permitted(guard.store.people, guard.policy, Credentials(boss, PINS[boss])).id


def close_batch(floor: Floor) -> None:
    """The terminal closes its day, and whoever did it tells the guard."""
    if not ready(floor):
        return
    floor.zvt_till.command(zvt_build.end_of_day(PASSWORD))
    floor.run(3.0)

    def closed(guard: Guard) -> None:
        rows = floor.disk.entries().values()
        settled = frozenset(r.id for r in rows if (r.link, r.phase) == ("zvt", "posted"))
        guard.batch_closed("zvt")
        floor.facts.said.batches.append((floor.disk.last_record(), settled))
        floor.world.count("batch closed")

    floor.with_guard(closed)
    card_reversal(floor)
    decide(floor)


def night(floor: Floor) -> None:
    """The clock goes on to when the shop is closed, and somebody comes for money back."""
    clock = floor.world.clock
    minute = clock.wall_us() // (60 * SECOND) % 1440
    clock.step_wall(60.0 * ((floor.terms.closed[0] + 5 - minute) % 1440))
    if floor.world.chance(50):
        give_override(floor, frozenset({"opening-hours"}))
    refund_with_all(floor)


def clock_back(floor: Floor) -> None:
    """Somebody sets the clock back; a boss may say that it is right."""
    back = floor.world.dice.choice([7200.0, 30.0, 86_400.0])
    floor.world.clock.step_wall(-back)
    boss = floor.terms.boss
    if floor.world.chance(40):
        floor.facts.said.trusted += 1
        floor.with_guard(lambda guard: guard.trust_clock(boss, PINS[boss]))
        floor.world.count("clock trusted by a person")
    refund_with_all(floor)
    floor.world.clock.step_wall(back)


def same_number(floor: Floor) -> None:
    """A till that asks for another amount under the number of an earlier WeChat refund."""
    sent = [one for one in floor.wechat_till.sent if b"out_refund_no" in one]
    if not sent:
        return
    badge(floor, floor.terms.badges[0])
    say_why(floor)
    floor.wechat_till.again(floor.world.dice.choice(sent), MERCHANT, _more)
    floor.world.count("till: another payload under the same number")
    floor.run(2.0)


def _more(fields: dict[str, object]) -> None:
    fields["amount"] = {"refund": AMOUNTS[0] // 2, "total": AMOUNTS[0], "currency": CURRENCY}
