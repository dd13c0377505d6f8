"""What the run of a user's scenario leaves: its app's end, money, papers, and its moments."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

from pos_guard.frames.decoded import Json
from pos_guard.frames.receipt_text import DEFAULT_WORDS, read_receipt
from pos_guard.model import Receipt, Tender
from pos_guard_simulator.campaign.claims import What
from pos_guard_simulator.campaign.truth import Moved, what_moved
from pos_guard_simulator.scenario.artifacts import EVENTS
from pos_guard_simulator.scenario.moments import MAX_NUMBER
from pos_guard_simulator.simulate_faults import Direction

_APP, _MOVED, _CHANGED, _ENDED, _RECEIPT = "app", "moved", "changed", "ended", "receipt"

_NO_MOMENTS = frozenset({"bytes", "paper", "ended", "step", "expectation", "ready", "end"})
"""Kinds of events that a fault is not put behind: pieces come in other sizes each time, and after
the app's end there is nobody left to be told."""

_TRAFFIC = frozenset({"frame", "bytes"})

_BY_HAND = frozenset({Tender.CASH, Tender.VOUCHER})
"""Money that no device here knows of."""


@dataclass(frozen=True, slots=True)
class Left:
    """``exit``: the app's code, None while it ran to the end; ``well``: the one that says all well.

    ``moved``: money by the device that moved it. ``papers``: receipts that claim payment, by
    printer. ``moments``: events behind which a fault can strike, as a scenario writes them.
    ``pays``: there is a device that moves money. ``traffic``: bytes that each device was sent and
    said.
    """

    exit: int | None = None
    well: int = 0
    moved: Mapping[str, tuple[Moved, ...]] = field(default_factory=dict[str, tuple[Moved, ...]])
    papers: Mapping[str, tuple[Receipt, ...]] = field(
        default_factory=dict[str, tuple[Receipt, ...]]
    )
    moments: tuple[str, ...] = ()
    pays: bool = False
    traffic: tuple[tuple[str, int, int], ...] = ()

    def stands(self, devices: Iterable[str] | None = None) -> Counter[tuple[What, int]]:
        """What moved and was not taken back, by kind and amount; None: at every device."""
        names = self.moved if devices is None else devices
        rows = [one for name in names for one in self.moved.get(name, ())]
        return Counter((one.what, one.amount) for one in rows if not one.back)

    @property
    def total(self) -> int:
        """All money that moved, either way."""
        return sum(amount * count for (_, amount), count in self.stands().items())

    def claimed(self, printers: Iterable[str] | None = None) -> int:
        """What papers say was paid other than by hand; the copies of an order count once."""
        names = self.papers if printers is None else printers
        said: dict[str, int] = {}
        for receipt in (one for name in names for one in self.papers.get(name, ())):
            key = receipt.order_id or receipt.fingerprint
            said[key] = max(said.get(key, 0), _electronic(receipt))
        return sum(said.values())


def left_in(folder: Path, well: int, currency: str, *, pays: bool) -> Left:
    """Read the events of a run that is over; ``pays``: see Left.

    :raises OSError: there are none.
    """
    reader = _Reader(currency)
    for line in (folder / EVENTS).read_text(encoding="utf-8").splitlines():
        reader.read(cast("dict[str, Json]", json.loads(line)))
    return Left(
        reader.exit,
        well,
        {name: tuple(rows) for name, rows in reader.moved.items()},
        {name: tuple(rows) for name, rows in reader.papers.items()},
        tuple(sorted(reader.moments)),
        pays,
        tuple((name, sent, said) for name, (sent, said) in sorted(reader.bytes.items())),
    )


class _Reader:
    """Collects what the events tell."""

    def __init__(self, currency: str) -> None:
        self.exit: int | None = None
        self.moved: dict[str, list[Moved]] = {}
        self.papers: dict[str, list[Receipt]] = {}
        self.moments: set[str] = set()
        self.bytes: dict[str, list[int]] = {}
        self._currency = currency
        self._count: Counter[str] = Counter()

    def read(self, event: Mapping[str, Json]) -> None:
        """One more event."""
        device, kind = str(event["device"]), str(event["kind"])
        body = cast("dict[str, Json]", event["body"])
        self._moment(device, kind)
        if kind in _TRAFFIC:
            ways = self.bytes.setdefault(device, [0, 0])
            ways[body["direction"] == Direction.OUT] += cast("int", body["bytes"])
        what = what_moved(body)
        if kind == _MOVED and what is not None:
            row = Moved(what, cast("int", body["amount"]), bool(body.get("reversed")))
            self.moved.setdefault(device, []).append(row)
        elif kind == _CHANGED and what is not None and body.get("reversed"):
            self._taken_back(self.moved.get(device, []), Moved(what, cast("int", body["amount"])))
        elif kind == _RECEIPT:
            self._paper(device, str(body["text"]))
        elif (device, kind) == (_APP, _ENDED):
            self.exit = cast("int", body["exit"])

    def _moment(self, device: str, kind: str) -> None:
        name = f"{device} {kind}"
        self._count[name] += 1
        if device and kind not in _NO_MOMENTS and self._count[name] < MAX_NUMBER:
            self.moments.add(f"{name} {self._count[name]}")

    def _taken_back(self, rows: list[Moved], row: Moved) -> None:
        if row in rows:
            rows[rows.index(row)] = Moved(row.what, row.amount, back=True)

    def _paper(self, device: str, text: str) -> None:
        receipt = read_receipt(text, DEFAULT_WORDS, self._currency).receipt
        if receipt.claims_paid:
            self.papers.setdefault(device, []).append(receipt)


def _electronic(receipt: Receipt) -> int:
    if receipt.refund:
        return 0
    if receipt.tenders:
        return sum(one.amount for one in receipt.tenders if one.tender not in _BY_HAND)
    return 0 if receipt.total is None else receipt.total.amount
