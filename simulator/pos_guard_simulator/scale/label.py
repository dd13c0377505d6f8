"""The barcode on what a scale has weighed: an EAN-13 with weight or price in it.

A shop's own numbers begin with 02 or 20 to 29 (GS1 General Specifications, restricted circulation
numbers); what stands where in them is the country's or the shop's matter, so a layout says it.
"""

from __future__ import annotations

import re

_LAYOUT = re.compile(r"(?P<prefix>[0-9]{1,11})(?P<item>I+)(?P<value>W+|P+)C", re.ASCII)

SIZE = 13


def label(layout: str, item: int, value: int) -> str:
    """The digits for an article and its weight in grams or price in minor units.

    ``layout``: ``21IIIIIWWWWWC`` has a prefix, five digits of the article, five of grams (``P``:
    of a price) and the check digit.

    :raises ValueError: the layout is none, or a number does not fit.
    """
    found = _LAYOUT.fullmatch(layout)
    if found is None or len(layout) != SIZE:
        raise ValueError(f"{layout!r} is no layout: write 13 signs such as 21IIIIIWWWWWC")
    digits = found["prefix"]
    for name, number in (("item", item), ("value", value)):
        field = f"{number:0{len(found[name])}d}"
        if number < 0 or len(field) > len(found[name]):
            raise ValueError(f"{name} {number} does not fit into {len(found[name])} digits")
        digits += field
    total = sum(int(digit) * (1 + 2 * (place % 2)) for place, digit in enumerate(digits))
    return digits + str(-total % 10)
