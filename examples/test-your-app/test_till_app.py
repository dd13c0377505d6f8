"""Tests of that till with pos-guard's fixtures: `pip install "pos-guard[simulator]"`, `pytest`."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from till_app import NoPaperError, Till

from pos_guard_simulator.pytest_plugin import Pos


@pytest.fixture
def till(pos: Pos) -> Iterator[Till]:
    opened = Till(pos.printer.address, pos.scanner.address)
    yield opened
    opened.close()


def scan(pos: Pos, till: Till, code: str) -> bool:
    assert pos.scan(code, symbology="]E0")
    return till.read_code()


def test_a_sale(pos: Pos, till: Till) -> None:
    assert scan(pos, till, "6901234567892")
    assert scan(pos, till, "4006381333931")
    assert till.pay_cash("1001", given=1000) == 451

    receipt = pos.printer.receipts[-1]
    assert receipt.total == 549
    assert receipt.order_id == "1001"
    assert receipt.tenders == {"cash": 549}
    assert receipt.matches("cash-sale")
    assert pos.printer.drawer_pulses == 1


def test_an_unknown_article(pos: Pos, till: Till) -> None:
    assert not scan(pos, till, "0000000000000")
    assert till.total == 0


def test_no_paper(pos: Pos, till: Till) -> None:
    scan(pos, till, "6901234567892")
    with pos.fault("paper_out"), pytest.raises(NoPaperError):
        till.pay_cash("1002", given=500)
    assert len(pos.printer.receipts) == 0

    assert till.pay_cash("1002", given=500) == 150
    assert len(pos.printer.receipts) == 1


@pytest.mark.pos(printer="xprinter-80", scanner="newland-em3000")
def test_other_models(pos: Pos, till: Till) -> None:
    scan(pos, till, "4006381333931")
    till.pay_cash("1003", given=200)
    assert pos.printer.receipts[-1].total == 199


@pytest.mark.pos(guard=True)
def test_behind_the_guard_a_receipt_without_an_order_is_held_back(pos: Pos, till: Till) -> None:
    scan(pos, till, "6901234567892")
    till.pay_cash("1004", given=500)
    verdict = pos.guard.verdicts[-1]
    assert (verdict.level, verdict.reason) == ("DENY", "not-paid")
    assert "NOT PAID" in pos.printer.receipts[-1].text
    assert pos.printer.drawer_pulses == 0

    scan(pos, till, "6901234567892")
    pos.shop.order(350, "1005")
    till.pay_cash("1005", given=500)
    assert pos.guard.verdicts[-1].allowed
    assert pos.printer.receipts[-1].order_id == "1005"
