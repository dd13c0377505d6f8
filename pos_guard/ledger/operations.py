"""The operations of the shared ledger, the same over every database. See ``ledger.port``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from pos_guard.ledger import rows
from pos_guard.ledger.book import RefundBook
from pos_guard.ledger.engine import Engine, Session, one
from pos_guard.ledger.port import LedgerError
from pos_guard.ledger.values import (
    COUNTS,
    SETTLED,
    Answer,
    Case,
    CaseKind,
    Expired,
    Lease,
    RefundAsk,
    RefundPhase,
    Reservation,
    SaleFacts,
    Scope,
    SharedSale,
    Sum,
)
from pos_guard.policy.request import Total
from pos_guard.store.columns import as_int, as_text

_COUNTED = ", ".join(f"'{phase}'" for phase in sorted(COUNTS))
_COLUMNS = {
    Scope.OPERATOR: "operator",
    Scope.TERMINAL: "terminal",
    Scope.SALE: "sale_id",
    Scope.PAYER: "payer",
}


class LedgerOperations:
    """A ``SharedLedger`` over an engine."""

    def __init__(self, engine: Engine, merchant: str) -> None:
        self._engine = engine
        self._merchant = merchant
        self._book = RefundBook(merchant)

    # -- sales -------------------------------------------------------------------------------

    def register(self, facts: SaleFacts) -> bool:
        """See ``SharedLedger.register``."""
        return self._engine.run(lambda session: self._register(session, facts))

    def withdraw(self, sale_id: str, at_us: int) -> None:
        """See ``SharedLedger.withdraw``."""

        def work(session: Session) -> None:
            self._demand_sale(session, sale_id)
            session.write(
                "UPDATE shared_sales SET withdrawn = 1 WHERE merchant = ? AND sale_id = ?",
                *(self._merchant, sale_id),
            )
            self._book.check_sum(session, sale_id, at_us)

        self._engine.run(work)

    def sale(self, sale_id: str) -> SharedSale | None:
        """See ``SharedLedger.sale``."""
        return self._engine.run(
            lambda session: rows.sale_of(session, self._merchant, sale_id, lock=False)
        )

    # -- refunds -----------------------------------------------------------------------------

    def reserve(self, ask: RefundAsk, now_us: int) -> Reservation:
        """See ``SharedLedger.reserve``."""
        return self._engine.run(lambda session: self._book.reserve(session, ask, now_us))

    def report(self, ask: RefundAsk, now_us: int) -> Reservation:
        """See ``SharedLedger.report``."""
        return self._engine.run(lambda session: self._book.report(session, ask, now_us))

    def submitted(self, refund_id: str, now_us: int) -> bool:
        """See ``SharedLedger.submitted``."""

        def work(session: Session) -> bool:
            found = rows.refund_of(session, self._merchant, refund_id, lock=True)
            if found is None or found.answer is not Answer.GRANTED:
                return False
            if found.phase is RefundPhase.RESERVED:
                rows.move_refund(session, self._merchant, refund_id, RefundPhase.SUBMITTED, now_us)
                return True
            return found.phase is RefundPhase.SUBMITTED

        return self._engine.run(work)

    def settle(
        self, refund_id: str, phase: RefundPhase, now_us: int, amount: int | None = None
    ) -> bool:
        """See ``SharedLedger.settle``."""
        if phase not in SETTLED:
            raise LedgerError(f"{phase} is no outcome")
        return self._engine.run(
            lambda session: self._book.settle(session, refund_id, phase, now_us, amount)
        )

    def refund(self, refund_id: str) -> RefundPhase | None:
        """See ``SharedLedger.refund``."""

        def work(session: Session) -> RefundPhase | None:
            found = rows.refund_of(session, self._merchant, refund_id)
            return None if found is None else found.phase

        return self._engine.run(work)

    def expire(self, now_us: int) -> Expired:
        """See ``SharedLedger.expire``."""
        return self._engine.run(lambda session: self._book.expire(session, now_us))

    def totals(self, sums: Sequence[Sum], but_terminal: str | None = None) -> tuple[Total, ...]:
        """See ``SharedLedger.totals``."""
        return self._engine.run(
            lambda session: tuple(self._total(session, one, but_terminal) for one in sums)
        )

    # -- leases ------------------------------------------------------------------------------

    def take_over(self, sale_id: str, terminal: str, until_us: int, now_us: int) -> Lease:
        """See ``SharedLedger.take_over``."""

        def work(session: Session) -> Lease:
            sale = self._demand_sale(session, sale_id)
            if not self._book.free(session, sale, terminal, now_us):
                return Lease(sale.holder, sale.lease_us, granted=False)
            until = max(until_us, sale.lease_us) if terminal == sale.holder else until_us
            self._hold(session, sale_id, terminal, until)
            return Lease(terminal, until, granted=True)

        return self._engine.run(work)

    def release(self, sale_id: str, terminal: str) -> None:
        """See ``SharedLedger.release``."""

        def work(session: Session) -> None:
            if self._demand_sale(session, sale_id).holder == terminal:
                self._hold(session, sale_id, terminal, 0)

        self._engine.run(work)

    def drained(self, terminal: str, at_us: int) -> None:
        """See ``SharedLedger.drained``."""
        self._engine.run(
            lambda session: session.write(
                "INSERT INTO shared_terminals (merchant, terminal, drained_us) VALUES (?, ?, ?)"
                " ON CONFLICT (merchant, terminal) DO UPDATE SET drained_us = excluded.drained_us"
                " WHERE excluded.drained_us > shared_terminals.drained_us",
                *(self._merchant, terminal, at_us),
            )
        )

    # -- trouble -----------------------------------------------------------------------------

    def witness(self, terminal: str, seq: int, body: str) -> bool:
        """See ``SharedLedger.witness``."""
        return self._engine.run(lambda session: self._witness(session, terminal, seq, body))

    def cases(self) -> tuple[Case, ...]:
        """See ``SharedLedger.cases``."""
        return self._engine.run(lambda session: rows.open_cases(session, self._merchant))

    def close_case(self, name: str, person: str, at_us: int) -> Case | None:
        """See ``SharedLedger.close_case``."""

        def work(session: Session) -> Case | None:
            for case in rows.open_cases(session, self._merchant):
                if case.name == name and rows.close_case(
                    session, self._merchant, case, person, at_us
                ):
                    return case
            return None

        return self._engine.run(work)

    def close(self) -> None:
        """See ``SharedLedger.close``."""
        self._engine.close()

    # -- inside ------------------------------------------------------------------------------

    def _register(self, session: Session, facts: SaleFacts) -> bool:
        if rows.insert_sale(session, self._merchant, facts):
            return True
        sale = self._demand_sale(session, facts.sale_id)
        known = sale.facts
        same = replace(facts, amount=known.amount, lease_us=0)
        if same != known or facts.amount < known.amount:
            told: dict[str, str | int | None] = {
                "terminal": facts.terminal,
                "amount": facts.amount,
                "payee": facts.payee,
            }
            self._book.case(session, CaseKind.SALE_CONFLICT, facts.sale_id, told, facts.sold_us)
            return False
        if facts.amount > sale.paid:  # a tip, or it was withdrawn and counts again
            session.write(
                "UPDATE shared_sales SET amount = ?, withdrawn = 0"
                " WHERE merchant = ? AND sale_id = ?",
                *(facts.amount, self._merchant, facts.sale_id),
            )
        return True

    def _total(self, session: Session, of: Sum, but_terminal: str | None) -> Total:
        where = ""
        values: list[str | int] = [self._merchant, of.since_us]
        if of.scope is not Scope.SHOP:
            where, values = f" AND {_COLUMNS[of.scope]} = ?", [*values, of.name]
        if of.operations:
            marks = ", ".join("?" for _ in of.operations)
            where, values = f"{where} AND operation IN ({marks})", [*values, *sorted(of.operations)]
        if but_terminal is not None:
            where, values = f"{where} AND terminal <> ?", [*values, but_terminal]
        row = session.rows(
            "SELECT CAST(coalesce(sum(amount), 0) AS BIGINT), count(*) FROM shared_refunds"  # noqa: S608 - constants
            f" WHERE merchant = ? AND asked_us >= ? AND phase IN ({_COUNTED}){where}",
            *values,
        )[0]
        return Total(as_int(row[0]), as_int(row[1]))

    def _witness(self, session: Session, terminal: str, seq: int, body: str) -> bool:
        if session.write(
            "INSERT INTO shared_messages (merchant, terminal, seq, body) VALUES (?, ?, ?, ?)"
            " ON CONFLICT (merchant, terminal, seq) DO NOTHING",
            *(self._merchant, terminal, seq, body),
        ):
            return True
        row = one(
            session.rows(
                "SELECT body FROM shared_messages WHERE merchant = ? AND terminal = ? AND seq = ?",
                *(self._merchant, terminal, seq),
            )
        )
        if row is not None and as_text(row[0]) == body:
            return True
        self._book.case(session, CaseKind.FORKED_TERMINAL, terminal, {"seq": seq, "body": body}, 0)
        return False

    def _hold(self, session: Session, sale_id: str, terminal: str, until_us: int) -> None:
        session.write(
            "UPDATE shared_sales SET holder = ?, lease_us = ? WHERE merchant = ? AND sale_id = ?",
            *(terminal, until_us, self._merchant, sale_id),
        )

    def _demand_sale(self, session: Session, sale_id: str) -> SharedSale:
        sale = self._book.locked(session, sale_id)
        if sale is None:
            raise LedgerError(f"nobody registered sale {sale_id}")
        return sale
