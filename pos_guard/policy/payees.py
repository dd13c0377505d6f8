"""The list of those who may be paid, and how an id compares with it. Ids only, never names."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from pos_guard.model import Tender

# Characters that a person takes for each other on a label or a small display.
_LOOK_ALIKE = str.maketrans({"o": "0", "q": "0", "i": "1", "l": "1", "s": "5", "b": "8", "z": "2"})


class Match(StrEnum):
    """How an id compares with a list.

    ``CLOSE``: not on the list, but one slip or one look-alike away from an entry, or the id of an
    entry under another scheme: a typing error or an imitation. ``CANNOT_CHECK``: no id (a code that
    names nobody), or an empty list.
    """

    MATCH = "match"
    CLOSE = "close"
    NO_MATCH = "no-match"
    CANNOT_CHECK = "cannot-check"


class PayeeKind(StrEnum):
    """Which list an id belongs to."""

    TERMINALS = "terminals"
    WECHAT = "wechat"
    ALIPAY = "alipay"
    CODES = "codes"


_BY_TENDER = {
    Tender.CARD: PayeeKind.TERMINALS,
    Tender.UNIONPAY: PayeeKind.TERMINALS,
    Tender.WECHAT: PayeeKind.WECHAT,
    Tender.ALIPAY: PayeeKind.ALIPAY,
}


def kind_of_tender(tender: Tender) -> PayeeKind | None:
    """The list that knows who is paid by this tender; None for cash and vouchers."""
    return _BY_TENDER.get(tender)


@dataclass(frozen=True, slots=True)
class Payees:
    """Ids that money may go to: terminal ids, provider merchant ids, accounts in printed codes."""

    terminals: tuple[str, ...] = ()
    wechat: tuple[str, ...] = ()
    alipay: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()

    def of(self, kind: PayeeKind) -> tuple[str, ...]:
        """One of the lists."""
        if kind is PayeeKind.TERMINALS:
            return self.terminals
        if kind is PayeeKind.WECHAT:
            return self.wechat
        return self.alipay if kind is PayeeKind.ALIPAY else self.codes

    def check(self, kind: PayeeKind, payee: str | None) -> Match:
        """Compare one id with one list. Only ``MATCH``, the very same text, may be paid."""
        known = self.of(kind)
        if not payee or not known:
            return Match.CANNOT_CHECK
        if payee in known:
            return Match.MATCH
        close = any(_is_close(payee, entry) or _same_id(payee, entry) for entry in known)
        return Match.CLOSE if close else Match.NO_MATCH

    def with_codes(self, codes: tuple[str, ...]) -> Payees:
        """The same lists, with more accounts in printed codes: the shop's registered stickers."""
        return replace(self, codes=(*self.codes, *codes)) if codes else self

    def check_all(self, kind: PayeeKind, payees: Iterable[str]) -> tuple[Match, str | None]:
        """The worst of several ids, and that id: each of them must be on the list."""
        worst, culprit = Match.CANNOT_CHECK, None
        for index, payee in enumerate(payees):
            match = self.check(kind, payee)
            if index == 0 or (match is not Match.MATCH and worst is Match.MATCH):
                worst, culprit = match, payee
        return worst, culprit


def _is_close(left: str, right: str) -> bool:
    return _skeleton(left) == _skeleton(right) or _one_slip(left, right)


def _same_id(left: str, right: str) -> bool:
    """``scheme:domain:id`` with one id under two schemes or domains."""
    left_id, right_id = ("".join(entry.split(":", 2)[2:]) for entry in (left, right))
    return _skeleton(left_id) == _skeleton(right_id) != ""


def _skeleton(payee: str) -> str:
    letters = "".join(char for char in payee.casefold() if char.isalnum())
    return letters.translate(_LOOK_ALIKE).lstrip("0")


def _one_slip(left: str, right: str) -> bool:
    """One character replaced, added or lost, or two neighbours swapped."""
    short, long = sorted((left, right), key=len)
    start = 0
    while start < len(short) and short[start] == long[start]:
        start += 1
    if len(long) - len(short) == 1:
        return short[start:] == long[start + 1 :]
    if len(long) != len(short) or start == len(short):
        return False
    swapped = long[start + 1 : start + 2] + long[start] + long[start + 2 :]
    return short[start + 1 :] == long[start + 1 :] or short[start:] == swapped
