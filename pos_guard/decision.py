"""One judgement, as it comes back to whoever asked."""

from __future__ import annotations

from dataclasses import dataclass

from pos_guard.errors import PosGuardError, StoreError
from pos_guard.model import Words
from pos_guard.policy.verdict import Finding, Level, Reason, Verdict


@dataclass(frozen=True, slots=True)
class Decision:
    """One judgement, as recorded. ``id`` is the ledger entry (intents) or audit record (others).

    ``request_hash`` is what an approval is bound to; ``sale_id`` names the sale that a request
    starts or undoes; ``copy`` counts printed copies of a paid receipt (1 is the first).
    """

    id: int
    link: str
    verdict: Verdict
    request_hash: str
    sale_id: str | None = None
    copy: int = 0

    @property
    def allowed(self) -> bool:
        """The caller may act now."""
        return self.verdict.allowed

    @property
    def needs_person(self) -> bool:
        """The caller may act once ``rejudge`` says so, after a second person approved."""
        return self.verdict.needs_person

    @property
    def reason(self) -> Reason:
        """Why, for the protocol's own refusal."""
        return self.verdict.decisive.reason

    @property
    def say(self) -> Words:
        """The words for the cashier."""
        return self.verdict.decisive.say


class RefusedError(PosGuardError):
    """The guard's verdict forbids it; ``decision`` says why."""

    def __init__(self, decision: Decision) -> None:
        self.decision = decision
        super().__init__(decision.say.en)


def unrecordable(link: str, error: StoreError) -> Decision:
    """No when the answer cannot be made durable: nothing may move that nobody could prove."""
    say = Words(
        "安全记录无法写入，暂停交易。请通知店长检查磁盘。",
        "The safety record cannot be written, so nothing may move. Tell the manager.",
    )
    inputs = {"error": str(error)}
    finding = Finding("engine.not-recorded", Level.DENY_LOCKED, Reason.GUARD, say, inputs)
    return Decision(0, link, Verdict((finding,)), "")
