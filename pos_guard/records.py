"""How judgements stand in the audit log, and the hash that binds an approval to one request.

Everything here is a plain JSON value without secrets: codes are tokens or masked, frames hashes.
"""

from __future__ import annotations

import hashlib

import rfc8785

from pos_guard.frames.decoded import Json
from pos_guard.model import Context, Intent, Outcome, Receipt, Scan
from pos_guard.policy.request import Request
from pos_guard.policy.verdict import Finding, Verdict


def frame_hash(frame: bytes) -> str:
    """What stands for a frame wherever it is recorded."""
    return hashlib.sha256(frame).hexdigest()


def request_hash(intent: Intent, context: Context, link: str, frame: str) -> str:
    """The hash that an approval is bound to: what is asked, by whom, for which order and sale."""
    asked: dict[str, Json] = {
        "link": link,
        "frame": frame,
        "intent": intent_json(intent),
        "operator": None if context.operator is None else context.operator.value,
        "order": None if context.order is None else context.order.value.key,
        "original": None if context.original is None else context.original.value,
    }
    return hashlib.sha256(rfc8785.dumps(asked)).hexdigest()


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
    }
