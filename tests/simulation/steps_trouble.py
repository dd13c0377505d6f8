"""What else happens: attackers' bytes, people at consoles, broken lines, clocks, power, disks."""

from __future__ import annotations

from pos_guard.frames import zvt_build
from pos_guard.frames.zvt_apdu import Apdu
from pos_guard.model import Result
from pos_guard.store.ledger import Entry
from pos_guard_simulator.printer import Fault
from tests.simulation.facts import PINS, STRANGER_ID, TERMINAL_ID
from tests.simulation.floor import AMOUNTS, Floor
from tests.simulation.lines import Line
from tests.simulation.saying import answer, begin_shift, say_why
from tests.simulation.steps_pay import CURRENCY, PASSWORD, badge, pause, ready


def ask_terminal(floor: Floor) -> None:
    """Commands that move nothing."""
    if not ready(floor):
        return
    command = floor.world.dice.choice(
        [
            zvt_build.registration(PASSWORD, 0x8A, CURRENCY),
            zvt_build.registration(PASSWORD, 0x08, CURRENCY),
            zvt_build.repeat_receipt(PASSWORD),
            zvt_build.status_enquiry(PASSWORD),
            zvt_build.end_of_day(PASSWORD),
        ]
    )
    floor.zvt_till.command(command)
    floor.run(3.0)


def stop_terminal(floor: Floor) -> None:
    """06 B0, whatever is under way."""
    floor.zvt_till.units(zvt_build.abort_command())
    pause(floor)


def bad_bytes(floor: Floor) -> None:
    """Bytes that are not what they should be, on any link."""
    dice = floor.world.dice
    amount = dice.choice(AMOUNTS)
    twice = zvt_build.authorisation(amount, CURRENCY)
    units = [
        [Apdu.of(0x0601, twice[3:] + twice[3:]).raw],
        [zvt_build.status_enquiry(PASSWORD), zvt_build.refund(PASSWORD, amount, CURRENCY)],
        [b"\x06\x01\xff" + bytes([len(twice) - 3, 0]) + twice[3:]],
        [Apdu.of(0x061B, bytes(7)).raw],
        [Apdu.of(0x0622, twice[3:]).raw],
        [twice, twice],
        [zvt_build.refund(PASSWORD, amount, CURRENCY)] * 3,
    ]
    floor.world.count("bad bytes")
    kind = dice.choice(["units", "units", "half", "noise", "http", "paper"])
    if kind == "units":
        floor.zvt_till.units(*dice.choice(units))
    elif kind == "half":
        floor.zvt_till.send(twice[: dice.randrange(1, len(twice))])
    elif kind == "noise":
        floor.zvt_till.send(dice.randbytes(dice.choice([1, 7, 300, 3000])))
    elif kind == "http":
        floor.wechat_till.send(dice.choice([b"POST / HTTP/1.1\r\n", b"\x00" * 5000, b"G" * 70000]))
    else:
        floor.printer_port.send(dice.randbytes(dice.choice([3, 200, 20_000])) + b"\n\x1b@")
    floor.run(dice.choice([0.05, 3.0, 12.0]))


def resend(floor: Floor) -> None:
    """An earlier money command once more, to the last byte."""
    if floor.zvt_till.sent and ready(floor):
        floor.zvt_till.command(floor.world.dice.choice(floor.zvt_till.sent[-4:]))
        floor.world.count("till: resent")
        pause(floor)


def hang_up(floor: Floor) -> None:
    """The till closes its line, if it has one that closes."""
    if not floor.kept:
        floor.zvt_till.hang_up()
    floor.run(0.5)


def decide(floor: Floor) -> None:
    """A supervisor looks at what waits: right and wrong answers."""
    if not floor.asked:
        return
    _, decision = floor.asked.pop(floor.world.dice.randrange(len(floor.asked)))
    liars = ["wrong-pin", "wrong-amount", "self", "spelling", "cashier", "no", "late", "twice"]
    kind = floor.world.dice.choice(["yes"] * 16 + liars)
    if kind == "late":
        floor.run(70.0)
    if kind == "no":
        boss = floor.terms.boss
        floor.with_guard(lambda guard: guard.decline(decision, boss))
        floor.world.count("declined by a person")
    for _ in range({"no": 0, "twice": 2}.get(kind, 1)):
        floor.with_guard(lambda guard: answer(floor, guard, decision, kind))
    if floor.world.chance(8):
        floor.run(70.0)  # the approval grows old before anybody looks at it again
    for line in list(floor.lines.values()) * (2 if kind == "twice" else 1):
        if line.session is not None:
            _wake(floor, line.name, decision)
    if kind == "twice":
        floor.with_guard(lambda guard: answer(floor, guard, decision, "yes"))
        floor.world.count("a console answered twice")
    pause(floor)


def _wake(floor: Floor, link: str, decision: int) -> None:
    line = floor.lines[link]
    session = line.session
    if session is not None:
        floor.with_guard(lambda _: line.call(lambda: session.answered(decision)))


