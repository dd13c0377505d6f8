"""The reader of paper: PAID is said of the order on the same paper, and no byte of it is lost."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from pos_guard.guard import Guard
from pos_guard.links.printer_language import language_of
from pos_guard.links.printer_lines import copy_mark
from pos_guard.links.printer_settings import PrinterSettings
from pos_guard.links.session import ToDevice
from pos_guard_simulator.printer import Fault
from pos_guard_simulator.till_printer import CARD, Item, Payment, Printer, Sale, Shop
from tests.simulation.facts import Facts, Row
from tests.simulation.floor import Floor
from tests.simulation.paper import Paper, papers
from tests.simulation.rules import BrokenRuleError
from tests.simulation.steps_trouble import paper_out
from tests.simulation.tills import PlainPeer
from tests.simulation.twins import Heard, PrinterSeatTwin

TILL = Printer(PlainPeer(), Shop(currency="CNY"))
PAID, OWED = Sale("A0006", (Item("Coffee", 800),)), Sale("A0005", (Item("Coffee", 12_000),))
STYLE = language_of(PrinterSettings(kanji_on=True, dialect="china").traits).style
NOISE = b"\x27\xc3\xb0\n\x1b@"
"""Bytes of a disturbed line that a job begins with: they print, so the mark stands above them."""

ROW = Row(
    1, "zvt", "sale", "card", "posted", 800, "A0006", "S1", "ben", None, None, "x", 0, "b", 0, None
)


@dataclass
class _Books:
    """A0006 is paid with 8.00, and nothing else is."""

    facts: Facts

    def refresh(self) -> None:
        """They never change."""

    def entries(self) -> dict[int, Row]:
        return {1: ROW}

    def taken_back_before(self, heard: Heard, at_us: int) -> bool:
        del heard, at_us
        return False


@pytest.fixture
def floor(template: Path, memory: Path) -> Iterator[Floor]:
    with Floor(0, template, memory, Guard) as shop:
        shop.run(1.0)
        yield shop


def read(floor: Floor, *jobs: bytes) -> list[str]:
    """Print them one below the other and judge each slip; returns what was cut."""
    floor.facts.heard.append(Heard("zvt", b"", 0, entry=1, moved=800))
    paper, seat, slips = Paper(floor.world, _Books(floor.facts)), PrinterSeatTwin(), list[str]()
    seat.on_slip = slips.append
    seat.data(b"".join(jobs))
    for slip in slips:
        paper.printed(slip)
    return slips


def receipt(sale: Sale) -> bytes:
    return TILL.receipt(sale, [Payment(CARD, sale.total)])


def torn(job: bytes, after: bytes) -> bytes:
    """Its beginning, up to and with the line that has ``after``."""
    return job[: job.index(b"\n", job.index(after)) + 1]


@pytest.mark.parametrize("after", [b"A0005", b"Coffee", b"TOTAL"])
def test_a_receipt_below_a_paper_that_was_torn_off_is_judged_by_its_own_order(
    floor: Floor, after: bytes
) -> None:
    [slip] = read(floor, torn(TILL.bill(OWED), after), receipt(PAID))
    assert [("A0005" in part, "A0006" in part) for part in papers(slip)] == [
        (True, False),
        (False, True),
    ]
    assert floor.world.seen["PAID printed"] == 1


@pytest.mark.parametrize("after", [b"A0006", b"TOTAL", b"PAID"])
def test_an_unpaid_order_does_not_pass_below_a_paid_one(floor: Floor, after: bytes) -> None:
    with pytest.raises(BrokenRuleError, match="PAID 12000 for A0005: 0 electronic"):
        read(floor, torn(receipt(PAID), after), receipt(OWED))


def test_a_torn_receipt_that_says_paid_counts_also_above_another(floor: Floor) -> None:
    with pytest.raises(BrokenRuleError, match="PAID 12000 for A0005: 0 electronic"):
        read(floor, torn(receipt(OWED), b"PAID"), receipt(PAID))


@pytest.mark.parametrize(
    "above",
    [b"", torn(TILL.bill(OWED), b"A0005"), torn(TILL.bill(OWED), b"A0005")[:-1]],
    ids=["nothing", "torn", "torn-in-a-line"],
)
@pytest.mark.parametrize("between", [b"", NOISE, NOISE * 9], ids=["at-once", "noise", "much-noise"])
def test_a_copy_mark_counts_for_the_receipt_below_it(
    floor: Floor, above: bytes, between: bytes
) -> None:
    """Also above noise that belongs to its job, and beside the open line of a torn paper."""
    marked = copy_mark(2, 2)(STYLE) + between + receipt(PAID)
    reprint = copy_mark(3, 2)(STYLE) + between + receipt(PAID)
    read(floor, receipt(PAID), above + marked, above + reprint)
    assert floor.world.seen["PAID printed"] == 1
    assert floor.world.seen["copy printed"] == 2


@pytest.mark.parametrize("between", [b"", NOISE], ids=["at-once", "noise"])
def test_a_copy_mark_counts_once(floor: Floor, between: bytes) -> None:
    marked = copy_mark(2, 2)(STYLE) + between + torn(receipt(PAID), b"PAID")
    with pytest.raises(BrokenRuleError, match="paper 1 of A0006 after paper 2"):
        read(floor, marked, receipt(PAID))


def test_a_printer_without_paper_holds_the_line_up_and_loses_nothing(floor: Floor) -> None:
    bills = [TILL.bill(Sale(f"B{number:04d}", PAID.items)) for number in range(30)]
    line, printer = floor.lines["printer"], floor.paper.printer
    printer.fail(Fault.PAPER_OUT)
    line.call(lambda: [ToDevice(bill) for bill in bills])
    floor.run(5.0)
    assert printer.room == 0
    paper_out(floor)  # the paper is put in again
    floor.run(5.0)
    assert printer.lost == 0
    assert [slip.text.count("Order: ") for slip in printer.paper.receipts] == [1] * 30
