"""Who may decide what only a manager may: a right of the role, proven with all that he has."""

from __future__ import annotations

from dataclasses import dataclass, field

from pos_guard.errors import NotPermittedError
from pos_guard.policy.policy import Policy
from pos_guard.policy.request import Person
from pos_guard.store.people import People


@dataclass(frozen=True, slots=True)
class Credentials:
    """What somebody gives to show who he is; ``code``: of his authenticator app."""

    person: str
    pin: str = field(repr=False)
    code: str | None = field(default=None, repr=False)


def permitted(people: People, policy: Policy, given: Credentials) -> Person:
    """The person, who may resolve (``may_resolve``), after PIN and second factor were checked.

    :raises NotPermittedError: wrong id, PIN or code, locked out, a code is missing, no such right.
    :raises StoreError: when the store cannot be written; inside an open transaction.
    """
    person = people.prove(given.person, given.pin, given.code).person
    role = policy.role(person.role)
    if role is None or not role.may_resolve:
        raise NotPermittedError(f"{person.id} may not decide this: ask a manager")
    return person
