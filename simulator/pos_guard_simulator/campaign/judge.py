"""An outcome from what the till believes and what is true. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pos_guard.policy.states import Phase
from pos_guard_simulator.campaign.claims import Claim, Told, What
from pos_guard_simulator.campaign.outcome import Outcome, worst
from pos_guard_simulator.campaign.truth import Truth

Judged = tuple[Outcome, str]

_MONEY = frozenset({What.SALE, What.REFUND})


def judge(claims: Sequence[Claim], truth: Truth) -> Judged:
    """The worst outcome of what was asked for, and why."""
    judged = [*_always(claims, truth), *(_of(claim, truth) for claim in claims)]
    outcome = worst(*(one for one, _ in judged))
    return outcome, "; ".join(why for one, why in judged if one is outcome and why)


def _always(claims: Sequence[Claim], truth: Truth) -> Iterable[Judged]:
    """What must never be, whatever was asked for."""
    for problem in truth.problems:
        yield Outcome.BROKEN, problem
    if truth.tampered:
        yield Outcome.BROKEN, f"the log: {truth.tampered}"
    wanted = {(claim.what, claim.amount) for claim in claims if claim.what in _MONEY}
    for one in truth.moved:
        if (one.what, one.amount) not in wanted:
            yield Outcome.BROKEN, f"{one.what} of {one.amount} moved, which nobody asked for"


def _of(claim: Claim, truth: Truth) -> Judged:
    if claim.what in _MONEY:
        return _money(claim, truth)
    if claim.what is What.PAPER:
        return _paper(claim)
    if claim.told is Told.NO:
        return Outcome.REFUSED, f"code: {claim.note}"
    if claim.right:
        return Outcome.SURVIVED, ""
    return Outcome.UNKNOWN, f"another code came: {claim.note!r}"


def _money(claim: Claim, truth: Truth) -> Judged:
    moved = truth.of(claim.what, claim.amount)
    stands = [one for one in moved if not one.back]
    if len(stands) > 1:
        return Outcome.BROKEN, f"{claim.what} moved {len(stands)} times"
    posted = any(one.phase is Phase.POSTED for one in truth.entries(claim.what, claim.amount))
    if claim.told is Told.YES and stands and posted:
        return Outcome.SURVIVED, ""
    if claim.told is Told.NO and not stands and not posted:
        return Outcome.REFUSED, f"{claim.what}: {claim.note}"
    if truth.open:
        return Outcome.UNKNOWN, f"{claim.what}: {claim.note}, an open entry or case"
    return _settled(claim, moved=bool(stands), posted=posted)


def _settled(claim: Claim, *, moved: bool, posted: bool) -> Judged:
    """The till does not know, or was told what is no longer so: the ledger must know it."""
    if posted is not moved:
        said = "posted" if posted else "not posted"
        return Outcome.BROKEN, f"{claim.what} {'moved' if moved else 'did not move'}, but is {said}"
    if claim.told is Told.YES:
        return Outcome.BROKEN, f"{claim.what} was taken back, and nobody was told"
    if claim.told is Told.NO:
        return Outcome.BROKEN, f"{claim.what} moved, and the till was told no"
    known = "posted" if posted else "not done"
    return Outcome.UNKNOWN, f"{claim.what}: {claim.note}, {known} in the ledger"


def _paper(claim: Claim) -> Judged:
    if claim.right:
        return Outcome.SURVIVED, ""
    if claim.told is Told.YES:
        return Outcome.UNKNOWN, "the paper is not as it was sent, and nobody can tell"
    return Outcome.REFUSED, f"paper: {claim.note}"
