"""What every key of a policy alone allows and all together do not."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from pos_guard.model import MONEY_OUT
from pos_guard.policy.policy import REFUND_UNREFERENCED, RuleSetting, Window
from pos_guard.policy.rules import code_fresh
from pos_guard.policy.tables import DAYS, HoursTable, LayerTable, LimitTable, RoleTable
from pos_guard.strict import suggestion
from pos_guard.toml_lines import KeyPath

MAX_COPIES = 9  # more papers of one payment than any trade needs

_DAY = 1440
_WEEK = 7 * _DAY

Wrong = Iterator[tuple[KeyPath, str]]


def contradictions(table: LayerTable) -> Wrong:
    """Everything that a merged policy must not say, with its path."""
    if not table.name.strip():
        yield ("name",), "must not be empty"
    if not table.roles:
        yield ("roles",), "must name at least one role"
    for name, role in table.roles.items():
        for key, message in (*_role(role), *_role_reasons(role, table)):
            yield ("roles", name, key), message
    yield from _codes(table)
    yield from _limits(table)
    for key, message in _hours(table.hours):
        yield ("hours", key), message
    if not 1 <= table.receipts.copies <= MAX_COPIES:
        yield ("receipts", "copies"), f"must be from 1 to {MAX_COPIES}"
    for key, words in (("paid", table.receipts.paid), ("total", table.receipts.total)):
        if not words or not all(word.strip() for word in words):
            yield ("receipts", key), "must name at least one word, and no empty one"


def _codes(table: LayerTable) -> Wrong:
    setting = table.rules.get(code_fresh.ID, RuleSetting())
    for key in code_fresh.OPTIONS:
        age_s = int(setting.options.get(key, code_fresh.OPTIONS[key].default))
        if table.context.code_s <= age_s:
            # A forgotten code would look as if nobody had scanned it.
            yield ("context", "code_s"), f"must be more than code-fresh's {key}, {age_s}"
            return


def _role(role: RoleTable) -> Iterator[tuple[str, str]]:
    gives_back = role.may & {str(kind) for kind in MONEY_OUT}
    if gives_back and role.refund_limit is None:
        kinds = ", ".join(sorted(gives_back))
        yield "refund_limit", f'is missing for {kinds}: "0.00" means always with a second person'
    if REFUND_UNREFERENCED in role.may and role.unreferenced_limit is None:
        yield "unreferenced_limit", f"is missing for {REFUND_UNREFERENCED}"
    if role.may_approve and role.approve_limit is None:
        yield "approve_limit", "is missing: up to which amount may this role approve?"
    if role.approve_limit is not None and not role.may_approve:
        yield "approve_limit", "has no effect without may_approve = true"
    yield from _alone(role)


def _alone(role: RoleTable) -> Iterator[tuple[str, str]]:
    if role.alone is None:
        return
    if not role.alone.totp and role.alone.delay_s == 0:
        yield "alone", "needs totp = true, or a delay_s: nobody approves his own request"
    if role.alone.limit is None:
        yield "alone", "needs a limit: up to which amount is nobody else asked?"
    elif role.refund_limit is not None and role.alone.limit <= role.refund_limit:
        yield "alone", "has no effect: its limit is not above refund_limit"


def _role_reasons(role: RoleTable, table: LayerTable) -> Iterator[tuple[str, str]]:
    unknown = sorted((role.reasons or frozenset()) - set(table.reasons))
    for code in unknown:
        yield "reasons", f'"{code}" is not among reasons{suggestion(code, table.reasons)}'


def _limits(table: LayerTable) -> Wrong:
    for index, limit in enumerate(table.limits):
        for key, message in (*_limit(limit), *_limit_roles(limit, table)):
            yield ("limits", index, key), message
        for other in table.limits:
            refused = _unreachable(limit, other)
            if refused is not None:
                yield ("limits", index, refused), f"is never asked: {other.id} refuses before"


def _limit(limit: LimitTable) -> Iterator[tuple[str, str]]:
    if limit.amount is None and limit.count is None:
        yield "amount", "is missing: a limit needs an amount or a count"
    if not limit.operations:
        yield "operations", "must name at least one operation"
    if limit.count is not None and limit.window[0] is Window.TRANSACTION:
        yield "count", "has no effect: a transaction is one request"


def _limit_roles(limit: LimitTable, table: LayerTable) -> Iterator[tuple[str, str]]:
    for role in sorted(limit.roles - set(table.roles)):
        yield "roles", f'"{role}" is not a role{suggestion(role, table.roles)}'


def _unreachable(limit: LimitTable, other: LimitTable) -> str | None:
    """The key in which another limit of the same scope refuses what this one only asks about."""
    if limit.then != "require" or other.then == "require" or _scope(limit) != _scope(other):
        return None
    for key in ("amount", "count"):
        asked: int | None = getattr(limit, key)
        refused: int | None = getattr(other, key)
        if asked is not None and refused is not None and refused <= asked:
            return key
    return None


def _scope(limit: LimitTable) -> tuple[object, ...]:
    return limit.operations, limit.per, limit.window, limit.roles


def _hours(hours: HoursTable) -> Iterator[tuple[str, str]]:
    spans = sorted(
        (day * _DAY + first, day * _DAY + last, name)
        for day, name in enumerate(DAYS)
        for first, last in hours.days[day] or ()
    )
    for (_, last, _), (first, _, name) in pairwise(spans):
        if first < last:
            yield name, "overlaps the hours before it"
    if spans and spans[-1][1] > spans[0][0] + _WEEK:
        yield spans[0][2], "overlaps the hours of the night before it"
