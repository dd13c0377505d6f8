"""What people order at the guard, each by id, PIN and, whoever has a second factor, its code."""

from __future__ import annotations

from pos_guard.desk import Desk
from pos_guard.management import Management
from pos_guard.model import Result
from pos_guard.policy.request import Network
from pos_guard.telling import Telling
from pos_guard.waiting import WaitingRoom


class Managing(Telling):
    """The part of the guard that takes orders.

    ``code``: of the person's authenticator app (TOTP). Who has one must give it; without it
    ``CodeMissingError`` is raised, a ``NotPermittedError``, and the order may be given again.
    """

    def __init__(self, desk: Desk, room: WaitingRoom, management: Management) -> None:
        super().__init__(desk, room)
        self._management = management

    def tell_network(self, network: Network) -> None:
        """How the acquirer is reached; for an hour that stands above what links see."""
        self._management.tell_network(network)

    def thaw(self, link: str, person: str, pin: str, code: str | None = None) -> None:
        """A person with the right lets a frozen link work again.

        :raises NotPermittedError: wrong id, PIN or code, locked out, no such right.
        """
        self._management.thaw(link, person, pin, code)

    def trust_clock(self, person: str, pin: str, code: str | None = None) -> None:
        """A person with the right says that the clock, which was ahead before, is right now.

        :raises NotPermittedError: wrong id, PIN or code, locked out, no such right.
        """
        self._management.trust_clock(person, pin, code)

    def freeze(
        self, scope: str, name: str, why: str, person: str, pin: str, code: str | None = None
    ) -> None:
        """Stop what moves money for one ``operator``, ``sale`` or ``terminal``; see Management.

        :raises NotPermittedError: wrong id, PIN or code, locked out, no right to stop another.
        :raises LocalError: no such scope, nobody and nothing by that name, no reason.
        """
        self._management.freeze(scope, name, why, person, pin, code)

    def unfreeze(
        self, scope: str, name: str, person: str, pin: str, code: str | None = None
    ) -> None:
        """A person with the right lets a frozen scope work again.

        :raises NotPermittedError: wrong id, PIN or code, locked out, no such right, his own freeze.
        :raises LocalError: it is not frozen.
        """
        self._management.unfreeze(scope, name, person, pin, code)

    def batch_closed(self, link: str) -> None:
        """The terminal of this link closed its batch: what it took before is settled."""
        self._management.batch_closed(link)

    def resolve(
        self, decision: int, result: Result, person: str, pin: str, code: str | None = None
    ) -> None:
        """A person with the right says what came of an UNKNOWN request, slip in hand.

        :raises NotPermittedError: wrong id, PIN or code, locked out, no such right.
        :raises StoreError: nothing by that number is unknown.
        """
        self._management.resolve(decision, result, person, pin, code)

    def begin_shift(self, person: str, pin: str) -> None:
        """A person begins to work here: limits per shift count from now.

        :raises NotPermittedError: wrong id or PIN, locked out.
        :raises LocalError: the shift is open already.
        """
        self._management.begin_shift(person, pin)

    def end_shift(
        self, person: str, pin: str, operator: str | None = None, code: str | None = None
    ) -> str:
        """A person's shift is over; ``operator``: another one's, by who may resolve.

        Returns the short code of the audit log, which belongs on the closing slip.

        :raises NotPermittedError: wrong id, PIN or code, locked out, no such right.
        :raises LocalError: no shift is open.
        """
        return self._management.end_shift(person, pin, operator, code)

    def demand_resolver(self, person: str, pin: str, code: str | None = None) -> None:
        """Check that a person may decide what only a manager may (``may_resolve``).

        :raises NotPermittedError: wrong id, PIN or code, locked out, no such right.
        """
        self._management.demand_resolver(person, pin, code)
