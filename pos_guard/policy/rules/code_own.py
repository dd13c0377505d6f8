"""The shop's own sticker pays the shop: no customer pays by showing it to the scanner."""

from __future__ import annotations

from pos_guard.model import Scan, Words
from pos_guard.policy.policy import Policy
from pos_guard.policy.request import Request
from pos_guard.policy.rule import deny
from pos_guard.policy.verdict import Finding, Reason

ID = "code-own"


def check(request: Request, policy: Policy) -> Finding | None:
    """Tell the cashier that the scanned code is a registered sticker of this shop."""
    del policy
    scan = request.subject
    if not isinstance(scan, Scan) or scan.sticker is None:
        return None
    say = Words(
        f"这是本店自己的收款码（{scan.sticker}），请让顾客出示付款码。",
        f"This is our own sticker ({scan.sticker}). Ask for the customer's pay code (付款码).",
    )
    return deny(ID, Reason.CODE, say, sticker=scan.sticker, kind=scan.kind)
