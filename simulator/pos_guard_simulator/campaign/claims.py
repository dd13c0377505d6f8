"""What a till believes at the end of a scenario."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Told(StrEnum):
    """What the till was told of something that it asked for."""

    YES = "yes"
    NO = "no"
    NOTHING = "nothing"
    """It does not know: no answer, or the line broke."""


class What(StrEnum):
    """What it asked for."""

    SALE = "sale"
    REFUND = "refund"
    PAPER = "paper"
    CODE = "code"


@dataclass(frozen=True, slots=True)
class Claim:
    """One thing that was asked for. ``amount``: in minor units; of a paper the total on it.

    ``right``: the code or the paper came as it had to, where that can be seen.
    """

    what: What
    told: Told
    amount: int = 0
    right: bool = True
    note: str = ""
