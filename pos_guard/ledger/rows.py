"""Reading and writing the shared tables, one statement a function; no decision is made here."""

from __future__ import annotations

from dataclasses import dataclass

from pos_guard.ledger.engine import Session, one
from pos_guard.ledger.port import MAX_CASES
from pos_guard.ledger.values import (
    Answer,
    Case,
    CaseKind,
    RefundAsk,
    RefundPhase,
    Reservation,
    SaleFacts,
    SharedSale,
)
from pos_guard.model import Tender
from pos_guard.store.columns import Row, as_int, as_text, maybe_int, maybe_text

_SALE = (
    "sale_id, terminal, amount, currency, tender, sold_us, payee, payer, operator,"
    " withdrawn, holder, lease_us"
)
_SUMS = """
    SELECT
        CAST(sum(CASE WHEN phase = 'posted' THEN amount ELSE 0 END) AS BIGINT),
        CAST(sum(CASE WHEN phase IN ('reserved', 'submitted') THEN amount ELSE 0 END) AS BIGINT),
        CAST(sum(CASE WHEN phase = 'unknown' THEN amount ELSE 0 END) AS BIGINT)
    FROM shared_refunds WHERE merchant = ? AND sale_id = ?"""


def sale_of(session: Session, merchant: str, sale_id: str, *, lock: bool) -> SharedSale | None:
    """A sale with its sums. ``lock``: nobody else changes it, or refunds it, until the commit."""
    row = one(
        session.rows(
            f"SELECT {_SALE} FROM shared_sales WHERE merchant = ? AND sale_id = ?"  # noqa: S608 - constants
            f"{session.for_update if lock else ''}",
            merchant,
            sale_id,
        )
    )
    if row is None:
        return None
    facts = _facts(row)
    # A statement of its own, after the lock: it sees what others committed while we waited for it.
    sums = session.rows(_SUMS, merchant, sale_id)[0]
    return SharedSale(
        facts=facts,
        paid=0 if as_int(row[9]) else facts.amount,
        posted=maybe_int(sums[0]) or 0,
        reserved=maybe_int(sums[1]) or 0,
        unknown=maybe_int(sums[2]) or 0,
        holder=as_text(row[10]),
        lease_us=as_int(row[11]),
    )


def _facts(row: Row) -> SaleFacts:
    return SaleFacts(
        sale_id=as_text(row[0]),
        terminal=as_text(row[1]),
        amount=as_int(row[2]),
        currency=as_text(row[3]),
        tender=Tender(as_text(row[4])),
        sold_us=as_int(row[5]),
        payee=maybe_text(row[6]),
        payer=maybe_text(row[7]),
        operator=maybe_text(row[8]),
    )


def insert_sale(session: Session, merchant: str, facts: SaleFacts) -> bool:
    """Write a new sale; False when there is one with its id."""
    return bool(
        session.write(
            "INSERT INTO shared_sales (merchant, sale_id, amount, currency, tender, payee, payer,"
            " operator, terminal, sold_us, holder, lease_us)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
            " ON CONFLICT (merchant, sale_id) DO NOTHING",
            *(merchant, facts.sale_id, facts.amount, facts.currency, str(facts.tender)),
            *(facts.payee, facts.payer, facts.operator, facts.terminal, facts.sold_us),
            *(facts.terminal, facts.lease_us),
        )
    )


@dataclass(frozen=True, slots=True)
class FoundRefund:
    """A refund as it stands."""

    sale_id: str | None
    body: str
    answer: Answer
    remaining: int
    phase: RefundPhase

    @property
    def reservation(self) -> Reservation:
        """The answer that it got, once more."""
        return Reservation(self.answer, self.phase, self.remaining, again=True)


def refund_of(
    session: Session, merchant: str, refund_id: str, *, lock: bool = False
) -> FoundRefund | None:
    """The refund with this id."""
    row = one(
        session.rows(
            "SELECT sale_id, body, answer, remaining, phase FROM shared_refunds"  # noqa: S608 - constants
            f" WHERE merchant = ? AND refund_id = ?{session.for_update if lock else ''}",
            merchant,
            refund_id,
        )
    )
    if row is None:
        return None
    return FoundRefund(
        sale_id=maybe_text(row[0]),
        body=as_text(row[1]),
        answer=Answer(as_text(row[2])),
        remaining=as_int(row[3]),
        phase=RefundPhase(as_text(row[4])),
    )


def insert_refund(
    session: Session, merchant: str, ask: RefundAsk, given: Reservation, now_us: int
) -> bool:
    """Write a new refund with its answer; False when there is one with its id."""
    return bool(
        session.write(
            "INSERT INTO shared_refunds (merchant, refund_id, sale_id, amount, currency,"
            " operation, operator, approver, terminal, payer, body, answer, remaining, phase,"
            " asked_us, expires_us, moved_us)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
            " ON CONFLICT (merchant, refund_id) DO NOTHING",
            *(merchant, ask.refund_id, ask.sale_id, ask.amount, ask.currency),
            *(ask.operation, ask.operator, ask.approver, ask.terminal, ask.payer),
            *(ask.body, str(given.answer), given.remaining, str(given.phase)),
            *(ask.asked_us, ask.expires_us, now_us),
        )
    )


def move_refund(
    session: Session,
    merchant: str,
    refund_id: str,
    phase: RefundPhase,
    now_us: int,
    amount: int | None = None,
) -> None:
    """Take a refund to its next phase; the caller asked ``MOVES``."""
    session.write(
        "UPDATE shared_refunds SET phase = ?, moved_us = ?, amount = coalesce(?, amount)"
        " WHERE merchant = ? AND refund_id = ?",
        *(str(phase), now_us, amount, merchant, refund_id),
    )


def insert_case(session: Session, merchant: str, case: Case) -> None:
    """Keep a case; the very same one again is no other."""
    session.write(
        "INSERT INTO shared_cases (merchant, kind, subject, details, at_us)"
        " VALUES (?, ?, ?, ?, ?) ON CONFLICT (merchant, kind, subject, details) DO NOTHING",
        *(merchant, str(case.kind), case.subject, case.details, case.at_us),
    )


def open_cases(session: Session, merchant: str) -> tuple[Case, ...]:
    """The cases that nobody closed, oldest first."""
    found = session.rows(
        "SELECT kind, subject, details, at_us FROM shared_cases WHERE merchant = ?"
        " AND closed_us IS NULL ORDER BY at_us, kind, subject, details LIMIT ?",
        *(merchant, MAX_CASES),
    )
    return tuple(
        Case(CaseKind(as_text(row[0])), as_text(row[1]), as_text(row[2]), as_int(row[3]))
        for row in found
    )


def close_case(session: Session, merchant: str, case: Case, person: str, at_us: int) -> bool:
    """Close an open case. False: somebody else closed it at this very moment."""
    return bool(
        session.write(
            "UPDATE shared_cases SET closed_by = ?, closed_us = ? WHERE merchant = ? AND kind = ?"
            " AND subject = ? AND details = ? AND closed_us IS NULL",
            *(person, at_us, merchant, str(case.kind), case.subject, case.details),
        )
    )


def drained_us(session: Session, merchant: str, terminal: str) -> int:
    """Until when a terminal told everything; 0: it never said so."""
    row = one(
        session.rows(
            "SELECT drained_us FROM shared_terminals WHERE merchant = ? AND terminal = ?",
            merchant,
            terminal,
        )
    )
    return 0 if row is None else as_int(row[0])
