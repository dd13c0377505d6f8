"""Amounts in 大写, against the examples of the rule that lays them down."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pos_guard.money import MAX_AMOUNT, MoneyError
from pos_guard.policy.daxie import daxie

# 中国人民银行《支付结算办法》（银发〔1997〕393号）附件一《正确填写票据和结算凭证的基本规定》四,
# (一) to (四): all seven examples, with the alternatives that the rule gives itself.
OFFICIAL = [
    (140_950, {"人民币壹仟肆佰零玖元伍角"}),
    (600_714, {"人民币陆仟零柒元壹角肆分"}),
    (168_032, {"人民币壹仟陆佰捌拾元零叁角贰分", "人民币壹仟陆佰捌拾元叁角贰分"}),
    (10_700_053, {"人民币壹拾万柒仟元零伍角叁分", "人民币壹拾万零柒仟元伍角叁分"}),
    (1_640_902, {"人民币壹万陆仟肆佰零玖元零贰分"}),
    (32_504, {"人民币叁佰贰拾伍元零肆分"}),
]


@pytest.mark.parametrize(("amount", "right"), OFFICIAL)
def test_the_examples_of_the_peoples_bank(amount: int, right: set[str]) -> None:
    assert daxie(amount, "CNY") in right


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        (0, "零元整"),
        (1, "壹分"),
        (10, "壹角"),
        (45, "肆角伍分"),
        (100, "壹元整"),
        (105, "壹元零伍分"),
        (1000, "壹拾元整"),
        (1005, "壹拾元零伍分"),
        (1050, "壹拾元零伍角"),
        (12_345, "壹佰贰拾叁元肆角伍分"),
        (100_100, "壹仟零壹元整"),
        (101_000, "壹仟零壹拾元整"),
        (1_000_000, "壹万元整"),
        (1_000_100, "壹万零壹元整"),
        (1_010_000, "壹万零壹佰元整"),
        (1_100_000, "壹万壹仟元整"),
        (10_000_000, "壹拾万元整"),
        (10_000_500, "壹拾万零伍元整"),
        (1_000_005_000, "壹仟万零伍拾元整"),
        (10_000_000_000, "壹亿元整"),
        (10_000_500_000, "壹亿零伍仟元整"),
        (10_050_000_000, "壹亿零伍拾万元整"),
        (100_000_000_001, "壹拾亿元零壹分"),
        (MAX_AMOUNT, "玖拾玖亿玖仟玖佰玖拾玖万玖仟玖佰玖拾玖元玖角玖分"),
    ],
)
def test_zeros_and_groups(amount: int, text: str) -> None:
    assert daxie(amount, "CNY") == f"人民币{text}"


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [
        (1200, "JPY", "日元壹仟贰佰元整"),
        (MAX_AMOUNT, "JPY", "日元玖仟玖佰玖拾玖亿玖仟玖佰玖拾玖万玖仟玖佰玖拾玖元整"),
        (0, "JPY", "日元零元整"),
        (1234, "KWD", "科威特第纳尔壹元贰角叁分肆厘"),
        (10_105, "KWD", "科威特第纳尔壹拾元零壹角零伍厘"),
        (5, "KWD", "科威特第纳尔伍厘"),
        (1250, "EUR", "欧元壹拾贰元伍角"),
        (1250, "CHF", "CHF壹拾贰元伍角"),
    ],
)
def test_other_currencies_have_their_own_decimals(amount: int, currency: str, text: str) -> None:
    assert daxie(amount, currency) == text


@pytest.mark.parametrize("amount", [-1, MAX_AMOUNT + 1, True, 12.5, "12"])
def test_only_amounts_are_written(amount: int) -> None:
    with pytest.raises(MoneyError, match="minor units"):
        daxie(amount, "CNY")


def test_an_unknown_currency_is_an_error() -> None:
    with pytest.raises(MoneyError, match="ISO 4217"):
        daxie(1, "RMB")


_UNITS = {"拾": 10, "佰": 100, "仟": 1000}
_DIGITS = {digit: value for value, digit in enumerate("零壹贰叁肆伍陆柒捌玖")}
_PARTS = {"角": 10, "分": 1}


def read(text: str) -> int:
    """Capital numerals back to fen, the way a person reads them; written apart from daxie."""
    match = re.fullmatch(r"人民币(?:(?P<whole>[^元角分]+)元)?(?P<rest>[^元整]*)整?", text)
    assert match is not None
    total = section = digit = 0
    for char in match["whole"] or "":
        if char in _DIGITS:
            digit = _DIGITS[char]
        elif char in _UNITS:
            section, digit = section + digit * _UNITS[char], 0
        else:
            scale = {"万": 10_000, "亿": 100_000_000}[char]
            total, section, digit = total + (section + digit) * scale, 0, 0
    fen = (total + section + digit) * 100
    for value, part in re.findall(r"([^零角分])([角分])", match["rest"]):
        fen += _DIGITS[value] * _PARTS[part]
    return fen


@given(st.integers(0, MAX_AMOUNT) | st.integers(0, 12).map(lambda power: 10**power % MAX_AMOUNT))
def test_every_amount_reads_back_as_itself_and_has_no_needless_zero(amount: int) -> None:
    text = daxie(amount, "CNY")
    assert read(text) == amount
    assert "零零" not in text
    assert not re.search("零[万亿角分整]", text)
    assert amount == 0 or "零元" not in text
    assert text.endswith("整") == (amount % 100 == 0)
