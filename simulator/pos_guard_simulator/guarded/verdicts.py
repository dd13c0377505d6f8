"""What a guard decided, read from its own records: what is durable before anything moves."""

from __future__ import annotations

from dataclasses import dataclass

from pos_guard.policy.verdict import Level
from pos_guard.store.audit import AuditLog, AuditRecord


@dataclass(frozen=True, slots=True)
class GuardVerdict:
    """One verdict as it was recorded.

    ``kind``: ``verdict`` (of a payment or refund), ``receipt``, ``scan``, ``refusal`` (of what was
    no valid message). ``level`` and ``reason`` are the names of docs/policy.md; ``rule`` is the
    strictest one. ``operation``: what was asked for (``sale``, ``refund`` …). ``amount`` in minor
    units: of the request, or the total on the receipt. ``entry``: of the ledger; 0: it has none.
    """

    record: int
    kind: str
    link: str
    level: str
    reason: str
    rule: str
    operation: str
    amount: int | None
    entry: int = 0

    @property
    def allowed(self) -> bool:
        """It was let through."""
        return self.level in _PASSES


_PASSES = frozenset(level.name for level in Level if level <= Level.WARN)


class Verdicts:
    """The verdicts of one store, oldest first; each look reads on from the last one.

    ``found``: those up to the last look.
    """

    def __init__(self) -> None:
        self._seen = 0
        self.found: list[GuardVerdict] = []

    def of(self, audit: AuditLog) -> list[GuardVerdict]:
        """All verdicts up to now.

        :raises StoreError: the records cannot be read.
        """
        self.fresh(audit)
        return list(self.found)

    def fresh(self, audit: AuditLog) -> list[GuardVerdict]:
        """Those since the last look.

        :raises StoreError: the records cannot be read.
        """
        known = len(self.found)
        while (record := audit.record(self._seen + 1)) is not None:
            self._seen = record.seq
            if "level" in record.body and "rule" in record.body:
                self.found.append(_verdict(record))
        return self.found[known:]


def _verdict(record: AuditRecord) -> GuardVerdict:
    body = record.body
    amount, entry = body.get("amount", body.get("total")), body.get("entry")
    return GuardVerdict(
        record=record.seq,
        kind=record.kind,
        link=str(body.get("link", "")),
        level=str(body["level"]),
        reason=str(body["reason"]),
        rule=str(body["rule"]),
        operation=str(body.get("kind", "")),
        amount=amount if isinstance(amount, int) else None,
        entry=entry if isinstance(entry, int) else 0,
    )
