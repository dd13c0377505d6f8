"""The retail pack's decisions about refunds once more, in Cedar, with the counters handed to it.

Cedar keeps no state and adds nothing up over many requests, so everything that our rules count or
look up in the snapshot comes to it as context, ready. It knows yes and no: whether asking people is
of use is a second question. No words for the cashier and no inputs are asked of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cedarpy

from pos_guard.clock import SECOND
from pos_guard.model import MONEY_OUT, Intent
from pos_guard.policy.policy import Limit, Policy, Window
from pos_guard.policy.request import (
    Disk,
    Network,
    OperatorState,
    Request,
    Tier,
    Total,
    Usual,
)
from pos_guard.policy.rules import customer_matches, offline
from pos_guard.policy.verdict import Level

_ALWAYS = """
permit (principal, action, resource) when { principal.may.contains(context.operation) };

forbid (principal, action, resource) when { context.frozen || !context.clock_trusted };
forbid (principal, action, resource) when { context.unresolved > 0 };
forbid (principal, action, resource) when { context.currency != "EUR" };
forbid (principal, action, resource) when { context.same_reference || context.reused };
forbid (principal, action, resource) when { context.bad_disk };
forbid (principal, action, resource) when { context.frozen_scopes > 0 };
forbid (principal, action, resource) unless { context.terminals.contains(context.payee) };
forbid (principal, action, resource) unless { context.open };

forbid (principal, action, resource) when { context.amount <= 0 };
forbid (principal, action, resource) when {
    resource.posted + resource.reserved + resource.unknown + context.amount > resource.paid
};
forbid (principal, action, resource) when { resource.tender != context.tender };
forbid (principal, action, resource) when { resource.payee != context.payee };
forbid (principal, action, resource) when {
    resource.payer != "" && context.payer != "" && resource.payer != context.payer
};
forbid (principal, action, resource) when {
    ["open", "submitted", "unknown", "voided", "refunded"].contains(resource.status)
};
forbid (principal, action, resource) when { context.original_is_refund };
forbid (principal, action, resource) when {
    context.reason != "" && !principal.reasons.contains(context.reason)
};
forbid (principal, action, resource) when { context.reason == "" && action != Action::"ask" };
forbid (principal, action, resource) when {
    context.payer_charged > 0 && context.payer_refunded + context.amount > context.payer_charged
};
forbid (principal, action, resource) when { context.staff == context.operator };
forbid (principal, action, resource) when {
    context.staff != "" && context.staff == context.approver
};
"""

_AGREED = """(
    context.approver != "" && context.approver != context.operator &&
    context.approver_may && context.amount <= context.approve_limit
) || (action == Action::"ask" && context.approver == "")"""

_CONFIRMED = """(context.confirmed == context.amount) || (
    action == Action::"ask" && context.confirmed < 0
)"""

_PERSON = (
    "context.amount > principal.refund_limit",
    'context.staff != "" && context.staff != context.operator',
    "context.payer_charged <= 0 && context.payer_known",
    "context.payer_lately + 1 > 2",
    "context.near_count >= 1 && context.near_sum + context.amount > principal.refund_limit",
    "context.on_probation && context.amount * 2 > principal.refund_limit",
    "context.peers >= 4 && context.sold >= 100000 && "
    "(context.refunded + context.amount) * 1000000 > context.most_ppm * context.sold",
)
"""What a second person has to agree to."""

_AGAIN = (
    "context.amount > 100000",
    "context.usual_count >= 100 && context.amount > 3 * context.usual_p99",
    "context.same_lately",
    "context.amount >= 10000 && (context.shift_hours > 8 || context.errors >= 3)",
)
"""What takes the amount once more."""


def cedar_policies(policy: Policy) -> str:
    """The texts above, and what the policy's own numbers add to them."""
    parts = [_ALWAYS, *(_limit(limit) for limit in policy.limits if "refund" in limit.operations)]
    parts += [_forbid(f"({when}) && !({_AGREED})") for when in _PERSON]
    parts += [_forbid(f"({when}) && !({_CONFIRMED})") for when in _AGAIN]
    above = policy.setting(customer_matches.ID).options["above"]
    unsaid = '(action == Action::"ask" && !context.customer_said)'
    parts.append(_forbid(f"context.amount > {above} && !(context.customer_fits || {unsaid})"))
    most = policy.setting(offline.ID).options["offline_amount"]
    parts.append(
        _forbid(
            f"context.offline && (!resource.home || context.amount > {most} "
            "|| context.amount > principal.refund_limit)"
        )
    )
    return "\n".join(parts)


def _forbid(when: str) -> str:
    return f"forbid (principal, action, resource) when {{ {when} }};"


def _limit(limit: Limit) -> str:
    name = limit.id.replace("-", "_")
    state = limit.window is not Window.TRANSACTION
    over: list[str] = []
    if limit.amount is not None:
        before = f"context.{name}_amount + " if state else ""
        over.append(f"{before}context.amount > {limit.amount}")
    if limit.count is not None:
        over.append(f"context.{name}_count + 1 > {limit.count}")
    when = " || ".join(over)
    return _forbid(f"({when}) && !({_AGREED})" if limit.then is Level.REQUIRE else when)


@dataclass(frozen=True)
class CedarCase:
    """One request as Cedar takes it: may it go, and if not, is it of use to ask people?"""

    request: dict[str, Any]
    ask: dict[str, Any]
    entities: list[dict[str, Any]]