def resolve(floor: Floor) -> None:
    """A manager looks at the terminal's slip and says what came of an unknown request."""
    floor.run(2.0)
    guard = floor.guard
    if guard is None or not floor.terminal.idle:
        return
    unknown = [*guard.unresolved("zvt"), *guard.unresolved("wechat")]
    if not unknown:
        return
    entry = floor.world.dice.choice(unknown)
    result = truth(floor, entry)
    if result is Result.UNKNOWN:
        return
    boss = floor.terms.boss
    floor.with_guard(lambda guard: guard.resolve(entry.id, result, boss, PINS[boss]))
    floor.world.count(f"resolved by a person: {result}")
    floor.run(0.1)


def truth(floor: Floor, entry: Entry) -> Result:
    """What the device's own book says; UNKNOWN where that is no plain yes or no yet."""
    order = floor.provider.book.orders.get(entry.reference or "")
    if order is not None and order.state == "USERPAYING":
        return Result.UNKNOWN
    floor.invariants.refresh()
    stands = sum(h.moved for h in floor.facts.of_entry(entry.id) if not h.taken_back)
    if stands not in (0, entry.amount):
        return Result.UNKNOWN
    return Result.APPROVED if stands else Result.DECLINED


def thaw(floor: Floor) -> None:
    """A manager has the right terminal put back, and lets a frozen link work again."""
    if floor.terminal.settings.terminal_id != TERMINAL_ID:
        swap_terminal(floor)
    if ready(floor):
        floor.zvt_till.command(zvt_build.registration(PASSWORD, 0x08, CURRENCY))
        floor.run(3.0)
    link = floor.world.dice.choice(["zvt", "wechat"])
    floor.with_guard(lambda guard: guard.thaw(link, floor.terms.boss, PINS[floor.terms.boss]))


def wait(floor: Floor) -> None:
    """Nothing happens for a while."""
    floor.run(floor.world.dice.choice([1.0, 10.0, 70.0, 200.0, 1000.0]))


def set_clock(floor: Floor) -> None:
    """Somebody sets the clock."""
    floor.world.clock.step_wall(floor.world.dice.choice([-1.0, -3600.0, 3600.0, 10.0]))
    floor.world.count("clock set")


def kill(floor: Floor) -> None:
    """The process will die at one of the next points."""
    if floor.faults.countdown is None:
        floor.faults.countdown = floor.world.dice.choice([0, 1, 2, 3, 5, 8, 13, 21, 34])


def cut_power(floor: Floor) -> None:
    """The lights go out."""
    floor.power_cut()
    floor.run(5.0)


def fill_disk(floor: Floor) -> None:
    """No write succeeds for a while."""
    faults = floor.faults
    faults.full = True
    floor.world.count("disk full")
    floor.world.after(floor.world.dice.choice([0.5, 5.0, 30.0]), lambda: _emptied(floor, faults))


def _emptied(floor: Floor, faults: object) -> None:
    floor.world.note("the disk has room again")
    if faults is floor.faults:
        floor.faults.full = False


def unplug(floor: Floor) -> None:
    """A device's line is pulled for a moment."""
    line = floor.lines[floor.world.dice.choice(["zvt", "zvt", "wechat", "printer"])]
    line.plugged = False
    line.device.pull()
    floor.world.count(f"{line.name} unplugged")
    floor.world.after(floor.world.dice.choice([0.1, 3.0, 40.0]), lambda: _plug(line))
    floor.run(0.1)


def _plug(line: Line) -> None:
    line.plugged = True


def swap_terminal(floor: Floor) -> None:
    """Another terminal stands there in the morning; or the right one again.

    Not while an outcome is open at a terminal that never said which one it is: no protocol could
    tell afterwards which of the two was asked.
    """
    entries = floor.disk.entries().values()
    open_here = any(e.link == "zvt" and e.phase in ("reserved", "unknown") for e in entries)
    if not floor.terminal.idle or floor.zvt_till.busy:
        return
    if open_here and not floor.terminal.reported:
        return
    mine = floor.terminal.settings.terminal_id == TERMINAL_ID
    floor.terminal_seat.pull()
    new = next((t for t in floor.facts.terminals if t is not floor.terminal), None)
    if new is None:
        new = floor.new_terminal(STRANGER_ID if mine else TERMINAL_ID)
        floor.facts.terminals.append(new)
    new.reported = False
    floor.terminal = new
    floor.terminal_seat.twin = new
    floor.world.count("terminal swapped")
    floor.run(1.0)


def paper_out(floor: Floor) -> None:
    """The paper ends, or is put in again."""
    printer = floor.paper.printer
    if Fault.PAPER_OUT in printer.faults:
        paper_in(floor)
    else:
        printer.fail(Fault.PAPER_OUT)
    floor.world.count("paper out")


def paper_in(floor: Floor) -> None:
    """What was held is printed, and the printer reads on."""
    floor.paper.printer.clear(Fault.PAPER_OUT)
    floor.paper.look()
    floor.lines["printer"].device.go_on()


def night_shift(floor: Floor) -> None:
    """A refund that needs a second person, from badge to answer."""
    badge(floor, floor.terms.badges[0])
    begin_shift(floor, floor.terms.badges[0])
    say_why(floor)
    if ready(floor):
        amount = floor.world.dice.choice([2450, 3000, 4550])
        floor.zvt_till.command(zvt_build.refund(PASSWORD, amount, CURRENCY))
        floor.run(1.0)
        decide(floor)
