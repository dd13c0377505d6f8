"""Runs every rule over one request and keeps every finding. A rule that fails denies.

A signed override or break-glass lifts findings here, and a locked rule is enforced here, so that
no rule has to know of either. What was lifted stays in the trace with the id that lifted it.
"""

from __future__ import annotations

from collections.abc import Iterable

from pos_guard.model import Words
from pos_guard.policy.policy import Policy
from pos_guard.policy.registry import RULES
from pos_guard.policy.request import Override, Request, operation_of
from pos_guard.policy.rule import Rule, money_in
from pos_guard.policy.rules import link_resolved, link_trusted, payee_known
from pos_guard.policy.verdict import Finding, Level, Mode, Need, Reason, Verdict

RULE_FAILED = "engine.rule-failed"
NO_RULE = "engine.no-rule"

NEVER_LIFTED = frozenset({link_resolved.ID, link_trusted.ID, payee_known.ID})
"""Who is paid, and over which device, is no emergency's business.

Nor is an unknown outcome: after another payment no device can tell any more what came of it.
"""

_LIFTABLE = frozenset({Level.REQUIRE, Level.DENY_OVERRIDABLE})

_PEOPLE = frozenset({Need.APPROVAL, Need.OWNER})
"""What is asked of people who vouch: nobody's own signature stands for it."""

_FAILED = Words(
    "检查规则出错，已拦下。请通知经理。",
    "A check failed inside the guard, so this is refused. Call a manager.",
)
_NONE = Words(
    "没有适用的规则，已拦下。请通知经理。",
    "No rule covers this, so it is refused. Call a manager.",
)


def judge(request: Request, policy: Policy, rules: Iterable[Rule] = RULES) -> Verdict:
    """Judge one request: all findings in the order of the rules, the strictest decides.

    Pure and total. A rule that raises, or a request that no rule covers, is denied in every mode:
    observing concerns what rules find, not whether they work.
    """
    findings: list[Finding] = []
    subject = request.subject
    for rule in rules:
        if isinstance(subject, rule.subjects):
            found = _run(rule, request, policy)
            if found is not None:
                findings.append(
                    _lift(found, request, policy) if found.level > Level.WARN else found
                )
    if not findings:
        findings.append(Finding(NO_RULE, Level.DENY_LOCKED, Reason.GUARD, _NONE))
    return Verdict(tuple(findings))


def _run(rule: Rule, request: Request, policy: Policy) -> Finding | None:
    try:
        finding = rule.check(request, policy)
        if finding is None:
            return None
        setting = policy.setting(rule.id)
        locked = setting.locked is not None
        mode = Mode.ENFORCE if locked else setting.mode
        # Most findings stand as they are: a copy of each would be felt.
        if finding.mode is mode and not (locked and finding.level is Level.DENY):
            return finding
        # A locked rule is enforced, and its no is nobody's to lift.
        level = Level.DENY_LOCKED if locked and finding.level is Level.DENY else finding.level
        return finding._replace(mode=mode, level=level)
    except Exception as error:  # noqa: BLE001 - fail closed: whatever a rule raises is a denial
        # The type only: an error's text may quote what it failed on.
        inputs = {"failed": rule.id, "error": type(error).__name__}
        return Finding(RULE_FAILED, Level.DENY_LOCKED, Reason.GUARD, _FAILED, inputs)


def _lift(finding: Finding, request: Request, policy: Policy) -> Finding:
    """The finding, lifted by an override for its rule or, where money comes in, by break-glass.

    An override is the shop's own word: it lifts nothing that a pack locked.
    """
    if finding.level in _LIFTABLE and policy.setting(finding.rule).locked is None:
        for override in request.overrides:
            lifts = finding.rule in override.rules and _fits(override, request)
            if lifts and not _own_word(override, finding, request):
                return finding._replace(lifted=override.id)
    if request.break_glass is None or money_in(request) is None or _known_number(request):
        return finding
    return _break(finding, request.break_glass)


def _fits(override: Override, request: Request) -> bool:
    """Whether an override was given for a request such as this."""
    operation = operation_of(request)
    if operation is None or (override.operations and operation not in override.operations):
        return False
    role = None if request.operator is None else request.operator.role
    if override.roles and role not in override.roles:
        return False
    if override.up_to is None:
        return True
    amount = getattr(request.subject, "amount", None)
    return type(amount) is int and amount <= override.up_to


def _own_word(override: Override, finding: Finding, request: Request) -> bool:
    """Whoever signed it would be his own second person: rule 4 knows no self-approval."""
    if finding.level is not Level.REQUIRE or finding.need not in _PEOPLE:
        return False
    if request.operator is None or override.by is None:
        return False
    return request.operator.id.casefold() == override.by.casefold()


def _known_number(request: Request) -> bool:
    """It was submitted under its own number before: one payment would stand in the ledger twice."""
    return request.same_reference or request.reused is not None


def _break(finding: Finding, glass: str) -> Finding:
    failed = finding.rule == RULE_FAILED
    if (finding.inputs.get("failed") if failed else finding.rule) in NEVER_LIFTED:
        return finding
    if failed:  # a broken check is what the glass is for; its level would not let it be lifted
        return finding._replace(level=Level.DENY, lifted=glass)
    return finding if finding.level is Level.DENY_LOCKED else finding._replace(lifted=glass)
