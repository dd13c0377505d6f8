"""The immutable snapshot that rules judge: the subject, what is known, and the state around it.

The guard fills it from the store inside the transaction that will record the verdict, so that
state and request are always judged together (never the state before an earlier request).
All amounts are minor units of the policy's currency.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from pos_guard.model import Context, Intent, IntentKind, Subject, Tender

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


class SaleStatus(StrEnum):
    """How far a sale came, as typed state; which may follow which: ``pos_guard.policy.states``."""

    OPEN = "open"
    SUBMITTED = "submitted"
    UNKNOWN = "unknown"
    PAID = "paid"
    VOIDED = "voided"
    PART_REFUNDED = "part-refunded"
    REFUNDED = "refunded"


class RefundStatus(StrEnum):
    """How far a refund came."""

    REQUESTED = "requested"
    RESERVED = "reserved"
    SUBMITTED = "submitted"
    UNKNOWN = "unknown"
    POSTED = "posted"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class SaleState:
    """A known, paid sale that the request wants to undo in part or whole.

    ``age_us``: by the wall clock. ``settled``: the acquirer has closed the batch that it is in;
    None: nobody can tell. ``payer_token``, ``operator``, ``order_key``, ``receipt``: of the sale
    itself. ``sold`` and ``returned``: articles and how many of them; ``returned`` counts open
    refunds, too. ``home``: this store is where the sale was made, or holds its lease.
    """

    sale_id: str
    paid: int
    currency: str
    tender: Tender
    payee: str | None = None
    posted: int = 0
    reserved: int = 0
    unknown: int = 0
    status: SaleStatus = SaleStatus.PAID
    age_us: int = 0
    settled: bool | None = None
    payer_token: str | None = None
    operator: str | None = None
    order_key: str | None = None
    receipt: str | None = None
    sold: tuple[tuple[str, int], ...] = ()
    returned: tuple[tuple[str, int], ...] = ()
    home: bool = True

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
class Total:
    """What a limit has added up before this request, in minor units and in requests."""

    amount: int = 0
    count: int = 0


@dataclass(frozen=True, slots=True)
class Recent:
    """One earlier request of this operator, this payer or this terminal, submitted and not failed.

    ``age_us``: by the wall clock, since it was asked.
    """

    age_us: int
    kind: IntentKind
    tender: Tender
    amount: int
    operator: str | None = None
    sale_id: str | None = None
    order_key: str | None = None
    payer_token: str | None = None
    link: str = ""


@dataclass(frozen=True, slots=True)
class PayerState:
    """What is known of the payer behind the request's token, over all sales that are kept.

    ``charged``, ``refunded`` in minor units, the latter with what is open or unknown;
    ``refunds`` how many. ``staff``: the id of a present or former member of staff whose token
    this is.
    """

    charged: int = 0
    refunded: int = 0
    refunds: int = 0
    staff: str | None = None


class Tier(StrEnum):
    """How experienced an operator is."""

    PROBATION = "probation"
    REGULAR = "regular"


@dataclass(frozen=True, slots=True)
class OperatorState:
    """The operator's shift and history.

    ``on_shift_us``: since the shift began; None: no shift was begun. ``errors``: requests of the
    last half hour that were refused for what the operator did. ``sold``, ``refunded``: minor units
    of the last 30 days. ``shop_ppm``, ``spread_ppm``: mean and standard deviation of
    refunds per million of sales over the shop's operators; ``peers``: how many of them there are.
    """

    tier: Tier = Tier.REGULAR
    on_shift_us: int | None = None
    errors: int = 0
    sold: int = 0
    refunded: int = 0
    shop_ppm: int = 0
    spread_ppm: int = 0
    peers: int = 0


@dataclass(frozen=True, slots=True)
class Usual:
    """What this shop's posted requests of the same kind amount to, in minor units.

    ``count``: how many are known; ``median``, ``p99`` and ``highest`` of them.
    """

    count: int = 0
    median: int = 0
    p99: int = 0
    highest: int = 0


@dataclass(frozen=True, slots=True)
class Moment:
    """Now, on the shop's wall: weekday (0 is Monday), minute of the day, date as 2026-11-22."""

    weekday: int
    minute: int
    date: str


class Network(StrEnum):
    """How the acquirer and the shared ledger are reached."""

    ONLINE = "online"
    DEGRADED = "degraded"
    OFFLINE = "offline"


class Disk(StrEnum):
    """Whether the disk under the record can be trusted for the next hours."""

    GOOD = "good"
    LOW = "low"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Freeze:
    """A scope that nothing moves money in: ``operator``, ``sale`` or ``terminal``, and why."""

    scope: str
    name: str
    why: str


@dataclass(frozen=True, slots=True)
class Answers:
    """What people gave for this very request, beyond an approval.

    ``confirmed``: the amount that was entered again, in minor units. ``totp``: the operator's own
    TOTP code was right. ``waited_us``: since the same request was asked first.
    """

    confirmed: int | None = None
    totp: bool = False
    waited_us: int = 0


NO_ANSWERS = Answers()

MAX_RECENT = 64
"""Earlier requests that a snapshot holds: more in a day are what limits count."""


@dataclass(frozen=True, slots=True)
class Override:
    """A signed, unexpired permission to pass over findings of some rules; see the overrides doc.

    ``rules``: whose findings of REQUIRE and DENY_OVERRIDABLE only warn. ``operations``, ``roles``
    and ``up_to`` (minor units; None: any amount) say for what; an empty set means all. ``by``:
    who signed it; he does not stand for the second person of his own requests.
    """

    id: str
    rules: frozenset[str]
    operations: frozenset[str] = frozenset()
    roles: frozenset[str] = frozenset()
    up_to: int | None = None
    by: str | None = None


@dataclass(frozen=True, slots=True)
class Request:
    """Everything that rules may look at.

    ``totals`` holds what each limit of the policy has added up, by the limit's id; a limit that
    concerns this request and is missing there cannot be checked. ``approver_totals``: the same of
    the limits per operator that name the approver's role, added up for the approver. ``recent``:
    newest first, of the last day, at most ``MAX_RECENT``. ``moment`` is None where the time zone
    is not known.
    ``original_kind``: what was posted under the original that is named, where that is no sale (the
    receipt number of a refund); None: a sale, or nothing that is known.
    ``reused``: what differs between this request and the one that was submitted before under its
    own number (``amount``, ``approver``, ...); None: nothing, or there was none.
    ``break_glass``: the id of a signed, unexpired break-glass, or None.

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
    totals: Mapping[str, Total] = field(default_factory=dict[str, Total])
    recent: tuple[Recent, ...] = ()
    payer: PayerState | None = None
    desk: OperatorState | None = None
    usual: Usual | None = None
    moment: Moment | None = None
    network: Network = Network.ONLINE
    disk: Disk = Disk.GOOD
    freezes: tuple[Freeze, ...] = ()
    answers: Answers = NO_ANSWERS
    overrides: tuple[Override, ...] = ()
    break_glass: str | None = None
    approver_totals: Mapping[str, Total] = field(default_factory=dict[str, Total])
    original_kind: IntentKind | None = None
    reused: str | None = None


def operation_of(request: Request) -> str | None:
    """The name under which policy lists what is asked: a kind, or ``refund_unreferenced``."""
    subject = request.subject
    if not isinstance(subject, Intent):
        return None
    if subject.kind is IntentKind.REFUND and request.sale is None:
        return "refund_unreferenced"
    return str(subject.kind)
