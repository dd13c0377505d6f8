"""What a check says of what it finds."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from pos_guard.money import Money
from pos_guard_simulator.scenario.checks import (
    Check,
    Happened,
    Moved,
    Now,
    Read,
    Receipts,
    Snapshot,
    State,
    Text,
)
from pos_guard_simulator.scenario.seen import MAX_RECEIPTS, Look, Seen
from pos_guard_simulator.stage.journal import Event

SALE = "Corner shop\nOrder: 1001\nTOTAL EUR 12.50\nCARD EUR 12.50\nPAID"
BILL = "Corner shop\nOrder: 1002\nTOTAL EUR 3.00"


def seen(*slips: str, loose: str = "") -> Seen:
    found = Seen()
    for number, text in enumerate(slips, 1):
        found.heard(Event(number, 0, "printer", "receipt", {"number": number, "text": text}))
    found.heard(Event(0, 0, "printer", "paper", {"now": loose}))
    return found


LOOK = Look({"drawer": 1, "faults": ["paper_out"]}, [{"kind": "sale", "amount": 1250, "trace": 1}])


def problems(check: Check, paper: Seen, counted: int = 0) -> list[str]:
    return [one.en for one in check.unmet(Now(paper, lambda: LOOK, counted))]


NOW = seen(SALE, BILL, loose="half a")

TABLE: list[tuple[Check, Sequence[str]]] = [
    (Receipts(2), []),
    (Receipts(1), ["1 receipts were expected, 2 were cut off"]),
    (Text(1, ["PAID"], ["VOID"]), []),
    (Text(None, ["PAID", "1002", "half"], []), []),
    (Text(0, ["half a"], ["PAID"]), []),
    (Text(-1, ["1002"], []), []),
    (Text(3, [], []), ["there is no receipt 3, 2 were cut off"]),
    (Text(-3, [], []), ["there is no receipt -3, 2 were cut off"]),
    (
        Text(1, ["TOTAL EUR 12.00"], ["PAID"]),
        [
            "'TOTAL EUR 12.00' is not on the paper; the closest line: 'TOTAL EUR 12.50'",
            "'PAID' is on the paper",
        ],
    ),
    (Text(1, ["xyz"], []), ["'xyz' is not on the paper"]),
    (Read(1, "EUR", Money(1250, "EUR"), "1001", paid=True), []),
    (Read(2, "EUR", Money(300, "EUR"), "1002", paid=False), []),
    (
        Read(1, "EUR", Money(1200, "EUR"), "1003", paid=False),
        [
            "the total is 12.50 EUR, not 12.00 EUR",
            "the order is '1001', not '1003'",
            "the receipt says that it is paid",
        ],
    ),
    (Read(2, "EUR", paid=True), ["the receipt does not say that it is paid"]),
    (Read(0, "EUR", Money(1, "EUR")), ["no total can be read, 0.01 EUR was expected"]),
    (Read(9, "EUR", Money(1, "EUR")), []),  # Text tells that
    (Moved([{"kind": "sale", "amount": 1250}]), []),
    (
        Moved([]),
        ['expected to move: -; moved: {"kind": "sale", "amount": 1250, "trace": 1}'],
    ),
    (
        Moved([{"amount": 1200}]),
        ['expected to move: {"amount": 1200}; moved: {"kind": "sale", "amount": 1250, "trace": 1}'],
    ),
    (State({"drawer": 1}), []),
    (
        State({"drawer": 2, "faults": [], "lid": True}),
        ["drawer is 1, not 2", 'faults is ["paper_out"], not []', "lid is null, not true"],
    ),
]


@pytest.mark.parametrize(("check", "said"), TABLE)
def test_what_is_not_met(check: Check, said: Sequence[str]) -> None:
    assert problems(check, NOW) == said


COUNTS: list[tuple[int | None, int, str]] = [
    (None, 1, ""),
    (None, 0, 'scan {"do": 1} was expected 1+ times, and happened 0 times'),
    (0, 0, ""),
    (0, 1, 'scan {"do": 1} was expected 0 times, and happened 1 times'),
    (2, 2, ""),
]


@pytest.mark.parametrize(("times", "counted", "said"), COUNTS)
def test_how_often_something_happened(times: int | None, counted: int, said: str) -> None:
    assert problems(Happened("scan", {"do": 1}, times), NOW, counted) == ([said] if said else [])


def test_a_text_that_is_kept() -> None:
    file = Path("sale.txt")
    kept = SALE.replace("1001", "…") + "\n"
    assert problems(Snapshot(1, file, kept, [r"\b1001\b"]), NOW) == []
    (said,) = problems(Snapshot(1, file, kept), NOW)
    assert said.startswith("the receipt is not the one in sale.txt:\n--- kept\n+++ printed\n")
    assert "-Order: …\n+Order: 1001\n" in said
    (said,) = problems(Snapshot(1, file, None), NOW)
    assert said == "nothing is kept yet, run once with sale.txt: --update"
    assert problems(Snapshot(1, file, None, update=True), NOW) == []
    assert problems(Snapshot(9, file, None), NOW) == []  # Text tells that
    assert Snapshot(None, file, None).printed(seen("a  ", "b\n\n")) == "a\n- - -\nb\n"


def test_card_numbers_are_not_told() -> None:
    paper = seen("Card 4111 1111 1111 1111")  # the documented test number
    said = problems(Text(1, ["VISA 4111 1111 1111 1111"], ["4111 1111 1111 1111"]), paper)
    said += problems(Snapshot(1, Path("a"), "Card 4111 1111 1111 1111!\n"), paper)
    assert len(said) == 3
    assert not any("4111" in one for one in said)


def test_only_so_many_receipts_are_kept_but_all_are_counted() -> None:
    paper = Seen()
    for number in range(1, MAX_RECEIPTS + 3):
        paper.heard(Event(number, 0, "p", "receipt", {"number": number, "text": str(number)}))
    assert paper.cut == MAX_RECEIPTS + 2
    assert paper.slip(2) is None
    assert paper.slip(3) == "3"
    assert paper.slip(-1) == paper.slip(MAX_RECEIPTS + 2) == str(MAX_RECEIPTS + 2)
    assert paper.numbered[0] == (3, "3")
