"""Money goes only to payees on the shop's list; ids are compared, never names."""

from __future__ import annotations

from pos_guard.model import MONEY_OUT, Intent, Scan, Words
from pos_guard.policy.payees import Match, PayeeKind, Payees, kind_of_tender
from pos_guard.policy.policy import Policy
from pos_guard.policy.request import Request
from pos_guard.policy.rule import Choice, Tighter, allow, deny, graded, level_option, moves_money
from pos_guard.policy.verdict import Finding, Level, Reason

ID = "payee-known"
OPTIONS = {"unknown_terminal": Choice(("allow", "warn", "deny"), "warn", Tighter.HIGHER)}
"""What to do with a payment while the terminal has not said yet which one it is."""

_STRANGER = Words(
    "收款方不在名单上，请停止收款并通知经理。",
    "The payee is not on the list. Stop and call a manager.",
)
_CLOSE = Words(
    "收款方与名单相近但不相同，可能被调包或输错。请停止并通知经理。",
    "The payee is almost one of ours, but not the same: a swap or a slip. Call a manager.",
)
_EMPTY = Words(
    "收款方无法核对：名单为空或未提供编号。请经理完善名单。",
    "The payee cannot be checked: no id, or an empty list. Ask a manager to complete it.",
)
_UNKNOWN = Words(
    "终端尚未报告编号，收款方未核对。",
    "The terminal has not said which one it is; the payee is not checked.",
)
_OPAQUE_SAY = Words(
    "此码不含收款方信息，无法核对。",
    "This code does not say whom it pays, so that cannot be checked.",
)
_OPAQUE = frozenset({"receive_code", "order_code"})
"""Codes whose payee only the wallet knows."""

_WORDS = {Match.NO_MATCH: _STRANGER, Match.CLOSE: _CLOSE, Match.CANNOT_CHECK: _EMPTY}


def check(request: Request, policy: Policy) -> Finding | None:
    """Check who is paid by an intent, or by a merchant code that was scanned."""
    if isinstance(request.subject, Scan):
        ours = policy.payees.with_codes(request.own_codes)
        return _check_scan(request.subject, ours)
    intent = moves_money(request)
    if intent is None:
        return None
    kind = kind_of_tender(intent.tender)
    return None if kind is None else _check_intent(intent, request, policy, kind)


def _check_scan(scan: Scan, ours: Payees) -> Finding | None:
    if scan.kind in _OPAQUE and not scan.payees:
        # Its kind alone is refused, in words that help more; here it stands for the record.
        match = Match.CANNOT_CHECK
        return graded(ID, Level.WARN, Reason.PAYEE, _OPAQUE_SAY, payee=None, match=str(match))
    if scan.kind != "merchant_code" and not scan.payees:
        return None
    return _judge(PayeeKind.CODES, scan.payees, ours)


def _check_intent(intent: Intent, request: Request, policy: Policy, kind: PayeeKind) -> Finding:
    # What the frame says and what the device says must both be ours.
    payees = tuple(payee for payee in (intent.payee, request.link.payee) if payee)
    if payees or kind is not PayeeKind.TERMINALS:
        return _judge(kind, payees, policy.payees)
    level = Level.DENY
    if intent.kind not in MONEY_OUT:
        level = level_option(policy, ID, "unknown_terminal", "warn")
    words = _EMPTY if level is Level.DENY else _UNKNOWN
    return graded(ID, level, Reason.PAYEE, words, payee=None, list=str(kind))


def _judge(kind: PayeeKind, payees: tuple[str, ...], ours: Payees) -> Finding:
    match, payee = ours.check_all(kind, payees)
    if match is Match.MATCH:
        zh, en = "收款方在名单上。", "The payee is on the list."
        return allow(ID, zh, en, payee=payee, list=str(kind), match=str(match))
    return deny(ID, Reason.PAYEE, _WORDS[match], payee=payee, list=str(kind), match=str(match))
