"""What people tell the guard, each noted in the facts before the guard hears of it."""

from __future__ import annotations

import hashlib
import hmac

from pos_guard.clock import SECOND
from pos_guard.errors import LocalError, NotPermittedError
from pos_guard.guard import Guard
from pos_guard.model import Cart, CartLine, Source
from pos_guard.policy.verdict import Need
from tests.simulation.facts import PINS, TOTP_SECRET, Approval
from tests.simulation.floor import Floor
from tests.simulation.rules import hold
from tests.simulation.said import Shift

WRONG_PIN = "170384629105"
TOTP_STEP_S = 30


def code_of_app(wall_us: int) -> str:
    """What the owner's authenticator shows: RFC 6238 with six digits and 30 s."""
    step = wall_us // (TOTP_STEP_S * SECOND)
    digest = hmac.digest(TOTP_SECRET, step.to_bytes(8, "big"), hashlib.sha1)
    at = digest[-1] & 15
    number = int.from_bytes(digest[at : at + 4], "big") & 0x7FFF_FFFF
    return f"{number % 1_000_000:06d}"


def say_why(floor: Floor) -> None:
    """The cashier names a reason, mostly one of the list."""
    reasons = sorted(floor.terms.reasons)
    if not reasons or floor.world.chance(15):
        return
    code = "because" if floor.world.chance(5) else floor.world.dice.choice(reasons)
    _said(floor, code)
    floor.with_guard(lambda guard: guard.tell_reason(code, Source.APP))


def _said(floor: Floor, code: str) -> None:
    floor.facts.said.reasons.append((floor.world.now_us, code))


def begin_shift(floor: Floor, person: str) -> None:
    """Somebody begins to work."""
    if not floor.terms.with_people:
        return
    shift = Shift(person, floor.world.clock.wall_us())
    floor.facts.said.shifts.append(shift)

    def begin(guard: Guard) -> None:
        try:
            guard.begin_shift(person, PINS[person])
            shift.sure = True
        except LocalError:  # it is open already
            floor.facts.said.shifts.remove(shift)

    floor.with_guard(begin)


def end_shift(floor: Floor, person: str) -> None:
    """Somebody goes home."""
    shift = Shift(person, floor.world.clock.wall_us(), over=True)

    def end(guard: Guard) -> None:
        try:
            guard.end_shift(person, PINS[person])
        except LocalError:  # none is open
            return
        floor.facts.said.shifts.append(shift)
        shift.sure = True
        floor.world.count("shift ended")

    floor.with_guard(end)


def tell_cart(floor: Floor, sku: str, quantity: int, price: int) -> None:
    """The till says what is bought, or comes back."""
    cart = Cart((CartLine(sku, quantity, price),))
    floor.with_guard(lambda guard: guard.tell_cart(cart, Source.APP))


def answer(floor: Floor, guard: Guard, decision: int, kind: str) -> None:
    """Give a request that waits all that it needs, rightly or as ``kind`` says."""
    for _ in range(4):
        needs = guard.needs(decision)
        if Need.REASON in needs:
            _explain(floor, guard, decision)
        elif Need.CONFIRMATION in needs:
            _confirm(floor, guard, decision, kind)
        elif Need.OWNER in needs:
            _prove(floor, guard, decision, kind)
        elif Need.APPROVAL in needs:
            _approve(floor, guard, decision, kind)
        if guard.needs(decision) == needs:
            return


def _explain(floor: Floor, guard: Guard, decision: int) -> None:
    reasons = sorted(floor.terms.reasons) or ["other"]
    code = floor.world.dice.choice(reasons)
    _said(floor, code)
    rows = floor.disk.entries()
    sale = rows[decision].sale_id
    sold = (row for row in rows.values() if row.sale_id == sale and not row.money_out)
    order = next(sold, None) if sale is not None else None
    guard.explain(decision, reason=code, customer=None if order is None else order.order_key)
    floor.world.count("explained by a person")


def _confirm(floor: Floor, guard: Guard, decision: int, kind: str) -> None:
    amount = guard.store.ledger.entry(decision).amount or 0
    if kind == "wrong-amount":
        amount *= 10
    floor.facts.said.confirmed.add((decision, amount))
    guard.confirm(decision, amount)
    floor.world.count(f"confirmed: {'wrong' if kind == 'wrong-amount' else 'right'}")


def _prove(floor: Floor, guard: Guard, decision: int, kind: str) -> None:
    """The owner's PIN and code; a code that was used before never counts again."""
    said, operator = floor.facts.said, guard.store.ledger.entry(decision).operator or "olga"
    code = code_of_app(floor.world.clock.wall_us())
    if kind == "wrong-pin":
        code = "000000" if code != "000000" else "000001"
    used = code in said.codes
    if kind != "wrong-pin" and not used:
        said.proofs.add((decision, operator))
    try:
        guard.prove(decision, operator, PINS.get(operator, WRONG_PIN), code)
    except NotPermittedError:
        floor.world.count(f"proof refused: {'used code' if used else kind}")
        raise
    hold("4-right-person", not used and kind != "wrong-pin", "a used or wrong code counted")
    said.codes.add(code)


def _approve(floor: Floor, guard: Guard, decision: int, kind: str) -> None:
    world, dice = floor.world, floor.world.dice
    operator = floor.facts.badges[-1].person if floor.facts.badges else floor.terms.badges[0]
    others = [name for name in floor.terms.approves if name.casefold() != operator.casefold()]
    liars = {"self": operator, "cashier": "anna", "spelling": operator.swapcase()}
    person = liars.get(kind) or dice.choice(others)
    if kind == "spelling" and person not in PINS:
        person = operator
    pin = WRONG_PIN if kind == "wrong-pin" else PINS[person]
    # Said before it is stored: the process may die right after the commit.
    if kind != "wrong-pin":
        said = Approval(decision, person, world.now_us, world.clock.boot_id)
        floor.facts.approvals.append(said)
    try:
        guard.approve(decision, person, pin)
        world.count("approved by a person")
    except NotPermittedError:
        world.count(f"approval refused: {kind}")
        raise
