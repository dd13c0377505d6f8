"""Field 39 of a refusal, from the answer codes that UnionPay's tills explain to the cashier.

Never 01, 04 or 07: they tell the cashier to call the bank or to keep the card. Never 77: tills
sign on again by themselves and repeat the request.
"""

from __future__ import annotations

from collections.abc import Mapping

from pos_guard.policy.verdict import Reason

FORMAT_ERROR = "30"
NOT_SUPPORTED = "40"
"""The function is not supported: a type or a processing code that is not known."""
NOT_ALLOWED = "58"
"""The terminal may not do this."""
OTHER = "05"
"""Not to be honoured; a person said no."""
BROKEN = "96"
"""A system failure: nothing can be done now."""

_CODES: Mapping[Reason, str] = {
    Reason.NOT_SIGNED_IN: NOT_ALLOWED,
    Reason.NOT_PERMITTED: NOT_ALLOWED,
    Reason.ORIGINAL: NOT_ALLOWED,
    Reason.TIME: NOT_ALLOWED,
    Reason.NEEDS_REASON: NOT_ALLOWED,
    Reason.AMOUNT: "13",
    Reason.CURRENCY: "12",
    Reason.OVER_LIMIT: "61",
    Reason.REMAINING: "61",
    Reason.PAYEE: "03",
    Reason.FROZEN: BROKEN,
    Reason.DUPLICATE: "94",
    Reason.MALFORMED: FORMAT_ERROR,
    Reason.UNRESOLVED: BROKEN,
    Reason.OFFLINE: BROKEN,
    Reason.GUARD: BROKEN,
}


def code_of(reason: Reason) -> str:
    """The code for a verdict's reason."""
    return _CODES.get(reason, OTHER)
