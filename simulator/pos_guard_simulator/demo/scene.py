"""What a scene is, and small helpers that several scenes use.

A scene says what a till does and looks at what the devices, the paper and the till saw. It never
asks the guard what it thinks: only words for the cashier are taken from it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from pos_guard.model import Words
from pos_guard_simulator.demo.ears import StageError
from pos_guard_simulator.demo.stage import Stage
from pos_guard_simulator.paper import Slip
from pos_guard_simulator.till import CARD, Item, Payment, PayResult, Sale, ZvtLink


@dataclass(frozen=True, slots=True)
class Got:
    """What came of a scene: one line, whether anything was kept from its device, the words."""

    outcome: str
    blocked: bool = False
    words: str = ""


@dataclass(frozen=True, slots=True)
class Scene:
    """One thing that happens at the till.

    ``source`` says where the guard's context comes from in this scene. ``expected`` is the outcome
    of an enforced policy. ``both``: played in observe mode too, where nothing may be blocked.
    """

    id: str
    title: Words
    source: str
    expected: str
    play: Callable[[Stage], Got]
    both: bool = True


COFFEE = (Item("拿铁咖啡 Caffe Latte", 450), Item("肉桂卷 Cinnamon roll", 400, 2))
"""A breakfast for 12.50."""


def breakfast(number: str) -> Sale:
    """The demo's usual sale: 12.50."""
    return Sale(number, COFFEE)


def sale_of(number: str, price: int) -> Sale:
    """A sale of one thing."""
    return Sale(number, (Item("礼品 Gift box", price),))


def moved(stage: Stage) -> int:
    """How many transactions the terminals have made."""
    return stage.ask(lambda: len(stage.terminal.book.transactions))


def heard(stage: Stage) -> int:
    """How many bytes reached the payment terminal, its last exchange being over.

    The till is done when it sent its last acknowledgement, which is still on its way then.
    """
    stage.until(lambda: stage.terminal.idle)
    return stage.ask(lambda: len(stage.terminal.heard))


def paid_paper(slips: list[Slip]) -> int:
    """How many slips say that something was paid."""
    return sum("已支付 PAID" in slip.text for slip in slips)


def pay_by_card(
    stage: Stage, sale: Sale, asked: int | None = None, link: ZvtLink | None = None
) -> Got:
    """Bill and payment; what the till and the terminal saw."""
    stage.bill(sale)
    before = heard(stage)
    stage.ears.forget()
    result = (link or stage.terminal_link).pay(sale.total if asked is None else asked)
    silent = heard(stage) == before
    return told(result, silent=silent, words=stage.ears.words("terminal") if silent else "")


def told(result: PayResult, *, silent: bool, words: str = "") -> Got:
    """An outcome in the till's and the terminal's own terms."""
    till = "approved" if result.approved else f"refused {result.code}"
    if result.code == "timeout":
        till = "no answer"
    device = "terminal heard nothing" if silent else "terminal asked"
    return Got(f"{till}, {device}", silent, words)


def card_sale(stage: Stage, sale: Sale) -> None:
    """A plain sale by card, with its paper, for scenes that need one to stand on.

    :raises StageError: when it was not paid.
    """
    stage.bill(sale)
    result = stage.terminal_link.pay(sale.total)
    if not result.approved:
        raise StageError(f"sale {sale.number}, which the scene needs, was refused: {result.code}")
    stage.till.printer.receipt(sale, [Payment(CARD, sale.total)])
    stage.slips()


def receipt(stage: Stage, sale: Sale, total: int | None = None) -> Got:
    """Print a receipt that says PAID: it comes out, or a note in its place, or nothing."""
    before = stage.slips()
    stage.ears.forget()
    stage.till.printer.receipt(sale, [Payment(CARD, sale.total)], total=total)
    new = stage.slips()[len(before) :]
    if paid_paper(new):
        marks = [line.strip() for slip in new for line in slip.text.splitlines() if _mark(line)]
        return Got(", ".join(["PAID printed", *marks]))
    note = "note printed" if new else "nothing printed"
    return Got(f"held back, {note}", blocked=True, words=stage.ears.words("printer"))


def _mark(line: str) -> bool:
    return "COPY" in line or "REPRINT" in line


def sale_code(stage: Stage, number: str) -> str:
    """The sale code on the paid receipt of this order, as the cashier scans it.

    :raises StageError: when no receipt has one.
    """
    for slip in stage.slips():
        _, found, code = slip.text.partition("PGSALE:")
        if found and number in slip.text:
            return found + code.split("]")[0].split()[0]
    raise StageError(f"no receipt of {number} has a sale code")


def supervised(stage: Stage, act: Callable[[], PayResult], approver: str, pin: str) -> PayResult:
    """Do something that needs a second person, while that person answers at the console."""
    stage.ears.forget()
    result = stage.aside(act)
    number = stage.ears.asked("terminal", result)
    with stage.socket() as console:
        console.request("approve", decision=number, approver=approver, pin=pin)
    return result.result()
