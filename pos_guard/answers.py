"""What people answer for a request that waits: yes, the amount again, who they are, why, or no.

Every answer is only a fact for the rules; they run again over it, and over the state of then.
"""

from __future__ import annotations

from dataclasses import replace

from pos_guard import records
from pos_guard.clock import Clock
from pos_guard.desk import Desk
from pos_guard.errors import NotPermittedError
from pos_guard.frames.decoded import Json
from pos_guard.judging import Judging
from pos_guard.model import Context, Purpose, Source, Words
from pos_guard.policy.policy import Policy
from pos_guard.policy.verdict import Need
from pos_guard.store.store import Store
from pos_guard.told import check_code
from pos_guard.waiting import APPROVAL_US, Held, WaitingRoom

Needs = frozenset[Need]


class Answering:
    """Takes answers; each returns what the request still needs, nothing when judging is due."""

    def __init__(
        self,
        store: Store,
        policy: Policy,
        clock: Clock,
        room: WaitingRoom,
        desk: Desk,
        judging: Judging,
    ) -> None:
        self._store = store
        self._policy = policy
        self._clock = clock
        self._room = room
        self._desk = desk
        self._judging = judging

    def approve(
        self, number: int, approver: str | None, pin: str, code: str | None = None
    ) -> Needs:
        """A second person says yes; None: the one whose badge was scanned for it."""
        name = approver or self._room.badge()
        if name is None:
            raise NotPermittedError("say who approves: scan the badge, or enter the id")
        person = self._store.people.prove(name, pin, code).person
        held = self._room.get(number)
        if _same_person(held.asked.operator, person.id):
            raise NotPermittedError("nobody approves his own request: ask a second person")
        role = self._policy.role(person.role)
        if role is None or not role.may_approve:
            raise NotPermittedError(f"{person.id} may not approve requests: ask a manager")
        until = self._clock.boot_us() + APPROVAL_US
        bound_to = held.asked.request_hash
        with self._store.transaction():
            self._store.approvals.add(number, bound_to, person.id, until, self._clock.boot_id)
            self._store.audit.append(
                "approval",
                {"entry": number, "request": bound_to},
                actor=held.asked.operator,
                approver=person.id,
            )
        if approver is None:
            self._put_back(held, person.id)
        return self._given(number, replace(held, approver=person, approved_until_us=until))

    def confirm(self, number: int, amount: int) -> Needs:
        """Somebody at the till entered the amount again."""
        held = self._room.get(number)
        self._log("confirmed", number, held, {"amount": amount})
        return self._given(number, replace(held, answers=replace(held.answers, confirmed=amount)))

    def prove(self, number: int, person: str, pin: str, code: str | None) -> Needs:
        """The operator proves that it is really him, with all that he has: the owner rule."""
        proof = self._store.people.prove(person, pin, code)
        held = self._room.get(number)
        if not _same_person(held.asked.operator, proof.person.id):
            raise NotPermittedError("only who asked can prove it: sign in with your own badge")
        self._log("proved", number, held, {"second": proof.second})
        return self._given(number, replace(held, answers=replace(held.answers, totp=proof.second)))

    def explain(
        self, number: int, reason: str | None, purpose: Purpose | None, customer: str | None
    ) -> Needs:
        """Somebody says why. The request is another one then: earlier approvals are void."""
        held = self._room.get(number)
        if reason is not None:
            self._desk.tell_reason(reason, Source.CONSOLE)
        if purpose is not None:
            self._desk.tell_purpose(purpose, Source.CONSOLE)
        if customer is not None:
            self._desk.tell_customer(customer, Source.CONSOLE)
        asked = held.asked
        context = _with_said(asked.context, self._desk.context())
        bound_to = records.request_hash(asked.intent, context, asked.link, asked.frame_hash)
        with self._store.transaction():
            self._store.ledger.rebind(number, bound_to)
            said = records.said_json(context)
            self._store.audit.append(
                "explained", {"entry": number, "request": bound_to, **said}, actor=asked.operator
            )
        explained = replace(asked, context=context, request_hash=bound_to)
        return self._given(number, replace(held, asked=explained, approver=None))

    def decline(self, number: int, person: str) -> None:
        """A person says no."""
        self._room.get(number)
        check_code("who declines", person)
        with self._store.transaction():
            self._store.approvals.refuse(number, person)
            self._store.audit.append("declined", {"entry": number}, approver=person)

    def needs(self, number: int) -> Needs:
        """What a waiting request still needs; nothing when it does not wait here."""
        return self._room.needs(number)

    def denied(self, number: int) -> Words | None:
        """Why a waiting request will be denied with what was given; None: it will not be."""
        with self._store.transaction():
            verdict = self._judging.outlook(self._room.get(number))
        return None if verdict.allowed or verdict.needs_person else verdict.decisive.say

    def _put_back(self, held: Held, approver: str) -> None:
        """The badge that named the approver signed him in: whoever asked is at the till again."""
        now = self._desk.context().operator
        if held.asked.operator is not None and now is not None and now.value == approver:
            self._desk.tell_operator(held.asked.operator, Source.CONSOLE)

    def _given(self, number: int, held: Held) -> Needs:
        with self._store.transaction():
            needs = self._judging.outlook(held).needs
        self._room.put(number, replace(held, needs=needs))
        return needs

    def _log(self, kind: str, number: int, held: Held, body: dict[str, Json]) -> None:
        bound: dict[str, Json] = {"entry": number, "request": held.asked.request_hash}
        with self._store.transaction():
            self._store.audit.append(kind, bound | body, actor=held.asked.operator)


def _same_person(operator: str | None, person: str) -> bool:
    return operator is not None and operator.casefold() == person.casefold()


def _with_said(asked: Context, now: Context) -> Context:
    """The context as asked, with what was said since of the reason alone."""
    return replace(
        asked,
        reason=now.reason or asked.reason,
        purpose=now.purpose or asked.purpose,
        customer=now.customer or asked.customer,
    )
