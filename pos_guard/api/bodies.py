"""Judgements and ledger entries as JSON bodies of the decision socket."""

from __future__ import annotations

from pos_guard.api.message import words
from pos_guard.decision import Decision
from pos_guard.frames.decoded import Json
from pos_guard.policy.verdict import Need
from pos_guard.store.ledger import Entry

Body = dict[str, Json]


def verdict_body(decision: Decision) -> Body:
    """A judgement as the program sees it."""
    return {
        "decision": decision.id,
        "allowed": decision.allowed,
        "needs_person": decision.needs_person,
        "needs": needs_body(decision.needs),
        "steps": decision.steps,
        "level": decision.verdict.level.name,
        "reason": str(decision.reason),
        "rule": decision.verdict.decisive.rule,
        "say": words(decision.say),
        "sale_id": decision.sale_id,
    }


def needs_body(needs: frozenset[Need]) -> list[Json]:
    """What people have to give, in one order."""
    return list[Json](sorted(needs))


def entry_body(entry: Entry) -> Body:
    """A ledger entry as programs and consoles see it."""
    return {
        "decision": entry.id,
        "link": entry.link,
        "kind": str(entry.kind),
        "tender": str(entry.tender),
        "phase": str(entry.phase),
        "amount": entry.amount,
        "currency": entry.currency,
        "order": entry.order_key,
        "sale_id": entry.sale_id,
        "operator": entry.operator,
        "approver": entry.approver,
        "receipt": entry.receipt,
    }
