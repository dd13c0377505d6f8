"""Everything that a request of one shop may be: the values that matter, and numbers left open.

Where rules only compare names, a few of them stand for all: ours, one like it, a stranger's. Money,
counts and times are whole numbers without such a list. ``build`` makes the same request for the
explorer (open), for a model of z3's and for dice (concrete).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from pos_guard.clock import SECOND
from pos_guard.model import (
    Cart,
    CartLine,
    Context,
    Intent,
    IntentKind,
    Known,
    Order,
    Purpose,
    Receipt,
    Scan,
    ScannedCode,
    Source,
    Tender,
    TenderLine,
    Words,
)
from pos_guard.money import MAX_AMOUNT, Money
from pos_guard.policy.policy import Policy
from pos_guard.policy.registry import RULES
from pos_guard.policy.request import (
    Answers,
    CodeState,
    Disk,
    Freeze,
    LinkState,
    Moment,
    Network,
    OperatorState,
    OrderState,
    Override,
    PaidState,
    PayerState,
    Person,
    Recent,
    RefundPace,
    Request,
    SaleState,
    SaleStatus,
    Tier,
    Total,
    Usual,
)
from tests.proofs.symbols import Chooser

T = TypeVar("T")

TERMINAL, MERCHANT, CODE = "52001233", "1900000109", "emv:pix:shop@ours"

DAY_S = 86_400
_US = 400 * DAY_S * SECOND
_TENDERS = (Tender.CARD, Tender.WECHAT, Tender.CASH)
_EVERYTHING = frozenset(rule.id for rule in RULES)

OPEN, CLOSED, LATE = (
    Moment(1, 720, "2026-11-24"),
    Moment(1, 180, "2026-11-24"),
    Moment(1, 1318, "2026-11-24"),
)

SHOES = Cart((CartLine("shoe", 1, 4000),))
ODD = Cart((CartLine("hat", -1, 4000),))


@dataclass(frozen=True, slots=True)
class World:
    """One shop's requests.

    ``history``: how many earlier requests are looked at, at most. ``lifts``: with a signed override
    for every rule, or break-glass, or without.
    """

    policy: Policy
    history: int = 1
    lifts: bool = False

    @property
    def approving(self) -> list[str]:
        """Roles that may approve; all others are alike as a second person."""
        return [name for name, role in self.policy.roles.items() if role.may_approve]

    def build(self, at: Chooser) -> Request:
        """One request."""
        return at.make(
            Request,
            {
                "subject": partial(_subject, at),
                "context": partial(_context, at),
                "link": partial(_link, at),
                "operator": partial(self._operator, at),
                "approver": partial(self._approver, at),
                "order": partial(_maybe, at, "order", partial(_order, at)),
                "sale": partial(_maybe, at, "sale", partial(_sale, at)),
                "pace": partial(_maybe, at, "pace", partial(_pace, at)),
                "code": partial(_maybe, at, "code", partial(_code, at)),
                "paid": partial(_maybe, at, "paid", partial(_paid, at)),
                "refunded": partial(at.whole, "refunded", 0, MAX_AMOUNT),
                "open_attempts": partial(at.whole, "open_attempts", 0, 9),
                "same_reference": partial(at.pick, "same_reference", (False, True)),
                "clock_trusted": partial(at.pick, "clock_trusted", (True, False)),
                "totals": partial(self._totals, at),
                "recent": partial(self._recent, at),
                "payer": partial(_maybe, at, "payer", partial(_payer, at)),
                "desk": partial(_maybe, at, "desk", partial(_desk, at)),
                "usual": partial(_maybe, at, "usual", partial(_usual, at)),
                "moment": partial(at.pick, "moment", (OPEN, CLOSED, LATE, None)),
                "network": partial(at.pick, "network", tuple(Network)),
                "disk": partial(at.pick, "disk", tuple(Disk)),
                "freezes": partial(at.pick, "freezes", _FREEZES),
                "answers": partial(_answers, at),
                "overrides": partial(at.pick, "overrides", ((), (_OVERRIDE,))[: 1 + self.lifts]),
                "break_glass": partial(at.pick, "glass", (None, "glass-1")[: 1 + self.lifts]),
                "original_kind": partial(
                    at.pick, "original_kind", (None, IntentKind.REFUND, IntentKind.VOID)
                ),
                "reused": partial(at.pick, "reused", (None, "amount")),
            },
        )

    def _operator(self, at: Chooser) -> Person | None:
        role = at.pick("operator", (None, *self.policy.roles, "gone"))
        return None if role is None else Person("ann", role)

    def _approver(self, at: Chooser) -> Person | None:
        role = at.pick("approver", (None, *self.approving, "gone"))
        if role is None:
            return None
        return Person(at.pick("approver.id", ("ben", "ANN")), role)

    def _totals(self, at: Chooser) -> Mapping[str, Total]:
        return Totals({limit.id: partial(_total, at, limit.id) for limit in self.policy.limits})

    def _recent(self, at: Chooser) -> tuple[Recent, ...]:
        count = at.pick("recent", tuple(range(self.history + 1)))
        return tuple(_past(at, f"recent.{index}") for index in range(count))


class Totals(dict[str, Total]):
    """Sums that are made when a limit asks for them; one may be missing."""

    def __init__(self, sums: Mapping[str, Callable[[], Total | None]]) -> None:
        super().__init__()
        self._sums = sums

    def get(self, key: str, default: object = None) -> Total | None:  # type: ignore[override]  # one shape of it is all that rules use
        """The sum of a limit."""
        del default
        return self._sums[key]()


def _maybe(at: Chooser, name: str, piece: Callable[[], T]) -> T | None:
    return piece() if at.pick(f"{name}?", (True, False)) else None


def _known(at: Chooser, name: str, values: Sequence[T | None]) -> Known[T] | None:
    value = at.pick(name, values)
    return None if value is None else Known(value, Source.APP, 10)


def _amount(at: Chooser, name: str, low: int = 0) -> int:
    return at.whole(name, low, MAX_AMOUNT)


def _subject(at: Chooser) -> Intent | Scan | Receipt:
    kind = at.pick("subject", ("intent", "scan", "receipt"))
    if kind == "scan":
        return at.pick("scan", _SCANS)
    if kind == "receipt":
        return at.pick("receipt", _RECEIPTS)
    return at.make(
        Intent,
        {
            "kind": partial(at.pick, "kind", tuple(IntentKind)),
            "tender": partial(at.pick, "tender", _TENDERS),
            "amount": partial(_maybe, at, "amount", partial(_amount, at, "amount", -100)),
            "currency": partial(at.pick, "currency", ("EUR", None, "USD")),
            "original": partial(at.pick, "original", (None, "0001")),
            "payee": partial(at.pick, "payee", (None, TERMINAL, MERCHANT, "52001238", "66")),
            "reference": partial(at.pick, "reference", (None, "R1")),
            "payer_token": partial(at.pick, "payer_token", (None, "p1", "p2")),
            "payer": partial(at.pick, "payer_code", (None, *_SCANS[:3])),
        },
    )


def _context(at: Chooser) -> Context:
    codes = (None, *(ScannedCode("p1", scheme, "*") for scheme in ("wechat", "alipay")))
    return at.make(
        Context,
        {
            "order": partial(_known, at, "told.order", (None, Order("O1", Money(4000, "EUR")))),
            "original": partial(_known, at, "told.original", (None, "S1")),
            "tender": partial(_known, at, "told.tender", (None, *_TENDERS)),
            "code": partial(_known, at, "told.code", codes),
            "reason": partial(
                _known,
                at,
                "told.reason",
                (None, "wrong-price", "goodwill", "defective", "double-charge", "nonsense"),
            ),
            "purpose": partial(_known, at, "told.purpose", (None, *Purpose)),
            "cart": partial(_known, at, "told.cart", (None, Cart(), SHOES, ODD)),
            "customer": partial(_known, at, "told.customer", (None, "4711", "12", "40.00")),
        },
    )


def _link(at: Chooser) -> LinkState:
    return at.make(
        LinkState,
        {
            "name": lambda: "till",
            "frozen": partial(at.pick, "link.frozen", (None, "swapped")),
            "unresolved": partial(at.whole, "link.unresolved", 0, 9),
            "payee": partial(at.pick, "link.payee", (TERMINAL, None, "66")),
        },
    )


def _order(at: Chooser) -> OrderState:
    return at.make(
        OrderState,
        {
            "key": lambda: "O1",
            "total": partial(_amount, at, "order.total"),
            "currency": partial(at.pick, "order.currency", ("EUR", "USD")),
            "posted": partial(_amount, at, "order.posted"),
            "reserved": partial(_amount, at, "order.reserved"),
            "unknown": partial(_amount, at, "order.unknown"),
        },
    )


def _sale(at: Chooser) -> SaleState:
    return at.make(
        SaleState,
        {
            "sale_id": lambda: "S1",
            "paid": partial(_amount, at, "sale.paid"),
            "currency": partial(at.pick, "sale.currency", ("EUR", "USD")),
            "tender": partial(at.pick, "sale.tender", _TENDERS),
            "payee": partial(at.pick, "sale.payee", (None, TERMINAL, MERCHANT)),
            "posted": partial(_amount, at, "sale.posted"),
            "reserved": partial(_amount, at, "sale.reserved"),
            "unknown": partial(_amount, at, "sale.unknown"),
            "status": partial(at.pick, "sale.status", tuple(SaleStatus)),
            "age_us": partial(at.whole, "sale.age_us", -SECOND, _US),
            "settled": partial(at.pick, "sale.settled", (None, True, False)),
            "payer_token": partial(at.pick, "sale.payer_token", (None, "p1")),
            "order_key": partial(at.pick, "sale.order_key", (None, "O4711")),
            "sold": partial(at.pick, "sale.sold", ((), (("shoe", 1),), (("sock", 2),))),
            "returned": partial(at.pick, "sale.returned", ((), (("shoe", 1),))),
            "home": partial(at.pick, "sale.home", (True, False)),
        },
    )


def _pace(at: Chooser) -> RefundPace:
    since = partial(at.whole, "pace.since_us", -SECOND, _US)
    return at.make(
        RefundPace,
        {
            "age_us": partial(at.whole, "pace.age_us", -SECOND, _US),
            "refunds": partial(at.whole, "pace.refunds", 0, 99),
            "since_refund_us": partial(_maybe, at, "pace.since", since),
        },
    )


def _code(at: Chooser) -> CodeState:
    return at.make(
        CodeState,
        {
            "used": partial(at.pick, "code.used", (False, True)),
            "scanned": partial(at.pick, "code.scanned", (True, False)),
            "age_us": partial(at.whole, "code.age_us", -SECOND, 900 * SECOND),
            "scheme": partial(at.pick, "code.scheme", ("wechat", "alipay")),
            "typed": partial(at.pick, "code.typed", (False, True)),
            "rescans": partial(at.whole, "code.rescans", 0, 9),
        },
    )


def _paid(at: Chooser) -> PaidState:
    card = ((), ((Tender.CARD, 4000),))
    return at.make(
        PaidState,
        {
            "order_key": lambda: "O1",
            "total": partial(_amount, at, "paid.total"),
            "electronic": partial(at.pick, "paid.electronic", card),
            "cash": partial(_amount, at, "paid.cash"),
            "copies": partial(at.whole, "paid.copies", 0, 9),
        },
    )


def _total(at: Chooser, limit: str) -> Total | None:
    return (
        at.make(
            Total,
            {
                "amount": partial(_amount, at, f"{limit}.amount"),
                "count": partial(at.whole, f"{limit}.count", 0, 999),
            },
        )
        if at.pick(f"{limit}?", (True, False))
        else None
    )


def _past(at: Chooser, name: str) -> Recent:
    kinds = (IntentKind.REFUND, IntentKind.VOID, IntentKind.SALE)
    return at.make(
        Recent,
        {
            "age_us": partial(at.whole, f"{name}.age_us", -SECOND, 2 * DAY_S * SECOND),
            "kind": partial(at.pick, f"{name}.kind", kinds),
            "tender": partial(at.pick, f"{name}.tender", _TENDERS[:2]),
            "amount": partial(_amount, at, f"{name}.amount"),
            "operator": partial(at.pick, f"{name}.operator", ("ann", "ben")),
            "sale_id": partial(at.pick, f"{name}.sale_id", (None, "S1")),
            "order_key": partial(at.pick, f"{name}.order_key", (None, "O1")),
            "payer_token": partial(at.pick, f"{name}.payer_token", (None, "p1")),
            "link": lambda: "till",
        },
    )


def _payer(at: Chooser) -> PayerState:
    return at.make(
        PayerState,
        {
            "charged": partial(_amount, at, "payer.charged"),
            "refunded": partial(_amount, at, "payer.refunded"),
            "staff": partial(at.pick, "payer.staff", (None, "ann", "ben", "zoe")),
        },
    )


def _desk(at: Chooser) -> OperatorState:
    shift = partial(at.whole, "desk.on_shift_us", 0, 2 * DAY_S * SECOND)
    # Ratios multiply what was sold: a few values of it keep the arithmetic linear.
    return at.make(
        OperatorState,
        {
            "tier": partial(at.pick, "desk.tier", tuple(Tier)),
            "on_shift_us": partial(_maybe, at, "desk.on_shift", shift),
            "errors": partial(at.whole, "desk.errors", 0, 99),
            "sold": partial(at.pick, "desk.sold", (5_000_000, 100_000)),
            "refunded": partial(_amount, at, "desk.refunded"),
            "shop_ppm": partial(at.pick, "desk.shop_ppm", (10_000,)),
            "spread_ppm": partial(at.pick, "desk.spread_ppm", (20_000, 0)),
            "peers": partial(at.pick, "desk.peers", (9, 1)),
        },
    )


def _usual(at: Chooser) -> Usual:
    return at.make(
        Usual,
        {
            "count": partial(at.whole, "usual.count", 0, 999),
            "p99": partial(_amount, at, "usual.p99"),
            "highest": partial(_amount, at, "usual.highest"),
        },
    )


def _answers(at: Chooser) -> Answers:
    confirmed = partial(_amount, at, "answers.confirmed")
    return at.make(
        Answers,
        {
            "confirmed": partial(_maybe, at, "answers.confirmed", confirmed),
            "totp": partial(at.pick, "answers.totp", (False, True)),
            "waited_us": partial(at.whole, "answers.waited_us", 0, 9999 * SECOND),
        },
    )


_OVERRIDE = Override("override-1", _EVERYTHING)

_FREEZES: tuple[tuple[Freeze, ...], ...] = (
    (),
    (Freeze("operator", "ann", "error"),),
    (Freeze("sale", "S1", "error"),),
    (Freeze("terminal", "T1", "error"),),
)

_SAY = Words("此码不能收款。", "Not a code to charge.")

_SCANS = (
    Scan("payment_code", "wechat", True, "p1", "13****49", say=_SAY),
    Scan("payment_code", "alipay", True, "p1", "28****11", say=_SAY),
    Scan("other", None, False, "p1", "*", say=_SAY),
    Scan("goods", None, False, "p1", "69****12", say=_SAY),
    Scan("merchant_code", "pix", False, "p1", "*", (CODE,), Money(4000, "EUR"), say=_SAY),
    Scan("merchant_code", "pix", False, "p1", "*", (CODE,), Money(4000, "USD"), say=_SAY),
    Scan("merchant_code", "pix", False, "p1", "*", ("emv:pix:other",), say=_SAY),
    Scan("merchant_code", "pix", False, "p1", "*", (CODE,), problems=("odd",), say=_SAY),
    Scan("link", None, False, "p1", "*", problems=("lookalike:wechat",), say=_SAY),
    Scan("merchant_code", "pix", False, "p1", "*", (CODE,), sticker="till 1", say=_SAY),
    Scan("merchant_code", "pix", False, "p1", "*", (CODE,), checksum="bad", say=_SAY),
)

_EUR = Money(4000, "EUR")
_CARD = (TenderLine(Tender.CARD, 4000),)

_RECEIPTS = (
    Receipt(claims_paid=True, order_id="O1", total=_EUR, tenders=_CARD),
    Receipt(claims_paid=True, order_id="O1", total=None, tenders=_CARD),
    Receipt(claims_paid=True, order_id="O1", total=_EUR, tenders=(TenderLine(Tender.CASH, 4000),)),
    Receipt(claims_paid=False, order_id=None, total=None, drawer=True),
    Receipt(claims_paid=False, order_id=None, total=None, payees=("emv:pix:other",)),
    Receipt(claims_paid=False, order_id="O1", total=_EUR, refund=True),
)
