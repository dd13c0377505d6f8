"""What people answer over the decision socket for a request that waits.

Each answer says what is still needed; when nothing is, who waits is told to judge again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from pos_guard.api.bodies import Body, entry_body, needs_body
from pos_guard.api.message import Fields
from pos_guard.guard import Guard
from pos_guard.model import Purpose
from pos_guard.policy.verdict import Need

Answered = Callable[[int], None]
"""Told when people gave all that a decision needs, or one of them said no."""


def pending(guard: Guard, fields: Fields) -> Body:
    """What waits for people and for what, what has no known outcome, and what is frozen."""
    fields.end()
    ledger = guard.store.ledger
    return {
        "waiting": [
            {**entry_body(entry), "needs": needs_body(guard.needs(entry.id))}
            for entry in ledger.waiting()
            if not guard.over(entry.id)
        ],
        "unknown": [entry_body(entry) for entry in ledger.unresolved()],
        "frozen": [*_frozen(guard)],
    }


def _frozen(guard: Guard) -> Iterator[Body]:
    """What people froze, and the links that the guard froze by itself: ``thaw`` is for those."""
    for record in guard.store.freezes.all():
        freeze = record.freeze
        yield {
            "scope": freeze.scope,
            "name": freeze.name,
            "why": freeze.why,
            "person": record.person,
        }
    for link, why in guard.store.links.all_frozen():
        yield {"scope": "link", "name": link, "why": why, "person": None}


def approve(guard: Guard, fields: Fields, tell: Answered) -> Body:
    """A second person says yes; without ``approver`` the one whose badge was scanned."""
    number, person = fields.number("decision"), fields.maybe_text("approver")
    pin, code = fields.text("pin"), fields.maybe_text("code")
    fields.end()
    return _given(guard, number, guard.approve(number, person, pin, code), tell)


def confirm(guard: Guard, fields: Fields, tell: Answered) -> Body:
    """Somebody entered the amount again."""
    number, amount = fields.number("decision"), fields.number("amount")
    fields.end()
    return _given(guard, number, guard.confirm(number, amount), tell)


def prove(guard: Guard, fields: Fields, tell: Answered) -> Body:
    """The operator proves himself."""
    number, person = fields.number("decision"), fields.text("person")
    pin, code = fields.text("pin"), fields.maybe_text("code")
    fields.end()
    return _given(guard, number, guard.prove(number, person, pin, code), tell)


def explain(guard: Guard, fields: Fields, tell: Answered) -> Body:
    """Somebody says why."""
    number, reason = fields.number("decision"), fields.maybe_text("reason")
    purpose, customer = fields.maybe_choice("purpose", Purpose), fields.maybe_text("customer")
    fields.end()
    needs = guard.explain(number, reason=reason, purpose=purpose, customer=customer)
    return _given(guard, number, needs, tell)


def decline(guard: Guard, fields: Fields, tell: Answered) -> Body:
    """A person says no."""
    number, person = fields.number("decision"), fields.text("person")
    fields.end()
    guard.decline(number, person)
    tell(number)
    return {}


def _given(guard: Guard, number: int, needs: frozenset[Need], tell: Answered) -> Body:
    """What is still needed; ``denied``: why the answers do not help, before the till hears it."""
    denied = None if needs else guard.denied(number)
    if not needs:
        tell(number)
    said: Body = {} if denied is None else {"denied": {"zh": denied.zh, "en": denied.en}}
    return {"needs": needs_body(needs), **said}
