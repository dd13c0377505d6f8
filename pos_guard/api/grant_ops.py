"""Overrides and break-glass over the decision socket: what counts for a while."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from pos_guard.api.bodies import Body
from pos_guard.api.message import Fields, RequestError
from pos_guard.frames.decoded import Json
from pos_guard.guard import Guard
from pos_guard.policy.registry import check_rules
from pos_guard.store.grants import MAX_REASON, Grant
from pos_guard.store.overrides import Wanted
from pos_guard.store.permit import Credentials, permitted

_SEPARATOR = ","
"""Between the names of a list: rules, operations and roles have none in them."""


def override_add(guard: Guard, fields: Fields) -> Body:
    """A person with the right lets findings of some rules only warn for a while."""
    wanted = Wanted(
        rules=_names(fields.text("rules")),
        operations=_names(fields.maybe_text("operations")),
        roles=_names(fields.maybe_text("roles")),
        up_to=fields.maybe_number("up_to"),
        reason=_reason(fields),
        life_s=fields.number("seconds"),
    )
    check_rules(wanted.rules)
    person = _permitted(guard, fields)
    return {"override": guard.store.overrides.add(person, wanted).id}


def override_list(guard: Guard, fields: Fields) -> Body:
    """The overrides that count now."""
    fields.end()
    return {"overrides": [grant_body(grant) for grant in guard.store.overrides.open()]}


def override_revoke(guard: Guard, fields: Fields) -> Body:
    """A person with the right ends an override."""
    name = fields.text("override")
    guard.store.overrides.revoke(name, _permitted(guard, fields))
    return {}


def glass_start(guard: Guard, fields: Fields) -> Body:
    """A person with the right lets sales pass although the guard is broken."""
    reason, seconds = _reason(fields), fields.number("seconds")
    return grant_body(guard.store.glass.start(_permitted(guard, fields), reason, seconds))


def glass_stop(guard: Guard, fields: Fields) -> Body:
    """A person with the right ends it."""
    return grant_body(guard.store.glass.stop(_permitted(guard, fields)))


def glass_status(guard: Guard, fields: Fields) -> Body:
    """The open break-glass; null without one."""
    fields.end()
    opened = guard.store.glass.open()
    return {"open": None if opened is None else grant_body(opened)}


def grant_body(grant: Grant) -> Body:
    """A grant as programs see it; times in microseconds of the wall clock."""
    terms: dict[str, Json] = dict(grant.terms)
    return {
        "id": grant.name,
        "by": grant.person,
        "reason": grant.reason,
        "since_us": grant.wall_us,
        "until_us": grant.until_wall_us,
        **terms,
    }


def _permitted(guard: Guard, fields: Fields) -> str:
    given = Credentials(fields.text("person"), fields.text("pin"), fields.maybe_text("code"))
    fields.end()
    return permitted(guard.store.people, guard.policy, given).id


def _reason(fields: Fields) -> str:
    reason = fields.maybe_text("reason", MAX_REASON)
    if reason is None:
        raise RequestError("bad-request", "'reason' is missing")
    return reason


def _names(text: str | None) -> frozenset[str]:
    return frozenset(text.split(_SEPARATOR)) if text else frozenset()


OPERATIONS: Mapping[str, Callable[[Guard, Fields], Body]] = {
    "override_add": override_add,
    "override_list": override_list,
    "override_revoke": override_revoke,
    "glass_start": glass_start,
    "glass_stop": glass_stop,
    "glass_status": glass_status,
}
"""By the names that they have on the socket."""
