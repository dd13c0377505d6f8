"""The shape of a policy file, as TOML has it. What its keys must not say together: contradictions.

Every layer (a pack, a merchant's, a shop's, a terminal's file) has this shape; what the merged
whole must have is asked for when the layers are merged.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, NewType

from pos_guard.frames.receipt_words import DEFAULT_WORDS, ReceiptWords
from pos_guard.policy.policy import Ages, Per, RuleSetting, Window
from pos_guard.policy.verdict import Mode

Amount = NewType("Amount", int)
Count = NewType("Count", int)
Currency = NewType("Currency", str)
Date = NewType("Date", str)
Delay = NewType("Delay", int)
Intervals = NewType("Intervals", tuple[tuple[int, int], ...])
LimitId = NewType("LimitId", str)
LockPath = NewType("LockPath", str)
Minute = NewType("Minute", int)
Operation = NewType("Operation", str)
PackName = NewType("PackName", str)
PayeeId = NewType("PayeeId", str)
ReasonCode = NewType("ReasonCode", str)
RuleTables = NewType("RuleTables", dict[str, RuleSetting])
Seconds = NewType("Seconds", int)
Version = NewType("Version", int)
WindowText = NewType("WindowText", tuple[Window, int])
Zone = NewType("Zone", str)

Then = Literal["require", "override", "deny"]

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
"""Keys of ``[hours]``, Monday first as in ``Hours.open``."""


@dataclass(frozen=True, slots=True)
class AloneTable:
    """``[roles.NAME.alone]``: the owner rule of a one-person shop."""

    limit: Amount | None = None
    totp: bool = True
    delay_s: Delay = Delay(0)


@dataclass(frozen=True, slots=True)
class RoleTable:
    """``[roles.NAME]`` as the file has it; limits are text such as ``"20.00"``."""

    may: frozenset[Operation] = frozenset()
    refund_limit: Amount | None = None
    unreferenced_limit: Amount | None = None
    may_approve: bool = False
    approve_limit: Amount | None = None
    may_resolve: bool = False
    alone: AloneTable | None = None
    reasons: frozenset[ReasonCode] | None = None


@dataclass(frozen=True, slots=True)
class LimitTable:
    """``[[limits]]``: how much or how often, in which window, and what happens above it."""

    id: LimitId
    operations: frozenset[Operation] = frozenset()
    per: Per = Per.OPERATOR
    window: WindowText = WindowText((Window.TRANSACTION, 0))
    amount: Amount | None = None
    count: Count | None = None
    roles: frozenset[str] = frozenset()
    then: Then = "require"


@dataclass(frozen=True, slots=True)
class HoursTable:
    """``[hours]``: the shop's clock. A day that is not named while others are is a closed one."""

    zone: Zone = Zone("UTC")
    mon: Intervals | None = None
    tue: Intervals | None = None
    wed: Intervals | None = None
    thu: Intervals | None = None
    fri: Intervals | None = None
    sat: Intervals | None = None
    sun: Intervals | None = None
    holidays: frozenset[Date] = frozenset()
    settled_at: Minute = Minute(0)

    @property
    def days(self) -> tuple[Intervals | None, ...]:
        """Monday first."""
        return (self.mon, self.tue, self.wed, self.thu, self.fri, self.sat, self.sun)


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
class LayerTable:
    """A whole file: one layer of a policy, or a policy that needs no other layer.

    ``extends``: the layers above, by pack name or path; later ones stand below earlier ones.
    ``locked``: what no layer below this one may loosen.
    """

    name: str
    version: Version
    currency: Currency | None = None
    extends: tuple[PackName, ...] = ()
    locked: tuple[LockPath, ...] = ()
    mode: Mode = Mode.ENFORCE
    roles: Mapping[str, RoleTable] = field(default_factory=dict[str, RoleTable])
    payees: PayeesTable = field(default_factory=PayeesTable)
    rules: RuleTables = field(default_factory=lambda: RuleTables({}))
    limits: tuple[LimitTable, ...] = ()
    hours: HoursTable = field(default_factory=HoursTable)
    reasons: tuple[ReasonCode, ...] = ()
    context: ContextTable = field(default_factory=ContextTable)
    receipts: ReceiptWords = DEFAULT_WORDS
