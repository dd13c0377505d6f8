"""Money: exact, bounded, and in a currency that exists."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from iso4217 import Currency

from pos_guard.money import (
    MAX_AMOUNT,
    Money,
    MoneyError,
    currency_of_number,
    exponent,
    format_amount,
    number_of_currency,
)


@pytest.mark.parametrize(
    ("text", "currency", "amount"),
    [
        ("12.50", "EUR", 1250),
        ("12.5", "EUR", 1250),
        ("12", "EUR", 1200),
        ("0.01", "CNY", 1),
        ("1250", "JPY", 1250),
        ("1.234", "KWD", 1234),
        ("007.10", "EUR", 710),
    ],
)
def test_text_becomes_minor_units_exactly(text: str, currency: str, amount: int) -> None:
    assert Money.parse(text, currency) == Money(amount, currency)


@pytest.mark.parametrize(
    ("text", "currency"),
    [
        ("12.505", "EUR"),
        ("12.5", "JPY"),
        ("12,50", "EUR"),
        ("-1.00", "EUR"),
        ("+1.00", "EUR"),
        ("1e3", "EUR"),
        ("", "EUR"),
        (".50", "EUR"),
        ("１２.50", "EUR"),
        ("9999999999999", "EUR"),
        ("12.50", "eur"),
        ("12.50", "XYZ"),
        ("12.50", "XAU"),
    ],
)
def test_what_is_no_amount_says_what_would_be(text: str, currency: str) -> None:
    with pytest.raises(MoneyError):
        Money.parse(text, currency)


@pytest.mark.parametrize("amount", [-1, MAX_AMOUNT + 1, 12.5, True, "12"])
def test_only_bounded_integers_are_money(amount: object) -> None:
    with pytest.raises(MoneyError):
        Money(amount, "EUR")  # type: ignore[arg-type]  # what the test is about


@given(st.integers(0, MAX_AMOUNT), st.sampled_from(["EUR", "JPY", "KWD", "CNY"]))
def test_what_is_shown_is_read_back(amount: int, currency: str) -> None:
    shown = format_amount(amount, currency)
    if len(shown.partition(".")[0]) <= 12:
        assert Money.parse(shown, currency).amount == amount


@pytest.mark.parametrize(
    ("amount", "currency", "shown"),
    [
        (1250, "EUR", "12.50"),
        (5, "EUR", "0.05"),
        (-5, "EUR", "-0.05"),
        (7, "JPY", "7"),
        (1, "KWD", "0.001"),
    ],
)
def test_amounts_are_shown_as_people_write_them(amount: int, currency: str, shown: str) -> None:
    assert format_amount(amount, currency) == shown


def test_numbers_of_iso_4217() -> None:
    assert currency_of_number(978) == "EUR"
    assert currency_of_number(156) == "CNY"
    assert currency_of_number(1) is None
    assert number_of_currency("CNY") == 156
    assert (exponent("EUR"), exponent("JPY"), exponent("KWD")) == (2, 0, 3)


def test_every_currency_is_as_the_standard_lists_it() -> None:
    """Those that come from our short list too: the library reads the standard's own file."""
    listed = [one for one in Currency if one.exponent is not None]
    assert len(listed) > 150
    for one in listed:
        assert exponent(one.code) == one.exponent
        assert number_of_currency(one.code) == one.number
        assert currency_of_number(one.number) == one.code


def test_money_says_its_currency() -> None:
    assert str(Money(1250, "EUR")) == "12.50 EUR"
