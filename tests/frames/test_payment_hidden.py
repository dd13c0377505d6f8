"""Texts that are a payment code but for the signs around it. Payloads are public samples."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pos_guard.frames.payment_hidden import hides_payment_code

WECHAT = "134621000053364349"
ALIPAY = "286664000059481080"
FULL_WIDTH = {ord("0") + digit: 0xFF10 + digit for digit in range(10)}


@pytest.mark.parametrize(
    "text",
    [
        WECHAT,
        f"  {WECHAT}",
        f"{WECHAT}\u00a0",
        "1346 2100 0053 3643 49",
        "1346-2100-0053-3643-49",
        f"\u200b{ALIPAY}\u200e",
        WECHAT.translate(FULL_WIDTH),
        f"{WECHAT}\r\n{ALIPAY}",
        f"7\t{WECHAT}\t7",
        f"lane\x1d{WECHAT}",
    ],
)
def test_what_a_till_that_trims_would_charge(text: str) -> None:
    assert hides_payment_code(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "\r\n\t",
        f"A{WECHAT}",
        f"{WECHAT}{ALIPAY}",
        WECHAT[:-1],
        f"会员 {WECHAT}",
        "6901028225168",
        "110105 194912 31002X",
        "\u2460" * 18,
        "\u00b2" * 18,
        "13462100005336434\u00b9",
    ],
)
def test_what_no_till_would(text: str) -> None:
    """Letters stay; circled and raised numbers are no digits."""
    assert not hides_payment_code(text)


@settings(max_examples=150)
@given(st.text(max_size=60))
def test_any_text_has_an_answer(text: str) -> None:
    assert hides_payment_code(text) in {True, False}
    assert hides_payment_code(f"{text}\n {WECHAT}\n")
