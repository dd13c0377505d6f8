"""What people answer to a request that waits for them, each by the number of its decision."""

from __future__ import annotations

from pos_guard.answers import Answering, Needs
from pos_guard.desk import Desk
from pos_guard.management import Management
from pos_guard.managing import Managing
from pos_guard.model import Purpose, Words
from pos_guard.waiting import WaitingRoom


class Hearing(Managing):
    """The part of the guard that takes answers."""

    def __init__(
        self, desk: Desk, room: WaitingRoom, management: Management, answers: Answering
    ) -> None:
        super().__init__(desk, room, management)
        self._answers = answers

    def approve(
        self, decision: int, approver: str | None, pin: str, code: str | None = None
    ) -> Needs:
        """A second person says yes to exactly this WAITING request, for 60 s of boot time.

        ``approver`` None: whose badge was scanned for it. ``code``: his TOTP, which he must give
        where he has one. Returns what is still needed; nothing is: call ``rejudge``. So do
        ``confirm``, ``prove`` and ``explain``.

        :raises NotPermittedError: wrong id or PIN, locked out, the operator himself, no such right.
        :raises StoreError: nothing by that number waits.
        """
        return self._answers.approve(decision, approver, pin, code)

    def confirm(self, decision: int, amount: int) -> Needs:
        """Somebody at the till entered the amount of a WAITING request again (minor units).

        :raises StoreError: nothing by that number waits.
        """
        return self._answers.confirm(decision, amount)

    def prove(self, decision: int, person: str, pin: str, code: str | None) -> Needs:
        """The operator of a WAITING request proves himself: the owner rule; ``code``: his TOTP.

        :raises NotPermittedError: wrong id, PIN or code, locked out, not who asked.
        :raises StoreError: nothing by that number waits.
        """
        return self._answers.prove(decision, person, pin, code)

    def explain(
        self,
        decision: int,
        *,
        reason: str | None = None,
        purpose: Purpose | None = None,
        customer: str | None = None,
    ) -> Needs:
        """Somebody says why a WAITING request is made. Approvals given before that are void.

        :raises LocalError: as ``tell_reason`` and ``tell_customer``.
        :raises StoreError: nothing by that number waits.
        """
        return self._answers.explain(decision, reason, purpose, customer)

    def needs(self, decision: int) -> Needs:
        """What a request still needs from people; nothing when it does not wait."""
        return self._room.needs(decision)

    def denied(self, decision: int) -> Words | None:
        """Why a WAITING request will be denied in spite of all answers; None: it will not be."""
        return self._answers.denied(decision)

    def decline(self, decision: int, person: str) -> None:
        """A person says no to a WAITING request; nobody's yes counts after that.

        :raises LocalError: when ``person`` is no id: empty, too long, or a card number.
        :raises StoreError: nothing by that number waits.
        """
        self._answers.decline(decision, person)
