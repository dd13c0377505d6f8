"""What came of a user's scenario: its app's word, its devices' books, its guard's ledger. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from pos_guard.model import IntentKind
from pos_guard.policy.states import Phase
from pos_guard.store.entry import Entry
from pos_guard_simulator.campaign.claims import What
from pos_guard_simulator.campaign.judge import Judged
from pos_guard_simulator.campaign.left import Left
from pos_guard_simulator.campaign.outcome import Outcome, Usual, worst
from pos_guard_simulator.campaign.truth import Truth
from pos_guard_simulator.scenario.verdict import Verdict

STRIKE = "fault of the campaign"
"""The title of the step that the campaign adds to a scenario."""

SIGNALS = 128
"""Exit codes from here on are ends by a signal, as a shell tells them."""

_STOPPED = frozenset({SIGNALS + 15, SIGNALS + 9})
"""So ends what we stop: SIGTERM and SIGKILL, whose numbers POSIX gives."""

_WHAT = {IntentKind.SALE: What.SALE, IntentKind.REFUND: What.REFUND}


@dataclass(frozen=True, slots=True)
class Ledger:
    """A guard's books once it has ended, and which devices it stood before."""

    truth: Truth
    devices: Collection[str]


def judged_file(verdict: Verdict, left: Left, usual: Usual, ledger: Ledger | None) -> Judged:
    """The worst of what the app said, the devices know and the ledger has."""
    found = [_by_word(verdict, left, usual), _by_books(left, usual)]
    if ledger is not None:
        found += _by_ledger(left, ledger)
        found.append(_papers_of_guard(left, usual, ledger))
    outcome = worst(*(one for one, _ in found))
    return outcome, "; ".join(why for one, why in found if one is outcome and why)


def uncovered(left: Left, ledger: Ledger | None) -> int:
    """Money on papers that nobody has: beyond what devices moved, or beyond what is posted."""
    by_devices = left.claimed() - _sales(left.stands()) if left.pays else 0
    by_ledger = 0
    if ledger is not None:
        by_ledger = left.claimed(ledger.devices) - _sales(_posted(ledger.truth.ledger))
    return max(by_devices, by_ledger, 0)


def _by_word(verdict: Verdict, left: Left, usual: Usual) -> Judged:
    """What the app says by its exit code, against what its devices know."""
    missed = [one for one in verdict.outcomes if not one.met]
    unmet = [one.title for one in missed if one.title != STRIKE]
    said = "; ".join(unmet)
    if left.total > usual.moved:
        return Outcome.BROKEN, f"{left.total} moved, and without the fault {usual.moved}"
    if not unmet:
        return Outcome.SURVIVED, "it never came to the fault" if missed else ""
    if left.exit is None or (verdict.why == "limit" and left.exit in _STOPPED):
        return Outcome.BROKEN, f"the app hangs: {said}"
    if left.exit >= SIGNALS:
        return Outcome.BROKEN, f"the app was ended by signal {left.exit - SIGNALS}: {said}"
    if left.exit == left.well:
        return Outcome.BROKEN, f"the app says that all is well: {said}"
    if left.total:
        # Whether it knows of the money it does not say.
        return Outcome.UNKNOWN, f"{left.total} moved, and the app says {left.exit}: {said}"
    return Outcome.REFUSED, f"the app says {left.exit}: {said}"


def _by_books(left: Left, usual: Usual) -> Judged:
    """Papers against the devices' own books."""
    more = uncovered(left, None)
    if more > usual.uncovered:
        return Outcome.BROKEN, f"papers say paid, and {more} of it nobody has"
    return Outcome.SURVIVED, ""


def _papers_of_guard(left: Left, usual: Usual, ledger: Ledger) -> Judged:
    """Papers that the guard let out against its ledger."""
    more = uncovered(left, ledger)
    if more > usual.uncovered:
        return Outcome.BROKEN, f"papers say paid, and {more} of it is not in the ledger"
    return Outcome.SURVIVED, ""


def _by_ledger(left: Left, ledger: Ledger) -> Iterator[Judged]:
    """The ledger against the books of the devices behind the guard."""
    truth = ledger.truth
    if truth.tampered:
        yield Outcome.BROKEN, f"the log: {truth.tampered}"
    if truth.open:
        yield Outcome.UNKNOWN, "an open entry or case"
        return
    moved, posted = left.stands(ledger.devices), _posted(truth.ledger)
    for (what, amount), count in (moved - posted).items():
        yield Outcome.BROKEN, f"{_times(what, amount, count)} moved, but is not posted"
    for (what, amount), count in (posted - moved).items():
        yield Outcome.BROKEN, f"{_times(what, amount, count)} did not move, but is posted"


def _posted(entries: Sequence[Entry]) -> Counter[tuple[What, int]]:
    return Counter(
        (_WHAT[one.kind], one.amount)
        for one in entries
        if one.phase is Phase.POSTED and one.kind in _WHAT and one.amount is not None
    )


def _sales(rows: Counter[tuple[What, int]]) -> int:
    return sum(amount * count for (what, amount), count in rows.items() if what is What.SALE)


def _times(what: What, amount: int, count: int) -> str:
    return f"{what} of {amount}" + (f" ({count} times)" if count > 1 else "")
