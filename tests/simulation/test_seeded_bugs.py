"""The simulation finds what it is for: a guard with one mistake breaks the rule named here."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from pos_guard import records
from pos_guard.clock import ManualClock
from pos_guard.guard import Decision, Guard
from pos_guard.judging import Judging
from pos_guard.management import Management
from pos_guard.model import Context, Intent, Outcome, Receipt, Result, Words
from pos_guard.outcomes import Outcomes
from pos_guard.payer_codes import PayerCodes
from pos_guard.policy import asks, engine
from pos_guard.policy.approval import Approval
from pos_guard.policy.policy import Policy
from pos_guard.policy.request import (
    Person,
    Request,
    SaleState,
    SaleStatus,
)
from pos_guard.policy.rules import unreferenced
from pos_guard.policy.verdict import Finding, Level, Need, Reason, Verdict
from pos_guard.snapshot import Snapshots
from pos_guard.store.store import Store
from pos_guard.waiting import Held, WaitingRoom
from tests.simulation.play import SeedFailedError, play
from tests.simulation.rules import BrokenRuleError

MOST_SEEDS = 200


class _NothingGivenBack(Snapshots):
    def sale(self, intent: Intent, context: Context, link: str) -> SaleState | None:
        sale = super().sale(intent, context, link)
        if sale is None:
            return None
        return replace(sale, posted=0, reserved=0, unknown=0, status=SaleStatus.PAID)


class SkipsTheReservation(Guard):
    """Judges refunds as if nothing of the sale had been given back yet."""

    def __init__(self, store: Store, policy: Policy, clock: ManualClock) -> None:
        super().__init__(store, policy, clock)
        self._snapshots = _NothingGivenBack(store, policy, clock)
        self._judging = Judging(store, policy, clock, self._snapshots, self.codes)
        self._management = Management(store, policy, self._snapshots)


class ForwardsBeforeCommit(Guard):
    """Says yes first; the record would be written after the bytes are gone."""

    def judge(self, intent: Intent, *, link: str, frame: bytes = b"") -> Decision:
        context = self.context()
        request = self._snapshots.of_intent(intent, context, link, None)
        verdict = engine.judge(request, self.policy)
        if not verdict.allowed:
            return super().judge(intent, link=link, frame=frame)
        frame_hash = records.frame_hash(frame)
        bound_to = records.request_hash(intent, context, link, frame_hash)
        return Decision(1 + len(self.store.ledger.search(limit=1000)), link, verdict, bound_to)


class _Anybody(WaitingRoom):
    def __init__(self, store: Store, clock: ManualClock) -> None:
        super().__init__(store, clock)
        self.yes: dict[int, Person] = {}

    def approver(self, number: int, held: Held) -> Person | None:
        del held
        return self.yes.get(number)


class LetsPeopleApproveThemselves(Guard):
    """Asks for a second yes, and takes it from the first person."""

    def __init__(self, store: Store, policy: Policy, clock: ManualClock) -> None:
        super().__init__(store, policy, clock)
        self._room: WaitingRoom = _Anybody(store, clock)

    def approve(
        self, decision: int, approver: str | None, pin: str, code: str | None = None
    ) -> frozenset[Need]:
        del code
        assert isinstance(self._room, _Anybody)
        self._room.yes[decision] = self.store.people.verify(approver or "", pin)
        return frozenset()


class BelievesReceipts(Guard):
    """Lets every paper pass that says PAID."""

    def judge_receipt(self, receipt: Receipt, *, link: str) -> Decision:
        fine = Finding("none", Level.ALLOW, Reason.OK, Words("好", "fine"))
        return Decision(1, link, Verdict((fine,)), receipt.fingerprint, None, 1)


class TakesSilenceForNo(Guard):
    """Counts an unknown outcome as a failed one."""

    def settle(self, decision: int, outcome: Outcome) -> Words | None:
        if outcome.result is Result.UNKNOWN:
            outcome = replace(outcome, result=Result.DECLINED)
        return super().settle(decision, outcome)


class _NeverLooks(Outcomes):
    def payee_reported(self, link: str, payee: str) -> Words | None:
        del link, payee
        return None


class IgnoresWhichTerminal(Guard):
    """Hears the id of another terminal and goes on."""

    def __init__(self, store: Store, policy: Policy, clock: ManualClock) -> None:
        super().__init__(store, policy, clock)
        self._outcomes = _NeverLooks(store, policy, self._desk)


class PlainCodes(PayerCodes):
    """Codes that are their own tokens."""

    def token(self, secret: str) -> str:
        return f"code-{secret}"


class WritesCodesDown(Guard):
    """Keeps the customer's payment code where a keyed hash belongs."""

    def __init__(self, store: Store, policy: Policy, clock: ManualClock) -> None:
        super().__init__(store, policy, clock)
        self.codes = PlainCodes(store, self._desk, self.stickers)
        self._judging = Judging(store, policy, clock, self._snapshots, self.codes)


BUGS: dict[type[Guard], str] = {
    SkipsTheReservation: "3-never-over-refunded",
    ForwardsBeforeCommit: "1-recorded-first",
    LetsPeopleApproveThemselves: "4-right-person",
    BelievesReceipts: "6-paid-means-paid",
    TakesSilenceForNo: "5-unknown-stays-unknown",
    IgnoresWhichTerminal: "7-known-payees",
    WritesCodesDown: "10-no-secrets",
}


def anybody_counts(request: Request, policy: Policy, amount: int) -> Approval:
    """The rule's question about the second person, without the question who it is."""
    del policy, amount
    return Approval.MISSING if request.approver is None else Approval.VALID


MARKS: dict[type[Guard], pytest.MarkDecorator] = {
    WritesCodesDown: pytest.mark.seeds_secrets(
        "payment code", "that bug keeps the customer's code, for this test to find"
    )
}


@pytest.mark.parametrize(
    "bug", [pytest.param(bug, marks=MARKS.get(bug, ()), id=bug.__name__) for bug in BUGS]
)
def test_a_seeded_bug_is_found_and_named(
    bug: type[Guard],
    template: Path,
    memory: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if bug is LetsPeopleApproveThemselves:
        for rule in (asks, unreferenced):
            monkeypatch.setattr(rule, "approval", anybody_counts)
    found = _first_found(bug, template, memory)
    assert isinstance(found.error, BrokenRuleError)
    assert found.error.rule == BUGS[bug]
    assert "replay: pytest tests/simulation --seed=" in str(found)


def _first_found(bug: type[Guard], template: Path, memory: Path) -> SeedFailedError:
    for seed in range(MOST_SEEDS):
        try:
            play(seed, template, memory, bug)
        except SeedFailedError as found:
            return found
    pytest.fail(f"{MOST_SEEDS} seeds did not find it")
