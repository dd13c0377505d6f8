"""The lines that the printer link adds to paper."""

from __future__ import annotations

import pytest

from pos_guard.frames.receipt_text import claims, denials
from pos_guard.links.printer_lines import chinese_lines, english_lines
from pos_guard.model import Tender, Words
from pos_guard.policy.request import Request
from pos_guard.policy.rules import cash_declared, receipt_paid, receipt_total
from tests.policy.cases import POLICY, paid, receipt


@pytest.mark.parametrize(
    ("text", "columns", "lines"),
    [
        ("还有未确认", 10, ["还有未确认"]),
        ("还有未确认。", 10, ["还有未确", "认。"]),
        ("还有 12.50 未确认", 10, ["还有 12.50", " 未确认"]),
        ("", 10, []),
    ],
)
def test_a_closing_sign_never_begins_a_line(text: str, columns: int, lines: list[str]) -> None:
    assert chinese_lines(text, columns) == lines


def refusals() -> list[Words]:
    """What the guard says of receipts that it holds back."""
    cash = receipt(1250, (Tender.CASH, 1250))
    found = [
        receipt_paid.check(Request(receipt()), POLICY),
        receipt_paid.check(Request(receipt(), paid=paid(card=1000)), POLICY),
        receipt_total.check(Request(receipt(total=None), paid=paid(card=1250)), POLICY),
        receipt_total.check(Request(receipt(1300), paid=paid(card=1250)), POLICY),
        receipt_total.check(
            Request(receipt(1250, (Tender.CARD, 1000)), paid=paid(card=1250)), POLICY
        ),
        cash_declared.check(Request(cash, paid=paid()), POLICY),
    ]
    return [one.say for one in found if one is not None]


def test_no_slip_of_the_guard_claims_payment_however_its_lines_are_broken() -> None:
    said = refusals()
    assert len({one.en for one in said}) == 6
    for words in said:
        for columns in range(24, 49):
            lines = [*english_lines(words.en, columns), *chinese_lines(words.zh, columns)]
            assert not claims("\n".join(lines)), lines


def test_what_denies_a_payment_stays_on_one_line() -> None:
    said = "12.50 is not confirmed yet, so the receipt must not say PAID. Take it first."
    assert denials(said) == ["must not say PAID"]
    lines = english_lines(said, 42)
    assert lines == [
        "12.50 is not confirmed yet, so the receipt",
        "must not say PAID. Take it first.",
    ]
    assert english_lines("so it must not say PAID", 20) == ["so it", "must not say PAID"]
    chinese = chinese_lines("还有 12.50 未确认收款，不能打印已支付小票。", 32)
    assert chinese == ["还有 12.50 未确认收款，", "不能打印已支付小票。"]
