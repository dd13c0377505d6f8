"""Sales and refunds for the ledger's tests."""

from __future__ import annotations

from dataclasses import replace
from typing import TypedDict, Unpack

from pos_guard.ledger.port import SharedLedger
from pos_guard.ledger.values import CaseKind, RefundAsk, SaleFacts
from pos_guard.model import Tender

NOW = 1_770_000_000_000_000
MINUTE = 60_000_000

SALE = SaleFacts(
    sale_id="T1-000001",
    terminal="T1",
    amount=1250,
    currency="EUR",
    tender=Tender.CARD,
    sold_us=NOW,
    payee="52001233",
    payer="tok-1",
    operator="anna",
)

ASK = RefundAsk(
    refund_id="T1:1",
    sale_id="T1-000001",
    terminal="T1",
    amount=500,
    currency="EUR",
    operation="refund",
    asked_us=NOW,
    expires_us=NOW + MINUTE,
    operator="ben",
    approver="maya",
    payer="tok-1",
    request_hash="r" * 64,
)


class SaleChanges(TypedDict, total=False):
    sale_id: str
    terminal: str
    amount: int
    currency: str
    tender: Tender
    payee: str | None
    lease_us: int


class AskChanges(TypedDict, total=False):
    refund_id: str
    sale_id: str | None
    terminal: str
    amount: int
    currency: str
    operation: str
    asked_us: int
    expires_us: int
    operator: str | None
    approver: str | None
    payer: str | None


def sale(**changes: Unpack[SaleChanges]) -> SaleFacts:
    return replace(SALE, **changes)


def ask(**changes: Unpack[AskChanges]) -> RefundAsk:
    return replace(ASK, **changes)


def kinds(ledger: SharedLedger) -> list[CaseKind]:
    return [case.kind for case in ledger.cases()]
