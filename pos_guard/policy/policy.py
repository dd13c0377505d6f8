"""One shop's policy as a frozen value: who may do what, who may be paid, how strict each rule is.

A policy is read from a file by ``pos_guard.policy.load``; nothing here reads anything. All amounts
are minor units of ``Policy.currency``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from enum import StrEnum

import rfc8785

from pos_guard.frames.receipt_words import DEFAULT_WORDS, ReceiptWords
from pos_guard.model import IntentKind
from pos_guard.policy.payees import Payees
from pos_guard.policy.verdict import Level, Mode

Json = str | int | bool | None | list["Json"] | dict[str, "Json"]

REFUND_UNREFERENCED = "refund_unreferenced"
"""The operation of giving money back for a sale that the ledger does not know."""

NO_SALE = "no_sale"
"""The operation of opening the cash drawer without a sale."""

MANUAL_CODE = "manual_code"
"""The operation of charging a payment code that was typed by hand instead of scanned."""

OPERATIONS = frozenset(
    {REFUND_UNREFERENCED, NO_SALE, MANUAL_CODE, *(str(kind) for kind in IntentKind)}
)
"""Everything that ``may`` of a role can list."""


@dataclass(frozen=True, slots=True)
class Role:
    """What a group of people may do.

    ``refund_limit``: up to this amount without a second person. ``unreferenced_limit``: no refund
    without its sale above this, whoever agrees. ``approve_limit``: the highest amount that this
    role may approve for somebody else. None is not "no limit" but "no amount": fail closed.
    ``alone``: the owner rule of a one-person shop. ``reasons``: the reason codes that this role may
    give; None: all of the policy's.
    """

    name: str
    may: frozenset[str] = frozenset()
    refund_limit: int | None = None
    unreferenced_limit: int | None = None
    may_approve: bool = False
    approve_limit: int | None = None
    may_resolve: bool = False
    alone: Alone | None = None
    reasons: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Alone:
    """The owner rule of a shop with one person: up to ``limit`` without anybody else.

    Never a self-approval: with the person's own TOTP code (``totp``), or once the same request was
    asked ``delay_s`` seconds ago and is asked again. At least one of the two is required; a
    ``delay_s`` of 0 means that waiting does not help.
    """

    limit: int
    totp: bool = True
    delay_s: int = 0


class Per(StrEnum):
    """Whose requests a limit adds up."""

    OPERATOR = "operator"
    TERMINAL = "terminal"
    SALE = "sale"
    PAYER = "payer"
    SHOP = "shop"


class Window(StrEnum):
    """Since when a limit adds up."""

    TRANSACTION = "transaction"
    """Nothing is added up: this request alone."""
    SHIFT = "shift"
    """Since the operator's shift began."""
    DAY = "day"
    """Since midnight in the shop's time zone."""
    ROLLING = "rolling"
    """The last ``seconds``."""


@dataclass(frozen=True, slots=True)
class Limit:
    """One limit: how much, or how often, in which window, and what happens above it.

    Counts every request of ``operations`` that was submitted and did not fail, goodwill and voids
    included if listed, and always this request. ``roles`` empty: everybody. At least one of
    ``amount`` (minor units) and ``count`` is set. ``then`` is REQUIRE, DENY_OVERRIDABLE or DENY.
    """

    id: str
    operations: frozenset[str]
    per: Per = Per.OPERATOR
    window: Window = Window.TRANSACTION
    seconds: int = 0
    amount: int | None = None
    count: int | None = None
    roles: frozenset[str] = frozenset()
    then: Level = Level.REQUIRE


@dataclass(frozen=True, slots=True)
class Hours:
    """When the shop is open, in its own time zone (an IANA name).

    ``open``: per weekday (Monday first) pairs of minutes since midnight, the end not included; an
    end above 1440 reaches into the next day. None: no hours are set, and every time is business
    time. ``holidays``: dates (2026-12-25) on which it stays closed. ``settled_at``: the minute of
    the day at which what was paid before counts as settled by the acquirer.
    """

    zone: str = "UTC"
    open: tuple[tuple[tuple[int, int], ...], ...] | None = None
    holidays: frozenset[str] = frozenset()
    settled_at: int = 0


@dataclass(frozen=True, slots=True)
class RuleSetting:
    """How one rule is applied: its mode, and the options that it declares itself.

    ``locked``: the name of the pack that does not let a lower layer loosen it, or None.
    """

    mode: Mode = Mode.ENFORCE
    options: Mapping[str, str | int] = field(default_factory=dict[str, str | int])
    locked: str | None = None


_SILENT = {mode: RuleSetting(mode) for mode in Mode}
"""How a rule is applied that a policy does not mention, by the policy's mode."""


@dataclass(frozen=True, slots=True)
class Ages:
    """How long a piece of context counts, in whole seconds.

    A code is remembered for longer than it may be charged, so that ``code-fresh`` can tell one
    that is too old from one that never came from the scanner.
    """

    order_s: int = 900
    operator_s: int = 28_800
    original_s: int = 300
    code_s: int = 600


