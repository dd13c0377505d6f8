"""Card numbers in free text: the documented test numbers of the schemes, and what is none.

Numbers: the test cards that Adyen, Stripe, UnionPay and WeChat Pay publish in their documents.
"""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pos_guard.pan import holds_card_number, is_card_number

CARDS = [
    "4111111111111111",
    "4242424242424242",
    "5555555555554444",
    "2223003122003222",
    "378282246310005",
    "6011111111111117",
    "3056930009020004",
    "30569309025904",
    "3566002020360505",
    "6200000000000005",
    "6205500000000000004",
]


@pytest.mark.parametrize("card", CARDS)
@pytest.mark.parametrize(
    "shape",
    ["{0}", "card {0}.", "客户卡号{0}要退款", "a{0}b", "order 20231 {1}", "{3}", "{1}", "{2}"],
)
def test_a_card_number_is_found_however_it_is_written(card: str, shape: str) -> None:
    groups = [card[at : at + 4] for at in range(0, len(card), 4)]
    assert holds_card_number(
        shape.format(card, " ".join(groups), "-".join(groups), "  ".join(groups))
    )


def test_full_width_digits_are_digits() -> None:
    wide = str.maketrans("0123456789", "０１２３４５６７８９")
    assert holds_card_number("4111111111111111".translate(wide))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "T1-000001",
        "4111111111111112",  # Luhn fails
        "41111111111111111111",  # longer than any card
        "1111111111111117",  # nobody's range
        "134621000053364349",  # a WeChat payment code
        "6921734973337",  # an article number
        "2026-11-22 16:08:04",
        "customer changed his mind",
        "4111-1111",
    ],
)
def test_what_is_no_card_number(text: str) -> None:
    assert not holds_card_number(text)


@settings(max_examples=200)
@given(st.text(max_size=80))
def test_any_text_is_answered(text: str) -> None:
    assert holds_card_number(text) in {True, False}


@settings(max_examples=200)
@given(st.sampled_from(CARDS), st.integers(0, 18), st.integers(1, 9))
def test_one_wrong_digit_is_no_card(card: str, at: int, by: int) -> None:
    at %= len(card)
    wrong = card[:at] + str((int(card[at]) + by) % 10) + card[at + 1 :]
    assert not is_card_number(wrong)
