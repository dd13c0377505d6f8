"""Card numbers in free text: the documented test numbers of the schemes, and what is none.

Numbers: the test cards that Adyen, Stripe, UnionPay and WeChat Pay publish in their documents.
"""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pos_guard.pan import holds_card_number, holds_phone_number, is_card_number

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


def with_check_digit(digits: str) -> str:
    return next(made for made in (f"{digits}{end}" for end in range(10)) if is_card_number(made))


@pytest.mark.parametrize(
    ("prefix", "length"),
    [
        ("2200", 16),  # Mir
        ("2720", 16),
        ("3095", 14),
        ("31", 19),  # China T-Union
        ("3528", 16),
        ("4", 13),
        ("4", 19),
        ("506099", 16),  # Verve
        ("60", 16),
        ("6304", 12),  # Maestro
        ("637", 16),
        ("649", 16),
        ("81", 16),
        ("82", 16),
        ("8600", 16),
        ("9704", 19),
        ("9792", 16),
        ("9860", 16),
    ],
)
def test_every_scheme_has_its_range_and_its_lengths(prefix: str, length: int) -> None:
    card = with_check_digit(prefix.ljust(length - 1, "7"))
    assert len(card) == length
    assert holds_card_number(f"card {card}")


@pytest.mark.parametrize("first", ["17", "18", "19"])
def test_the_time_in_microseconds_is_no_card(first: str) -> None:
    """From 2023 to 2033."""
    for number in range(200):
        assert not holds_card_number(f"{first}{number:014}")


@pytest.mark.parametrize(
    "text",
    [
        "13812345678",
        "138 1234 5678",
        "138-1234-5678",
        "+86 13812345678",
        "8613812345678",
        "008613812345678",
        "电话13812345678找王女士",
        "010-62345678",
        "0755-8234567",
        "+49 30 1234567",
        "call +1 (212) 555-0100 first",
    ],
)
def test_a_phone_number_is_found(text: str) -> None:
    assert holds_phone_number(text)


@pytest.mark.parametrize(
    "text",
    ["", "0001", "T1-000001", "12.50", "2026-11-22 16:08:04", "20261122160804", "1234567",
     "0012345678", "12812345678", "138123456789", "+5", "damaged"],
)  # fmt: skip
def test_what_is_no_phone_number(text: str) -> None:
    assert not holds_phone_number(text)


@settings(max_examples=200)
@given(st.text(max_size=80))
def test_any_text_is_answered(text: str) -> None:
    assert holds_card_number(text) in {True, False}
    assert holds_phone_number(text) in {True, False}


@settings(max_examples=200)
@given(st.sampled_from(CARDS), st.integers(0, 18), st.integers(1, 9))
def test_one_wrong_digit_is_no_card(card: str, at: int, by: int) -> None:
    at %= len(card)
    wrong = card[:at] + str((int(card[at]) + by) % 10) + card[at + 1 :]
    assert not is_card_number(wrong)
