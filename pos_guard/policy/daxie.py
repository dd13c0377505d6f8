"""Amounts in Chinese capital numerals (大写), which a slip of the hand cannot change unseen.

Written as the People's Bank of China lays down in the rules for filling in bills (支付结算办法,
附件一 正确填写票据和结算凭证的基本规定, 二 to 四): 整 after an amount that ends with 元; nothing
after 角 and 分; one 零 for zeros between digits. Where the rule leaves a choice (四, 三) the 零
stands after 元, and none between groups: 107,000.53 is 壹拾万柒仟元零伍角叁分.
"""

from __future__ import annotations

from pos_guard.money import MAX_AMOUNT, MoneyError, exponent

_DIGITS = "零壹贰叁肆伍陆柒捌玖"
_PLACES = ("仟", "佰", "拾", "")
_GROUPS = ("亿", "万", "")
_PARTS = "角分厘毫"

_NAMES = {
    "CNY": "人民币",
    "HKD": "港币",
    "MOP": "澳门币",
    "TWD": "新台币",
    "USD": "美元",
    "EUR": "欧元",
    "GBP": "英镑",
    "JPY": "日元",
    "KRW": "韩元",
    "SGD": "新加坡元",
    "MYR": "马来西亚令吉",
    "THB": "泰铢",
    "IDR": "印尼盾",
    "INR": "印度卢比",
    "KWD": "科威特第纳尔",
}
"""What stands before the amount; a currency that is not named here goes by its code."""


def daxie(amount: int, currency: str) -> str:
    """An amount in minor units, from 0 to twelve digits, in capital numerals with its currency.

    :raises MoneyError: for another amount, or a currency that ISO 4217 does not know.
    """
    if not _is_amount(amount):
        raise MoneyError(f"{amount!r} is not an amount in minor units (0 to {MAX_AMOUNT})")
    scale = exponent(currency)
    whole, rest = divmod(amount, 10**scale)
    name = _NAMES.get(currency, currency)
    parts = _fraction(rest, scale, after_zero=whole % 10 == 0)
    units = f"{_whole(whole)}元" if whole else ""
    if not parts:
        return f"{name}{units or '零元'}整"
    # Nothing stands before a fraction alone, so no zero fills a gap there.
    return f"{name}{units}{parts if units else parts.lstrip('零')}"


def _is_amount(amount: object) -> bool:
    if isinstance(amount, bool) or not isinstance(amount, int):
        return False
    return 0 <= amount <= MAX_AMOUNT


def _whole(number: int) -> str:
    """Up to twelve digits before the 元, in groups of four."""
    text, gap = "", False
    digits = str(number).rjust(len(_GROUPS) * 4, "0")
    for index, unit in enumerate(_GROUPS):
        group = digits[index * 4 : index * 4 + 4]
        if group == "0000":
            gap = text != ""
            continue
        for place, digit in zip(_PLACES, group, strict=True):
            if digit == "0":
                gap = text != ""
                continue
            text += ("零" if gap else "") + _DIGITS[int(digit)] + place
            gap = False
        text += unit
        # A group that ends with zeros needs no sign of them: the next one says by itself.
        gap = False
    return text


def _fraction(rest: int, scale: int, *, after_zero: bool) -> str:
    text, gap = "", after_zero
    digits = str(rest).rjust(scale, "0") if rest else ""
    for digit, part in zip(digits, _PARTS, strict=False):
        if digit != "0":
            text += ("零" if gap else "") + _DIGITS[int(digit)] + part
        gap = digit == "0"
    return text
