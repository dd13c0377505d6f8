"""What two policies say differently, and which decisions differ for it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from pos_guard.policy.engine import judge
from pos_guard.policy.grid import Case, cases
from pos_guard.policy.policy import Json, Policy, policy_json
from pos_guard.policy.verdict import Level, Verdict

_STAND_IN = ("grid-payee",)


@dataclass(frozen=True, slots=True)
class Setting:
    """One key that differs; None where a policy does not have it."""

    path: str
    old: Json
    new: Json


@dataclass(frozen=True, slots=True)
class Difference:
    """Decisions of one operation and role that differ alike: how many, and the first of them."""

    operation: str
    role: str
    old: Level
    new: Level
    rule: str
    count: int
    example: Case


@dataclass(frozen=True, slots=True)
class Diff:
    """All that differs, over ``judged`` requests."""

    settings: tuple[Setting, ...]
    decisions: tuple[Difference, ...]
    judged: int

    @property
    def same(self) -> bool:
        """Neither a setting nor a decision differs."""
        return not self.settings and not self.decisions


def diff(old: Policy, new: Policy) -> Diff:
    """Compare two policies: their settings, and their verdicts over a grid of both's boundaries."""
    found: dict[tuple[str, str, Level, Level, str], tuple[int, Case]] = {}
    judged = 0
    left, right = _with_payees(old, new), _with_payees(new, old)
    for case in cases((left, right)):
        judged += 1
        before, after = judge(case.request, left), judge(case.request, right)
        if before.level is not after.level:
            rule = _cause(before, after)
            key = (case.operation, case.role, before.level, after.level, rule)
            count, example = found.get(key, (0, case))
            found[key] = (count + 1, example)
    decisions = tuple(Difference(*key, *value) for key, value in sorted(found.items(), key=_order))
    return Diff(tuple(settings(old, new)), decisions, judged)


def settings(old: Policy, new: Policy) -> Iterator[Setting]:
    """Every key of the content that differs."""
    left, right = dict(_leaves("", policy_json(old))), dict(_leaves("", policy_json(new)))
    for path in sorted({*left, *right}):
        if left.get(path) != right.get(path):
            yield Setting(path, left.get(path), right.get(path))


def _with_payees(policy: Policy, other: Policy) -> Policy:
    """Somebody on each list that is empty in both: else nothing but that would be seen."""
    known, theirs = policy.payees, other.payees
    return replace(
        policy,
        payees=replace(
            known,
            terminals=known.terminals if theirs.terminals else known.terminals or _STAND_IN,
            wechat=known.wechat if theirs.wechat else known.wechat or _STAND_IN,
            alipay=known.alipay if theirs.alipay else known.alipay or _STAND_IN,
        ),
    )


def _cause(before: Verdict, after: Verdict) -> str:
    """The rule that decides where it is stricter."""
    return (after if after.level > before.level else before).decisive.rule


def _order(
    item: tuple[tuple[str, str, Level, Level, str], tuple[int, Case]],
) -> tuple[str, str, int, int, str]:
    operation, role, old, new, rule = item[0]
    return operation, role, int(old), int(new), rule


def _leaves(path: str, value: Json) -> Iterator[tuple[str, Json]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _leaves(f"{path}.{key}" if path else key, inner)
    elif path == "limits" and isinstance(value, list):
        for limit in value:
            name = limit.get("id") if isinstance(limit, dict) else None
            yield from _leaves(f"{path}.{name}", limit)
    else:
        yield path, value