def cedar_case(request: Request, policy: Policy) -> CedarCase:
    """The same request: the operator and the sale as entities, everything else as context."""
    assert request.operator is not None
    assert request.sale is not None
    sale, role = request.sale, policy.roles[request.operator.role]
    reasons = policy.reasons if role.reasons is None else role.reasons
    principal = {
        "may": sorted(role.may),
        "reasons": sorted(reasons),
        "refund_limit": role.refund_limit or 0,
    }
    resource = {
        "paid": sale.paid,
        "posted": sale.posted,
        "reserved": sale.reserved,
        "unknown": sale.unknown,
        "tender": str(sale.tender),
        "payee": sale.payee or "",
        "payer": sale.payer_token or "",
        "status": str(sale.status),
        "home": sale.home,
    }
    entities = [
        {"uid": _uid("Operator", "o"), "attrs": principal, "parents": []},
        {"uid": _uid("Sale", "s"), "attrs": resource, "parents": []},
    ]
    asked = {
        "principal": _uid("Operator", "o"),
        "action": _uid("Action", "submit"),
        "resource": _uid("Sale", "s"),
        "context": _context(request, policy),
    }
    return CedarCase(asked, {**asked, "action": _uid("Action", "ask")}, entities)


def _uid(kind: str, name: str) -> dict[str, str]:
    return {"type": kind, "id": name}


def _context(request: Request, policy: Policy) -> dict[str, Any]:
    intent, payer, approver = request.subject, request.payer, request.approver
    assert isinstance(intent, Intent)
    second = None if approver is None else policy.role(approver.role)
    said, reason = request.context.customer, request.context.reason
    order = "" if request.sale is None else (request.sale.order_key or "")
    counters: dict[str, Any] = {}
    for limit in policy.limits:
        total, name = request.totals.get(limit.id) or Total(), limit.id.replace("-", "_")
        counters |= {f"{name}_amount": total.amount, f"{name}_count": total.count}
    role = None if request.operator is None else policy.role(request.operator.role)
    role_limit = 0 if role is None or role.refund_limit is None else role.refund_limit
    return {
        "operation": str(intent.kind),
        "amount": intent.amount or 0,
        "currency": intent.currency or policy.currency,
        "tender": str(intent.tender),
        "payee": intent.payee or request.link.payee or "",
        "payer": intent.payer_token or "",
        "operator": "" if request.operator is None else request.operator.id,
        "approver": "" if approver is None else approver.id,
        "approver_may": second is not None and second.may_approve,
        "approve_limit": 0 if second is None else second.approve_limit or 0,
        "reason": "" if reason is None else reason.value,
        "customer_said": said is not None,
        "customer_fits": said is not None and order.endswith(said.value),
        "terminals": list(policy.payees.terminals),
        "frozen": request.link.frozen is not None,
        "frozen_scopes": len(request.freezes),
        "unresolved": request.link.unresolved,
        "clock_trusted": request.clock_trusted,
        "bad_disk": request.disk is Disk.BAD,
        "offline": request.network is Network.OFFLINE,
        "same_reference": request.same_reference,
        "reused": request.reused is not None,
        "original_is_refund": request.original_kind is not None,
        "payer_charged": 0 if payer is None else payer.charged,
        "payer_refunded": 0 if payer is None else payer.refunded,
        "staff": "" if payer is None else payer.staff or "",
        **_habits(request, role_limit),
        **counters,
    }


def _habits(request: Request, limit: int) -> dict[str, Any]:
    """What our rules count in the snapshot is counted here before Cedar is asked."""
    intent, desk, usual = request.subject, request.desk or OperatorState(), request.usual or Usual()
    assert isinstance(intent, Intent)
    back = [past for past in request.recent if past.kind in MONEY_OUT]
    near = [past.amount for past in back if past.age_us < 3600 * SECOND and past.amount <= limit]
    near = [amount for amount in near if amount * 100 >= limit * 80 and limit]
    lately = [past for past in back if past.payer_token == intent.payer_token]
    same = [past for past in lately if (past.tender, past.amount) == (intent.tender, intent.amount)]
    confirmed = request.answers.confirmed
    return {
        "payer_known": request.payer is not None,
        "payer_lately": len(lately),
        "near_count": len(near),
        "near_sum": sum(near),
        "same_lately": any(past.age_us < 120 * SECOND for past in same),
        "confirmed": -1 if confirmed is None else confirmed,
        "on_probation": desk.tier is Tier.PROBATION,
        "peers": desk.peers,
        "sold": desk.sold,
        "refunded": desk.refunded,
        "most_ppm": max(desk.shop_ppm + desk.spread_ppm * 3 // 2, 20_000),
        "shift_hours": (desk.on_shift_us or 0) // (3600 * SECOND),
        "errors": desk.errors,
        "usual_count": usual.count,
        "usual_p99": usual.p99,
        "open": request.moment is not None and 540 <= request.moment.minute < 1320,
    }


def cedar_says(case: CedarCase, policies: Any) -> str:
    """Cedar knows yes and no, so it is asked twice: ``allow``, ``ask`` or ``refuse``."""
    if _yes(case.request, case, policies):
        return "allow"
    return "ask" if _yes(case.ask, case, policies) else "refuse"


def _yes(request: dict[str, Any], case: CedarCase, policies: Any) -> bool:
    answer = cedarpy.is_authorized(request, policies, case.entities)
    assert not answer.diagnostics.errors, answer.diagnostics.errors
    return bool(answer.allowed)
