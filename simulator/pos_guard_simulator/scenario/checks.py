"""What can be expected of a device. Each check says in words why it is not met. Pure."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from pos_guard.frames.decoded import Json
from pos_guard.frames.receipt_text import DEFAULT_WORDS, read_receipt
from pos_guard.model import Words
from pos_guard.money import Money
from pos_guard_simulator.pytest_plugin.shown import blanked
from pos_guard_simulator.scenario.moments import fits
from pos_guard_simulator.scenario.seen import Look, Seen

IGNORED = "…"
"""Stands for what may differ each time."""


@dataclass(frozen=True, slots=True)
class Now:
    """What a check looks at: what was seen, how the device is, how many events were like it."""

    seen: Seen
    look: Callable[[], Look]
    counted: int


class Check(Protocol):
    """One thing that has to be so."""

    def unmet(self, now: Now) -> Iterator[Words]:
        """Why it is not so; nothing when it is."""
        ...


@dataclass(frozen=True, slots=True)
class Receipts:
    """So many were cut off."""

    wanted: int

    def unmet(self, now: Now) -> Iterator[Words]:
        """See ``Check``."""
        found = now.seen.cut
        if found != self.wanted:
            yield Words(
                f"应切下 {self.wanted} 张小票，实际 {found} 张",
                f"{self.wanted} receipts were expected, {found} were cut off",
            )


@dataclass(frozen=True, slots=True)
class Text:
    """What stands on a slip, or (None) anywhere on the paper, and what does not."""

    receipt: int | None
    contains: Sequence[str]
    lacks: Sequence[str]

    def unmet(self, now: Now) -> Iterator[Words]:
        """See ``Check``."""
        text = now.seen.paper if self.receipt is None else now.seen.slip(self.receipt)
        if text is None:
            yield _no_receipt(self.receipt, now.seen)
            return
        for wanted in self.contains:
            if wanted not in text:
                yield _missing(blanked(wanted), blanked(text))
        for unwanted in self.lacks:
            if unwanted in text:
                shown = repr(blanked(unwanted))
                yield Words(f"小票上不应有 {shown}", f"{shown} is on the paper")


@dataclass(frozen=True, slots=True)
class Read:
    """What a slip says as pos-guard reads any till's receipt; None is not looked at."""

    receipt: int
    currency: str
    total: Money | None = None
    order: str | None = None
    paid: bool | None = None

    def unmet(self, now: Now) -> Iterator[Words]:
        """See ``Check``."""
        text = now.seen.slip(self.receipt)
        if text is None:
            return  # told by Text, which every such expectation has
        read = read_receipt(text, DEFAULT_WORDS, self.currency)
        found = read.receipt
        if self.total is not None and found.total != self.total:
            yield _total(self.total, found.total, read.problems)
        if self.order is not None and found.order_id != self.order:
            yield Words(
                f"订单号应为 {self.order!r}，读到 {found.order_id!r}",
                f"the order is {found.order_id!r}, not {self.order!r}",
            )
        if self.paid is not None and found.claims_paid is not self.paid:
            yield (
                Words("小票没有写已付款", "the receipt does not say that it is paid")
                if self.paid
                else Words("小票写着已付款", "the receipt says that it is paid")
            )


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A slip, or all of the paper, is the text that is ``kept`` in a file (None: there is none).

    ``update``: whatever is printed is right, and shall be kept.
    """

    receipt: int | None
    file: Path
    kept: str | None
    ignore: Sequence[str] = ()
    update: bool = False

    def unmet(self, now: Now) -> Iterator[Words]:
        """See ``Check``."""
        printed = self.printed(now.seen)
        if printed is None or self.update:
            return  # that there is no such slip is told by Text
        if self.kept is None:
            how = f"{self.file.name}: --update"
            yield Words(
                f"还没有存档，先运行一次 {how}", f"nothing is kept yet, run once with {how}"
            )
        elif self.kept != printed:
            was, new = (blanked(one).splitlines() for one in (self.kept, printed))
            diff = "\n".join(difflib.unified_diff(was, new, "kept", "printed", lineterm=""))
            yield Words(
                f"小票与存档 {self.file.name} 不同：\n{diff}",
                f"the receipt is not the one in {self.file.name}:\n{diff}",
            )

    def printed(self, seen: Seen) -> str | None:
        """The text as it is kept."""
        text = seen.paper if self.receipt is None else seen.slip(self.receipt)
        if text is None:
            return None
        for pattern in self.ignore:
            text = re.sub(pattern, IGNORED, text)
        return "\n".join(line.rstrip() for line in text.split("\n")).rstrip("\n") + "\n"


@dataclass(frozen=True, slots=True)
class Moved:
    """What a terminal, host or provider has booked: these, in this order, and no others."""

    wanted: Sequence[Mapping[str, Json]]

    def unmet(self, now: Now) -> Iterator[Words]:
        """See ``Check``."""
        found = now.look().moved
        if not fits([dict(one) for one in self.wanted], [dict(one) for one in found]):
            wanted, moved = _rows(self.wanted), _rows(found)
            yield Words(
                f"应入账：{wanted}；实际：{moved}", f"expected to move: {wanted}; moved: {moved}"
            )


@dataclass(frozen=True, slots=True)
class State:
    """How the device is, in the words of its operation ``state``."""

    wanted: Mapping[str, Json]

    def unmet(self, now: Now) -> Iterator[Words]:
        """See ``Check``."""
        state = now.look().state
        for key, value in self.wanted.items():
            found = state.get(key)
            if not fits(value, found):
                want, is_now = _shown(value), _shown(found)
                yield Words(f"{key} 应为 {want}，实际 {is_now}", f"{key} is {is_now}, not {want}")


@dataclass(frozen=True, slots=True)
class Happened:
    """Events of one kind whose facts fit: at least one, or exactly ``times``."""

    kind: str
    where: Mapping[str, Json]
    times: int | None

    def unmet(self, now: Now) -> Iterator[Words]:
        """See ``Check``."""
        if now.counted == self.times or (self.times is None and now.counted):
            return
        which = f" {_shown(dict(self.where))}" if self.where else ""
        how = "1+" if self.times is None else str(self.times)
        yield Words(
            f"{self.kind}{which} 应发生 {how} 次，实际 {now.counted} 次",
            f"{self.kind}{which} was expected {how} times, and happened {now.counted} times",
        )


def _no_receipt(number: int | None, seen: Seen) -> Words:
    cut = seen.cut
    return Words(
        f"没有第 {number} 张小票，切下了 {cut} 张",
        f"there is no receipt {number}, {cut} were cut off",
    )


def _missing(wanted: str, text: str) -> Words:
    close = difflib.get_close_matches(wanted, text.split("\n"), 1, 0.5)
    zh = f"，最接近的一行：{close[0]!r}" if close else ""
    en = f"; the closest line: {close[0]!r}" if close else ""
    return Words(f"小票上没有 {wanted!r}{zh}", f"{wanted!r} is not on the paper{en}")


def _total(wanted: Money, found: Money | None, problems: Sequence[str]) -> Words:
    if found is not None:
        return Words(f"合计是 {found}，应为 {wanted}", f"the total is {found}, not {wanted}")
    why = ", ".join(problems)
    return Words(
        f"读不出合计（应为 {wanted}）{why and '：' + why}",
        f"no total can be read, {wanted} was expected{why and ': ' + why}",
    )


def _rows(rows: Sequence[Mapping[str, Json]]) -> str:
    return ", ".join(_shown(dict(row)) for row in rows) or "-"


def _shown(value: Json) -> str:
    return json.dumps(value, ensure_ascii=False)
