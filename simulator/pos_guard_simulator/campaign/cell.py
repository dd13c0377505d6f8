"""Plays one cell: a shop or a scenario of its own, the fault, and the verdict."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

from pos_guard.errors import PosGuardError
from pos_guard_simulator.campaign.judge import Judged, judge
from pos_guard_simulator.campaign.outcome import Cell, Outcome, Result
from pos_guard_simulator.campaign.scenario_file import play_file
from pos_guard_simulator.campaign.scenarios import BUILT_IN
from pos_guard_simulator.campaign.shop import Shop
from pos_guard_simulator.campaign.strike import Strike
from pos_guard_simulator.campaign.truth import Truth, books_of, moved_in


def play(cell: Cell, directory: Path) -> Result:
    """Play it in an empty directory; whatever happens is its result."""
    start, moved = time.monotonic(), 0
    try:
        if cell.scenario in BUILT_IN:
            outcome, why = _played(cell, directory)
        else:
            outcome, why, moved = play_file(cell, directory)
    except PosGuardError as error:
        outcome, why = Outcome.BROKEN, f"could not be played: {error}"
    except Exception as error:  # noqa: BLE001 - a till that crashes is what a campaign looks for
        outcome, why = Outcome.BROKEN, f"crashed: {error!r}"
    return Result(cell, outcome, " ".join(why.split()), time.monotonic() - start, moved)


def _played(cell: Cell, directory: Path) -> Judged:
    with Shop(directory) as shop:
        claims = BUILT_IN[cell.scenario].play(shop, Strike(cell, shop))
        truth = _seen(shop)
        shop.guard.free_disk()
    ledger, cases, tampered = books_of(directory / "state")
    return judge(claims, replace(truth, ledger=ledger, cases=cases, tampered=tampered))


def _seen(shop: Shop) -> Truth:
    problems: tuple[str, ...] = ()
    if shop.guard.alive:
        shop.pending()  # it still answers; an error says that it does not
    else:
        problems = (f"the guard has ended: {shop.guard.words}",)
    return Truth(moved_in(shop), problems=problems)
