"""What apps and people say around a request: short, and never a card, a code or a phone number."""

from __future__ import annotations

from pathlib import Path

import pytest

from pos_guard.errors import LocalError
from pos_guard.model import Cart, CartLine, Source
from pos_guard.told import check_cart, check_code, check_text
from tests.shop import shop

SECRETS = [
    ("4111 1111 1111 1111", "card number"),
    ("refund to 5555555555554444 please", "card number"),
    ("134621000053364349", "payment code"),
    ("付款码28763443825664394", "payment code"),
]
PHONES = ["13812345678", "+86 138 1234 5678", "call 010-62345678"]


@pytest.mark.parametrize(
    "text", ["damaged", "0001", "12.50", "T1-000001", "尺码不对", "6921734973337"]
)
def test_a_short_text_is_kept_as_it_is(text: str) -> None:
    assert check_text("the reason", text) == text
    assert check_code("the article", text) == text


@pytest.mark.parametrize("text", ["", " ", "x" * 65, "a\nb", "a\x00"])
def test_a_text_is_short_and_printable(text: str) -> None:
    with pytest.raises(LocalError, match="the reason is 1 to 64 printable"):
        check_text("the reason", text)


@pytest.mark.parametrize(("text", "what"), SECRETS)
def test_a_secret_is_refused_and_not_repeated(text: str, what: str) -> None:
    for check in (check_text, check_code):
        with pytest.raises(LocalError, match=what) as caught:
            check("the reason", text)
        assert text not in str(caught.value)


@pytest.mark.parametrize("text", PHONES)
def test_a_phone_number_is_refused_in_what_people_say_only(text: str) -> None:
    with pytest.raises(LocalError, match="phone number") as caught:
        check_text("the customer's word", text)
    assert text not in str(caught.value)
    assert check_code("the article", text) == text


@pytest.mark.parametrize(("text", "what"), SECRETS)
def test_no_article_of_a_cart_is_a_secret(text: str, what: str) -> None:
    with pytest.raises(LocalError, match=f"the article of line 2 holds a {what}"):
        check_cart(Cart((CartLine("6921734973337", 1, 100), CartLine(text, 1, 100))))


@pytest.mark.parametrize("text", [*(text for text, _ in SECRETS), *PHONES])
def test_nothing_of_it_reaches_the_desk_or_the_record(tmp_path: Path, text: str) -> None:
    corner = shop(tmp_path)
    try:
        with pytest.raises(LocalError):
            corner.guard.tell_reason(text, Source.APP)
        with pytest.raises(LocalError):
            corner.guard.tell_customer(text, Source.APP)
        said = "".join(str(record) for record in corner.store.audit.records())
        assert text not in said
    finally:
        corner.store.close()
