"""An ``[[expect]]`` table as checks; what makes no sense in it is told key by key."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from pos_guard.money import Money, MoneyError
from pos_guard.strict import read_text
from pos_guard_simulator.scenario.cast import Cast
from pos_guard_simulator.scenario.checks import (
    Check,
    Happened,
    Moved,
    Read,
    Receipts,
    Snapshot,
    State,
    Text,
)
from pos_guard_simulator.scenario.moments import Moment
from pos_guard_simulator.scenario.plan import Expectation
from pos_guard_simulator.scenario.tables import ExpectTable
from pos_guard_simulator.scenario.values import APP, GUARD

PRINTER = frozenset(
    {"receipt", "receipts", "contains", "lacks", "total", "order", "paid", "matches", "ignore"}
)
"""Keys that ask for a printer."""

_OF_ONE_RECEIPT = ("total", "order", "paid")
_WITH = {"where": "event", "times": "event", "ignore": "matches"}
_ABOUT = ("receipts", "receipt", "contains", "lacks", "matches", "moved", "state", "event")


@dataclass(slots=True)
class Reader:
    """Reads the tables of one scenario; ``problems`` are key and message of the last table.

    ``update``: texts that receipts are compared with will be written anew.
    """

    root: Path
    currency: str
    cast: Cast
    update: bool = False
    problems: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])

    def read(self, number: int, table: ExpectTable) -> Expectation:
        """One expectation."""
        self.problems = list(self._problems(table))
        happened = None
        if table.event:
            happened = Happened(table.event, table.where, table.times)
        checks: list[Check] = [*self._paper(table), *self._others(table)]
        if happened is not None:
            checks.append(happened)
        return Expectation(
            number,
            table.name or describe(table),
            table.device,
            checks,
            table.within,
            self._moment(table.after),
            happened,
        )

    def _problems(self, table: ExpectTable) -> Iterator[tuple[str, str]]:
        role = self.cast.role(table.device)
        if role is not None:
            yield from _contradictions(table, role.device.kind)
        elif table.device in (APP, GUARD):
            yield from _contradictions(table, "")
        # A device that is wrong itself is told already.
        if not self.cast.knows(table.device, others=True):
            yield "device", self.cast.unknown(table.device)
        elif table.event:
            for said in self.cast.event_problems(table.device, table.event):
                yield "event", said

    def _moment(self, text: str) -> Moment | None:
        if not text:
            return None
        try:
            moment = Moment.parse(text)
        except ValueError as error:
            self.problems.append(("after", str(error)))
            return None
        self.problems += (("after", said) for said in self.cast.moment_problems(moment))
        return moment

    def _paper(self, table: ExpectTable) -> Iterator[Check]:
        receipt = table.receipt
        if receipt is not None or table.contains or table.lacks:
            yield Text(receipt, table.contains, table.lacks)
        if table.receipts is not None:
            yield Receipts(table.receipts)
        if receipt is not None and (table.total or table.order or table.paid is not None):
            total = self._total(table.total) if table.total else None
            yield Read(receipt, self.currency, total, table.order or None, table.paid)
        if table.matches:
            file = self.root / table.matches
            kept = read_text(file, str(file)) if file.is_file() else None
            yield Snapshot(receipt, file, kept, self._patterns(table), self.update)

    def _others(self, table: ExpectTable) -> Iterator[Check]:
        if table.moved is not None:
            yield Moved(table.moved)
        if table.state:
            yield State(table.state)

    def _total(self, text: str) -> Money | None:
        amount, _, currency = text.partition(" ")
        if currency and currency != self.currency:
            self.problems.append(("total", f"is not in {self.currency}, the scenario's currency"))
            return None
        try:
            return Money.parse(amount, self.currency)
        except MoneyError as error:
            self.problems.append(("total", str(error)))
            return None

    def _patterns(self, table: ExpectTable) -> tuple[str, ...]:
        for pattern in table.ignore:
            try:
                re.compile(pattern)
            except re.error as error:
                self.problems.append(("ignore", f"{pattern!r} is no regular expression: {error}"))
        return table.ignore


def describe(table: ExpectTable) -> str:
    """What the table expects, in a few words: the name of a test case."""
    words = [table.device, *_printed(table)]
    if table.moved is not None:
        moved = _short([dict(one) for one in table.moved]) if table.moved else "nothing"
        words.append(f"moved {moved}")
    if table.state:
        words.append(f"state {_short(table.state)}")
    if table.event:
        times = "" if table.times is None else f" {table.times} times"
        where = f" {_short(table.where)}" if table.where else ""
        words.append(f"{table.event}{where}{times}")
    return " ".join(words)


def _printed(table: ExpectTable) -> list[str]:
    """What is expected of a printer's paper."""
    words: list[str] = []
    if table.receipt is not None:
        words.append(f"receipt {table.receipt}")
    if table.receipts is not None:
        words.append(f"cuts {table.receipts} receipts")
    words += [f"contains {one!r}" for one in table.contains]
    words += [f"lacks {one!r}" for one in table.lacks]
    words += [f"{key} {getattr(table, key)}" for key in ("total", "order") if getattr(table, key)]
    if table.paid is not None:
        words.append("paid" if table.paid else "not paid")
    if table.matches:
        words.append(f"matches {table.matches}")
    return words


def _short(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _contradictions(table: ExpectTable, kind: str) -> Iterator[tuple[str, str]]:
    given = {key for key in ExpectTable.__dataclass_fields__ if _is_given(table, key)}
    if not given & set(_ABOUT):
        yield "device", f"nothing is expected of it: add one of {', '.join(_ABOUT)}"
    for key in sorted(given & PRINTER):
        if kind != "printer":
            yield key, f"only a printer has this, and {table.device} is none"
    for key in _OF_ONE_RECEIPT:
        if key in given and table.receipt is None:
            yield key, "of which one? Add receipt = 1; -1 is the last, 0 what was not cut off"
    for key, other in _WITH.items():
        if key in given and other not in given:
            yield key, f"belongs to {other}"
    if table.moved is not None and kind not in ("terminal", "host", "provider"):
        yield "moved", f"no money moves at {table.device}: that is for terminals, hosts, providers"
    if table.state and not kind:
        yield "state", f"{table.device} has none, only devices have"


def _is_given(table: ExpectTable, key: str) -> bool:
    value = getattr(table, key)
    if key == "moved":  # nothing is something to expect
        return value is not None
    return value not in (None, "", (), {})
