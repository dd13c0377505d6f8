"""The shape of a policy file, as TOML has it, and what its keys must not say together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NewType

from pos_guard.frames.receipt_words import DEFAULT_WORDS, ReceiptWords
from pos_guard.model import MONEY_OUT
from pos_guard.policy.policy import REFUND_UNREFERENCED, Ages, RuleSetting
from pos_guard.policy.rules import code_fresh
from pos_guard.policy.verdict import Mode
from pos_guard.toml_lines import KeyPath

MAX_COPIES = 9  # more papers of one payment than any trade needs

Amount = NewType("Amount", int)
Currency = NewType("Currency", str)
Operation = NewType("Operation", str)
PayeeId = NewType("PayeeId", str)
Seconds = NewType("Seconds", int)
Version = NewType("Version", int)
RuleTables = NewType("RuleTables", dict[str, RuleSetting])


@dataclass(frozen=True, slots=True)
class RoleTable:
    """``[roles.NAME]`` as the file has it; limits are text such as ``"20.00"``."""

    may: frozenset[Operation] = frozenset()
    refund_limit: Amount | None = None
    unreferenced_limit: Amount | None = None
    may_approve: bool = False
    approve_limit: Amount | None = None
    may_resolve: bool = False


@dataclass(frozen=True, slots=True)
class PayeesTable:
    """``[payees]``: lists of ids."""

    terminals: tuple[PayeeId, ...] = ()
    wechat: tuple[PayeeId, ...] = ()
    alipay: tuple[PayeeId, ...] = ()
    codes: tuple[PayeeId, ...] = ()


@dataclass(frozen=True, slots=True)
class ContextTable:
    """``[context]``: how many seconds each piece counts."""

    order_s: Seconds = Seconds(Ages().order_s)
    operator_s: Seconds = Seconds(Ages().operator_s)
    original_s: Seconds = Seconds(Ages().original_s)
    code_s: Seconds = Seconds(Ages().code_s)


@dataclass(frozen=True, slots=True)
class PolicyTable:
    """A whole policy file."""

    name: str
    version: Version
    currency: Currency
    roles: Mapping[str, RoleTable]
    mode: Mode = Mode.ENFORCE
    payees: PayeesTable = field(default_factory=PayeesTable)
    rules: RuleTables = field(default_factory=lambda: RuleTables({}))
    context: ContextTable = field(default_factory=ContextTable)
    receipts: ReceiptWords = DEFAULT_WORDS


def contradictions(table: PolicyTable) -> Iterator[tuple[KeyPath, str]]:
    """What every key alone allows and all together do not."""
    if not table.name.strip():
        yield ("name",), "must not be empty"
    if not table.roles:
        yield ("roles",), "must name at least one role"
    for name, role in table.roles.items():
        for key, message in _role_contradictions(role):
            yield ("roles", name, key), message
    yield from _code_contradictions(table)
    if not 1 <= table.receipts.copies <= MAX_COPIES:
        yield ("receipts", "copies"), f"must be from 1 to {MAX_COPIES}"
    for key, words in (("paid", table.receipts.paid), ("total", table.receipts.total)):
        if not words or not all(word.strip() for word in words):
            yield ("receipts", key), "must name at least one word, and no empty one"


def _code_contradictions(table: PolicyTable) -> Iterator[tuple[KeyPath, str]]:
    setting = table.rules.get(code_fresh.ID, RuleSetting())
    for key in code_fresh.OPTIONS:
        age_s = int(setting.options.get(key, code_fresh.OPTIONS[key].default))
        if table.context.code_s <= age_s:
            # A forgotten code would look as if nobody had scanned it.
            yield ("context", "code_s"), f"must be more than code-fresh's {key}, {age_s}"
            return


def _role_contradictions(role: RoleTable) -> Iterator[tuple[str, str]]:
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
