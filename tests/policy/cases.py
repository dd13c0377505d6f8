"""A policy and request builders that the rule tests share; amounts are cents."""

from __future__ import annotations

from dataclasses import replace

from pos_guard.model import (
    Context,
    Intent,
    IntentKind,
    Known,
    Order,
    Receipt,
    Scan,
    ScannedCode,
    Source,
    Tender,
    TenderLine,
    Words,
)
from pos_guard.money import Money
from pos_guard.policy.payees import Payees
from pos_guard.policy.policy import Policy, Role, RuleSetting
from pos_guard.policy.request import OrderState, PaidState, Person, SaleState
from pos_guard.policy.verdict import Finding, Level, Mode, Reason

POLICY = Policy(
    "test shop",
    1,
    "EUR",
    roles={
        "cashier": Role("cashier", frozenset({"sale"})),
        "senior": Role(
            "senior",
            frozenset({"sale", "refund", "void", "refund_unreferenced"}),
            refund_limit=2000,
            unreferenced_limit=1500,
        ),
        "manager": Role(
            "manager",
            frozenset({"sale", "refund", "void", "refund_unreferenced"}),
            refund_limit=10000,
            unreferenced_limit=5000,
            may_approve=True,
            approve_limit=50000,
        ),
        "empty": Role("empty", frozenset({"refund", "refund_unreferenced"}), may_approve=True),
    },
    payees=Payees(terminals=("52001233",), wechat=("1900000109",), codes=("emv:pix:shop@ours",)),
)

ANNA = Person("anna", "cashier")
BEN = Person("ben", "senior")
MAYA = Person("maya", "manager")
NOBODY = Person("eve", "role-that-was-deleted")
EMPTY = Person("emil", "empty")

IN = (IntentKind.SALE, IntentKind.COMPLETION, IntentKind.TIP)
OUT = (IntentKind.REFUND, IntentKind.VOID, IntentKind.REVERSAL, IntentKind.COMPLETION_VOID)
OTHER = (IntentKind.PREAUTH, IntentKind.PREAUTH_VOID, IntentKind.BALANCE)


def intent(
    kind: IntentKind = IntentKind.SALE,
    amount: int | None = 1250,
    tender: Tender = Tender.CARD,
    currency: str | None = "EUR",
) -> Intent:
    """An intent of 12.50 EUR by card."""
    return Intent(kind, tender, amount, currency)


def refund(amount: int | None = 1250, tender: Tender = Tender.CARD) -> Intent:
    """A refund by card."""
    return intent(IntentKind.REFUND, amount, tender)


def order(total: int = 1250, posted: int = 0, reserved: int = 0, unknown: int = 0) -> OrderState:
    """The ledger's view of an order."""
    return OrderState("A1", total, "EUR", posted, reserved, unknown)


def sale(paid: int = 1250, posted: int = 0, reserved: int = 0, unknown: int = 0) -> SaleState:
    """A card sale at our terminal."""
    return SaleState("T1-000001", paid, "EUR", Tender.CARD, "52001233", posted, reserved, unknown)


def scan(kind: str = "payment_code", scheme: str | None = "wechat") -> Scan:
    """A scanned code; payment codes are payable."""
    say = Words("此码不能收款。", "Not a code to charge.")
    return Scan(kind, scheme, kind == "payment_code", "t0", "13****49", say=say)


def receipt(total: int | None = 1250, *lines: tuple[Tender, int], drawer: bool = False) -> Receipt:
    """A paper that claims payment."""
    stated = None if total is None else Money(total, "EUR")
    return Receipt(True, "A1", stated, tuple(TenderLine(*line) for line in lines), drawer=drawer)


def paid(total: int = 1250, card: int = 0, cash: int = 0, copies: int = 0) -> PaidState:
    """What the ledger confirms for an order."""
    electronic = ((Tender.CARD, card),) if card else ()
    return PaidState("A1", total, electronic, cash, copies)


def known_tender(tender: Tender) -> Known[Tender]:
    """The cashier chose a channel."""
    return Known(tender, Source.APP, 0)


def context(
    tender: Tender | None = None, scheme: str | None = None, *, code_us: int = 10, order_us: int = 5
) -> Context:
    """A chosen channel, a scanned code ``t0`` of a scheme, and an order told at ``order_us``."""
    code = None if scheme is None else Known(ScannedCode("t0", scheme, "*"), Source.SCAN, code_us)
    chosen = None if tender is None else known_tender(tender)
    known_order = Known(Order("A1", Money(1250, "EUR")), Source.BILL, order_us)
    return Context(tender=chosen, code=code, order=known_order)


def with_option(rule: str, **options: str | int) -> Policy:
    """The test policy with options of one rule."""
    return replace(POLICY, rules={rule: RuleSetting(Mode.ENFORCE, options)})


def brief(finding: Finding | None) -> tuple[str, str] | None:
    """Level and reason in the words of the tables; None where the rule does not apply.

    Every finding on the way must be fit for a cashier: words in both languages.
    """
    if finding is None:
        return None
    assert finding.say.zh
    assert finding.say.en
    assert (finding.level is Level.ALLOW) == (finding.reason is Reason.OK)
    return finding.level.name, str(finding.reason)


OK = ("ALLOW", "ok")