@dataclass(frozen=True, slots=True)
class Policy:
    """One version of a shop's policy.

    ``mode`` counts for rules that ``rules`` does not mention: nothing is switched off by silence.
    ``reasons``: the reason codes of this shop; empty: none are used. ``packs``: the packs that
    this policy was merged from, as ``name@version``.
    ``hash`` (SHA-256, hex) names the content in every decision.
    """

    name: str
    version: int
    currency: str
    roles: Mapping[str, Role] = field(default_factory=dict[str, Role])
    payees: Payees = field(default_factory=Payees)
    rules: Mapping[str, RuleSetting] = field(default_factory=dict[str, RuleSetting])
    context: Ages = field(default_factory=Ages)
    receipts: ReceiptWords = DEFAULT_WORDS
    mode: Mode = Mode.ENFORCE
    limits: tuple[Limit, ...] = ()
    hours: Hours = field(default_factory=Hours)
    reasons: frozenset[str] = frozenset()
    packs: tuple[str, ...] = ()
    hash: str = field(init=False, default="")

    def __post_init__(self) -> None:
        canonical = rfc8785.dumps(policy_json(self))
        object.__setattr__(self, "hash", hashlib.sha256(canonical).hexdigest())

    def role(self, name: str) -> Role | None:
        """A role by its name, or None: a person of an unknown role may do nothing."""
        return self.roles.get(name)

    def setting(self, rule: str) -> RuleSetting:
        """How a rule is applied; a rule that the policy does not mention has the policy's mode."""
        return self.rules.get(rule) or _SILENT[self.mode]

    def with_mode(self, mode: Mode) -> Policy:
        """The same policy with every rule, mentioned or not, in one mode (a trial run).

        What the engine finds by itself (a rule that fails, nothing that applies) stays enforced.
        """
        rules = {name: replace(setting, mode=mode) for name, setting in self.rules.items()}
        return replace(self, rules=rules, mode=mode)


def policy_json(policy: Policy) -> dict[str, Json]:
    """Everything that decides, with keys and sets in one order: what the hash is taken of."""
    payees, ages, words = policy.payees, policy.context, policy.receipts
    return {
        "name": policy.name,
        "version": policy.version,
        "currency": policy.currency,
        "mode": str(policy.mode),
        "roles": {name: _role_json(role) for name, role in policy.roles.items()},
        "payees": {
            "terminals": _sorted(payees.terminals),
            "wechat": _sorted(payees.wechat),
            "alipay": _sorted(payees.alipay),
            "codes": _sorted(payees.codes),
        },
        "rules": {
            name: {
                "mode": str(setting.mode),
                "options": dict(setting.options),
                "locked": setting.locked,
            }
            for name, setting in policy.rules.items()
        },
        "context": {
            "order_s": ages.order_s,
            "operator_s": ages.operator_s,
            "original_s": ages.original_s,
            "code_s": ages.code_s,
        },
        "receipts": _words_json(words),
        "limits": [_limit_json(limit) for limit in policy.limits],
        "hours": _hours_json(policy.hours),
        "reasons": _sorted(policy.reasons),
        "packs": list[Json](policy.packs),
    }


def _words_json(words: ReceiptWords) -> dict[str, Json]:
    labels: dict[str, Json] = {}
    for item in fields(words):
        value: tuple[str, ...] | int = getattr(words, item.name)
        # The order of words is kept: where several fit, the first is trusted most.
        labels[item.name] = value if isinstance(value, int) else list[Json](value)
    return labels


def _role_json(role: Role) -> dict[str, Json]:
    return {
        "name": role.name,
        "may": _sorted(role.may),
        "refund_limit": role.refund_limit,
        "unreferenced_limit": role.unreferenced_limit,
        "may_approve": role.may_approve,
        "approve_limit": role.approve_limit,
        "may_resolve": role.may_resolve,
        "alone": None if role.alone is None else _alone_json(role.alone),
        "reasons": None if role.reasons is None else _sorted(role.reasons),
    }


def _alone_json(alone: Alone) -> dict[str, Json]:
    return {"limit": alone.limit, "totp": alone.totp, "delay_s": alone.delay_s}


def _limit_json(limit: Limit) -> dict[str, Json]:
    return {
        "id": limit.id,
        "operations": _sorted(limit.operations),
        "per": str(limit.per),
        "window": str(limit.window),
        "seconds": limit.seconds,
        "amount": limit.amount,
        "count": limit.count,
        "roles": _sorted(limit.roles),
        "then": limit.then.name,
    }


def _hours_json(hours: Hours) -> dict[str, Json]:
    days: list[Json] = [[[first, last] for first, last in day] for day in hours.open or ()]
    return {
        "zone": hours.zone,
        "open": None if hours.open is None else days,
        "holidays": _sorted(hours.holidays),
        "settled_at": hours.settled_at,
    }


def _sorted(items: frozenset[str] | tuple[str, ...]) -> list[Json]:
    return list[Json](sorted(items))
