"""Rule 6, from the paper itself: no PAID without the money, and copies that say so."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Protocol

from pos_guard_simulator.till_printer import Shop
from tests.simulation.facts import Facts, Row
from tests.simulation.rules import hold
from tests.simulation.twins import Heard
from tests.simulation.world import World

SECOND = 1_000_000

_PAID_LINE = re.compile(r"^\s*(?:已支付 PAID|已支付|PAID)\s*$", re.MULTILINE)
_ORDER_LINE = re.compile(r"Order: (\S+)")
_TOTAL_LINE = re.compile(r"合计 TOTAL\s+CNY (\d+)\.(\d\d)")
_CASH_LINE = re.compile(r"现金 Cash\s+(\d+)\.(\d\d)")
_CHANGE_LINE = re.compile(r"找零 Change\s+(\d+)\.(\d\d)")
_START = re.compile(rf"(?P<mark>(?:COPY|REPRINT) \d+)|^.*{Shop().chinese}\s*$", re.MULTILINE)
_COPY = re.compile(r"\bCOPY (\d+)")
_REPRINT = re.compile(r"\bREPRINT (\d+)")
USUAL_COPIES = 2


class Money(Protocol):
    """What the paper is compared with."""

    @property
    def facts(self) -> Facts: ...
    def refresh(self) -> None: ...
    def entries(self) -> dict[int, Row]: ...
    def taken_back_before(self, heard: Heard, at_us: int) -> bool: ...


class Paper:
    """Reads every slip that comes out of the printer."""

    def __init__(self, world: World, money: Money) -> None:
        self._world = world
        self._money = money
        self._copies: dict[str, int] = {}
        self._cash: dict[str, int] = {}

    def printed(self, text: str) -> None:
        """A slip came out: rule 6, for each paper on it.

        One that was torn off before its cut (a plug was pulled, the power went) has the next below
        it; what that says is said of its own order, not of the one above.
        """
        for paper in papers(text):
            self._judge(paper)

    def _judge(self, text: str) -> None:
        if not _PAID_LINE.search(text):
            return
        rule = "6-paid-means-paid"
        order, total = _ORDER_LINE.search(text), _TOTAL_LINE.search(text)
        hold(rule, total is not None, f"PAID without a total: {text}")
        assert total is not None
        stated = _minor(total)
        if order is None:  # half a paper: the process died while the till was sending it
            fitting = [key for key, due in self._money.facts.totals.items() if due == stated]
            paid = [self._electronic(key) + self._cash.get(key, 0) for key in fitting]
            hold(rule, max(paid, default=0) >= stated, f"PAID {stated} for no order")
            return
        key = order[1]
        cash = self._cash_of(key, text)
        electronic = self._electronic(key)
        hold(
            rule,
            electronic + cash >= stated,
            f"PAID {stated} for {key}: {electronic} electronic and {cash} cash are confirmed",
        )
        copy = _copy_of(text)
        last = self._copies.get(key, 0)
        hold(rule, copy > last, f"paper {copy} of {key} after paper {last}")
        self._copies[key] = copy
        self._world.count("PAID printed" if copy == 1 else "copy printed")

    def _cash_of(self, key: str, text: str) -> int:
        """Cash counts once, if the till opened the drawer for it."""
        cash = _CASH_LINE.search(text)
        if cash is not None and key not in self._cash:
            opened = key in self._money.facts.drawers
            hold("6-paid-means-paid", opened, f"cash for {key}, the drawer shut")
            change = _CHANGE_LINE.search(text)
            self._cash[key] = _minor(cash) - (0 if change is None else _minor(change))
            self._world.count("cash receipt printed")
        return self._cash.get(key, 0)

    def _electronic(self, key: str) -> int:
        """What devices really moved for an order, and did not take back (long) before."""
        self._money.refresh()
        entries = self._money.entries()
        recent = self._world.now_us - 2 * SECOND
        total = 0
        for heard in self._money.facts.heard:
            row = entries.get(heard.entry)
            if row is None or row.order_key != key or row.kind != "sale":
                continue
            gone = self._money.taken_back_before(heard, recent)
            total += 0 if gone else heard.moved
        return total


def papers(slip: str) -> list[str]:
    """A slip in papers: each begins with its letterhead, or with the copy mark above that.

    The mark stands above whatever a job prints first; that may be noise of the line before the
    receipt, and a torn line may be open to the left of it.
    """
    starts, mark = {0, len(slip)}, None
    for found in _START.finditer(slip):
        if found["mark"]:
            mark = found.start()
        else:
            starts.add(found.start() if mark is None else mark)
            mark = None
    return [slip[start:end] for start, end in pairwise(sorted(starts))]


def _minor(match: re.Match[str]) -> int:
    return int(match[1]) * 100 + int(match[2])


def _copy_of(text: str) -> int:
    reprint, copy = _REPRINT.search(text), _COPY.search(text)
    if reprint is not None:
        return int(reprint[1]) + USUAL_COPIES
    return 1 if copy is None else int(copy[1])
