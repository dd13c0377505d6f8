"""One shop's policy as a frozen value: who may do what, who may be paid, how strict each rule is.

A policy is read from a file by ``pos_guard.policy.load``; nothing here reads anything. All amounts
are minor units of ``Policy.currency``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace

import rfc8785

from pos_guard.frames.receipt_words import DEFAULT_WORDS, ReceiptWords
from pos_guard.model import IntentKind
from pos_guard.policy.payees import Payees
from pos_guard.policy.verdict import Mode

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
    """

    name: str
    may: frozenset[str] = frozenset()
    refund_limit: int | None = None
    unreferenced_limit: int | None = None
    may_approve: bool = False
    approve_limit: int | None = None
    may_resolve: bool = False


@dataclass(frozen=True, slots=True)
class RuleSetting:
    """How one rule is applied: its mode, and the options that it declares itself."""

    mode: Mode = Mode.ENFORCE
    options: Mapping[str, str | int] = field(default_factory=dict[str, str | int])


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
    hash: str = field(init=False, default="")

    def __post_init__(self) -> None:
        canonical = rfc8785.dumps(_policy_json(self))
        object.__setattr__(self, "hash", hashlib.sha256(canonical).hexdigest())

    def role(self, name: str) -> Role | None:
        """A role by its name, or None: a person of an unknown role may do nothing."""
        return self.roles.get(name)

    def setting(self, rule: str) -> RuleSetting:
        """How a rule is applied; a rule that the policy does not mention has the policy's mode."""
        return self.rules.get(rule) or RuleSetting(self.mode)

    def with_mode(self, mode: Mode) -> Policy:
        """The same policy with every rule, mentioned or not, in one mode (a trial run).

        What the engine finds by itself (a rule that fails, nothing that applies) stays enforced.
        """
        rules = {name: replace(setting, mode=mode) for name, setting in self.rules.items()}
        return replace(self, rules=rules, mode=mode)


def _policy_json(policy: Policy) -> dict[str, Json]:
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
            name: {"mode": str(setting.mode), "options": dict(setting.options)}
            for name, setting in policy.rules.items()
        },
        "context": {
            "order_s": ages.order_s,
            "operator_s": ages.operator_s,
            "original_s": ages.original_s,
            "code_s": ages.code_s,
        },
        "receipts": _words_json(words),
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
    }


def _sorted(items: frozenset[str] | tuple[str, ...]) -> list[Json]:
    return list[Json](sorted(items))
