"""A payment code that somebody wrapped in other signs: no code by itself, but one to a lax till.

A wallet shows its code in digits alone. With a blank, a comma or a zero-width space around it the
text is none; a till that trims what it reads, or takes each line for a scan, would charge it.
"""

from __future__ import annotations

import re
import unicodedata

from pos_guard.frames.codes import classify

_ENDS = re.compile(r"[\r\n\t\x1d]+")


def hides_payment_code(text: str) -> bool:
    """Tell whether a line of ``text`` is a payment code but for signs that are no letters.

    Digits of any script count as what they mean. The usual wallets alone are looked for.
    """
    return any(_is_payment_code(line) for line in _ENDS.split(text))


def _is_payment_code(line: str) -> bool:
    signs = [sign for sign in line if sign.isalnum()]
    # Superscripts and circled numbers are alphanumeric, and no decimals.
    if not signs or not all(sign.isdecimal() for sign in signs):
        return False
    return classify("".join(str(unicodedata.decimal(sign)) for sign in signs)).payable
