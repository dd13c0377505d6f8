"""Runs every rule over one request and keeps every finding. A rule that fails denies."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from pos_guard.model import Words
from pos_guard.policy.policy import Policy
from pos_guard.policy.registry import RULES
from pos_guard.policy.request import Request
from pos_guard.policy.rule import Rule
from pos_guard.policy.verdict import Finding, Level, Reason, Verdict

RULE_FAILED = "engine.rule-failed"
NO_RULE = "engine.no-rule"

_FAILED = Words(
    "检查规则出错，已拦下。请通知主管。",
    "A check failed inside the guard, so this is refused. Call a supervisor.",
)
_NONE = Words(
    "没有适用的规则，已拦下。请通知主管。",
    "No rule covers this, so it is refused. Call a supervisor.",
)


def judge(request: Request, policy: Policy, rules: Iterable[Rule] = RULES) -> Verdict:
    """Judge one request: all findings in the order of the rules, the strictest decides.

    Pure and total. A rule that raises, or a request that no rule covers, is denied in every mode:
    observing concerns what rules find, not whether they work.
    """
    findings = [found for rule in rules if (found := _run(rule, request, policy)) is not None]
    if not findings:
        findings.append(Finding(NO_RULE, Level.DENY_LOCKED, Reason.GUARD, _NONE))
    return Verdict(tuple(findings))


def _run(rule: Rule, request: Request, policy: Policy) -> Finding | None:
    try:
        finding = rule.check(request, policy)
        return None if finding is None else replace(finding, mode=policy.setting(rule.id).mode)
    except Exception as error:  # noqa: BLE001 - fail closed: whatever a rule raises is a denial
        # The type only: an error's text may quote what it failed on.
        inputs = {"failed": rule.id, "error": type(error).__name__}
        return Finding(RULE_FAILED, Level.DENY_LOCKED, Reason.GUARD, _FAILED, inputs)
