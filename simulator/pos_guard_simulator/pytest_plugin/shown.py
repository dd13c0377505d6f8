"""Text and amounts of a paper, which explain themselves: they know what else is on it.

``pytest_assertrepr_compare`` asks them when a comparison is false.
"""

from __future__ import annotations

import difflib
import re

from pos_guard.pan import holds_card_number

EDGE = "| "

_DIGIT = re.compile(r"\d")


def blanked(text: str) -> str:
    """A text without the card numbers in it: a report may be kept for long, and by anybody."""
    if not holds_card_number(text):
        return text
    lines = (_DIGIT.sub("*", one) if holds_card_number(one) else one for one in text.split("\n"))
    return "\n".join(lines)


def framed(text: str) -> list[str]:
    """A paper as people see it, without card numbers."""
    if not text:
        return ["(nothing)"]
    return [f"{EDGE}{line}".rstrip() for line in blanked(text).split("\n")]


class PaperText(str):
    """Text on paper; an ordinary string in all else."""

    __slots__ = ()

    def missing(self, wanted: str) -> list[str]:
        """Why ``wanted in text`` is false."""
        wanted = blanked(wanted)
        close = difflib.get_close_matches(wanted, blanked(self).split("\n"), 1, 0.5)
        hint = [f"the closest line: {close[0]!r}"] if close else []
        return [f"{wanted!r} is not on the paper", *hint, "the paper:", *framed(self)]

    def differs(self, wanted: str) -> list[str]:
        """Why ``text == wanted`` is false."""
        lines = difflib.ndiff(blanked(wanted).split("\n"), blanked(self).split("\n"))
        return ["the paper differs (- expected, + printed):", *(one.rstrip("\n") for one in lines)]


class Amount(int):
    """Minor units as they stand on a paper; an ordinary number in all else."""

    paper: PaperText

    def __new__(cls, amount: int, paper: PaperText) -> Amount:
        """The amount, and the paper that it stands on."""
        made = super().__new__(cls, amount)
        made.paper = paper
        return made

    def __reduce__(self) -> tuple[type[int], tuple[int]]:
        """A copy in another process is a plain number."""
        return (int, (int(self),))


def compared(op: str, left: object, right: object) -> list[str] | None:
    """The lines for a comparison that was false; None: nothing is known of its sides."""
    if op == "in" and isinstance(left, str) and isinstance(right, PaperText):
        return right.missing(left)
    if op == "not in" and isinstance(left, str) and isinstance(right, PaperText):
        return [f"{blanked(left)!r} is on the paper", "the paper:", *framed(right)]
    if op != "==":
        return None
    if isinstance(left, PaperText) and isinstance(right, str):
        return left.differs(right)
    if isinstance(right, PaperText) and isinstance(left, str):
        return right.differs(left)
    amount = left if isinstance(left, Amount) else right
    if isinstance(amount, Amount):
        wanted = right if amount is left else left
        return [
            f"the receipt says {int(amount)}, not {wanted!r}",
            "the paper:",
            *framed(amount.paper),
        ]
    return None
