"""How judgements stand in the audit log, and the hash that binds an approval to one request.

Everything here is a plain JSON value without secrets: codes are tokens or masked, frames hashes.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace

from pos_guard.frames.decoded import Json
from pos_guard.model import Context, Intent, Outcome, Receipt, Scan
from pos_guard.policy.policy import Policy
from pos_guard.policy.request import NO_ANSWERS, Answers, Request
from pos_guard.policy.verdict import Finding, Level, Verdict
from pos_guard.store.canonical import canonical
from pos_guard.store.store import Store
from pos_guard.told import cart_hash


def frame_hash(frame: bytes) -> str:
    """What stands for a frame wherever it is recorded."""
    return hashlib.sha256(frame).hexdigest()


def request_hash(intent: Intent, context: Context, link: str, frame: str) -> str:
    """The hash that an approval is bound to: what is asked, by whom, for which order and sale.

    :raises StoreError: when what is asked cannot be written down (text that is not Unicode).
    """
    asked: dict[str, Json] = {
        "link": link,
        "frame": frame,
        "intent": intent_json(intent),
        "operator": None if context.operator is None else context.operator.value,
        "order": None if context.order is None else context.order.value.key,
        "original": None if context.original is None else context.original.value,
        **said_json(context),
    }
    return hashlib.sha256(canonical(asked)).hexdigest()


def again_hash(intent: Intent, context: Context, link: str) -> str:
    """The same for what is asked again in another frame, under another number of its own."""
    return request_hash(replace(intent, reference=None), context, link, "")


def said_json(context: Context) -> dict[str, Json]:
    """What was said around a request beyond its order and sale; nothing where nothing was."""
    said: dict[str, Json] = {}
    if context.reason is not None:
        said["reason_code"] = context.reason.value
    if context.purpose is not None:
        said["purpose"] = str(context.purpose.value)
    if context.customer is not None:
        said["customer"] = context.customer.value
    if context.cart is not None:
        said["cart"] = cart_hash(context.cart.value)
    return said


def answers_json(answers: Answers) -> dict[str, Json]:
    """What people gave for a request beyond an approval; nothing where nothing was."""
    if answers == NO_ANSWERS:
        return {}
    given: dict[str, Json] = {
        "confirmed": answers.confirmed,
        "totp": answers.totp,
        "waited_us": answers.waited_us,
    }
    return {"answers": given}


def intent_json(intent: Intent) -> dict[str, Json]:
    """An intent, with the payer's code as its token."""
    payer = intent.payer
    return {
        "kind": str(intent.kind),
        "tender": str(intent.tender),
        "amount": intent.amount,
        "currency": intent.currency,
        "original": intent.original,
        "payee": intent.payee,
        "reference": intent.reference,
        "payer": intent.payer_token,
        "code": None if payer is None else f"{payer.scheme or payer.kind} {payer.masked}",
    }


def scan_json(scan: Scan) -> dict[str, Json]:
    """A scan, masked."""
    return {
        "code": scan.kind,
        "scheme": scan.scheme,
        "masked": scan.masked,
        "typed": scan.typed,
        "problems": list(scan.problems),
        "payees": list(scan.payees),
    }


def receipt_json(receipt: Receipt) -> dict[str, Json]:
    """What a print job claimed."""
    return {
        "claims_paid": receipt.claims_paid,
        "refund": receipt.refund,
        "order": receipt.order_id,
        "total": None if receipt.total is None else receipt.total.amount,
        "tenders": [[str(line.tender), line.amount] for line in receipt.tenders],
        "drawer": receipt.drawer,
        "fingerprint": receipt.fingerprint,
    }


def outcome_json(entry: int, link: str, outcome: Outcome) -> dict[str, Json]:
    """What came of a submitted request."""
    return {
        "entry": entry,
        "link": link,
        "result": str(outcome.result),
        "amount": outcome.amount,
        "currency": outcome.currency,
        "receipt": outcome.receipt,
        "payee": outcome.payee,
        "code": outcome.code,
        "reference": outcome.reference,
    }


def around_json(store: Store, policy: Policy, operator: str | None) -> dict[str, Json]:
    """What stands in every record of money that moved, or was asked to: policy and shift.

    Operator, approver and terminal are fields of the record itself.
    """
    return {
        "policy": policy.hash,
        "policy_version": policy.version,
        "shift": store.shifts.number(operator),
    }


def verdict_json(verdict: Verdict) -> dict[str, Json]:
    """A verdict with its full trace; the words are the rule's and need no copy."""
    return {
        "level": verdict.level.name,
        "would_be": verdict.would_be.name,
        "rule": verdict.decisive.rule,
        "reason": str(verdict.decisive.reason),
        "trace": [_finding_json(finding) for finding in verdict.findings],
    }


def sources_json(request: Request) -> dict[str, Json]:
    """Where each piece of context came from."""
    return dict(request.context.sources())


def _finding_json(finding: Finding) -> dict[str, Json]:
    return {
        "rule": finding.rule,
        "level": finding.level.name,
        "mode": str(finding.mode),
        "reason": str(finding.reason),
        "inputs": dict(finding.inputs),
        **({} if finding.lifted is None else {"lifted": finding.lifted}),
        **({"need": str(finding.need)} if finding.level is Level.REQUIRE else {}),
    }
