"""The values that every layer shares: what a frame means, what is known around it, what came of it.

All are frozen. Nothing here knows a protocol, a file or a socket.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

from pos_guard.money import Money

T = TypeVar("T")


class IntentKind(StrEnum):
    """What a money frame asks for."""

    SALE = "sale"
    REFUND = "refund"
    VOID = "void"
    REVERSAL = "reversal"
    PREAUTH = "preauth"
    PREAUTH_VOID = "preauth_void"
    COMPLETION = "completion"
    COMPLETION_VOID = "completion_void"
    TIP = "tip"
    BALANCE = "balance"


MONEY_IN = frozenset({IntentKind.SALE, IntentKind.COMPLETION, IntentKind.TIP})
"""Kinds that take money from the payer."""

MONEY_OUT = frozenset(
    {IntentKind.REFUND, IntentKind.VOID, IntentKind.REVERSAL, IntentKind.COMPLETION_VOID}
)
"""Kinds that give money back."""


class Tender(StrEnum):
    """How the customer pays."""

    CARD = "card"
    WECHAT = "wechat"
    ALIPAY = "alipay"
    UNIONPAY = "unionpay"
    CASH = "cash"
    VOUCHER = "voucher"


class Source(StrEnum):
    """Where a piece of context came from, best first."""

    APP = "app"
    DISPLAY = "display"
    BILL = "bill"
    SCAN = "scan"
    CONSOLE = "console"


@dataclass(frozen=True, slots=True)
class Words:
    """One message for a person, in both languages."""

    zh: str
    en: str

    def to(self, lang: str) -> str:
        """The message in ``zh`` or, for anything else, English."""
        return self.zh if lang.startswith("zh") else self.en


@dataclass(frozen=True, slots=True)
class Intent:
    """What a money frame means, as far as the frame itself says.

    ``amount`` is in minor units; None where the frame carries none (a ZVT reversal). ``original``
    is what the frame says of the sale it undoes: a receipt number, an order number. ``payee`` is
    the id of who is paid, never a name. ``reference`` is the request's own number at the
    provider: the same number again is the same request. ``payer_token`` is a keyed hash of the
    customer's payment code, never the code; ``payer`` says what that code is, where the request
    carries one.
    """

    kind: IntentKind
    tender: Tender
    amount: int | None = None
    currency: str | None = None
    original: str | None = None
    payee: str | None = None
    reference: str | None = None
    payer_token: str | None = None
    payer: Scan | None = None

    @property
    def money(self) -> Money | None:
        """Amount and currency, when the frame says both."""
        if self.amount is None or self.currency is None:
            return None
        return Money(self.amount, self.currency)


@dataclass(frozen=True, slots=True)
class Scan:
    """One scanned code, after classification. The code itself is not in here.

    ``token`` is the keyed hash for the replay check, ``masked`` how it may be shown; ``payee``
    names ids that the code carries (``emv:29:…``), for the allow-list. ``money`` is what the code
    asks for; ``currency`` stands there also where the amount is left to the payer. ``problems``
    names its deviations from the format. ``typed``: a keyboard's work, not a scanner's.
    ``sticker`` is the name of the shop's own sticker that this is.
    """

    kind: str
    scheme: str | None
    payable: bool
    token: str
    masked: str
    payees: tuple[str, ...] = ()
    money: Money | None = None
    checksum: str = "none"
    say: Words = Words("", "")
    currency: str | None = None
    problems: tuple[str, ...] = ()
    typed: bool = False
    sticker: str | None = None


@dataclass(frozen=True, slots=True)
class TenderLine:
    """One way of paying as a receipt states it, in minor units."""

    tender: Tender
    amount: int


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a print job claims, as far as its text says.

    ``claims_paid``: the text says PAID, 已支付 or the like. ``drawer``: the job opens the cash
    drawer. ``payees`` are ids found in payment codes on the paper. ``fingerprint`` is a hash of
    the text, to know the same paper again.
    """

    claims_paid: bool
    order_id: str | None
    total: Money | None
    tenders: tuple[TenderLine, ...] = ()
    drawer: bool = False
    payees: tuple[str, ...] = ()
    refund: bool = False
    fingerprint: str = ""


