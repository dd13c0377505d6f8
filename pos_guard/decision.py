"""One judgement, as it comes back to whoever asked."""

from __future__ import annotations

from dataclasses import dataclass

from pos_guard.errors import DiskError, DiskTrouble, PosGuardError, StoreError
from pos_guard.model import Words
from pos_guard.policy.verdict import Finding, Level, Need, Reason, Verdict

_ENTER_AGAIN = Words(
    "核对无误后，请在收银机上再输入一次同样的金额（2 至 60 秒内）。",
    "If it is right, enter the same amount at the till once more (within 2 to 60 seconds).",
)


@dataclass(frozen=True, slots=True)
class Decision:
    """One judgement, as recorded. ``id`` is the ledger entry (intents) or audit record (others).

    ``request_hash`` is what an approval is bound to; ``sale_id`` names the sale that a request
    starts or undoes; ``copy`` counts printed copies of a paid receipt (1 is the first).
    ``over``: people were asked, and what is still needed was not given: refused for good.
    ``reentry``: refused for now, and the same frame again within 2 to 60 s confirms its amount.
    ``steps``: how many questions people were asked for this request, this verdict's included.
    """

    id: int
    link: str
    verdict: Verdict
    request_hash: str
    sale_id: str | None = None
    copy: int = 0
    over: bool = False
    reentry: bool = False
    steps: int = 0

    @property
    def allowed(self) -> bool:
        """The caller may act now."""
        return self.verdict.allowed

    @property
    def needs_person(self) -> bool:
        """The caller may act once ``rejudge`` says so, after people gave all that is needed."""
        return self.verdict.needs_person and not (self.over or self.reentry)

    @property
    def needs(self) -> frozenset[Need]:
        """What people have to give while this waits; empty when nothing waits."""
        return self.verdict.needs if self.needs_person else frozenset()

    @property
    def reason(self) -> Reason:
        """Why, for the protocol's own refusal."""
        return self.verdict.decisive.reason

    @property
    def say(self) -> Words:
        """The words for the cashier."""
        say = self.verdict.decisive.say
        if not self.reentry:
            return say
        return Words(f"{say.zh}{_ENTER_AGAIN.zh}", f"{say.en} {_ENTER_AGAIN.en}")


class RefusedError(PosGuardError):
    """The guard's verdict forbids it; ``decision`` says why."""

    def __init__(self, decision: Decision) -> None:
        self.decision = decision
        super().__init__(decision.say.en)


def unrecordable(link: str, error: StoreError) -> Decision:
    """No when the answer cannot be made durable: nothing may move that nobody could prove."""
    say = _unwritten(error)
    inputs = {"error": str(error)}
    finding = Finding("engine.not-recorded", Level.DENY_LOCKED, Reason.GUARD, say, inputs)
    return Decision(0, link, Verdict((finding,)), "")


def _unwritten(error: StoreError) -> Words:
    """Which disk, what to do, and what works meanwhile."""
    if not isinstance(error, DiskError):
        return Words(
            "安全记录无法写入，暂停交易。请通知经理检查磁盘。",
            "The safety record cannot be written, so nothing may move. Tell the manager.",
        )
    zh, en = _DISK[error.trouble]
    return Words(
        f"{zh.format(error.where)}；查询和取消照常可用，处理好后自动恢复。",
        f"{en.format(error.where)} Queries and cancelling still work; "
        "payments go on by themselves after that.",
    )


_DISK = {
    DiskTrouble.FULL: (
        "磁盘已满，安全记录无法写入，暂停交易。请经理清理 {} 所在的磁盘",
        "The disk is full, so nothing may move. Manager: make room on the disk of {}.",
    ),
    DiskTrouble.READONLY: (
        "磁盘只读，安全记录无法写入，暂停交易。请经理让 {} 恢复可写",
        "The disk is read-only, so nothing may move. Manager: make {} writable again.",
    ),
    DiskTrouble.FAILING: (
        "磁盘读写出错，安全记录无法写入，暂停交易。请经理检查 {} 所在的磁盘",
        "The disk reports errors, so nothing may move. Manager: check the disk of {}.",
    ),
}
