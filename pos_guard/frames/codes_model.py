"""What a scanned code turned out to be: one frozen value, and how it may be shown."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from pos_guard.frames.codes_words import words_for
from pos_guard.frames.decoded import Json
from pos_guard.model import Words


class Kind(StrEnum):
    """What a code is; only a payment code may be charged."""

    PAYMENT_CODE = "payment_code"
    MERCHANT_CODE = "merchant_code"
    ORDER_CODE = "order_code"
    RECEIVE_CODE = "receive_code"
    CONTACT = "contact"
    SLIP = "slip"
    GOODS = "goods"
    ID_CARD = "id_card"
    NUMBER = "number"
    URL = "url"
    TEXT = "text"
    CONTROL = "control"
    INVALID = "invalid"


Payee = Mapping[str, str | Mapping[str, str]]
"""Ids as the format names them: a field number or name, and its value or its sub-fields."""


@dataclass(frozen=True, slots=True)
class Code:
    """One classified code.

    ``payable``: the terminal may charge it. ``payee`` shows the ids of who is paid, in the
    format's own fields; ``payees`` has the same as ``scheme:guid:id`` for an allow-list.
    ``amount`` is in minor units of ``currency``. ``checksum`` is ``ok``, ``bad`` or ``none``;
    ``problems`` names each deviation from the format. ``flavour`` refines the kind for the words.
    ``aim`` is the symbology identifier that came with it. ``text`` is what was scanned, without
    identifier and line end: never log it, use ``masked``. ``facts`` are worth showing and prove
    nothing (name, city, reference). ``expires``: the code says itself until when it may be paid.
    """

    kind: Kind
    scheme: str | None = None
    payable: bool = False
    payee: Payee | None = None
    payees: tuple[str, ...] = ()
    amount: int | None = None
    currency: str | None = None
    checksum: str = "none"
    problems: tuple[str, ...] = ()
    flavour: str = ""
    aim: str | None = None
    masked: str = ""
    text: str = field(default="", repr=False)
    facts: Mapping[str, str] = field(default_factory=dict[str, str])
    expires: datetime | None = None

    @property
    def say(self) -> Words:
        """What the cashier reads."""
        if self.kind is Kind.PAYMENT_CODE and not self.payable:
            drawn = "symbology" not in self.problems
            return words_for(self.kind, "refused" if drawn else "symbology")
        if self.kind is Kind.MERCHANT_CODE and self.checksum == "bad":
            return words_for(self.kind, "bad")
        if self.problems and self.problems[0].startswith("lookalike:"):
            return words_for(self.kind, "lookalike")
        return words_for(self.kind, self.flavour)

    def as_json(self) -> dict[str, Json]:
        """The object that ``pos-guard classify --json`` prints; a payment code is never in it."""
        return {
            "kind": str(self.kind),
            "scheme": self.scheme,
            "payable": self.payable,
            "payee": None if self.payee is None else _payee_json(self.payee),
            "amount": self.amount,
            "currency": self.currency,
            "checksum": self.checksum,
            "problems": list(self.problems),
            "say": {"zh": self.say.zh, "en": self.say.en},
            "masked": self.masked,
        }


def _payee_json(payee: Payee) -> dict[str, Json]:
    shown: dict[str, Json] = {}
    for name, value in payee.items():
        shown[name] = value if isinstance(value, str) else dict(value.items())
    return shown


_UNPRINTABLE = re.compile(r"[^ -~\u3000-\u9fff\uff00-\uffef]")
MAX_SHOWN = 24
"""Longest part of a code that is shown: enough to recognise it, too little to use it."""


def mask_digits(digits: str) -> str:
    """The first and last four digits; up to eight digits show only the first and last one."""
    keep = 4 if len(digits) > 8 else min(1, len(digits) // 3)
    return digits[:keep] + "*" * (len(digits) - 2 * keep) + digits[len(digits) - keep :]


def hide_digits(text: str, most: int = 8) -> str:
    """``text`` with at most four digits at either end, if it has more than ``most`` of them.

    Digits of every script count, whatever stands between them: a payment code that was typed with
    blanks or in full width is still one.
    """
    places = [at for at, char in enumerate(text) if char.isdigit()]
    if len(places) <= most:
        return text
    shown = list(text)
    for at in places[4:-4]:
        shown[at] = "*"
    return "".join(shown)


def mask_text(text: str) -> str:
    """A short, printable beginning of any other text, with long numbers blanked."""
    start = hide_digits(_UNPRINTABLE.sub("?", text[: 4 * MAX_SHOWN]))
    return start if len(start) <= MAX_SHOWN and len(text) <= MAX_SHOWN else start[:MAX_SHOWN] + "…"


def invalid(problem: str, *, text: str = "", scheme: str | None = None, size: int = 0) -> Code:
    """A code whose structure, bytes or values are broken: nobody may act on what it says."""
    length = size or len(text)
    return Code(
        Kind.INVALID,
        scheme,
        problems=(problem,),
        flavour=_invalid_flavour(problem, scheme),
        masked=f"({length} characters)",
        text=text,
    )


def _invalid_flavour(problem: str, scheme: str | None) -> str:
    if scheme is None:
        return "encoding" if problem == "encoding" else ""
    return "pay" if scheme == "emv-cpm" else "merchant"