Subject = Intent | Scan | Receipt
"""Whatever can be judged."""


@dataclass(frozen=True, slots=True)
class Order:
    """What the customer owes.

    ``key`` names the order in the ledger: the till's number if it has one, else one that the
    guard makes.
    """

    key: str
    total: Money


@dataclass(frozen=True, slots=True)
class ScannedCode:
    """The last payment code that was scanned, or ``typed`` where it should have been scanned."""

    token: str
    scheme: str
    masked: str
    typed: bool = False


class Purpose(StrEnum):
    """What a refund is for, as the cashier says it (UnifiedPOS and acquirers know them all)."""

    RETURN = "return"
    """Goods came back."""
    ADJUSTMENT = "adjustment"
    """The price was wrong; the goods stay."""
    GOODWILL = "goodwill"
    """An apology in money: counts as a refund in every limit."""
    CORRECTION = "correction"
    """An earlier booking was wrong."""


@dataclass(frozen=True, slots=True)
class CartLine:
    """One line of an order: an article, how many, and the price of one in minor units."""

    sku: str
    quantity: int
    unit_price: int


@dataclass(frozen=True, slots=True)
class Cart:
    """What the customer buys, or brings back. ``discount`` and ``tax`` are minor units.

    ``tax`` is what is added on top of the lines; 0 where prices include it.
    """

    lines: tuple[CartLine, ...] = ()
    discount: int = 0
    tax: int = 0

    @property
    def total(self) -> int:
        """Sum of the lines, less the discount, plus the tax, in minor units."""
        return (
            sum(line.quantity * line.unit_price for line in self.lines) - self.discount + self.tax
        )


@dataclass(frozen=True, slots=True)
class Known(Generic[T]):
    """A piece of context: its value, where it came from, and when (boot time, microseconds)."""

    value: T
    source: Source
    boot_us: int


@dataclass(frozen=True, slots=True)
class Context:
    """What is known around an intent. A missing piece is None, never a guess.

    ``original`` is the sale id (as on our receipt QR) of a sale to be undone; ``tender`` is the
    channel the cashier chose. ``rescans`` counts typed payment codes that were refused for this
    order, so that they be scanned. ``reason`` is a code of the policy's list, ``purpose`` the type
    of a refund, ``cart`` what is bought (or, for a refund, what comes back), ``customer`` what the
    customer named of the sale: the last digits of its order or receipt number, or its amount.
    """

    operator: Known[str] | None = None
    order: Known[Order] | None = None
    original: Known[str] | None = None
    tender: Known[Tender] | None = None
    code: Known[ScannedCode] | None = None
    rescans: int = 0
    reason: Known[str] | None = None
    purpose: Known[Purpose] | None = None
    cart: Known[Cart] | None = None
    customer: Known[str] | None = None

    def sources(self) -> dict[str, str]:
        """Each known piece and its source, for the record."""
        pieces = {
            "operator": self.operator,
            "order": self.order,
            "original": self.original,
            "tender": self.tender,
            "code": self.code,
            "reason": self.reason,
            "purpose": self.purpose,
            "cart": self.cart,
            "customer": self.customer,
        }
        return {name: str(piece.source) for name, piece in pieces.items() if piece is not None}


class Result(StrEnum):
    """What came of a submitted request."""

    APPROVED = "approved"
    DECLINED = "declined"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Outcome:
    """A terminal's or provider's answer to one submitted request.

    ``amount`` is what it says was moved, in minor units, where it says so; ``receipt`` its own
    number for the transaction; ``payee`` the terminal or merchant id that it reports; ``code``
    its result code as text; ``reference`` the request's own number, as the answer repeats it.
    """

    result: Result
    amount: int | None = None
    currency: str | None = None
    receipt: str | None = None
    payee: str | None = None
    code: str | None = None
    reference: str | None = None
