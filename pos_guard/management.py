"""What people order around the requests: freezes, thaws, shifts, closed batches, the clock."""

from __future__ import annotations

from pos_guard import lowered, records
from pos_guard.errors import LocalError, NotPermittedError, StoreError
from pos_guard.frames.decoded import Json
from pos_guard.model import Result
from pos_guard.outcomes import PHASE_OF
from pos_guard.policy.policy import Policy
from pos_guard.policy.request import Network
from pos_guard.snapshot import Snapshots
from pos_guard.store.ledger import Phase
from pos_guard.store.store import Store
from pos_guard.told import check_text

OPERATOR, TERMINAL = "operator", "terminal"


class Management:
    """Orders of people, each checked by id and PIN and recorded with who gave it."""

    def __init__(self, store: Store, policy: Policy, snapshots: Snapshots) -> None:
        self._store = store
        self._policy = policy
        self._snapshots = snapshots

    def demand_resolver(self, person: str, pin: str, code: str | None = None) -> None:
        """Check that a person may decide what only a manager may (``may_resolve``)."""
        role = self._policy.role(self._store.people.prove(person, pin, code).person.role)
        if role is None or not role.may_resolve:
            raise NotPermittedError(f"{person} may not decide this: ask a manager")

    def resolve(
        self, number: int, result: Result, person: str, pin: str, code: str | None = None
    ) -> None:
        """A person says what came of an UNKNOWN request.

        A no to one that was to lower a payment leaves open what the terminal holds of that
        payment: it is UNKNOWN again, and must be resolved by its own number and full amount.
        """
        self.demand_resolver(person, pin, code)
        entry = self._store.ledger.entry(number)
        if entry.phase is not Phase.UNKNOWN or result is Result.UNKNOWN:
            raise StoreError(f"request {number} has no unknown outcome: it is {entry.phase}")
        with self._store.transaction():
            self._store.ledger.move(number, PHASE_OF[result])
            body: dict[str, Json] = {"entry": number, "result": str(result)}
            body |= {"operator": entry.operator, "approver": entry.approver}
            around = records.around_json(self._store, self._policy, entry.operator)
            self._log("resolved", body | around, person)
            if result is Result.DECLINED:
                lowered.counts_again(self._store, self._policy, number, Phase.UNKNOWN)

    def freeze(
        self, scope: str, name: str, why: str, person: str, pin: str, code: str | None = None
    ) -> None:
        """Stop everything that moves money in one scope; what was submitted keeps going.

        Anybody may stop the terminal, a sale, or himself; another operator only who may resolve.
        """
        check_text("the reason of a freeze", why)
        if scope == OPERATOR and name != person:
            self.demand_resolver(person, pin, code)
        else:
            self._store.people.prove(person, pin, code)
        self._demand_known(scope, name)
        with self._store.transaction():
            self._store.freezes.freeze(scope, name, why, person)
            self._log("freeze", {"scope": scope, "name": name, "why": why}, person)

    def unfreeze(
        self, scope: str, name: str, person: str, pin: str, code: str | None = None
    ) -> None:
        """Let a frozen scope work again; nobody thaws himself."""
        self.demand_resolver(person, pin, code)
        if scope == OPERATOR and name.casefold() == person.casefold():
            raise NotPermittedError("nobody thaws himself: ask another manager")
        with self._store.transaction():
            if not self._store.freezes.thaw(scope, name):
                raise LocalError(f"{scope} {name} is not frozen")
            self._log("thaw", {"scope": scope, "name": name}, person)

    def thaw(self, link: str, person: str, pin: str, code: str | None = None) -> None:
        """Let a frozen link work again."""
        self.demand_resolver(person, pin, code)
        with self._store.transaction():
            self._store.links.thaw(link)
            self._log("thaw", {"link": link}, person)

    def trust_clock(self, person: str, pin: str, code: str | None = None) -> None:
        """The clock, which was ahead before, is right now."""
        self.demand_resolver(person, pin, code)
        with self._store.transaction():
            self._store.audit.forget_highest_wall()
            self._log("clock", {"trusted": True}, person)

    def batch_closed(self, link: str) -> None:
        """The terminal of this link closed its batch: what it took before is settled."""
        with self._store.transaction():
            last = self._store.batches.closed(link)
            self._store.audit.append("batch-closed", {"link": link, "last_entry": last})

    def tell_network(self, network: Network) -> None:
        """How the acquirer and the shared ledger are reached from now on."""
        with self._store.transaction():
            self._store.audit.append("context", {"piece": "network", "state": str(network)})
        self._snapshots.networks.tell(network)

    def begin_shift(self, person: str, pin: str) -> None:
        """A person begins to work here."""
        self._store.shifts.begin(self._store.people.verify(person, pin).id)

    def end_shift(
        self, person: str, pin: str, operator: str | None, code: str | None = None
    ) -> str:
        """A person's shift is over; somebody else's (``operator``) only for who may resolve.

        The short code of the log as it is then, for the closing slip: the paper is its witness.
        """
        if operator is None or operator == person:
            self._store.people.verify(person, pin)
        else:
            self.demand_resolver(person, pin, code)
        with self._store.transaction():
            self._store.shifts.end(operator or person, by=person)
            return self._store.checkpoints.keep().code

    def _demand_known(self, scope: str, name: str) -> None:
        if scope == OPERATOR:
            known = any(one.id == name for one in self._store.people.all())
        elif scope == TERMINAL:
            known = name == self._store.terminal_id
        else:
            known = self._store.ledger.sale(name) is not None
        if not known:
            raise LocalError(f"there is no {scope} {name} here")

    def _log(self, kind: str, body: dict[str, Json], person: str) -> None:
        self._store.audit.append(kind, body, actor=person)
