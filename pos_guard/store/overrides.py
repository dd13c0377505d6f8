"""Overrides: for a while, findings of some rules only warn (a longer time, a higher limit)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from pos_guard.errors import LocalError
from pos_guard.frames.decoded import Json
from pos_guard.policy.policy import OPERATIONS
from pos_guard.policy.request import Override
from pos_guard.store.grants import Grant, Grants

MAX_LIFE_S = 24 * 3600
"""An exception for longer is a change of the policy."""

MAX_RULES = 16

KIND = "override"

_NAME = re.compile(r"[a-z][a-z0-9._-]{0,63}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What to override; see ``Override``. ``up_to`` in minor units; ``life_s`` in seconds."""

    rules: frozenset[str]
    reason: str
    operations: frozenset[str] = frozenset()
    roles: frozenset[str] = frozenset()
    up_to: int | None = None
    life_s: int = 3600


class Overrides:
    """The overrides of this store. Who adds or ends one was checked before: ``permitted``.

    :raises StoreError: in every method, when the store cannot be read or written.
    """

    def __init__(self, grants: Grants) -> None:
        self._grants = grants

    def add(self, person: str, wanted: Wanted) -> Override:
        """Override, from now on.

        :raises LocalError: for no rule, an unknown operation, a wrong amount, no reason, or a life
            that is not 1 to ``MAX_LIFE_S`` seconds.
        """
        _check(wanted)
        terms: dict[str, Json] = {
            "rules": _listed(wanted.rules),
            "operations": _listed(wanted.operations),
            "roles": _listed(wanted.roles),
            "up_to": wanted.up_to,
        }
        return _override(self._grants.add(person, wanted.reason, terms, wanted.life_s))

    def revoke(self, override_id: str, by: str) -> None:
        """End one before its time.

        :raises LocalError: when none is open under that id (``override-7``).
        """
        kind, _, number = override_id.rpartition("-")
        if kind != KIND or not number.isdecimal() or len(number) > 9:
            raise LocalError(f"{override_id!r} is no override: they are called {KIND}-1")
        self._grants.end(int(number), by)

    def end_all(self) -> None:
        """End all of them, in the open transaction: after a restore."""
        self._grants.end_all()

    def active(self) -> tuple[Override, ...]:
        """What counts now; also inside an open transaction."""
        return tuple(_override(grant) for grant in self._grants.active())

    def open(self) -> tuple[Grant, ...]:
        """The same with who, why and until when."""
        return self._grants.active()


def _check(wanted: Wanted) -> None:
    names = wanted.rules | wanted.roles
    if not 0 < len(wanted.rules) <= MAX_RULES or not all(map(_NAME.fullmatch, names)):
        raise LocalError(f"name 1 to {MAX_RULES} rules, and roles, as the policy does")
    unknown = wanted.operations - OPERATIONS
    if unknown:
        raise LocalError(f"no such operation: {', '.join(sorted(unknown))}")
    if wanted.up_to is not None and wanted.up_to <= 0:
        raise LocalError("the amount of an override is more than nothing")
    if not 0 < wanted.life_s <= MAX_LIFE_S:
        raise LocalError("an override lasts up to 24 hours; for longer, change the policy")


def _override(grant: Grant) -> Override:
    terms = grant.terms
    up_to = terms.get("up_to")
    return Override(
        grant.name,
        _names(terms.get("rules")),
        _names(terms.get("operations")),
        _names(terms.get("roles")),
        up_to if isinstance(up_to, int) else None,
        grant.person,
    )


def _listed(names: frozenset[str]) -> list[Json]:
    return list[Json](sorted(names))


def _names(value: Json) -> frozenset[str]:
    return frozenset(str(name) for name in value) if isinstance(value, list) else frozenset()
