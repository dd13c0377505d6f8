"""How a refund gets its amount, and what comes of it, inside one open transaction.

A refund takes the lock of its sale first and its own row second, always in this order, so that
what reads the sums is the only one that changes them.
"""

from __future__ import annotations

from collections.abc import Mapping

import rfc8785

from pos_guard.ledger import rows
from pos_guard.ledger.engine import Session
from pos_guard.ledger.port import EXPIRE_AT_ONCE, LEASE_GRACE_US, LedgerError
from pos_guard.ledger.values import (
    MOVES,
    SETTLED,
    Answer,
    Case,
    CaseKind,
    Expired,
    RefundAsk,
    RefundPhase,
    Reservation,
    SharedSale,
)
from pos_guard.store.columns import as_text


class RefundBook:
    """The refunds of one merchant."""

    def __init__(self, merchant: str) -> None:
        self._merchant = merchant

    def reserve(self, session: Session, ask: RefundAsk, now_us: int) -> Reservation:
        """See ``SharedLedger.reserve``."""
        sale = self.locked(session, ask.sale_id)
        found = rows.refund_of(session, self._merchant, ask.refund_id)
        if found is not None:
            return self._repeated(session, ask, found, now_us)
        answer = self._answer(session, ask, sale, now_us)
        phase = RefundPhase.RESERVED if answer is Answer.GRANTED else RefundPhase.REFUSED
        given = Reservation(answer, phase, 0 if sale is None else sale.remaining)
        return self._written(session, ask, given, now_us)

    def _answer(
        self, session: Session, ask: RefundAsk, sale: SharedSale | None, now_us: int
    ) -> Answer:
        if ask.sale_id is None:
            return Answer.GRANTED
        if sale is None:
            return Answer.UNKNOWN_SALE
        if ask.currency != sale.facts.currency:
            return Answer.OTHER_CURRENCY
        if not self.free(session, sale, ask.terminal, now_us):
            return Answer.HELD
        return Answer.GRANTED if 0 < ask.amount <= sale.remaining else Answer.NOT_ENOUGH

    def report(self, session: Session, ask: RefundAsk, now_us: int) -> Reservation:
        """See ``SharedLedger.report``."""
        sale = self.locked(session, ask.sale_id)
        found = rows.refund_of(session, self._merchant, ask.refund_id)
        if found is not None and found.phase not in (RefundPhase.REFUSED, RefundPhase.EXPIRED):
            return self._repeated(session, ask, found, now_us)
        if found is not None and found.body != ask.body:
            return self._repeated(session, ask, found, now_us)
        remaining = 0 if sale is None else sale.remaining
        given = Reservation(Answer.GRANTED, RefundPhase.SUBMITTED, remaining)
        if found is None:
            given = self._written(session, ask, given, now_us)
        else:
            # It was refused, or let go, and happened all the same: it counts.
            self._revive(session, ask.refund_id, now_us)
        self._judge_report(session, ask, sale, now_us)
        return given

    def _judge_report(
        self, session: Session, ask: RefundAsk, sale: SharedSale | None, now_us: int
    ) -> None:
        if ask.sale_id is None:
            return
        told: dict[str, str | int | None] = {
            "refund": ask.refund_id,
            "terminal": ask.terminal,
            "amount": ask.amount,
        }
        if sale is None:
            self.case(session, CaseKind.UNKNOWN_SALE, ask.sale_id, told, now_us)
            return
        if sale.holder != ask.terminal or sale.lease_us < ask.asked_us:
            self.case(session, CaseKind.LEASE_BREACH, ask.sale_id, told, now_us)
        self.check_sum(session, ask.sale_id, now_us)

    def _revive(self, session: Session, refund_id: str, now_us: int) -> None:
        rows.move_refund(session, self._merchant, refund_id, RefundPhase.SUBMITTED, now_us)
        session.write(
            "UPDATE shared_refunds SET answer = 'granted' WHERE merchant = ? AND refund_id = ?",
            *(self._merchant, refund_id),
        )

    def _written(
        self, session: Session, ask: RefundAsk, given: Reservation, now_us: int
    ) -> Reservation:
        if rows.insert_refund(session, self._merchant, ask, given, now_us):
            return given
        # Somebody used the id for another sale at this very moment, under another lock.
        found = rows.refund_of(session, self._merchant, ask.refund_id)
        if found is None:
            raise LedgerError(f"refund {ask.refund_id} is neither there nor can be written")
        return self._repeated(session, ask, found, now_us)

    def _repeated(
        self, session: Session, ask: RefundAsk, found: rows.FoundRefund, now_us: int
    ) -> Reservation:
        if found.body == ask.body:
            return found.reservation
        told: dict[str, str | int | None] = {
            "terminal": ask.terminal,
            "sale": ask.sale_id,
            "amount": ask.amount,
        }
        body = {"known": found.body, "asked": ask.body}
        self.case(session, CaseKind.ID_CONFLICT, ask.refund_id, {**told, **body}, now_us)
        return Reservation(Answer.CONFLICT, found.phase, found.remaining, again=True)

    def settle(
        self,
        session: Session,
        refund_id: str,
        phase: RefundPhase,
        now_us: int,
        amount: int | None,
    ) -> bool:
        """See ``SharedLedger.settle``."""
        before = rows.refund_of(session, self._merchant, refund_id)
        if before is None:
            raise LedgerError(f"nobody asked for refund {refund_id}")
        self.locked(session, before.sale_id)
        found = rows.refund_of(session, self._merchant, refund_id, lock=True) or before
        if phase not in MOVES[found.phase]:
            return self._settled_before(session, refund_id, found, phase, now_us)
        moved = amount if phase is RefundPhase.POSTED else None
        rows.move_refund(session, self._merchant, refund_id, phase, now_us, moved)
        if found.sale_id is not None:
            self.check_sum(session, found.sale_id, now_us)
        return True

    def _settled_before(
        self,
        session: Session,
        refund_id: str,
        found: rows.FoundRefund,
        phase: RefundPhase,
        now_us: int,
    ) -> bool:
        """The same outcome again, or an older one that was overtaken; all else is a case."""
        stale = phase is RefundPhase.UNKNOWN and found.phase in SETTLED
        late = phase is RefundPhase.POSTED and found.phase is RefundPhase.VOIDED
        unasked = phase is not RefundPhase.VOIDED and found.phase is RefundPhase.REFUSED
        if found.phase is phase or stale or late or unasked:
            return True
        told = {"is": str(found.phase), "told": str(phase)}
        self.case(session, CaseKind.OUTCOME_CONFLICT, refund_id, told, now_us)
        return False

    def expire(self, session: Session, now_us: int) -> Expired:
        """See ``SharedLedger.expire``."""
        overdue = session.rows(
            "SELECT refund_id, phase FROM shared_refunds WHERE merchant = ? AND expires_us < ?"
            " AND phase IN ('reserved', 'submitted') ORDER BY expires_us LIMIT ?",
            *(self._merchant, now_us, EXPIRE_AT_ONCE),
        )
        counts = {RefundPhase.RESERVED: 0, RefundPhase.SUBMITTED: 0}
        for row in overdue:
            refund_id, phase = as_text(row[0]), RefundPhase(as_text(row[1]))
            after = RefundPhase.EXPIRED if phase is RefundPhase.RESERVED else RefundPhase.UNKNOWN
            # The phase is asked again: who submitted it meanwhile was first.
            counts[phase] += session.write(
                "UPDATE shared_refunds SET phase = ?, moved_us = ?"
                " WHERE merchant = ? AND refund_id = ? AND phase = ?",
                *(str(after), now_us, self._merchant, refund_id, str(phase)),
            )
        return Expired(counts[RefundPhase.RESERVED], counts[RefundPhase.SUBMITTED])

    def free(self, session: Session, sale: SharedSale, terminal: str, now_us: int) -> bool:
        """Nobody but this terminal can be refunding the sale offline, or have done so untold."""
        if sale.lease_us == 0 or sale.holder == terminal:
            return True
        if now_us < sale.lease_us + LEASE_GRACE_US:
            return False
        return rows.drained_us(session, self._merchant, sale.holder) >= sale.lease_us

    def locked(self, session: Session, sale_id: str | None) -> SharedSale | None:
        """A sale, locked until the commit; None also for no id."""
        if sale_id is None:
            return None
        return rows.sale_of(session, self._merchant, sale_id, lock=True)

    def check_sum(self, session: Session, sale_id: str, now_us: int) -> None:
        """Keep a case when more of the sale was given back than was paid."""
        sale = self.locked(session, sale_id)
        if sale is not None and sale.remaining < 0:
            told = {"paid": sale.paid, "refunded": sale.paid - sale.remaining}
            self.case(session, CaseKind.OVER_REFUND, sale_id, told, now_us)

    def case(
        self,
        session: Session,
        kind: CaseKind,
        subject: str,
        told: Mapping[str, str | int | None],
        at_us: int,
    ) -> None:
        """Keep something for a person."""
        details = rfc8785.dumps(dict(told)).decode()
        rows.insert_case(session, self._merchant, Case(kind, subject, details, at_us))
