"""Who may what, up to where, with whom: every row generated from a policy.

The oracle below reads the policy in its own, plain way; it shares no code with the rules.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product

import pytest

from pos_guard.clock import SECOND
from pos_guard.model import IntentKind
from pos_guard.policy.engine import judge
from pos_guard.policy.policy import Alone, Policy, Role, RuleSetting
from pos_guard.policy.request import Answers, OperatorState, Person, Request, Tier
from pos_guard.policy.rule import Rule
from pos_guard.policy.rules import operation_permitted, probation, within_limit
from pos_guard.policy.verdict import Level, Mode, Need
from tests.policy.cases import intent, sale

PERCENT = 40

SHOP = Policy(
    "matrix",
    1,
    "CNY",
    roles={
        role.name: role
        for role in (
            Role("trainee", frozenset({"sale"})),
            Role("cashier", frozenset({"sale", "refund"}), refund_limit=5_000),
            Role("shift-lead", frozenset({"sale", "refund", "void"}), 20_000, None, True, 30_000),
            Role(
                "manager",
                frozenset({"sale", "refund", "void", "reversal"}),
                100_000,
                may_approve=True,
                approve_limit=500_000,
            ),
            Role(
                "owner",
                frozenset({"sale", "refund", "void", "reversal"}),
                10_000,
                may_approve=True,
                approve_limit=999_999,
                alone=Alone(80_000, totp=True, delay_s=900),
            ),
            Role("no-amounts", frozenset({"sale", "refund", "void"}), may_approve=True),
        )
    },
    rules={probation.ID: RuleSetting(Mode.ENFORCE, {"percent": PERCENT})},
)

KINDS = (IntentKind.SALE, IntentKind.REFUND, IntentKind.VOID, IntentKind.REVERSAL)
RULES = tuple(
    Rule(module.ID, module.check, "") for module in (operation_permitted, within_limit, probation)
)
ANSWERS = (
    Answers(),
    Answers(totp=True),
    Answers(waited_us=899 * SECOND),
    Answers(waited_us=900 * SECOND),
)


@dataclass(frozen=True, slots=True)
class Row:
    """One combination."""

    role: Role
    kind: IntentKind
    amount: int
    tier: Tier
    second: str | None
    answers: Answers


def amounts() -> list[int]:
    """Every threshold of the policy, and its neighbours."""
    limits = [0]
    for role in SHOP.roles.values():
        limits += [role.refund_limit or 0, role.approve_limit or 0]
        limits += [(role.refund_limit or 0) * PERCENT // 100]
        limits += [] if role.alone is None else [role.alone.limit]
    return sorted({amount + step for amount in limits for step in (-1, 0, 1)} - {-1, 0})


def rows(role: Role, kind: IntentKind) -> Iterator[Row]:
    """All rows of a role and an operation; ``self`` is the operator as his own approver."""
    seconds = (None, "self", *SHOP.roles)
    for amount, tier, second, answers in product(amounts(), Tier, seconds, ANSWERS):
        yield Row(role, kind, amount, tier, second, answers)


def expected(row: Row) -> tuple[Level, frozenset[Need]]:
    """What a manager would say who has the policy in front of him."""
    if str(row.kind) not in row.role.may:
        return Level.DENY, frozenset()
    if row.kind is IntentKind.SALE:
        return Level.ALLOW, frozenset()
    own = row.role.refund_limit or 0
    if row.tier is Tier.PROBATION:
        own = own * PERCENT // 100
    if row.amount <= own:
        return Level.ALLOW, frozenset()
    if row.second is not None:
        second = None if row.second == "self" else SHOP.roles[row.second]
        good = second is not None and second.may_approve
        enough = second is not None and row.amount <= (second.approve_limit or 0)
        return (Level.ALLOW if good and enough else Level.DENY), frozenset()
    return _alone(row)


def _alone(row: Row) -> tuple[Level, frozenset[Need]]:
    alone = row.role.alone
    if alone is None or row.amount > alone.limit:
        return Level.REQUIRE, frozenset({Need.APPROVAL})
    if row.answers.totp or row.answers.waited_us >= alone.delay_s * SECOND:
        return Level.ALLOW, frozenset()
    return Level.REQUIRE, frozenset({Need.OWNER})


def request_of(row: Row) -> Request:
    """The request that a row stands for, of a sale that is large enough."""
    operator = Person("olli", row.role.name)
    approver = None
    if row.second is not None:
        approver = operator if row.second == "self" else Person("second", row.second)
    return Request(
        intent(row.kind, row.amount, currency="CNY"),
        operator=operator,
        approver=approver,
        sale=None if row.kind is IntentKind.SALE else replace(sale(10**7), currency="CNY"),
        desk=OperatorState(row.tier),
        answers=row.answers,
    )


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("role", SHOP.roles.values(), ids=lambda role: role.name)
def test_the_authorisation_matrix(role: Role, kind: IntentKind) -> None:
    wrong: list[tuple[Row, Level]] = []
    count = 0
    for row in rows(role, kind):
        verdict = judge(request_of(row), SHOP, RULES)
        if (verdict.level, verdict.needs) != expected(row):
            wrong.append((row, verdict.level))
        count += 1
    assert wrong == []
    assert count >= 1_000


@pytest.mark.parametrize("role", SHOP.roles.values(), ids=lambda role: role.name)
def test_a_newcomer_never_may_more_than_his_colleague(role: Role) -> None:
    for row in rows(role, IntentKind.REFUND):
        if row.tier is Tier.REGULAR:
            regular = judge(request_of(row), SHOP, RULES).level
            newcomer = judge(request_of(replace(row, tier=Tier.PROBATION)), SHOP, RULES).level
            assert newcomer >= regular


@pytest.mark.parametrize("role", SHOP.roles.values(), ids=lambda role: role.name)
def test_more_money_is_never_judged_more_mildly(role: Role) -> None:
    for tier, second, answers in product(Tier, (None, "self", "manager"), ANSWERS):
        levels = [
            judge(
                request_of(Row(role, IntentKind.REFUND, amount, tier, second, answers)), SHOP, RULES
            )
            for amount in amounts()
        ]
        assert [found.level for found in levels] == sorted(found.level for found in levels)
