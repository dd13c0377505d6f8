"""Plays one cell: a shop or a scenario of its own, the fault, and the verdict."""

from __future__ import annotations

import contextlib
import time
from dataclasses import replace
from pathlib import Path

from pos_guard.errors import PosGuardError
from pos_guard_simulator.campaign.judge import Judged, judge
from pos_guard_simulator.campaign.outcome import Cell, Outcome, Result, Usual
from pos_guard_simulator.campaign.scenario_file import Played, play_file
from pos_guard_simulator.campaign.scenarios import BUILT_IN
from pos_guard_simulator.campaign.shop import Shop
from pos_guard_simulator.campaign.strike import Strike
from pos_guard_simulator.campaign.truth import Truth, books_of, moved_in
from pos_guard_simulator.demo.ears import StageError

SETUPS = 3
"""So often a shop is set up that a fault can strike in."""


def play(cell: Cell, directory: Path) -> Result:
    """Play it in an empty directory; whatever happens is its result."""
    start, file = time.monotonic(), Played((Outcome.BROKEN, ""), Usual(), by_ledger=True)
    try:
        if cell.scenario in BUILT_IN:
            outcome, why = _set_up_and_played(cell, directory)
        else:
            file = play_file(cell, directory)
            outcome, why = file.judged
    except PosGuardError as error:
        outcome, why = Outcome.BROKEN, f"could not be played: {error}"
    except Exception as error:  # noqa: BLE001 - a till that crashes is what a campaign looks for
        outcome, why = Outcome.BROKEN, f"crashed: {error!r}"
    return Result(
        cell,
        outcome,
        " ".join(why.split()),
        time.monotonic() - start,
        file.seen,
        by_ledger=file.by_ledger,
    )


def _set_up_and_played(cell: Cell, directory: Path) -> Judged:
    """A machine may be too busy to set up the shop: then in a new shop.

    :raises StageError: it cannot be set up.
    """
    for number in range(SETUPS - 1):
        with contextlib.suppress(StageError):
            return _played(cell, directory)
        (directory := directory / f"again-{number + 1}").mkdir()
    return _played(cell, directory)


def _played(cell: Cell, directory: Path) -> Judged:
    with Shop(directory) as shop:
        strike = Strike(cell, shop)
        try:
            claims = BUILT_IN[cell.scenario].play(shop, strike)
        except StageError as error:
            if strike.done:  # then it is what came of the fault
                raise PosGuardError(str(error)) from error
            raise
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
