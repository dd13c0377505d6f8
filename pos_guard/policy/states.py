"""The typed states of a sale and of a refund, as tables. Pure.

A phase is how far one request came, as the ledger stores it. A sale's status follows from the
phase of its own request and from what was given back of it; which may follow which stands here.
"""

from __future__ import annotations

from enum import StrEnum

from pos_guard.model import MONEY_IN, IntentKind
from pos_guard.policy.request import RefundStatus, SaleStatus


class Phase(StrEnum):
    """How far a request came."""

    REFUSED = "refused"
    WAITING = "waiting"
    RESERVED = "reserved"
    POSTED = "posted"
    FAILED = "failed"
    UNKNOWN = "unknown"
    VOIDED = "voided"
    ABANDONED = "abandoned"


FIRST = frozenset({Phase.REFUSED, Phase.WAITING, Phase.RESERVED, Phase.POSTED})
"""Phases in which an entry may begin; POSTED is for cash and for sales before installation."""

MOVES: dict[Phase, frozenset[Phase]] = {
    Phase.WAITING: frozenset({Phase.RESERVED, Phase.REFUSED, Phase.ABANDONED}),
    Phase.RESERVED: frozenset({Phase.POSTED, Phase.FAILED, Phase.UNKNOWN, Phase.VOIDED}),
    Phase.UNKNOWN: frozenset({Phase.POSTED, Phase.FAILED, Phase.VOIDED}),
    Phase.POSTED: frozenset({Phase.VOIDED}),
    Phase.REFUSED: frozenset(),
    Phase.FAILED: frozenset(),
    Phase.VOIDED: frozenset(),
    Phase.ABANDONED: frozenset(),
}
"""What may follow what. An outcome never changes again, but that a posted request may be undone."""

COUNTS_AGAIN = frozenset({Phase.POSTED, Phase.UNKNOWN})
"""The one exception: what a VOIDED sale may become whose lowering (ZVT ``84 9D``) never reached the
terminal. Only together with the failure of the smaller sale: see ``pos_guard.lowered``."""

COUNTED = frozenset({Phase.RESERVED, Phase.UNKNOWN, Phase.POSTED})
"""Submitted, and not known to have failed: what limits and rule 3 count."""

_OF_SALE: dict[Phase, SaleStatus | None] = {
    Phase.WAITING: SaleStatus.OPEN,
    Phase.RESERVED: SaleStatus.SUBMITTED,
    Phase.UNKNOWN: SaleStatus.UNKNOWN,
    Phase.POSTED: SaleStatus.PAID,
    Phase.VOIDED: SaleStatus.VOIDED,
    Phase.REFUSED: None,
    Phase.FAILED: None,
    Phase.ABANDONED: None,
}

SALE_FOLLOWS: dict[SaleStatus | None, frozenset[SaleStatus | None]] = {
    # None: never begun, or it came to nothing; a sale before installation begins as paid.
    None: frozenset({SaleStatus.OPEN, SaleStatus.SUBMITTED, SaleStatus.PAID}),
    SaleStatus.OPEN: frozenset({SaleStatus.SUBMITTED, None}),
    SaleStatus.SUBMITTED: frozenset({SaleStatus.PAID, SaleStatus.UNKNOWN, SaleStatus.VOIDED, None}),
    SaleStatus.UNKNOWN: frozenset({SaleStatus.PAID, SaleStatus.VOIDED, None}),
    SaleStatus.PAID: frozenset({SaleStatus.PART_REFUNDED, SaleStatus.REFUNDED, SaleStatus.VOIDED}),
    # Back again where the refund itself was undone, or a tip came after it.
    SaleStatus.PART_REFUNDED: frozenset({SaleStatus.PAID, SaleStatus.REFUNDED, SaleStatus.VOIDED}),
    SaleStatus.REFUNDED: frozenset({SaleStatus.PAID, SaleStatus.PART_REFUNDED, SaleStatus.VOIDED}),
    # Back again where the void itself was undone, or was a lowering that nobody heard.
    SaleStatus.VOIDED: frozenset({SaleStatus.PAID, SaleStatus.PART_REFUNDED, SaleStatus.UNKNOWN}),
}
"""Which status of a sale may follow which."""

