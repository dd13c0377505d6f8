"""A code whose address imitates a wallet is fraud, not a slip: it is named as such."""

from __future__ import annotations

from pos_guard.model import Scan, Words
from pos_guard.policy.policy import Policy
from pos_guard.policy.request import Request
from pos_guard.policy.rule import deny
from pos_guard.policy.verdict import Finding, Reason

ID = "code-lookalike"

PREFIX = "lookalike:"
"""How the classifier names the host that an address imitates."""


def check(request: Request, policy: Policy) -> Finding | None:
    """Deny a scanned code that looks like one of a wallet and leads elsewhere."""
    del policy
    scan = request.subject
    if not isinstance(scan, Scan):
        return None
    imitated = [name.removeprefix(PREFIX) for name in scan.problems if name.startswith(PREFIX)]
    if not imitated:
        return None
    say = Words(
        f"此码冒充 {imitated[0]}，可能是诈骗。请勿打开，保留该码并通知经理。",
        f"This code imitates {imitated[0]}: it may be fraud. "
        "Do not open it, keep it and call a manager.",
    )
    return deny(ID, Reason.CODE, say, imitates=imitated[0], kind=scan.kind)
