"""Reads the text of a bill or receipt: order, total, tenders, and whether it claims payment.

Text in, values out; knows no printer and no ledger. What cannot be read in exactly one way is
reported as a problem and left out: a guard that guesses an amount is worse than none.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pos_guard.frames.receipt_amounts import Stated, UnclearError, read_amount
from pos_guard.frames.receipt_patterns import Patterns, normalise, patterns, spelt
from pos_guard.frames.receipt_words import DEFAULT_WORDS, ReceiptWords
from pos_guard.model import Receipt, Tender, TenderLine
from pos_guard.money import Money

__all__ = [
    "DEFAULT_WORDS",
    "MAX_TEXT",
    "ReadReceipt",
    "ReceiptWords",
    "claims",
    "denials",
    "normalise",
    "read_receipt",
    "read_total",
]

MAX_TEXT = 65_536
"""Characters that are read for amounts: a metre of paper holds 12,000. Claims are looked for in
all of the text, however long."""

_TENDERS = frozenset(str(tender) for tender in Tender)
_OWED = frozenset({"due", "total"})
_HAS_DIGIT = re.compile(r"\d")


@dataclass(frozen=True, slots=True)
class ReadReceipt:
    """What the text says, and what could not be read in exactly one way.

    ``problems`` are short stable names: ``two-totals``, ``two-orders``, ``amount``, ``currency``,
    ``tenders`` (they do not add up to the total), ``change`` (more than the cash), ``too-long``.
    ``unpaid`` says that it states in words that it is not paid.
    """

    receipt: Receipt
    problems: tuple[str, ...] = ()

    @property
    def is_claim(self) -> bool:
        """It says that money was taken or given back."""
        return self.receipt.claims_paid or self.receipt.refund

    @property
    def is_bill(self) -> bool:
        """It says what the customer owes, and claims nothing."""
        return not self.is_claim and self.receipt.total is not None


def read_receipt(
    text: str,
    words: ReceiptWords,
    currency: str,
    *,
    drawer: bool = False,
    payees: Iterable[str] = (),
) -> ReadReceipt:
    """Read a bill or receipt. Pure, and never raises for what stands in ``text``.

    A receipt that states a tender with its amount (CARD 12.50, 现金 20.00) claims payment even
    without the word: that is how most receipts say it. Cash is what stays after the change.
    """
    plain = normalise(text)
    reader = _Reader(patterns(words), currency)
    reader.read(plain[:MAX_TEXT].split("\n"))
    if len(plain) > MAX_TEXT:
        reader.problem("too-long")
    total = None if reader.report else reader.total()
    tenders = () if reader.report else reader.tenders(total)
    refund = reader.refund and not reader.report
    said = claims(text, words)
    receipt = Receipt(
        claims_paid=said or (reader.tendered and not refund and not reader.report),
        order_id=reader.order(),
        total=total,
        tenders=tenders,
        drawer=drawer,
        payees=tuple(dict.fromkeys(payees)),
        refund=refund,
        fingerprint=_fingerprint(plain),
    )
    return ReadReceipt(receipt, tuple(dict.fromkeys(reader.problems)))


def read_total(text: str, words: ReceiptWords, currency: str) -> Money | None:
    """The one total in ``text`` (a customer display), or None when there is none or two."""
    return read_receipt(text, words, currency).receipt.total


def claims(text: str, words: ReceiptWords = DEFAULT_WORDS) -> bool:
    """Some line says that it is paid, after all phrases that deny it are struck out.

    A phrase denies only what stands in it, on one line: ``NOT PAID`` and then ``PAID`` is a claim,
    and so is ``NOT`` with ``PAID`` on the next line. So is the word spelt with signs between its
    letters, whatever stands before it.
    """
    found = patterns(words)
    if found.paid.search(found.unpaid.sub("\u2400", normalise(text))) is not None:
        return True
    return any(word in found.closed for word in spelt(text))


def denials(text: str) -> list[str]:
    """The phrases that deny a payment, in their order: broken over lines, one may be a claim."""
    return [found[0] for found in patterns(DEFAULT_WORDS).unpaid.finditer(text)]


def _fingerprint(plain: str) -> str:
    lines = (" ".join(line.split()) for line in plain.split("\n"))
    return hashlib.sha256("\n".join(line for line in lines if line).encode()).hexdigest()


class _Reader:
    """Collects what the lines state."""

    def __init__(self, patterns: Patterns, currency: str) -> None:
        self.problems: list[str] = []
        self.refund = False
        self.report = False
        self.tendered = False
        self._unclear = False
        self._patterns = patterns
        self._currency = currency
        self._stated: dict[str, list[Money]] = {name: [] for name, _ in patterns.labels}
        self._orders: list[dict[str, None]] = [{} for _ in patterns.orders]
        self._waiting: str | None = None

    def problem(self, name: str) -> None:
        """Report what could not be read."""
        self.problems.append(name)

    def read(self, lines: Iterable[str]) -> None:
        """Read every line, and every labelled column of a line."""
        for line in lines:
            self._order(line)
            self.refund |= self._patterns.refund_title.fullmatch(line) is not None
            self.report |= self._patterns.report_title.match(line) is not None
            for part in self._patterns.split.split(line):
                if part.strip():
                    self._amount(part)

    def order(self) -> str | None:
        """The number behind the most trusted word; none when that word names two."""
        for found in self._orders:
            if len(found) == 1:
                return next(iter(found))
            if found:
                self.problem("two-orders")
                return None
        return None

    def total(self) -> Money | None:
        """What is to be paid, when all that the receipt states about it agrees."""
        if self._stated["refund"]:
            return self._one("refund")
        if self._unclear:
            return None
        due, total = self._one("due"), self._one("total")
        if due is None or total is None or due == total:
            return due or total or self._one("paid")
        off = sum(money.amount for money in self._stated["discount"])
        if total.amount - off == due.amount:
            return due
        self.problem("two-totals")
        return None

    def tenders(self, total: Money | None) -> tuple[TenderLine, ...]:
        """How it was paid; a tender stated twice for one payment counts once."""
        lines = [
            TenderLine(tender, money.amount)
            for tender in Tender
            for money in self._stated[str(tender)]
            if money.amount
        ]
        if total is None or not lines:
            return tuple(lines)
        change = sum({money.amount for money in self._stated["change"]})
        for candidate in (lines, list(dict.fromkeys(lines))):
            net = _less_change(candidate, change)
            if net is not None and sum(line.amount for line in net) == total.amount:
                return tuple(net)
        self.problem("tenders" if _less_change(lines, change) is not None else "change")
        return tuple(lines)

    def _one(self, name: str) -> Money | None:
        found = set(self._stated[name])
        if len(found) > 1:
            if name != "paid":
                self.problem("two-totals")
            return None
        return next(iter(found), None)

    def _order(self, line: str) -> None:
        for found, pattern in zip(self._orders, self._patterns.orders, strict=True):
            match = pattern.search(line)
            if match is not None and _HAS_DIGIT.search(match["id"]):
                found[match["id"].rstrip("./-")] = None

    def _amount(self, part: str) -> None:
        labels = [(name, pattern.fullmatch(part)) for name, pattern in self._patterns.labels]
        waiting, self._waiting = self._waiting, None
        # A label of its own is no amount of the label above it (REFUND, then REFUND AMOUNT 5.00).
        own = any(found is not None for _, found in labels)
        if waiting is not None and not own and self._state(waiting, part.strip(" *=:")):
            return
        for name, found in labels:
            if found is None or not self._counts(name, bool(found["lead"])):
                continue
            rest = found["rest"].strip(" *|")
            if not rest:
                self._waiting = name
            self._state(name, rest)

    def _counts(self, name: str, led: bool) -> bool:
        """A tender before the total is an article (a greeting card), unless it says payment."""
        return led or name not in _TENDERS or bool(self._stated["due"] or self._stated["total"])

    def _state(self, name: str, text: str) -> bool:
        try:
            stated = read_amount(text, self._currency)
        except UnclearError as unclear:
            self.problem(unclear.code)
            self.tendered |= name in _TENDERS
            self._unclear |= name in _OWED and unclear.code == "amount"
            return True
        if stated is None:
            return False
        self._keep(name, stated)
        return True

    def _keep(self, name: str, stated: Stated) -> None:
        self._stated[name].append(stated.money)
        self.tendered |= name in _TENDERS and stated.money.amount > 0
        self.refund |= name == "refund" or (stated.negative and name in _OWED)


def _less_change(lines: Sequence[TenderLine], change: int) -> list[TenderLine] | None:
    """The lines with the change taken off the cash; None when it is more than the cash."""
    net: list[TenderLine] = []
    for line in lines:
        back = min(change, line.amount) if line.tender is Tender.CASH else 0
        change -= back
        if line.amount > back:
            net.append(TenderLine(line.tender, line.amount - back))
    return None if change else net