REFUND_FOLLOWS: dict[RefundStatus | None, frozenset[RefundStatus]] = {
    None: frozenset({RefundStatus.REQUESTED, RefundStatus.RESERVED, RefundStatus.POSTED}),
    RefundStatus.REQUESTED: frozenset({RefundStatus.RESERVED, RefundStatus.FAILED}),
    RefundStatus.RESERVED: frozenset(
        {
            RefundStatus.SUBMITTED,
            RefundStatus.POSTED,
            RefundStatus.UNKNOWN,
            RefundStatus.FAILED,
        }
    ),
    RefundStatus.SUBMITTED: frozenset(
        {RefundStatus.POSTED, RefundStatus.UNKNOWN, RefundStatus.FAILED}
    ),
    RefundStatus.UNKNOWN: frozenset({RefundStatus.POSTED, RefundStatus.FAILED}),
    # The refund was itself undone: the money came back to the shop.
    RefundStatus.POSTED: frozenset({RefundStatus.FAILED}),
    RefundStatus.FAILED: frozenset(),
}
"""Which status of a refund may follow which; an unknown one is never submitted again."""

_OF_REFUND: dict[Phase, RefundStatus] = {
    Phase.WAITING: RefundStatus.REQUESTED,
    Phase.RESERVED: RefundStatus.RESERVED,
    Phase.UNKNOWN: RefundStatus.UNKNOWN,
    Phase.POSTED: RefundStatus.POSTED,
    Phase.REFUSED: RefundStatus.FAILED,
    Phase.FAILED: RefundStatus.FAILED,
    Phase.VOIDED: RefundStatus.FAILED,
    Phase.ABANDONED: RefundStatus.FAILED,
}


def sale_status(phase: Phase, *, paid: int, returned: int, undone: bool) -> SaleStatus | None:
    """The status of a sale; None when it came to nothing.

    ``phase``: of its own request. ``paid``: what was posted of it, tips included; ``returned``:
    what was posted back; both in minor units. ``undone``: a void or reversal is among that.
    """
    if phase is not Phase.POSTED:
        return _OF_SALE[phase]
    if undone and returned >= paid:
        return SaleStatus.VOIDED
    if returned <= 0:
        return SaleStatus.PAID
    return SaleStatus.PART_REFUNDED if returned < paid else SaleStatus.REFUNDED


def refund_status(phase: Phase, *, sent: bool = False) -> RefundStatus:
    """The status of a refund, or of a void. ``sent``: its bytes are known to have left."""
    if phase is Phase.RESERVED and sent:
        return RefundStatus.SUBMITTED
    return _OF_REFUND[phase]


class Class(StrEnum):
    """What one entry of the ledger is, for a person who looks at the day."""

    PURCHASE = "purchase"
    """Money was taken (消费)."""
    RETURN = "return"
    """Money was given back for a sale that stands (退货)."""
    ERROR = "error"
    """A transaction that was wrong, and what undid it (错误交易)."""
    OPEN = "open"
    """Nobody can say yet."""
    NOTHING = "nothing"
    """No money moved."""


_UNDOES = frozenset(
    {
        IntentKind.VOID,
        IntentKind.REVERSAL,
        IntentKind.PREAUTH_VOID,
        IntentKind.COMPLETION_VOID,
    }
)

_MOVES_NOTHING = frozenset({IntentKind.BALANCE, IntentKind.PREAUTH})


def classify(kind: IntentKind, phase: Phase, status: SaleStatus | None = None) -> Class:
    """The class of one entry; ``status``: of the sale that it made, when it made one."""
    if phase in (Phase.WAITING, Phase.RESERVED, Phase.UNKNOWN):
        return Class.OPEN
    if phase is Phase.VOIDED:
        return Class.ERROR
    if phase is not Phase.POSTED or kind in _MOVES_NOTHING:
        return Class.NOTHING
    if kind in _UNDOES or (kind in MONEY_IN and status is SaleStatus.VOIDED):
        return Class.ERROR
    return Class.PURCHASE if kind in MONEY_IN else Class.RETURN
