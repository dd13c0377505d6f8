"""The immutable snapshot that rules judge: the subject, what is known, and the state around it.

The guard fills it from the store inside the transaction that will record the verdict, so that
state and request are always judged together (never the state before an earlier request).
All amounts are minor units of the policy's currency.
"""

from __future__ import annotations

from dataclasses import dataclass

from pos_guard.model import Context, Subject, Tender

NOTHING_KNOWN = Context()


@dataclass(frozen=True, slots=True)
class Person:
    """A signed-in operator or an approver: who, and the role that policy gives rights to."""

    id: str
    role: str


@dataclass(frozen=True, slots=True)
class OrderState:
    """What the ledger knows of the order in the context."""

    key: str
    total: int
    currency: str
    posted: int = 0
    reserved: int = 0
    unknown: int = 0
    copies: int = 0

    @property
    def due(self) -> int:
        """What is still to be paid, counting open and unknown attempts as paid."""
        return self.total - self.posted - self.reserved - self.unknown


@dataclass(frozen=True, slots=True)
class SaleState:
    """A known, paid sale that the request wants to undo in part or whole."""

    sale_id: str
    paid: int
    currency: str
    tender: Tender
    payee: str | None = None
    posted: int = 0
    reserved: int = 0
    unknown: int = 0

    @property
    def remaining(self) -> int:
        """What may still be given back: rule 3 without this request."""
        return self.paid - self.posted - self.reserved - self.unknown


@dataclass(frozen=True, slots=True)
class RefundPace:
    """How a sale was refunded so far, by the wall clock.

    ``age_us``: since the sale. ``refunds``: how many were submitted and did not fail;
    ``since_refund_us``: since the last of them, None without one.
    """

    age_us: int = 0
    refunds: int = 0
    since_refund_us: int | None = None


@dataclass(frozen=True, slots=True)
class LinkState:
    """The state of the link that the request came through.

    ``frozen``: why nothing that moves money may pass, or None. ``unresolved``: requests whose
    outcome is not known yet. ``payee``: the terminal id that the device reported last, or None.
    """

    name: str
    frozen: str | None = None
    unresolved: int = 0
    payee: str | None = None


@dataclass(frozen=True, slots=True)
class CodeState:
    """The payment code of a scan or a provider request: seen before, and how old.

    ``scanned``: it came from a scanner. ``typed``: somebody said that it was typed, or no scanner
    saw it although one serves this terminal. Neither: nobody can tell. ``used``: a request carried
    it before. ``age_us``: since it was scanned first, whatever was scanned again.
    ``rescans``: how often a typed code was refused for this order, so that it be scanned.
    """

    used: bool = False
    scanned: bool = False
    age_us: int = 0
    scheme: str | None = None
    typed: bool = False
    rescans: int = 0


@dataclass(frozen=True, slots=True)
class PaidState:
    """What may stand on a receipt: the order's confirmed tenders and the copies already printed.

    ``electronic`` maps each electronic tender to its posted amount; None as the state in
    ``Request.paid`` means that no paid order fits the receipt.
    """

    order_key: str
    total: int
    electronic: tuple[tuple[Tender, int], ...] = ()
    cash: int = 0
    copies: int = 0


@dataclass(frozen=True, slots=True)
class Request:
    """Everything that rules may look at.

    ``refunded`` is what a refund slip may state: posted back for its sale, in minor units.
    ``open_attempts`` counts charges of the same order (or, without one, of no order) whose outcome
    is not known yet. ``own_codes`` are the payees of the shop's registered stickers.
    """

    subject: Subject
    context: Context = NOTHING_KNOWN
    link: LinkState = LinkState("")
    operator: Person | None = None
    approver: Person | None = None
    order: OrderState | None = None
    sale: SaleState | None = None
    pace: RefundPace | None = None
    code: CodeState | None = None
    paid: PaidState | None = None
    refunded: int = 0
    open_attempts: int = 0
    own_codes: tuple[str, ...] = ()
    same_reference: bool = False
    clock_trusted: bool = True
