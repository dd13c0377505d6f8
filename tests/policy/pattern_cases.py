"""Builders that the tests of pattern rules share; amounts are cents, ages seconds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from pos_guard.clock import SECOND
from pos_guard.model import IntentKind, Tender
from pos_guard.policy.policy import Policy
from pos_guard.policy.request import Recent, Request, SaleState
from pos_guard.policy.verdict import Finding, Input, Level
from tests.policy.cases import POLICY, brief, sale

REFUND = IntentKind.REFUND
VOID = IntentKind.VOID

Told = tuple[str, str, str | None]
"""Level, reason, and what is needed where something is."""

OK: Told = ("ALLOW", "ok", None)


def told(finding: Finding | None) -> Told | None:
    """What the tables say of a finding; None where the rule does not apply."""
    short = brief(finding)
    if finding is None or short is None:
        return None
    return (*short, str(finding.need) if finding.level is Level.REQUIRE else None)


def inputs_of(finding: Finding | None) -> Mapping[str, Input]:
    """What the finding used; empty where the rule does not apply."""
    return {} if finding is None else finding.inputs


def recent(
    age_s: int = 10,
    amount: int = 1250,
    kind: IntentKind = REFUND,
    *,
    operator: str | None = "ben",
    sale_id: str | None = None,
    order_key: str | None = None,
    payer: str | None = None,
    tender: Tender = Tender.CARD,
    link: str = "",
) -> Recent:
    """An earlier request of Ben."""
    return Recent(age_s * SECOND, kind, tender, amount, operator, sale_id, order_key, payer, link)


def paid_by(token: str | None, paid: int = 99_999) -> SaleState:
    """A large sale whose payer is known by his token."""
    return replace(sale(paid), payer_token=token)


def answered(request: Request, policy: Policy = POLICY) -> list[str]:
    """The findings above ALLOW of all pattern rules, as ``id:level``."""
    from pos_guard.policy.rules_patterns import PATTERN_RULES

    found = [(rule.id, rule.check(request, policy)) for rule in PATTERN_RULES]
    return [
        f"{rule}:{finding.level.name}"
        for rule, finding in found
        if finding is not None and finding.level > Level.ALLOW
    ]
