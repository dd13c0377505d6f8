"""Rules 3 and 9 over the rows of a ledger, whichever links the shop has."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping

from pos_guard.records import frame_hash
from tests.simulation.facts import Row
from tests.simulation.rules import hold
from tests.simulation.tills import LOWERED
from tests.simulation.world import World

LIVE = ("reserved", "unknown", "posted", "failed", "voided")
"""Phases of a request that was let through."""

_NEXT = {
    "waiting": {"reserved", "refused", "abandoned", "posted", "failed", "unknown", "voided"},
    "reserved": {"posted", "failed", "unknown", "voided"},
    "unknown": {"posted", "failed", "voided"},
    "posted": {"voided"},
}
_COUNTS_AGAIN = {"posted", "unknown"}
"""What may follow "voided", where a terminal never heard that its till lowered the amount."""
_HELD = ("posted", "reserved", "unknown")


class History:
    """What the ledger said the last time: nothing goes, nothing is rewritten or goes back."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._ledger: Mapping[int, Row] = {}

    def step(self, entries: Mapping[int, Row]) -> None:
        """Compare, and note what has changed."""
        rule = "9-history"
        for number, old in self._ledger.items():
            new = entries.get(number)
            hold(rule, new is not None, f"entry {number} is gone")
            assert new is not None
            hold(rule, _facts(old) == _facts(new), f"entry {number} was rewritten")
            legal = new.phase == old.phase or new.phase in _NEXT.get(old.phase, set())
            legal = legal or (new.phase in _COUNTS_AGAIN and _never_lowered(old, entries))
            hold(rule, legal, f"entry {number} went from {old.phase} to {new.phase}")
        for row in entries.values():
            before = self._ledger.get(row.id)
            if before is None or before.phase != row.phase:
                self._world.count(f"{row.kind} {row.phase}")
                self._world.note(f"entry {row.id} {row.link} {row.kind} {row.amount} {row.phase}")
        self._ledger = entries


def _never_lowered(old: Row, entries: Mapping[int, Row]) -> bool:
    """The smaller sale that had taken the place of a voided one is known to have failed."""
    return old.phase == "voided" and any(
        row.id > old.id and row.phase == "failed" and row.frame_hash == frame_hash(LOWERED)
        for row in entries.values()
        if (row.link, row.kind, row.order_key) == (old.link, old.kind, old.order_key)
    )


def _facts(row: Row) -> tuple[object, ...]:
    return row.kind, row.order_key, row.operator, row.frame_hash, row.sale_id


def never_over_refunded(entries: Mapping[int, Row], moved: Callable[[Row], int]) -> None:
    """Neither by the ledger nor by what the devices really moved and let stand."""
    rule = "3-never-over-refunded"
    paid, back = Counter[str](), Counter[str]()
    really_paid, really_back = Counter[str](), Counter[str]()
    for row in entries.values():
        if row.sale_id is None:
            continue
        amount = row.amount or 0
        if row.money_out:
            back[row.sale_id] += amount if row.phase in _HELD else 0
            really_back[row.sale_id] += moved(row)
        elif row.phase == "posted":
            paid[row.sale_id] += amount
            really_paid[row.sale_id] += moved(row) if row.tender != "cash" else amount
    for sale, amount in back.items():
        hold(rule, amount <= paid[sale], f"ledger: {amount} back of {paid[sale]} for {sale}")
    for sale, amount in really_back.items():
        hold(rule, amount <= really_paid[sale], f"really {amount} of {really_paid[sale]}: {sale}")
