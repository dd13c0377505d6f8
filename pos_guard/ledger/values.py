"""The values of the shared ledger. Amounts in minor units; times in integer microseconds.

Every time is given by the caller: the ledger has no clock of its own.
"""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass
from enum import StrEnum

import rfc8785

from pos_guard.model import Tender

NAME_DIGITS = 12
"""Of a case's name: among ten thousand of them two are alike once in five million merchants."""


class RefundPhase(StrEnum):
    """How far a refund came, as all terminals see it."""

    REFUSED = "refused"
    RESERVED = "reserved"
    SUBMITTED = "submitted"
    UNKNOWN = "unknown"
    POSTED = "posted"
    FAILED = "failed"
    EXPIRED = "expired"
    VOIDED = "voided"


COUNTS = frozenset(
    {RefundPhase.RESERVED, RefundPhase.SUBMITTED, RefundPhase.UNKNOWN, RefundPhase.POSTED}
)
"""Phases that take part in rule 3: posted + reserved + unknown + this request <= paid."""

MOVES: dict[RefundPhase, frozenset[RefundPhase]] = {
    RefundPhase.REFUSED: frozenset({RefundPhase.POSTED}),
    RefundPhase.RESERVED: frozenset(
        {
            RefundPhase.SUBMITTED,
            RefundPhase.UNKNOWN,
            RefundPhase.POSTED,
            RefundPhase.FAILED,
            RefundPhase.EXPIRED,
        }
    ),
    RefundPhase.SUBMITTED: frozenset({RefundPhase.UNKNOWN, RefundPhase.POSTED, RefundPhase.FAILED}),
    RefundPhase.UNKNOWN: frozenset({RefundPhase.POSTED, RefundPhase.FAILED}),
    # Money that moved after all is counted, whatever was thought before; the sum is checked again.
    RefundPhase.EXPIRED: frozenset({RefundPhase.UNKNOWN, RefundPhase.POSTED, RefundPhase.FAILED}),
    RefundPhase.FAILED: frozenset({RefundPhase.POSTED}),
    RefundPhase.POSTED: frozenset({RefundPhase.VOIDED}),
    RefundPhase.VOIDED: frozenset(),
}
"""What may follow what. Nothing leads from SUBMITTED or UNKNOWN to EXPIRED: time voids nothing."""

SETTLED = frozenset(
    {RefundPhase.POSTED, RefundPhase.FAILED, RefundPhase.UNKNOWN, RefundPhase.VOIDED}
)
"""What ``settle`` may say."""


class Answer(StrEnum):
    """What ``reserve`` says; the same for the same request, whenever it is asked again."""

    GRANTED = "granted"
    NOT_ENOUGH = "not-enough"
    UNKNOWN_SALE = "unknown-sale"
    OTHER_CURRENCY = "other-currency"
    HELD = "held"
    CONFLICT = "conflict"


class Scope(StrEnum):
    """What totals are taken over."""

    OPERATOR = "operator"
    TERMINAL = "terminal"
    SALE = "sale"
    PAYER = "payer"
    SHOP = "shop"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sum:
    """What ``totals`` adds up: refunds asked for since then, in one scope.

    ``name`` is not looked at for ``Scope.SHOP``, which is all of the merchant. ``operations``: as
    policies name them; none means all.
    """

    scope: Scope
    name: str = ""
    since_us: int = 0
    operations: frozenset[str] = frozenset()


class CaseKind(StrEnum):
    """What a person has to look at. Nothing of it was dropped or overwritten."""

    OVER_REFUND = "over-refund"
    ID_CONFLICT = "id-conflict"
    SALE_CONFLICT = "sale-conflict"
    OUTCOME_CONFLICT = "outcome-conflict"
    UNKNOWN_SALE = "unknown-sale"
    LEASE_BREACH = "lease-breach"
    FORKED_TERMINAL = "forked-terminal"


@dataclass(frozen=True, slots=True, kw_only=True)
class SaleFacts:
    """A paid sale as its terminal tells it.

    ``amount``: all that was paid for it, tips included. ``payer``: a token, never a code.
    ``lease_us``: until then only the selling terminal refunds it, also offline; 0: no lease, so
    never offline.
    """

    sale_id: str
    terminal: str
    amount: int
    currency: str
    tender: Tender
    sold_us: int
    payee: str | None = None
    payer: str | None = None
    operator: str | None = None
    lease_us: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedSale:
    """A registered sale and what was given back of it, over all terminals.

    ``paid`` is 0 once the sale was withdrawn.
    """

    facts: SaleFacts
    paid: int
    posted: int = 0
    reserved: int = 0
    unknown: int = 0
    holder: str = ""
    lease_us: int = 0

    @property
    def remaining(self) -> int:
        """What may still be given back; below zero after an over-refund."""
        return self.paid - self.posted - self.reserved - self.unknown


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundAsk:
    """One refund, void or reversal. ``refund_id`` is the idempotency key.

    ``sale_id`` None: unreferenced, bound to no sum, but part of the totals. ``operation``: as
    policies name it. ``request_hash``: of the request that was judged. ``asked_us``,
    ``expires_us`` are no part of the body.
    """

    refund_id: str
    sale_id: str | None
    terminal: str
    amount: int
    currency: str
    operation: str
    asked_us: int
    expires_us: int
    operator: str | None = None
    approver: str | None = None
    payer: str | None = None
    request_hash: str = ""

    @property
    def body(self) -> str:
        """The hash of everything that must be equal for it to be the same request."""
        body = asdict(self)
        del body["asked_us"], body["expires_us"]
        return hashlib.sha256(rfc8785.dumps(body)).hexdigest()


@dataclass(frozen=True, slots=True)
class Reservation:
    """The answer to a ``RefundAsk``. ``remaining``: of the sale, without this request, then.

    ``phase``: how far the refund with this id is by now. ``again``: it was asked before.
    """

    answer: Answer
    phase: RefundPhase
    remaining: int = 0
    again: bool = False

    @property
    def granted(self) -> bool:
        """The amount is reserved; it may be submitted once ``submitted`` says so."""
        return self.answer is Answer.GRANTED and self.phase is not RefundPhase.EXPIRED


@dataclass(frozen=True, slots=True)
class Lease:
    """Who may refund a sale offline, and until when. ``granted``: to whoever asked."""

    holder: str
    until_us: int
    granted: bool


@dataclass(frozen=True, slots=True)
class Case:
    """Something for a person. ``subject``: a sale, refund or terminal id; ``details``: JSON."""

    kind: CaseKind
    subject: str
    details: str
    at_us: int

    @property
    def name(self) -> str:
        """What people call it by: the same for the same case, wherever it is asked for."""
        said = "\n".join((self.kind, self.subject, self.details))
        return hashlib.sha256(said.encode()).hexdigest()[:NAME_DIGITS]


@dataclass(frozen=True, slots=True)
class Expired:
    """What ``expire`` did: reservations let go, and submissions whose outcome is unknown now."""

    expired: int
    unknown: int
