"""What people order over the decision socket: freezes, shifts, closed batches, the network."""

from __future__ import annotations

from enum import StrEnum

from pos_guard.api.bodies import Body
from pos_guard.api.message import Fields
from pos_guard.guard import Guard
from pos_guard.model import Result
from pos_guard.policy.request import Network


class Change(StrEnum):
    """What happens to a shift."""

    BEGIN = "begin"
    END = "end"


def resolve(guard: Guard, fields: Fields) -> Body:
    """A person says what came of an unknown request."""
    number, result = fields.number("decision"), fields.choice("result", Result)
    person, pin, code = _person(fields)
    guard.resolve(number, result, person, pin, code)
    return {}


def thaw(guard: Guard, fields: Fields) -> Body:
    """A person lets a frozen link work again, after looking at its device."""
    link = fields.text("link")
    person, pin, code = _person(fields)
    guard.thaw(link, person, pin, code)
    return {}


def trust_clock(guard: Guard, fields: Fields) -> Body:
    """A person says that the clock is right now."""
    person, pin, code = _person(fields)
    guard.trust_clock(person, pin, code)
    return {}


def freeze(guard: Guard, fields: Fields) -> Body:
    """A person stops an operator, a sale or the terminal."""
    scope, name, why = fields.text("scope"), fields.text("name"), fields.text("why")
    person, pin, code = _person(fields)
    guard.freeze(scope, name, why, person, pin, code)
    return {}


def unfreeze(guard: Guard, fields: Fields) -> Body:
    """A person lets a frozen scope work again."""
    scope, name = fields.text("scope"), fields.text("name")
    person, pin, code = _person(fields)
    guard.unfreeze(scope, name, person, pin, code)
    return {}


def shift(guard: Guard, fields: Fields) -> Body:
    """A person's shift begins or ends; ``operator``: another one's ends.

    What ends has a ``code`` for the closing slip.
    """
    change, operator = fields.choice("change", Change), fields.maybe_text("operator")
    person, pin, code = _person(fields)
    if change is Change.BEGIN:
        guard.begin_shift(person, pin)
        return {}
    return {"code": guard.end_shift(person, pin, operator, code)}


def batch_closed(guard: Guard, fields: Fields) -> Body:
    """The terminal of a link closed its batch."""
    link = fields.text("link")
    fields.end()
    guard.batch_closed(link)
    return {}


def network(guard: Guard, fields: Fields) -> Body:
    """How the acquirer and the shared ledger are reached."""
    state = fields.choice("state", Network)
    fields.end()
    guard.tell_network(state)
    return {}


def _person(fields: Fields) -> tuple[str, str, str | None]:
    """Who orders it, the PIN, and the code of a second factor: the last fields."""
    person, pin, code = fields.text("person"), fields.text("pin"), fields.maybe_text("code")
    fields.end()
    return person, pin, code
